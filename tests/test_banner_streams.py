"""The tag in answers of every shape: without a body, endless, large, packed twice over, over HTTP/1.0."""

from __future__ import annotations

import gc
import gzip
import socket
import sys
import threading
import tracemalloc
import weakref
from collections.abc import Iterable, Iterator
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any, cast
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sence_gate.banner import Banner, insert
from tests.banner_server import HTML, NEEDS, PAGE, TAG, TAGGED, Closing, Server, environ_of, insertion
from tests.test_prologue import PIECES
from tests.test_splice import items_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

GZIP = ("Content-Encoding", "gzip")


@pytest.fixture
def server() -> Server:
    return Server()


def gated(application: WSGIApplication) -> WSGIApplication:
    """Return *application* with the tag in its pages."""
    banner = Banner(TAG, NEEDS, lambda _reason: None)
    return lambda environ, start_response: insert(banner, application, environ, start_response)


@pytest.mark.parametrize("status", ["204 No Content", "205 Reset Content", "304 Not Modified"])
def test_i4_an_answer_without_a_body_gets_none(server: Server, status: str) -> None:
    """Servers would send what a middleware makes up."""
    gate, items = insertion(server), list[bytes]()
    gate.start_response(status, [("X-Own", "1")])
    assert gate.wrap(items) is items
    assert (server.status, server.headers) == (status, [("X-Own", "1")])


def test_i8_a_part_passes_as_it_is(server: Server) -> None:
    """A platform that sends a part nobody asked for knows what it does."""
    gate, items = insertion(server), [PAGE[:9]]
    headers = [*HTML, ("Content-Range", f"bytes 0-8/{len(PAGE)}"), ("ETag", '"a"')]
    gate.start_response("206 Partial Content", headers)
    assert gate.wrap(items) is items
    assert server.headers is headers


def test_i10_http_1_0_gets_a_whole_page() -> None:
    """Without a length and without chunks, the end of the connection is the end of the page."""

    def pieces(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [*HTML, ("Content-Length", str(len(PAGE)))])
        yield PAGE[:20]
        yield PAGE[20:]

    with make_server("127.0.0.1", 0, gated(pieces), handler_class=_Silent) as real:
        thread = threading.Thread(target=real.handle_request)
        thread.start()
        with socket.create_connection(("127.0.0.1", real.server_port)) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            head, _, body = b"".join(iter(lambda: client.recv(65_536), b"")).partition(b"\r\n\r\n")
        thread.join()
    assert b"content-length" not in head.lower()
    assert body == TAGGED


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        pass


