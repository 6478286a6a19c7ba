"""Which requests reach the platform, and whose session counts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from sence_gate.config import StoreSettings
from sence_gate.protocol.session import State
from sence_gate.stores.base import Kind
from tests.given import COURSE, Campus, answer, header, kept, set_cookies
from tests.samples import ID_SESION_ALUMNO, NOW, OTHER_RUN, RUN, course, session

SESSION_COOKIE = "__Host-_sence-s-excel"


def is_gated(campus: Campus, response: TestResponse) -> bool:
    """Tell whether the learner was sent to the start, and the platform was left alone."""
    location = response.location or ""
    return (response.status_code, campus.platform.calls) == (303, []) and "/_sence/inicio?" in location


def is_admitted(campus: Campus, response: TestResponse) -> bool:
    """Tell whether the platform answered."""
    return response.status_code == 200 and len(campus.platform.calls) == 1 and "Hola" in response.text


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
    assert is_admitted(campus, response)
    assert "Vary" not in response.headers


def test_who_is_not_logged_in_reaches_the_platform(school: Campus) -> None:
    """Nobody's request passes untouched, so that the platform can show its own login."""
    cookies = school.hold()
    response = school.ask(COURSE, cookies=cookies)
    assert is_admitted(school, response)
    assert "sence_gate.session" not in school.platform.calls[0]


def test_a_stranger_needs_a_start(campus: Campus) -> None:
    """Somebody's open session is no use to a browser that brings nothing."""
    campus.hold()
    assert is_gated(campus, campus.ask(COURSE))


def test_the_cookie_of_an_open_session_admits(campus: Campus) -> None:
    """The usual case: nothing is set again, nothing is written."""
    response = campus.ask(COURSE, cookies=campus.hold())
    assert is_admitted(campus, response)
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
    assert is_admitted(campus, response)
    assert list(set_cookies(response)) == [SESSION_COOKIE]


def test_a_pending_attempt_admits_nobody(campus: Campus) -> None:
    """Until SENCE answers there is no session."""
    assert is_gated(campus, campus.ask(COURSE, cookies=campus.begin().cookies))


def test_a_trusted_run_is_admitted_without_any_cookie(school: Campus) -> None:
    """The learner who changes the browser is known by the platform's own login."""
    school.hold()
    response = school.ask(COURSE, user=str(RUN))
    assert is_admitted(school, response)
    assert list(set_cookies(response)) == [SESSION_COOKIE]


def test_a_newer_attempt_counts_when_the_session_of_the_cookie_ended(campus: Campus) -> None:
    """An old cookie does not stand in the way of the session that the same browser opened after it."""
    _, cookies = campus.open_up()
    campus.clock.move(hours=4)
    begun = campus.begin(cookies=cookies)
    campus.call_back("/inicio/ok", answer(begun, IdSesionSence="2"))
    response = campus.ask(COURSE, cookies=begun.cookies)
    assert is_admitted(campus, response)
    assert campus.platform.calls[0]["sence_gate.session"].id_sesion_sence == "2"


@pytest.mark.parametrize(
    "is_landed", [pytest.param(True, id="K14, session"), pytest.param(False, id="K14, attempt")]
)
def test_a_session_of_another_learner_does_not_count(school: Campus, is_landed: bool) -> None:
    """Shared computer: who logs in next at the platform does not get what the cookies say."""
    begun = school.begin(user=str(RUN))
    confirmed = school.call_back("/inicio/ok", answer(begun))
    landed = school.ask(confirmed.location or "", cookies=begun.cookies, user=str(RUN))
    cookies = kept(begun.cookies, landed) if is_landed else begun.cookies
    assert is_gated(school, school.ask(COURSE, cookies=cookies, user=str(OTHER_RUN)))
    assert is_admitted(school, school.ask(COURSE, cookies=cookies, user=str(RUN)))


def test_k16_a_cookie_of_one_course_does_not_open_another(campus: Campus) -> None:
    """Neither as it is nor under the other course's name."""
    cookies = campus.hold()
    forged = cookies.replace("s-excel", "s-seguridad")
    assert is_gated(campus, campus.ask("/cursos/seguridad/", cookies=cookies))
    response = campus.ask("/cursos/seguridad/", cookies=forged)
    assert is_gated(campus, response)
    assert set_cookies(response) == {"__Host-_sence-s-seguridad": ""}


def test_k16_a_cookie_of_another_gate_does_not_open(campus: Campus) -> None:
    """A gate with other keys is somebody else's; what it signed is removed."""
    cookies = campus.hold()
    campus.configure(secret_keys=("another-key-of-the-tests-0123456789abcd",))
    response = campus.ask(COURSE, cookies=cookies)
    assert is_gated(campus, response)
    assert set_cookies(response) == {SESSION_COOKIE: ""}


