"""One constant script tag, put into the platform's HTML pages on their way out.

The tag says nothing about the learner: everything personal comes later by `fetch`.
So a page with it can be cached by the browser as well as a page without. A response
that may not take the tag passes by reference: its headers, its iterable, its
`write`. A page is held back only until its prologue is complete.

`insertable.examine` judges the response's head, `prologue.Prologue` its first bytes and
`meta_policy.forbids` what is at hand of the rest; every refusal is counted by its reason.
Source: PEP 3333; RFC 9110.
Deliberately not here: which requests want a bar (`banner_request`), and cache headers.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from sence_gate.banner_request import adapted
from sence_gate.csp import Admission, Blocked, Needs
from sence_gate.insertable import Fit, Headers, Refusal, examine, refreshed, rewritten
from sence_gate.meta_policy import forbids
from sence_gate.prologue import NoPlace
from sence_gate.splice import GzipSplice, PlainSplice

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# A first item beyond the one is cut behind the other, and not copied as a whole for the tag's sake.
_LARGE, _BEGINNING = 1024 * 1024, 16 * 1024

Reason = Refusal | Blocked | NoPlace


@dataclass(frozen=True, slots=True)
class Banner:
    """What one gate puts into every page.

    `tag` is `<script …></script>` in ASCII; `count` is called with the reason of each
    refusal.
    """

    tag: bytes
    needs: Needs
    count: Callable[[Reason], object]
    suffix: str = field(init=False)

    def __post_init__(self) -> None:
        if not (self.tag.startswith(b"<script ") and self.tag.isascii()):
            raise ValueError("The tag must be an ASCII <script …></script>.")
        object.__setattr__(self, "suffix", f"-sg-{hashlib.sha256(self.tag).hexdigest()[:8]}-")

    def splice(self, fit: Fit) -> PlainSplice | GzipSplice:
        """Return what puts the tag into one page."""
        tag = self.tag_with(fit.admission.nonce)
        return GzipSplice(tag, self._forbids) if fit.is_gzip else PlainSplice(tag, self._forbids)

    def _forbids(self, page: bytes, place: int) -> bool:
        return forbids(page, place, self.needs)

    def tag_with(self, nonce: str) -> bytes:
        """Return the tag, with the page's own *nonce* when its policy asks for one."""
        return self.tag.replace(b"<script", b'<script nonce="%b"' % nonce.encode(), 1) if nonce else self.tag


