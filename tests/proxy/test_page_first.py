"""Pages that name their course, asked for first by the proxy on real servers: what of them is seen."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from sence_gate.demo.servers import simulator
from tests.proxy import paged
from tests.proxy.served import Served, body_of, gate, until_the_end
from tests.upstream.scripted import Scripted, scripted

HEAD = b"HTTP/1.1 200 OK\r\n"
HTML = HEAD + b"Content-Type: text/html; charset=utf-8\r\n"
SECRET = b"La pregunta secreta"
BIG = 64 << 20
ROOM = 24 << 10  # KiB that the server may grow by meanwhile


def page(course: int) -> bytes:
    """Return a page of *course*."""
    return b'<!doctype html><html><head></head><body class="path-mod course-%d"><p>%b</p></body></html>' % (
        course,
        SECRET,
    )


def whole(body: bytes, headers: bytes = b"") -> bytes:
    """Return an answer with its length."""
    return HTML + headers + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def chunks(*pieces: bytes, ends: bool = True) -> bytes:
    """Return an answer in chunks; one that does not end is broken off."""
    framed = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return HTML + b"Transfer-Encoding: chunked\r\n\r\n" + framed + (b"0\r\n\r\n" if ends else b"")


OWN = page(5)
_BEFORE = OWN.index(SECRET)
SAID = {
    b"/mod/own": whole(OWN),
    b"/mod/other": whole(page(7)),
    b"/mod/free": whole(page(1)),
    b"/mod/bytes": chunks(*(OWN[at : at + 1] for at in range(len(OWN)))),
    b"/mod/gzip": whole(gzip.compress(OWN, mtime=0), b"Content-Encoding: gzip\r\n"),
    b"/mod/gzip-other": whole(gzip.compress(page(7), mtime=0), b"Content-Encoding: gzip\r\n"),
    b"/mod/untyped": HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(OWN), OWN),
    b"/mod/untyped-other": HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(page(7)), page(7)),
    b"/mod/file": HEAD + b"Content-Type: application/pdf\r\nContent-Length: 19\r\n\r\n" + SECRET,
    b"/mod/cut-early": chunks(b"<!doctype html><html><head><title>x", ends=False),
    b"/mod/cut-late": chunks(OWN[:-6], ends=False),
    b"/mod/moved": b"HTTP/1.1 302 Found\r\nLocation: /mod/own\r\nContent-Length: 19\r\n\r\n" + SECRET,
    b"/mod/same": b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n',
    b"/mod/gone": b"HTTP/1.1 404 Not Found\r\n" + whole(page(1)).partition(b"\r\n")[2],
    b"/mod/lies": HTML + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nhola",
}


@dataclass(frozen=True)
class Front:
    """A server with the gate, its platform, somebody with a session in the course 5, and leave to go on."""

    served: Served
    platform: Scripted
    server: str
    cookies: str
    go_on: threading.Event

    def ask(self, target: str, headers: str = "", *, method: str = "GET", learner: bool = True) -> bytes:
        """Return what comes for a request, of the learner or of somebody without a session."""
        return paged.asked(self.served, target, self.cookies if learner else "", headers, method=method)

    def lives(self) -> bool:
        """Tell whether the next request is served."""
        return self.ask("/mod/free").startswith(b"HTTP/1.1 200")


@pytest.fixture(name="front", scope="module", params=["serve", "granian", "gunicorn"])
def each_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Return the gate on each server in turn, and a learner who went through the start."""
    go_on = threading.Event()
    folder = tmp_path_factory.mktemp("served")
    with scripted(lambda _: None) as platform, simulator(0, "clave-unica") as sence:

        def answer(sock: socket.socket) -> None:
            target = platform.heads[-1].split(b" ")[1]
            if target == b"/mod/slowly":
                sock.sendall(HTML + b"\r\n" + OWN[:_BEFORE])
                go_on.wait(20)
                sock.sendall(OWN[_BEFORE:])
            elif target.startswith(b"/mod/big"):
                body = page(5) if target.endswith(b"own") else page(7)
                sock.sendall(HTML + b"Content-Length: %d\r\n\r\n%b" % (len(body) + BIG, body))
                _pour(sock)
            else:
                sock.sendall(SAID.get(target, whole(b"<!doctype html><p>hola")))

        platform.scripts = (answer,)
        with gate(platform.url, folder, server=request.param, sence=sence, more=paged.RULES) as served:
            yield Front(served, platform, request.param, paged.cookies_of_a_learner(served), go_on)


