"""A server that keeps what it gets through the bar's insertion, and the page that all these tests serve."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

from sence_gate.banner import Banner, Insertion, Reason, insert
from sence_gate.csp import Needs

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TAG = b'<script src="/_sence/banner.js?v=1" defer></script>'
NEEDS = Needs("https://campus.cl/_sence/banner.js", "https://campus.cl/_sence/estado")
PAGE = b'<!doctype html>\n<html lang="es">\n<head>\n<title>Curso</title></head><body>' + b"<p>Hola</p>" * 9
TAGGED = PAGE.replace(b"<head>", b"<head>" + TAG)

Headers = list[tuple[str, str]]
HTML: Headers = [("Content-Type", "text/html; charset=utf-8")]


@dataclass
class Server:
    """A server that keeps what it gets, and counts how often it closes the platform's iterable."""

    status: str = ""
    headers: Headers = field(default_factory=list)
    items: list[bytes] = field(default_factory=list)
    counted: Counter[Reason] = field(default_factory=Counter)
    closed: int = 0

    def start_response(
        self, status: str, headers: Headers, exc_info: OptExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        if exc_info and exc_info[1] and self.body:
            raise exc_info[1]
        self.status, self.headers = status, headers
        return self.items.append

    def serve(self, application: WSGIApplication, **environ: str) -> Server:
        """Serve one request through the gate and the validators; return this server."""
        banner = Banner(TAG, NEEDS, lambda reason: self.counted.update([reason]))
        checked = validator(application)

        def gated(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            return insert(banner, checked, environ, start_response)

        iterable = validator(gated)(environ_of(**environ), self.start_response)
        try:
            self.items.extend(iterable)
        finally:
            iterable.close()  # type: ignore[attr-defined]  # the validator's iterables have one
        return self

    def application(
        self, items: Iterable[bytes], *more: tuple[str, str], status: str = "200 OK"
    ) -> WSGIApplication:
        """Return a platform that answers *items*, as HTML."""

        def application(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            start_response(status, [*HTML, *more])
            return Closing(items, self)

        return application

    @property
    def body(self) -> bytes:
        return b"".join(self.items)

    def header(self, name: str) -> str | None:
        return dict(self.headers).get(name)


@dataclass
class Closing:
    """An iterable that tells *server* when it is closed."""

    items: Iterable[bytes]
    server: Server

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.items)

    def close(self) -> None:
        self.server.closed += 1


def environ_of(**more: str) -> WSGIEnvironment:
    environ: WSGIEnvironment = {"QUERY_STRING": "", **more}
    setup_testing_defaults(environ)
    return environ


def insertion(server: Server, **environ: str) -> Insertion:
    """Return an insertion without validators, which would hide lists and files."""
    banner = Banner(TAG, NEEDS, lambda reason: server.counted.update([reason]))
    return Insertion(banner, environ_of(**environ), server.start_response)
