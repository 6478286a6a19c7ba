"""A platform that lies: every answer that is not clean HTTP is a fault, and none ends a worker."""

from __future__ import annotations

import socket
import time

import pytest

from sence_gate.errors import UpstreamAway, UpstreamBrokeOff, UpstreamSlow
from sence_gate.upstream import Question
from tests.upstream.conftest import To
from tests.upstream.scripted import says, scripted, waits

QUESTION = Question("GET", "/", [("Host", "campus.cl")])
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def _drips(sock: socket.socket) -> None:
    for _ in range(200):
        sock.sendall(b"X")
        time.sleep(0.02)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"hola", id="HTTP/0.9"),
        pytest.param(b"HTTP/1.1 2OO OK\r\n\r\n", id="a status of letters"),
        pytest.param(b"HTTP/1.1 999 OK\r\n\r\n", id="a status beyond"),
        pytest.param(b"HTTP/2.0 200 OK\r\n\r\n", id="another version"),
        pytest.param(HEAD + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nhola", id="two lengths"),
        pytest.param(HEAD + b"Content-Length: 4, 5\r\n\r\nhola", id="two lengths in one"),
        pytest.param(HEAD + b"Content-Length: +4\r\n\r\nhola", id="a signed length"),
        pytest.param(HEAD + b"Content-Length: -4\r\n\r\nhola", id="a negative length"),
        pytest.param(HEAD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\nhola", id="an endless length"),
        pytest.param(
            HEAD + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="CL and TE"
        ),
        pytest.param(HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", id="an unknown coding"),
        pytest.param(
            HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", id="TE twice"
        ),
        pytest.param(
            b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="chunks in HTTP/1.0"
        ),
        pytest.param(HEAD + b"Content-Length : 4\r\n\r\nhola", id="a blank before the colon"),
        pytest.param(HEAD + b"nonsense\r\nSet-Cookie: a=1\r\n\r\n", id="a line without a colon"),
        pytest.param(HEAD + b"X: a\rSet-Cookie: b=1\r\n\r\n", id="a bare CR"),
        pytest.param(HEAD + b"X: a\x00b\r\n\r\n", id="a zero"),
        pytest.param(HEAD + b"X-Long: ", id="closed in the head"),
        pytest.param(HEAD + b"X-Long: " + b"x" * 8_000_000 + b"\r\n\r\n", id="8 MB in one header"),
        pytest.param(HEAD + b"X-Many: x\r\n" * 700_000 + b"\r\n", id="8 MB of headers"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000, id="a storm of 100"),
        pytest.param(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 10_000, id="a storm of hints"),
        pytest.param(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", id="an upgrade nobody asked for"
        ),
        pytest.param(b"\x16\x03\x01\x00\xa5\x01\x00", id="TLS"),
    ],
)
def test_an_answer_that_is_not_clean_http_is_a_fault(to: To, said: bytes) -> None:
    """What could be read in two ways is not passed on in one of them."""
    with scripted(says(said)) as platform, pytest.raises(UpstreamAway):
        to(platform.url).ask(QUESTION)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(CHUNKED + b"zz\r\nhola\r\n0\r\n\r\n", id="no number"),
        pytest.param(CHUNKED + b"-4\r\nhola\r\n0\r\n\r\n", id="a negative chunk"),
        pytest.param(CHUNKED + b"0x4\r\nhola\r\n0\r\n\r\n", id="a prefix"),
        pytest.param(CHUNKED + b"4\r\nholaXX0\r\n\r\n", id="a chunk without its end"),
        pytest.param(CHUNKED + b"4\r\nhola\r\n", id="no last chunk"),
        pytest.param(CHUNKED + b"9\r\nhola", id="closed in a chunk"),
        pytest.param(CHUNKED + b"0\r\n", id="closed in the trailer"),
        pytest.param(CHUNKED + b"0\r\n" + b"X: x\r\n" * 200_000, id="an endless trailer"),
        pytest.param(CHUNKED + b"4;" + b"x" * 1_000_000, id="an endless extension"),
        pytest.param(HEAD + b"Content-Length: 9\r\n\r\nhola", id="shorter than said"),
    ],
)
def test_a_body_that_is_not_what_was_announced_breaks_off(to: To, said: bytes) -> None:
    """Bad chunks are no end of a page."""
    with (
        scripted(says(said)) as platform,
        to(platform.url).ask(QUESTION) as answer,
        pytest.raises(UpstreamBrokeOff),
    ):
        list(answer)


def test_a_head_that_drips_for_ever_is_too_slow(to: To) -> None:
    """A byte now and then does not hold a thread beyond the time that is allowed."""
    with scripted(_drips) as platform, pytest.raises(UpstreamSlow):
        to(platform.url, seconds=0.3).ask(QUESTION)


def test_a_body_that_falls_silent_breaks_off(to: To) -> None:
    """A thread does not wait for the rest of a page for ever."""

    def stops(sock: socket.socket) -> None:
        sock.sendall(HEAD + b"Content-Length: 9\r\n\r\nhola")
        waits(0.5)(sock)

    with (
        scripted(stops) as platform,
        to(platform.url, seconds=0.2).ask(QUESTION) as answer,
        pytest.raises(UpstreamBrokeOff),
    ):
        list(answer)
