"""The proxy before a page of 20 kB, against a bare forwarder with urllib3 on the same server.

One connection asks one after the other, so that what is compared is the work for a request.
"""

from __future__ import annotations

import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from benchmarks.forwarders import PAGE
from benchmarks.load import LOOPBACK, free_ports, running
from benchmarks.measure import rounds_of
from benchmarks.requests import Result, session_cookie
from sence_gate.config import load_config
from sence_gate.proxy import ReverseProxy

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
MOST = 1 / 0.8  # of the forwarder's time: at least 0.8 of its rate
ASK = "GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nCookie: a=1{cookie}\r\n\r\n"
CONFIG = """\
public_url = "http://localhost:{port}"
secret_keys = ["a key for measuring that is long enough, 0123456789"]
[platform]
upstream = "{upstream}"
[store]
url = "sqlite:///bench.sqlite"
[otec]
rut = "76543210-3"
token = "5E0CE000-DE00-4A00-8A00-00000000D3A0"
[[courses]]
id = "c0"
name = "Curso"
paths = ["/cursos/c0/"]
cod_sence = "-1"
codigo_curso = "-1"
linea_capacitacion = 3
"""
SERVERS: dict[str, Callable[[int, str], list[str]]] = {
    "granian": lambda port, target: [
        "granian", "--interface", "wsgi", "--port", str(port), "--blocking-threads", "8", "--no-ws",
        "--log-level", "error", target,
    ],
    "gunicorn": lambda port, target: [
        "gunicorn", "--threads", "8", "--keep-alive", "60", "--log-level", "error",
        "--bind", f"{LOOPBACK}:{port}", target,
    ],
}  # fmt: skip


def results() -> Iterator[Result]:
    """Measure on both servers, each pair of rivals in turns."""
    for server in SERVERS:
        rounds = _rounds(server)
        for name in ("free", "guarded"):
            pairs = zip(rounds[name], rounds["forwarder"], strict=True)  # a neighbour disturbs both
            value = median(ours / theirs for ours, theirs in pairs)
            yield Result(f"proxy, {name} page, over a urllib3 forwarder ({server})", value, MOST, "×")


def _rounds(server: str) -> Mapping[str, Sequence[float]]:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        # The platform's server is the same in both runs.
        upstream = stack.enter_context(_served("granian", "benchmarks.forwarders:platform", folder))
        url = f"http://{LOOPBACK}:{upstream}"
        forwarder = _served(server, "benchmarks.forwarders:forwarder", folder, BENCH_UPSTREAM=url)
        bare = stack.enter_context(forwarder)
        config = folder / "sence-gate.toml"
        config.write_text(CONFIG.format(port=8000, upstream=url), encoding="utf-8")
        cookie = _cookie(config)
        gate = _served(server, "sence_gate.wsgi:application", folder, SENCE_GATE_CONFIG=str(config))
        gated = stack.enter_context(gate)
        rivals = {
            "forwarder": stack.enter_context(_asker(bare, "/a")),
            "free": stack.enter_context(_asker(gated, "/a")),
            "guarded": stack.enter_context(_asker(gated, "/cursos/c0/1", f"; {cookie}")),
        }
        return rounds_of(rivals, calls=100, rounds=25)


def _cookie(config: Path) -> str:
    door = ReverseProxy(load_config(config, {}))
    try:
        return session_cookie(door.gate)
    finally:
        door.gate.gate.parts.store.close()


@contextmanager
def _served(server: str, target: str, folder: Path, **environ: str) -> Iterator[int]:
    (port,) = free_ports(1)
    program, *arguments = SERVERS[server](port, target)
    command = [str(BIN / program), *arguments]
    with running(command, port, folder, PYTHONPATH=str(ROOT), **environ):
        yield port


@contextmanager
def _asker(port: int, path: str, cookie: str = "") -> Iterator[Callable[[], None]]:
    """Give a function that makes one request on a kept connection and reads the whole page."""
    asked = ASK.format(path=path, cookie=cookie).encode()
    with socket.create_connection((LOOPBACK, port), timeout=30) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def ask() -> None:
            sock.sendall(asked)
            received = bytearray()
            while not received.endswith((b"</html>", b"\r\n0\r\n\r\n")):
                received += sock.recv(65_536)
            if not received.startswith(b"HTTP/1.1 200") or len(received) < len(PAGE):
                raise RuntimeError(received[:200].decode("latin-1"))

        ask()
        yield ask
