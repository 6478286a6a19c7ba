"""What the browser gets of the platform's headers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sence_gate.config import Platform
from sence_gate.proxy.answers import Rewriter
from tests.samples import config

PLATFORM = Platform(upstream="http://127.0.0.1:8080", host="interno.otec.cl")
AUTHORITY = "127.0.0.1:8080"


def _rewritten(name: str, value: str, public_url: str = "https://campus.otec.cl", target: str = "/a") -> str:
    settings = replace(config(platform=PLATFORM), public_url=public_url)
    ((_, told),) = Rewriter(settings, AUTHORITY).headers([(name, value)], 302, target)
    return told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        pytest.param("http://127.0.0.1:8080/b?x#y", "https://campus.otec.cl/b?x#y", id="its own address"),
        pytest.param("http://interno.otec.cl/b", "https://campus.otec.cl/b", id="its own name"),
        pytest.param("HTTP://Campus.OTEC.cl:80/b", "https://campus.otec.cl/b", id="plain http"),
        pytest.param("//127.0.0.1:8080/b", "https://campus.otec.cl/b", id="no scheme"),
        pytest.param("http://127.0.0.1:8080", "https://campus.otec.cl", id="no path"),
        pytest.param("/b?x=http://127.0.0.1:8080/", "/b?x=http://127.0.0.1:8080/", id="relative"),
        pytest.param("http://otro.cl/b", "http://otro.cl/b", id="somebody else's"),
        pytest.param("http://127.0.0.1:8081/b", "http://127.0.0.1:8081/b", id="another port"),
        pytest.param("http://campus.otec.cl.evil/b", "http://campus.otec.cl.evil/b", id="a longer name"),
        pytest.param("ftp://127.0.0.1:8080/b", "ftp://127.0.0.1:8080/b", id="another scheme"),
    ],
)
def test_an_address_of_the_platform_s_own_becomes_the_public_one(value: str, told: str) -> None:
    """No browser is sent to a host that it cannot reach, nor from https to http."""
    assert _rewritten("Location", value) == told
    assert _rewritten("content-location", value) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        pytest.param("5; url=http://127.0.0.1:8080/b", "5; url=https://campus.otec.cl/b", id="usual"),
        pytest.param("0;URL='http://127.0.0.1:8080/b'", "0;URL='https://campus.otec.cl/b'", id="quoted"),
        pytest.param("5", "5", id="reload"),
        pytest.param("5; url=/b", "5; url=/b", id="relative"),
    ],
)
def test_so_does_the_address_of_a_refresh(value: str, told: str) -> None:
    """A page that goes on by itself goes on at the public address."""
    assert _rewritten("Refresh", value) == told


@pytest.mark.parametrize(
    ("target", "told"),
    [
        pytest.param("/lms/a", "https://otec.cl/b", id="the platform knows the mount path"),
        pytest.param("/a", "https://otec.cl/lms/b", id="the front server took it off"),
        pytest.param("/lmsx", "https://otec.cl/lms/b", id="a path that only begins so"),
    ],
)
def test_the_mount_path_is_put_back_where_it_was_taken_off(target: str, told: str) -> None:
    """A platform below a path is found again after a redirect."""
    assert _rewritten("Location", "http://127.0.0.1:8080/b", "https://otec.cl/lms", target) == told


def test_what_belongs_to_the_connection_stays_behind() -> None:
    """Also what Connection names, wherever it stands; Alt-Svc would lead around the gate."""
    headers = [
        ("X-Hop", "1"), ("Connection", "keep-alive, X-Hop"), ("Keep-Alive", "5"), ("Trailer", "X"),
        ("Transfer-Encoding", "chunked"), ("Upgrade", "h2c"), ("Alt-Svc", "h3"), ("Server", "x"),
        ("Date", "x"),
    ]  # fmt: skip
    assert Rewriter(config(platform=PLATFORM), AUTHORITY).headers(headers, 200, "/") == []


def test_k18_cookies_stay_apart_and_in_order() -> None:
    """Two of one name are two, and the browser hears of them in the platform's order."""
    headers = [("Set-Cookie", "a=1"), ("ETag", '"x"'), ("set-cookie", "a=2"), ("Set-Cookie", "b=, 3")]
    assert Rewriter(config(platform=PLATFORM), AUTHORITY).headers(headers, 200, "/") == headers


def test_a_length_stays_but_where_there_can_be_none() -> None:
    """HEAD and 304 keep what GET would say; 204 has no body to measure."""
    rewriter = Rewriter(config(platform=PLATFORM), AUTHORITY)
    length = [("Content-Length", "4")]
    assert [rewriter.headers(length, status, "/") for status in (200, 304, 204)] == [length, length, []]
