"""The end of a session, the grace after it, and how long a worker may go without the store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sence_gate.config import StoreSettings
from sence_gate.protocol.session import State
from sence_gate.stores.base import Kind
from tests.given import COURSE, Campus, answer, set_cookies
from tests.samples import ID_SESION_ALUMNO, RUN, course

SESSION_COOKIE = "__Host-_sence-s-excel"


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


@pytest.mark.parametrize(
    ("back", "is_let_in"),
    [
        pytest.param({"seconds": 60}, True, id="a minute, as hosts differ"),
        pytest.param({"minutes": 179}, True, id="less than a session lasts"),
        pytest.param({"minutes": 180}, False, id="as long as a session lasts"),
        pytest.param({"hours": 9_600}, False, id="a year"),
    ],
)
def test_a_clock_that_was_ahead_makes_no_endless_session(
    school: Campus, back: dict[str, float], is_let_in: bool
) -> None:
    """Opened while the clock was wrong: it ends when the clock is set back, and not a year later."""
    cookies = school.hold()
    school.clock.move(**{unit: -amount for unit, amount in back.items()})
    response = school.ask(COURSE, cookies=cookies, user=str(RUN))
    assert (response.status_code == 200) is is_let_in
    assert (school.session(ID_SESION_ALUMNO).state is State.OPEN) is is_let_in


def test_what_a_worker_ended_it_does_not_believe_to_be_open(campus: Campus) -> None:
    """Its last look at the store is a few seconds old, and older than the end."""
    cookies = campus.hold()
    assert campus.admits(campus.ask(COURSE, cookies=cookies))
    recheck = campus.gate.parts.recheck
    seen = recheck.get(ID_SESION_ALUMNO)
    assert seen
    assert recheck.look_at(seen)
    campus.clock.move(hours=4)
    campus.ask(COURSE, cookies=cookies)
    assert recheck.look_at(seen) is None


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
    assert campus.admits(campus.ask(COURSE, cookies=cookies))
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
