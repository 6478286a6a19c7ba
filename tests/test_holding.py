"""An answer that is held back passes as if nobody had looked, or not at all (PEP 3333)."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any, cast
from wsgiref.validate import validator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder, run_wsgi_app

from sence_gate.holding import Answer, Held, asked, examine
from sence_gate.shared import page_pattern
from sence_gate.tags import Unread
from tests.shared_campus import BODY_CLASS, HTML, page

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BODY = page()
Asked = tuple[Answer, str, bytes]


class Given:
    """An iterable of the platform's that counts how often it was closed."""

    def __init__(self, *items: bytes) -> None:
        self.items = list(items)
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        """Yield the items."""
        yield from self.items

    def close(self) -> None:
        """Count."""
        self.closed += 1


def fail(reason: str = "") -> None:
    """Fail as a platform does."""
    raise LookupError(reason)


def held() -> Held:
    """Return what holds one answer back."""
    return Held(page_pattern(BODY_CLASS), "https://campus.otec.cl")


def environ() -> WSGIEnvironment:
    """Return a request."""
    return EnvironBuilder("/mod/x").get_environ()


def passed(platform: WSGIApplication) -> Asked:
    """Return what was read of *platform*'s answer, and what of it reaches a strict server."""
    answer: list[Answer] = []

    def door(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        holding = held()
        answer.append(holding.ask(validator(platform), environ))
        return holding(environ, start_response)

    # Not buffered: werkzeug would drop what the platform gave to `write`.
    pieces, status, _ = run_wsgi_app(validator(door), environ())
    with closing(cast("Any", pieces)):
        return answer[0], status, b"".join(pieces)


def listed(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with a list."""
    start_response("200 OK", [HTML])
    return [BODY]


def late(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer from a generator: start_response is called when the first item is wanted."""
    start_response("200 OK", [HTML])
    yield b""
    yield from (BODY[at : at + 50] for at in range(0, len(BODY), 50))


def writing(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer through `write`, and give the rest as items."""
    write = start_response("200 OK", [HTML])
    write(BODY[:40])
    write(BODY[40:900])
    return [BODY[900:]]


def failing_early(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Begin a page, and put another in its place before anything was sent."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    try:
        fail()
    except LookupError:
        start_response("500 Internal Server Error", [HTML], sys.exc_info())
    return [BODY]


PLATFORMS = [
    pytest.param(listed, "200 OK", id="a list"),
    pytest.param(late, "200 OK", id="a generator"),
    pytest.param(writing, "200 OK", id="write"),
    pytest.param(failing_early, "500 Internal Server Error", id="an error page in time"),
]


@pytest.mark.parametrize(("platform", "status"), PLATFORMS)
def test_each_way_to_answer_passes_whole(platform: WSGIApplication, status: str) -> None:
    """Between validators, on both sides, the page is what the platform made."""
    assert passed(platform) == (("5",), status, BODY)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=8), st.booleans())
def test_any_chunking_of_the_page_gives_the_same_outcome(sizes: list[int], writes: bool) -> None:
    """Cut anywhere, written or yielded."""
    cuts = [sum(sizes[:count]) for count in range(len(sizes))]
    pieces = [BODY[at:end] for at, end in zip([0, *cuts], [*cuts, len(BODY)], strict=True)]

    def platform(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        write = start_response("200 OK", [HTML])
        for piece in pieces if writes else []:
            write(piece)
        return [] if writes else list(pieces)

    assert passed(platform) == (("5",), "200 OK", BODY)


def test_what_need_not_be_read_passes_by_reference() -> None:
    """A file that the server sends by itself stays one; it is the server's to close."""
    body, holding = Given(b"%PDF"), held()

    def platform(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "application/pdf")])
        return body

    assert holding.ask(platform, environ()) is Unread.NOT_HTML
    assert holding(environ(), lambda *_: lambda _: None) is body
    assert body.closed == 0


def test_a_page_that_is_shown_is_closed_once_by_the_server() -> None:
    """Even when the server stops in the middle."""
    body, holding = Given(BODY, b"rest"), held()

    def platform(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [HTML])
        return body

    holding.ask(platform, environ())
    shown: Any = holding(environ(), lambda *_: lambda _: None)
    next(iter(shown))
    assert body.closed == 0
    shown.close()
    shown.close()
    assert body.closed == 1


class Broken(Given):
    """An iterable that fails in the middle of the head."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield, then fail."""
        yield b"<html><head>"
        raise LookupError("the database is away")


def test_an_error_of_the_platform_goes_through_and_its_answer_is_closed() -> None:
    """The server reports it as it would without the gate; nothing was begun."""
    body = Broken()

    def platform(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [HTML])
        return body

    with pytest.raises(LookupError, match="database"):
        held().ask(platform, environ())
    assert body.closed == 1


def test_a_page_that_breaks_off_later_breaks_off_for_the_browser() -> None:
    """What was cut must not look whole."""

    def platform(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [HTML])
        yield BODY
        raise LookupError

    with pytest.raises(LookupError):
        passed(platform)


@pytest.mark.parametrize("writes", [False, True], ids=["yielded", "written"])
def test_another_head_after_the_body_began_is_the_platform_s_error(writes: bool) -> None:
    """A server would have sent the first by then, and raises what went wrong."""

    def platform(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        write = start_response("200 OK", [HTML])
        if writes:
            write(b"<html>")
        else:
            yield b"<html>"
        try:
            fail("too late")
        except LookupError:
            start_response("500 Oh", [HTML], sys.exc_info())
        yield BODY

    with pytest.raises(LookupError, match="too late"):
        held().ask(platform, environ())


def test_another_head_after_the_replay_is_for_the_server_to_judge() -> None:
    """Once the page is on its way, `start_response` is the server's own."""
    told: list[str] = []
    holding = held()

    def platform(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [HTML])
        yield BODY
        start_response("500 Oh", [HTML], (LookupError, LookupError(), None))  # type: ignore[arg-type]  # no traceback

    def server(status: str, *_: Any) -> Any:
        told.append(status)
        return lambda _: None

    holding.ask(platform, environ())
    assert b"".join(holding(environ(), server)) == BODY
    assert told == ["200 OK", "500 Oh"]


@pytest.mark.parametrize("calls", [0, 2], ids=["never", "twice"])
def test_a_platform_that_breaks_pep_3333_is_told_so(calls: int) -> None:
    """No answer is made up for it."""

    def platform(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        for _ in range(calls):
            start_response("200 OK", [HTML])
        return [BODY]

    with pytest.raises(AssertionError, match="PEP 3333"):
        held().ask(platform, environ())


@pytest.mark.parametrize(
    ("sent", "asked_for"),
    [
        pytest.param("br, gzip;q=0.5", "gzip", id="gzip among others"),
        pytest.param("br, gzip;q=0", "identity", id="gzip refused"),
        pytest.param("br", "identity", id="another"),
        pytest.param("", None, id="none"),
    ],
)
def test_no_coding_is_asked_for_that_could_not_be_read(sent: str, asked_for: str | None) -> None:
    """The request that came stays as it is."""
    original = environ() | ({"HTTP_ACCEPT_ENCODING": sent} if sent else {})
    assert asked(original).get("HTTP_ACCEPT_ENCODING") == asked_for
    assert original.get("HTTP_ACCEPT_ENCODING", "") == sent


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        pytest.param("200 OK", [], None, id="no type, which browsers take for a page"),
        pytest.param("200 OK", [HTML], None, id="a page"),
        pytest.param("200 OK", [("Content-Type", "text/htmlx")], Unread.NOT_HTML, id="a longer type"),
        pytest.param("206 Partial Content", [HTML], Unread.PARTIAL, id="a part of a page"),
        pytest.param("200 OK", [HTML, ("Content-Encoding", "br")], Unread.CODING, id="a coding"),
        pytest.param("302 Found", [("Location", "/login")], Unread.MOVED, id="here, by path"),
        pytest.param("302 Found", [("Location", "http://campus.otec.cl")], Unread.MOVED, id="here, by host"),
        pytest.param("302 Found", [("Location", "https://campus.otec.cl.x/")], Unread.ELSEWHERE, id="there"),
        pytest.param(
            "302 Found", [("Location", "javascript://campus.otec.cl/")], Unread.ELSEWHERE, id="no address"
        ),
        pytest.param("302 Found", [("Location", "//x.cl/")], Unread.ELSEWHERE, id="another host by slashes"),
        pytest.param("302 Found", [], Unread.ELSEWHERE, id="nowhere"),
        pytest.param(
            "302 Found", [("Location", "/"), ("Location", "//x.cl/")], Unread.ELSEWHERE, id="two places"
        ),
    ],
)
def test_the_head_tells_whether_the_page_must_be_read(
    status: str, headers: list[tuple[str, str]], expected: Unread | None
) -> None:
    """What is in doubt is no page of this site."""
    assert examine(status, headers, "https://campus.otec.cl") is expected


def test_a_head_alone_tells_of_no_body() -> None:
    """Of a redirect with a page behind it the page is thrown away, and what describes it."""
    body = Given(BODY)
    sent: list[list[tuple[str, str]]] = []

    def platform(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        about = [("Content-Length", "9"), ("ETag", '"1"'), ("Content-Encoding", "gzip")]
        start_response("302 Found", [("Location", "/login"), ("Set-Cookie", "a=1"), *about])
        return body

    def server(_status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        sent.append(headers)

    holding = held()
    assert holding.ask(platform, environ()) is Unread.MOVED
    assert holding.replay_head(server) == []
    assert sent == [[("Location", "/login"), ("Set-Cookie", "a=1"), ("Content-Length", "0")]]
    assert body.closed == 1
