"""The proxy before a page of 20 kB, against a bare forwarder with urllib3 on the same server.

One connection asks one after the other, so that what is compared is the work for a request.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.forwarders import PAGE
from benchmarks.measure import best_microseconds
from benchmarks.requests import Result, session_cookie
from sence_gate.config import load_config
from sence_gate.proxy import ReverseProxy

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
        "--bind", f"127.0.0.1:{port}", target,
    ],
}  # fmt: skip


def results() -> Iterator[Result]:
    """Measure on both servers, each pair of rivals in turns."""
    for server in SERVERS:
        best = _best(server)
        for name in ("free", "guarded"):
            value = best[name] / best["forwarder"]
            yield Result(f"proxy, {name} page, over a urllib3 forwarder ({server})", value, MOST, "×")


def _best(server: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        command = SERVERS["granian"]  # the platform's is the same in both runs
        upstream = stack.enter_context(_running(command, "benchmarks.forwarders:platform", folder))
        url = f"http://127.0.0.1:{upstream}"
        bare = stack.enter_context(
            _running(SERVERS[server], "benchmarks.forwarders:forwarder", folder, BENCH_UPSTREAM=url)
        )
        config = folder / "sence-gate.toml"
        config.write_text(CONFIG.format(port=8000, upstream=url), encoding="utf-8")
        cookie = _cookie(config)
        gated = stack.enter_context(
            _running(SERVERS[server], "sence_gate.wsgi:application", folder, SENCE_GATE_CONFIG=str(config))
        )
        rivals = {
            "forwarder": stack.enter_context(_asker(bare, "/a")),
            "free": stack.enter_context(_asker(gated, "/a")),
            "guarded": stack.enter_context(_asker(gated, "/cursos/c0/1", f"; {cookie}")),
        }
        return best_microseconds(rivals, calls=100, rounds=25)


def _cookie(config: Path) -> str:
    door = ReverseProxy(load_config(config, {}))
    try:
        return session_cookie(door.gate)
    finally:
        door.gate.gate.parts.store.close()


@contextmanager
def _running(
    command: Callable[[int, str], list[str]], target: str, folder: Path, **variables: str
) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    program, *arguments = command(port, target)
    root = Path(__file__).parent.parent
    environ = {**os.environ, "PYTHONPATH": str(root), **variables}
    started = [str(Path(sys.executable).parent / program), *arguments]
    process = subprocess.Popen(started, cwd=folder, env=environ)
    try:
        _await(port)
        yield port
    finally:
        process.terminate()
        process.wait(40)


def _await(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("a server of the benchmark did not start")


@contextmanager
def _asker(port: int, path: str, cookie: str = "") -> Iterator[Callable[[], None]]:
    """Give a function that makes one request on a kept connection and reads the whole page."""
    asked = ASK.format(path=path, cookie=cookie).encode()
    with socket.create_connection(("127.0.0.1", port), timeout=30) as sock:
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
