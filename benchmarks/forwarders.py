"""What the proxy is measured against: a platform's page, and the least that a forwarder with urllib3 does."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import urllib3

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PAGE = (
    b"<!doctype html><html><head><title>x</title></head><body>" + b"<p>lesson</p>" * 1_500 + b"</body></html>"
)
PIECE = 64 * 1024
_POOL = urllib3.PoolManager(maxsize=32, retries=False)
_UPSTREAM = os.environ.get("BENCH_UPSTREAM", "")


def platform(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with a page of 20 kB."""
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(PAGE)))])
    return [PAGE]


def forwarder(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Pass a request and its answer on, and look at neither."""
    headers = {key[5:].replace("_", "-"): value for key, value in environ.items() if key.startswith("HTTP_")}
    answer = _POOL.request(
        environ["REQUEST_METHOD"],
        _UPSTREAM + environ["PATH_INFO"],
        headers=headers,
        redirect=False,
        preload_content=False,
    )
    dropped = {"connection", "date", "server"}
    start_response(
        f"{answer.status} {answer.reason}",
        [(name, value) for name, value in answer.headers.items() if name.lower() not in dropped],
    )
    return _pieces(answer)


def _pieces(answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    while piece := answer.read(PIECE, decode_content=False):
        yield piece
    answer.release_conn()
