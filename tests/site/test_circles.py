"""R10: a trip that would lead round in circles ends on a page that says why."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.given import COURSE, HOME, Campus, kept, set_cookies
from tests.samples import NOW, OTHER_RUN, RUN

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

FORM = {"curso": "excel", "run": str(RUN), "volver": COURSE}
BARE = {"Origin": HOME}


def turned_away(campus: Campus) -> TestResponse:
    """Ask for a lesson without a session, and return the redirect to the start page."""
    response = campus.ask(COURSE)
    assert campus.gates(response)
    return response


def test_r10_a_browser_without_cookies_makes_no_trip(campus: Campus) -> None:
    """Its session could not be bound and would stay open at SENCE: nothing is begun."""
    response = campus.ask("/_sence/inicio", "POST", data=FORM, headers=BARE)
    assert (response.status_code, campus.entries(), set_cookies(response)) == (403, [], {})
    assert "Tu navegador no guarda cookies" in response.text
    assert 'href="/_sence/inicio?curso=excel' in response.text


def test_the_start_page_finds_out_whether_cookies_are_kept(campus: Campus) -> None:
    """One visit of the start page is enough to go on, also from the page that spoke of cookies."""
    cookies = kept("", campus.ask("/_sence/inicio?curso=excel"))
    response = campus.ask("/_sence/inicio", "POST", data=FORM, headers=BARE, cookies=cookies)
    assert "data-autosubmit" in response.text


def test_a_browser_that_keeps_anything_of_ours_keeps_cookies(campus: Campus) -> None:
    """A start page that stood open for days is no reason to doubt a browser with a session."""
    response = campus.ask(
        "/_sence/inicio", "POST", data=FORM, headers=BARE, cookies=campus.hold(course="seguridad")
    )
    assert "data-autosubmit" in response.text


def test_where_the_platform_names_the_learner_no_cookie_is_needed(school: Campus) -> None:
    """The session counts by its RUN: the trip is made."""
    response = school.ask("/_sence/inicio", "POST", data=FORM, headers=BARE, user=str(RUN))
    assert "data-autosubmit" in response.text


def test_the_probe_is_no_session_and_stays_when_the_rest_is_cleaned(campus: Campus) -> None:
    """A refusal removes what is kept in vain; the probe is not."""
    cookies = kept("", campus.ask("/_sence/inicio?curso=excel"))
    response = campus.ask(COURSE, cookies=cookies)
    assert campus.gates(response)
    assert set_cookies(response) == {}


@pytest.mark.parametrize("sender", ["Origin", "Referer"])
def test_r10_a_page_without_tls_is_told_the_safe_address(campus: Campus, sender: str) -> None:
    """Over http no Secure cookie is kept, however often the button is pressed."""
    headers = {
        "Origin": "",
        sender: "http://campus.otec.cl" + ("/_sence/inicio" if sender == "Referer" else ""),
    }
    response = campus.press("/_sence/inicio", FORM, headers=headers)
    assert (response.status_code, campus.entries()) == (403, [])
    assert "no es segura" in response.text
    assert f'href="{HOME}/_sence/inicio?curso=excel&amp;volver=' in response.text


def test_r10_a_source_that_names_nobody_here_ends_the_trip(school: Campus) -> None:
    """The platform names the learner in the course and not at the gate: one page, not a circle."""
    away = school.ask(COURSE, user=str(OTHER_RUN))
    assert school.gates(away)
    response = school.ask(away.location or "")
    assert (response.status_code, "dejó de reconocerte" in response.text) == (403, True)
    assert f'href="{COURSE}"' in response.text


def test_r10_a_session_that_only_the_gate_sees_ends_the_trip(campus: Campus) -> None:
    """Turned away from the course, and told here that all is well: one page with a link, not a circle."""
    away = turned_away(campus)
    response = campus.ask(away.location or "", cookies=campus.hold())
    assert (response.status_code, "ya está registrada" in response.text) == (200, True)
    assert f'href="{COURSE}"' in response.text


@pytest.mark.parametrize("seconds", [-60, -30, 30, 60])
def test_r10_two_hosts_whose_clocks_differ_send_nobody_round(campus: Campus, seconds: int) -> None:
    """One turns away and the other sends on: what one calls a moment ago is a moment ago for both."""
    away = turned_away(campus)
    campus.clock.move(seconds=seconds)
    response = campus.ask(away.location or "", cookies=campus.hold())
    assert (response.status_code, "ya está registrada" in response.text) == (200, True)


def test_whoever_was_not_turned_away_is_sent_on_at_once(campus: Campus) -> None:
    """A link to the start page costs nobody a click who has a session."""
    response = campus.ask("/_sence/inicio?curso=excel", cookies=campus.hold())
    assert (response.status_code, response.location) == (303, "/cursos/excel/")


@pytest.mark.parametrize("told", ["1", "9" * 30, "x", "-1", "%00", ""])
def test_only_a_refusal_of_a_moment_ago_stops_the_way_on(campus: Campus, told: str) -> None:
    """Going back to the start page later leads into the course again, whatever the address says."""
    response = campus.ask(f"/_sence/inicio?curso=excel&rechazo={told}", cookies=campus.hold())
    assert (response.status_code, response.location) == (303, "/cursos/excel/")


@pytest.mark.parametrize(("after", "status"), [(11, 303), (-1, 200)], ids=["faster", "there before"])
def test_a_session_that_began_after_the_refusal_is_no_circle(campus: Campus, after: int, status: int) -> None:
    """Another tab was faster, within the minute that clocks may differ: back leads into the course."""
    away = turned_away(campus)
    cookies = campus.hold(opened=NOW + timedelta(seconds=after))
    campus.clock.move(seconds=20)
    assert campus.ask(away.location or "", cookies=cookies).status_code == status


def test_a_start_page_that_is_reloaded_later_leads_into_the_course(campus: Campus) -> None:
    """The other tab was faster: nobody is asked to press once more."""
    away = turned_away(campus)
    campus.clock.move(seconds=71)
    response = campus.ask(away.location or "", cookies=campus.hold())
    assert (response.status_code, response.location) == (303, COURSE)
