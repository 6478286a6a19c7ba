"""A tag put into a stream of items, plain or gzipped, without reading the page.

Both classes hold items only until `Prologue` has answered, then let the rest pass:
the plain one by reference, the gzipped one unpacked and packed again in pieces of
bounded size, so that a page which unpacks to gigabytes costs no memory.

No item waits for a later one once the place is known, and bytes that turn out to
have no place leave as they came.
Source: RFC 1952, 2.2 (a stream may have several members); PEP 3333 (buffering).
Deliberately not here: WSGI and headers.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

from sence_gate.prologue import LIMIT, NoPlace, Prologue

_PIECE = 64 * 1024  # unpacked at a time
_BITE = 16 * 1024  # packed bytes at a time: zlib copies what it leaves
_MOST_HELD = 2 * LIMIT  # packed bytes without a place; a prologue hardly grows by being packed
_GZIP = 16 + zlib.MAX_WBITS
_FLUSH_MARK = b"\x00\x00\xff\xff"  # how Z_SYNC_FLUSH and Z_FULL_FLUSH end what they write


def _nothing(_page: bytes, _place: int) -> bool:
    return False


class PlainSplice:
    """The tag in a page that is not compressed.

    `place` is the offset of the tag, or why there is none, or `None` while that is open.
    `added` is how many bytes it adds; `None` when nobody knows. `forbids` is asked once,
    with the page as far as it has come and the place in it.
    """

    __slots__ = ("_forbids", "_held", "_prologue", "_tag", "added", "place")

    def __init__(self, tag: bytes, forbids: Callable[[bytes, int], bool] = _nothing) -> None:
        self._tag = tag
        self._forbids = forbids
        self._prologue = Prologue()
        self._held: list[bytes] = []
        self.added: int | None = len(tag)
        self.place: int | NoPlace | None = None

    @property
    def is_through(self) -> bool:
        """Whether all further items would leave as they come."""
        return self.place is not None

    def feed(self, item: bytes) -> bytes:
        """Return what may leave now: nothing, while the prologue is incomplete."""
        if self.place is not None:
            return item
        if item:  # a platform may send empty ones for ever
            self._held.append(item)
        self.place = self._prologue.feed(item)
        return b"" if self.place is None else self._release()

    def end(self) -> bytes:
        """Return what is still held; a page that ends in its prologue gets no tag."""
        if self.place is not None:
            return b""
        self.place = NoPlace.UNFINISHED
        return self._release()

    def _release(self) -> bytes:
        held, self._held = self._held, []
        data = held[0] if len(held) == 1 else b"".join(held)
        if not isinstance(self.place, int):
            return data
        if self._forbids(data, self.place):
            self.place = NoPlace.FORBIDDEN
            return data
        # One copy of the page and not two.
        return b"".join((data[: self.place], self._tag, memoryview(data)[self.place :]))


class GzipSplice:
    """The tag in a page that the platform compressed; `place` and `added` as in `PlainSplice`.

    Bytes that do not unpack leave as they came while nothing has left yet. After
    that `feed` and `end` raise zlib.error: what breaks at the platform must not look
    whole in the browser.
    """

    __slots__ = ("_held", "_packer", "_page", "_size", "_tail", "_unpacker", "added", "place")

    def __init__(self, tag: bytes, forbids: Callable[[bytes, int], bool] = _nothing) -> None:
        self._page = PlainSplice(tag, forbids)
        self._unpacker = Unpacker()
        self._packer = zlib.compressobj(wbits=_GZIP)
        self._held: list[bytes] = []  # as they came, for the case that there is no place
        self._size = 0
        self._tail = b""
        self.added: int | None = None
        self.place: int | NoPlace | None = None

    @property
    def is_through(self) -> bool:
        """Whether all further items would leave as they come."""
        return isinstance(self.place, NoPlace)

    def feed(self, item: bytes) -> bytes:
        """Return what may leave now: nothing, while the prologue is incomplete."""
        if isinstance(self.place, NoPlace):
            return item
        if self.place is not None:
            return self._repack(item)
        if item:
            self._held.append(item)
        self._size += len(item)
        try:
            packed = self._repack(item)
        except zlib.error:
            return self._give_up(NoPlace.BROKEN_GZIP)
        self.place = self._page.place
        if isinstance(self.place, NoPlace):
            return self._give_up(self.place)
        if self.place is None:
            return b"" if self._size <= _MOST_HELD else self._give_up(NoPlace.TOO_LONG)
        self._held.clear()
        return packed

    def end(self) -> bytes:
        """Return the end of the compressed stream, or what is still held.

        Raises:
            zlib.error: the platform's stream is cut off; its end must not look whole.
        """
        if self.place is None:
            return self._give_up(NoPlace.UNFINISHED)
        if isinstance(self.place, NoPlace):
            return b""
        if not self._unpacker.is_complete:
            raise zlib.error("the platform's gzip stream is cut off")
        return self._packer.flush()

    def _repack(self, item: bytes) -> bytes:
        packed = []
        for piece in self._unpacker.pieces(item):
            page = self._page.feed(piece)
            if isinstance(self._page.place, NoPlace):
                return b""
            if page:  # an empty one would make the packer write its header too early
                packed.append(self._packer.compress(page))
        is_flush = _FLUSH_MARK in item or _FLUSH_MARK in self._tail + item[:3]
        self._tail = (self._tail + item[-3:])[-3:]
        if is_flush and self._page.place is not None:
            packed.append(self._packer.flush(zlib.Z_SYNC_FLUSH))
        return b"".join(packed)

    def _give_up(self, reason: NoPlace) -> bytes:
        self.place = reason
        held, self._held = self._held, []
        return held[0] if len(held) == 1 else b"".join(held)


class Unpacker:
    """The members of a gzip stream, read as one."""

    __slots__ = ("_is_over", "_member")

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self._is_over = False

    @property
    def is_complete(self) -> bool:
        """Whether the stream came to its end."""
        return self._is_over or self._member.eof

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Yield what *data* unpacks to, at most `_PIECE` bytes at a time."""
        for at in range(0, len(data), _BITE):
            yield from self._bite(data[at : at + _BITE])

    def _bite(self, data: bytes) -> Iterator[bytes]:
        while data and not self._is_over:
            if self._member.eof:
                # Bytes behind the last member are padding: gzip(1) and browsers pass over them.
                self._is_over = not data.startswith(b"\x1f")
                self._member = zlib.decompressobj(_GZIP)
                continue
            piece = self._member.decompress(data, _PIECE)
            if piece:
                yield piece
            data = self._member.unused_data or self._member.unconsumed_tail