def _pour(sock: socket.socket) -> None:
    piece = b"." * (1 << 20)
    try:
        for _ in range(BIG // len(piece)):
            sock.sendall(piece)
    except OSError:  # nobody reads on: the page was thrown away
        return


@pytest.mark.parametrize("path", ["/mod/own", "/mod/bytes", "/mod/untyped"])
def test_the_page_of_the_learner_s_course_comes_whole_with_its_bar(front: Front, path: str) -> None:
    """In one piece or byte by byte."""
    said = front.ask(path)
    assert said.startswith(b"HTTP/1.1 200")
    body = body_of(said)
    assert body.endswith(OWN[-60:])
    assert (b'data-course="excel"' in body) is (path != "/mod/untyped")


def test_a_compressed_page_comes_whole_with_its_bar(front: Front) -> None:
    """It is read on the way, and stays compressed."""
    said = front.ask("/mod/gzip", "Accept-Encoding: gzip\r\n")
    body = gzip.decompress(body_of(said))
    assert b'data-course="excel"' in body
    assert body.endswith(OWN[-60:])


@pytest.mark.parametrize(
    ("path", "learner", "course"),
    [
        ("/mod/own", False, "excel"),
        ("/mod/bytes", False, "excel"),
        ("/mod/other", True, "seguridad"),
        ("/mod/gzip-other", True, "seguridad"),
        ("/mod/untyped-other", True, "seguridad"),
        ("/mod/big-other", True, "seguridad"),
    ],
)
def test_k16_of_the_page_of_another_course_nothing_is_seen(
    front: Front, path: str, learner: bool, course: str
) -> None:
    """The learner is led to the start of the course that the page named."""
    said = front.ask(path, "Accept-Encoding: gzip\r\n", learner=learner)
    assert paged.leads_to_the_start(said, course, SECRET)
    assert front.lives()


def test_a_page_of_no_course_comes_byte_for_byte(front: Front) -> None:
    """Without a bar, for whoever asks."""
    for learner in (True, False):
        assert body_of(front.ask("/mod/free", learner=learner)) == page(1)


def test_a_file_follows_the_rule_without_page(front: Front) -> None:
    """It names nothing: a session in any course opens it, and nobody without one sees it."""
    assert front.ask("/mod/file").endswith(SECRET)
    refused = front.ask("/mod/file", learner=False)
    assert (refused[:12], SECRET in refused) == (b"HTTP/1.1 303", False)


def test_an_error_page_keeps_its_status(front: Front) -> None:
    """A page that is not there is not there."""
    assert front.ask("/mod/gone").startswith(b"HTTP/1.1 404")


@pytest.mark.parametrize("learner", [True, False])
def test_a_redirect_within_the_site_passes_without_its_body(front: Front, learner: bool) -> None:
    """Where it leads is judged by itself."""
    said = front.ask("/mod/moved", learner=learner)
    assert said.startswith(b"HTTP/1.1 302")
    assert (b"location: /mod/own" in said.lower(), SECRET in said) == (True, learner)


def test_a3_a_copy_in_the_browser_is_not_shown_without_asking(front: Front) -> None:
    """The platform is asked without the validators, so that it must send the page."""
    front.ask("/mod/other", 'If-None-Match: "1"\r\nRange: bytes=0-3\r\n')
    head = front.platform.heads[-1].lower()
    assert b"if-none-match" not in head


@pytest.mark.parametrize("learner", [True, False])
def test_a_page_that_breaks_off_before_its_body_is_no_page(front: Front, learner: bool) -> None:
    """Nothing is shown to somebody without a session, and to nobody as if it were whole."""
    said = front.ask("/mod/cut-early", learner=learner)
    assert not said or said.startswith((b"HTTP/1.1 303", b"HTTP/1.1 502"))
    assert front.lives()


def test_a_page_that_breaks_off_later_is_broken_off(front: Front) -> None:
    """Half a page never ends as a page does."""
    said = front.ask("/mod/cut-late")
    # On a busy machine granian breaks off before it has sent what it was given.
    assert SECRET in said or (front.server == "granian" and not said)
    assert not said.endswith(b"0\r\n\r\n")
    assert front.lives()


def test_a_platform_that_lies_is_a_502_and_the_worker_lives(front: Front) -> None:
    """As everywhere else behind the proxy."""
    assert front.ask("/mod/lies").startswith(b"HTTP/1.1 502")
    assert front.lives()


def test_the_page_goes_on_before_it_is_finished(front: Front) -> None:
    """It is held until its `<body …>` tag, and not a byte longer."""
    with socket.create_connection(("127.0.0.1", front.served.port), timeout=20) as sock:
        head = "GET /mod/slowly HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        sock.sendall(f"{head}Cookie: {front.cookies}\r\n\r\n".encode())
        received = b""
        while b"course-5" not in received:
            received += sock.recv(65_536)
        assert SECRET not in received
        front.go_on.set()
        assert SECRET in until_the_end(sock)
    front.go_on.clear()


def test_a_big_page_comes_whole_and_costs_no_memory(front: Front) -> None:
    """What stands behind the tag passes in a stream."""
    before = front.served.peak()
    assert len(body_of(front.ask("/mod/big-own"))) >= BIG
    assert front.served.peak() - before < ROOM


def test_g1_two_at_once_see_their_own(front: Front) -> None:
    """What is held back for the one is never given to the other."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: front.ask("/mod/own", learner=bool(number % 2)), range(48)))
    shown = [SECRET in said for said in answers]
    assert shown == [bool(number % 2) for number in range(48)]


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT"])
def test_m1_what_is_not_a_get_is_not_asked_first(front: Front, method: str) -> None:
    """Without a session the platform does not hear of it."""
    asked = len(front.platform.heads)
    said = front.ask("/mod/own", "Content-Length: 0\r\n", method=method, learner=False)
    assert said.startswith((b"HTTP/1.1 303", b"HTTP/1.1 401", b"HTTP/1.1 403"))
    assert len(front.platform.heads) == asked
