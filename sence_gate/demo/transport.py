"""How the browser without a screen reaches a server: a request in, an answer out.

`Transport` is the one seam where input and output enter; `HttpTransport` opens
real connections with the standard library. Answers are read whole, redirects
are not followed and cookies not known: that is the browser's work.

Source: RFC 9110 (fields), RFC 9112 (messages).
"""

from __future__ import annotations

import gzip
import http.client
from dataclasses import dataclass, field
from email.message import Message
from typing import Protocol
from urllib.parse import urlsplit

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What goes to a server; `url` is absolute and has no fragment."""

    method: str
    url: str
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def target(self) -> str:
        """Return path and query as they stand in the request line."""
        parts = urlsplit(self.url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered, its body as it came over the wire."""

    status: int
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str:
        """Return the values of the header *name*, joined as RFC 9110 section 5.3 says; empty without any."""
        return ", ".join(self.all(name))

    def all(self, name: str) -> list[str]:
        """Return each value of the header *name*: the only right way for Set-Cookie."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def media_type(self) -> str:
        """Return the Content-Type without its parameters."""
        return self.header("Content-Type").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """Return the body unpacked and decoded as its headers say."""
        packed = self.header("Content-Encoding").lower() == "gzip"
        message = Message()
        message["Content-Type"] = self.header("Content-Type")
        charset = str(message.get_param("charset") or "utf-8")
        return (gzip.decompress(self.body) if packed else self.body).decode(charset, "replace")


class Transport(Protocol):
    """Carries one request to its server."""

    def __call__(self, request: Request) -> Response:
        """Return the server's answer.

        Raises:
            OSError: there was none.
        """


class HttpTransport:
    """Real sockets, one connection for each request, http and https."""

    def __init__(self, *, timeout: float = 30) -> None:
        self._timeout = timeout

    def __call__(self, request: Request) -> Response:
        """Return the server's answer; raises what `Transport` says."""
        connection = self._connect(request.url)
        try:
            connection.request(request.method, request.target, request.body or None, dict(request.headers))
            answer = connection.getresponse()
            return Response(answer.status, tuple(answer.getheaders()), answer.read())
        except http.client.HTTPException as error:
            raise ConnectionError(f"{urlsplit(request.url).netloc} did not answer in HTTP") from error
        finally:
            connection.close()

    def _connect(self, url: str) -> http.client.HTTPConnection:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        return kind(parts.hostname or "", parts.port, timeout=self._timeout)
