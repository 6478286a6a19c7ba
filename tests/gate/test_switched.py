"""A course that is switched from SENCE's test system to production, or back, while learners are inside."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from sence_gate.config import StoreSettings
from sence_gate.protocol.messages import Environment
from sence_gate.protocol.session import State
from sence_gate.report import Background, Period
from sence_gate.report import attendance as attended
from sence_gate.shared import Shared
from sence_gate.stores.base import Bypass, Entry, Kind
from tests.asking import DIALECTS, ask, asked_campus
from tests.exchanged import header
from tests.given import COURSE, TRUSTED, Campus, answer, kept
from tests.samples import NOW, RUN, attendance, course, session

PRODUCTION = attendance(environment=Environment.PRODUCTION)
OTHER_ID = session().id_sesion_alumno.replace("Zm9ybSBh", "b3RoZXIt")


def switch(campus: Campus, to: Environment = Environment.PRODUCTION, **more: object) -> None:
    """Start the gate again with the course in the environment *to*."""
    campus.configure(courses=(course(environment=to),), **more)


def test_a_session_of_the_test_system_opens_no_course_in_production(campus: Campus) -> None:
    """Whoever is inside is asked to start: otherwise the OTEC gets no attendance, and no pay."""
    _, cookies = campus.open_up()
    campus.platform.calls.clear()
    switch(campus)
    assert campus.gates(campus.ask(COURSE, cookies=cookies))


def test_the_learner_whom_the_platform_names_starts_too(school: Campus) -> None:
    """The store's word is judged as the cookie's."""
    school.hold()
    switch(school, learner=TRUSTED)
    assert school.gates(school.ask(COURSE, user=str(RUN)))


def test_what_a_worker_remembers_is_judged_too(campus: Campus) -> None:
    """Within `recheck_seconds` no session of the test system is believed either."""
    cookies = campus.hold()
    switch(campus, store=StoreSettings(recheck_seconds=60))
    for _ in range(2):
        assert campus.gates(campus.ask(COURSE, cookies=cookies))


def test_a_cookie_is_judged_too_while_the_store_is_away(campus: Campus) -> None:
    """The cookie says where its session was opened."""
    cookies = campus.hold()
    switch(campus)
    campus.store.is_away = True
    assert campus.gates(campus.ask(COURSE, cookies=cookies))


@pytest.mark.parametrize("minutes", [60, 185], ids=["while it runs", "just after its end"])
def test_no_form_passes_with_it(campus: Campus, minutes: int) -> None:
    """The grace is for who had a session that counts."""
    cookies = campus.hold()
    switch(campus)
    campus.clock.move(minutes=minutes)
    response = campus.ask(COURSE, "POST", cookies=cookies, data={"a": "b"})
    assert (response.status_code, campus.platform.calls) == (403, [])
    assert campus.entries(Kind.GRACE) == []


def test_the_start_page_starts_anew(campus: Campus) -> None:
    """Neither "already open", which would lead in a circle, nor the attempt of the test system once more."""
    _, cookies = campus.open_up()
    switch(campus)
    page = campus.ask(campus.ask(COURSE, cookies=cookies).location or "", cookies=cookies)
    assert page.status_code == 200
    assert "Ya comenzaste" not in page.text
    begun = campus.begin(cookies=cookies)
    assert begun.action.endswith("/rce/Registro/IniciarSesion")
    campus.call_back("/inicio/ok", answer(begun, IdSesionSence="2"))
    assert campus.admits(campus.ask(COURSE, cookies=begun.cookies))


def test_its_close_is_offered_and_goes_where_it_was_opened(campus: Campus) -> None:
    """The test system knows it, and the production one never heard of it."""
    _, cookies = campus.open_up()
    switch(campus)
    assert "Excel básico" in campus.ask("/_sence/", cookies=cookies).text
    closing = campus.close_up(cookies)
    assert closing.action.endswith("/rcetest/Registro/CerrarSesion")
    campus.call_back("/cierre/ok", answer(closing))
    assert campus.session(closing.id_sesion_alumno).state is State.CLOSED


def test_the_close_is_that_of_the_session_that_counts(school: Campus) -> None:
    """With both open, the button closes the attendance; the other comes after it."""
    cookies = school.hold()
    counted = session(id_sesion_alumno=OTHER_ID, attendance=PRODUCTION, since=NOW + timedelta(minutes=1))
    assert school.store.real.swap(None, counted, Entry(NOW, Kind.START_OK))
    switch(school, learner=TRUSTED)
    closing = school.close_up(cookies, user=str(RUN))
    assert (closing.id_sesion_alumno, closing.action.split("/")[3]) == (OTHER_ID, "rce")


def test_the_bar_says_that_it_is_over(campus: Campus) -> None:
    """With the start and the close at hand, and no time left."""
    cookies = campus.hold()
    switch(campus)
    told = campus.ask("/_sence/estado", query_string={"url": COURSE}, cookies=cookies).json
    assert told
    assert (told["state"], told["remaining"]) == ("expired", 0)
    assert told["close_url"] == "/_sence/cierre?curso=excel"


def test_what_the_test_system_confirms_after_the_switch_leads_to_a_start(campus: Campus) -> None:
    """No page says that an attendance was registered; the session is kept, and can be closed."""
    begun = campus.begin()
    switch(campus)
    confirmed = campus.call_back("/inicio/ok", answer(begun))
    cookies = kept(begun.cookies, confirmed)
    landed = campus.ask(confirmed.location or "", cookies=cookies)
    assert landed.status_code == 303
    assert (landed.location or "").startswith("/_sence/inicio?curso=excel")
    assert campus.ask(landed.location or "", cookies=cookies).status_code == 200
    assert campus.session(begun.id_sesion_alumno).state is State.OPEN
    assert campus.close_up(cookies).action.endswith("/rcetest/Registro/CerrarSesion")


def test_a_session_of_production_counts_in_a_course_that_is_tested_again(campus: Campus) -> None:
    """Its attendance is registered: nobody is thrown out, and nobody starts in the test system."""
    cookies = campus.hold(attendance=PRODUCTION)
    switch(campus, Environment.TEST)
    assert campus.admits(campus.ask(COURSE, cookies=cookies))


def test_a_contingency_lets_pass_as_everybody(campus: Campus) -> None:
    """While SENCE is down nothing can be started: who had a session of the test system sees that page."""
    cookies = campus.hold()
    switch(campus)
    declared = Bypass("", "k1", NOW, NOW + timedelta(hours=4), "SENCE no responde", "ana")
    campus.store.real.keep_bypass(declared, Entry(NOW, Kind.BYPASS))
    page = campus.ask(campus.ask(COURSE, cookies=cookies).location or "", cookies=cookies)
    assert "SENCE no está disponible" in page.text
    form = {"curso": "excel", "volver": COURSE, "run": str(RUN)}
    passed = campus.press("/_sence/contingencia", form, cookies=kept(cookies, page))
    assert campus.admits(campus.ask(COURSE, cookies=kept(cookies, passed)))


def test_below_a_shared_path_it_opens_nothing(campus: Campus) -> None:
    """The course that it is of is to be chosen, and the bar speaks of the one that counts."""
    cookies = campus.hold()
    both = (
        course(environment=Environment.PRODUCTION),
        course(id="word", paths=("/cursos/word/",), codigo_curso="5123458"),
    )
    campus.configure(courses=both, shared=(Shared(("/mod/",), ("excel", "word")),))
    assert campus.gates(campus.ask("/mod/quiz/1", cookies=cookies))
    other = session(
        id_sesion_alumno=OTHER_ID.replace("excel", "word"),
        course="word",
        attendance=attendance(codigo_curso="5123458"),
    )
    assert campus.store.real.swap(None, other, Entry(NOW, Kind.START_OK))
    cookies += "; " + header(campus.gate.parts.cookies.session(other, NOW))
    assert campus.admits(campus.ask("/mod/quiz/1", cookies=cookies))
    told = campus.ask("/_sence/estado", query_string={"url": "/mod/quiz/1"}, cookies=cookies).json
    assert told
    assert (told["course"], told["state"]) == ("word", "open")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_front_server_is_told_the_same(tmp_path: Path, dialect: str) -> None:
    """No question is answered with 2xx, asked for the first time or again."""
    campus = asked_campus(tmp_path, dialect)
    cookies = campus.hold()
    assert ask(campus, COURSE, cookies=cookies).status_code == 204
    campus.configure(
        **{
            **{each: getattr(campus.config, each) for each in ("forward_auth", "trusted_proxies")},
            "courses": (course(environment=Environment.PRODUCTION),),
        }
    )
    for _ in range(2):
        assert ask(campus, COURSE, cookies=cookies).status_code in (303, 401)
    campus.store.close()


def test_the_report_tells_both_apart(campus: Campus) -> None:
    """One line each, with its environment: only one of them is attendance."""
    _, cookies = campus.open_up()
    switch(campus)
    begun = campus.begin(cookies=cookies)
    campus.call_back("/inicio/ok", answer(begun, IdSesionSence="2"))

    def environment_of(id_sesion_alumno: str, _told: object) -> Environment:
        return campus.session(id_sesion_alumno).attendance.environment

    background = Background(campus.clock(), lambda _: 180, environment_of)
    rows = attended(campus.entries(), background, Period())
    assert [row.environment for row in rows] == [Environment.TEST, Environment.PRODUCTION]
