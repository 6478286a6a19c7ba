"""Answers damaged at random: read as HTTP, or one of the faults that are known; never anything else."""

from __future__ import annotations

import random
import socket

import pytest

from sence_gate.errors import UpstreamBrokeOff, UpstreamFault
from sence_gate.upstream import Question
from sence_gate.upstream.connection import Connection
from tests.upstream.conftest import To

ANSWERS = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nSet-Cookie: a=1\r\n\r\nhola",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=1\r\nhola\r\n0\r\nA: b\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 204 x\r\n\r\n",
)
SCRAPS = (
    b"\r\n", b"\n", b"\r", b"\0", b" ", b"\xff", b":", b"-1", b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n", b"fffffffffffffffff\r\n", b"HTTP/1.1 200 OK\r\n\r\n",
)  # fmt: skip


def _damaged(chance: random.Random) -> bytes:
    answer = bytearray(chance.choice(ANSWERS))
    for _ in range(chance.randint(0, 6)):
        place = chance.randrange(len(answer))
        cut = chance.choice((0, 0, 1, 4))
        answer[place : place + cut] = b"" if cut == 4 else chance.choice(SCRAPS)
    return bytes(answer)


@pytest.mark.parametrize("seed", range(4))
def test_no_answer_raises_anything_unexpected(to: To, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """A worker never ends by what a platform says."""
    chance, upstream = random.Random(seed), to("http://127.0.0.1:9")  # noqa: S311 - nothing secret
    read = 0
    for _ in range(500):
        ours, theirs = socket.socketpair()
        monkeypatch.setattr(upstream, "_connect", lambda ours=ours: Connection(ours, 2))
        theirs.sendall(_damaged(chance))
        theirs.shutdown(socket.SHUT_WR)
        try:
            with upstream.ask(Question("GET", "/", [("Host", "a")])) as answer:
                read += bool(list(answer)) or answer.status == 204
        except (UpstreamFault, UpstreamBrokeOff):
            continue
        finally:
            theirs.close()
            upstream.close()
    assert 0 < read < 500
