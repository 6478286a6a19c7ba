"""Which requests reach the platform, and whose session counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sence_gate.config import OnFailure, StoreSettings
from sence_gate.cookies import MAX_ATTEMPTS
from sence_gate.protocol.session import State
from tests.given import COURSE, Campus, answer, header, kept, set_cookies
from tests.samples import ID_SESION_ALUMNO, NOW, OTHER_RUN, RUN, attendance, session

SESSION_COOKIE = "__Host-_sence-s-excel"
OTHER_ID = ID_SESION_ALUMNO.replace("Zm9ybSBh", "b3RoZXIt")


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/", id="front page"),
        pytest.param("/cursos/", id="list of courses"),
        pytest.param("/cursos/excel-avanzado/", id="a longer name"),
        pytest.param("/cursos/excel/publico/programa", id="an exception of the course"),
    ],
)
def test_a_path_of_no_course_reaches_the_platform(campus: Campus, path: str) -> None:
    """What no course guards is none of ours: no look at the store, no header of ours."""
    campus.store.is_away = True
    response = campus.ask(path)
    assert campus.admits(response)
    assert "Vary" not in response.headers


def test_who_is_not_logged_in_reaches_the_platform(school: Campus) -> None:
    """Nobody's request passes untouched, so that the platform can show its own login."""
    cookies = school.hold()
    response = school.ask(COURSE, cookies=cookies)
    assert school.admits(response)
    assert "sence_gate.session" not in school.platform.calls[0]


def test_a_stranger_needs_a_start(campus: Campus) -> None:
    """Somebody's open session is no use to a browser that brings nothing."""
    campus.hold()
    assert campus.gates(campus.ask(COURSE))


def test_the_cookie_of_an_open_session_admits(campus: Campus) -> None:
    """The usual case: nothing is set again, nothing is written."""
    response = campus.ask(COURSE, cookies=campus.hold())
    assert campus.admits(response)
    assert set_cookies(response) == {}
    assert len(campus.entries()) == 1


def test_the_platform_can_know_the_session(campus: Campus) -> None:
    """A platform that wants to know finds the session in its environ."""
    campus.ask(COURSE, cookies=campus.hold())
    assert campus.platform.calls[0]["sence_gate.session"] == session()


def test_c4_the_browser_that_began_is_admitted_without_vuelta(campus: Campus) -> None:
    """The callback came through, the page after it never: the next request takes the session up."""
    begun = campus.begin()
    campus.call_back("/inicio/ok", answer(begun))
    response = campus.ask(COURSE, cookies=begun.cookies)
    assert campus.admits(response)
    assert list(set_cookies(response)) == [SESSION_COOKIE]


def test_a_pending_attempt_admits_nobody(campus: Campus) -> None:
    """Until SENCE answers there is no session."""
    assert campus.gates(campus.ask(COURSE, cookies=campus.begin().cookies))


def test_a_trusted_run_is_admitted_without_any_cookie(school: Campus) -> None:
    """The learner who changes the browser is known by the platform's own login."""
    school.hold()
    response = school.ask(COURSE, user=str(RUN))
    assert school.admits(response)
    assert list(set_cookies(response)) == [SESSION_COOKIE]


def test_a_newer_attempt_counts_when_the_session_of_the_cookie_ended(campus: Campus) -> None:
    """An old cookie does not stand in the way of the session that the same browser opened after it."""
    _, cookies = campus.open_up()
    campus.clock.move(hours=4)
    begun = campus.begin(cookies=cookies)
    campus.call_back("/inicio/ok", answer(begun, IdSesionSence="2"))
    response = campus.ask(COURSE, cookies=begun.cookies)
    assert campus.admits(response)
    assert campus.platform.calls[0]["sence_gate.session"].id_sesion_sence == "2"


def test_the_grace_is_that_of_the_likeliest_session(campus: Campus) -> None:
    """An attempt whose session ended long ago takes nothing from the session of the cookie."""
    cookies = campus.hold(minutes=30)
    ended = session(id_sesion_alumno=OTHER_ID, minutes=30, opened=NOW - timedelta(hours=1))
    assert campus.store.real.swap(None, ended, campus.entries()[0])
    cookies += "; " + campus.attempt(attendance(), OTHER_ID)
    campus.clock.move(minutes=35)
    assert campus.ask(COURSE, "POST", cookies=cookies, data={"a": "b"}).status_code == 200


def test_an_attempt_without_an_answer_takes_no_grace(campus: Campus) -> None:
    """Whoever began again while a form was still open may send it."""
    campus.hold(minutes=30)
    campus.clock.move(minutes=31)
    begun = campus.begin(cookies=campus.attempt(attendance(), ID_SESION_ALUMNO))
    assert begun.id_sesion_alumno != ID_SESION_ALUMNO
    assert campus.ask(COURSE, "POST", cookies=begun.cookies, data={"a": "b"}).status_code == 200


def test_many_attempts_cost_few_looks(campus: Campus) -> None:
    """However many cookies a browser brings, the store is asked for the newest attempts alone."""
    ids = [ID_SESION_ALUMNO.replace("Zm9ybSBh", f"attempt{number}") for number in range(9)]
    cookies = "; ".join(campus.attempt(attendance(), each) for each in ids)
    assert campus.gates(campus.ask(COURSE, cookies=cookies))
    assert campus.store.looks == MAX_ATTEMPTS


