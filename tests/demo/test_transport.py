"""Two ways to reach a server: real sockets and WSGI applications in this process."""

from __future__ import annotations

import gzip
import socket
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from sence_gate.demo.transport import HttpTransport, Request, Response
from tests.browser import WsgiTransport

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

SEEN = ("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "HTTP_HOST", "HTTP_X_A", "CONTENT_TYPE")


class QuietHandler(WSGIRequestHandler):
    """Serves without a word in the terminal."""

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


def mirror(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with what arrived."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
    start_response("200 OK", headers)
    return ["|".join(environ.get(name, "") for name in SEEN).encode(), b"|", body]


@contextmanager
def listening(application: WSGIApplication) -> Iterator[str]:
    """Serve *application* on a free port while the block runs."""
    with make_server("127.0.0.1", 0, application, handler_class=QuietHandler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


def ask(origin: str) -> Request:
    """Return a request with a bit of everything."""
    headers = (("X-A", "1"), ("Content-Type", "text/x"))
    return Request("POST", f"{origin}/m/%C3%B1?q=%20", headers, b"cuerpo")


def test_real_sockets() -> None:
    """Method, path, query, headers and body arrive; each Set-Cookie comes back by itself."""
    with listening(mirror) as origin:
        response = HttpTransport()(ask(origin))

    host = origin.removeprefix("http://")
    assert response.text == f"POST||/m/Ã±|q=%20|{host}|1|text/x|cuerpo"
    assert (response.status, response.all("set-cookie")) == (200, ["a=1", "b=2"])


def test_wsgi() -> None:
    """An application in this process sees the same, and its calls are kept."""
    transport = WsgiTransport({"http://localhost:8000/m": mirror})
    request = ask("http://localhost:8000")
    response = transport(request)

    assert response.text == "POST|/m|/Ã±|q=%20|localhost:8000|1|text/x|cuerpo"
    assert transport.calls == [(request, response)]


def test_wsgi_mounts() -> None:
    """The longest mount path on a segment boundary answers."""
    transport = WsgiTransport({"http://localhost": mirror, "http://localhost/m": mirror})
    paths = ("/m", "/m/", "/mar", "/")
    seen = [transport(Request("GET", f"http://localhost{path}")).text.split("|")[1:3] for path in paths]

    assert seen == [["/m", ""], ["/m", "/"], ["", "/mar"], ["", "/"]]


def test_wsgi_closes_the_answer() -> None:
    """The answer is closed after it was read, as PEP 3333 asks of servers."""
    closed: list[str] = []

    class Body:
        def __iter__(self) -> Iterator[bytes]:
            yield b"x"

        def close(self) -> None:
            closed.append("closed")

    def application(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Body()

    WsgiTransport({"http://localhost": application})(Request("GET", "http://localhost/"))
    assert closed == ["closed"]


def test_wsgi_validates() -> None:
    """An application that breaks PEP 3333 fails the test that calls it."""

    def application(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [b""]

    with pytest.raises(AssertionError, match="Content-Type"):
        WsgiTransport({"http://localhost": application})(Request("GET", "http://localhost/"))


def test_nobody_listens() -> None:
    """A closed port is an OSError."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        HttpTransport()(Request("GET", f"http://127.0.0.1:{port}/"))


def test_not_http() -> None:
    """A server that speaks something else is an OSError too."""

    def speak(server: socket.socket) -> None:
        with server.accept()[0] as peer:
            peer.recv(4096)
            peer.sendall(b"220 smtp.example\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=speak, args=[server])
        thread.start()
        with pytest.raises(ConnectionError, match="did not answer in HTTP"):
            HttpTransport(timeout=5)(Request("GET", f"http://127.0.0.1:{server.getsockname()[1]}/"))
        thread.join()


@pytest.mark.parametrize(
    ("headers", "body", "text"),
    [
        pytest.param((), "ñ".encode(), "ñ", id="utf-8 when nothing is said"),
        pytest.param((("content-type", "text/html; charset=latin-1"),), b"\xf1", "ñ", id="named charset"),
        pytest.param((("Content-Encoding", "gzip"),), gzip.compress("ñ".encode()), "ñ", id="gzip"),
        pytest.param((), b"\xff", "\ufffd", id="undecodable"),
    ],
)
def test_text(headers: tuple[tuple[str, str], ...], body: bytes, text: str) -> None:
    """A body is unpacked and decoded as its headers say."""
    assert Response(200, headers, body).text == text


def test_headers() -> None:
    """Names count in any case, values are joined by comma."""
    response = Response(200, (("Vary", "Cookie"), ("vary", "Accept"), ("Content-Type", "Text/HTML; a=b")))

    assert (response.header("VARY"), response.header("x")) == ("Cookie, Accept", "")
    assert response.media_type == "text/html"
