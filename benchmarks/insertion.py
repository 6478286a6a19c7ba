"""The tag's way into a page, against the platform alone; and packing, against zlib alone.

The time until the first byte is what a learner waits for, and must not depend on the
page's size; what follows passes by reference, or through zlib.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import TYPE_CHECKING

from werkzeug.test import EnvironBuilder

from benchmarks.measure import best_microseconds
from benchmarks.requests import Result
from sence_gate.banner import Banner, insert
from sence_gate.csp import Needs
from sence_gate.splice import GzipSplice

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TAG = b'<script src="/_sence/banner.js?v=0123456789" defer></script>'
NEEDS = Needs("https://campus.cl/_sence/banner.js", "https://campus.cl/_sence/estado")
HEAD = b'<!doctype html>\n<html lang="es">\n<head>\n<title>x</title></head><body>'
PIECE = b"<p>lesson</p>" * 5_000  # 65 kB, as files are sent
POLICY = ("Content-Security-Policy", "default-src 'self'; img-src *; script-src 'self' https://cdn.cl")
BANNER = Banner(TAG, NEEDS, lambda _reason: None)


def whole(size: int, *headers: tuple[str, str]) -> WSGIApplication:
    """Return a platform that answers a page of *size* bytes in one item."""
    page = HEAD + bytes(size - len(HEAD))

    def application(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = ("Content-Length", str(size))
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), length, *headers])
        return [page]

    return application


def streamed(size: int) -> WSGIApplication:
    """Return a platform that answers a page of about *size* bytes piece by piece."""

    def application(_: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        yield HEAD
        yield from repeat(PIECE, size // len(PIECE))

    return application


def with_tag(application: WSGIApplication) -> WSGIApplication:
    """Return *application* with the tag in its pages."""
    return lambda environ, start_response: insert(BANNER, application, environ, start_response)


def first_byte(application: WSGIApplication) -> Callable[[], object]:
    """Return a function that asks and reads one item."""
    environ = EnvironBuilder(path="/", base_url="https://campus.cl").get_environ()
    return lambda: next(iter(application(dict(environ), _ignore)))


def to_the_end(application: WSGIApplication) -> Callable[[], object]:
    """Return a function that asks and reads everything."""
    environ = EnvironBuilder(path="/", base_url="https://campus.cl").get_environ()

    def read() -> None:
        for _ in application(dict(environ), _ignore):
            pass

    return read


def _ignore(_status: str, _headers: object, _exc_info: object = None, /) -> Callable[[bytes], object]:
    return len


PLATFORMS = {
    "1 kB": whole(1_000),
    "20 kB": whole(20_000),
    "100 MB in one piece": whole(100_000_000),
    "100 MB in pieces": streamed(100_000_000),
    "1 kB under a policy": whole(1_000, POLICY),
}


def results() -> Iterator[Result]:
    """Measure everything."""
    rivals = {name: first_byte(platform) for name, platform in PLATFORMS.items()}
    rivals |= {f"{name}, tag": first_byte(with_tag(platform)) for name, platform in PLATFORMS.items()}
    best = best_microseconds(rivals, calls=200)
    for name in PLATFORMS:
        yield Result(
            f"tag in a page of {name}, until the first byte", best[f"{name}, tag"] - best[name], 10, "µs"
        )
    stream = PLATFORMS["100 MB in pieces"]
    ends = {"bare": to_the_end(stream), "tag": to_the_end(with_tag(stream))}
    best = best_microseconds(ends, calls=1)
    yield Result("tag in 100 MB in pieces, for each piece", (best["tag"] - best["bare"]) / 1_500, 0.2, "µs")
    for size in (20_000, 200_000):
        best = best_microseconds(packing(size), calls=5)
        yield Result(
            f"gzipped page of {size // 1000} kB, against zlib alone", best["tag"] / best["zlib"], 1.3, "×"
        )


def packing(size: int) -> dict[str, Callable[[], object]]:
    """Return how a gzipped page takes the tag, and its unpacking and packing alone."""
    lines = (b"<p>lesson %d of course %d</p>" % (n * 7919 % 10_007, n % 13) for n in range(size // 28))
    packed = gzip.compress(HEAD + b"".join(lines))

    def tagged() -> None:
        splice = GzipSplice(TAG)
        splice.feed(packed)
        splice.end()

    def alone() -> None:
        packer = zlib.compressobj(wbits=31)
        packer.compress(zlib.decompressobj(31).decompress(packed))
        packer.flush()

    return {"tag": tagged, "zlib": alone}
