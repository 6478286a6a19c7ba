"""`sence-gate serve`: what it says at the start, and what it refuses to start with."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sence_gate import serving
from sence_gate.assembly import assembled
from sence_gate.cli import main
from sence_gate.config import Platform, load_config
from sence_gate.middleware import SenceGate
from sence_gate.proxy import ReverseProxy
from tests.proxy.served import BIN, CONFIG, gate
from tests.samples import config
from tests.stores.redis.lossy import service
from tests.upstream.scripted import says, scripted

EXAMPLE = Path(__file__).parent.parent / "examples/reverse_proxy"


def _serve(folder: Path, platform: str, *options: str) -> Result:
    text = CONFIG.format(port=8000, upstream="", path="/cursos/", sence="http://127.0.0.1:9", more="")
    path = folder / "sence-gate.toml"
    path.write_text(re.sub(r'upstream = ""', platform, text), encoding="utf-8")
    return CliRunner().invoke(main, ["serve", "--config", str(path), *options])


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    """The operator reads which, and what to do; nothing is tried five times."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        result = _serve(tmp_path, 'upstream = "http://127.0.0.1:9"', "--port", port)
    assert (result.exit_code, result.output) == (
        1,
        f"port {port} is taken: stop what listens there, or choose another with --port\n",
    )


@pytest.mark.parametrize(
    ("platform", "options", "told"),
    [
        pytest.param("", (), "platform: names nothing to guard", id="no platform"),
        pytest.param('wsgi = "no.such:thing"', (), "platform.wsgi: no.such:thing cannot be", id="no module"),
        pytest.param(
            'upstream = "127.0.0.1:8080"',
            (),
            "platform.upstream: does not begin with http:// or https:// — write it like http://127.0.0.1:8080\n",
            id="no scheme",
        ),
        pytest.param('upstream = "https://a"\nca = "none.pem"', (), "platform.ca: ", id="no certificates"),
        pytest.param('upstream = "http://a"', ("--host", "192.0.2.1"), "192.0.2.1 is no address", id="host"),
        pytest.param(
            'upstream = "http://a"', ("--host", "no.invalid"), "no.invalid is no address", id="name"
        ),
    ],
)
def test_what_cannot_be_served_is_said_before_anything_starts(
    tmp_path: Path, platform: str, options: tuple[str, ...], told: str
) -> None:
    """One fault, one place, one remedy."""
    result = _serve(tmp_path, platform, *options)
    assert (result.exit_code, told in result.output) == (1, True), result.output


