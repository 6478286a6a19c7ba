"""Logging out of the platform with an open session: asked once, and never kept from leaving."""

from __future__ import annotations

import html
import re
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from sence_gate.protocol.session import State
from tests.exchanged import trip
from tests.given import HOME, TRUSTED, Campus, answer, kept, set_cookies
from tests.samples import RUN

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

LOGOUT = "/login/logout.php?sesskey=a%26b&x[]=1"
DATA = "token=a%2Bb&token=c+d&vac%C3%ADo="
FORM = "application/x-www-form-urlencoded"
OFFER = "Antes de salir"
_FORMS = re.compile(r'<form method="post" action="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL)
_FIELD = re.compile(r'name="([^"]*)" value="([^"]*)"')


@pytest.fixture(name="campus")
def asking_campus(campus: Campus) -> Campus:
    """Return a campus that knows where its platform's logout is."""
    campus.configure(logout_paths=("/login/logout.php",))
    return campus


def forms(response: TestResponse) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the forms of a page: their addresses, and their fields in order."""
    return [
        (html.unescape(action), [(html.unescape(n), html.unescape(v)) for n, v in _FIELD.findall(inner)])
        for action, inner in _FORMS.findall(response.text)
    ]


def log_out(campus: Campus, cookies: str, *, by_form: bool = False, **more: Any) -> TestResponse:
    """Return the answer to a logout by link, or by form."""
    if by_form:
        more |= {"method": "POST", "data": DATA, "content_type": FORM}
    return campus.ask(LOGOUT, cookies=cookies, **more)


def is_out(campus: Campus) -> bool:
    """Tell whether the platform got the logout, once and as it was asked for."""
    (call,) = campus.platform.calls
    is_whole = call["REQUEST_METHOD"] == "GET" or campus.platform.bodies == [DATA.encode()]
    return is_whole and f"{call['PATH_INFO']}?{call['QUERY_STRING']}" == LOGOUT


each_way = pytest.mark.parametrize("by_form", [pytest.param(False, id="GET"), pytest.param(True, id="POST")])


@each_way
def test_a_logout_with_an_open_session_is_asked_about(campus: Campus, by_form: bool) -> None:
    """The platform waits; the page offers the close, and the logout as it was."""
    response = log_out(campus, campus.hold(), by_form=by_form)
    assert (response.status_code, OFFER in response.text, campus.platform.calls) == (200, True, [])
    assert "form-action" not in response.headers["Content-Security-Policy"]
    if by_form:
        assert forms(response)[1] == (LOGOUT, parse_qsl(DATA, keep_blank_values=True))
    else:
        assert f'href="{html.escape(LOGOUT)}"' in response.text


@each_way
def test_leaving_without_a_close_is_one_press(campus: Campus, by_form: bool) -> None:
    """The second request is the platform's, whole."""
    cookies = campus.hold()
    cookies = kept(cookies, log_out(campus, cookies, by_form=by_form))
    assert "Hola" in log_out(campus, cookies, by_form=by_form).text
    assert is_out(campus)


def test_a_browser_that_loses_the_new_cookie_still_leaves(campus: Campus) -> None:
    """The page's own address says where the request comes from: nobody is asked in circles."""
    headers = {"Referer": HOME + LOGOUT}
    assert "Hola" in log_out(campus, campus.hold(), headers=headers).text
    assert is_out(campus)


@pytest.mark.parametrize("referer", ["https://otro.cl" + LOGOUT, f"{HOME}/cursos/excel/", "https://[", ""])
def test_another_page_is_no_answer(campus: Campus, referer: str) -> None:
    """Only whoever was at the logout's address was asked."""
    assert OFFER in log_out(campus, campus.hold(), headers={"Referer": referer}).text


def test_the_question_comes_again_another_day(campus: Campus) -> None:
    """Whoever stayed after all is asked at the next logout."""
    (line,) = log_out(campus, campus.hold()).headers.getlist("Set-Cookie")
    assert "-l-1=" in line
    assert "Max-Age=120;" in line


@each_way
def test_after_the_close_the_logout_is_made(campus: Campus, by_form: bool) -> None:
    """To SENCE and back, and then out: by itself with script, by one button without."""
    cookies = campus.hold()
    offer = log_out(campus, cookies, by_form=by_form)
    (action, fields), *_ = forms(offer)
    assert action == "/_sence/cierre"
    closing = trip(campus.press(action, dict(fields), cookies=kept(cookies, offer)), kept(cookies, offer))
    landed = campus.ask(
        campus.call_back("/cierre/ok", answer(closing)).location or "", cookies=closing.cookies
    )
    assert "Sesión cerrada" in landed.text
    assert ("data-autosubmit" in landed.text, "data-continue" in landed.text) == (by_form, not by_form)
    log_out(campus, kept(closing.cookies, landed), by_form=by_form)
    assert is_out(campus)


@each_way
def test_a_refused_close_lets_go(campus: Campus, by_form: bool) -> None:
    """SENCE's answer brings no cookie; the link on its page does, and leads out."""
    cookies = campus.hold()
    offer = log_out(campus, cookies, by_form=by_form)
    closing = trip(
        campus.press("/_sence/cierre", dict(forms(offer)[0][1]), cookies=kept(cookies, offer)), cookies
    )
    refused = campus.call_back("/cierre/error", answer(closing, GlosaError="303", IdSesionSence=""))
    address = html.unescape(refused.text.partition('class="row" href="')[2].partition('"')[0])
    assert "Seguir sin cerrar" in refused.text
    way_out = campus.ask(address, cookies=closing.cookies)
    assert (way_out.location == LOGOUT) is not by_form
    assert ([(LOGOUT, parse_qsl(DATA, keep_blank_values=True))] == forms(way_out)) is by_form
    log_out(campus, kept(closing.cookies, way_out), by_form=by_form)
    assert is_out(campus)


def test_a_refused_close_without_a_logout_leads_to_the_platform(campus: Campus) -> None:
    """Whoever only wanted to close is not logged out."""
    assert campus.ask("/_sence/salir?i=Zm9ybSBh", cookies=campus.hold()).location == "/"


NOT_ASKED: dict[str, dict[str, Any]] = {
    "HEAD": {"method": "HEAD"},
    "a script": {"headers": {"Sec-Fetch-Mode": "cors"}},
    "a prefetch": {"headers": {"Sec-Purpose": "prefetch;prerender"}},
    "files": {"method": "POST", "data": {"a": "b"}, "content_type": "multipart/form-data"},
    "a long form": {"method": "POST", "data": "a=" + "b" * 3000, "content_type": FORM},
    "line ends": {"method": "POST", "data": "a=%0A", "content_type": FORM},
    "not UTF-8": {"method": "POST", "data": "a=%F1", "content_type": FORM},
    "no fields": {"method": "POST", "data": "a&&b", "content_type": FORM},
    "bytes": {"method": "POST", "data": b"a=\xf1", "content_type": FORM},
}


@pytest.mark.parametrize("case", NOT_ASKED)
def test_what_no_page_can_carry_along_is_not_held_up(campus: Campus, case: str) -> None:
    """The platform gets it as it came, to the last byte."""
    response = campus.ask(LOGOUT, cookies=campus.hold(), **NOT_ASKED[case])
    (call,) = campus.platform.calls
    assert (response.status_code, call["QUERY_STRING"]) == (200, LOGOUT.partition("?")[2])
    if isinstance(data := NOT_ASKED[case].get("data"), str | bytes):
        assert campus.platform.bodies == [data.encode() if isinstance(data, str) else data]


def test_a_form_in_chunks_is_not_held_up(campus: Campus) -> None:
    """How long it is nobody knows before it is read: the platform gets all of it."""
    chunked = {
        "wsgi.input": BytesIO(DATA.encode()),
        "wsgi.input_terminated": True,
        "HTTP_TRANSFER_ENCODING": "chunked",
        "CONTENT_LENGTH": "",
    }
    campus.ask(LOGOUT, "POST", cookies=campus.hold(), content_type=FORM, environ=chunked)
    (call,) = campus.platform.calls
    assert call["wsgi.input"].read(999) == DATA.encode()


def test_no_open_session_is_not_asked_about(campus: Campus) -> None:
    """Never had one, over, closed elsewhere: straight through."""
    cookies = campus.hold()
    for case in ("", "__Host-_sence-s-excel=forged", cookies):
        campus.platform.calls.clear()
        if case == cookies:
            campus.clock.move(hours=4)
        assert "Hola" in log_out(campus, case).text


@pytest.mark.parametrize("user", ["", "jperez", "11111111-1"])
def test_whoever_is_not_the_learner_is_not_asked(campus: Campus, user: str) -> None:
    """Not logged in, not known, or the next one at a shared computer."""
    campus.configure(logout_paths=("/login/logout.php",), learner=TRUSTED)
    assert "Hola" in log_out(campus, campus.hold(), user=user).text


def test_a_store_that_is_away_keeps_nobody(campus: Campus) -> None:
    """The cookie is believed for the question, and either answer lets go."""
    cookies = campus.hold()
    campus.store.is_away = True
    asked = log_out(campus, cookies)
    assert OFFER in asked.text
    assert "Hola" in log_out(campus, kept(cookies, asked)).text


def test_two_open_sessions_are_asked_about_one_after_the_other(campus: Campus) -> None:
    """The close of the first ends with the logout, which asks about the second."""
    _, cookies = campus.open_up()
    _, cookies = campus.open_up(course="seguridad", volver="/cursos/seguridad/", cookies=cookies)
    offer = log_out(campus, cookies)
    assert "otra sesión abierta" in offer.text
    cookies = kept(cookies, offer)
    closing = trip(campus.press("/_sence/cierre", dict(forms(offer)[0][1]), cookies=cookies), cookies)
    landed = campus.ask(
        campus.call_back("/cierre/ok", answer(closing)).location or "", cookies=closing.cookies
    )
    assert OFFER in log_out(campus, kept(closing.cookies, landed)).text


@pytest.mark.parametrize(
    "url", ["//evil.example/login/logout.php", "https://evil.example/", "/otra", "/_sence/", ""]
)
def test_a_close_remembers_no_other_address(campus: Campus, url: str) -> None:
    """Only an address of the platform's logout is gone to afterwards."""
    form = {"curso": "excel", "salir": url, "salir_metodo": "get", "salir_datos": ""}
    response = campus.press("/_sence/cierre", form, cookies=campus.hold())
    assert not [name for name in set_cookies(response) if "-x-" in name]


def test_without_the_setting_a_logout_is_any_request(campus: Campus) -> None:
    """Nothing is asked unless the operator says where the logout is."""
    campus.configure()
    assert "Hola" in log_out(campus, campus.hold()).text


def test_a_logout_inside_a_course_is_asked_about_too(campus: Campus) -> None:
    """The question comes before the gate's own, and a refused logout is none: with a session it passes."""
    campus.configure(logout_paths=("/cursos/excel/salir",))
    cookies = campus.hold()
    asked = campus.ask("/cursos/excel/salir", cookies=cookies)
    assert OFFER in asked.text
    assert "Hola" in campus.ask("/cursos/excel/salir", cookies=kept(cookies, asked)).text


def test_the_session_left_open_is_still_there(campus: Campus) -> None:
    """Leaving without a close changes nothing at SENCE or here: the report tells."""
    begun, cookies = campus.open_up()
    log_out(campus, kept(cookies, log_out(campus, cookies)))
    assert campus.session(begun.id_sesion_alumno).state is State.OPEN
    assert str(RUN) not in str(campus.platform.calls)
