"""`/inicio`: what will happen, and the button; `/vuelta` is tested where it is decided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sence_gate.config import Credential
from sence_gate.protocol.messages import Environment
from sence_gate.stores.base import Kind
from tests.given import COURSE, HOME, TRUSTED, Campus, answer, hidden_fields, set_cookies
from tests.samples import OTEC, OTHER_RUN, RUN, course

START = "/_sence/inicio?curso=excel&volver=%2Fcursos%2Fexcel%2Fleccion%2F3"
FORM = {"curso": "excel", "run": str(RUN), "volver": COURSE}
HOSTILE = "\"><svg onload=alert(1)>';alert(1)//</script>{{7*7}}"


def test_the_start_page_says_what_will_happen(campus: Campus) -> None:
    """The course, the time, the key and one form of ours; no state is made."""
    response = campus.ask(START)
    assert response.status_code == 200
    for text in ("Excel básico", "3 horas", "Clave SENCE", "Modo de prueba", 'id="run"'):
        assert text in response.text
    assert hidden_fields(response) == {"curso": "excel", "volver": COURSE}
    assert (campus.entries(), list(set_cookies(response))) == ([], ["__Host-_sence-p-1"])


def test_the_start_page_does_not_ask_whom_the_platform_names(school: Campus) -> None:
    """A trusted source says the RUN; the page does not show it."""
    response = school.ask(START, user=str(RUN))
    assert 'id="run"' not in response.text
    assert hidden_fields(response) == {"curso": "excel", "volver": COURSE}


@pytest.mark.parametrize(
    ("environment", "credential", "key"),
    [
        pytest.param(Environment.TEST, None, "Clave SENCE", id="test"),
        pytest.param(Environment.PRODUCTION, None, "Clave Única", id="production"),
        pytest.param(Environment.TEST, Credential.CLAVE_UNICA, "Clave Única", id="chosen, in test"),
        pytest.param(
            Environment.PRODUCTION, Credential.CLAVE_SENCE, "Clave SENCE", id="chosen, in production"
        ),
    ],
)
def test_the_start_page_names_the_key(
    campus: Campus, environment: Environment, credential: Credential | None, key: str
) -> None:
    """SENCE's test environment still asks for the old key; the operator can say otherwise."""
    campus.configure(courses=(course(environment=environment),), credential=credential)
    text = campus.ask(START).text
    assert f"<strong>{key}</strong>" in text
    assert ("Modo de prueba" in text) is (environment is Environment.TEST)
    assert ("cus.sence.cl" in text) is (key == "Clave SENCE")


def test_a_pending_attempt_can_be_continued(campus: Campus) -> None:
    """The page says that it was begun, and the button takes it up; it never blocks."""
    begun = campus.begin()
    response = campus.ask("/_sence/inicio?curso=excel", cookies=begun.cookies)
    assert "Ya comenzaste este registro" in response.text
    assert hidden_fields(response)["volver"] == COURSE
    assert campus.begin(cookies=begun.cookies).id_sesion_alumno == begun.id_sesion_alumno


def test_the_start_page_is_skipped_with_an_open_session(campus: Campus) -> None:
    """The other tab was faster: on to the course."""
    _, cookies = campus.open_up()
    response = campus.ask(START, cookies=cookies)
    assert (response.status_code, response.location) == (303, COURSE)


def test_the_start_page_comes_back_after_the_end(campus: Campus) -> None:
    """An ended session does not send the learner round in circles."""
    _, cookies = campus.open_up()
    campus.clock.move(hours=4)
    assert campus.ask(START, cookies=cookies).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_is_not_logged_in_goes_to_the_platform(school: Campus, method: str) -> None:
    """The platform shows its own login at the page that was wanted."""
    response = school.press("/_sence/inicio", FORM) if method == "POST" else school.ask(START)
    assert (response.status_code, response.location) == (303, COURSE)
    assert school.entries() == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_identity_that_is_no_run_gets_its_page(school: Campus, method: str) -> None:
    """The learner cannot mend it; the page says who can."""
    who = {"user": "jperez"}
    response = school.press("/_sence/inicio", FORM, **who) if method == "POST" else school.ask(START, **who)
    assert response.status_code == 403
    assert "No pudimos reconocer tu RUN" in response.text


@pytest.mark.parametrize(
    "named",
    ["", "otro", "EXCEL", "excel ", "../excel", "%00", "%3Cscript%3E", "excel&curso=seguridad", "a" * 5000],
)
def test_a_course_that_is_not_configured_is_not_found(campus: Campus, named: str) -> None:
    """Any other name gets a page; of two names the first counts."""
    response = campus.ask(f"/_sence/inicio?curso={named}")
    assert response.status_code == (200 if named.startswith("excel&") else 404)
    assert "<script>" not in response.text


@pytest.mark.parametrize("name", ["", "otro"])
def test_a_start_of_no_course_is_not_found(campus: Campus, name: str) -> None:
    """The button too."""
    assert campus.press("/_sence/inicio", FORM | {"curso": name}).status_code == 404
    assert campus.entries() == []


