"""`/cierre` and `/`: the close button, from the question to SENCE's answer."""

from __future__ import annotations

from typing import Any

import pytest

from sence_gate.courses import Otec
from sence_gate.protocol.messages import Environment
from sence_gate.protocol.rut import Rut
from sence_gate.protocol.session import State
from sence_gate.stores.base import Kind
from tests.given import COURSE, HOME, ID_SESION_SENCE, SENCE, Campus, answer, hidden_fields, kept, set_cookies
from tests.samples import ID_SESION_ALUMNO, OTEC, OTHER_RUN, RUN, course, session

TODAY = "FFFFFFFF-E5F6-7890-ABCD-EF1234567"
NOTHING = "En este navegador no tienes sesiones abiertas"


def test_a_close_sends_exactly_the_ten_fields(campus: Campus) -> None:
    """Names, values and order of the manual's table, with the id that the start's answer brought."""
    closing = campus.close_up(campus.hold())
    assert closing.action == f"{SENCE}/rcetest/Registro/CerrarSesion"
    assert list(closing.fields.items()) == [
        ("RutOtec", "76543210-3"),
        ("Token", OTEC.token),
        ("CodSence", "1237894560"),
        ("CodigoCurso", "5123456"),
        ("LineaCapacitacion", "3"),
        ("RunAlumno", "12345678-5"),
        ("IdSesionAlumno", ID_SESION_ALUMNO),
        ("IdSesionSence", ID_SESION_SENCE),
        ("UrlRetoma", "https://campus.otec.cl/_sence/cierre/ok"),
        ("UrlError", "https://campus.otec.cl/_sence/cierre/error"),
    ]


def test_a_close_is_written_down_before_it_is_sent(campus: Campus) -> None:
    """With its fields, but for the token."""
    closing = campus.close_up(campus.hold())
    entry = campus.entries()[-1]
    assert (entry.kind, entry.id_sesion_alumno, entry.run) == (Kind.CLOSE_SENT, ID_SESION_ALUMNO, str(RUN))
    assert dict(entry.raw) == closing.fields | {"Token": "***"}


def test_nothing_is_closed_while_the_store_is_away(campus: Campus) -> None:
    """What cannot be written down may not be sent; the cookie stays for the next try."""
    cookies = campus.hold()
    campus.store.is_away = True
    response = campus.press("/_sence/cierre", {"curso": "excel"}, cookies=cookies)
    assert (response.status_code, response.headers["Retry-After"], set_cookies(response)) == (503, "10", {})
    assert "CerrarSesion" not in response.text


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"codigo_curso": "5999999", "cod_sence": "1237894569"}, id="codes"),
        pytest.param({"environment": Environment.PRODUCTION}, id="environment"),
        pytest.param({"cod_sence": "", "linea_capacitacion": 1}, id="line"),
        pytest.param({"id": "word", "paths": ("/cursos/word/",)}, id="course gone"),
    ],
)
def test_a_close_repeats_what_the_start_sent(campus: Campus, changes: dict[str, Any]) -> None:
    """Whatever the configuration says by now, SENCE must find its own session."""
    before = campus.hold()
    usual = campus.close_up(before)
    campus.configure(courses=(course(**changes),))
    closing = campus.close_up(before)
    assert (closing.action, closing.fields) == (usual.action, usual.fields)


def test_a_close_takes_the_token_of_today(campus: Campus) -> None:
    """The OTEC renewed its token since the start: only the new one is valid."""
    cookies = campus.hold()
    campus.configure(courses=(course(otec=Otec(OTEC.rut, TODAY.lower(), OTEC.name)),))
    assert campus.close_up(cookies).fields["Token"] == TODAY


def test_a_close_of_an_otec_that_is_gone_gets_a_page(campus: Campus) -> None:
    """Without a token nothing can be sent: the page sends the learner to the operator."""
    cookies = campus.hold()
    campus.configure(courses=(course(otec=Otec(Rut("77777777-7"), TODAY, "Otra")),))
    response = campus.press("/_sence/cierre", {"curso": "excel"}, cookies=cookies)
    assert (response.status_code, set_cookies(response)) == (409, {})
    assert "CerrarSesion" not in response.text
    assert campus.entries(Kind.CLOSE_SENT) == []


@pytest.mark.parametrize(
    ("source", "cookies"),
    [
        pytest.param("session", True, id="by the session's cookie"),
        pytest.param("attempt", True, id="by the attempt's cookie"),
        pytest.param("trusted", False, id="by a trusted source"),
    ],
)
def test_whoever_is_admitted_can_close(school: Campus, source: str, cookies: bool) -> None:
    """What opens the course also closes the session."""
    begun = school.begin(user=str(RUN))
    confirmed = school.call_back("/inicio/ok", answer(begun))
    landed = school.ask(confirmed.location or "", cookies=begun.cookies, user=str(RUN))
    brought = kept("", landed) if source == "session" else begun.cookies
    closing = school.close_up(brought if cookies else "", user=str(RUN))
    assert closing.fields["IdSesionSence"] == ID_SESION_SENCE


