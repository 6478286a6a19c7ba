"""A contingency while SENCE is down: one page, then the course, and a line in the ledger."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sence_gate.config import StoreSettings
from sence_gate.cookies import Mark
from sence_gate.shared import Shared
from sence_gate.stores.base import Bypass, Entry, Kind
from tests.exchanged import header
from tests.given import COURSE, HOME, TRUSTED, Campus, answer, hidden_fields, kept
from tests.samples import NOW, OTHER_RUN, RUN

FRESH = StoreSettings(recheck_seconds=0)
PAGE = "SENCE no está disponible"
FORM = {"curso": "excel", "volver": COURSE, "run": str(RUN)}


def declare(campus: Campus, course: str = "", hours: float = 4, key: str = "k1") -> None:
    """Declare a contingency, as the command line does."""
    now = campus.clock()
    declared = Bypass(course, key, now, now + timedelta(hours=hours), "SENCE no responde", "ana")
    campus.store.real.keep_bypass(declared, Entry(now, Kind.BYPASS))


@pytest.fixture(name="campus")
def fresh_campus(campus: Campus) -> Campus:
    """Return a campus whose gate looks at the store each time."""
    campus.configure(store=FRESH)
    return campus


def probe(campus: Campus) -> str:
    """Return the cookie of a browser that keeps cookies."""
    return header(campus.gate.parts.cookies.mark(Mark.PROBE, "1", seconds=1))


def go_in(campus: Campus, cookies: str = "", **more: Any) -> str:
    """Press the button of the page, and return the cookies after it."""
    cookies = cookies or probe(campus)
    response = campus.press("/_sence/contingencia", FORM, cookies=cookies, **more)
    assert (response.status_code, response.location) == (303, COURSE)
    return kept(cookies, response)


def test_without_a_contingency_nothing_changes(campus: Campus) -> None:
    """The start page is the start page, and the button of the other leads to it."""
    assert PAGE not in campus.ask("/_sence/inicio?curso=excel").text
    response = campus.press("/_sence/contingencia", FORM, cookies=probe(campus))
    assert "/_sence/inicio?curso=excel" in (response.location or "")
    assert campus.entries() == []


def test_whoever_presses_too_late_is_sent_to_the_start(tmp_path: Path) -> None:
    """Also a learner whom the platform names: the contingency ended while the page stood open."""
    campus = Campus(tmp_path, learner=TRUSTED, store=FRESH)
    declare(campus, hours=1)
    campus.clock.move(hours=1)
    response = campus.press("/_sence/contingencia", FORM, user=str(RUN))
    assert (response.status_code, "/_sence/inicio?curso=excel" in (response.location or "")) == (303, True)
    assert campus.entries(Kind.PASSED) == []
    campus.store.close()


def test_learners_are_told_and_pass(campus: Campus) -> None:
    """From the lesson to the page, and with one press back to the lesson, which is the platform's."""
    declare(campus)
    told = campus.ask(campus.ask(COURSE).location or "")
    assert (told.status_code, PAGE in told.text, "hasta las 15:30" in told.text) == (200, True, True)
    assert hidden_fields(told) == {"curso": "excel", "volver": COURSE}
    assert campus.admits(campus.ask(COURSE, cookies=go_in(campus, kept("", told))))


def test_the_bar_asks_nobody_who_passed_for_a_start(campus: Campus) -> None:
    """Until it ends; whoever did not pass is told where to."""
    declare(campus, hours=1)
    cookies = go_in(campus)
    told = [_told_to_the_bar(campus, each) for each in (cookies, "")]
    campus.clock.move(hours=1)
    assert [*told, _told_to_the_bar(campus, cookies)] == ["none", "needed", "needed"]


def _told_to_the_bar(campus: Campus, cookies: str) -> str:
    told: Any = campus.ask("/_sence/estado", query_string={"url": COURSE}, cookies=cookies).json
    return str(told["state"])


