"""One answer of the platform, held back until it has said which course it is of.

`Held.ask` calls the platform and reads as far as it must; then the answer is
replayed to the server as it came (`Held` is itself a WSGI application), or thrown
away: closed, with nothing of it shown but the cookies that it set. Memory is
bounded by what `tags.py` reads, the rest passes by reference.

PEP 3333 wants no middleware to wait for a second item before it yields; here it
must, for the status itself depends on the page. It waits for the `<body>` tag only.
Deliberately not here: which course may be shown to whom.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from sence_gate.insertable import CHARSET, CODINGS, HTML, extends_ascii
from sence_gate.tags import GzipTagReader, Keys, TagReader, Unread

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]
Answer = Keys | Unread

# With these the platform may answer with a part, or that nothing changed, and name no course.
_VALIDATORS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE")
_RANGES = ("HTTP_RANGE", "HTTP_IF_RANGE")

_PARTS = re.compile(r"\s*multipart/byteranges", re.IGNORECASE)
_TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.IGNORECASE)
_OF_THE_BODY = frozenset({"content-length", "content-encoding", "content-range", "transfer-encoding", "etag"})
_MOVED = ("301", "302", "303", "307", "308")
_LOCAL = re.compile(r"(?:/(?![/\\])|[?#]|\.{1,2}/|[A-Za-z0-9._~-]+(?:[/?#]|$))[!-~]*")


class _Head(NamedTuple):
    status: str
    headers: Headers


class Held:
    """One answer; ask for it once, then replay it or discard it.

    Args:
        pattern: finds the key of a course in a tag.
        origin: scheme and host of the site, to tell redirects within it.
    """

    def __init__(self, pattern: re.Pattern[bytes], origin: str) -> None:
        self._pattern = pattern
        self._origin = origin
        self._head: _Head | None = None
        self._is_page = False  # the head says so, and not that it is a file
        self._reader: TagReader | GzipTagReader | None = None
        self._answer: Answer | None = None
        self._written: list[bytes] = []  # by the platform's calls of `write`
        self._items: list[bytes] = []
        self._rest: Iterator[bytes] | None = None
        self._iterable: Iterable[bytes] = ()
        self._server: StartResponse | None = None  # once the answer is replayed
        self._write: Callable[[bytes], object] | None = None

    def ask(self, application: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        """Call *application*, and return the keys that its page names or why nobody can say.

        Whatever the platform raises goes through, with its iterable closed.
        """
        self._iterable = application(environ, self._start_response)
        try:
            return self._read()
        except BaseException:
            self.close()
            raise

    def _read(self) -> Answer:
        if self._head is None or self._answer is None:
            self._rest = iter(self._iterable)
            for item in self._rest:
                self._items.append(item)
                self._feed(item)
                if self._answer is not None:
                    break
        if self._head is None:
            raise AssertionError("the platform did not call start_response (PEP 3333)")
        if self._answer is None and self._reader is not None:
            self._answer = self._reader.end()
        # A file in which a page stands is not the platform's own that names no course.
        return self._answer or (() if self._is_page else Unread.NOT_HTML)

    def __call__(self, _environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Give the answer to the server, byte by byte as it came."""
        head = self._begin(start_response)
        # Without exc_info, whatever the platform gave: to the server this is the first head.
        self._write = start_response(head.status, head.headers)
        for data in self._written:
            self._write(data)
        self._written.clear()
        # By reference where nothing was read: it may be a file that the server sends by itself.
        return self._iterable if self._rest is None else _Rest(self._items, self._rest, self.close)

    def replay_head(self, start_response: StartResponse) -> Iterable[bytes]:
        """Give the server the head alone: platforms forget to stop after a redirect."""
        head = self._begin(start_response)
        kept = [each for each in head.headers if each[0].lower() not in _OF_THE_BODY]
        self.close()
        start_response(head.status, [*kept, ("Content-Length", "0")])
        return []

    def discard(self) -> Headers:
        """Throw the answer away, and return the headers that set cookies."""
        self.close()
        headers = self._head.headers if self._head else []
        return [each for each in headers if each[0].lower() == "set-cookie"]

    def close(self) -> None:
        """Close what the platform gave, once."""
        iterable, self._iterable = self._iterable, ()
        close = getattr(iterable, "close", None)
        if close is not None:
            close()

    def _begin(self, start_response: StartResponse) -> _Head:
        if self._head is None:
            raise AssertionError("ask first")
        self._server = start_response
        return self._head

    def _start_response(
        self, status: str, headers: Headers, exc_info: OptExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        if self._server is not None:
            # The server knows whether it is too late, and raises then.
            return self._server(status, headers, exc_info)
        if self._head is not None:
            self._restart(exc_info)
        self._head = _Head(status, list(headers))
        self._is_page = _value(headers, "content-type") != "" and not _is_file(headers)
        self._answer = examine(status, headers, self._origin)
        if self._answer is None:
            is_gzip = CODINGS[_value(headers, "content-encoding").lower()]
            self._reader = GzipTagReader(self._pattern) if is_gzip else TagReader(self._pattern)
        return self._write_through

    def _restart(self, exc_info: OptExcInfo | None) -> None:
        """Allow another head in place of the first, as long as a server would have sent none."""
        if not exc_info:
            raise AssertionError("start_response was called twice without exc_info (PEP 3333)")
        if any(self._items) or any(self._written):
            raise exc_info[1] or AssertionError("exc_info holds no exception (PEP 3333)")

    def _write_through(self, data: bytes) -> None:
        if self._write is not None:
            self._write(data)
        else:
            self._written.append(data)
            self._feed(data)

    def _feed(self, data: bytes) -> None:
        if self._answer is None and self._reader is not None:
            self._answer = self._reader.feed(data)


class _Rest:
    """What the server iterates: the items that were read, then the others."""

    __slots__ = ("_close", "_items", "_rest")

    def __init__(self, items: list[bytes], rest: Iterator[bytes], close: Callable[[], object]) -> None:
        self._items, self._rest, self._close = items, rest, close

    def __iter__(self) -> Iterator[bytes]:
        # In one piece: whoever comes next finds the whole head of the page in the first item.
        items, self._items = self._items, []
        if items:
            yield b"".join(items)
        yield from self._rest

    def close(self) -> None:
        """Close the platform's iterable."""
        self._close()


def ask(
    pattern: re.Pattern[bytes], origin: str, application: WSGIApplication, environ: WSGIEnvironment
) -> tuple[Held, Answer]:
    """Return *application*'s answer, held back, and the keys that its page names or why nobody can say."""
    held = Held(pattern, origin)
    answer = held.ask(application, asked(environ))
    if answer is not Unread.PARTIAL:
        return held, answer
    # A part of a page names no course: it is asked for again, whole.
    held.discard()
    held = Held(pattern, origin)
    return held, held.ask(application, asked(environ, whole=True))


def examine(status: str, headers: Headers, origin: str) -> Unread | None:
    """Return why the body of an answer cannot say which course it is of; None when it must be read."""
    if status.startswith(_MOVED):
        return Unread.MOVED if _stays(_value(headers, "location"), origin) else Unread.ELSEWHERE
    content_type = _value(headers, "content-type")
    if _PARTS.match(content_type):
        return Unread.PARTIAL
    if content_type and not HTML.match(content_type):
        return Unread.NOT_HTML
    if status.startswith("206"):
        return Unread.PARTIAL
    if _value(headers, "content-encoding").lower() not in CODINGS:
        return Unread.CODING
    charset = CHARSET.search(content_type)
    return None if charset is None or extends_ascii(charset[1]) else Unread.CHARSET


def asked(environ: WSGIEnvironment, *, whole: bool = False) -> WSGIEnvironment:
    """Return a copy of *environ* that asks the platform for an answer that can be read.

    Args:
        whole: and for all of it.
    """
    copy = dict(environ)
    for key in _VALIDATORS + _RANGES * whole:
        copy.pop(key, None)
    if codings := copy.get("HTTP_ACCEPT_ENCODING"):
        copy["HTTP_ACCEPT_ENCODING"] = "gzip" if _TAKES_GZIP.search(codings) else "identity"
    return copy


def _stays(location: str, origin: str) -> bool:
    """Tell whether *location* leads to this site; behind TLS many a platform takes itself for http."""
    scheme, separator, rest = location.partition("://")
    site = origin.partition("://")[2]
    if separator and scheme in ("http", "https") and (rest == site or rest.startswith(f"{site}/")):
        location = rest.removeprefix(site) or "/"
    return _LOCAL.fullmatch(location) is not None


def _is_file(headers: Headers) -> bool:
    # Whatever is not shown in its place is kept (RFC 6266, section 4.2).
    disposition = _value(headers, "content-disposition").partition(";")[0].strip().lower()
    return disposition not in ("", "inline")


def _value(headers: Headers, name: str) -> str:
    """Return the header *name*, or ""; of two "," alone, which is no type, no coding and no address."""
    values = [value.strip() for key, value in headers if key.lower() == name]
    return "".join(values) if len(values) < 2 else ","
