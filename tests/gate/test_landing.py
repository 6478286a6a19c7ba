"""Whose is the session that SENCE confirmed? The request after the callback tells."""

from __future__ import annotations

import re

import pytest

from sence_gate.cookies import tag_of
from sence_gate.protocol.session import State
from sence_gate.stores.base import Kind
from tests.given import COURSE, Campus, Trip, answer, kept, set_cookies
from tests.samples import OTHER_RUN, RUN, course

SESSION_COOKIE = "__Host-_sence-s-excel"
START = "/_sence/inicio?curso=excel&volver=%2Fcursos%2Fexcel%2Fleccion%2F3"


def confirmed(campus: Campus, begun: Trip) -> tuple[str, str]:
    """Let SENCE confirm; return the address after it and the cookie that came with it."""
    response = campus.call_back("/inicio/ok", answer(begun))
    return response.location or "", kept("", response)


def test_the_browser_that_began_gets_the_session(campus: Campus) -> None:
    """The page says so, leads to the page that was wanted, and sets the session's cookie."""
    begun = campus.begin(volver="/cursos/excel/leccion/3?a=%2F&b=c%20d")
    url, carried = confirmed(campus, begun)
    response = campus.ask(url, cookies=f"{begun.cookies}; {carried}")
    assert (response.status_code, "Asistencia registrada" in response.text) == (200, True)
    assert 'href="/cursos/excel/leccion/3?a=%2F&amp;b=c%20d"' in response.text
    assert set_cookies(response).keys() == {SESSION_COOKIE, carried.partition("=")[0]}
    assert set_cookies(response)[carried.partition("=")[0]] == ""


def test_c1_only_after_it_the_session_counts_here(campus: Campus) -> None:
    """The cookies that the page set open the course."""
    begun, cookies = campus.open_up()
    only_session = "; ".join(pair for pair in cookies.split("; ") if pair.startswith(SESSION_COOKIE))
    assert campus.ask(COURSE, cookies=only_session).status_code == 200
    assert campus.session(begun.id_sesion_alumno).state is State.OPEN


def test_vuelta_can_be_reloaded(campus: Campus) -> None:
    """A learner who presses reload, or comes back to it, lands in the same place."""
    begun = campus.begin()
    url, carried = confirmed(campus, begun)
    cookies = f"{begun.cookies}; {carried}"
    for _ in range(3):
        response = campus.ask(url, cookies=cookies)
        assert (response.status_code, f'href="{COURSE}"' in response.text) == (200, True)
        cookies = kept(cookies, response)
    assert len(campus.entries()) == 2


def test_vuelta_lands_without_the_callbacks_cookie(campus: Campus) -> None:
    """The attempt and the store are enough."""
    begun = campus.begin()
    url, _ = confirmed(campus, begun)
    assert campus.ask(url, cookies=begun.cookies).status_code == 200


def test_vuelta_lands_without_the_store(campus: Campus) -> None:
    """SENCE's answer, carried by our own signed cookie, is believed meanwhile."""
    begun = campus.begin()
    url, carried = confirmed(campus, begun)
    campus.store.is_away = True
    response = campus.ask(url, cookies=f"{begun.cookies}; {carried}")
    assert response.status_code == 200
    assert SESSION_COOKIE in set_cookies(response)


def test_vuelta_lands_before_the_store_has_heard_of_it(campus: Campus) -> None:
    """The callback came through a host that keeps it in its spool: it is not made at SENCE a second time."""
    begun = campus.begin()
    before = campus.session(begun.id_sesion_alumno)
    url, carried = confirmed(campus, begun)
    store = campus.store.real
    assert store.swap(store.get(begun.id_sesion_alumno), before, campus.entries()[0])
    response = campus.ask(url, cookies=f"{begun.cookies}; {carried}")
    assert response.status_code == 200
    assert SESSION_COOKIE in set_cookies(response)


def test_vuelta_without_store_and_answer_asks_to_come_back(campus: Campus) -> None:
    """Nothing to believe: 503, and all cookies are kept."""
    begun = campus.begin()
    url, _ = confirmed(campus, begun)
    campus.store.is_away = True
    response = campus.ask(url, cookies=begun.cookies)
    assert (response.status_code, set_cookies(response)) == (503, {})


def test_c4_another_browser_gets_nothing_and_the_first_loses_nothing(campus: Campus) -> None:
    """B brings the callback of A and opens what follows; A's next request still opens the session."""
    begun = campus.begin()
    url, carried = confirmed(campus, begun)
    response = campus.ask(url, cookies=carried)
    assert (response.status_code, set_cookies(response)) == (403, {})
    assert "comenzó en otro navegador" in response.text
    assert campus.ask(COURSE, cookies=carried).status_code == 303
    assert campus.ask(COURSE, cookies=begun.cookies).status_code == 200


