"""What the start button sends to SENCE, and when it is the same attempt again."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import shake_256
from typing import Any

import pytest

from sence_gate.cookies import tag_of
from sence_gate.gate.decisions import HandOff
from sence_gate.protocol.messages import Environment
from sence_gate.protocol.session import State
from sence_gate.stores.base import Kind
from tests.given import COURSE, SENCE, Campus, Trip, answer, kept, set_cookies
from tests.samples import OTEC, OTHER_RUN, RUN, attendance, course

FORGED = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Prefix": "/evil",
    "Forwarded": "host=evil.example;proto=http",
}


def test_a_start_sends_exactly_the_nine_fields(campus: Campus) -> None:
    """Names, values and order of the manual's table; the token in upper case."""
    begun = campus.begin()
    assert list(begun.fields.items()) == [
        ("RutOtec", "76543210-3"),
        ("Token", OTEC.token),
        ("CodSence", "1237894560"),
        ("CodigoCurso", "5123456"),
        ("LineaCapacitacion", "3"),
        ("RunAlumno", "12345678-5"),
        ("IdSesionAlumno", begun.id_sesion_alumno),
        ("UrlRetoma", "https://campus.otec.cl/_sence/inicio/ok"),
        ("UrlError", "https://campus.otec.cl/_sence/inicio/error"),
    ]


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        pytest.param(Environment.TEST, "rcetest", id="test"),
        pytest.param(Environment.PRODUCTION, "rce", id="production"),
    ],
)
def test_a_start_goes_to_the_environment_of_the_course(
    campus: Campus, environment: Environment, place: str
) -> None:
    """SENCE has two addresses; a course says which is its own."""
    campus.configure(courses=(course(environment=environment),))
    assert campus.begin().action == f"{SENCE}/{place}/Registro/IniciarSesion"


def test_the_token_is_folded_to_upper_case(campus: Campus) -> None:
    """SENCE knows tokens in upper case and does not fold them itself."""
    otec = type(OTEC)(OTEC.rut, OTEC.token.lower(), OTEC.name)
    campus.configure(courses=(course(otec=otec),))
    assert campus.begin().fields["Token"] == OTEC.token


def test_d6_what_goes_to_sence_hides_itself_in_a_log() -> None:
    """A hand-off holds the token and the RUN: its repr has neither."""
    told = repr(HandOff("https://sence", (("Token", OTEC.token), ("RunAlumno", str(RUN)))))
    assert told == "HandOff(action='https://sence')"


def test_h2_callback_addresses_come_from_the_settings(campus: Campus) -> None:
    """No header that a client can send moves SENCE's answer to another host."""
    begun = campus.begin(headers=FORGED)
    assert begun.fields["UrlRetoma"] == "https://campus.otec.cl/_sence/inicio/ok"
    assert begun.fields["UrlError"] == "https://campus.otec.cl/_sence/inicio/error"


def test_c22_an_attempt_id_is_long_random_and_without_personal_data(campus: Campus) -> None:
    """At most 149 plain characters, 128 random bits, no RUN."""
    first, second = campus.begin().id_sesion_alumno, campus.begin().id_sesion_alumno
    assert len(first) <= 149
    assert len(first.split(".")[2]) == 22
    assert first.split(".")[2] != second.split(".")[2]
    assert RUN.canonical[:8] not in first


def test_a_start_is_written_down_before_it_is_sent(campus: Campus) -> None:
    """SENCE cannot be asked afterwards. The ledger has the fields, without the token."""
    begun = campus.begin()
    (entry,) = campus.entries()
    assert (entry.kind, entry.run, entry.id_sesion_alumno) == (
        Kind.START_SENT,
        str(RUN),
        begun.id_sesion_alumno,
    )
    assert dict(entry.raw) == begun.fields | {"Token": "***"}
    assert campus.session(begun.id_sesion_alumno).state is State.PENDING


def test_nothing_is_sent_while_the_store_is_away(campus: Campus) -> None:
    """What cannot be written down may not be sent: 503, and no form for SENCE."""
    campus.store.is_away = True
    form = {"curso": "excel", "run": str(RUN)}
    response = campus.press("/_sence/inicio", form)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert set_cookies(response) == {}
    assert "IniciarSesion" not in response.text
    assert OTEC.token not in response.text


def begun_twice(campus: Campus, minutes: float = 0, **more: Any) -> tuple[Trip, Trip]:
    """Press the button, and again some minutes later."""
    first = campus.begin()
    campus.clock.move(minutes=minutes)
    return first, campus.begin(cookies=first.cookies, **more)


