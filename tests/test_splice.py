"""The tag in plain and gzipped streams: same page for every split, bounded memory, visible breaks."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sence_gate.prologue import NoPlace
from sence_gate.splice import GzipSplice, PlainSplice

TAG = b"<script></script>"
PAGE = b"<!doctype html><html><head><title>Curso</title></head><body>" + b"<p>Hola</p>" * 50
TAGGED = PAGE.replace(b"<head>", b"<head>" + TAG)
PACKED = gzip.compress(PAGE, mtime=0)
PACKER = zlib.compressobj(wbits=31)
FLUSHED = PACKER.compress(PAGE) + PACKER.flush(zlib.Z_SYNC_FLUSH)  # the stream could go on
NO_BLOCK = b"\xff"  # a block of a type that does not exist (RFC 1951, 3.2.3)

cuts = st.lists(st.integers(0, 400), max_size=6)


def items_of(data: bytes, edges: list[int]) -> list[bytes]:
    """Return *data* in pieces that are cut at *edges*."""
    return [data[a:b] for a, b in pairwise([0, *sorted(edges), len(data)])]


def passed(splice: PlainSplice | GzipSplice, items: list[bytes]) -> bytes:
    """Return all that leaves *splice*."""
    return b"".join([*map(splice.feed, items), splice.end()])


@given(cuts)
def test_i19_a_plain_page_is_the_same_for_every_split(edges: list[int]) -> None:
    """The bytes that leave depend on the bytes that come, not on their items."""
    assert passed(PlainSplice(TAG), items_of(PAGE, edges)) == TAGGED


@given(cuts)
def test_i13_i19_a_gzipped_page_is_the_same_for_every_split(edges: list[int]) -> None:
    """The page that is unpacked in the browser is the same too."""
    assert gzip.decompress(passed(GzipSplice(TAG), items_of(PACKED, edges))) == TAGGED


@given(cuts, st.sampled_from([b"<p>fragment", b"{}", b"<!doctype html><!-- open", b""]))
def test_bytes_without_a_place_leave_as_they_came(edges: list[int], page: bytes) -> None:
    """What gets no tag is the platform's own bytes, packed or not."""
    assert passed(PlainSplice(TAG), items_of(page, edges)) == page
    packed = gzip.compress(page)
    assert passed(GzipSplice(TAG), items_of(packed, edges)) == packed


def test_rest_passes_by_reference() -> None:
    """Behind the prologue the platform's items are not even copied."""
    splice = PlainSplice(TAG)
    assert splice.feed(PAGE) == TAGGED
    item = b"x" * 1000
    assert splice.feed(item) is item


@pytest.mark.parametrize("kind", [zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH])
def test_i13_i21_a_flushed_page_is_flushed_again(kind: int) -> None:
    """What the platform wants seen now is not kept back by our packing."""
    packer, splice, unpacker = zlib.compressobj(wbits=31), GzipSplice(TAG), zlib.decompressobj(31)
    first = splice.feed(packer.compress(PAGE) + packer.flush(kind))
    assert unpacker.decompress(first) == TAGGED
    flushed = packer.compress(b"<p>now") + packer.flush(kind)
    splice.feed(flushed[:-2])
    assert unpacker.decompress(splice.feed(flushed[-2:])) == b"<p>now"


def test_i13_the_members_of_a_stream_are_one_page() -> None:
    """A stream may have several members, cut anywhere, and padding behind them."""
    packed = gzip.compress(PAGE[:30]) + gzip.compress(PAGE[30:]) + bytes(16)
    assert gzip.decompress(passed(GzipSplice(TAG), [packed])) == TAGGED
    assert gzip.decompress(passed(GzipSplice(TAG), items_of(packed, list(range(len(packed)))))) == TAGGED


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(PAGE, id="not gzip at all"),
        pytest.param(FLUSHED + NO_BLOCK, id="broken behind the page"),
        pytest.param(PACKED[:-8] + bytes(8), id="wrong checksum"),
    ],
)
def test_i13_a_broken_gzip_leaves_as_it_came(packed: bytes) -> None:
    """While nothing has left, what does not unpack is the browser's to judge."""
    splice = GzipSplice(TAG)
    assert passed(splice, [packed]) == packed
    assert splice.place is NoPlace.BROKEN_GZIP


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param([NO_BLOCK], id="broken"),
        pytest.param([], id="cut off"),
        pytest.param([PACKER.flush() + PACKED[:-1]], id="second member cut off"),
    ],
)
def test_i13_i35_a_gzip_that_breaks_later_breaks_visibly(rest: list[bytes]) -> None:
    """A page whose beginning has left is never ended as if it were whole."""
    splice = GzipSplice(TAG)
    assert splice.feed(FLUSHED)
    with pytest.raises(zlib.error):
        passed(splice, rest)


def test_i16_a_bomb_costs_no_memory() -> None:
    """A small stream that unpacks to a hundred megabytes is never held as a whole."""
    bomb = gzip.compress(PAGE + bytes(100_000_000), compresslevel=1)
    tracemalloc.start()
    splice = GzipSplice(TAG)
    packed = splice.feed(bomb) + splice.end()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(packed) < 1_000_000
    assert peak < 4_000_000


def test_i16_an_endless_stream_without_a_page_is_given_up() -> None:
    """A stream of empty blocks is not collected for ever."""
    packer, splice = zlib.compressobj(wbits=31), GzipSplice(TAG)
    items = [packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)] + [
        b"\x00\x00\x00\xff\xff" * 20_000 for _ in range(3)
    ]
    assert b"".join(map(splice.feed, items)) == b"".join(items)
    assert splice.place is NoPlace.TOO_LONG
