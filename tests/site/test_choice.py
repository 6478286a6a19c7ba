"""`/inicio` without a course: the learner chooses; and what the bar is told on shared pages."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from sence_gate.shared import Shared, Unnamed
from tests.given import TRUSTED
from tests.samples import OTHER_RUN, RUN
from tests.shared_campus import BY_PAGE, LESSON, SharedCampus, campus_by_any, campus_by_page

__all__ = ["campus_by_any", "campus_by_page"]


def choice(campus: SharedCampus, cookies: str = "", user: str = "", **query: str) -> Any:
    """Return the answer of the start page to *query*."""
    return campus.ask(f"/_sence/inicio?{urlencode(query)}", cookies=cookies, user=user)


@pytest.mark.parametrize(
    ("query", "volver"),
    [
        pytest.param({"volver": LESSON}, LESSON, id="a page"),
        pytest.param({"volver": LESSON, "grupo": "0"}, LESSON, id="a page and its rule"),
        pytest.param({"grupo": "0", "volver": ""}, "", id="the rule alone"),
        pytest.param({"grupo": "0", "volver": "https://otra.cl/mod/"}, "", id="r2 another site"),
        pytest.param({"grupo": "0", "volver": "//otra.cl/mod/"}, "", id="r2 another host"),
        pytest.param({"grupo": "0", "volver": "/_sence/inicio"}, "", id="r4 our own page"),
        pytest.param({"grupo": "0", "volver": "/publico/"}, "", id="a page that nobody guards"),
    ],
)
def test_the_learner_chooses_among_the_courses_of_the_rule(
    any_course: SharedCampus, query: dict[str, str], volver: str
) -> None:
    """One button for each; where to go afterwards is looked at as everywhere (R2, R4)."""
    response = choice(any_course, **query)
    assert response.status_code == 200
    courses = re.findall(r'<li><button [^>]*name="curso" value="(\w+)">', response.text)
    assert courses == ["excel", "seguridad"]
    assert f'name="volver" value="{volver}"' in response.text
    assert (response.headers["Cache-Control"], any_course.platform.calls) == ("no-store, private", [])


@pytest.mark.parametrize(
    "query",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"grupo": "1"}, id="no such rule"),
        pytest.param({"grupo": "-1"}, id="a negative number"),
        pytest.param({"grupo": "٠"}, id="digits of another script"),
        pytest.param({"grupo": "9" * 5000}, id="a huge number"),
        pytest.param({"volver": "/publico/"}, id="a page that nobody guards"),
        pytest.param({"volver": "/mod/%00"}, id="a page that nobody serves"),
        pytest.param({"curso": "otro"}, id="no such course"),
    ],
)
def test_without_anything_to_choose_there_is_no_page(any_course: SharedCampus, query: dict[str, str]) -> None:
    """404, whatever was asked."""
    assert choice(any_course, **query).status_code == 404


def test_a_page_of_one_course_leads_to_its_start(any_course: SharedCampus) -> None:
    """There is nothing to choose."""
    location = choice(any_course, volver="/cursos/excel/3").location
    assert location == "/_sence/inicio?curso=excel&volver=%2Fcursos%2Fexcel%2F3"


def test_r4_our_own_page_is_never_the_page_that_was_wanted(tmp_path: Path) -> None:
    """A rule may cover the whole platform; the choice does not lead back to itself."""
    everything = SharedCampus(tmp_path, Shared(("/",), ("excel", "seguridad")))
    assert 'name="volver" value=""' in choice(everything, grupo="0", volver="/_sence/inicio").text
    assert choice(everything, volver="/_SENCE/inicio").status_code == 404
    everything.store.close()


@pytest.mark.parametrize(("volver", "location"), [(LESSON, LESSON), ("", "/cursos/excel/")])
def test_who_has_a_session_already_goes_on(any_course: SharedCampus, volver: str, location: str) -> None:
    """The back button does not ask for a second one."""
    assert choice(any_course, any_course.learner, volver=volver, grupo="0").location == location


def test_the_start_of_a_chosen_course_goes_on_to_the_shared_page(any_course: SharedCampus) -> None:
    """Each of its courses may have it as the page that was wanted; no other course may."""
    start = any_course.ask(f"/_sence/inicio?curso=seguridad&volver={LESSON}")
    assert f'value="{LESSON}"' in start.text
    elsewhere = any_course.ask("/_sence/inicio?curso=seguridad&volver=/cursos/excel/")
    assert 'value="/cursos/seguridad/"' in elsewhere.text


def test_k14_a_session_of_another_learner_does_not_admit(tmp_path: Path) -> None:
    """On a shared computer the platform's word counts, on shared paths too."""
    school = SharedCampus(tmp_path, learner=TRUSTED)
    cookies = school.learner
    assert school.ask(LESSON, "HEAD", cookies=cookies, user=str(RUN)).status_code == 200
    assert school.ask(LESSON, "HEAD", cookies=cookies, user=str(OTHER_RUN)).status_code == 303
    school.store.close()


