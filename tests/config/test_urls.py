"""One spelling for each address, and nothing in a public address that does not belong there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sence_gate.config.urls import (
    absolute_store,
    is_loopback,
    normal_origin,
    normal_url,
    store_faults,
)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        pytest.param("https://campus.otec.cl", "https://campus.otec.cl", id="normal already"),
        pytest.param("HTTPS://Campus.OTEC.cl/", "https://campus.otec.cl", id="capitals and slash"),
        pytest.param(
            "https://otec.cl:443/Campus/", "https://otec.cl/Campus", id="own port; path keeps its case"
        ),
        pytest.param("http://localhost:80", "http://localhost", id="own port of http"),
        pytest.param("https://otec.cl:8443", "https://otec.cl:8443", id="another port"),
        pytest.param("http://otec.cl:443", "http://otec.cl:443", id="the port of the other scheme"),
        pytest.param("https://otec.cl:", "https://otec.cl", id="colon without port"),
        pytest.param("https://capacitación.cl", "https://xn--capacitacin-zeb.cl", id="international name"),
        pytest.param("https://ÑANDÚ.cl", "https://xn--and-6ma2c.cl", id="international capitals"),
        pytest.param("https://[2001:DB8:0::1]:8443/x", "https://[2001:db8::1]:8443/x", id="IPv6"),
        pytest.param("https://192.0.2.7", "https://192.0.2.7", id="IPv4"),
        pytest.param("https://my_host.cl", "https://my_host.cl", id="underscore"),
    ],
)
def test_an_address_has_one_spelling(text: str, normal: str) -> None:
    """What browsers write in Origin is what is compared with."""
    assert normal_url(text) == (normal, ())


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("campus.otec.cl", "https://", id="no scheme"),
        pytest.param("ftp://otec.cl", "https://", id="another scheme"),
        pytest.param("javascript:alert(1)", "https://", id="no web address"),
        pytest.param("https://", "names no host", id="no host"),
        pytest.param("https:///campus", "names no host", id="path without host"),
        pytest.param("https://otec.cl.", "names no host", id="dot at the end"),
        pytest.param("https://a..cl", "names no host", id="empty label"),
        pytest.param("https://-a.cl", "names no host", id="dash first"),
        pytest.param(f"https://{'a' * 64}.cl", "names no host", id="long label"),
        pytest.param("https://" + "a." * 130 + "cl", "names no host", id="long name"),
        pytest.param("https://127.1", "names no host", id="short IPv4"),
        pytest.param("https://otec.0x7f", "names no host", id="number in another base"),
        pytest.param("https://[fe80::1%25eth0]", "n", id="zone of IPv6"),
        pytest.param("https://otec.cl:0", "names no host", id="port 0"),
        pytest.param("https://otec.cl:99999", "is not an address", id="port too large"),
        pytest.param("https://otec.cl:x", "is not an address", id="port in letters"),
        pytest.param("https://[::1", "is not an address", id="open bracket"),
        pytest.param("https://user@otec.cl", "a user or a password", id="user"),
        pytest.param("https://:@otec.cl", "a user or a password", id="empty user"),
        pytest.param("https://otec.cl?x=1", "a query or a fragment", id="query"),
        pytest.param("https://otec.cl?", "a query or a fragment", id="empty query"),
        pytest.param("https://otec.cl/#", "a query or a fragment", id="empty fragment"),
        pytest.param("https://otec.cl/a//b", "unusual path", id="double slash"),
        pytest.param("https://otec.cl/a/../b", "unusual path", id="dot segment"),
        pytest.param("https://otec.cl/./", "unusual path", id="dot at the end"),
        pytest.param("https://otec.cl/a%2fb", "unusual path", id="percent"),
        pytest.param("https://otec.cl/a;b", "unusual path", id="params"),
        pytest.param("https://otec.cl/año", "unusual path", id="not ASCII"),
        pytest.param("https://otec.cl\\@evil.cl", "backslash", id="backslash"),
        pytest.param("https://otec.cl\n", "blank", id="line end"),
        pytest.param(" https://otec.cl", "blank", id="blank"),
        pytest.param("https://otec.cl/\x00", "invisible", id="NUL"),
    ],
)
def test_an_address_that_browsers_could_read_otherwise_is_refused(text: str, fault: str) -> None:
    """Whatever is not plainly scheme, host, port and path is told, not dropped."""
    url, faults = normal_url(text)
    assert url == ""
    assert any(fault in each for each in faults)


def test_all_faults_of_an_address_are_told() -> None:
    """One correction is enough."""
    _, faults = normal_url("ftp://u@otec.cl/a//b?x")
    assert len(faults) == 4


@given(st.text(max_size=30).map(lambda rest: f"https://{rest}") | st.text(max_size=30))
def test_what_is_normal_stays_so(text: str) -> None:
    """No input raises, and the normal spelling of a normal address is itself."""
    url, faults = normal_url(text)
    assert bool(url) != bool(faults)
    assert not url or normal_url(url) == (url, ())


def test_an_origin_has_no_path() -> None:
    """An Origin header never has one, so that a longer value would never be equal."""
    assert normal_origin("https://Sistemas.SENCE.cl:443/") == ("https://sistemas.sence.cl", ())
    assert normal_origin("https://sistemas.sence.cl/rce")[1][0].startswith("is more than an origin")
    assert normal_origin("null")[1]
    assert "like https://sistemas.sence.cl" in normal_origin("sistemas.sence.cl")[1][0]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("http://localhost:8000", True, id="localhost"),
        pytest.param("http://campus.localhost", True, id="below localhost"),
        pytest.param("http://127.8.8.8/x", True, id="127/8"),
        pytest.param("http://[::1]", True, id="IPv6"),
        pytest.param("http://localhost.cl", False, id="a name that begins so"),
        pytest.param("http://notlocalhost", False, id="a name that ends so"),
        pytest.param("http://10.0.0.1", False, id="private"),
        pytest.param("http://0.0.0.0", False, id="any address"),
    ],
)
def test_loopback_is_this_machine_alone(url: str, expected: bool) -> None:
    """Only there may cookies and tokens travel readable."""
    assert is_loopback(url) is expected


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        pytest.param("sqlite:///gate.sqlite", "", id="relative"),
        pytest.param("sqlite:////var/lib/gate.sqlite", "", id="absolute"),
        pytest.param("sqlite:///con espacio/gate.db", "", id="blank"),
        pytest.param("sqlite://gate.sqlite", "names no file", id="two slashes"),
        pytest.param("sqlite:gate.sqlite", "names no file", id="no slashes"),
        pytest.param("sqlite:///", "names no file", id="nothing"),
        pytest.param("sqlite:////", "names no file", id="root"),
        pytest.param("sqlite:////var/lib/", "names no file", id="folder"),
        pytest.param("gate.sqlite", "names no file", id="no scheme"),
        pytest.param("", "names no file", id="empty"),
        pytest.param("sqlite:///:memory:", "forgotten", id="memory"),
        pytest.param("sqlite:///a?mode=ro", '"?"', id="query"),
        pytest.param("sqlite:///a\nb", "invisible", id="line end"),
        pytest.param("redis://127.0.0.1/0", "", id="redis"),
        pytest.param("rediss+sentinel://a,b/m?prefix=x", "", id="redis by Sentinels"),
        pytest.param("redis://127.0.0.1/x", "the database is not a number", id="redis, no number"),
        pytest.param("p@ss://w", "what it begins with is not supported", id="no scheme at all"),
        pytest.param("postgres://db/x", '"postgres" is not supported in this version', id="another"),
    ],
)
def test_the_store_is_a_file_of_sqlite_or_a_redis(url: str, fault: str) -> None:
    """What this version cannot keep sessions in is refused at the start."""
    told = "".join(store_faults(url))
    assert fault in told
    assert bool(told) == bool(fault)


def test_a_relative_store_stands_in_the_folder_given(tmp_path: Path) -> None:
    """Only a relative one moves."""
    assert absolute_store("sqlite:///a.db", tmp_path) == f"sqlite:///{tmp_path}/a.db"
    assert absolute_store("sqlite:////x/a.db", tmp_path) == "sqlite:////x/a.db"
    assert absolute_store("redis://host/0", tmp_path) == "redis://host/0"
