"""The recipe for a proxy with TLS in front: nginx runs the very file of the examples."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.doors.servers import nginx_with
from tests.ports import free_port
from tests.proxy.served import gate, until_the_end
from tests.stores.redis.servers import certificates
from tests.upstream.scripted import Scripted, says, scripted

EXAMPLE = Path(__file__).parents[2] / "examples/reverse_proxy/nginx.conf"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 4\r\n\r\nhola"
ASK = b"GET %b HTTP/1.1\r\nHost: campus.otec.cl\r\nAccept: text/html\r\nConnection: close\r\n%b\r\n"


@dataclass(frozen=True)
class Front:
    """nginx with TLS on a port, before a gate and a platform."""

    port: int
    platform: Scripted

    def ask(self, target: bytes, headers: bytes = b"") -> bytes:
        """Return what comes for a GET."""
        with self.connected() as sock:
            sock.sendall(ASK % (target, headers))
            return until_the_end(sock)

    def connected(self) -> ssl.SSLSocket:
        """Return a connection that nothing was said on yet."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.port), timeout=20))


@pytest.fixture(name="front", scope="module")
def nginx_in_front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Return nginx, the gate and a platform as the recipe puts them."""
    folder, home = tmp_path_factory.mktemp("gate"), tmp_path_factory.mktemp("nginx")
    papers, port = certificates(home), free_port()
    with (
        pytest.MonkeyPatch.context() as patch,
        scripted(says(OK)) as platform,
    ):
        patch.setenv("SENCE_GATE_TRUSTED_PROXIES", "127.0.0.1")
        with gate(platform.url, folder) as served:
            text = EXAMPLE.read_text(encoding="utf-8")
            for written, real in (
                ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
                ("/etc/ssl/campus.otec.cl.pem", str(papers.cert)),
                ("/etc/ssl/campus.otec.cl.key", str(papers.key)),
                ("127.0.0.1:8000", f"127.0.0.1:{served.port}"),
            ):
                assert written in text
                text = text.replace(written, real)
            (home / "campus.conf").write_text(text, encoding="utf-8")
            with nginx_with(home, "campus.conf", port):
                yield Front(port, platform)


def test_the_platform_sees_what_the_browser_sent(front: Front) -> None:
    """Two proxies on the way, and the address is byte by byte the browser's."""
    assert front.ask(b"/a%2fb/../%63?x=%20").endswith(b"hola")
    head = front.platform.heads[-1]
    assert head.startswith(b"GET /a%2fb/../%63?x=%20 HTTP/1.1\r\nHost: campus.otec.cl\r\n")


def test_m6_slow_uploads_keep_nobody_waiting(front: Front) -> None:
    """nginx takes them whole, and the eight threads of the gate are there for the others."""
    with ExitStack() as stack:
        for _ in range(20):
            slow = stack.enter_context(front.connected())
            slow.sendall(
                b"POST /a HTTP/1.1\r\nHost: campus.otec.cl\r\nContent-Length: 100000\r\n\r\n" + b"a" * 900
            )
        assert front.ask(b"/b").endswith(b"hola")


def test_h3_the_learner_s_address_is_told_and_cannot_be_forged(front: Front) -> None:
    """nginx says who asked it, the gate who asked the gate; a visitor's own word is gone."""
    front.ask(b"/a", b"X-Forwarded-For: 192.0.2.1\r\n")
    assert b"X-Forwarded-For: 127.0.0.1, 127.0.0.1\r\n" in front.platform.heads[-1]


def test_a_course_is_guarded_behind_it(front: Front) -> None:
    """Also in a spelling that nginx hands on as it is."""
    for path in (b"/cursos/excel/1", b"/publico/..%2fcursos/excel/1", b"//cursos/excel/1"):
        assert front.ask(path).startswith(b"HTTP/1.1 303")