@pytest.mark.parametrize(
    "volver",
    [
        pytest.param("https://evil", id="R2, another host"),
        pytest.param("https:evil", id="R2, scheme without slashes"),
        pytest.param("//evil/cursos/excel/", id="R2, no scheme"),
        pytest.param("/\\evil/cursos/excel/", id="R2, backslash"),
        pytest.param("///evil", id="R2, three slashes"),
        pytest.param("javascript:alert(1)", id="R2, script"),
        pytest.param("data:text/html,x", id="R2, data"),
        pytest.param("https://campus.otec.cl@evil/cursos/excel/", id="R2, user part"),
        pytest.param("https://campus.otec.cl/cursos/excel/", id="R9, our own host"),
        pytest.param("/_sence/inicio?curso=excel", id="R4, ourselves"),
        pytest.param("/cursos/seguridad/", id="another course"),
        pytest.param("/cursos/excel/publico/", id="an exception"),
        pytest.param("/", id="no course"),
        pytest.param("/cursos/excel/a\r\nSet-Cookie: a=b", id="R8, CRLF"),
        pytest.param("/cursos/excel/a\tb", id="R8, tab"),
        pytest.param("/cursos/excel/\0", id="R8, NUL"),
        pytest.param("/cursos/excel/\u2028", id="R8, U+2028"),
        pytest.param("/cursos/excel/ñ", id="R9, not ASCII"),
        pytest.param("/cursos/excel/" + "a" * 2048, id="R6, too long"),
        pytest.param(" /cursos/excel/", id="R2, a space before"),
    ],
)
def test_a_return_that_is_not_of_the_course_is_its_first_page(campus: Campus, volver: str) -> None:
    """A return URL is a local path of that course, or is not believed."""
    page = campus.ask("/_sence/inicio", query_string={"curso": "excel", "volver": volver})
    _, cookies = campus.open_up(volver=volver)
    gone_on = campus.ask("/_sence/inicio", query_string={"curso": "excel", "volver": volver}, cookies=cookies)
    assert hidden_fields(page)["volver"] == "/cursos/excel/"
    assert (gone_on.status_code, gone_on.location) == (303, "/cursos/excel/")


@pytest.mark.parametrize(
    "volver",
    [
        pytest.param("/cursos/excel/leccion/3?a=b&c=%26&c=+%2B", id="R6, query"),
        pytest.param("/cursos/excel/a%20b/%C3%B1;v=1", id="R6, escapes"),
        pytest.param("/cursos/excel/?url=https://x.cl/%23&z[]=1{2}|'\"<>`^", id="R6, odd characters"),
    ],
)
def test_a_return_of_the_course_is_kept_byte_by_byte(campus: Campus, volver: str) -> None:
    """To the page that was wanted, through the form, the cookie and the redirect."""
    page = campus.ask("/_sence/inicio", query_string={"curso": "excel", "volver": volver})
    begun, cookies = campus.open_up(volver=volver)
    gone_on = campus.ask("/_sence/inicio", query_string={"curso": "excel", "volver": volver}, cookies=cookies)
    assert hidden_fields(page)["volver"] == volver
    assert gone_on.headers["Location"] == volver
    assert "volver" not in begun.fields["UrlRetoma"]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Origin": "https://evil.example"}, id="X1, evil"),
        pytest.param({"Origin": "null"}, id="X1, null"),
        pytest.param({"Origin": "https://campus.otec.cl:8443"}, id="X1, our host on another port"),
        pytest.param({"Origin": "https://campus.otec.cl.evil.example"}, id="X1, our host as a part"),
        pytest.param({"Origin": HOME, "Sec-Fetch-Site": "cross-site"}, id="X1, cross-site"),
        pytest.param({"Origin": HOME, "Sec-Fetch-Site": "same-site"}, id="X1, a neighbour host"),
        pytest.param({"Origin": HOME, "Sec-Fetch-Site": "none"}, id="X1, from nowhere"),
        pytest.param({"Origin": ""}, id="X1, nothing"),
        pytest.param({"Origin": "", "Referer": "https://evil.example/"}, id="X1, evil Referer"),
        pytest.param(
            {"Origin": "", "Referer": "https://campus.otec.cl.evil.example/"}, id="X1, a like Referer"
        ),
        pytest.param({"Origin": "", "Referer": HOME.removeprefix("https:")}, id="X1, half a Referer"),
    ],
)
def test_a_start_from_another_site_is_refused(campus: Campus, headers: dict[str, str]) -> None:
    """Nobody is sent to SENCE by a page that is not ours; the way to begin here is shown."""
    response = campus.press("/_sence/inicio", FORM, headers=headers)
    assert (response.status_code, set_cookies(response), campus.entries()) == (403, {}, [])
    assert OTEC.token not in response.text
    assert 'href="/_sence/inicio?curso=excel&amp;volver=%2Fcursos%2Fexcel%2Fleccion%2F3"' in response.text


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Origin": HOME}, id="Origin"),
        pytest.param({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, id="attested by the browser"),
        pytest.param({"Origin": "", "Referer": f"{HOME}/_sence/inicio?curso=excel"}, id="Referer alone"),
    ],
)
def test_a_start_from_our_own_page_is_taken(campus: Campus, headers: dict[str, str]) -> None:
    """What browsers attest, else the Origin, else the Referer."""
    assert campus.begin(headers=headers).fields["RunAlumno"] == str(RUN)