def test_k12_a_closed_session_is_over_whatever_the_cookie_says(campus: Campus) -> None:
    """The store is the authority, and the browser is told to forget."""
    cookies = campus.hold()
    after = replace(session(), state=State.CLOSED, version=3)
    campus.store.real.swap(session(), after, campus.entries()[0])
    response = campus.ask(COURSE, cookies=cookies)
    assert is_gated(campus, response)
    assert set_cookies(response) == {SESSION_COOKIE: ""}


def test_k20_a_session_that_the_store_does_not_know_is_forgotten(campus: Campus) -> None:
    """Unknown is not away: the cookie goes."""
    response = campus.ask(COURSE, cookies=header(campus.gate.parts.cookies.session(session(), NOW)))
    assert is_gated(campus, response)
    assert set_cookies(response) == {SESSION_COOKIE: ""}


def test_k20_a_store_that_is_away_costs_no_cookie(school: Campus) -> None:
    """Away is not unknown: the answer asks to come back, and takes nothing."""
    school.store.is_away = True
    response = school.ask(COURSE, user=str(RUN))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert (set_cookies(response), school.platform.calls) == ({}, [])


@pytest.mark.parametrize(
    ("method", "status"),
    [
        pytest.param("GET", 303, id="GET"),
        pytest.param("HEAD", 303, id="HEAD"),
        pytest.param("POST", 403, id="POST"),
    ],
)
def test_the_end_is_written_down_once(campus: Campus, method: str, status: int) -> None:
    """Whatever is asked after the end, and however often, the ledger has one line; the cookie stays."""
    cookies = campus.hold()
    campus.clock.move(hours=4)
    for _ in range(3):
        response = campus.ask(COURSE, method, cookies=cookies, content_type="text/plain")
        assert (response.status_code, set_cookies(response)) == (status, {})
    assert [entry.kind for entry in campus.entries()] == [Kind.START_OK, Kind.TIMED_OUT]
    assert campus.session(ID_SESION_ALUMNO).state is State.EXPIRED


def test_ten_requests_at_once_write_one_end(campus: Campus) -> None:
    """A page with many parts, loaded just after the end."""
    cookies = campus.hold()
    campus.clock.move(hours=4)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: campus.ask(COURSE, cookies=cookies).status_code, range(10)))
    assert answers == [303] * 10
    assert len(campus.entries(Kind.TIMED_OUT)) == 1


@pytest.mark.parametrize(
    ("minutes", "seconds", "get", "post"),
    [
        pytest.param(179, 59, 200, 200, id="one second before the end"),
        pytest.param(180, 0, 303, 200, id="at the end"),
        pytest.param(194, 59, 303, 200, id="one second before the grace is over"),
        pytest.param(195, 0, 303, 403, id="after the grace"),
    ],
)
def test_a_form_in_flight_passes_for_a_while(
    campus: Campus, minutes: int, seconds: int, get: int, post: int
) -> None:
    """Answers of a quiz are not lost for some minutes; new pages are not shown."""
    cookies = campus.hold()
    campus.clock.move(minutes=minutes, seconds=seconds)
    form = {"respuesta": "b"}
    assert campus.ask(COURSE, cookies=cookies).status_code == get
    assert campus.ask(COURSE, "POST", cookies=cookies, data=form).status_code == post
    assert campus.platform.bodies[-1:] == ([b"respuesta=b"] if post == 200 else [])


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_passes_in_the_grace_is_flagged(campus: Campus, method: str) -> None:
    """The ledger tells which requests came through after the end."""
    cookies = campus.hold()
    campus.clock.move(minutes=185)
    campus.ask(f"{COURSE}?clave=x", method, cookies=cookies)
    (entry,) = campus.entries(Kind.GRACE)
    assert (entry.reason, entry.run, entry.course) == (f"{method} {COURSE}", str(RUN), "excel")
    assert len(campus.entries(Kind.TIMED_OUT)) == 1


def test_a_closed_session_has_no_grace(campus: Campus) -> None:
    """Who closed is done: a form after it does not pass."""
    cookies = campus.hold(state=State.CLOSED)
    response = campus.ask(COURSE, "POST", cookies=cookies, data={"a": "b"})
    assert (response.status_code, campus.platform.calls) == (403, [])


