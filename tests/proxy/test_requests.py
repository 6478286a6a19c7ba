"""What the platform is asked for a request of the browser."""

from __future__ import annotations

import io
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from sence_gate.config import Config, Platform
from sence_gate.errors import UnusableRequest
from sence_gate.middleware import SESSION_KEY
from sence_gate.proxy.requests import Translator, target_of
from sence_gate.upstream import Question
from tests.samples import config, session

UPSTREAM = Platform(upstream="http://127.0.0.1:8080")
TRUSTED = (ip_network("10.0.0.0/8"),)


def _environ(**changes: Any) -> dict[str, Any]:
    plain = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/a",
        "QUERY_STRING": "",
        "REMOTE_ADDR": "10.0.0.7",
        "HTTP_HOST": "campus.otec.cl",
        "wsgi.input": io.BytesIO(),
    }
    return plain | {key.replace("__", "."): value for key, value in changes.items()}


def _question(settings: Config | None = None, /, **changes: Any) -> Question:
    return Translator(settings or config(platform=UPSTREAM)).question(_environ(**changes))


def _header(question: Question, name: str) -> list[str]:
    return [value for key, value in question.headers if key.lower() == name.lower()]


@pytest.mark.parametrize(
    ("changes", "target"),
    [
        pytest.param({"RAW_URI": "/a%2fb/%63/..;x//?x=%20&y"}, "/a%2fb/%63/..;x//?x=%20&y", id="raw"),
        pytest.param({"REQUEST_URI": "//a?"}, "//a?", id="another name, two slashes"),
        pytest.param({"RAW_URI": "/a#b"}, "/a", id="a fragment"),
        pytest.param({"RAW_URI": "/\xc3\xb1"}, "/%C3%B1", id="raw bytes"),
        pytest.param({"RAW_URI": "http://evil/b", "PATH_INFO": "/b"}, "/b", id="a whole URL"),
        pytest.param({"PATH_INFO": "/a b/ñ", "QUERY_STRING": "x=%20"}, "/a%20b/%F1?x=%20", id="decoded"),
        pytest.param({"SCRIPT_NAME": "/m", "PATH_INFO": "/a;b=1"}, "/m/a;b=1", id="mounted"),
        pytest.param({"PATH_INFO": "/a?b#c%"}, "/a%3Fb%23c%25", id="marks inside the path"),
    ],
)
def test_the_address_is_passed_on_as_it_came(changes: dict[str, str], target: str) -> None:
    """Byte by byte where the server tells it, else written again so that it reads the same."""
    assert target_of(_environ(**changes)) == target


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"PATH_INFO": "*", "REQUEST_METHOD": "OPTIONS"}, id="P27 the whole server"),
        pytest.param({"PATH_INFO": ""}, id="P27 nothing"),
        pytest.param({"PATH_INFO": "http://evil/b"}, id="a whole URL in the path"),
        pytest.param({"RAW_URI": "/a b"}, id="a blank"),
        pytest.param({"RAW_URI": "/a\r\nX: 1"}, id="P15 a line end"),
        pytest.param({"QUERY_STRING": "a\tb"}, id="a tab in the query"),
        pytest.param({"REQUEST_METHOD": "CONNECT"}, id="M5 a tunnel"),
        pytest.param({"HTTP_HOST": "a b<script>"}, id="P31 no host"),
        pytest.param({"HTTP_HOST": "a.cl,b.cl"}, id="P31 two hosts"),
        pytest.param({"HTTP_HOST": "user@a.cl"}, id="P31 a user"),
        pytest.param({"CONTENT_LENGTH": "4", "HTTP_TRANSFER_ENCODING": "chunked"}, id="H11 CL and TE"),
        pytest.param(
            {"HTTP_TRANSFER_ENCODING": "gzip, chunked", "wsgi.input_terminated": True},
            id="H11 chunks of gzip",
        ),
        pytest.param({"CONTENT_LENGTH": "4,4"}, id="H11 two lengths"),
        pytest.param({"CONTENT_LENGTH": "+4"}, id="H11 a signed length"),
        pytest.param({"CONTENT_LENGTH": "٤"}, id="H11 a length in other digits"),
        pytest.param({"HTTP_TRANSFER_ENCODING": "chunked"}, id="H11 chunks whose end nobody tells"),
    ],
)
def test_h11_what_could_be_read_in_two_ways_is_not_passed_on(changes: dict[str, str]) -> None:
    """A request that gate and platform could take for different ones is nobody's."""
    with pytest.raises(UnusableRequest):
        _question(**changes)


