"""The README's commands on real servers: the gate in code, and without a line of code."""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ports import await_server, free_port

EXAMPLE = Path(__file__).parent.parent / "examples/wsgi"
BIN = Path(sys.executable).parent
NO_CODE = "sence_gate.wsgi:application"
COURSE = "/cursos/excel/leccion?x=%2F"

Get = Callable[[str], http.client.HTTPResponse]


def _granian(port: int, target: str) -> list[str]:
    return [
        str(BIN / "granian"),
        "--interface",
        "wsgi",
        "--port",
        str(port),
        "--log-level",
        "warning",
        target,
    ]


def _gunicorn(port: int, target: str) -> list[str]:
    return [
        str(BIN / "gunicorn"),
        "--threads",
        "8",
        "--bind",
        f"127.0.0.1:{port}",
        "--log-level",
        "warning",
        target,
    ]


def _settle(folder: Path, port: int, platform: str = "") -> Path:
    """Write what `sence-gate init` writes, and name the platform in it."""
    path = folder / "sence-gate.toml"
    url = f"http://localhost:{port}"
    subprocess.run(
        [BIN / "sence-gate", "init", "--public-url", url, str(path)], check=True, capture_output=True
    )
    if platform:
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace('# wsgi = ""', f'wsgi = "{platform}"'), encoding="utf-8")
    return path


@pytest.fixture(
    name="get",
    scope="module",
    params=[
        pytest.param((_granian, "campus:application"), id="granian, in code"),
        pytest.param((_granian, NO_CODE), id="granian, no code"),
        pytest.param((_gunicorn, NO_CODE), id="gunicorn, no code"),
    ],
)
def _get(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Get]:
    command, target = request.param
    tmp_path = tmp_path_factory.mktemp("served")
    port = free_port()
    shutil.copy(EXAMPLE / "campus.py", tmp_path)
    config = _settle(tmp_path, port, "campus:campus" if target == NO_CODE else "")
    environ = {**os.environ, "SENCE_GATE_CONFIG": str(config)}
    log = tmp_path / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command(port, target), cwd=tmp_path, env=environ, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        await_server(process, port, log)
        yield lambda path: _fetch(port, path)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _fetch(port: int, path: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest("GET", path)
    connection.putheader("Accept", "text/html")
    connection.putheader("Connection", "close")
    connection.endheaders()
    return connection.getresponse()


def test_a_real_server_guards_the_course_and_nothing_else(get: Get) -> None:
    """What the README says of the two ways to start is so."""
    free, gated, alive = get("/"), get(COURSE), get("/_sence/ready")
    assert (free.status, gated.status, alive.status) == (200, 303, 200)
    assert gated.headers["Location"].startswith(
        "/_sence/inicio?curso=excel&volver=%2Fcursos%2Fexcel%2Fleccion%3Fx%3D%252F&rechazo="
    )


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/publico/..%2fcursos/excel/1", id="P1 encoded slash after dot-dot"),
        pytest.param("/publico/%2e%2e/cursos/excel/1", id="P2 encoded dots"),
        pytest.param("/publico/../cursos/excel/1", id="P3 raw dot segments"),
        pytest.param("//cursos/excel/1", id="P5 two slashes"),
        pytest.param("/cursos%2fexcel/1", id="P8 encoded slash"),
        pytest.param("/publico/..%5ccursos/excel/1", id="P9 backslash"),
        pytest.param("/%2563ursos/excel/1", id="P10 encoded twice"),
        pytest.param("/%63ursos/excel/1", id="P11 an encoded letter"),
        pytest.param("/cursos;a=1/excel/1", id="P12 a parameter"),
        pytest.param("/CURSOS/Excel/1", id="P13 capitals"),
        pytest.param("/cursos/excel/1%3f/publico", id="P20 encoded question mark"),
    ],
)
def test_no_spelling_gets_past_a_real_server(get: Get, path: str) -> None:
    """Whatever the server makes of the path, the course is not shown."""
    assert get(path).status in (303, 400)


@pytest.mark.parametrize(
    ("server", "code"),
    [
        pytest.param([sys.executable, "-c", "import sence_gate.wsgi"], 4, id="any"),
        pytest.param(
            [str(BIN / "gunicorn"), "--threads", "4", "-b", "127.0.0.1:0", NO_CODE],
            4,
            id="gunicorn",
        ),
        pytest.param(
            [str(BIN / "granian"), "--interface", "wsgi", "--port", "0", NO_CODE],
            1,
            id="granian",
        ),
        pytest.param(
            [
                *[str(BIN / "uwsgi"), "--master", "--lazy-apps", "--need-app"],
                *["--http-socket", "127.0.0.1:0", "--module", NO_CODE],
            ],
            22,
            id="uWSGI",
        ),
    ],
)
def test_a_faulty_configuration_ends_the_server_with_every_fault(
    tmp_path: Path, server: list[str], code: int
) -> None:
    """Nothing is served without the gate, tried for ever, or left untold."""
    (tmp_path / "sence-gate.toml").write_text('prefix = "x"\nsecret_keys = ["short"]\n', encoding="utf-8")
    environ = {**os.environ, "SENCE_GATE_CONFIG": str(tmp_path / "sence-gate.toml")}
    ended = subprocess.run(server, env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == code
    assert [key for key in ("public_url", "prefix", "secret_keys", "otec") if key not in ended.stderr] == []
