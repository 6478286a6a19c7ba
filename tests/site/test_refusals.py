"""How a gated request without a session is refused: each kind in its own way, the platform never asked."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse, create_environ

from sence_gate.pages import Pages
from tests.given import COURSE, HOME, Campus, set_cookies
from tests.samples import NOW, RUN, course

HTML = "text/html"
JSON = "application/problem+json"
DEEP = "/_sence/inicio?curso=excel&volver=%2Fcursos%2Fexcel%2Fleccion%2F3"
SHALLOW = "/_sence/inicio?curso=excel&volver=%2Fcursos%2Fexcel%2F"
JUST_NOW = f"rechazo={int(NOW.timestamp())}"
FORM = "application/x-www-form-urlencoded"


class Untouchable:
    """A body that nobody may look at."""

    def read(self, *_: object) -> bytes:
        """Fail."""
        raise AssertionError("the body was read")

    readline = readlines = __iter__ = read


def refused(campus: Campus, method: str, url: str = COURSE, **headers: Any) -> TestResponse:
    """Return the answer to a request whose body is out of reach; *headers* are of the environ."""
    environ = create_environ(url, HOME, method=method)
    environ |= {"wsgi.input": Untouchable(), "CONTENT_LENGTH": str(1 << 30)} | headers
    response = campus.run(environ)
    assert campus.platform.calls == []
    return response


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no header at all"),
        pytest.param({"HTTP_ACCEPT": "text/html,*/*;q=0.8"}, id="an old browser"),
        pytest.param({"HTTP_ACCEPT": "*/*"}, id="curl"),
        pytest.param(
            {"HTTP_SEC_FETCH_MODE": "navigate", "HTTP_SEC_FETCH_DEST": "document"}, id="a new browser"
        ),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_page_is_sent_to_the_start(campus: Campus, method: str, headers: dict[str, str]) -> None:
    """303, with the page that was wanted."""
    response = refused(campus, method, **headers)
    assert (response.status_code, response.headers["Location"]) == (303, f"{DEEP}&{JUST_NOW}")
    assert response.data == b""


@pytest.mark.parametrize("place", ["iframe", "frame", "embed", "object"])
def test_x2_a_frame_gets_a_page_that_leads_out_of_it(campus: Campus, place: str) -> None:
    """The start never stands inside a frame: a link with `target=_top`, to the course's own page."""
    headers = {"HTTP_SEC_FETCH_MODE": "navigate", "HTTP_SEC_FETCH_DEST": place}
    response = refused(campus, "GET", **headers)
    assert (response.status_code, response.mimetype) == (401, HTML)
    assert f'href="{SHALLOW}" target="_top"'.replace("&", "&amp;") in response.text
    assert "frame-ancestors 'self'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"


