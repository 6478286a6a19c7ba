"""A way to Redis that can lose an answer: the command has run, and nobody hears of it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from time import sleep

HOST = "127.0.0.1"


class Way:
    """Carries bytes to *port* and back; `lose` and `swallow` tell which answers do not arrive."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self.lose: list[bytes] = []  # words: the answer to the next command that holds it is lost …
        self.swallow: list[bytes] = []  # … with the connection, or without
        Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with near, suppress(OSError), socket.create_connection((HOST, self._to)) as far:
            while asked := near.recv(1 << 20):
                far.sendall(asked)
                answer = far.recv(1 << 20)
                if not answer or _takes(self.lose, asked):
                    return
                if _takes(self.swallow, asked):
                    sleep(2)
                    return
                near.sendall(answer)


def _takes(words: list[bytes], asked: bytes) -> bool:
    if words and words[0] in asked:
        words.pop(0)
        return True
    return False


@contextmanager
def way_to(port: int) -> Iterator[Way]:
    """Open a way to *port*, and close it."""
    way = Way(port)
    try:
        yield way
    finally:
        way.close()


@contextmanager
def service(answer: bytes, *, is_silent: bool = False) -> Iterator[int]:
    """Run something on a port that is no Redis: it says *answer* to whoever comes, or nothing at all."""
    with socket.create_server((HOST, 0)) as listener:
        held: list[socket.socket] = []

        def serve() -> None:
            with suppress(OSError):
                while True:
                    near, _ = listener.accept()
                    near.sendall(answer)
                    held.append(near)
                    if not is_silent:
                        near.recv(1 << 16)
                        near.close()

        Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        for near in held:
            near.close()
