"""The ways to the platform: verified TLS and unix sockets."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sence_gate.errors import ConfigurationError, UpstreamAway, UpstreamBrokeOff
from sence_gate.upstream import Question, Upstream
from tests.stores.redis.servers import Certificates, certificates
from tests.upstream.conftest import To

QUESTION = Question("GET", "/", [("Host", "campus.cl")])
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhola"
UNTIL_THE_END = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhola"


@pytest.fixture(name="papers", scope="module")
def made_certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Return a certificate for 127.0.0.1, and who signed it."""
    return certificates(tmp_path_factory.mktemp("papers"))


@contextmanager
def _secure(papers: Certificates, said: bytes, *, says_goodbye: bool = True) -> Iterator[int]:
    """Run a platform with TLS for one connection, and give its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(papers.cert, papers.key)

    def serve() -> None:
        try:
            with context.wrap_socket(server.accept()[0], server_side=True) as sock:
                sock.recv(65_536)
                sock.sendall(said)
                if says_goodbye:
                    sock.unwrap()
        except OSError:
            return  # the other side did not like the certificate

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)


def _read(upstream: Upstream) -> bytes:
    with upstream.ask(QUESTION) as answer:
        return b"".join(answer)


def test_a_platform_with_a_certificate_of_the_operator_s_authority_is_asked(
    papers: Certificates, to: To
) -> None:
    """A platform on another host can have the OTEC's own authority."""
    with _secure(papers, OK, says_goodbye=False) as port:
        assert _read(to(f"https://127.0.0.1:{port}", ca=str(papers.ca))) == b"hola"


@pytest.mark.parametrize(
    ("host", "is_known", "told"),
    [
        pytest.param("127.0.0.1", False, "unable to get local issuer", id="nobody's authority"),
        pytest.param("localhost", True, "Hostname mismatch", id="another host"),
    ],
)
def test_a_platform_that_cannot_prove_who_it_is_is_not_asked(
    papers: Certificates, to: To, host: str, is_known: bool, told: str
) -> None:
    """Whoever stands in between hears no cookie, and the log says what is wrong."""
    with _secure(papers, OK) as port, pytest.raises(UpstreamAway, match=told):
        to(f"https://{host}:{port}", ca=str(papers.ca) if is_known else "").ask(QUESTION)


@pytest.mark.parametrize("is_cut", [False, True])
def test_an_end_that_tls_did_not_announce_is_no_end(papers: Certificates, to: To, is_cut: bool) -> None:
    """A page without a length that somebody cuts on the way does not pass for whole."""
    with _secure(papers, UNTIL_THE_END, says_goodbye=not is_cut) as port:
        upstream = to(f"https://127.0.0.1:{port}", ca=str(papers.ca))
        if is_cut:
            with pytest.raises(UpstreamBrokeOff):
                _read(upstream)
        else:
            assert _read(upstream) == b"hola"


@pytest.mark.parametrize(
    "content", [pytest.param(None, id="no file"), pytest.param("hola", id="no certificates")]
)
def test_certificates_that_cannot_be_read_are_a_fault_of_the_settings(
    tmp_path: Path, content: str | None
) -> None:
    """It is told at the start, and not when the first learner comes."""
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"platform\.ca: .* cannot be read"):
        Upstream("https://127.0.0.1", ca=str(path))


def test_a_platform_on_a_unix_socket_is_asked(tmp_path: Path, to: To) -> None:
    """A platform of the same host needs no port that others could reach."""
    path = tmp_path / "campus.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        upstream = to(f"unix://{path}")
        thread = threading.Thread(target=lambda: _answer_one(server))
        thread.start()
        assert _read(upstream) == b"hola"
        thread.join(10)


def _answer_one(server: socket.socket) -> None:
    with server.accept()[0] as sock:
        sock.recv(65_536)
        sock.sendall(OK)