def test_c4_a_guessed_tag_gets_nothing(campus: Campus) -> None:
    """Whoever sees the address of somebody's return holds nothing."""
    url, _ = confirmed(campus, campus.begin())
    assert campus.ask(url).status_code == 403


def test_c4_the_own_attempt_does_not_open_anothers(campus: Campus) -> None:
    """A browser with an attempt of its own, sent to the return of another's."""
    mine, theirs = campus.begin(run=str(OTHER_RUN)), campus.begin()
    url, carried = confirmed(campus, theirs)
    response = campus.ask(url, cookies=f"{mine.cookies}; {carried}")
    assert (response.status_code, set_cookies(response)) == (403, {})


def test_a_trusted_run_lands_in_another_browser(school: Campus) -> None:
    """The login at SENCE ended in another browser, where the platform knows the same learner."""
    begun = school.begin(user=str(RUN))
    url, carried = confirmed(school, begun)
    response = school.ask(url, cookies=carried, user=str(RUN))
    assert response.status_code == 200
    assert SESSION_COOKIE in set_cookies(response)
    assert 'href="/cursos/excel/"' in response.text


def test_c25_a_session_of_another_run_is_not_bound(school: Campus) -> None:
    """SENCE confirmed one learner, the platform names another: a page, no session."""
    begun = school.begin(user=str(RUN))
    url, carried = confirmed(school, begun)
    cookies = f"{begun.cookies}; {carried}"
    response = school.ask(url, cookies=cookies, user=str(OTHER_RUN))
    assert (response.status_code, set_cookies(response)) == (403, {})
    assert ("Comenzaste con otra cuenta" in response.text, "otro navegador" in response.text) == (True, False)
    assert school.ask(COURSE, cookies=cookies, user=str(OTHER_RUN)).status_code == 303


def test_vuelta_before_sence_answered_leads_to_the_start(campus: Campus) -> None:
    """The address typed by hand, or opened too early: the learner can go on from the start page."""
    begun = campus.begin()
    tag = tag_of(begun.id_sesion_alumno)
    response = campus.ask(f"/_sence/vuelta?i={tag}", cookies=begun.cookies)
    assert (response.status_code, response.location) == (303, START)


def test_vuelta_of_a_refused_attempt_leads_to_the_start(campus: Campus) -> None:
    """SENCE refused: there is nothing to land on."""
    begun = campus.begin()
    campus.call_back("/inicio/error", answer(begun, GlosaError="100"))
    response = campus.ask(f"/_sence/vuelta?i={tag_of(begun.id_sesion_alumno)}", cookies=begun.cookies)
    assert (response.status_code, response.location) == (303, START)


@pytest.mark.parametrize(
    "query",
    ["?i=AAAAAAAA", "?i=%00", "?i=" + "A" * 5000, "?i=..%2F..", "?i=%3Cscript%3E"],
)
def test_vuelta_of_nobody_s_attempt_is_the_page_for_strangers(campus: Campus, query: str) -> None:
    """Whatever the query names, never a failure."""
    response = campus.ask(f"/_sence/vuelta{query}", cookies=campus.begin().cookies)
    assert (response.status_code, set_cookies(response)) == (403, {})


@pytest.mark.parametrize("query", ["", "?i=", "?otra=1"])
def test_vuelta_that_names_no_attempt_is_a_page(campus: Campus, query: str) -> None:
    """Somebody opened the address by hand: nothing of SENCE's came, and nobody is a stranger."""
    response = campus.ask(f"/_sence/vuelta{query}", cookies=campus.begin().cookies)
    assert (response.status_code, set_cookies(response)) == (200, {})


def test_a_closed_session_lands_on_the_closed_page(campus: Campus) -> None:
    """After the close the cookies go; the page says that nothing is left to do."""
    _, cookies = campus.open_up()
    closed = campus.call_back("/cierre/ok", answer(campus.close_up(cookies)))
    response = campus.ask(closed.location or "", cookies=cookies)
    assert (response.status_code, "Sesión cerrada" in response.text) == (200, True)
    assert not re.search("_sence-[acs]-", kept(cookies, response))


@pytest.mark.parametrize("hours", [pytest.param(0, id="at once"), pytest.param(2.5, id="closed late")])
def test_the_closed_page_can_be_reloaded(campus: Campus, hours: float) -> None:
    """F5 shows it again, though nothing is left that could open or close; to a stranger it shows nothing."""
    _, cookies = campus.open_up()
    campus.clock.move(hours=hours)
    closed = campus.call_back("/cierre/ok", answer(campus.close_up(cookies)))
    left = kept(cookies, campus.ask(closed.location or "", cookies=cookies))
    again = campus.ask(closed.location or "", cookies=left)
    assert (again.status_code, "Sesión cerrada" in again.text) == (200, True)
    assert campus.ask(closed.location or "").status_code == 403
    assert campus.gates(campus.ask(COURSE, cookies=left))