def test_the_same_attempt_is_sent_again_within_the_hour(campus: Campus) -> None:
    """Two tabs, or a learner who came back without an answer, are one session."""
    first, second = begun_twice(campus, minutes=59)
    assert second.fields == first.fields
    assert [entry.kind for entry in campus.entries()] == [Kind.START_SENT] * 2


def test_a_refused_attempt_is_sent_again(campus: Campus) -> None:
    """A wrong key is no reason for another id."""
    first = campus.begin()
    campus.call_back("/inicio/error", answer(first, IdSesionSence="", GlosaError="100"))
    assert campus.session(first.id_sesion_alumno).state is State.FAILED
    assert campus.begin(cookies=first.cookies).fields == first.fields


def test_an_attempt_that_the_store_lost_is_stored_again(campus: Campus) -> None:
    """The browser remembers enough to take its attempt up."""
    sent = attendance()
    id_sesion_alumno = campus.gate.parts.ids.issue("excel", sent, campus.clock())
    second = campus.begin(cookies=campus.attempt(sent, id_sesion_alumno))
    assert second.id_sesion_alumno == id_sesion_alumno
    assert campus.session(id_sesion_alumno).state is State.PENDING


def test_an_attempt_of_an_hour_is_left_behind(campus: Campus) -> None:
    """After an hour the next start is a new one."""
    first, second = begun_twice(campus, minutes=60)
    assert second.id_sesion_alumno != first.id_sesion_alumno


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"codigo_curso": "5999999"}, id="another action"),
        pytest.param({"cod_sence": "1237894569"}, id="another course code"),
        pytest.param({"environment": Environment.PRODUCTION}, id="another environment"),
        pytest.param({"cod_sence": "", "linea_capacitacion": 1}, id="another line"),
    ],
)
def test_changed_settings_make_a_new_attempt(campus: Campus, changes: dict[str, Any]) -> None:
    """What was sent with other codes cannot be sent again under the same id."""
    first = campus.begin()
    campus.configure(courses=(course(**changes),))
    second = campus.begin(cookies=first.cookies)
    assert second.id_sesion_alumno != first.id_sesion_alumno


def test_another_run_makes_a_new_attempt(campus: Campus) -> None:
    """A shared computer: the attempt of the one before is not taken up."""
    first, second = begun_twice(campus, run=str(OTHER_RUN))
    assert second.id_sesion_alumno != first.id_sesion_alumno
    assert second.fields["RunAlumno"] == str(OTHER_RUN)


def test_another_course_makes_a_new_attempt(campus: Campus) -> None:
    """C26: two tabs, two courses, two attempts."""
    _, second = begun_twice(campus, course="seguridad")
    assert second.id_sesion_alumno.startswith("seguridad.")
    assert second.fields["CodigoCurso"] == "5123457"


def test_a_closed_session_is_not_sent_again(campus: Campus) -> None:
    """After the close the next start is a new session, even within the hour."""
    begun, cookies = campus.open_up()
    campus.call_back("/cierre/ok", answer(campus.close_up(cookies)))
    second = campus.begin(cookies=cookies)
    assert second.id_sesion_alumno != begun.id_sesion_alumno


def test_an_ended_session_is_not_sent_again(campus: Campus) -> None:
    """Nor after its end, when the course is a short one."""
    campus.configure(courses=(course(minutes=30),))
    begun, cookies = campus.open_up()
    campus.clock.move(minutes=31)
    second = campus.begin(cookies=cookies)
    assert second.id_sesion_alumno != begun.id_sesion_alumno


def test_a_start_with_an_open_session_goes_on_to_the_course(campus: Campus) -> None:
    """The second tab's button: there is nothing to start."""
    begun = campus.begin()
    campus.call_back("/inicio/ok", answer(begun))
    form = {"curso": "excel", "run": str(RUN), "volver": COURSE}
    response = campus.press("/_sence/inicio", form, cookies=begun.cookies)
    assert (response.status_code, response.location) == (303, COURSE)
    assert list(set_cookies(response)) == ["__Host-_sence-s-excel"]
    assert len(campus.entries(Kind.START_SENT)) == 1


def test_a_session_older_than_its_attempt_cookie_is_not_started_twice(campus: Campus) -> None:
    """After two hours only the session's own cookie is left; it says the same."""
    _, cookies = campus.open_up()
    campus.clock.move(hours=2, minutes=30)
    form = {"curso": "excel", "run": str(RUN), "volver": COURSE}
    response = campus.press("/_sence/inicio", form, cookies=cookies)
    assert (response.status_code, response.location) == (303, COURSE)


