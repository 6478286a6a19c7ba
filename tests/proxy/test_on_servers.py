"""The proxy on real servers: what stands on the wire in front and behind."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from queue import Queue

import pytest

from tests.proxy.served import Served, gate, until_the_end
from tests.upstream.scripted import Scripted, scripted

HEAD = b"HTTP/1.1 200 OK\r\n"
SAID = {
    b"/chunks-cut": HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\nhola\r\n",
    b"/chunks-bad": HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\nhola\r\nzz\r\n",
    b"/length-cut": HEAD + b"Content-Length: 9\r\n\r\nhola",
    b"/two-lengths": HEAD + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nhola",
    b"/both": HEAD + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"/old": b"hola",
    b"/huge": HEAD + b"X-Many: x\r\n" * 700_000 + b"\r\n",
    b"/storm": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 10_000,
    b"/gone": b"",
    b"/head-alone": HEAD + b"Content-Length: 9\r\n\r\n",
    b"/control": b"HTTP/1.1 200 O\x01K\r\nX-A: a\x1bb\r\nContent-Length: 4\r\n\r\nhola",
    b"/named": HEAD + b'Content-Disposition: attachment; filename="a\xc3\xb1o"\r\nContent-Length: 0\r\n\r\n',
}
OK = HEAD + b"Content-Length: 4\r\nConnection: close\r\n\r\nhola"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: a\r\n"
LENGTH = b"Content-Length: 4\r\n"


@dataclass(frozen=True)
class Front:
    """A server with the gate, its platform, its name, what was uploaded, and leave to go on."""

    served: Served
    platform: Scripted
    server: str
    uploads: Queue[bytes]
    go_on: threading.Event

    def ask(self, target: bytes = b"/a", headers: bytes = b"") -> bytes:
        """Return what comes for a GET."""
        head = b"GET %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%b\r\n"
        return self.served.say(head % (target, headers), 30)

    def lives(self) -> bool:
        """Tell whether the next request is served."""
        return self.ask().startswith(b"HTTP/1.1 200")


def _upload(sock: socket.socket) -> bytes:
    received = b""
    while not received.endswith(b"\r\n0\r\n\r\n") and (data := sock.recv(65_536)):
        received += data
    return received


@pytest.fixture(name="front", scope="module", params=["serve", "granian"])
def each_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Return the gate on each server in turn, before a platform that answers by path."""
    uploads: Queue[bytes] = Queue()
    go_on = threading.Event()
    with scripted(lambda _: None) as platform:

        def answer(sock: socket.socket) -> None:
            target = platform.heads[-1].split(b" ")[1]
            if target == b"/upload":
                uploads.put(_upload(sock))
            if target == b"/slowly":
                sock.sendall(HEAD + b"\r\nho")
                go_on.wait(20)
            sock.sendall(SAID.get(target, OK))

        platform.scripts = (answer,)
        with gate(platform.url, tmp_path_factory.mktemp("served"), server=request.param) as served:
            yield Front(served, platform, request.param, uploads, go_on)


@pytest.mark.parametrize(
    "path", [b"/two-lengths", b"/both", b"/old", b"/huge", b"/storm", b"/gone", b"/head-alone"]
)
def test_a_platform_that_lies_is_a_502_and_the_worker_lives(front: Front, path: bytes) -> None:
    """Whatever it says, the learner reads a page and the next request is served."""
    assert front.ask(path).startswith(b"HTTP/1.1 502")
    assert front.lives()


@pytest.mark.parametrize("path", [b"/chunks-cut", b"/chunks-bad", b"/length-cut"])
def test_what_breaks_off_is_broken_off(front: Front, path: bytes) -> None:
    """Half a page never ends as a page does; older granians cannot say it of chunks (docs/deploy.md)."""
    said = front.ask(path)
    head, _, body = said.partition(b"\r\n\r\n")
    is_whole = body.endswith(b"0\r\n\r\n") if b"chunked" in head.lower() else len(body) == 9
    assert b"hola" in body or not body
    assert not is_whole or (front.server == "granian" and path != b"/length-cut")
    assert front.lives()