def test_the_grace_of_the_course_counts(campus: Campus) -> None:
    """`grace_minutes` can be none at all."""
    campus.configure(courses=(course(grace_minutes=0),))
    cookies = campus.hold()
    campus.clock.move(minutes=180)
    assert campus.ask(COURSE, "POST", cookies=cookies, data={"a": "b"}).status_code == 403


def test_a_page_with_sixty_parts_costs_one_look(campus: Campus) -> None:
    """A worker believes its last look for some seconds."""
    cookies = campus.hold()
    for _ in range(60):
        campus.ask(COURSE, cookies=cookies)
    assert campus.store.looks == 1
    assert len(campus.platform.calls) == 60


def test_a_trusted_run_costs_one_look_too(school: Campus) -> None:
    """Without a cookie the learner's open session is remembered just the same."""
    school.hold()
    for _ in range(5):
        school.ask(COURSE, user=str(RUN))
    assert school.store.looks == 1


def test_a_close_in_this_worker_is_seen_at_once(campus: Campus) -> None:
    """What a worker changes itself it does not believe any more."""
    _, cookies = campus.open_up()
    assert campus.ask(COURSE, cookies=cookies).status_code == 200
    campus.call_back("/cierre/ok", answer(campus.close_up(cookies)))
    assert campus.ask(COURSE, cookies=cookies).status_code == 303


def test_a_close_in_another_worker_is_seen_at_the_next_look(campus: Campus, tmp_path: Path) -> None:
    """With `recheck_seconds = 0` every request looks."""
    campus.configure(store=StoreSettings(recheck_seconds=0))
    other = Campus(tmp_path)
    _, cookies = campus.open_up()
    assert campus.ask(COURSE, cookies=cookies).status_code == 200
    other.call_back("/cierre/ok", answer(other.close_up(cookies)))
    assert campus.ask(COURSE, cookies=cookies).status_code == 303
    other.store.close()


def test_a_start_in_another_worker_is_seen_at_once(campus: Campus, tmp_path: Path) -> None:
    """That there is no session is never remembered: the learner just came back from SENCE."""
    other, begun = Campus(tmp_path), campus.begin()
    assert campus.ask(COURSE, cookies=begun.cookies).status_code == 303
    other.call_back("/inicio/ok", answer(begun))
    assert campus.ask(COURSE, cookies=begun.cookies).status_code == 200
    other.store.close()


def test_a_cookie_is_believed_while_the_store_is_away(campus: Campus) -> None:
    """A restart of the store throws nobody out, until the session's own end."""
    cookies = campus.hold()
    campus.store.is_away = True
    assert is_admitted(campus, campus.ask(COURSE, cookies=cookies))
    campus.clock.move(minutes=180)
    response = campus.ask(COURSE, cookies=cookies)
    assert (response.status_code, set_cookies(response)) == (303, {})
    assert len(campus.platform.calls) == 1


def test_a_form_passes_the_grace_without_the_store(campus: Campus, caplog: pytest.LogCaptureFixture) -> None:
    """What could not be written down is in the log."""
    cookies = campus.hold()
    campus.store.is_away = True
    campus.clock.move(minutes=185)
    assert campus.ask(COURSE, "POST", cookies=cookies, data={"a": "b"}).status_code == 200
    assert "was not written down" in caplog.text


def test_an_attempt_alone_is_not_believed_without_the_store(campus: Campus) -> None:
    """It says that somebody went to SENCE, not what SENCE said: 503, and the cookie stays."""
    begun = campus.begin()
    campus.store.is_away = True
    response = campus.ask(COURSE, cookies=begun.cookies)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert (set_cookies(response), campus.platform.calls) == ({}, [])


def test_a_script_learns_that_the_store_is_away(campus: Campus) -> None:
    """A script gets JSON that it can read, not a page."""
    begun = campus.begin()
    campus.store.is_away = True
    headers = {"X-Requested-With": "XMLHttpRequest"}
    response = campus.ask(COURSE, cookies=begun.cookies, headers=headers)
    assert (response.status_code, response.mimetype) == (503, "application/problem+json")
    assert response.headers["Retry-After"] == "10"


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
    assert is_gated(campus, campus.ask(COURSE, headers={"User-Agent": agent}))


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
    assert is_gated(campus, campus.ask(COURSE, headers={header_name: "/publico/"}))


def test_a3_a_copy_in_the_cache_is_not_confirmed_after_the_end(campus: Campus) -> None:
    """The gate answers before the platform could say 304."""
    cookies = campus.hold()
    campus.clock.move(hours=4)
    assert is_gated(campus, campus.ask(COURSE, cookies=cookies, headers={"If-None-Match": '"v1"'}))
