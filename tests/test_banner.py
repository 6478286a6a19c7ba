"""The tag in WSGI responses, with the standard library's validator on both sides."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING
from wsgiref.util import FileWrapper

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sence_gate.insertable import Refusal
from sence_gate.prologue import NoPlace
from tests.banner_server import HTML, NEEDS, PAGE, TAGGED, Headers, Server, insertion

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@pytest.fixture
def server() -> Server:
    return Server()


@given(st.lists(st.integers(0, len(PAGE)), max_size=6), st.booleans())
def test_i19_i31_every_split_gives_the_same_page(cuts: list[int], is_late: bool) -> None:
    """The same bytes leave for every split, one item for each, start_response early or late."""
    items = [PAGE[a:b] for a, b in pairwise([0, *sorted(cuts), len(PAGE)])]
    server = Server()
    early = server.application(items)

    def late(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        yield from early(environ, start_response)

    server.serve(late if is_late else early)
    assert server.body == TAGGED
    assert len(server.items) == len(items)


def test_i13_a_gzipped_page_takes_the_tag(server: Server) -> None:
    """A platform that compresses gets the bar too, without a length nobody knows."""
    packed = gzip.compress(PAGE)
    server.serve(
        server.application([packed[:9], packed[9:]], ("Content-Encoding", "gzip"), ("Content-Length", "9"))
    )
    assert gzip.decompress(server.body) == TAGGED
    assert server.header("Content-Encoding") == "gzip"
    assert server.header("Content-Length") is None


@pytest.mark.parametrize(
    ("items", "length"),
    [
        pytest.param([PAGE], str(len(TAGGED)), id="prologue in the first item"),
        pytest.param([PAGE[:60], PAGE[60:]], str(len(TAGGED)), id="rest comes later"),
        pytest.param([PAGE[:20], PAGE[20:]], None, id="prologue in two items"),
        pytest.param([b"", PAGE], None, id="nothing at first"),
    ],
)
def test_i10_a_length_is_exact_or_absent(server: Server, items: list[bytes], length: str | None) -> None:
    """The platform's length grows by the tag if the first item shows that it does."""
    server.serve(server.application(items, ("Content-Length", str(len(PAGE)))))
    assert server.header("Content-Length") == length


def test_i21_i22_a_prologue_in_pieces_does_not_block(server: Server) -> None:
    """Each item of the platform is answered by one at once, empty until the place is known."""
    seen: list[bytes] = []

    def items() -> Iterator[bytes]:
        for item in (PAGE[:20], PAGE[20:30], PAGE[30:]):
            yield item
            seen.extend(server.items)

    gate = insertion(server)
    gate.start_response("200 OK", HTML)
    for item in gate.wrap(items()):
        server.items.append(item)
    assert server.items == [b"", b"", TAGGED]
    assert seen == [b"", b"", b"", b"", b"", TAGGED]


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        pytest.param([b"<p>", b"piece"], NoPlace.FRAGMENT, id="fragment"),
        pytest.param([b"<p>" + bytes(3_000_000), b"end"], NoPlace.FRAGMENT, id="large fragment"),
        pytest.param([b"<!doc", b"type"], NoPlace.UNFINISHED, id="cut off"),
        pytest.param([], NoPlace.UNFINISHED, id="empty"),
    ],
)
def test_i25_a_page_without_a_place_stays(server: Server, items: list[bytes], reason: NoPlace) -> None:
    """No place, no change; the reason is counted once."""
    server.serve(server.application(items, ("ETag", '"a"')))
    assert server.body == b"".join(items)
    assert server.counted == {reason: 1}
    assert server.closed == 1


def test_i36_a_refused_response_passes_by_reference(server: Server) -> None:
    """Iterable, headers and write of a response that is not HTML are the platform's own."""
    gate, headers, items = insertion(server), [("Content-Type", "application/json")], [b"{}"]
    write = gate.start_response("200 OK", headers)
    assert gate.wrap(items) is items
    assert server.headers is headers
    write(b"x")
    assert server.items == [b"x"]
    assert server.counted == {Refusal.NOT_HTML: 1}


def test_i37_a_file_stays_a_file(server: Server) -> None:
    """A server can send a file by itself only if it gets the very wrapper."""
    gate, file = insertion(server), FileWrapper(io.BytesIO(b"%PDF"))
    gate.start_response("200 OK", [("Content-Type", "application/pdf")])
    assert gate.wrap(file) is file


