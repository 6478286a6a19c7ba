"""Asking the platform: what travels, what is kept, what is sent again."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from queue import Queue

import pytest

from sence_gate.errors import UnusableRequest, UpstreamAway, UpstreamBrokeOff, UpstreamSlow
from sence_gate.upstream import Question, Upstream
from sence_gate.upstream.address import Address
from sence_gate.upstream.connection import Connection
from tests.upstream.conftest import To
from tests.upstream.scripted import Script, says, scripted, waits

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhola"
QUESTION = Question("GET", "/a%2fb/%63?x=%20&y", [("Host", "campus.cl"), ("X-One", "ñ")])
EMPTY = [("Host", "campus.cl"), ("Content-Length", "0")]
POST = Question("POST", "/quiz", [("Host", "campus.cl"), ("Content-Length", "4")], [b"ho", b"la"])


def _read(upstream: Upstream, question: Question = QUESTION) -> bytes:
    with upstream.ask(question) as answer:
        return b"".join(answer)


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        pytest.param("http://127.0.0.1:8080", "127.0.0.1:8080", id="a port"),
        pytest.param("https://interno.cl", "interno.cl", id="the scheme's own port"),
        pytest.param("http://[::1]:81", "[::1]:81", id="IPv6"),
        pytest.param("unix:///run/campus.sock", "localhost", id="unix"),
    ],
)
def test_an_address_says_which_host_it_is(url: str, authority: str) -> None:
    """A platform that is asked for something on its own is asked by its own name."""
    assert Address.of(url).authority == authority


def test_the_request_travels_byte_by_byte(to: To) -> None:
    """No client's taste in percent signs stands between browser and platform."""
    with scripted(says(OK)) as platform:
        assert _read(to(platform.url)) == b"hola"
    assert platform.heads == [b"GET /a%2fb/%63?x=%20&y HTTP/1.1\r\nHost: campus.cl\r\nX-One: \xf1\r\n\r\n"]


def test_headers_of_the_answer_stay_apart_and_in_order(to: To) -> None:
    """Two cookies of one name are two cookies."""
    head = (
        b"HTTP/1.1 404 Nada\r\nSet-Cookie: a=1\r\nX-B: \xe9\r\nset-cookie: a=2\r\nContent-Length: 0\r\n\r\n"
    )
    with scripted(says(head)) as platform, to(platform.url).ask(QUESTION) as answer:
        assert (answer.status, answer.reason) == (404, "Nada")
        assert answer.headers[:3] == [("Set-Cookie", "a=1"), ("X-B", "é"), ("set-cookie", "a=2")]


@pytest.mark.parametrize(
    ("said", "body"),
    [
        pytest.param(OK, b"hola", id="a length"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nhola", b"hola", id="twice"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
            b"2;x=y\r\nho\r\n2\r\nla\r\n0\r\nX-T: 1\r\n\r\n",
            b"hola",
            id="chunks, an extension and a trailer",
        ),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\nhola", b"hola", id="until the end"),
        pytest.param(b"HTTP/1.1 200\r\nContent-Length: 4\r\n\r\nhola", b"hola", id="no reason"),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK,
            b"hola",
            id="hints",
        ),
        pytest.param(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", b"", id="not modified"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", b"", id="no content"),
    ],
)
def test_every_framing_of_http_is_read(to: To, said: bytes, body: bytes) -> None:
    """Whatever a platform in use says, its body is the one that was meant."""
    with scripted(says(said)) as platform:
        assert _read(to(platform.url)) == body


