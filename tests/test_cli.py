"""The command line: what it prints, and its exit codes (0 fine, 1 problems found, 2 wrong usage)."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sence_gate import __version__
from sence_gate.cli import main
from sence_gate.sample import sample_toml

SENCE_GATE = Path(sys.executable).parent / "sence-gate"


def _run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    path = tmp_path / "sence-gate.toml"
    path.write_text(sample_toml(), encoding="utf-8")
    path.chmod(0o600)
    return path


def test_init_writes_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    """The file holds keys and a token from its first byte."""
    path = tmp_path / "new.toml"
    result = _run("init", str(path))
    assert (result.exit_code, stat.S_IMODE(path.stat().st_mode)) == (0, 0o600)
    assert _run("check", "--config", str(path)).exit_code == 0


def test_init_never_writes_over_a_file(path: Path) -> None:
    """Keys that sign today's cookies are not lost to a second init."""
    before = path.read_text(encoding="utf-8")
    result = _run("init", str(path))
    assert (result.exit_code, path.read_text(encoding="utf-8")) == (1, before)
    assert "is there already" in result.stderr


def test_init_into_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    """A mistyped folder is a sentence, not a traceback."""
    result = _run("init", str(tmp_path / "no" / "x.toml"))
    assert (result.exit_code, "cannot be written" in result.stderr) == (1, True)


def test_tag_prints_what_goes_into_the_platform_s_theme(path: Path) -> None:
    """One line, below the mount path, that no new release makes wrong."""
    path.write_text(sample_toml("https://otec.cl/campus"), encoding="utf-8")
    result = _run("tag", "--config", str(path))
    assert result.stdout == '<script src="/campus/_sence/banner.js" defer></script>\n'


def test_check_tells_every_fault_at_once(path: Path) -> None:
    """The operator mends the file once, not once per fault."""
    text = path.read_text(encoding="utf-8").replace("linea_capacitacion = 3", "linea_capacitacion = 4")
    path.write_text(text.replace('codigo_curso = "-1"', 'codigo_curso = "12"'), encoding="utf-8")
    result = _run("check", "--config", str(path))
    assert result.exit_code == 1
    assert "courses[0].linea_capacitacion" in result.stderr
    assert "courses[0].codigo_curso" in result.stderr


def test_faults_name_the_file_that_they_are_in(path: Path) -> None:
    """SENCE_GATE_CONFIG may name another one than the operator has open."""
    path.write_text(path.read_text().replace("https://campus", "campus"))
    result = _run("check", "--config", str(path))
    assert result.stderr.splitlines()[0] == f"In {path}:"
    assert result.stderr.splitlines()[1].startswith("public_url: ")


def test_check_tells_of_a_platform_that_is_not_there(path: Path) -> None:
    """It loads here as little as in the server; a server that looks elsewhere is no fault."""
    path.write_text(path.read_text().replace("[platform]", '[platform]\nwsgi = "no.hay:application"'))
    result = _run("check", "--config", str(path))
    assert (result.exit_code, "warning  platform.wsgi: no.hay:application cannot" in result.stdout) == (
        0,
        True,
    )


def test_check_fails_when_the_store_cannot_be_written(path: Path) -> None:
    """A finding that is an error is exit code 1, so that a deployment stops."""
    (path.parent / "sence-gate.sqlite").write_bytes(b"this is no database" * 100)
    result = _run("check", "--config", str(path))
    assert (result.exit_code, "ERROR" in result.stdout) == (1, True)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("/cursos/excel/1", "gated", id="a guarded path"),
        pytest.param(
            "https://campus.otec.cl/x/..%2fcursos/excel/1", "gated", id="a whole address, spelled oddly"
        ),
        pytest.param("/ayuda", "free", id="a free path"),
        pytest.param("/cursos/%00", "refused with 400", id="an unreadable path"),
        pytest.param("/cursos/excel/%C2%9B2J", "/cursos/excel/�2J", id="what would steer the terminal"),
    ],
)
def test_explain_tells_the_decision_and_why(path: Path, url: str, said: str) -> None:
    """An operator sees what the gate sees."""
    result = _run("explain", url, "--config", str(path))
    assert (result.exit_code, said in result.stdout) == (0, True)


def test_explain_refuses_what_is_no_address(path: Path) -> None:
    """A slip of the pen is told in words."""
    result = _run("explain", "https://[campus.otec.cl/", "--config", str(path))
    assert (result.exit_code, "is no address" in result.stderr) == (1, True)


def test_explain_refuses_an_address_of_another_host(path: Path) -> None:
    """The rules say nothing about other hosts, and the answer must not look as if they did."""
    result = _run("explain", "https://example.org/cursos/excel/", "--config", str(path))
    assert (result.exit_code, "not below public_url" in result.stderr) == (1, True)


def test_wrong_usage_is_exit_code_two() -> None:
    """A script tells a typing error from a finding."""
    assert _run("explain").exit_code == 2


def test_the_version_is_told() -> None:
    """A report of a fault can name it."""
    assert _run("--version").output == f"sence-gate, version {__version__}\n"


@pytest.mark.parametrize("edition", ["clave-sence", "clave-unica"])
def test_the_demonstration_walks_itself(edition: str) -> None:
    """`make demo DRIVE=1` holds on real servers, in both editions of the manual."""
    command = [str(SENCE_GATE), "demo", "--drive", "--edition", edition]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (ended.returncode, "pasos se cumplieron" in ended.stdout) == (0, True), ended.stdout + ended.stderr


def test_a_taken_port_is_told_with_a_way_out() -> None:
    """The commonest obstacle of a demonstration has an answer in its message."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        result = _run("simulator", "--port", str(other.getsockname()[1]))
    assert (result.exit_code, "is taken" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("command", "heard"),
    [
        pytest.param(["simulator", "--port", "0"], "Simulador de SENCE", id="simulator"),
        pytest.param(["demo", "--port", "0", "--simulator-port", "0"], "Abre", id="demo"),
    ],
)
def test_what_runs_until_ctrl_c_ends_with_it(command: list[str], heard: str) -> None:
    """The command says where to look, serves there, and leaves nothing running."""
    environ = {key: value for key, value in os.environ.items() if key != "DISPLAY"} | {
        "PYTHONUNBUFFERED": "1"
    }
    with subprocess.Popen(
        [str(SENCE_GATE), *command], stdout=subprocess.PIPE, text=True, env=environ, start_new_session=True
    ) as process:
        said = _read_until(process, heard)
        url = next(word for word in said.split() if word.startswith("http://"))
        with urllib.request.urlopen(url.rstrip(","), timeout=10) as answer:  # noqa: S310 - our own server
            assert answer.status == 200
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all that were started from it
        assert process.wait(timeout=20) == 0
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(url.rstrip(","), timeout=10)  # noqa: S310 - as above


def _read_until(process: subprocess.Popen[str], heard: str) -> str:
    said = ""
    assert process.stdout
    while heard not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    return said
