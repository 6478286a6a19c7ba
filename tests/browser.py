"""The browser of the tests: real WSGI applications on several sites, in one process.

Each application is wrapped in `wsgiref.validate`, its answer is read to the end
and closed, and every exchange is kept, so that a test can ask what was sent.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urlsplit
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

from werkzeug.test import run_wsgi_app

from sence_gate.demo.browser import Browser, Hop
from sence_gate.demo.cookie import SameSite
from sence_gate.demo.cookiejar import CookieJar
from sence_gate.demo.journey import origin_of
from sence_gate.demo.page import Page
from sence_gate.demo.transport import HttpTransport, Request, Response, Transport

if TYPE_CHECKING:
    from collections.abc import Mapping
    from wsgiref.types import WSGIApplication, WSGIEnvironment

__all__ = [
    "Browser",
    "CookieJar",
    "Hop",
    "HttpTransport",
    "Page",
    "Request",
    "Response",
    "SameSite",
    "Transport",
    "WsgiTransport",
    "environ_of",
]


class WsgiTransport:
    """Carries requests to WSGI applications, chosen by origin.

    *mounts* maps `http://host:port` with an optional mount path to an application;
    `calls` holds each request and its answer, in order.
    """

    def __init__(self, mounts: Mapping[str, WSGIApplication]) -> None:
        self.calls: list[tuple[Request, Response]] = []
        self._mounts = {url.rstrip("/"): validator(app) for url, app in mounts.items()}

    def __call__(self, request: Request) -> Response:
        """Return the application's answer; ConnectionRefusedError where none is mounted."""
        mount = self._mount_of(request.url)
        environ = environ_of(request, urlsplit(mount).path)
        body, status, headers = run_wsgi_app(self._mounts[mount], environ, buffered=True)
        response = Response(int(status[:3]), tuple(headers), b"".join(body))
        self.calls.append((request, response))
        return response

    def _mount_of(self, url: str) -> str:
        plain = origin_of(url) + urlsplit(url).path
        found = [mount for mount in self._mounts if f"{plain}/".startswith(f"{mount}/")]
        if not found:
            raise ConnectionRefusedError(f"nothing listens at {origin_of(url)}")
        return max(found, key=len)


def environ_of(request: Request, script_name: str = "") -> WSGIEnvironment:
    """Return the WSGI environment of *request*, for an application mounted at *script_name*."""
    parts = urlsplit(request.url)
    path = unquote_to_bytes(parts.path).decode("latin-1").removeprefix(script_name)
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": script_name,
        "PATH_INFO": path if path or script_name else "/",
        "QUERY_STRING": parts.query,
        "RAW_URI": request.target,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": parts.netloc,
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.multithread": True,
    }
    if request.body or request.method == "POST":
        environ["CONTENT_LENGTH"] = str(len(request.body))
    for name, value in request.headers:
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    setup_testing_defaults(environ)
    return environ
