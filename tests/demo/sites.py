"""A tiny site for browsers: each query says what the answer does.

`/set?c=…` sets cookies, `/form?to=…` and `/link?to=…` lead elsewhere by hand,
`/refresh?to=…` by itself, `/go?to=…&code=…` redirects; anything else is an empty page.
`policy`, `cache`, `save` (a download) and `c` (Set-Cookie) work on all of them.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode

from tests.browser import Browser, WsgiTransport

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

OURS = "http://localhost:8000"
THEIRS = "http://127.0.0.1:8001"
NEIGHBOUR = "http://localhost:8002"
PLAIN = "http://campus.otec.cl"
COOKIES = (
    "lax=1; SameSite=Lax; Path=/",
    "__Host-lax=1; SameSite=Lax; Secure; Path=/",
    "strict=1; SameSite=Strict; Path=/",
    "none=1; SameSite=None; Secure; Path=/",
    "none-path=1; SameSite=None; Secure; Path=/cb",
    "none-part=1; SameSite=None; Secure; Path=/; Partitioned",
    "plain=1; Path=/",
)
BODIES = {
    "/form": (
        '<form method="{method}" action="{to}"><input type="hidden" name="a" value="1">'
        "<button>Enviar</button></form>"
    ),
    "/link": '<a rel="{rel}" href="{to}">Seguir</a>',
    "/refresh": '<meta http-equiv="refresh" content="{wait};url={to}">',
}


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        """Return the moment."""
        return self.now


def site(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Do what the query says."""
    query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
    said = {name: values[0] for name, values in query.items()}
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", said.get("cache", "no-store"))]
    headers += [("Set-Cookie", cookie) for cookie in query.get("c", [])]
    headers += [("Referrer-Policy", said["policy"])] if "policy" in said else []
    headers += [("Content-Disposition", "attachment")] if "save" in said else []
    if environ["PATH_INFO"] == "/go":
        start_response(f"{said.get('code', '303')} Go on", [*headers, ("Location", said["to"])])
        return [b""]
    start_response("200 OK", headers)
    words = {"method": "post", "rel": "", "wait": "0", "to": "", **said}
    body = BODIES.get(environ["PATH_INFO"], "").format_map({key: escape(word) for key, word in words.items()})
    return [f"<!doctype html><title>Página</title>{body}".encode()]


def url(origin: str, path: str, **said: object) -> str:
    """Return a URL of the site that does what is said."""
    return f"{origin}{path}?{urlencode(said, doseq=True)}"


def open_browser(*, with_cookies: bool = True) -> tuple[Browser, Clock]:
    """Return a browser with one cookie of each kind for `OURS`, and its clock."""
    clock = Clock()
    browser = Browser(WsgiTransport(dict.fromkeys((OURS, THEIRS, NEIGHBOUR, PLAIN), site)), clock=clock)
    if with_cookies:
        browser.goto(url(OURS, "/set", c=COOKIES))
    return browser, clock