def insert(
    banner: Banner, application: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """Call *application* and return its answer, with the tag where it can take it.

    Ask `banner_request.wants_banner` first.
    """
    insertion = Insertion(banner, environ, start_response)
    return insertion.wrap(application(adapted(environ, banner.suffix), insertion.start_response))


class _Pending(NamedTuple):
    """Headers that wait for the first bytes of the page."""

    status: str
    headers: Headers
    exc_info: OptExcInfo | None
    admission: Admission


class Insertion:
    """One response on its way to the server.

    Give the platform `start_response` in place of the server's, and the server
    `wrap(what the platform returned)`.
    """

    __slots__ = ("_banner", "_has_written", "_is_head", "_pending", "_server", "_splice", "_write")

    def __init__(self, banner: Banner, environ: WSGIEnvironment, start_response: StartResponse) -> None:
        self._banner = banner
        self._is_head = environ["REQUEST_METHOD"] == "HEAD"
        self._server = start_response
        self._write: Callable[[bytes], object] | None = None  # the server's, once it has headers
        self._pending: _Pending | None = None
        self._splice: PlainSplice | GzipSplice | None = None
        self._has_written = False

    def start_response(
        self, status: str, headers: Headers, exc_info: OptExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        """Pass a refused response on at once; keep the headers of the others for later.

        Raises:
            AssertionError: the platform calls it twice without exc_info (PEP 3333).
        """
        if self._write is not None:
            return self._restart(status, headers, exc_info)
        if self._pending is not None and exc_info is None:
            raise AssertionError("start_response was called twice without exc_info (PEP 3333)")
        self._splice = self._pending = None
        banner = self._banner
        if status.startswith("304"):
            headers = refreshed(headers, banner.needs, banner.suffix)
            return self._start(status, headers, exc_info)
        fit = examine(status, headers, banner.needs)
        if not isinstance(fit, Fit):
            banner.count(fit)
            return self._start(status, headers, exc_info)
        if self._is_head:
            headers = rewritten(headers, fit.admission, banner.suffix, None)
            return self._start(status, headers, exc_info)
        self._splice = banner.splice(fit)
        self._pending = _Pending(status, headers, exc_info, fit.admission)
        return self._write_through

    def wrap(self, iterable: Iterable[bytes]) -> Iterable[bytes]:
        """Return what the server may iterate: *iterable* itself, when nothing is put into it."""
        if self._splice is None and self._write is not None:
            return iterable
        # A subclass may have a `close` of its own, so it counts as any other iterable.
        is_whole = (type(iterable) is list or type(iterable) is tuple) and not _begins_large(iterable)
        if is_whole and self._splice is not None and not self._has_written:
            return self._wrap_list(iterable, self._splice)
        return _Stream(self, iterable)

    def stream(self, items: Iterable[bytes]) -> Iterator[bytes]:
        """Yield one item for each of *items*, empty while the prologue is incomplete.

        A large one that may hold the place becomes several. An error of the platform goes
        through, and nothing is added to what it cut off.
        """
        iterator = iter(items)
        for item in iterator:
            # `next` on *items* may be what calls start_response, once or again.
            splice = self._splice
            if splice is None:
                yield item
            elif splice.place is None and len(item) > _LARGE:
                yield from (self._feed(piece, splice) for piece in _cut(item))
            else:
                yield self._feed(item, splice)
            if splice is not None and splice.is_through:
                break
        # Not `yield from`, which would close the platform's iterator a second time.
        for item in iterator:
            yield item
        if self._splice is not None and (rest := self._end(self._splice)):
            yield rest

    def _start(self, status: str, headers: Headers, exc_info: OptExcInfo | None) -> Callable[[bytes], object]:
        self._write = self._server(status, headers, exc_info)
        return self._write

    def _restart(
        self, status: str, headers: Headers, exc_info: OptExcInfo | None
    ) -> Callable[[bytes], object]:
        """Replace headers that the server has; it raises when it has sent them.

        What follows is the platform's error page: it takes no tag, and what was held is void.
        """
        write = self._start(status, headers, exc_info)
        self._splice = None
        return write

    def _begin(self, splice: PlainSplice | GzipSplice) -> None:
        """Give the server its headers, exact if the place of the tag is known by now.

        PEP 3333 lets no middleware wait for a second item, so a page whose prologue comes in
        pieces loses its Content-Length here.
        """
        pending, self._pending = self._pending, None
        if pending is None:
            return
        headers = pending.headers
        if not isinstance(splice.place, NoPlace):
            added = None if splice.place is None else splice.added
            headers = rewritten(headers, pending.admission, self._banner.suffix, added)
        self._start(pending.status, headers, pending.exc_info)

    def _feed(self, item: bytes, splice: PlainSplice | GzipSplice) -> bytes:
        if splice.place is not None and self._pending is None:
            return splice.feed(item)
        data = splice.feed(item)
        self._settle(splice)
        return data

    def _end(self, splice: PlainSplice | GzipSplice) -> bytes:
        is_open = splice.place is None
        rest = splice.end()
        if is_open:
            self._settle(splice)
        return rest

    def _settle(self, splice: PlainSplice | GzipSplice) -> None:
        if isinstance(splice.place, NoPlace):
            self._banner.count(splice.place)
        self._begin(splice)

    def _write_through(self, data: bytes) -> None:
        """Stand in for the server's `write`; the bytes of an imperative platform come before its items."""
        self._has_written = True
        page = data if self._splice is None else self._feed(data, self._splice)
        if page and self._write is not None:
            self._write(page)

    def _wrap_list(self, items: Iterable[bytes], splice: PlainSplice | GzipSplice) -> Iterable[bytes]:
        """Return a whole answer with the tag, as long as it was, or *items* itself."""
        try:
            page = [splice.feed(item) for item in items]
            rest = splice.end()
        except zlib.error:
            splice.place = NoPlace.BROKEN_GZIP
        self._settle(splice)
        if isinstance(splice.place, NoPlace):
            return items
        page[-1] += rest
        return page


def _begins_large(items: list[bytes] | tuple[bytes, ...]) -> bool:
    return bool(items) and len(items[0]) > _LARGE


def _cut(item: bytes) -> Iterator[bytes]:
    yield item[:_BEGINNING]
    yield from (item[at : at + _LARGE] for at in range(_BEGINNING, len(item), _LARGE))


class _Stream:
    """What the server gets in place of the platform's iterable."""

    __slots__ = ("_close", "_insertion", "_items")

    def __init__(self, insertion: Insertion, items: Iterable[bytes]) -> None:
        self._insertion = insertion
        self._items = items
        self._close: Callable[[], object] | None = getattr(items, "close", None)

    def __iter__(self) -> Iterator[bytes]:
        return self._insertion.stream(self._items)

    def close(self) -> None:
        """Close the platform's iterable, once, even if it was never iterated."""
        close, self._close = self._close, None
        if close is not None:
            close()
