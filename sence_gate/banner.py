"""One constant script tag, put into the platform's HTML pages on their way out.

The tag says nothing about the learner: everything personal comes later by `fetch`.
So a page with it can be cached by the browser as well as a page without. A response
that may not take the tag passes by reference: its headers, its iterable, its
`write`. A page is held back only until its prologue is complete.

`wants_banner` judges the request, `insertable.examine` the response's head and
`prologue.Prologue` its first bytes; every refusal is counted by its reason.
Source: PEP 3333; Fetch metadata (W3C); RFC 9110.
Deliberately not here: whether the learner has a session, and cache headers.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from sence_gate.csp import Admission, Blocked, Needs
from sence_gate.insertable import Fit, Headers, Refusal, examine, refreshed, restore_etags, rewritten
from sence_gate.prologue import NoPlace
from sence_gate.splice import GzipSplice, PlainSplice

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Reason = Refusal | Blocked | NoPlace

_MARKER = "sence_gate.banner"
_PREFETCH_HEADERS = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
# A script asks, to put the answer into a page that has its bar already.
_PART_HEADERS = ("HTTP_X_REQUESTED_WITH", "HTTP_HX_REQUEST", "HTTP_X_PJAX", "HTTP_TURBO_FRAME")


@dataclass(frozen=True, slots=True)
class Banner:
    """What one gate puts into every page.

    `tag` is `<script …></script>` in ASCII; `count` is called with the reason of each
    refusal. `honours_no_transform` leaves pages alone whose `Cache-Control` asks for it.
    """

    tag: bytes
    needs: Needs
    count: Callable[[Reason], object]
    honours_no_transform: bool = False
    suffix: str = field(init=False)

    def __post_init__(self) -> None:
        if not (self.tag.startswith(b"<script ") and self.tag.isascii()):
            raise ValueError("The tag must be an ASCII <script …></script>.")
        object.__setattr__(self, "suffix", f"-sg-{hashlib.sha256(self.tag).hexdigest()[:8]}-")

    def tag_with(self, nonce: str) -> bytes:
        """Return the tag, with the page's own *nonce* when its policy asks for one."""
        return self.tag.replace(b"<script", b'<script nonce="%b"' % nonce.encode(), 1) if nonce else self.tag


def wants_banner(environ: WSGIEnvironment) -> bool:
    """Say whether the answer to this request will be a page of its own in a window.

    HEAD counts like GET, for its headers must be those of GET (RFC 9110, 9.3.2). A page
    that the browser loads ahead and shows later without asking again
    (`Sec-Fetch-Dest: document`) wants its bar too; other prefetches do not.
    """
    destination = environ.get("HTTP_SEC_FETCH_DEST")
    if destination:
        is_page = destination == "document"
    else:
        accept = environ.get("HTTP_ACCEPT", "*/*")
        is_page = ("text/html" in accept or "*/*" in accept) and not _is_loaded_ahead(environ)
    return (
        is_page
        and environ["REQUEST_METHOD"] in {"GET", "HEAD"}
        and _MARKER not in environ
        and not _is_part(environ)
    )


def _is_loaded_ahead(environ: WSGIEnvironment) -> bool:
    return not environ.keys().isdisjoint(_PREFETCH_HEADERS)


def _is_part(environ: WSGIEnvironment) -> bool:
    return not environ.keys().isdisjoint(_PART_HEADERS)


def adapted(environ: WSGIEnvironment, suffix: str) -> WSGIEnvironment:
    """Return a copy of *environ* that asks the platform for a page into which a tag can go.

    No ranges, no coding but gzip, and no validator that speaks of a copy without the tag.
    `If-Modified-Since` says nothing of the tag, so it goes with them: else a copy made
    before the gate was installed, or for a visitor without a bar, would be shown again.
    """
    copy = dict(environ)
    copy[_MARKER] = True
    copy.pop("HTTP_RANGE", None)
    copy.pop("HTTP_IF_RANGE", None)
    codings = copy.get("HTTP_ACCEPT_ENCODING")
    if codings:
        copy["HTTP_ACCEPT_ENCODING"] = _accepted_codings(codings)
    if "HTTP_IF_NONE_MATCH" in copy or "HTTP_IF_MODIFIED_SINCE" in copy:
        _adapt_validators(copy, suffix)
    return copy


def _adapt_validators(environ: WSGIEnvironment, suffix: str) -> None:
    etags = restore_etags(environ.pop("HTTP_IF_NONE_MATCH", ""), suffix)
    if etags:
        environ["HTTP_IF_NONE_MATCH"] = etags
    else:
        environ.pop("HTTP_IF_MODIFIED_SINCE", None)


@lru_cache(maxsize=64)
def _accepted_codings(header: str) -> str:
    codings = [coding.strip() for coding in header.split(",")]
    kept = [c for c in codings if c.partition(";")[0].strip().lower() in {"gzip", "x-gzip", "identity"}]
    return ", ".join(kept) or "identity"


def insert(
    banner: Banner, application: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """Call *application* and return its answer, with the tag where it can take it.

    Ask `wants_banner` first.
    """
    insertion = Insertion(banner, environ, start_response)
    return insertion.wrap(application(adapted(environ, banner.suffix), insertion.start_response))


class _Pending(NamedTuple):
    """Headers that wait for the first bytes of the page."""

    status: str
    headers: Headers
    exc_info: OptExcInfo | None
    admission: Admission
    added: int | None  # bytes; unknown for a page that is packed again


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
        """Pass a refused response on at once; keep the headers of the others for later."""
        if self._write is not None:
            return self._restart(status, headers, exc_info)
        if self._pending is not None and exc_info is None:
            raise AssertionError("start_response was called twice without exc_info (PEP 3333)")
        self._splice = self._pending = None
        banner = self._banner
        if status.startswith("304"):
            headers = refreshed(headers, banner.needs, banner.suffix)
            return self._start(status, headers, exc_info)
        fit = examine(status, headers, banner.needs, is_transformable=not banner.honours_no_transform)
        if not isinstance(fit, Fit):
            banner.count(fit)
            return self._start(status, headers, exc_info)
        if self._is_head:
            headers = rewritten(headers, fit.admission, banner.suffix, None)
            return self._start(status, headers, exc_info)
        tag = banner.tag_with(fit.admission.nonce)
        self._splice = GzipSplice(tag) if fit.is_gzip else PlainSplice(tag)
        added = None if fit.is_gzip else len(tag)
        self._pending = _Pending(status, headers, exc_info, fit.admission, added)
        return self._write_through

    def wrap(self, iterable: Iterable[bytes]) -> Iterable[bytes]:
        """Return what the server may iterate: *iterable* itself, when nothing is put into it."""
        if self._splice is None and self._write is not None:
            return iterable
        # A subclass may have a `close` of its own, so it counts as any other iterable.
        is_whole = type(iterable) is list or type(iterable) is tuple
        if is_whole and self._splice is not None and not self._has_written:
            return self._wrap_list(iterable, self._splice)
        return _Stream(self, iterable)

    def stream(self, items: Iterable[bytes]) -> Iterator[bytes]:
        """Yield one item for each of *items*, empty while the prologue is incomplete.

        An error of the platform goes through, and nothing is added to what it cut off.
        """
        for item in items:
            # `next` on *items* may be what calls start_response, once or again.
            yield item if self._splice is None else self._feed(item, self._splice)
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
            added = None if splice.place is None else pending.added
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
