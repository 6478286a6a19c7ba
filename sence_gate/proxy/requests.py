"""From a request of the browser to one for the platform.

Nothing that only a proxy may say is taken from the browser, and nothing that could
make the platform serve another address than the one that the gate judged. The
address itself is passed on as it came, where the server tells it.
Source: RFC 9110, section 7.6 (what a proxy forwards).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sence_gate.announced import PREFIX, announced
from sence_gate.errors import UnusableRequest
from sence_gate.forwarded import MISLEADING, Forwarded
from sence_gate.middleware import SESSION_KEY
from sence_gate.upstream import Question

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from sence_gate.config import Config

PIECE = 64 * 1024
HOP_BY_HOP = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
        "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip
# Addresses of the request beside its own, and mounts; a proxy for CGI programs (httpoxy), and what
# the server in front of us has answered already.
_NOT_PASSED = frozenset(
    {
        *MISLEADING, "forwarded", "x-real-ip", "x-original-uri", "x-original-method", "x-original-host",
        "script-name", "x-proxyuser-ip", "x-host", "proxy", "expect", "host", "content-length",
    }
)  # fmt: skip
_NOT_PASSED_PREFIXES = (PREFIX, "x-forwarded-")
# PHP and CGI write a dot and its like as an underscore: X.Original.URL would be X-Original-URL to them.
_NAME = re.compile(r"[a-z0-9-]+")
# Connection may not take these away (RFC 9110, section 7.6.1): the page would see another than `whoami`.
_END_TO_END = frozenset({"cookie", "authorization", "user-agent"})
_TARGET = re.compile(r"/[!-~]*")
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


class Translator:
    """Make the platform's requests, for one configuration."""

    def __init__(self, config: Config) -> None:
        self._forwarded = Forwarded(config.public_url, config.platform.host, config.trusted_proxies)

    def question(self, environ: WSGIEnvironment) -> Question:
        """Return the request for the platform.

        Raises:
            UnusableRequest: it cannot be passed on as it is meant.
        """
        method = environ["REQUEST_METHOD"]
        if method == "CONNECT":
            raise UnusableRequest("CONNECT asks for a tunnel")
        framing, body = _framed(environ, method)
        headers = [("Host", self._forwarded.host(environ)), *_passed(environ), *framing]
        headers += self._forwarded.headers(environ)
        headers += announced(environ.get(SESSION_KEY))
        return Question(method, target_of(environ), headers, body)


def target_of(environ: WSGIEnvironment) -> str:
    """Return path and query as the browser sent them; without the server's help, as near as can be.

    Raises:
        UnusableRequest: there is no path, or one that would end the request line.
    """
    raw = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    if raw.startswith("/"):
        target = raw.partition("#")[0]
    else:
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        # Of a whole URL the gate judged the path alone. Without REQUEST_URI, `%2F` is `/` by now.
        target = quote(path, safe="/:@!$&'()*+,;=~-._", encoding="latin-1", errors="replace")
        query = environ.get("QUERY_STRING", "")
        target += f"?{query}" if query else ""
    if not target.isascii():
        target = quote(target, safe=_PRINTABLE, encoding="latin-1", errors="replace")
    if not _TARGET.fullmatch(target):
        raise UnusableRequest("the address is no path, or holds blanks or control characters")
    return target


def _passed(environ: WSGIEnvironment) -> Iterator[tuple[str, str]]:
    named = {each.strip().lower() for each in environ.get("HTTP_CONNECTION", "").split(",")} - _END_TO_END
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            name, is_passed = _name(key)
            if is_passed and name.lower() not in named:
                yield name, value
    if media := environ.get("CONTENT_TYPE"):
        yield "Content-Type", media


@lru_cache(1_024)
def _name(key: str) -> tuple[str, bool]:
    """Return the name of the header in the variable *key*, and whether it may be passed on."""
    name = key[5:].replace("_", "-").title()
    lower = name.lower()
    is_kept_back = lower in HOP_BY_HOP or lower in _NOT_PASSED or lower.startswith(_NOT_PASSED_PREFIXES)
    return name, not is_kept_back and _NAME.fullmatch(lower) is not None


def _framed(environ: WSGIEnvironment, method: str) -> tuple[list[tuple[str, str]], Iterable[bytes]]:
    """Return the header that says how long the body is, and the body."""
    length, coding = environ.get("CONTENT_LENGTH", ""), environ.get("HTTP_TRANSFER_ENCODING")
    is_chunked = coding is not None
    stream = environ["wsgi.input"]
    if coding is not None and coding.strip().lower() != "chunked":
        raise UnusableRequest("the body is packed for the way, which is not passed on")
    if length and is_chunked:
        raise UnusableRequest("the length of the body is said in two ways")
    if length:
        if not (length.isascii() and length.isdigit() and len(length) < 19):
            raise UnusableRequest("the length of the body is no number")
        return [("Content-Length", length)], _counted(stream, int(length)) if int(length) else ()
    if not is_chunked and method in {"GET", "HEAD", "OPTIONS", "TRACE"}:
        return [], ()
    if not environ.get("wsgi.input_terminated"):
        if is_chunked:
            raise UnusableRequest("this server does not tell where a chunked body ends")
        return [("Content-Length", "0")], ()
    # HTTP/2 knows bodies without a length and without chunks: whether there is one, the first bytes tell.
    first = _read(stream, PIECE)
    return (
        ([("Transfer-Encoding", "chunked")], _rest(first, stream))
        if first
        else ([("Content-Length", "0")], ())
    )


def _counted(stream: Any, length: int) -> Iterator[bytes]:
    while length:
        piece = _read(stream, min(length, PIECE))
        if not piece:
            raise UnusableRequest("the body ended before its length")
        length -= len(piece)
        yield piece


def _rest(piece: bytes, stream: Any) -> Iterator[bytes]:
    while piece:
        yield piece
        piece = _read(stream, PIECE)


def _read(stream: Any, most: int) -> bytes:
    try:
        piece: bytes = stream.read(most)
    except Exception as fault:  # noqa: BLE001 - each server has its own for a browser that went away
        raise UnusableRequest(f"the body broke off ({type(fault).__name__})") from None
    return piece