def test_a_store_that_cannot_be_used_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one of each worker, and not the server's own farewell after it."""
    with service(b"220 smtp ready\r\n") as port:
        monkeypatch.setenv("SENCE_GATE_STORE__URL", f"redis://:s3cret@127.0.0.1:{port}")
        result = _serve(tmp_path, 'upstream = "http://127.0.0.1:9"', "--port", "18998")
    told = (
        f"store.url: redis://127.0.0.1:{port}/0 does not speak Redis' protocol — another service is on that"
    )
    assert (result.exit_code, told in result.output) == (1, True), result.output
    assert result.output.count("\n") == 1


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The middleware alone needs no server; who wants to serve learns how to get one."""
    monkeypatch.setitem(sys.modules, "gunicorn.app.base", None)
    result = _serve(tmp_path, 'upstream = "http://127.0.0.1:9"', "--port", "18999")
    assert result.output.endswith("gunicorn is not installed: run pip install '.[serve]' in the checkout\n")


@pytest.mark.parametrize(
    ("platform", "kind"),
    [
        pytest.param({"wsgi": "sence_gate.demo.platform:application"}, SenceGate, id="wsgi"),
        pytest.param({"upstream": "http://127.0.0.1:9"}, ReverseProxy, id="upstream"),
    ],
)
def test_the_configuration_says_what_stands_behind(
    tmp_path: Path, platform: dict[str, Any], kind: type
) -> None:
    """One entry for both kinds of platform."""
    settings = config(platform=Platform(**platform))
    object.__setattr__(settings.store, "url", f"sqlite:///{tmp_path}/gate.sqlite")
    assert isinstance(assembled(settings), kind)


def test_without_a_platform_it_serves_front_servers_that_ask(tmp_path: Path) -> None:
    """The same command runs the gate for nginx, Caddy and Traefik."""
    text = CONFIG.format(port=8000, upstream="", path="/cursos/", sence="http://127.0.0.1:9", more="")
    (tmp_path / "sence-gate.toml").write_text(
        text.replace("[platform]", '[forward_auth]\ndialect = "nginx"\n[platform]'), encoding="utf-8"
    )
    environ = {"SENCE_GATE_TRUSTED_PROXIES": "127.0.0.1"}
    settings = load_config(tmp_path / "sence-gate.toml", environ)
    gate_alone = assembled(settings)
    assert isinstance(gate_alone, SenceGate)
    assert "guards what its front server asks about" in serving.told(
        settings, serving.Service("::1", 1, 1, 1)
    )
    gate_alone.gate.parts.store.close()


def test_a_line_at_the_start_says_what_is_guarded_and_where() -> None:
    """Whoever starts it sees at once whether it is the right platform and the right courses."""
    settings = config(platform=Platform(upstream="http://127.0.0.1:8080"))
    told = serving.told(settings, serving.Service("::1", 8000, 2, 32))
    assert "guards http://127.0.0.1:8080 for https://campus.otec.cl; courses: excel, seguridad" in told
    assert "listening on http://[::1]:8000, 2 workers of 32 threads" in told


def test_a_request_in_flight_is_finished_when_it_is_told_to_stop(tmp_path: Path) -> None:
    """A restart of the gate costs nobody a page."""

    def slowly(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nho")
        time.sleep(1)
        sock.sendall(b"la")

    with scripted(slowly) as platform, gate(platform.url, tmp_path) as served:
        with socket.create_connection(("127.0.0.1", served.port), timeout=20) as sock:
            sock.sendall(b"GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            received = sock.recv(65_536)
            served.process.send_signal(signal.SIGTERM)
            while data := sock.recv(65_536):
                received += data
        assert received.endswith(b"hola")
        assert served.process.wait(timeout=20) == 0


@pytest.mark.parametrize(
    ("code", "told"),
    [
        pytest.param("", "has no attribute 'thing' — start in the folder", id="no such name"),
        pytest.param("thing = 3", "campus:thing is not a WSGI application — name one", id="no application"),
        pytest.param("raise RuntimeError('db is down')", "RuntimeError: db is down", id="its own fault"),
    ],
)
def test_a_wsgi_platform_that_cannot_be_used_ends_it(tmp_path: Path, code: str, told: str) -> None:
    """The reason is printed, no worker is started again and again, and the exit code is that of a problem."""
    text = CONFIG.format(port=8000, upstream="", path="/cursos/", sence="http://127.0.0.1:9", more="")
    (tmp_path / "sence-gate.toml").write_text(text.replace('upstream = ""', 'wsgi = "campus:thing"'))
    (tmp_path / "campus.py").write_text(code, encoding="utf-8")
    command = [str(BIN / "sence-gate"), "serve", "--port", "18998", "--workers", "1"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, told in ended.stderr) == (1, True), ended.stderr


def test_the_example_for_a_proxy_loads() -> None:
    """What an operator copies is right, down to the options of the unit file."""
    secrets = {
        "SENCE_GATE_SECRET_KEYS": "q8ZrV2mC0wXJ7hTq5bYd3nLs9KfAe1Gu4RiPo6Ux",
        "SENCE_GATE_OTEC__TOKEN": "A" * 36,
    }
    loaded = load_config(EXAMPLE / "sence-gate.toml", secrets)
    unit = (EXAMPLE / "sence-gate.service").read_text(encoding="utf-8")
    (options,) = re.findall(r"^ExecStart=\S+/sence-gate serve (.*)$", unit, re.MULTILINE)
    told = CliRunner().invoke(main, ["serve", *options.split(), "--help"])
    assert (loaded.platform.upstream, told.exit_code) == ("http://127.0.0.1:8080", 0)
    assert set(re.findall(r"SENCE_GATE_\w+(?=_FILE)", unit)) == set(secrets)


def test_no_header_of_a_visitor_moves_the_gate(tmp_path: Path) -> None:
    """gunicorn believes SCRIPT_NAME and the scheme of loopback peers; served by us it does not."""
    with (
        scripted(says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as platform,
        gate(platform.url, tmp_path) as served,
    ):
        head = b"Host: localhost\r\nSCRIPT_NAME: /x\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
        assert served.say(b"GET /x/a HTTP/1.1\r\n" + head).startswith(b"HTTP/1.1 200")
        assert served.say(b"GET /cursos/excel/1 HTTP/1.1\r\n" + head).startswith(b"HTTP/1.1 303")
    assert platform.heads[0].startswith(b"GET /x/a HTTP/1.1\r\n")