def packed(application: WSGIApplication) -> WSGIApplication:
    """Return *application* behind compression as frameworks have it."""

    def compressing(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        inner = Server()
        body = b"".join(application(environ, inner.start_response))
        start_response(inner.status, [*inner.headers, GZIP])
        return [gzip.compress(body)]

    return compressing


def test_i15_compression_may_stand_on_either_side(server: Server) -> None:
    """Inside it the page is unpacked and packed again; outside it only the packing is seen."""
    within = gated(packed(server.application([PAGE])))
    around = packed(gated(server.application([PAGE])))
    for application in (within, around):
        body = b"".join(application(environ_of(HTTP_ACCEPT_ENCODING="gzip"), server.start_response))
        assert gzip.decompress(body) == TAGGED


@pytest.mark.parametrize("size", [1_000, 100_000_000], ids=["1 kB", "100 MB"])
def test_i21_memory_is_flat(size: int) -> None:
    """A page that comes in pieces costs as much memory as one of them, whatever its size."""
    piece, server = bytes(10_000), Server()
    gate = insertion(server)
    gate.start_response("200 OK", HTML)
    tracemalloc.start()
    sent = sum(map(len, gate.wrap(_endless(size // len(piece), piece))))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sent == len(TAGGED) + size // len(piece) * len(piece)
    assert peak < 50_000


def _endless(times: int, piece: bytes) -> Iterator[bytes]:
    yield PAGE
    yield from repeat(piece, times)


@pytest.mark.parametrize("kind", [list, iter], ids=["list", "iterator"])
def test_i21_one_large_piece_is_not_doubled(server: Server, kind: type[list[bytes]]) -> None:
    """A hundred megabytes in one item leave in several; the length is still exact."""
    page = PAGE + bytes(100_000_000)
    gate = insertion(server)
    gate.start_response("200 OK", [*HTML, ("Content-Length", str(len(page)))])
    tracemalloc.start()
    first, *rest = map(len, gate.wrap(kind([page])))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert str(first + sum(rest)) == server.header("Content-Length") == str(len(page) + len(TAG))
    assert peak < 5_000_000


def test_i21_empty_pieces_are_not_collected(server: Server) -> None:
    """A platform that keeps its connection awake before the page begins costs nothing."""
    gate = insertion(server)
    gate.start_response("200 OK", HTML)
    stream = iter(gate.wrap(repeat(b"")))
    next(stream)
    tracemalloc.start()
    for _ in islice(stream, 20_000):
        pass
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 5_000


def test_i21_the_first_byte_does_not_wait(server: Server) -> None:
    """What the platform has sent is with the server before it is asked for more."""
    events: list[str] = []

    def platform() -> Iterator[bytes]:
        for piece in (PAGE[:60], PAGE[60:80], PAGE[80:]):
            yield piece
            events.append("asked for more")

    gate = insertion(server)
    gate.start_response("200 OK", HTML)
    events.extend(f"{len(item)} bytes" for item in gate.wrap(platform()))
    first = len(PAGE[:60]) + len(TAG)
    assert events[:4] == [f"{first} bytes", "asked for more", "20 bytes", "asked for more"]


def test_i23_an_endless_page_takes_the_tag(server: Server) -> None:
    """The tag stands in the head, so nobody waits for an end that never comes."""
    more = b"<script>tick()</script>"
    gate = insertion(server)
    gate.start_response("200 OK", HTML)
    stream = iter(gate.wrap(_endless(sys.maxsize, more)))
    assert next(stream) == TAGGED
    assert all(item is more for item in islice(stream, 1000))


class Late(Exception):
    """An error that tells when it is forgotten."""


def fail(kept: list[weakref.ref[Late]]) -> None:
    error = Late()
    kept.append(weakref.ref(error))
    try:
        raise error
    finally:
        del error  # else its traceback would keep it by this very name


def test_i32_no_error_is_kept() -> None:
    """The traceback of a second start is let go with its answer, without the garbage collector."""
    kept: list[weakref.ref[Late]] = []

    def application(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            fail(kept)
        except Late:
            start_response("200 OK", HTML, sys.exc_info())
        return [PAGE]

    gc.disable()
    try:
        assert list(gated(application)(environ_of(), lambda *_: len)) == [TAGGED]
        assert kept[0]() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("item", ["<!doctype html><p>", None], ids=["text", "nothing"])
def test_i38_what_is_no_bytes_is_not_repaired(server: Server, item: object) -> None:
    """A fault of the platform is seen where it can be mended."""
    gate = insertion(server)
    gate.start_response("200 OK", HTML)
    with pytest.raises(TypeError):
        list(gate.wrap(Closing(cast("list[bytes]", [item]), server)))


def test_i41_names_of_headers_are_compared_in_any_case(server: Server) -> None:
    """Servers and frameworks write them as they like."""
    gate = insertion(server)
    length = str(len(PAGE))
    gate.start_response(
        "200 OK", [("CONTENT-TYPE", "text/html"), ("content-length", length), ("eTAG", '"a"')]
    )
    assert gate.wrap([PAGE]) == [TAGGED]
    names = dict(server.headers)
    assert names["content-length"] == str(len(TAGGED))
    assert names["eTAG"].startswith('W/"a-sg-')


@pytest.mark.parametrize("length", ["0", "9", "99999"])
def test_i10_a_wrong_length_stays_as_wrong(server: Server, length: str) -> None:
    """What the platform says of its page is not ours to judge: the server meets the difference as before."""
    gate = insertion(server)
    gate.start_response("200 OK", [*HTML, ("Content-Length", length)])
    assert gate.wrap([PAGE]) == [TAGGED]
    assert server.header("Content-Length") == str(int(length) + len(TAG))


@given(st.lists(st.sampled_from(PIECES), max_size=9), st.lists(st.integers(0, 300), max_size=5))
def test_i13_gzip_and_identity_agree(pieces: list[str], cuts: list[int]) -> None:
    """The same page gets the same tag, or none for the same reason, packed or not and cut anywhere."""
    page = "".join(pieces).encode()
    plain, packed_ = Server(), Server()
    plain.serve(plain.application(items_of(page, cuts)))
    packed_.serve(packed_.application(items_of(gzip.compress(page), cuts), GZIP))
    assert gzip.decompress(packed_.body) == plain.body
    assert packed_.counted == plain.counted
    assert plain.body.replace(TAG, b"") == page


def test_i43_hints_stay(server: Server) -> None:
    """What the platform wants loaded ahead is its own business."""
    hints = [("Link", "</a.css>; rel=preload"), ("Link", "</b.js>; rel=preload"), ("Refresh", "9")]
    server.serve(server.application([PAGE], *hints))
    assert server.body == TAGGED
    assert server.headers == [*HTML, *hints]


def test_i51_the_tag_says_nothing_of_anybody(server: Server) -> None:
    """A page that is saved, sent on or indexed carries no word about its reader."""
    server.serve(server.application([PAGE]), HTTP_COOKIE="a=b", REMOTE_USER="11111111-1")
    another = Server()
    another.serve(another.application([PAGE]), REMOTE_USER="22222222-2")
    assert server.body == another.body == TAGGED