def test_a_session_of_another_browser_is_not_started_twice(school: Campus) -> None:
    """A trusted RUN has its session wherever it was opened."""
    school.hold()
    form = {"curso": "excel", "volver": COURSE}
    response = school.press("/_sence/inicio", form, user=str(RUN))
    assert (response.status_code, response.location) == (303, COURSE)


def test_c4_a_typed_run_does_not_get_somebodys_session(campus: Campus) -> None:
    """Anybody can type any RUN: only what this browser began counts."""
    campus.hold()
    begun = campus.begin()
    assert begun.fields["RunAlumno"] == str(RUN)
    assert campus.session(begun.id_sesion_alumno).state is State.PENDING


def test_the_open_session_of_the_one_before_is_not_taken_up(campus: Campus) -> None:
    """Shared computer, asked for the RUN: another RUN starts its own session."""
    _, cookies = campus.open_up()
    assert campus.begin(run=str(OTHER_RUN), cookies=cookies).fields["RunAlumno"] == str(OTHER_RUN)


def test_d3_a_browser_keeps_four_attempts(campus: Campus) -> None:
    """The oldest is dropped: cookies do not grow without bound."""
    cookies, ids = "", []
    for number in range(6):
        campus.configure(courses=(course(codigo_curso=f"700000{number}"),))
        begun = campus.begin(cookies=cookies)
        ids.append(begun.id_sesion_alumno)
        cookies = begun.cookies
        campus.clock.move(minutes=1)
    assert [tag_of(each) in cookies for each in ids] == [False, False, True, True, True, True]


def test_d3_an_attempt_that_is_taken_up_again_is_not_dropped(campus: Campus) -> None:
    """It has one place, and not two, among the four that a browser keeps."""
    cookies, ids = "", []
    for number in (0, 1, 2, 3, 0):
        campus.configure(courses=(course(codigo_curso=f"700000{number}"),))
        begun = campus.begin(cookies=cookies)
        ids.append(begun.id_sesion_alumno)
        cookies = begun.cookies
        campus.clock.move(minutes=1)
    assert ids[4] == ids[0]
    assert [tag_of(each) in cookies for each in ids] == [True] * 5


def test_c26_a_long_address_costs_no_other_attempt(campus: Campus) -> None:
    """Two addresses that do not fit together: the older attempt loses its page, and not its learner."""
    campus.configure(courses=(course(), course(id="word", paths=("/cursos/word/",))))
    first = campus.begin(volver=f"{COURSE}?{'a' * 1500}")
    second = campus.begin(course="word", volver=f"/cursos/word/?{'b' * 1500}", cookies=first.cookies)
    assert len(second.cookies) < 6_000
    for begun, page in ((first, "/cursos/excel/"), (second, f"/cursos/word/?{'b' * 1500}")):
        confirmed = campus.call_back("/inicio/ok", answer(begun))
        landed = campus.ask(confirmed.location or "", cookies=kept(second.cookies, confirmed))
        assert f'href="{page}"' in landed.text


def test_the_page_wanted_last_is_remembered(campus: Campus) -> None:
    """The same attempt, begun from another page, goes on to that page."""
    first, second = begun_twice(campus, volver="/cursos/excel/leccion/9?a=1")
    confirmed = campus.call_back("/inicio/ok", answer(first))
    landed = campus.ask(confirmed.location or "", cookies=second.cookies)
    assert 'href="/cursos/excel/leccion/9?a=1"' in landed.text


def test_r6_an_address_that_is_too_long_is_the_courses_own(campus: Campus) -> None:
    """A cookie has room for 2,048 characters; the learner still comes back to the course."""
    begun = campus.begin(volver=f"/cursos/excel/?{'x' * 3000}")
    confirmed = campus.call_back("/inicio/ok", answer(begun))
    landed = campus.ask(confirmed.location or "", cookies=kept(begun.cookies, confirmed))
    assert 'href="/cursos/excel/"' in landed.text


def test_r6_the_longest_address_fits_a_cookie(campus: Campus) -> None:
    """Browsers refuse a cookie of more than 4,096 bytes without a word."""
    noise = urlsafe_b64encode(shake_256(b"noise").digest(2048)).decode()
    begun = campus.begin(volver=f"/cursos/excel/?{noise}"[:2048])
    assert 2048 < len(begun.cookies) <= 4096