def test_a_closed_page_is_not_for_the_next_learner(school: Campus) -> None:
    """At a shared computer the name of the course that somebody closed is not shown."""
    _, cookies = school.open_up(user=str(RUN))
    closed = school.call_back("/cierre/ok", answer(school.close_up(cookies, user=str(RUN))))
    left = kept(cookies, school.ask(closed.location or "", cookies=cookies, user=str(RUN)))
    assert school.ask(closed.location or "", cookies=left, user=str(RUN)).status_code == 200
    assert school.ask(closed.location or "", cookies=left, user=str(OTHER_RUN)).status_code == 403


def test_the_closed_page_offers_the_other_open_sessions(campus: Campus) -> None:
    """Two courses at once: the second is not forgotten."""
    _, cookies = campus.open_up()
    _, cookies = campus.open_up(course="seguridad", volver="/cursos/seguridad/", cookies=cookies)
    closed = campus.call_back("/cierre/ok", answer(campus.close_up(cookies)))
    response = campus.ask(closed.location or "", cookies=cookies)
    assert "Seguridad en el trabajo" in response.text
    assert 'name="curso" value="seguridad"' in response.text
    assert 'name="curso" value="excel"' not in response.text


@pytest.mark.parametrize(
    "is_written", [pytest.param(False, id="not noticed"), pytest.param(True, id="noticed")]
)
def test_an_ended_session_lands_on_a_page_that_still_offers_the_close(
    campus: Campus, is_written: bool
) -> None:
    """The end is no obstacle to the close: the cookie that it needs stays, whoever noticed the end first."""
    campus.configure(courses=(course(minutes=30),))
    begun, cookies = campus.open_up()
    campus.clock.move(minutes=40)
    if is_written:
        campus.ask(COURSE, cookies=cookies)
    response = campus.ask(f"/_sence/vuelta?i={tag_of(begun.id_sesion_alumno)}", cookies=cookies)
    assert "Tu sesión terminó" in response.text
    assert len(campus.entries(Kind.TIMED_OUT)) == is_written
    assert campus.close_up(kept(cookies, response)).fields["IdSesionSence"]


def test_a_session_that_ended_before_the_return_can_still_be_closed(campus: Campus) -> None:
    """The learner fell asleep at SENCE's last page: only the attempt's cookie is here."""
    campus.configure(courses=(course(minutes=30),))
    begun = campus.begin()
    url, carried = confirmed(campus, begun)
    campus.clock.move(minutes=40)
    cookies = f"{begun.cookies}; {carried}"
    response = campus.ask(url, cookies=cookies)
    assert "Cerrar la que terminó" in response.text
    assert campus.close_up(kept(cookies, response)).fields["IdSesionSence"]


def test_a_session_that_the_store_lost_leads_to_its_courses_start(campus: Campus) -> None:
    """The cookie is genuine and the store knows nothing: begin again, in the same course."""
    begun = campus.begin()
    cookie = campus.gate.parts.cookies.session(campus.session(begun.id_sesion_alumno), campus.clock())
    campus.configure()
    campus.lose()
    tag = tag_of(begun.id_sesion_alumno)
    response = campus.ask(f"/_sence/vuelta?i={tag}", cookies=f"{cookie.name}={cookie.value}")
    assert (response.location or "").startswith("/_sence/inicio?curso=excel&")


def test_the_cookies_of_a_landing_have_the_strict_attributes(campus: Campus) -> None:
    """K13, K15: `__Host-`, Secure, HttpOnly, SameSite=Lax, Path=/, no Domain; the removals too."""
    _, cookies = campus.open_up()
    closed = campus.call_back("/cierre/ok", answer(campus.close_up(cookies)))
    response = campus.ask(closed.location or "", cookies=cookies)
    lines = response.headers.getlist("Set-Cookie") + closed.headers.getlist("Set-Cookie")
    assert lines
    for line in lines:
        assert line.startswith("__Host-_sence-")
        assert line.endswith("; Secure; HttpOnly; Path=/; SameSite=Lax")
        assert "Domain" not in line


def test_k14_the_cookie_of_another_learner_is_not_landed_on(school: Campus) -> None:
    """Shared computer: the session that the one before left in this browser is not bound anew."""
    begun = school.begin(user=str(RUN))
    url, carried = confirmed(school, begun)
    landed = school.ask(url, cookies=f"{begun.cookies}; {carried}", user=str(RUN))
    left = kept("", landed)
    assert school.ask(url, cookies=left, user=str(RUN)).status_code == 200
    response = school.ask(url, cookies=left, user=str(OTHER_RUN))
    assert (response.status_code, set_cookies(response)) == (403, {})