@pytest.mark.parametrize(
    "key",
    [
        "HTTP_X_SENCE_RUN", "HTTP_X_SENCE_GATE_SECRET", "HTTP_X_FORWARDED_PREFIX", "HTTP_X_FORWARDED_HOST",
        "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_X_ORIGINAL_URL", "HTTP_X_REWRITE_URL", "HTTP_PROXY",
        "HTTP_X_SCRIPT_NAME", "HTTP_SCRIPT_NAME", "HTTP_X_TRAVERSAL_PATH",
        "HTTP_CONNECTION", "HTTP_KEEP_ALIVE", "HTTP_TE", "HTTP_TRAILER", "HTTP_UPGRADE",
        "HTTP_PROXY_AUTHORIZATION", "HTTP_EXPECT", "HTTP_X_MINE",
    ],
)  # fmt: skip
def test_h5_what_only_a_proxy_may_say_is_not_taken_from_the_browser(key: str) -> None:
    """Nor what belongs to the connection, by its kind or because Connection names it."""
    question = _question(**{"HTTP_CONNECTION": "close, X-Mine, Host, X-Sence-Run", key: "forged, X-Mine"})
    assert [value for _, value in question.headers if "forged" in value] == []
    assert _header(question, "Host") == ["campus.otec.cl"]
    assert _header(question, "X-Sence-Run") == ["-"]


@pytest.mark.parametrize(
    "name", ["X.ORIGINAL.URL", "X_ORIGINAL.URL", "X.FORWARDED_HOST", "X.SENCE.RUN", "X!SENCE~RUN", "PROXY."]
)
def test_h6_a_name_that_php_would_write_anew_stays_behind(name: str) -> None:
    """`$_SERVER` has HTTP_X_ORIGINAL_URL for X.Original.URL: what we keep back must not come that way."""
    question = _question(**{f"HTTP_{name}": "forged"})
    assert [value for _, value in question.headers if "forged" in value] == []


def test_h10_connection_does_not_take_the_visitor_away() -> None:
    """Who is visiting is asked with these: the page must be asked for with the same."""
    shown = {"Cookie": "a=1", "Authorization": "Token x", "User-Agent": "Navegador"}
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in shown.items()}
    question = _question(**environ, HTTP_CONNECTION="close, Cookie, authorization, USER-AGENT")
    assert {name: _header(question, name) for name in shown} == {name: [shown[name]] for name in shown}


def test_everything_else_is_passed_on() -> None:
    """The platform sees the browser's request, and not a picture of it."""
    question = _question(
        HTTP_COOKIE="a=1; b=2",
        HTTP_RANGE="bytes=0-1",
        HTTP_IF_NONE_MATCH='"x"',
        HTTP_ACCEPT_ENCODING="br, gzip",
        CONTENT_TYPE="text/plain",
    )
    expected = {
        ("Cookie", "a=1; b=2"),
        ("Range", "bytes=0-1"),
        ("If-None-Match", '"x"'),
        ("Accept-Encoding", "br, gzip"),
        ("Content-Type", "text/plain"),
    }
    assert expected <= set(question.headers)


def test_the_session_of_an_admitted_request_is_announced() -> None:
    """The platform may know whose attendance is registered, without asking."""
    question = _question(**{SESSION_KEY: session()})
    told = [_header(question, f"X-Sence-{name}") for name in ("Run", "Course", "Session")]
    assert told == [["12345678-5"], ["excel"], ["987654321"]]


