"""The gate as a real process, in front of a platform that a test runs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.ports import await_server, free_port

BIN = Path(sys.executable).parent
CONFIG = """\
public_url = "http://localhost:{port}"
secret_keys = ["q8ZrV2mC0wXJ7hTq5bYd3nLs9KfAe1Gu4RiPo6Ux"]

[platform]
upstream = "{upstream}"
timeout_seconds = 5

[sence]
base_url = "{sence}"

[otec]
rut = "76543210-3"
token = "5E0CE000-DE00-4A00-8A00-00000000D3A0"

[[courses]]
id = "excel"
name = "Excel básico"
paths = ["{path}"]
cod_sence = "-1"
codigo_curso = "-1"
linea_capacitacion = 3
"""


@dataclass(frozen=True)
class Served:
    """A server process; `pid` is of the one that can be told to stop."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """The public address."""
        return f"http://localhost:{self.port}"

    def say(self, data: bytes, seconds: float = 10) -> bytes:
        """Send *data* as it is and return all that comes back until the connection ends."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as sock:
            sock.sendall(data)
            return until_the_end(sock)

    def peak(self) -> int:
        """Return the highest resident memory (KiB) of the server's processes so far."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        pids = (str(self.process.pid), *children)
        texts = (Path(f"/proc/{pid}/status").read_text() for pid in pids)
        return max(int(text.partition("VmHWM:")[2].split()[0]) for text in texts)


def body_of(said: bytes) -> bytes:
    """Return the body of an answer, out of its chunks."""
    head, _, rest = said.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" not in head.lower():
        return rest
    pieces, at = [], 0
    while at < len(rest):
        begin = rest.index(b"\r\n", at) + 2
        end = begin + int(rest[at : begin - 2], 16)
        pieces.append(rest[begin:end])
        at = end + 2
    return b"".join(pieces)


def until_the_end(sock: socket.socket) -> bytes:
    """Return what comes until the other side closes, or breaks the connection off."""
    received = bytearray()
    try:
        while data := sock.recv(65_536):
            received += data
    except ConnectionResetError:
        pass
    return bytes(received)


@contextmanager
def running(command: list[str], port: int, folder: Path, **variables: str) -> Iterator[Served]:
    """Run a server until the block ends, and see it end when it is told to."""
    log = folder / f"{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            await_server(process, port, log)
            yield Served(port, process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=40)
            with suppress(ProcessLookupError):  # PHP leaves its workers behind
                os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def gate(
    upstream: str,
    folder: Path,
    *,
    server: str = "serve",
    path: str = "/cursos/excel/",
    sence: str = "http://127.0.0.1:9",
    more: str = "",
) -> Iterator[Served]:
    """Run the gate in front of *upstream*, by `sence-gate serve`, granian or gunicorn.

    Args:
        more: what the configuration has besides: first further keys of the course, then tables.
    """
    port = free_port()
    config = folder / "sence-gate.toml"
    text = CONFIG.format(port=port, upstream=upstream, path=path, sence=sence) + more
    config.write_text(text, encoding="utf-8")
    no_code = "sence_gate.wsgi:application"
    commands = {
        "serve": ["sence-gate", "serve", "--port", str(port), "--workers", "1", "--threads", "8"],
        "granian": ["granian", "--interface", "wsgi", "--port", str(port), "--no-ws", no_code],
        "gunicorn": ["gunicorn", "--threads", "8", "--bind", f"127.0.0.1:{port}", no_code],
    }  # fmt: skip
    program, *arguments = commands[server]
    with running([str(BIN / program), *arguments], port, folder, SENCE_GATE_CONFIG=str(config)) as served:
        yield served