@pytest.mark.parametrize(
    ("request_", "on_granian"),
    [
        pytest.param(POST + LENGTH + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"200", id="both"),
        pytest.param(POST + LENGTH + b"Content-Length: 5\r\n\r\nhola", b"400", id="two lengths"),
        pytest.param(POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", b"400", id="TE unknown"),
        pytest.param(POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", b"400", id="TE with a blank"),
        pytest.param(POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", b"400", id="TE folded"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", b"200", id="bad chunk"),
        pytest.param(POST + b"Content-Length: -1\r\n\r\n", b"400", id="negative length"),
        pytest.param(POST + b"Content-Length: +4\r\n\r\nhola", b"400", id="signed length"),
        pytest.param(b"GET /" + b"a" * 65_536 + b" HTTP/1.1\r\nHost: a\r\n\r\n", b"414", id="P32 64 kB path"),
        pytest.param(POST + b"Cookie: " + b"x=y; " * 200_000 + b"\r\n\r\n", b"431", id="1 MB of cookies"),
    ],
)
def test_h11_no_request_is_read_in_two_ways(front: Front, request_: bytes, on_granian: bytes) -> None:
    """It is refused, or goes on in one framing; what hides behind it is no request of its own."""
    asked = len(front.platform.heads)
    said = b""
    with suppress(ConnectionResetError, BrokenPipeError):  # refused before all of it was sent
        said = front.served.say(request_ + SMUGGLED)
    expected = on_granian if front.server == "granian" else b""
    assert not said or said.startswith((b"HTTP/1.1 4", b"HTTP/1.1 501", b"HTTP/1.1 " + (expected or b"4")))
    new = front.platform.heads[asked:]
    assert [head for head in new if b"/smuggled" in head or b"Transfer-Encoding" in head] == []
    assert front.lives()


def test_what_no_server_writes_is_written_as_a_blank(front: Front) -> None:
    """A control character in a header of the platform's is not the end of the page."""
    said = front.ask(b"/control")
    assert (said.startswith(b"HTTP/1.1 200"), said.endswith(b"hola"), b"a b" in said) == (True, True, True)


def test_200_cookies_reach_the_platform(front: Front) -> None:
    """A platform that keeps much in cookies keeps working."""
    cookies = b"; ".join(b"c%d=v" % number for number in range(200))
    assert front.ask(b"/a", b"Cookie: " + cookies + b"\r\n").startswith(b"HTTP/1.1 200")
    assert b"Cookie: " + cookies in front.platform.heads[-1]


def test_cookies_in_several_headers_stay_apart(front: Front) -> None:
    """A front server that speaks HTTP/2 may pass each on by itself; a comma would make one of two."""
    front.ask(b"/a", b"Cookie: a=1\r\nX-A: b\r\nCookie: b=2\r\n")
    (cookies,) = re.findall(rb"\r\nCookie: (.*)\r\n", front.platform.heads[-1])
    assert cookies.replace(b" ", b"") == b"a=1;b=2"


def test_the_gate_s_cookies_leave_room_for_the_platform_s(front: Front) -> None:
    """A learner whose platform keeps 8 kB in cookies is not shut out by ours (a bare 431)."""
    ours = b"; ".join(b"_sence-a-%08d=%b" % (number, b"x" * 1_500) for number in range(4))
    answer = front.ask(b"/a", b"Cookie: " + ours + b"; a=" + b"y" * 8_000 + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"_sence" not in front.platform.heads[-1]


def test_p8_the_address_travels_as_the_browser_sent_it(front: Front) -> None:
    """Byte by byte under `serve`; granian has decoded it, and it is written again to read the same."""
    front.ask(b"/a%2fb//..;x/%63?x=%20&y")
    expected = b"/a/b//..;x/c?x=%20&y" if front.server == "granian" else b"/a%2fb//..;x/%63?x=%20&y"
    assert front.platform.heads[-1].split(b" ")[1] == expected


def test_a_file_keeps_its_name_beyond_ascii(front: Front) -> None:
    """Platforms write names in UTF-8; granian does so once more, as docs/deploy.md tells."""
    name = b"a\xc3\x83\xc2\xb1o" if front.server == "granian" else b"a\xc3\xb1o"
    assert b'filename="' + name + b'"' in front.ask(b"/named")


@pytest.mark.parametrize(
    "name", [b"X-Sence-Run", b"X_Sence_Run", b"x-SENCE-run", b"X_SENCE-Run", b"X.Sence.Run"]
)
def test_h6_nobody_says_for_the_gate_who_is_there(front: Front, name: bytes) -> None:
    """In no spelling, on no path, by no method, not twice."""
    for method in (b"GET", b"OPTIONS"):
        forged = b"%b: 1-9\r\n%b: 2-7\r\n" % (name, name)
        front.served.say(b"%b /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%b\r\n" % (method, forged))
        head = front.platform.heads[-1].lower().replace(b"_", b"-").replace(b".", b"-")
        assert (head.count(b"x-sence-run"), b"1-9" in head, b"2-7" in head) == (1, False, False)


def test_m6_a_guarded_upload_is_refused_before_it_is_sent(front: Front) -> None:
    """Nobody waits for a gigabyte to hear that a start is due."""
    head = b"POST /cursos/excel/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1073741824\r\n\r\n"
    asked = len(front.platform.heads)
    with socket.create_connection(("127.0.0.1", front.served.port), timeout=20) as sock:
        sock.sendall(head + b"x" * 1_000)
        assert sock.recv(100).startswith(b"HTTP/1.1 401")
    assert len(front.platform.heads) == asked


def test_an_upload_that_breaks_off_is_not_passed_on_as_whole(front: Front) -> None:
    """The platform sees the connection end, and not a short file."""
    with socket.create_connection(("127.0.0.1", front.served.port), timeout=20) as sock:
        sock.sendall(POST.replace(b"/a", b"/upload") + b"Content-Length: 9000000\r\n\r\nhola")
        sock.shutdown(socket.SHUT_WR)
        assert until_the_end(sock).startswith(b"HTTP/1.1 400")
    assert front.uploads.get(timeout=10) == b"hola"
    assert front.lives()


def test_an_upload_in_chunks_goes_on_in_chunks(front: Front) -> None:
    """Framed anew, and whole."""
    said = front.served.say(
        POST.replace(b"/a", b"/upload") + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2;x=y\r\nho\r\n2\r\nla\r\n0\r\nX-Trailer: 1\r\n\r\n"
    )
    assert said.startswith(b"HTTP/1.1 200")
    assert re.sub(rb"\r\n|\b\d\b", b"", front.uploads.get(timeout=10)) == b"hola"


def test_a_piece_reaches_the_browser_before_the_next_one_is_made(front: Front) -> None:
    """A platform that tells its progress, or sends events, is not held back."""
    with socket.create_connection(("127.0.0.1", front.served.port), timeout=20) as sock:
        sock.sendall(b"GET /slowly HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        received = b""
        while b"ho" not in received.partition(b"\r\n\r\n")[2]:
            received += sock.recv(65_536)
        front.go_on.set()
        assert b"hola" in until_the_end(sock)