def test_a_mounted_gate_knows_its_own_pages(tmp_path: Path) -> None:
    """An Origin has no path, whatever the mount of public_url."""
    campus = Campus(tmp_path, public_url=f"{HOME}/campus")
    response = campus.press("/campus/_sence/inicio", FORM)
    campus.store.close()
    assert response.status_code == 200
    assert hidden_fields(response)["UrlRetoma"] == f"{HOME}/campus/_sence/inicio/ok"


@pytest.mark.parametrize("typed", ["", "1-1", "12345678-9", "hola", "7654321-6-6", "9" * 500, "\0"])
def test_a_run_that_is_none_is_asked_for_again(campus: Campus, typed: str) -> None:
    """The form comes back with the reason; nothing is sent."""
    response = campus.press("/_sence/inicio", FORM | {"run": typed})
    assert response.status_code == 422
    assert 'id="run-error"' in response.text
    assert hidden_fields(response) == {"curso": "excel", "volver": COURSE}
    assert campus.entries() == []


def test_x3_what_was_typed_comes_back_as_text(campus: Campus) -> None:
    """Markup in the RUN is shown, not run."""
    response = campus.press("/_sence/inicio", FORM | {"run": HOSTILE})
    assert response.status_code == 422
    assert 'value="&#34;&gt;&lt;svg onload=alert' in response.text
    assert "<svg onload" not in response.text


@pytest.mark.parametrize("typed", ["12.345.678-5", "123456785", " 12345678-5 ", "012345678-5"])
def test_a_run_can_be_typed_in_many_ways(campus: Campus, typed: str) -> None:
    """SENCE gets the one form that it takes."""
    assert campus.begin(run=typed).fields["RunAlumno"] == "12345678-5"


def test_a_typed_run_is_not_asked_where_the_platform_knows(school: Campus) -> None:
    """A RUN in the form does not outrank the platform's word."""
    begun = school.begin(run=str(OTHER_RUN), user=str(RUN))
    assert begun.fields["RunAlumno"] == str(RUN)


def test_the_way_back_from_the_hand_off_is_the_start_page(campus: Campus) -> None:
    """Who changes their mind has a link; the token is nowhere else."""
    begun = campus.begin()
    assert f'href="{START}"'.replace("&", "&amp;") in begun.response.text
    assert begun.response.text.count(OTEC.token) == 1
    assert OTEC.token not in str(begun.response.headers)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"data": "curso=excel&run=" + "1" * 70_000}, id="C11, a form of 70 kB"),
        pytest.param(
            {"data": {"curso": "excel", "run": "1" * 70_000}, "content_type": "multipart/form-data"}, id="C12"
        ),
    ],
)
def test_a_form_that_is_too_large_gets_a_page(campus: Campus, more: dict[str, Any]) -> None:
    """Bounded reading, whatever the coding of the form."""
    headers = {"Origin": HOME, "Content-Type": "application/x-www-form-urlencoded"}
    if "content_type" in more:
        headers.pop("Content-Type")
    response = campus.ask("/_sence/inicio", "POST", headers=headers, **more)
    assert (response.status_code, campus.entries()) == (413, [])


def test_a_start_is_possible_while_looking_at_it_is_not(campus: Campus) -> None:
    """A first visit needs no store to see the start page; the button says that it cannot go on."""
    campus.store.is_away = True
    assert campus.ask(START).status_code == 200
    assert campus.press("/_sence/inicio", FORM).status_code == 503


def test_c26_two_courses_in_two_tabs_do_not_cross(campus: Campus) -> None:
    """Each callback finds its own attempt, and each tab its own page."""
    first = campus.begin()
    second = campus.begin(course="seguridad", volver="/cursos/seguridad/1", cookies=first.cookies)
    two = campus.call_back("/inicio/ok", answer(second, IdSesionSence="2"))
    one = campus.call_back("/inicio/ok", answer(first, IdSesionSence="1"))
    pages = [campus.ask(each.location or "", cookies=second.cookies).text for each in (one, two)]
    assert [f'href="{COURSE}"' in page for page in pages] == [True, False]
    assert 'href="/cursos/seguridad/1"' in pages[1]
    assert len(campus.entries(Kind.START_OK)) == 2


def test_the_learner_source_can_change_between_visits(campus: Campus) -> None:
    """An attempt of a typed RUN goes on when the platform begins to name the same learner."""
    begun = campus.begin()
    campus.configure(learner=TRUSTED)
    second = campus.begin(cookies=begun.cookies, user=str(RUN))
    assert second.id_sesion_alumno == begun.id_sesion_alumno
