"""The demonstration's three parts as real servers on loopback.

The campus stands on `localhost`, the simulator on `127.0.0.1`: two sites to a
browser, as a platform and SENCE are. The gate wraps the campus in process, from a
configuration file, without a line of code. Everything is written to one folder
that is removed at the end.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sence_gate.errors import SenceGateError
from sence_gate.simulator import sample

START_SECONDS = 30.0

CONFIG = """\
# Written by `sence-gate demo`. The course codes are known to the simulator alone.
public_url = "{campus}"
secret_keys = ["{key}"]
logout_paths = ["/salir"]

[platform]
wsgi = "sence_gate.demo.platform:application"

[store]
url = "sqlite:///ledger.sqlite"

[sence]
base_url = "{simulator}"

[otec]
name = "Capacitación Demo"
rut = "{otec_rut}"
token = "{token}"

[[courses]]
id = "excel"
name = "Excel básico"
paths = ["/cursos/excel/"]
except = ["/cursos/excel/publico/"]
cod_sence = "{cod_sence}"
codigo_curso = "{codigo_curso}"
linea_capacitacion = 3

[[courses]]
id = "seguridad"
name = "Seguridad en el trabajo"
paths = ["/cursos/seguridad/"]
except = ["/cursos/seguridad/publico/"]
codigo_curso = "{social}"
linea_capacitacion = 1
minutes = 60
"""


class DemoError(SenceGateError):
    """The demonstration could not start; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Demo:
    """Where the demonstration runs."""

    campus: str
    simulator: str
    folder: Path

    @property
    def config(self) -> Path:
        """The configuration file of the gate."""
        return self.folder / "sence-gate.toml"


@contextmanager
def running(campus_port: int, simulator_port: int, edition: str) -> Iterator[Demo]:
    """Run campus, gate and simulator until the block ends.

    Args:
        campus_port, simulator_port: 0 takes a free one.
        edition: `clave-sence` or `clave-unica`.

    Raises:
        DemoError: a port is taken, or a server did not start.
    """
    campus_port, simulator_port = _port(campus_port), _port(simulator_port)
    campus, simulator = f"http://localhost:{campus_port}", f"http://127.0.0.1:{simulator_port}"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="sence-gate-demo-")))
        demo = Demo(campus, simulator, folder)
        _write_config(demo)
        for target, port, variables in (
            ("sence_gate.simulator.wsgi:application", simulator_port, {"SENCE_SIMULATOR_EDITION": edition}),
            ("sence_gate.wsgi:application", campus_port, {"SENCE_GATE_CONFIG": str(demo.config)}),
        ):
            stack.enter_context(_server(target, port, variables, folder))
        yield demo


@contextmanager
def simulator(port: int, edition: str) -> Iterator[str]:
    """Run the simulator alone, for any OTEC and course, and give its address.

    Raises:
        DemoError: the port is taken, or the server did not start.
    """
    port = _port(port)
    variables = {"SENCE_SIMULATOR_EDITION": edition, "SENCE_SIMULATOR_UNLISTED": "accept"}
    target = "sence_gate.simulator.wsgi:application"
    with (
        TemporaryDirectory(prefix="sence-gate-simulator-") as folder,
        _server(target, port, variables, Path(folder)),
    ):
        yield f"http://127.0.0.1:{port}"


def _write_config(demo: Demo) -> None:
    text = CONFIG.format(
        campus=demo.campus,
        simulator=demo.simulator,
        key=secrets.token_urlsafe(48),
        otec_rut=sample.OTEC_RUT,
        token=sample.TOKEN,
        cod_sence=sample.COD_SENCE,
        codigo_curso=sample.CODIGO_CURSO,
        social=sample.SOCIAL_CODIGO_CURSO,
    )
    demo.config.touch(mode=0o600)
    demo.config.write_text(text, encoding="utf-8")


@contextmanager
def _server(target: str, port: int, variables: dict[str, str], folder: Path) -> Iterator[None]:
    log = folder / f"{port}.log"
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--blocking-threads", "8", "--no-ws", "--log-level", "warning", target,
    ]  # fmt: skip
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 - our own server with our own arguments
            command,
            env={**os.environ, **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,  # Ctrl-C goes to all of ours, and granian hangs when it is told twice
        )
        try:
            _await(process, port, log)
            yield
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # with its workers, which would keep the port
        process.wait()


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise DemoError(f"a server of the demonstration did not start:\n{log.read_text()[-2000:]}")


def _port(wanted: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError as fault:
            raise DemoError(
                f"port {wanted} is taken: choose others with --port and --simulator-port"
                ' (make demo ARGS="--port 8100 --simulator-port 8101")'
            ) from fault
        return int(probe.getsockname()[1])