SCRIPTS = [
    pytest.param("GET", {"HTTP_SEC_FETCH_MODE": "cors"}, id="fetch"),
    pytest.param("GET", {"HTTP_SEC_FETCH_MODE": "same-origin"}, id="fetch, same origin"),
    pytest.param("GET", {"HTTP_SEC_FETCH_MODE": "no-cors", "HTTP_SEC_FETCH_DEST": "image"}, id="image"),
    pytest.param("GET", {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"}, id="jQuery"),
    pytest.param("GET", {"HTTP_HX_REQUEST": "true"}, id="htmx"),
    pytest.param("GET", {"HTTP_TURBO_FRAME": "x"}, id="Turbo"),
    pytest.param("GET", {"HTTP_ACCEPT": "application/json"}, id="asks for JSON"),
    pytest.param("GET", {"HTTP_ACCEPT": "image/*"}, id="asks for an image"),
    pytest.param("GET", {"HTTP_CONNECTION": "Upgrade", "HTTP_UPGRADE": "websocket"}, id="P33, WebSocket"),
    pytest.param("POST", {"CONTENT_TYPE": "application/json"}, id="posts JSON"),
    pytest.param("POST", {"CONTENT_TYPE": FORM, "HTTP_X_REQUESTED_WITH": "XMLHttpRequest"}, id="jQuery form"),
    pytest.param("POST", {"CONTENT_TYPE": FORM, "HTTP_SEC_FETCH_MODE": "cors"}, id="fetch of a form"),
    pytest.param("POST", {"CONTENT_TYPE": ""}, id="posts nothing known"),
    *(
        pytest.param(method, {}, id=f"M1, {method}")
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
    ),
    pytest.param(
        "OPTIONS",
        {"HTTP_ORIGIN": "https://x", "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "PUT"},
        id="M4, preflight",
    ),
]


@pytest.mark.parametrize(("method", "headers"), SCRIPTS)
def test_a_script_gets_a_problem_that_it_can_read(
    campus: Campus, method: str, headers: dict[str, str]
) -> None:
    """401 and JSON (RFC 9457): HTML would be read as data, a redirect would be followed."""
    response = refused(campus, method, **headers)
    problem = response.get_json(force=True)
    assert (response.status_code, response.mimetype) == (401, JSON)
    assert (problem["status"], problem["start_url"]) == (401, SHALLOW)
    assert "Excel básico" in problem["detail"]
    assert "Location" not in response.headers


@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")  # the validator knows eight; clients send any
@pytest.mark.parametrize("method", ["PROPFIND", "REPORT", "FOO", "get", "CONNECT"])
def test_m1_m5_a_method_that_nobody_knows_is_gated(campus: Campus, method: str) -> None:
    """It is not GET, so it is not a page."""
    assert refused(campus, method).status_code == 401


@pytest.mark.parametrize(
    "media", [FORM, "multipart/form-data; boundary=x", "text/plain", FORM.upper() + " ;charset=x"]
)
@pytest.mark.parametrize(
    "headers",
    [{}, {"HTTP_SEC_FETCH_MODE": "navigate"}, {"HTTP_EXPECT": "100-continue"}],
    ids=["old", "new", "H13"],
)
def test_m6_a_form_is_not_read_and_can_be_sent_again(
    campus: Campus, media: str, headers: dict[str, str]
) -> None:
    """403: what was typed is still in the browser; the start opens in another tab. 1 GiB is not read."""
    response = refused(campus, "POST", CONTENT_TYPE=media, **headers)
    assert (response.status_code, response.mimetype) == (403, HTML)
    assert "Tus respuestas todavía no se envían" in response.text
    assert f'href="{SHALLOW}" target="_blank"'.replace("&", "&amp;") in response.text
    assert "data-reload" in response.text


@pytest.mark.parametrize(
    ("raw", "volver"),
    [
        pytest.param("/cursos/excel/a%20b?x=%26&y=+", None, id="R6, escapes"),
        pytest.param("/cursos/excel/%C3%B1/%2F%2e?q=%C3%B1", None, id="R6, escapes that could be undone"),
        pytest.param("/cursos/excel/?a[]=1&b={}|'\"<>`^", None, id="R6, odd characters"),
        pytest.param("/cursos/excel/?a=b?c=d/../e", None, id="R6, a second question mark"),
        pytest.param("/cursos/excel/?", None, id="an empty query"),
        pytest.param("https://campus.otec.cl/cursos/excel/?a=1", "/cursos/excel/?a=1", id="absolute form"),
        pytest.param("//cursos/excel/x", "/cursos/excel/x", id="P5, R2, two slashes"),
        pytest.param("/cursos/excel/?" + "a" * 2100, "/cursos/excel/", id="R6, too long"),
    ],
)
def test_the_page_that_was_wanted_is_kept_byte_by_byte(campus: Campus, raw: str, volver: str | None) -> None:
    """From the request line to the start page, whatever was decoded in between."""
    path = "/cursos/excel/x" if "/cursos/excel/x" in raw else "/cursos/excel/"
    response = refused(campus, "GET", path, RAW_URI=raw, REQUEST_URI=raw, QUERY_STRING=raw.partition("?")[2])
    query = parse_qs(urlsplit(response.location or "").query, strict_parsing=True)
    assert query == {"curso": ["excel"], "volver": [volver or raw], "rechazo": [JUST_NOW.partition("=")[2]]}


def test_a_server_that_tells_no_raw_address_gets_it_quoted_again(campus: Campus) -> None:
    """wsgiref gives only the decoded path."""
    more = {
        "RAW_URI": "",
        "REQUEST_URI": "",
        "QUERY_STRING": "a=%20",
        "PATH_INFO": "/cursos/excel/a b\u00c3\u00b1",
    }
    response = refused(campus, "GET", **more)
    assert (
        response.location
        == "/_sence/inicio?curso=excel&volver=%2Fcursos%2Fexcel%2Fa%2520b%25C3%25B1%3Fa%3D%2520&" + JUST_NOW
    )


def test_r8_no_line_ending_reaches_a_header(campus: Campus) -> None:
    """P15: a control character in the path is refused, and nothing is made of it."""
    response = refused(campus, "GET", PATH_INFO="/cursos/excel/a\r\nX: 1", RAW_URI="", REQUEST_URI="")
    assert response.status_code == 400
    assert "X" not in response.headers


def test_a_course_without_a_plain_path_leads_to_the_front_page(campus: Campus) -> None:
    """A form of a course whose paths all hold a name: there is no page of it to go to."""
    campus.configure(courses=(course(paths=("/c/{aula}/",), exceptions=()),))
    response = refused(campus, "POST", "/c/7/quiz", CONTENT_TYPE=FORM)
    assert 'href="/_sence/inicio?curso=excel&amp;volver=%2F"' in response.text


def test_what_is_kept_in_vain_is_removed_with_the_refusal(campus: Campus) -> None:
    """A forged cookie is not looked at a second time."""
    forged = "__Host-_sence-s-excel=forged; __Host-_sence-a-AAAAAAAA=x; otra=1"
    removed = {"__Host-_sence-s-excel": "", "__Host-_sence-a-AAAAAAAA": ""}
    for headers in ({}, {"HTTP_SEC_FETCH_MODE": "cors"}, {"HTTP_SEC_FETCH_DEST": "iframe"}):
        assert set_cookies(refused(campus, "GET", HTTP_COOKIE=forged, **headers)) == removed
    assert set_cookies(refused(campus, "POST", HTTP_COOKIE=forged, CONTENT_TYPE=FORM)) == removed


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"REMOTE_USER": "jperez"}, 403, id="an identity that is no RUN"),
        pytest.param({"REMOTE_USER": str(RUN)}, 503, id="the store is away"),
        pytest.param({"PATH_INFO": "/cursos/excel/\x01"}, 400, id="an unreadable path"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_g1_no_obstacle_lets_a_request_through(
    school: Campus, method: str, headers: dict[str, str], status: int
) -> None:
    """Whatever stands in the way, the platform is not asked and the body is not read."""
    school.store.is_away = True
    response = refused(school, method, CONTENT_TYPE=FORM, RAW_URI="", REQUEST_URI="", **headers)
    assert (response.status_code, set_cookies(response)) == (status, {})
    assert ("Retry-After" in response.headers) is (status == 503)


def test_a_script_gets_the_incident_that_the_log_has(
    school: Campus, caplog: pytest.LogCaptureFixture
) -> None:
    """Also when nothing could be decided: whoever reads it out is found."""
    school.store.is_away = True
    response = refused(school, "GET", REMOTE_USER=str(RUN), HTTP_SEC_FETCH_MODE="cors")
    problem = response.get_json()
    assert (response.mimetype, problem["status"]) == ("application/problem+json", 503)
    assert problem["incident"] in caplog.text


@pytest.mark.parametrize(("method", "action"), [("GET", f'href="{COURSE}"'), ("POST", 'href="/"')])
def test_the_unavailable_page_offers_to_come_back(school: Campus, method: str, action: str) -> None:
    """A page can simply be asked for again; a form cannot."""
    school.store.is_away = True
    response = refused(school, method, REMOTE_USER=str(RUN), CONTENT_TYPE=FORM)
    assert action in response.text


def test_g1_a_page_that_fails_lets_nothing_through(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours is a failure of the request, never an open door."""

    def broken(*_: object) -> str:
        raise RuntimeError("a template is broken")

    monkeypatch.setattr(Pages, "render", broken)
    with pytest.raises(RuntimeError):
        refused(campus, "POST", CONTENT_TYPE=FORM)
    assert campus.platform.calls == []