def test_a_session_begun_in_another_browser_admits_whom_the_platform_names(tmp_path: Path) -> None:
    """No cookie says in which course; the store is asked for each that could be meant."""
    school = SharedCampus(tmp_path, learner=TRUSTED)
    school.hold()
    response = school.ask(LESSON, "HEAD", user=str(RUN))
    assert response.status_code == 200
    assert "s-excel" in response.headers["Set-Cookie"]
    school.store.close()


def test_nobody_logged_in_is_the_platform_s_business(tmp_path: Path) -> None:
    """It shows its own login, and its answer is not looked at."""
    school = SharedCampus(tmp_path, learner=TRUSTED)
    assert school.admits(school.ask(LESSON))
    assert choice(school, volver=LESSON).location == LESSON
    school.store.close()


def told(campus: SharedCampus, cookies: str = "", **query: str) -> Any:
    """Return what the bar is told."""
    return campus.ask(f"/_sence/estado?{urlencode({'url': LESSON} | query)}", cookies=cookies).json


def test_the_bar_leads_to_the_choice_where_any_course_will_do(any_course: SharedCampus) -> None:
    """And to the shared page from there; no course is named that was not chosen."""
    missing = told(any_course)
    assert (missing["state"], missing["course"], missing["name"]) == ("needed", "", "Elige tu curso")
    chosen = any_course.ask(missing["start_url"])
    assert ("Excel" in chosen.text, f'value="{LESSON}"' in chosen.text) == (True, True)


@pytest.mark.parametrize(
    ("unnamed", "query", "state"),
    [
        pytest.param("pass", {}, "none", id="a page of no course"),
        pytest.param("any", {}, "needed", id="a page that should have named one"),
        pytest.param("pass", {"curso": "seguridad"}, "needed", id="a page that named one"),
        pytest.param("pass", {"curso": "otro"}, "none", id="a page that named none of ours"),
    ],
)
def test_the_bar_asks_for_a_start_where_the_page_would(
    tmp_path: Path, unnamed: str, query: dict[str, str], state: str
) -> None:
    """A page that the platform showed without naming a course needs what its rule says."""
    campus = SharedCampus(tmp_path, replace(BY_PAGE, unnamed=Unnamed(unnamed)))
    assert told(campus, **query)["state"] == state
    campus.store.close()


@pytest.mark.parametrize(
    ("query", "course"),
    [
        pytest.param({}, "excel", id="the only session"),
        pytest.param({"curso": "excel"}, "excel", id="the page's own course"),
        pytest.param({"curso": "seguridad"}, "seguridad", id="a course without a session"),
        pytest.param({"curso": "otro"}, "excel", id="no such course"),
        pytest.param(
            {"url": "/cursos/seguridad/", "curso": "excel"}, "seguridad", id="a page of another course"
        ),
        pytest.param({"url": "/publico/", "curso": "excel"}, None, id="a page of nobody"),
        pytest.param({"url": "//otra.cl/mod/", "curso": "excel"}, None, id="another site"),
    ],
)
def test_the_bar_believes_a_page_within_its_address_only(
    shared: SharedCampus, query: dict[str, str], course: str | None
) -> None:
    """A page may say which of its courses it is of, for display, and no more."""
    assert told(shared, shared.learner, **query).get("course") == course