@pytest.mark.parametrize("kind", [list, tuple])
def test_i36_a_whole_answer_stays_whole(
    server: Server, kind: Callable[[list[bytes]], Iterable[bytes]]
) -> None:
    """One item stays one, so that servers can still count, and the headers are exact at once."""
    gate = insertion(server)
    gate.start_response("200 OK", [*HTML, ("Content-Length", str(len(PAGE)))])
    assert gate.wrap(kind([PAGE])) == [TAGGED]
    assert server.header("Content-Length") == str(len(TAGGED))


def test_i13_i36_a_whole_gzipped_answer_stays_whole(server: Server) -> None:
    """One packed item stays one, with its end; its new length is the server's to count."""
    gate, packed = insertion(server), gzip.compress(PAGE)
    gate.start_response("200 OK", [*HTML, ("Content-Encoding", "gzip"), ("Content-Length", str(len(packed)))])
    items = list(gate.wrap([packed]))
    assert [gzip.decompress(item) for item in items] == [TAGGED]
    assert server.header("Content-Length") is None


def test_i36_a_list_in_pieces_has_an_exact_length(server: Server) -> None:
    """What is complete already needs no caution."""
    gate = insertion(server)
    gate.start_response("200 OK", [*HTML, ("Content-Length", str(len(PAGE)))])
    assert list(gate.wrap([PAGE[:20], PAGE[20:]])) == [b"", TAGGED]
    assert server.header("Content-Length") == str(len(TAGGED))


@pytest.mark.parametrize(
    ("items", "headers"),
    [
        pytest.param([b"<p>piece"], HTML, id="fragment"),
        pytest.param([gzip.compress(PAGE)[:-9]], [*HTML, ("Content-Encoding", "gzip")], id="broken gzip"),
    ],
)
def test_i36_a_list_without_a_place_is_the_same_list(
    server: Server, items: list[bytes], headers: Headers
) -> None:
    """What cannot take the tag is given back with its own headers."""
    gate = insertion(server)
    gate.start_response("200 OK", headers)
    assert gate.wrap(items) is items
    assert server.headers is headers
    assert server.counted.total() == 1


def test_i39_the_platforms_headers_are_never_changed(server: Server) -> None:
    """A platform may send one list of headers again and again."""
    headers = [*HTML, ("ETag", '"a"'), ("Content-Length", str(len(PAGE)))]
    before = list(headers)
    gate = insertion(server)
    gate.start_response("200 OK", headers)
    gate.wrap([PAGE])
    assert headers == before
    assert server.headers != before


def test_i5_i6_the_round_trip_of_an_etag(server: Server) -> None:
    """A copy with the tag is confirmed by the platform, in terms of its own tag."""
    server.serve(server.application([PAGE], ("ETag", '"a"')))
    etag = server.header("ETag") or ""
    asked: list[str] = []

    def confirm(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked.append(environ["HTTP_IF_NONE_MATCH"])
        start_response("304 Not Modified", [("ETag", '"a"')])
        return []

    again = Server().serve(confirm, HTTP_IF_NONE_MATCH=etag)
    assert asked == ['"a"']
    assert (again.status, again.header("ETag"), again.body) == ("304 Not Modified", etag, b"")
    assert again.counted == {}


def test_i3_head_has_the_headers_of_get_and_no_body(server: Server) -> None:
    """HEAD promises no length that GET would not keep."""
    length = ("Content-Length", str(len(PAGE)))
    server.serve(server.application([], length, ("ETag", '"a"')), REQUEST_METHOD="HEAD")
    assert server.header("Content-Length") is None
    assert (server.header("ETag") or "").startswith('W/"a-sg-')
    assert server.body == b""


def test_i27_the_nonce_of_the_page_reaches_the_tag(server: Server) -> None:
    """Under a nonce policy our script is one of the page's own."""
    policy = ("Content-Security-Policy", "script-src 'nonce-abc' 'strict-dynamic'")
    server.serve(server.application([PAGE], policy, ("Content-Length", str(len(PAGE)))))
    assert b'<head><script nonce="abc" src=' in server.body
    assert server.header("Content-Length") == str(len(server.body))
    assert policy in server.headers


def test_i27_a_policy_without_us_is_widened(server: Server) -> None:
    """A page that forbids our script admits it, and nothing else."""
    server.serve(server.application([PAGE], ("Content-Security-Policy", "script-src 'none'")))
    assert server.header("Content-Security-Policy") == f"script-src {NEEDS.script}"


def test_i22_the_rest_of_a_page_passes_by_reference(server: Server) -> None:
    """Behind the prologue nothing is copied, whatever the size of the page."""
    rest = b"x" * 100_000
    gate = insertion(server)
    gate.start_response("200 OK", HTML)
    assert list(gate.wrap(iter([PAGE, rest])))[1] is rest