def test_the_ledger_tells_who_passed(campus: Campus) -> None:
    """Learner, course, who declared it and why, and the incident of the page."""
    declare(campus)
    go_in(campus)
    (entry,) = campus.entries(Kind.PASSED)
    assert (entry.course, entry.run, entry.at) == ("excel", str(RUN), NOW)
    assert (entry.flags, entry.reason) == (("bypass", "run_typed"), "ana: SENCE no responde")
    assert entry.incident


@pytest.mark.parametrize("kind", [{"Sec-Fetch-Mode": "cors"}, {"Sec-Fetch-Dest": "iframe"}, {}])
def test_who_passed_uses_the_course_as_always(campus: Campus, kind: dict[str, str]) -> None:
    """Scripts, frames and forms too; nothing more is written for each request."""
    declare(campus)
    cookies = go_in(campus)
    for method in ("GET", "POST"):
        assert campus.ask(COURSE, method, cookies=cookies, headers=kind).status_code == 200
    assert len(campus.entries(Kind.PASSED)) == 1


def test_it_ends_by_itself(campus: Campus) -> None:
    """At its very end: the next page asks to register."""
    declare(campus, hours=1)
    cookies = go_in(campus)
    campus.clock.move(minutes=59, seconds=59)
    assert campus.ask(COURSE, cookies=cookies).status_code == 200
    campus.clock.move(seconds=1)
    campus.platform.calls.clear()
    assert campus.gates(campus.ask(COURSE, cookies=cookies))


def test_it_can_be_ended(campus: Campus) -> None:
    """For those too who went in; and a new one begins with a page again."""
    declare(campus)
    cookies = go_in(campus)
    declare(campus, hours=0)
    assert campus.gates(campus.ask(COURSE, cookies=cookies))
    declare(campus, key="k2")
    assert campus.gates(campus.ask(COURSE, cookies=cookies))


@pytest.mark.parametrize(("course", "is_open"), [("excel", True), ("", True), ("seguridad", False)])
def test_it_is_of_one_course_or_of_all(campus: Campus, course: str, is_open: bool) -> None:
    """No other course is opened with it."""
    declare(campus, course)
    assert (PAGE in campus.ask("/_sence/inicio?curso=excel").text) is is_open


def test_a_pass_of_one_course_opens_no_other(campus: Campus) -> None:
    """Each course is entered by its own page, and has its own line."""
    declare(campus)
    assert campus.gates(campus.ask("/cursos/seguridad/1", cookies=go_in(campus)))


def test_a_pass_counts_on_paths_that_courses_share(campus: Campus) -> None:
    """Whoever went in to one of the courses is not asked to choose among the others."""
    rule = Shared(paths=("/mod/",), courses=("excel", "seguridad"))
    campus.configure(store=FRESH, shared=(rule,))
    declare(campus, "excel")
    assert campus.admits(campus.ask("/mod/quiz/1", cookies=go_in(campus)))


def test_an_open_session_stays_what_it_is(campus: Campus) -> None:
    """Whoever registered before sees nothing of it, and can close."""
    _, cookies = campus.open_up()
    declare(campus)
    assert campus.admits(campus.ask(COURSE, cookies=cookies))
    assert campus.close_up(cookies).fields["IdSesionSence"]
    assert campus.entries(Kind.PASSED) == []


def test_sence_can_be_tried_all_the_same(campus: Campus) -> None:
    """Whom SENCE lets in is registered, contingency or not."""
    declare(campus)
    told = campus.ask("/_sence/inicio?curso=excel")
    assert "sence=1" in told.text
    start = campus.ask("/_sence/inicio?curso=excel&sence=1")
    assert (PAGE in start.text, 'action="/_sence/inicio"' in start.text) == (False, True)
    begun = campus.begin(cookies=kept("", start))
    assert campus.call_back("/inicio/ok", answer(begun)).status_code == 303


@pytest.mark.parametrize(
    "cookies",
    [
        pytest.param("__Host-_sence-b-excel=forged", id="forged"),
        pytest.param("__Host-_sence-b-excel=", id="empty"),
    ],
)
def test_a_pass_cannot_be_made_up(campus: Campus, cookies: str) -> None:
    """Only the page gives it, signed."""
    declare(campus)
    assert campus.gates(campus.ask(COURSE, cookies=cookies))


