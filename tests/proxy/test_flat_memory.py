"""A gigabyte up, a gigabyte down: the worker's memory does not grow with what passes."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from queue import Queue

import pytest

from tests.proxy.served import Served, gate
from tests.upstream.scripted import scripted

GIGABYTE = 1 << 30
PIECE = bytes(1 << 20)
ROOM = 48 << 10  # KiB that the worker may grow by: some buffers, and nothing like a gigabyte
HEAD = b"%b /big HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"


def _drained(sock: socket.socket, most: int) -> int:
    buffer, size = bytearray(1 << 20), 0
    while size < most and (count := sock.recv_into(buffer)):
        size += count
    return size


@pytest.fixture(name="received", scope="module")
def sizes_received() -> Queue[int]:
    """Return where the platform says how much it got."""
    return Queue()


@pytest.fixture(name="served", scope="module")
def served_gate(received: Queue[int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a gate before a platform that takes and gives a gigabyte."""
    with scripted(lambda _: None) as platform:

        def answer(sock: socket.socket) -> None:
            if platform.heads[-1].startswith(b"POST"):
                received.put(_drained(sock, GIGABYTE))
                sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            else:
                sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % GIGABYTE)
                for _ in range(GIGABYTE // len(PIECE)):
                    sock.sendall(PIECE)

        platform.scripts = (answer,)
        with gate(platform.url, tmp_path_factory.mktemp("served")) as served:
            assert served.say(b"GET /_sence/ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            yield served


def test_a_gigabyte_is_downloaded_in_flat_memory(served: Served) -> None:
    """A recorded class costs the gate no more than a page."""
    before = served.peak()
    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as sock:
        sock.sendall(HEAD % (b"GET", 0))
        assert _drained(sock, 2 * GIGABYTE) > GIGABYTE
    assert served.peak() - before < ROOM


def test_a_gigabyte_is_uploaded_in_flat_memory(served: Served, received: Queue[int]) -> None:
    """Nor does what a teacher brings."""
    before = served.peak()
    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as sock:
        sock.sendall(HEAD % (b"POST", GIGABYTE))
        for _ in range(GIGABYTE // len(PIECE)):
            sock.sendall(PIECE)
        assert sock.recv(12) == b"HTTP/1.1 200"
    assert received.get(timeout=10) == GIGABYTE
    assert served.peak() - before < ROOM