@pytest.mark.parametrize(
    "hours", [pytest.param(1, id="open"), pytest.param(4, id="ended"), pytest.param(14, id="long ended")]
)
def test_a_session_can_be_closed_after_its_end(campus: Campus, hours: int) -> None:
    """A late close is still a close: SENCE may know the session longer than our clock does."""
    begun, cookies = campus.open_up()
    campus.clock.move(hours=hours)
    question = campus.ask("/_sence/cierre?curso=excel", cookies=cookies)
    assert hidden_fields(question)["curso"] == "excel"
    assert ("El tiempo de esta sesión terminó" in question.text) is (hours > 3)
    campus.call_back("/cierre/ok", answer(campus.close_up(cookies)))
    assert campus.session(begun.id_sesion_alumno).state is State.CLOSED


def test_a_refused_close_is_tried_again(campus: Campus) -> None:
    """The session stays open, the page leads back to the question, and the same ten fields go again."""
    begun, cookies = campus.open_up()
    closing = campus.close_up(cookies)
    refused = campus.call_back("/cierre/error", answer(closing, GlosaError="100"))
    assert "SENCE no cerró tu sesión" in refused.text
    assert 'href="/_sence/cierre?curso=excel"' in refused.text
    assert campus.session(begun.id_sesion_alumno).state is State.OPEN
    assert campus.ask(COURSE, cookies=cookies).status_code == 200
    again = campus.close_up(cookies)
    assert again.fields == closing.fields
    assert campus.call_back("/cierre/ok", answer(again)).status_code == 303
    assert campus.session(begun.id_sesion_alumno).state is State.CLOSED


@pytest.mark.parametrize("glosa", ["301", "304", "305", "310", "204;304"])
def test_a_session_that_sence_already_ended_lets_go(campus: Campus, glosa: str) -> None:
    """After the end these codes release the learner: the way leads to a new start, not to the close again."""
    begun, cookies = campus.open_up()
    campus.clock.move(hours=4)
    closing = campus.close_up(cookies)
    refused = campus.call_back("/cierre/error", answer(closing, GlosaError=glosa))
    released = glosa != "204;304"
    assert ('href="/_sence/inicio?curso=excel"' in refused.text) is released
    assert campus.ask("/_sence/inicio?curso=excel", cookies=cookies).status_code == 200
    assert campus.session(begun.id_sesion_alumno).state is not State.CLOSED
    assert campus.begin(cookies=cookies).id_sesion_alumno != begun.id_sesion_alumno


def test_k12_a_released_session_opens_nothing(campus: Campus) -> None:
    """Its cookie, replayed: the course stays gated."""
    _, cookies = campus.open_up()
    campus.clock.move(hours=4)
    campus.call_back("/cierre/error", answer(campus.close_up(cookies), GlosaError="301"))
    assert campus.ask(COURSE, cookies=cookies).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Origin": "https://evil.example"}, id="X1, evil"),
        pytest.param({"Origin": "null"}, id="X1, null"),
        pytest.param({"Origin": HOME, "Sec-Fetch-Site": "cross-site"}, id="X1, cross-site"),
        pytest.param({"Origin": HOME, "Sec-Fetch-Site": "same-site"}, id="X1, same-site"),
        pytest.param({"Origin": ""}, id="X1, nothing"),
        pytest.param({"Origin": "", "Referer": "https://evil.example/"}, id="X1, evil Referer"),
    ],
)
def test_a_close_from_another_site_is_refused(campus: Campus, headers: dict[str, str]) -> None:
    """The session is kept, and the page leads to our own question."""
    cookies = campus.hold()
    response = campus.press("/_sence/cierre", {"curso": "excel"}, cookies=cookies, headers=headers)
    assert (response.status_code, set_cookies(response)) == (403, {})
    assert 'href="/_sence/cierre?curso=excel"' in response.text
    assert campus.entries(Kind.CLOSE_SENT) == []
    assert campus.ask(COURSE, cookies=cookies).status_code == 200


def test_x1_a_get_only_asks(campus: Campus) -> None:
    """A link closes nothing."""
    cookies = campus.hold()
    response = campus.ask("/_sence/cierre?curso=excel", cookies=cookies)
    assert response.status_code == 200
    assert "Tiempo que te queda en esta sesión: <strong>3 horas</strong>" in response.text
    assert len(campus.entries()) == 1


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        pytest.param(0, "3 horas", id="just opened"),
        pytest.param(90 * 60 + 1, "1 hora y 29 minutos", id="half way"),
        pytest.param(180 * 60 - 1, "1 minuto", id="the last second"),
    ],
)
def test_the_question_tells_the_time_left(campus: Campus, seconds: int, text: str) -> None:
    """In words, never less than a minute while there is some."""
    cookies = campus.hold()
    campus.clock.move(seconds=seconds)
    assert f"<strong>{text}</strong>" in campus.ask("/_sence/cierre?curso=excel", cookies=cookies).text


