"""The gate in front of a platform that speaks HTTP: what each of the two says to the browser."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

import pytest
from werkzeug.test import Client, TestResponse

from sence_gate.config import Platform
from sence_gate.errors import UpstreamBrokeOff
from sence_gate.protocol.session import State
from sence_gate.proxy import ReverseProxy
from sence_gate.stores.base import Entry, Kind
from sence_gate.stores.sqlite import SqliteStore
from tests.exchanged import header
from tests.samples import NOW, Clock, config, session
from tests.upstream.scripted import Script, Scripted, says, scripted, waits

SCRIPT = {"Accept": "application/json"}
PAGE = {"Accept": "text/html"}
FORM = PAGE | {"Content-Type": "application/x-www-form-urlencoded"}
HTML = b"<!doctype html><html><head><title>x</title></head><body>x</body></html>"


class Front:
    """A reverse proxy in front of a scripted platform."""

    def __init__(self, platform: Scripted, folder: Path, **settings: Any) -> None:
        self.platform = platform
        self.config = config(platform=Platform(upstream=platform.url, timeout_seconds=0.3, **settings))
        self.store = SqliteStore(folder / "gate.sqlite")
        self.door = ReverseProxy(self.config, store=self.store, clock=Clock())
        self.client = Client(self.door, use_cookies=False)

    def ask(self, path: str, **more: Any) -> TestResponse:
        """Return the answer to one request."""
        return self.client.open(path, base_url=self.config.public_url, **more)

    def close(self) -> None:
        """Give back files and sockets."""
        self.door.proxy.upstream.close()
        self.store.close()


Fronted = Callable[..., Front]


@pytest.fixture(name="fronted")
def front_maker(tmp_path: Path) -> Iterator[Fronted]:
    """Return a maker of fronts; its arguments are scripts of the platform, then settings."""
    with ExitStack() as stack:

        def make(*scripts: Script | list[Script], **settings: Any) -> Front:
            front = Front(stack.enter_context(scripted(*scripts)), tmp_path, **settings)
            stack.callback(front.close)
            return front

        yield make


def _answer(*lines: bytes, body: bytes = b"") -> Script:
    length = b"Content-Length: %d" % len(body)
    return says(b"\r\n".join([b"HTTP/1.1 " + lines[0], *lines[1:], length, b"", body]))


@pytest.mark.parametrize(
    ("script", "status", "title"),
    [
        pytest.param(waits(0.6), 504, "no alcanzó a responder", id="silent"),
        pytest.param(says(b"hola"), 502, "no responde", id="not HTTP"),
        pytest.param(says(b""), 502, "no responde", id="no answer"),
        pytest.param(
            says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), 502, "no responde", id="a head alone"
        ),
        pytest.param(
            says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
            502,
            "no responde",
            id="no chunk",
        ),
    ],
)
def test_a_platform_that_does_not_answer_gets_a_page_in_its_place(
    fronted: Fronted, script: Script, status: int, title: str
) -> None:
    """The learner reads what happened and can try again; a script reads JSON."""
    front = fronted(script)
    page, told = front.ask("/a?x=1", headers=PAGE), front.ask("/a", headers=SCRIPT)
    assert (page.status_code, told.status_code, told.mimetype) == (status, status, "application/problem+json")
    assert title in page.text
    assert 'href="/a?x=1"' in page.text
    assert json.loads(told.data)["status"] == status


def test_a_platform_that_is_not_there_is_told_in_the_log(
    fronted: Fronted, caplog: pytest.LogCaptureFixture
) -> None:
    """The operator finds the reason by the code that the learner reads out."""
    front = fronted(says(b""))
    front.door.proxy.upstream.address = replace(front.door.proxy.upstream.address, port=9)
    page = front.ask("/a", headers=PAGE)
    (incident,) = re.findall(r"<code>(\w{8})</code>|\b([0-9a-f]{8})\b", page.text)[:1]
    assert page.status_code == 502
    assert any("Connection refused" in line and "".join(incident) in line for line in caplog.messages)


def test_a_form_that_was_cut_is_answered_and_not_passed_on(fronted: Fronted) -> None:
    """The platform must not take the half for the whole, and the learner hears of it."""
    front = fronted(waits(0.1))
    body = {"wsgi.input": BytesIO(b"ho"), "CONTENT_LENGTH": "9"}
    cut = front.ask("/quiz", method="POST", headers=FORM, environ_overrides=body)
    assert cut.status_code == 400
    assert "No pudimos entregar" in cut.text


def test_a_body_that_breaks_off_raises(fronted: Fronted) -> None:
    """The server in front can break off too: that is all that WSGI knows for it."""
    front = fronted(says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhola"))
    answer = front.ask("/a", buffered=False)
    with pytest.raises(UpstreamBrokeOff):
        list(answer.response)


@pytest.mark.parametrize("upgrade", ["websocket", "WebSocket, x"])
def test_a_websocket_is_refused_with_the_way_to_have_one(fronted: Fronted, upgrade: str) -> None:
    """The operator reads what to put in front, and nothing hangs."""
    answer = fronted(says(b"")).ask("/ws", headers={"Upgrade": upgrade, "Connection": "Upgrade"})
    assert (answer.status_code, answer.mimetype) == (501, "application/problem+json")
    assert "forward auth" in json.loads(answer.data)["detail"]


def test_p33_a_guarded_websocket_is_not_even_told_that(fronted: Fronted) -> None:
    """Whoever has no session learns that a start is due, and the platform nothing."""
    front = fronted(says(b""))
    answer = front.ask("/cursos/excel/ws", headers={"Upgrade": "websocket"})
    assert (answer.status_code, front.platform.connections) == (401, 0)


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        pytest.param((b"200 OK",), b"\x00\xff", id="no type"),
        pytest.param((b"401 Unauthorized", b'WWW-Authenticate: Basic realm="x"'), b"", id="401"),
        pytest.param(
            (b"206 Partial Content", b"Content-Type: multipart/byteranges; boundary=b"),
            b"--b\r\nContent-Range: bytes 0-1/9\r\n\r\nho\r\n--b--",
            id="byte ranges",
        ),
        pytest.param(
            (b"200 OK", b"Content-Type: video/mp4", b"Cache-Control: no-transform"), HTML, id="media"
        ),
        pytest.param((b"200 OK", b"Content-Type: text/html"), HTML, id="a page that nobody guards"),
        pytest.param((b"404 Nada", b'ETag: W/"x"', b"X-Two: a", b"X-Two: b"), HTML, id="headers"),
    ],
)
def test_what_the_gate_has_no_business_with_passes_byte_for_byte(
    fronted: Fronted, lines: tuple[bytes, ...], body: bytes
) -> None:
    """The platform's answer is the platform's."""
    answer = fronted(_answer(*lines, body=body)).ask("/publico/a")
    told = [f"{name}: {value}".encode("latin-1") for name, value in answer.headers]
    assert (answer.status.upper().encode(), told[:-1], answer.data) == (lines[0].upper(), [*lines[1:]], body)


@pytest.mark.parametrize("accept", [PAGE, {"Sec-Fetch-Dest": "video"}], ids=["page", "media"])
def test_only_a_page_that_takes_the_bar_is_asked_for_in_fewer_codings(
    fronted: Fronted, accept: dict[str, str]
) -> None:
    """Nothing else pays for a bar that it will not get."""
    front = fronted(_answer(b"200 OK", b"Content-Type: text/html", body=HTML))
    answer = front.ask("/cursos/excel/1", headers=_admitted(front) | accept | {"Accept-Encoding": "br, gzip"})
    is_page = accept is PAGE
    assert (b"Accept-Encoding: gzip" in front.platform.heads[0]) is is_page
    assert (b"/_sence/banner.js" in answer.data) is is_page


def test_a_page_that_comes_in_gzip_takes_the_bar_too(fronted: Fronted) -> None:
    """A platform that packs its pages keeps doing so."""
    packed = gzip.compress(HTML)
    front = fronted(_answer(b"200 OK", b"Content-Type: text/html", b"Content-Encoding: gzip", body=packed))
    answer = front.ask("/cursos/excel/1", headers=_admitted(front) | PAGE | {"Accept-Encoding": "gzip"})
    assert b"/_sence/banner.js" in gzip.decompress(answer.data)


@pytest.mark.parametrize(
    ("sent", "passed"),
    [
        pytest.param("a=1; {}; b=2", b"a=1; b=2", id="between"),
        pytest.param("{}; a=1", b"a=1", id="first"),
        pytest.param("a=1; {}", b"a=1", id="last"),
        pytest.param("a=1; {} ; ", b"a=1;", id="blanks"),
    ],
)
def test_k17_the_gate_s_cookies_stay_at_the_gate(fronted: Fronted, sent: str, passed: bytes) -> None:
    """The platform's own come through, and what the gate announces is the gate's word."""
    front = fronted(_answer(b"200 OK"))
    cookie = _admitted(front)["Cookie"]
    front.ask("/cursos/excel/1", headers={"Cookie": sent.format(cookie), "X-Sence-Run": "1-9"})
    (head,) = front.platform.heads
    assert re.findall(rb"\r\nCookie: (.*)\r\n", head) == [passed]
    assert re.findall(rb"\r\nX-Sence-\w+: (.*)\r\n", head.replace(b"\r\n", b"\r\n\r\n")) == [
        b"12345678-5", b"excel", b"987654321",
    ]  # fmt: skip


@pytest.mark.parametrize("control", [b"\x01", b"\x1b", b"\x7f", b"\x08"])
def test_a_control_character_of_the_platform_s_becomes_a_blank(fronted: Fronted, control: bytes) -> None:
    """Servers refuse to write one: a file whose name has it would be nothing but a 500 (RFC 9110, 5.5)."""
    name = b'Content-Disposition: attachment; filename="a' + control + b'b"'
    answer = fronted(_answer(b"200 O" + control + b"K", name, b"X-End: a" + control)).ask("/a")
    assert answer.status == "200 O K"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a b"'
    assert answer.headers["X-End"] == "a"


def test_k18_the_platform_s_cookies_reach_the_browser_in_order(fronted: Fronted) -> None:
    """Also through a guarded page, where the gate may set its own."""
    cookies = (b"Set-Cookie: a=1", b"Set-Cookie: b=2", b"Set-Cookie: a=3")
    front = fronted(_answer(b"200 OK", *cookies))
    answer = front.ask("/cursos/excel/1", headers=_admitted(front))
    assert answer.headers.getlist("Set-Cookie") == ["a=1", "b=2", "a=3"]


def test_a_head_request_has_the_head_of_the_page_alone(fronted: Fronted) -> None:
    """Its length is that of the page that was not sent."""
    answer = fronted(says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")).ask("/a", method="HEAD")
    assert (answer.headers["Content-Length"], answer.data) == ("99", b"")


def test_the_proxy_keeps_to_the_rules_of_wsgi(fronted: Fronted) -> None:
    """Any server can run it."""
    front = fronted(_answer(b"200 OK", b"Content-Type: text/plain", body=b"hola"))
    answer = Client(validator(front.door)).get("/a", base_url=front.config.public_url)
    assert answer.data == b"hola"
    answer.close()


def _admitted(front: Front) -> dict[str, str]:
    """Return the headers of a browser with an open session in "excel"."""
    before, held = session(state=State.PENDING, opened=None, id_sesion_sence=None, version=1), session()
    about = Entry(
        NOW, Kind.START_SENT, held.id_sesion_alumno, held.course, held.attendance.run_alumno.canonical
    )
    front.store.swap(None, before, about)
    front.store.swap(before, held, about)
    return {"Cookie": header(front.door.gate.gate.parts.cookies.session(held, NOW))}