def test_a_piece_is_passed_on_before_the_next_one_comes(to: To) -> None:
    """A platform that tells its progress is not held back."""
    go_on = threading.Event()

    def slowly(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nho")
        go_on.wait(10)
        sock.sendall(b"la")

    with scripted(slowly) as platform, to(platform.url).ask(QUESTION) as answer:
        pieces = iter(answer)
        assert next(pieces) == b"ho"
        go_on.set()
        assert next(pieces) == b"la"


def test_a_connection_serves_again_when_its_answer_was_read(to: To) -> None:
    """A page with sixty images does not shake hands sixty times."""
    with scripted([says(OK)] * 3) as platform:
        upstream = to(platform.url)
        assert [_read(upstream) for _ in range(3)] == [b"hola"] * 3
    assert platform.connections == 1


STRANGE = OK.replace(b"hola", b"otra")


def _late(sock: socket.socket) -> None:
    sock.sendall(OK)
    time.sleep(0.1)
    sock.sendall(STRANGE)


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(says(OK + STRANGE), id="an answer too many"),
        pytest.param(_late, id="an answer too many, later"),
        pytest.param(says(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")), id="it says close"),
        pytest.param(says(OK), id="it closes"),
    ],
)
@pytest.mark.parametrize("is_kept", [True, False])
def test_a_spoilt_connection_is_not_used_again(to: To, first: Script, is_kept: bool) -> None:
    """What is left over from one answer never begins the next."""
    with scripted([first, says(OK)] if is_kept else [first], says(OK)) as platform:
        upstream = to(platform.url)
        assert _read(upstream) == b"hola"
        time.sleep(0.2)
        assert _read(upstream) == b"hola"


def test_h11_a_body_that_the_platform_does_not_read_is_nobody_s_request(to: To) -> None:
    """Some servers take it for the next one on the connection: its answer must not reach the next learner."""
    hidden = b"GET /cursos/excel/1 HTTP/1.1\r\n\r\n"
    question = Question("GET", "/x", [("Host", "a"), ("Content-Length", str(len(hidden)))], [hidden])
    with scripted([says(OK), says(STRANGE)], says(OK)) as platform:
        upstream = to(platform.url)
        with upstream.ask(question) as answer:
            assert answer.read(99) == b"hola"
        assert _read(upstream) == b"hola"
    assert platform.connections == 2
    assert b"connection: close\r\n" in platform.heads[0].lower()


def test_a_connection_waits_for_some_seconds_only(to: To, monkeypatch: pytest.MonkeyPatch) -> None:
    """Platforms close idle ones: a request that would meet that gets a fresh one."""
    monkeypatch.setattr("sence_gate.upstream.IDLE_SECONDS", 0.0)
    with scripted([says(OK)] * 2) as platform:
        upstream = to(platform.url)
        assert [_read(upstream) for _ in range(2)] == [b"hola"] * 2
    assert platform.connections == 2


def test_few_connections_wait(to: To, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a crowd the platform gets its threads back."""
    monkeypatch.setattr("sence_gate.upstream.IDLE_MAX", 1)
    with scripted([says(OK)] * 2) as platform:
        upstream = to(platform.url)
        for answer in [upstream.ask(QUESTION) for _ in range(3)]:
            assert answer.read(9) == b"hola"
        for answer in [upstream.ask(QUESTION) for _ in range(2)]:
            assert answer.read(9) == b"hola"
    assert platform.connections == 4


def test_blanks_around_a_value_stay_behind(to: To) -> None:
    """They mean nothing, and taking our cookies out of a header leaves some."""
    with scripted(says(OK)) as platform:
        _read(to(platform.url), replace(QUESTION, headers=[("Host", "a"), ("Cookie", " b=1; c=2 \t")]))
    assert b"\r\nCookie: b=1; c=2\r\n" in platform.heads[0]


def test_a_long_head_is_read(to: To) -> None:
    """Some platforms send a policy of 100 kB."""
    with scripted(says(OK.replace(b"\r\n", b"\r\nX-Long: " + b"x" * 200_000 + b"\r\n", 1))) as platform:
        assert _read(to(platform.url)) == b"hola"


def _dies(sock: socket.socket) -> None:
    sock.close()


def test_a_page_is_asked_for_again_when_a_kept_connection_died(to: To) -> None:
    """The platform closed while the request was on its way: nobody has to see that."""
    with scripted([says(OK), _dies], says(OK)) as platform:
        upstream = to(platform.url)
        assert [_read(upstream) for _ in range(2)] == [b"hola"] * 2
    assert len(platform.heads) == 3


def _breaks(sock: socket.socket) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\nSet-Coo")
    time.sleep(0.1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # RST


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(says(b"HTTP/1.1 200 OK\r\nSet-Coo"), id="it closes"),
        pytest.param(_breaks, id="it is reset"),
    ],
)
def test_a_page_whose_answer_began_is_not_asked_for_again(to: To, second: Script) -> None:
    """The platform did what was asked, and may have noted it."""
    with scripted([says(OK), second], says(OK)) as platform:
        upstream = to(platform.url)
        _read(upstream)
        with pytest.raises(UpstreamAway):
            upstream.ask(QUESTION)
    assert len(platform.heads) == 2


def test_a_page_that_is_asked_for_with_a_body_has_one_try(to: To) -> None:
    """The body comes from the browser, once."""
    question = replace(POST, method="GET", body=iter([b"hola"]))
    with scripted([says(OK), _dies], says(OK)) as platform:
        upstream = to(platform.url)
        assert [_read(upstream), _read(upstream, question)] == [b"hola"] * 2
    assert len(platform.heads) == 2


def test_nothing_is_asked_again_on_a_fresh_connection(to: To) -> None:
    """What was never answered is told, and not tried until somebody tires."""
    with scripted(_dies) as platform, pytest.raises(UpstreamAway, match="without an answer"):
        to(platform.url).ask(QUESTION)
    assert platform.connections == 1


@pytest.mark.parametrize("body", [[b"ho", b"la"], ()], ids=["a body", "no body"])
def test_a_quiz_is_never_sent_twice(to: To, body: Iterable[bytes]) -> None:
    """What may not be repeated gets a connection of its own, and one try."""
    with scripted([says(OK), says(OK)], _dies) as platform:
        upstream = to(platform.url)
        _read(upstream)
        with pytest.raises(UpstreamAway):
            upstream.ask(replace(POST, body=body) if body else replace(POST, headers=EMPTY, body=()))
    assert [head.partition(b" ")[0] for head in platform.heads] == [b"GET", b"POST"]


def test_an_answer_that_was_not_read_costs_its_connection(to: To) -> None:
    """The rest of a download that the browser gave up is not read for nothing."""
    with scripted(says(OK.replace(b"4", b"4000", 1)), says(OK)) as platform:
        upstream = to(platform.url)
        upstream.ask(QUESTION).close()
        assert _read(upstream) == b"hola"


def test_a_refusal_before_the_whole_request_was_sent_is_the_answer(to: To) -> None:
    """The reason for which a platform stops listening reaches the browser."""
    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"
    sent = []

    def body() -> Iterator[bytes]:
        for _ in range(10_000):
            sent.append(1)
            yield b"x" * 65_536

    long = replace(POST, headers=[("Host", "campus.cl"), ("Content-Length", "655360000")], body=body())
    done = threading.Event()

    def stops_listening(sock: socket.socket) -> None:
        sock.sendall(refusal)
        done.wait(10)

    with scripted(stops_listening) as platform, to(platform.url, seconds=2).ask(long) as answer:
        done.set()
        assert answer.status == 413
    assert len(sent) < 10_000


def test_a_refusal_that_was_not_seen_in_time_is_the_answer(to: To, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over TLS nobody can look ahead: writing fails, and what the platform said before is read."""
    monkeypatch.setattr(Connection, "_is_readable", lambda _: False)

    def body() -> Iterator[bytes]:
        yield from (b"x" * 65_536 for _ in range(1_000))

    long = replace(POST, headers=[("Host", "campus.cl"), ("Content-Length", "65536000")], body=body())
    refusal = says(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
    with scripted(refusal) as platform, to(platform.url, seconds=5).ask(long) as answer:
        assert answer.status == 413


def test_a_friendly_word_before_the_whole_request_was_sent_cuts_nothing(to: To) -> None:
    """A platform that tells its progress while it reads gets all of the upload."""
    got: Queue[bytes] = Queue()
    asked = threading.Event()

    def body() -> Iterator[bytes]:
        yield b"ho"
        asked.wait(10)
        yield b"la"

    def reads_on(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
        asked.set()
        with sock.makefile("rb") as stream:
            got.put(stream.read(4))
        sock.sendall(b"bien")

    with scripted(reads_on) as platform:
        assert _read(to(platform.url), replace(POST, body=body())) == b"bien"
        assert got.get(timeout=10) == b"hola"


def test_a_body_that_fails_is_not_ended_as_if_it_were_whole(to: To) -> None:
    """The platform must not take half an upload for a file."""

    def body() -> Iterator[bytes]:
        yield b"ho"
        raise UnusableRequest("cut")

    rest: Queue[bytes] = Queue()
    with scripted(lambda sock: rest.put(sock.recv(100) + sock.recv(100))) as platform:
        chunked = replace(POST, headers=[("Host", "x"), ("Transfer-Encoding", "chunked")], body=body())
        with pytest.raises(UnusableRequest):
            to(platform.url).ask(chunked)
        assert rest.get(timeout=10) == b"2\r\nho\r\n"


@pytest.mark.parametrize(
    "question",
    [
        pytest.param(replace(QUESTION, target="/a b"), id="a blank"),
        pytest.param(replace(QUESTION, target="/\x00"), id="a zero"),
        pytest.param(replace(QUESTION, target="/ñ"), id="bytes beyond ASCII"),
        pytest.param(replace(QUESTION, method="GET /"), id="a method"),
        pytest.param(replace(QUESTION, headers=[("Host", "a"), ("X", "a\r\nY: b")]), id="a line end"),
        pytest.param(replace(QUESTION, headers=[("Host", "a"), ("X Y", "a")]), id="a name"),
        pytest.param(replace(QUESTION, headers=[("Host", "a"), ("X", "€")]), id="beyond latin-1"),
        pytest.param(replace(QUESTION, headers=[]), id="no host"),
    ],
)
def test_what_is_not_http_is_not_sent(to: To, question: Question) -> None:
    """Nothing that a browser sends can begin a second request."""
    with pytest.raises(UnusableRequest):
        to("http://127.0.0.1:9").ask(question)


def test_a_silent_platform_is_told_from_an_absent_one(to: To, tmp_path: Path) -> None:
    """504 and 502 lead the operator to different places."""
    with scripted(waits(0.5)) as platform, pytest.raises(UpstreamSlow):
        to(platform.url, seconds=0.1).ask(QUESTION)
    for url in ("http://127.0.0.1:9", "http://no-existe.invalid", f"unix://{tmp_path}/none.sock"):
        with pytest.raises(UpstreamAway, match="cannot be reached"):
            to(url).ask(QUESTION)


def test_a_body_that_breaks_off_is_told(to: To) -> None:
    """Half a page never passes for a page."""
    with scripted(says(OK.replace(b"4", b"9", 1))) as platform, to(platform.url).ask(QUESTION) as answer:
        pieces = iter(answer)
        assert next(pieces) == b"hola"
        with pytest.raises(UpstreamBrokeOff):
            next(pieces)