def test_a_pass_belongs_to_its_learner(tmp_path: Path) -> None:
    """Shared computers: the next one who is logged in sees the page and has a line of her own."""
    campus = Campus(tmp_path, learner=TRUSTED, store=FRESH)
    declare(campus)
    cookies = go_in(campus, user=str(RUN))
    assert campus.gates(campus.ask(COURSE, cookies=cookies, user=str(OTHER_RUN)))
    assert campus.ask(COURSE, cookies=cookies, user=str(RUN)).status_code == 200
    go_in(campus, cookies, user=str(OTHER_RUN))
    assert [entry.run for entry in campus.entries(Kind.PASSED)] == [str(RUN), str(OTHER_RUN)]
    campus.store.close()


@pytest.mark.parametrize("typed", ["", "1-1", "12345678-9", "\0"])
def test_nobody_passes_without_a_run(campus: Campus, typed: str) -> None:
    """The ledger must say who: the form comes back with the reason."""
    declare(campus)
    response = campus.press("/_sence/contingencia", FORM | {"run": typed}, cookies=probe(campus))
    assert (response.status_code, 'id="run-error"' in response.text) == (422, True)
    assert campus.entries(Kind.PASSED) == []


def test_a_look_that_failed_is_told(campus: Campus, caplog: pytest.LogCaptureFixture) -> None:
    """What was seen before holds until its end, and the log says why nothing newer counts."""
    declare(campus)
    cookies = go_in(campus)
    campus.store.is_away = True
    assert campus.gate.parts.contingencies.of("excel", campus.clock()) is not None
    assert "contingencies were not looked up" in caplog.text
    assert campus.ask(COURSE, cookies=cookies).status_code == 200


def test_nobody_passes_unwritten(campus: Campus) -> None:
    """A store that cannot keep the line lets nobody in."""
    declare(campus)
    assert PAGE in campus.ask("/_sence/inicio?curso=excel").text
    campus.store.is_away = True
    assert campus.press("/_sence/contingencia", FORM, cookies=probe(campus)).status_code == 503


def test_a_store_that_is_away_ends_no_contingency(campus: Campus) -> None:
    """The last look holds until its end: SENCE and the store may be down together."""
    declare(campus)
    cookies = go_in(campus)
    campus.store.is_away = True
    assert campus.ask(COURSE, cookies=cookies).status_code == 200


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_another_site_lets_nobody_pass(campus: Campus, headers: dict[str, str]) -> None:
    """X1: the page is ours, and the press the learner's."""
    declare(campus)
    response = campus.press("/_sence/contingencia", FORM, cookies=probe(campus), headers=headers)
    assert (response.status_code, campus.entries(Kind.PASSED)) == (403, [])


def test_a_browser_without_cookies_is_told(campus: Campus) -> None:
    """It would come back to the page for ever, a line each time."""
    declare(campus)
    response = campus.ask("/_sence/contingencia", "POST", data=FORM, headers={"Origin": HOME})
    assert "no guarda cookies" in response.text
    assert campus.entries(Kind.PASSED) == []


@pytest.mark.parametrize("volver", ["https://evil.example/", "//evil", "/_sence/", "/cursos/seguridad/"])
def test_r2_the_way_on_is_a_page_of_the_course(campus: Campus, volver: str) -> None:
    """As after a start."""
    declare(campus)
    response = campus.press("/_sence/contingencia", FORM | {"volver": volver}, cookies=probe(campus))
    assert response.location == "/cursos/excel/"


def test_ready_reminds_the_operator(campus: Campus) -> None:
    """A contingency that was forgotten shows wherever the gate is watched, with the command that ends it."""
    assert "contingency" not in campus.ready().text
    declare(campus)
    response = campus.ready()
    assert (response.status_code, "a contingency lets learners pass" in response.text) == (200, True)
    assert re.search(r"sence-gate bypass stop (--all|--course excel)\n", response.text)
