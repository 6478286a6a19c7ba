"""The request that a front server describes when it asks whether to let it pass.

nginx (`auth_request`) writes one absolute address of its own into X-Original-URL;
Caddy and Traefik write method, scheme, host and path into four X-Forwarded-*
headers. The operator says which; the other's headers are never looked at, since the
front server would pass on what a visitor wrote there. A description that is
missing, doubled or not well formed is no description: nothing is guessed.

A header that came twice reaches a WSGI application joined by a comma, and a comma may
also stand in an address. So what looks like a second value is refused, and of a
path with a comma every beginning is looked at too: one of them is the real path.
Source: docs/deploy.md, "Forward auth"; the advisories on gates that took the
visitor's X-Forwarded-Uri for the proxy's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from sence_gate.errors import Misdescribed
from sence_gate.paths import Target
from sence_gate.spellings import percent_decoded

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class Dialect(StrEnum):
    """How the front server describes a request."""

    NGINX = "nginx"  # X-Original-URL, X-Original-Method
    FORWARD = "forward"  # X-Forwarded-Method, -Proto, -Host, -Uri: Caddy, Traefik


MOST_COMMAS = 16  # in a path; each is one more place where the real one may end

_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}")
_SECOND_URL = re.compile(r",[ \t]*https?:", re.IGNORECASE)
_SECOND_PATH = re.compile(r",[ \t]*/")
_SCHEMES = frozenset({"http", "https", "ws", "wss"})  # Traefik writes the last two for a WebSocket
_NO_BODY = ("", "0")
_USUAL_PORTS = (":80", ":443")


class Described(NamedTuple):
    """One described request; `uri` is path and query as the browser sent them."""

    method: str
    uri: str
    has_body: bool

    def readings(self) -> Iterator[Target]:
        """Yield the request, and what it was if a second header was joined to its path.

        Raises:
            Misdescribed: there are too many.
        """
        yield self.target(self.uri)
        path = self.uri.partition("?")[0]
        places = [place for place, character in enumerate(path) if character == ","]
        if len(places) > MOST_COMMAS:
            raise Misdescribed("the path has more commas than could be looked at")
        yield from (self.target(path[:place]) for place in places)

    def target(self, uri: str) -> Target:
        """Return *uri* as the gate looks at it; not a byte is dropped before that."""
        path, _, query = uri.partition("?")
        return Target("", percent_decoded(path) if "%" in path else path, uri, query, self.has_body)

    def environ(self, asked: WSGIEnvironment) -> WSGIEnvironment:
        """Return the described request as a server would tell it; *asked* is the front server's own."""
        target = self.target(self.uri)
        rest = {key: value for key, value in asked.items() if key != "REQUEST_URI"}
        return rest | {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": target.path_info,
            "QUERY_STRING": target.query_string,
            "RAW_URI": self.uri,
        }


# The variables that a description is made of, the address first.
_BODY = ("HTTP_X_ORIGINAL_BODY", "CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING")
KEYS = {
    Dialect.NGINX: ("HTTP_X_ORIGINAL_URL", "HTTP_X_ORIGINAL_METHOD", *_BODY),
    Dialect.FORWARD: (
        "HTTP_X_FORWARDED_URI",
        "HTTP_X_FORWARDED_METHOD",
        "HTTP_X_FORWARDED_PROTO",
        "HTTP_X_FORWARDED_HOST",
        *_BODY,
    ),
}

Reader = Callable[["WSGIEnvironment"], Described]


def reader(dialect: Dialect, origin: str) -> Reader:
    """Return the function that reads descriptions of requests for *origin* from the `KEYS` of *dialect*.

    It raises `Misdescribed` for everything that is not exactly one.
    """
    return _nginx_reader(origin) if dialect is Dialect.NGINX else _forward_reader(origin)


def _nginx_reader(origin: str) -> Reader:
    host = _host(urlsplit(origin).netloc)

    def read(environ: WSGIEnvironment) -> Described:
        url = _one(environ, "HTTP_X_ORIGINAL_URL", "X-Original-URL")
        if "," in url and _SECOND_URL.search(url):
            raise Misdescribed("X-Original-URL came more than once")
        scheme, separator, rest = url.partition("://")
        netloc, slash, path = rest.partition("/")
        if scheme not in _SCHEMES or not (separator and slash):
            raise Misdescribed("X-Original-URL is not absolute")
        if netloc != host and _host(netloc) != host:
            raise Misdescribed("X-Original-URL names another host than public_url")
        return _described(environ, "HTTP_X_ORIGINAL_METHOD", f"/{path}")

    return read


def _forward_reader(origin: str) -> Reader:
    host = _host(urlsplit(origin).netloc)

    def read(environ: WSGIEnvironment) -> Described:
        uri = _one(environ, "HTTP_X_FORWARDED_URI", "X-Forwarded-Uri")
        if not uri.startswith("/"):
            raise Misdescribed("X-Forwarded-Uri does not begin with a slash")
        if "," in uri and _SECOND_PATH.search(uri):
            raise Misdescribed("X-Forwarded-Uri came more than once")
        if _one(environ, "HTTP_X_FORWARDED_PROTO", "X-Forwarded-Proto") not in _SCHEMES:
            raise Misdescribed("X-Forwarded-Proto is no scheme of the web")
        if _host(_one(environ, "HTTP_X_FORWARDED_HOST", "X-Forwarded-Host")) != host:
            raise Misdescribed("X-Forwarded-Host is another host than that of public_url")
        return _described(environ, "HTTP_X_FORWARDED_METHOD", uri)

    return read


def _one(environ: WSGIEnvironment, key: str, name: str) -> str:
    value: str = environ.get(key, "")
    if not value:
        raise Misdescribed(f"{name} is missing")
    return value


def _described(environ: WSGIEnvironment, key: str, uri: str) -> Described:
    method: str = environ.get(key, "")
    if method in ("GET", "HEAD"):
        return Described(method, uri, _brings_fields(environ))
    if _METHOD.fullmatch(method):
        return Described(method, uri, has_body=True)
    raise Misdescribed("the method is missing, or came more than once")


def _host(netloc: str) -> str:
    """Return *netloc* in one spelling; browsers leave out the port that the scheme means."""
    lowered = netloc.lower()
    for port in _USUAL_PORTS:
        lowered = lowered.removesuffix(port)
    return lowered.removesuffix(".")


def _brings_fields(environ: WSGIEnvironment) -> bool:
    # The question has no body: that the request has one stands in a header of its own.
    return bool(
        environ.get("HTTP_X_ORIGINAL_BODY", "") not in _NO_BODY
        or environ.get("CONTENT_LENGTH", "") not in _NO_BODY
        or "HTTP_TRANSFER_ENCODING" in environ
    )