def test_what_sence_calls_a_session_stays_inside_its_header() -> None:
    """SENCE's text cannot begin a header of its own."""
    question = _question(**{SESSION_KEY: session(id_sesion_sence="a\r\nX: ñ")})
    assert _header(question, "X-Sence-Session") == ["a%0D%0AX%3A%20%C3%B1"]


@pytest.mark.parametrize(
    ("trusted", "told"),
    [
        pytest.param((), "10.0.0.7", id="nobody is believed"),
        pytest.param(TRUSTED, "192.0.2.1, 10.0.0.7", id="H3 a trusted proxy"),
    ],
)
def test_h3_the_client_s_address_is_told_by_whom_we_trust(trusted: tuple[Any, ...], told: str) -> None:
    """Whoever forges the header only gets a line that ends with his own address."""
    question = _question(config(platform=UPSTREAM, trusted_proxies=trusted), HTTP_X_FORWARDED_FOR="192.0.2.1")
    assert _header(question, "X-Forwarded-For") == [told]


def test_the_public_address_is_told_in_every_way() -> None:
    """A platform behind us can make its links whichever of the headers it knows."""
    question = _question(config(platform=UPSTREAM), REMOTE_ADDR="::1")
    told = {name: value for name, value in question.headers if "orwarded" in name}
    assert told == {
        "X-Forwarded-For": "::1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "campus.otec.cl",
        "X-Forwarded-Port": "443",
        "Forwarded": 'for="[::1]";host="campus.otec.cl";proto=https',
    }


@pytest.mark.parametrize(
    ("host", "changes", "told"),
    [
        pytest.param("", {"HTTP_HOST": "CAMPUS.otec.cl:443"}, "CAMPUS.otec.cl:443", id="as it came"),
        pytest.param("", {"HTTP_HOST": ""}, "campus.otec.cl", id="HTTP/1.0"),
        pytest.param("interno:81", {}, "interno:81", id="another one"),
    ],
)
def test_the_host_is_the_browser_s_or_the_operator_s(host: str, changes: dict[str, str], told: str) -> None:
    """Virtual hosts behind us work as they did before."""
    settings = config(platform=replace(UPSTREAM, host=host))
    assert _header(_question(settings, **changes), "Host") == [told]


@pytest.mark.parametrize(
    ("changes", "framing", "body"),
    [
        pytest.param({"CONTENT_LENGTH": "4"}, ("Content-Length", "4"), b"hola", id="a length"),
        pytest.param({"wsgi__input_terminated": True}, ("Transfer-Encoding", "chunked"), b"hola-", id="none"),
        pytest.param({"CONTENT_LENGTH": "0"}, ("Content-Length", "0"), b"", id="nothing"),
        pytest.param({}, ("Content-Length", "0"), b"", id="a server that reads on"),
    ],
)
def test_a_body_is_framed_again(changes: dict[str, Any], framing: tuple[str, str], body: bytes) -> None:
    """How it comes to us says nothing of how it goes on, but for its length."""
    question = _question(REQUEST_METHOD="POST", wsgi__input=io.BytesIO(b"hola-"), **changes)
    assert framing in question.headers
    assert b"".join(question.body) == body


class _Gone:
    def read(self, _most: int) -> bytes:
        raise RuntimeError("whatever a server calls it")


@pytest.mark.parametrize(
    "stream", [pytest.param(io.BytesIO(b"ho"), id="too short"), pytest.param(_Gone(), id="broken")]
)
def test_a_body_that_was_cut_is_not_passed_on_as_whole(stream: object) -> None:
    """Half an upload is not a file."""
    question = _question(REQUEST_METHOD="POST", CONTENT_LENGTH="4", wsgi__input=stream)
    with pytest.raises(UnusableRequest):
        b"".join(question.body)