@pytest.mark.parametrize(
    "is_landed", [pytest.param(True, id="K14, session"), pytest.param(False, id="K14, attempt")]
)
def test_a_session_of_another_learner_does_not_count(school: Campus, is_landed: bool) -> None:
    """Shared computer: who logs in next at the platform does not get what the cookies say."""
    begun = school.begin(user=str(RUN))
    confirmed = school.call_back("/inicio/ok", answer(begun))
    landed = school.ask(confirmed.location or "", cookies=begun.cookies, user=str(RUN))
    cookies = kept(begun.cookies, landed) if is_landed else begun.cookies
    assert school.gates(school.ask(COURSE, cookies=cookies, user=str(OTHER_RUN)))
    assert school.admits(school.ask(COURSE, cookies=cookies, user=str(RUN)))


def test_k16_a_cookie_of_one_course_does_not_open_another(campus: Campus) -> None:
    """Neither as it is nor under the other course's name."""
    cookies = campus.hold()
    forged = cookies.replace("s-excel", "s-seguridad")
    assert campus.gates(campus.ask("/cursos/seguridad/", cookies=cookies))
    response = campus.ask("/cursos/seguridad/", cookies=forged)
    assert campus.gates(response)
    assert set_cookies(response) == {"__Host-_sence-s-seguridad": ""}


def test_k16_a_cookie_of_another_gate_does_not_open(campus: Campus) -> None:
    """A gate with other keys is somebody else's; what it signed is removed."""
    cookies = campus.hold()
    campus.configure(secret_keys=("another-key-of-the-tests-0123456789abcd",))
    response = campus.ask(COURSE, cookies=cookies)
    assert campus.gates(response)
    assert set_cookies(response) == {SESSION_COOKIE: ""}


def test_k12_a_closed_session_is_over_whatever_the_cookie_says(campus: Campus) -> None:
    """The store is the authority, and the browser is told to forget."""
    cookies = campus.hold()
    after = replace(session(), state=State.CLOSED, version=3)
    campus.store.real.swap(session(), after, campus.entries()[0])
    response = campus.ask(COURSE, cookies=cookies)
    assert campus.gates(response)
    assert set_cookies(response) == {SESSION_COOKIE: ""}


@pytest.mark.parametrize("state", [State.PENDING, State.FAILED])
def test_k20_a_store_that_has_not_heard_of_the_opening_is_behind(campus: Campus, state: State) -> None:
    """SENCE's answer waits in the spool of a host that cannot reach the store: nobody leaves for it."""
    campus.hold(state=state, opened=None, id_sesion_sence=None, version=1)
    cookies = header(campus.gate.parts.cookies.session(session(), NOW))
    assert campus.ask(COURSE, "POST", cookies=cookies, data={"a": "b"}).status_code == 200
    campus.platform.calls.clear()
    campus.clock.move(hours=4)
    assert campus.gates(campus.ask(COURSE, cookies=cookies))


def test_a_refusing_gate_believes_a_store_that_is_behind(campus: Campus) -> None:
    """With `on_failure = "refuse"` nobody is admitted whom the store does not know."""
    campus.configure(store=StoreSettings(on_failure=OnFailure.REFUSE))
    campus.hold(state=State.PENDING, opened=None, id_sesion_sence=None, version=1)
    cookies = header(campus.gate.parts.cookies.session(session(), NOW))
    assert campus.gates(campus.ask(COURSE, cookies=cookies))


def test_k20_a_session_that_the_store_does_not_know_is_forgotten(campus: Campus) -> None:
    """Unknown is not away: the cookie goes."""
    response = campus.ask(COURSE, cookies=header(campus.gate.parts.cookies.session(session(), NOW)))
    assert campus.gates(response)
    assert set_cookies(response) == {SESSION_COOKIE: ""}


def test_an_identity_that_is_no_run_is_refused(school: Campus) -> None:
    """A name that is claimed and is not a RUN would pass as nobody; it gets a page instead."""
    response = school.ask(COURSE, user="jperez")
    assert (response.status_code, school.platform.calls) == (403, [])
    assert "No pudimos reconocer tu RUN" in response.text


@pytest.mark.parametrize(
    "agent", [pytest.param("GoogleHC/1.0", id="H9, health check"), pytest.param("", id="H9, empty")]
)
def test_the_user_agent_opens_nothing(campus: Campus, agent: str) -> None:
    """Who a client says it is plays no part."""
    assert campus.gates(campus.ask(COURSE, headers={"User-Agent": agent}))


@pytest.mark.parametrize(
    "header_name",
    [
        "X-Forwarded-Uri",
        "X-Forwarded-Method",
        "X-Forwarded-Host",
        "X-Forwarded-Prefix",
        "X-Original-URL",
        "X-Original-URI",
        "X-Rewrite-URL",
        "Forwarded",
        "X-HTTP-Method-Override",
    ],
)
def test_h1_m2_a_header_chooses_no_other_rule(campus: Campus, header_name: str) -> None:
    """The path and the method that count are those of the request itself."""
    assert campus.gates(campus.ask(COURSE, headers={header_name: "/publico/"}))


def test_a3_a_copy_in_the_cache_is_not_confirmed_after_the_end(campus: Campus) -> None:
    """The gate answers before the platform could say 304."""
    cookies = campus.hold()
    campus.clock.move(hours=4)
    assert campus.gates(campus.ask(COURSE, cookies=cookies, headers={"If-None-Match": '"v1"'}))
