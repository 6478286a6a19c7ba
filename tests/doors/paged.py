"""A platform in process whose pages name their course, and which answers in every way that WSGI knows.

What was opened and not closed is told at `/abiertas`.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

SECRET = b"La pregunta secreta"
BIG = 64 << 20
FILE = b"%PDF-1.7 " + SECRET * 4000
_HTML = ("Content-Type", "text/html; charset=utf-8")
_open: list[str] = []


def page(course: int) -> bytes:
    """Return a page of *course*."""
    head = b"<!doctype html><html><head><title>Prueba</title></head>"
    return head + b'<body class="path-mod course-%d"><p>%b</p></body></html>' % (course, SECRET)


OWN, OTHER, FREE = page(5), page(7), page(1)
CUT_EARLY, CUT_LATE = OWN[:30], OWN[:-20]


class Closing:
    """Pieces that note whether they were closed."""

    def __init__(self, name: str, pieces: Iterable[bytes]) -> None:
        self._name, self._pieces = name, pieces
        _open.append(name)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    def close(self) -> None:
        """Note it."""
        _open.remove(self._name)


def _breaking(piece: bytes) -> Iterator[bytes]:
    yield piece
    raise RuntimeError("the platform breaks")


def _plain(body: bytes, *headers: tuple[str, str], status: str = "200 OK") -> Answer:
    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, [_HTML, ("Content-Length", str(len(body))), *headers])
        return Closing("plain", [] if environ["REQUEST_METHOD"] == "HEAD" else [body])

    return answer


def _pieces(make: Callable[[], Iterable[bytes]], *headers: tuple[str, str]) -> Answer:
    def answer(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [_HTML, *headers])
        return Closing("pieces", make())

    return answer


def _written(body: bytes) -> Answer:
    def answer(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        write = start_response("200 OK", [_HTML])
        write(body[:20])
        write(body[20:])
        return Closing("written", [])

    return answer


def _file(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "application/pdf"), ("Content-Length", str(len(FILE)))])
    wrapper = environ.get("wsgi.file_wrapper")
    return wrapper(io.BytesIO(FILE), 8192) if wrapper else [FILE]


def _partial(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    if "HTTP_RANGE" not in environ:
        return _plain(OTHER)(environ, start_response)
    at = OTHER.index(SECRET)
    range_ = ("Content-Range", f"bytes {at}-{len(OTHER) - 1}/{len(OTHER)}")
    return _plain(OTHER[at:], range_, status="206 Partial Content")(environ, start_response)


def _told(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


Answer = Callable[["WSGIEnvironment", "StartResponse"], Iterable[bytes]]
_GZIP = ("Content-Encoding", "gzip")
_ANSWERS: dict[str, Answer] = {
    "own": _plain(OWN),
    "other": _plain(OTHER),
    "free": _plain(FREE),
    "bytes": _pieces(lambda: (OWN[at : at + 1] for at in range(len(OWN)))),
    "other-bytes": _pieces(lambda: (OTHER[at : at + 1] for at in range(len(OTHER)))),
    "empty-pieces": _pieces(lambda: [b"", OWN[:9], b"", OWN[9:], b""]),
    "written": _written(OWN),
    "other-written": _written(OTHER),
    "gzip": _plain(gzip.compress(OWN, mtime=0), _GZIP),
    "other-gzip": _plain(gzip.compress(OTHER, mtime=0), _GZIP),
    "moved": _plain(SECRET, ("Location", "/mod/own"), status="302 Found"),
    "gone": _plain(FREE, status="404 Not Found"),
    "breaks-early": _pieces(lambda: _breaking(CUT_EARLY)),
    "breaks-late": _pieces(lambda: _breaking(CUT_LATE), ("Content-Length", str(len(OWN)))),
    "big": _pieces(lambda: (piece for part in ([OWN], repeat(bytes(1 << 20), BIG >> 20)) for piece in part)),
    "other-big": _pieces(lambda: (each for part in ([OTHER], repeat(bytes(1 << 20))) for each in part)),
    "file": _file,
    "partial": _partial,
    "told": _told,
}


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer one request."""
    path = environ["PATH_INFO"]
    if path == "/abiertas":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"abiertas:" + ",".join(_open).encode()]
    return _ANSWERS.get(path.removeprefix("/mod/"), _plain(FREE))(environ, start_response)