@pytest.mark.parametrize(
    "named",
    [
        "",
        "word",
        "seguridad",
        "a;b",
        "a\r\nSet-Cookie: x=y",
        "a=b",
        "ñ",
        "\0",
        "\u2028",
        "<script>",
        "a" * 4000,
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_r8_nothing_to_close_is_a_page(campus: Campus, method: str, named: str) -> None:
    """Whatever is named: the list of sessions, no cookie made of it, never a failure."""
    cookies = campus.hold()
    if method == "GET":
        response = campus.ask("/_sence/cierre", query_string={"curso": named}, cookies=cookies)
    else:
        response = campus.press("/_sence/cierre", {"curso": named}, cookies=cookies)
    assert (response.status_code, set_cookies(response)) == (200, {})
    assert "Excel básico" in response.text
    assert campus.entries(Kind.CLOSE_SENT) == []


def test_a_closed_session_has_nothing_to_close(campus: Campus) -> None:
    """The second press of the button: the list is empty, and the cookie goes."""
    cookies = campus.hold(state=State.CLOSED)
    response = campus.press("/_sence/cierre", {"curso": "excel"}, cookies=cookies)
    assert NOTHING in response.text
    assert set_cookies(response) == {"__Host-_sence-s-excel": ""}


def test_a_pending_attempt_has_nothing_to_close(campus: Campus) -> None:
    """What SENCE never opened cannot be closed."""
    begun = campus.begin()
    response = campus.press("/_sence/cierre", {"curso": "excel"}, cookies=begun.cookies)
    assert NOTHING in response.text


def test_k14_another_learners_session_is_not_closed(school: Campus) -> None:
    """Shared computer: who logs in next neither sees nor closes it, and takes nothing away."""
    cookies = school.hold()
    response = school.press("/_sence/cierre", {"curso": "excel"}, cookies=cookies, user=str(OTHER_RUN))
    assert (NOTHING in response.text, set_cookies(response)) == (True, {})
    assert school.close_up(cookies, user=str(RUN)).fields["RunAlumno"] == str(RUN)


def test_a_learner_who_left_the_platform_can_still_close(school: Campus) -> None:
    """Logged out there, the session at SENCE is still open: the browser's cookie is enough."""
    assert school.close_up(school.hold()).fields["IdSesionSence"] == ID_SESION_SENCE


def test_a_newer_id_of_sence_is_the_one_that_is_closed(campus: Campus) -> None:
    """Two logins, one attempt: SENCE's last word."""
    begun, cookies = campus.open_up()
    campus.call_back("/inicio/ok", answer(begun, IdSesionSence="2"))
    assert campus.close_up(cookies).fields["IdSesionSence"] == "2"


@pytest.mark.parametrize("path", ["/_sence", "/_sence/"])
def test_the_list_shows_every_open_session(campus: Campus, path: str) -> None:
    """With a form for each, that needs no script, and until when in Chile's time."""
    cookies = f"{campus.hold()}; {campus.hold(id_sesion_alumno='seguridad.1.a.b', course='seguridad')}"
    response = campus.ask(path, cookies=cookies)
    assert response.text.count('<form method="post" action="/_sence/cierre">') == 2
    assert response.text.count("hasta las 14:30") == 2
    assert "Seguridad en el trabajo" in response.text


def test_the_list_is_empty_for_a_stranger(campus: Campus) -> None:
    """Nothing of anybody else."""
    campus.hold()
    assert NOTHING in campus.ask("/_sence/").text


def test_the_list_believes_the_cookies_while_the_store_is_away(campus: Campus) -> None:
    """A page of buttons that ask for the store only when they are pressed."""
    cookies = campus.hold()
    campus.store.is_away = True
    assert "Excel básico" in campus.ask("/_sence/", cookies=cookies).text


def test_an_identity_that_is_no_run_closes_nothing(school: Campus) -> None:
    """The page says what is wrong with the account."""
    response = school.press("/_sence/cierre", {"curso": "excel"}, cookies=school.hold(), user="jperez")
    assert (response.status_code, session().state) == (403, State.OPEN)
    assert "No pudimos reconocer tu RUN" in response.text


@pytest.mark.parametrize(("hours", "is_offered"), [(14.9, True), (15.1, False), (24 * 300, False)])
def test_nobody_closes_what_ended_long_ago(school: Campus, hours: float, is_offered: bool) -> None:
    """A store knows an unclosed session for ever; months later SENCE's yes would tell how long it was."""
    school.open_up(user=str(RUN))
    school.clock.move(hours=hours)
    response = school.press("/_sence/cierre", {"curso": "excel"}, user=str(RUN))
    assert ("data-autosubmit" in response.text) is is_offered
