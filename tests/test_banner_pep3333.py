"""The manners of WSGI: write, close, errors and second starts, with the tag in between."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.banner_server import HTML, PAGE, TAG, TAGGED, Closing, Server, environ_of, insertion

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@pytest.fixture
def server() -> Server:
    return Server()


def test_i33_a_written_page_takes_the_tag_before_its_items(server: Server) -> None:
    """The bytes of an imperative platform come first and are one page with its items."""

    def application(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        write = start_response("200 OK", HTML)
        write(PAGE[:20])
        write(PAGE[20:50])
        return [PAGE[50:]]

    assert server.serve(application).body == TAGGED


def test_i33_a_written_gzip_is_ended(server: Server) -> None:
    """A compressed page that was written as a whole is complete without any item."""
    gate = insertion(server)
    write = gate.start_response("200 OK", [*HTML, ("Content-Encoding", "gzip")])
    write(gzip.compress(PAGE))
    server.items.extend(gate.wrap([]))
    assert gzip.decompress(server.body) == TAGGED


@pytest.mark.parametrize("items", [[PAGE], [b"{}"], []], ids=["page", "fragment", "empty"])
def test_i34_the_iterable_is_closed_once(server: Server, items: list[bytes]) -> None:
    """The platform can clean up, whether its page took the tag or not."""
    server.serve(server.application(items))
    assert server.closed == 1


def test_i34_the_iterable_is_closed_when_nobody_iterates(server: Server) -> None:
    """A client that goes away before the first byte costs no resource; closing twice closes once."""
    gate = insertion(server)
    gate.start_response("200 OK", HTML)
    body = gate.wrap(Closing([PAGE], server))
    body.close()  # type: ignore[attr-defined]  # what `wrap` returns here has one
    body.close()  # type: ignore[attr-defined]  # as above
    assert server.closed == 1


def test_i34_a_list_with_a_close_of_its_own_is_closed(server: Server) -> None:
    """A list that wants to be closed is not mistaken for a plain one."""

    class ClosingList(list[bytes]):
        def close(self) -> None:
            server.closed += 1

    gate = insertion(server)
    gate.start_response("200 OK", HTML)
    gate.wrap(ClosingList([PAGE])).close()  # type: ignore[attr-defined]  # what `wrap` returns here has one
    assert server.closed == 1


def test_i34_an_iterator_that_is_its_own_iterable_is_closed_once(server: Server) -> None:
    """Delegation to the platform's iterator must not close it by the way."""

    class Own(Closing):
        def __iter__(self) -> Iterator[bytes]:
            return self

        def __next__(self) -> bytes:
            return PAGE

    gate = insertion(server)
    gate.start_response("200 OK", HTML)
    body = gate.wrap(Own([], server))
    assert next(iter(body)) == TAGGED
    body.close()  # type: ignore[attr-defined]  # what `wrap` returns here has one
    assert server.closed == 1


def test_i35_an_error_in_the_middle_goes_through(server: Server) -> None:
    """A page that breaks stays visibly broken: nothing is added, and it is closed."""

    def items() -> Iterator[bytes]:
        yield PAGE[:20]
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        server.serve(server.application(items()))
    assert TAG not in server.body
    assert server.closed == 1


def fail() -> None:
    raise OSError("disk")


def failing(start: bytes) -> WSGIApplication:
    """Return a platform that fails after *start* and answers an error page instead."""

    def application(_: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", HTML)
        yield start
        try:
            fail()
        except OSError:
            start_response("500 Oops", [("Content-Type", "text/plain")], sys.exc_info())
            yield b"sorry"

    return application


def test_i32_an_error_page_replaces_what_was_held(server: Server) -> None:
    """As long as nothing has left, the learner gets the platform's error page, whole."""
    server.serve(failing(PAGE[:20]))
    assert (server.status, server.body) == ("500 Oops", b"sorry")


def test_i32_an_error_page_comes_too_late_for_a_sent_page() -> None:
    """When the page has left, the server raises the platform's own error."""
    server = Server()
    gate = insertion(server)
    items = iter(gate.wrap(failing(PAGE)(environ_of(), gate.start_response)))
    server.items.append(next(items))
    with pytest.raises(OSError, match="disk"):
        next(items)
    assert server.body == TAGGED


def test_i32_a_second_start_before_the_first_byte_replaces_the_first(server: Server) -> None:
    """Headers that nobody has sent can still become those of another page."""

    def application(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/html"), ("X-First", "1")])
        try:
            fail()
        except OSError:
            start_response("200 OK", HTML, sys.exc_info())
        return [PAGE]

    server.serve(application)
    assert (server.body, server.headers) == (TAGGED, HTML)


def test_i32_a_second_start_without_reason_is_an_error(server: Server) -> None:
    """A fault of the platform is not hidden."""
    gate = insertion(server)
    gate.start_response("200 OK", HTML)
    with pytest.raises(AssertionError, match="twice"):
        gate.start_response("200 OK", HTML)


def test_i13_i35_a_gzip_that_breaks_behind_the_prologue_raises(server: Server) -> None:
    """A server that gets an error aborts the connection, and the browser sees it."""
    packer = zlib.compressobj(wbits=31)
    begun = packer.compress(PAGE) + packer.flush(zlib.Z_SYNC_FLUSH)
    with pytest.raises(zlib.error):
        server.serve(server.application([begun, b"\xff"], ("Content-Encoding", "gzip")))
    assert server.closed == 1
