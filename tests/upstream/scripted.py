"""A platform that says byte by byte what a test wants, on a real socket.

Each connection follows one script: what is sent once the head of a request has come.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Script = Callable[[socket.socket], None]


@dataclass
class Scripted:
    """Where it listens, and what it was asked: the head of each request, as bytes."""

    url: str
    scripts: tuple[Script | list[Script], ...]
    heads: list[bytes] = field(default_factory=list)
    connections: int = 0


def says(*pieces: bytes) -> Script:
    """Return a script that sends *pieces* one after the other, and closes."""

    def script(sock: socket.socket) -> None:
        for piece in pieces:
            sock.sendall(piece)

    return script


def waits(seconds: float) -> Script:
    """Return a script that is silent."""
    return lambda _: time.sleep(seconds)


@contextmanager
def scripted(*scripts: Script | list[Script]) -> Iterator[Scripted]:
    """Run a platform whose connections follow *scripts* in turn, the last for ever.

    A list of scripts is one connection that is kept for as many requests.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        platform = Scripted(f"http://127.0.0.1:{server.getsockname()[1]}", scripts)
        thread = threading.Thread(target=_serve, args=(server, platform), daemon=True)
        thread.start()
        try:
            yield platform
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def _serve(server: socket.socket, platform: Scripted) -> None:
    sockets, threads = [], []
    while True:
        try:
            sock, _ = server.accept()
        except OSError:
            break
        sockets.append(sock)
        script = platform.scripts[min(platform.connections, len(platform.scripts) - 1)]
        platform.connections += 1
        threads.append(threading.Thread(target=_play, args=(sock, platform, script), daemon=True))
        threads[-1].start()
    for sock in sockets:
        with suppress(OSError):  # closed already
            sock.shutdown(socket.SHUT_RDWR)
    for thread in threads:
        thread.join(10)


def _play(sock: socket.socket, platform: Scripted, script: Script | list[Script]) -> None:
    with sock:
        try:
            for each in script if isinstance(script, list) else [script]:
                platform.heads.append(_head(sock))
                each(sock)
        except OSError:
            return  # the other side had enough


def _head(sock: socket.socket) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = sock.recv(1)
        if not byte:
            raise ConnectionResetError
        head += byte
    return head
