"""One question to a platform by HTTP, on real sockets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import create_environ

from sence_gate.errors import IdentityUnavailable
from sence_gate.forwarded import Forwarded
from sence_gate.learners import Claim, Standing
from sence_gate.learners.asking import MOST, Ask, over_http
from sence_gate.learners.sources import peer_of
from sence_gate.learners.whoami import as_json, reader
from sence_gate.upstream import Upstream
from tests.upstream.scripted import Script, says, scripted, waits

GOOD = b'HTTP/1.1 200 OK\r\nContent-Length: 21\r\nConnection: close\r\n\r\n{"user":"12345678-5"}'
VISITOR = create_environ(
    "/cursos/excel/quiz",
    "https://campus.otec.cl",
    method="POST",
    headers={"Cookie": "sid=1; sid=2", "User-Agent": "Navegador", "Range": "bytes=0-1", "X-Sence-Run": "1-9"},
    environ_base={"REMOTE_ADDR": "192.0.2.7"},
)


def asks(url: str, host: str = "", seconds: float = 5) -> Ask:
    """Return what asks the platform at *url*."""
    forwarded = Forwarded("https://campus.otec.cl", host, (peer_of("10.0.0.0/8"),))
    return over_http(Upstream(url, seconds=seconds), "/api/me?a=b%2fc", forwarded, seconds)


def test_what_shows_the_visitor_goes_along_and_nothing_else() -> None:
    """As the pages of the platform are asked for: the browser's Host, the public scheme."""
    with scripted(says(GOOD)) as platform:
        assert asks(platform.url)(VISITOR).body == b'{"user":"12345678-5"}'
    lines = platform.heads[0].decode().strip().split("\r\n")
    assert lines[0] == "GET /api/me?a=b%2fc HTTP/1.1"
    assert {line.lower() for line in lines[1:]} == {
        "host: campus.otec.cl",
        "accept: application/json, text/html;q=0.9, */*;q=0.5",
        "cookie: sid=1; sid=2",
        "user-agent: navegador",
        "x-forwarded-for: 192.0.2.7",
        "x-forwarded-host: campus.otec.cl",
        "x-forwarded-proto: https",
        "x-forwarded-port: 443",
        'forwarded: for=192.0.2.7;host="campus.otec.cl";proto=https',
    }


@pytest.mark.parametrize(
    ("peer", "hops"),
    [
        pytest.param("192.0.2.7", b"192.0.2.7", id="H3 a visitor's word"),
        pytest.param("10.0.0.1", b"198.51.100.1, 10.0.0.1", id="a proxy's word"),
    ],
)
def test_h3_the_visitor_s_address_is_the_one_of_the_pages(peer: str, hops: bytes) -> None:
    """A platform that ties sessions to addresses would see nobody here and the learner there."""
    with scripted(says(GOOD)) as platform:
        asks(platform.url)(VISITOR | {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": "198.51.100.1"})
    assert b"\r\nX-Forwarded-For: " + hops + b"\r\n" in platform.heads[0]


def test_the_host_of_the_platform_may_be_another() -> None:
    """As `platform.host` says."""
    with scripted(says(GOOD)) as platform:
        asks(platform.url, "campus.interno")(VISITOR)
    assert b"\r\nHost: campus.interno\r\n" in platform.heads[0]


def test_a_redirect_is_never_followed() -> None:
    """The login page would be read as somebody's name."""
    moved = b"HTTP/1.1 303 See Other\r\nLocation: /login\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    with scripted(says(moved), says(GOOD)) as platform:
        assert reader(asks(platform.url), as_json, "/user")(VISITOR) is Standing.NOBODY
        assert platform.connections == 1


def drips(sock: Any) -> None:
    """Send a byte now and then, for ever."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        sock.sendall(b" ")
        time.sleep(0.02)


def floods(sock: Any) -> None:
    """Send without end."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        sock.sendall(b" " * 65_536)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(waits(1), id="silent"),
        pytest.param(drips, id="dripping"),
        pytest.param(floods, id="without end"),
        pytest.param(says(b""), id="closing"),
        pytest.param(says(b"SSH-2.0-OpenSSH\r\n\r\n"), id="another service"),
        pytest.param(says(GOOD[:-3]), id="broken off"),
        pytest.param(says(GOOD.replace(b"Length: 21", b"Length: 21\r\nContent-Length: 3")), id="two lengths"),
    ],
)
def test_a_platform_that_does_not_answer_is_not_nobody(script: Script) -> None:
    """Within the seconds given, whatever it sends."""
    with scripted(script) as platform, pytest.raises(IdentityUnavailable):
        reader(asks(platform.url, seconds=0.5), as_json, "/user")(VISITOR)


def test_an_answer_is_read_up_to_a_bound() -> None:
    """Whatever the platform sends, memory stays small."""
    with scripted(floods) as platform:
        assert len(asks(platform.url)(VISITOR).body) == MOST + 1


def test_a_platform_that_is_away_is_not_nobody() -> None:
    """Refused at once."""
    with scripted(says(GOOD)) as platform:
        gone = platform.url
    with pytest.raises(IdentityUnavailable):
        asks(gone)(VISITOR)


@pytest.fixture(name="named")
def named_visitor() -> Iterator[Claim]:
    """Return what a platform says of somebody."""
    with scripted(says(GOOD)) as platform:
        claim = reader(asks(platform.url), as_json, "/user")(VISITOR)
        assert isinstance(claim, Claim)
        yield claim


def test_the_answer_names_the_visitor(named: Claim) -> None:
    """As in process."""
    assert named.name == "12345678-5"


@pytest.mark.parametrize("value", ["sid=1\r\nX-Evil: 1", "sid=1\x00", "sid=\u0142"])
def test_r8_a_header_that_cannot_be_written_is_refused(value: str) -> None:
    """No line of a visitor's becomes a line of our question."""
    with scripted(says(GOOD)) as platform:
        with pytest.raises(IdentityUnavailable):
            asks(platform.url)(VISITOR | {"HTTP_COOKIE": value})
        assert platform.heads == []
