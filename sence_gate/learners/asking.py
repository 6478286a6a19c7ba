"""One question to the platform behind the gate: in this process, without the gate, or by HTTP.

The request is made anew: an address, and what shows who is visiting. Nothing else of
the visitor's request goes along, and the answer is read up to a bound. It has no
effect on the visitor's browser: cookies that the platform would set are dropped.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from sence_gate.errors import (
    IdentityUnavailable,
    UnusableRequest,
    UpstreamAway,
    UpstreamBrokeOff,
    UpstreamSlow,
)
from sence_gate.forwarded import Forwarded
from sence_gate.upstream import Question, Upstream

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOST = 256 * 1024  # bytes of an answer: some dashboards are long, no answer about one person is longer

# What shows who is visiting. Platforms tie sessions to the browser's name and to its address,
# and some take a token in place of a cookie: without it that visitor would be nobody here only.
COOKIE, TOKEN = "HTTP_COOKIE", "HTTP_AUTHORIZATION"
SHOWN = (COOKIE, TOKEN, "HTTP_USER_AGENT", "HTTP_X_FORWARDED_FOR", "REMOTE_ADDR")
_KEPT = ("SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "REMOTE_PORT", "HTTP_HOST", "HTTPS")
_SERVER_S = ("wsgi.version", "wsgi.errors", "wsgi.multithread", "wsgi.multiprocess")

ACCEPT = "application/json, text/html;q=0.9, */*;q=0.5"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the platform answered; `body` holds `MOST` bytes and one more at most."""

    status: int
    body: bytes = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def header(self, name: str) -> str:
        """Return the first header of this name (small letters), or ""."""
        return next((value for key, value in self.headers if key.lower() == name), "")


Ask = Callable[["WSGIEnvironment"], Reply]  # raises `IdentityUnavailable`: there is no reply


def in_process(application: WSGIApplication, url: str, scheme: str) -> Ask:
    """Return what asks *application* at the path and query *url*, as browsers see them.

    Args:
        scheme: of `public_url`. A platform that is asked by http sends to https, and not to its login.
    """

    def ask(environ: WSGIEnvironment) -> Reply:
        try:
            return _answer(application, _question(environ, url, scheme))
        except Exception as fault:  # it is the platform's, and may raise anything
            raise IdentityUnavailable(
                f"the platform failed at learner.url: {type(fault).__name__}"
            ) from fault

    return ask


def over_http(upstream: Upstream, url: str, forwarded: Forwarded, seconds: float) -> Ask:
    """Return what asks the platform at *upstream* for the path and query *url*.

    Args:
        seconds: for the whole answer.
    """

    def ask(environ: WSGIEnvironment) -> Reply:
        ends = monotonic() + seconds
        try:
            with upstream.ask(Question("GET", url, [*_headers(environ, forwarded)])) as answer:
                return Reply(answer.status, _in_time(answer, ends), tuple(answer.headers))
        except (UpstreamAway, UpstreamSlow, UpstreamBrokeOff, UnusableRequest) as fault:
            raise IdentityUnavailable(f"learner.url: {fault}") from None

    return ask


def _headers(environ: WSGIEnvironment, forwarded: Forwarded) -> Iterator[tuple[str, str]]:
    yield "Host", forwarded.host(environ)
    yield "Accept", ACCEPT
    for name, key in (("Cookie", COOKIE), ("Authorization", TOKEN), ("User-Agent", "HTTP_USER_AGENT")):
        if key in environ:
            yield name, environ[key]
    yield from forwarded.headers(environ)


def _in_time(answer: Iterable[bytes], ends: float) -> bytes:
    body = bytearray()
    for piece in answer:
        body += piece
        if len(body) > MOST:
            break
        if monotonic() > ends:  # it drips: each piece came in time
            raise UpstreamSlow("the platform did not answer in time")
    return bytes(body[: MOST + 1])


def _question(environ: WSGIEnvironment, url: str, scheme: str) -> WSGIEnvironment:
    path, _, query = url.partition("?")
    mount = environ.get("SCRIPT_NAME", "")
    inside = unquote_to_bytes(path).decode("latin-1")
    kept = {key: environ[key] for key in (*_KEPT, *_SERVER_S, *SHOWN) if key in environ}
    return kept | {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": mount,
        "PATH_INFO": inside.removeprefix(mount) if inside.startswith(f"{mount}/") else inside,
        "QUERY_STRING": query,
        "HTTP_ACCEPT": ACCEPT,
        "HTTP_X_FORWARDED_PROTO": scheme,
        "wsgi.url_scheme": scheme,
        "wsgi.input": io.BytesIO(),
        "wsgi.run_once": False,
    }


def _answer(application: WSGIApplication, environ: WSGIEnvironment) -> Reply:
    heads: list[tuple[str, list[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
        heads.append((status, headers))
        return written.append

    pieces: Any = application(environ, _typed(start_response))
    with closing(pieces) if hasattr(pieces, "close") else nullcontext():
        body = _bounded(pieces, written)
    status, headers = heads[-1]
    return Reply(int(status[:3]), body, tuple(headers))


def _typed(start_response: Any) -> StartResponse:
    return start_response  # type: ignore[no-any-return]  # the protocol names its arguments, nobody else does


def _bounded(pieces: Iterable[bytes], written: list[bytes]) -> bytes:
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) + sum(map(len, written)) > MOST:
            break
    return (b"".join(written) + bytes(body))[: MOST + 1]
