"""The tag over a real connection: the first byte does not wait, and who goes away is noticed."""

from __future__ import annotations

import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, make_server

import pytest

from sence_gate.banner import Banner, insert
from tests.banner_server import HTML, NEEDS, PAGE, TAG, TAGGED, Server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATIENCE = 30  # seconds until a test that would wait for ever fails


class _Quiet(WSGIRequestHandler):
    """The standard library's, without its log and its traceback of a client that went away."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        pass

    def handle(self) -> None:
        self.raw_requestline = self.rfile.readline(65_537)
        if self.parse_request():
            environ = self.get_environ()
            with self.connection.makefile("wb", buffering=0) as output:
                handler = ServerHandler(self.rfile, output, self.get_stderr(), environ)
                handler.http_version = "1.0"
                handler.run(self.server.get_app())  # type: ignore[attr-defined]  # it is a WSGIServer


@contextmanager
def connected(application: WSGIApplication) -> Iterator[socket.socket]:
    """Ask *application*, with the tag in its pages, and yield the connection."""
    banner = Banner(TAG, NEEDS, lambda _reason: None)

    def gated(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        return insert(banner, application, environ, start_response)

    with make_server("127.0.0.1", 0, gated, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with socket.create_connection(("127.0.0.1", server.server_port), PATIENCE) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            yield client
        thread.join()


class Coding:
    """What packs and unpacks piece by piece, each flushed; or lets pass."""

    def __init__(self, *, is_gzip: bool) -> None:
        self.headers = [("Content-Encoding", "gzip")] if is_gzip else []
        self._packer = zlib.compressobj(wbits=31) if is_gzip else None
        self.unpack = zlib.decompressobj(31).decompress if is_gzip else bytes

    def pack(self, data: bytes, flush: int = zlib.Z_SYNC_FLUSH) -> bytes:
        return self._packer.compress(data) + self._packer.flush(flush) if self._packer else data


@pytest.mark.parametrize("is_gzip", [False, True], ids=["plain", "gzip"])
def test_i21_a_reader_has_the_tag_before_the_platform_goes_on(is_gzip: bool) -> None:
    """The platform waits until its first piece was read; nothing on the way keeps it back."""
    was_read, coding = threading.Event(), Coding(is_gzip=is_gzip)

    def platform(_: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [*HTML, *coding.headers])
        yield coding.pack(PAGE)
        assert was_read.wait(PATIENCE)
        yield coding.pack(b"<p>end", zlib.Z_FINISH)

    with connected(platform) as client:
        body = coding.unpack(_head_less(client))
        while body != TAGGED:
            body += coding.unpack(client.recv(65_536))
        was_read.set()
        rest = b"".join(iter(lambda: client.recv(65_536), b""))
    assert coding.unpack(rest) == b"<p>end"


def _head_less(client: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += client.recv(65_536)
    return received.partition(b"\r\n\r\n")[2]


def test_i34_the_platform_hears_of_a_client_that_goes_away() -> None:
    """An endless page ends when its reader leaves, and the platform can clean up, once."""
    server = Server()
    endless = server.application(_page_without_end())
    with connected(endless) as client:
        _head_less(client)
    assert server.closed == 1


def _page_without_end() -> Iterator[bytes]:
    yield PAGE
    yield from repeat(b"<p>more</p>" * 1000)
