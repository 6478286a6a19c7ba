"""The platform behind the front servers: the campus of the demonstration, and two things more.

What ends in `/eco` is told back as it arrived; a WebSocket is opened by hand and sends
every byte back. Everything that reaches the platform is kept.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

from sence_gate.demo.platform import Campus
from tests.ports import LOOPBACK

if TYPE_CHECKING:
    from socket import socket
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

MARK = "LA PLATAFORMA"
NAMES = "tests.header_names"
_ACCEPTED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


class Platform:
    """A WSGI application that keeps the targets it was asked for."""

    def __init__(self) -> None:
        self.targets: list[str] = []
        self._campus = Campus(key="the campus of the doors", pause=0)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        self.targets.append(environ["RAW_URI"])
        if "websocket" in environ.get("HTTP_UPGRADE", ""):
            return _send_back(environ["werkzeug.socket"])
        if not environ["PATH_INFO"].endswith("/eco"):
            return self._campus(environ, start_response)
        headers = {key: value for key, value in environ.items() if key.startswith(("HTTP_", "CONTENT_"))}
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
        told = {"mark": MARK, "method": environ["REQUEST_METHOD"], "body": body, "headers": headers}
        told["names"] = environ[NAMES]
        start_response("200 OK", [("Content-Type", "application/json"), ("Cache-Control", "public")])
        return [json.dumps(told).encode()]


def _send_back(connection: socket) -> Iterable[bytes]:
    connection.sendall(_ACCEPTED)
    while piece := connection.recv(1_024):
        connection.sendall(piece)
    raise ConnectionAbortedError  # the development server has nothing to add


class _Handler(WSGIRequestHandler):
    """Tell the names of the headers as they came: this server drops those with an underscore."""

    def make_environ(self) -> WSGIEnvironment:
        return super().make_environ() | {NAMES: [name.lower() for name in self.headers]}


@contextmanager
def served(application: WSGIApplication, port: int) -> Iterator[None]:
    """Serve *application* from threads of this process until the block ends."""
    server = make_server(LOOPBACK, port, application, threaded=True, request_handler=_Handler)
    server.daemon_threads = True  # type: ignore[attr-defined]  # of the threading mix-in
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
