"""What has not arrived occupies nobody: slow and silent browsers cost `sence-gate serve` no thread."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from io import BytesIO

import pytest

from sence_gate.arriving import MOST, MOST_CHUNKS, _has_arrived, is_whole
from tests.proxy.served import Served, gate
from tests.upstream.scripted import says, scripted

GET = b"GET /_sence/ping HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /_sence/inicio/ok HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
SLOW = {
    "silent": b"",
    "one byte": b"G",
    "half a head": GET + b"X-A",
    "half a form": POST + b"Content-Length: 500\r\n\r\nIdSesionAlumno=",
    "no form yet": POST + b"content-length:\t500\r\n\r\n",
    "half a chunk": CHUNKED + b"5\r\nho",
    "chunks without end": CHUNKED + b"2\r\nho\r\n",
    "half a trailer": CHUNKED + b"0\r\nCookie: a",
    "zeros in a chunk": CHUNKED + b"9\r\n\r\n0\r\n\r\n0\r\n",
    "a second one behind a whole one": GET + b"\r\nGET /_sen",
}
WHOLE = {
    "no body": GET + b"\r\n",
    "a form": POST + b"Content-Length: 4\r\n\r\nhola",
    "an upload, which may be refused": POST + b"Content-Length: %d\r\n\r\n" % (MOST + 1),
    "asks first": POST + b"Content-Length: 4\r\nExpect: 100-continue\r\n\r\n",
    "chunks": CHUNKED + b"4;a=b\r\nhola\r\n0\r\n\r\n",
    "chunks and a trailer": CHUNKED + b"A\r\n0123456789\r\n00\r\nA: b\r\n\r\n",
    "no chunk": CHUNKED + b"zz\r\n",
    "a length that is none": POST + b"Content-Length: many\r\n\r\n",
    "endless head": b"a" * MOST,
    "endless chunk": CHUNKED + b"1000000\r\n" + b"a" * MOST,
    "very many chunks": CHUNKED + b"1\r\na\r\n" * MOST_CHUNKS,
}


def _table(requests: dict[str, bytes]) -> list[object]:
    return [pytest.param(each, id=name) for name, each in requests.items()]


@pytest.fixture(name="served", scope="module")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with (
        scripted(says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) as platform,
        gate(platform.url, tmp_path_factory.mktemp("gate")) as served,
    ):
        yield served


@pytest.mark.parametrize("sent", _table(SLOW))
def test_m6_who_is_slow_keeps_nobody_waiting(served: Served, sent: bytes) -> None:
    """Eight threads, two hundred such browsers: a learner is answered at once, and they are not cut off."""
    with ExitStack() as stack:
        slow = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(200)]
        for each in slow:
            stack.enter_context(each).sendall(sent)
        began = time.monotonic()
        assert served.say(GET + b"Connection: close\r\n\r\n", seconds=5).startswith(b"HTTP/1.1 200")
        assert time.monotonic() - began < 2


@pytest.mark.parametrize("size", [1, 7])
def test_what_comes_in_pieces_is_answered_as_if_it_came_at_once(served: Served, size: int) -> None:
    """On a kept connection too, where a request may arrive together with the end of the one before."""
    last = WHOLE["no body"].replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    whole = WHOLE["no body"] + WHOLE["a form"] + WHOLE["chunks"] + WHOLE["chunks and a trailer"] + last
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(whole), size):
            sock.sendall(whole[at : at + size])
        received = b""
        while data := sock.recv(65_536):
            received += data
    assert [each[:3] for each in received.split(b"HTTP/1.1 ")[1:]] == [b"200", b"400", b"400", b"400", b"200"]


def test_a_head_without_end_is_ended(served: Served) -> None:
    """Nobody fills the memory of a worker by a header that never stops."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as sock:
        try:
            sock.sendall(GET + b"X: " + b"a" * 500_000)
            assert sock.recv(12) in {b"", b"HTTP/1.1 431"}
        except (ConnectionResetError, BrokenPipeError):
            pass


@pytest.mark.parametrize("held", _table(SLOW | {"nothing": b""}))
def test_a_thread_has_nothing_to_do_yet(held: bytes) -> None:
    """Whatever comes next, it would wait."""
    assert not is_whole(held.removeprefix(WHOLE["no body"]))


@pytest.mark.parametrize("held", _table(WHOLE))
def test_a_thread_has_something_to_do(held: bytes) -> None:
    """An answer, a refusal, or an upload."""
    assert is_whole(held)


def test_a_learner_who_vanishes_in_an_upload_gives_the_thread_back() -> None:
    """A telephone that leaves the net says nothing: only a clock can tell."""
    here, there = socket.socketpair()
    with closing(here), closing(there):
        there.sendall(WHOLE["an upload, which may be refused"])
        assert _has_arrived(here, Unreader())
        assert here.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, 16)[:1] == b"\x1e"


class Unreader:
    """What gunicorn's parser reads from."""

    def __init__(self) -> None:
        self.buf = BytesIO()
