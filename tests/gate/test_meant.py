"""Which course is meant: what a list of enrolments says where several courses share a path."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sence_gate.courses import Unlisted
from sence_gate.gate import meant
from sence_gate.shared import Shared
from tests.given import TRUSTED, Campus
from tests.samples import ID_SESION_ALUMNO, RUN, course
from tests.shared_campus import BY_ANY, BY_PAGE, COURSES, LESSON, answering, page

HEAD = "course,run,from,until\n"
Enrol = Callable[..., None]


@pytest.fixture(name="enrol")
def enrolled_campus(campus: Campus, tmp_path: Path) -> Enrol:
    """Return what starts the campus again, with `/mod/` for two courses that read these rows."""

    def enrol(rows: str, unlisted: str, rule: Shared = BY_PAGE) -> None:
        path = tmp_path / "alumnos.csv"
        path.write_text(HEAD + rows)
        more: dict[str, Any] = {"enrolments": str(path), "unlisted": Unlisted(unlisted)}
        second = {"id": "seguridad", "paths": ("/cursos/seguridad/",), "exceptions": (), "key": "7"}
        courses = (course(key="5", **more), course(**second, **more))
        campus.configure(courses=courses, shared=(rule,), learner=TRUSTED)

    return enrol


def posted(campus: Campus) -> Any:
    """Return the answer to a script's POST below the shared path, which is never asked first."""
    return campus.ask(LESSON, "POST", user=str(RUN), headers={"Sec-Fetch-Mode": "cors"})


@pytest.mark.parametrize("unlisted", ["pass", "deny"])
def test_who_is_enrolled_in_one_course_goes_straight_to_its_start(
    campus: Campus, enrol: Enrol, unlisted: str
) -> None:
    """Whom a list does not concern is not asked for its course, and passes by it nowhere else."""
    enrol(f"seguridad,{RUN},,\n", unlisted)
    response = posted(campus)
    assert (response.status_code, campus.platform.calls) == (401, [])
    assert "curso=seguridad" in response.json["start_url"]


def test_who_is_in_no_list_passes_only_where_all_let_pass(campus: Campus, enrol: Enrol) -> None:
    """A teacher, say: no course wants a start."""
    enrol("", "pass")
    assert posted(campus).status_code == 200
    assert campus.door.exempted.total() == 1


@pytest.mark.parametrize(
    ("rows", "unlisted", "state"),
    [
        pytest.param(f"seguridad,{RUN},,\n", "pass", "needed", id="enrolled in one"),
        pytest.param("", "pass", "none", id="no learner anywhere"),
        pytest.param("", "deny", "none", id="barred from all"),
    ],
)
@pytest.mark.parametrize("url", [LESSON, "/cursos/seguridad/"])
def test_the_bar_asks_only_those_for_a_start_who_may_begin(
    campus: Campus, enrol: Enrol, rows: str, unlisted: str, state: str, url: str
) -> None:
    """A teacher has no bar, nor has whom the course does not take: a start would lead nowhere."""
    enrol(rows, unlisted, BY_ANY)
    told: Any = campus.ask("/_sence/estado", query_string={"url": url}, user=str(RUN)).json
    assert (told["state"], told.get("course")) == (state, "seguridad" if state == "needed" else None)


def test_who_is_barred_from_all_is_told_so(campus: Campus, enrol: Enrol) -> None:
    """And the platform is not asked."""
    enrol("", "deny")
    assert posted(campus).status_code == 403
    assert campus.platform.calls == []


def test_g1_a_page_of_a_course_that_bars_the_learner_is_thrown_away(campus: Campus, enrol: Enrol) -> None:
    """The page named the course, and its list does not name the learner; the cookies stay."""
    enrol(f"excel,{RUN},,\n", "deny")
    campus.platform.instead = answering(
        page("course-7"), ("Content-Type", "text/html"), ("Set-Cookie", "a=1")
    )
    response = campus.ask(LESSON, user=str(RUN))
    assert (response.status_code, "Pregunta secreta" in response.text) == (403, False)
    assert "a=1" in response.headers.getlist("Set-Cookie")


def test_a_page_of_a_course_that_does_not_concern_the_learner_passes(campus: Campus, enrol: Enrol) -> None:
    """Whoever is on no list with `unlisted = "pass"` is no learner of that course."""
    enrol(f"excel,{RUN},,\n", "pass")
    campus.platform.instead = answering(page("course-7"))
    assert "Pregunta secreta" in campus.ask(LESSON, user=str(RUN)).text


def test_the_store_is_asked_for_a_bounded_number_of_courses(campus: Campus) -> None:
    """A learner without a cookie, and a thousand courses: fifty looks at most, and all to choose from."""
    names = [f"c{number}" for number in range(120)]
    courses = tuple(course(id=name, paths=(f"/{name}/",), exceptions=()) for name in names)
    campus.configure(courses=courses, shared=(Shared(("/mod/",), tuple(names)),), learner=TRUSTED)
    response = posted(campus)
    assert campus.store.looks == meant.MOST_LOOKED_UP
    assert "uno de tus cursos" in response.json["detail"]
    chosen = campus.ask("/_sence/inicio?grupo=0", user=str(RUN))
    assert chosen.text.count('name="curso"') == len(names)


def told(campus: Campus, cookies: str) -> Any:
    """Return what the bar is told of a page below the shared path."""
    return campus.ask("/_sence/estado", query_string={"url": LESSON}, cookies=cookies).json


def both(campus: Campus, **changes: Any) -> str:
    """Return the cookies of sessions in both courses; *changes* are of that in "seguridad"."""
    other = {"id_sesion_alumno": ID_SESION_ALUMNO.replace("excel", "seguridad"), "course": "seguridad"}
    return f"{campus.hold()}; {campus.hold(**other, **changes)}"


def test_the_bar_speaks_of_the_courses_that_a_page_may_be_of(campus: Campus) -> None:
    """Of a rule's own courses, and of those that are open before all others."""
    campus.configure(courses=COURSES, shared=(BY_ANY,))
    cookies = both(campus, minutes=30)
    assert told(campus, cookies)["course"] == "excel seguridad"
    campus.clock.move(minutes=31)
    assert told(campus, cookies)["course"] == "excel"
    campus.configure(courses=COURSES, shared=(Shared(("/mod/",), ("seguridad",)),))
    assert told(campus, cookies)["course"] == "seguridad"


def test_who_is_not_logged_in_is_no_reason_to_hold_a_page_back(campus: Campus) -> None:
    """The platform gets the very request, with what may make it answer that nothing changed."""
    campus.configure(courses=COURSES, shared=(BY_PAGE,), learner=TRUSTED)
    assert campus.admits(campus.ask(LESSON, headers={"If-None-Match": '"1"'}))
    assert campus.platform.calls[0]["HTTP_IF_NONE_MATCH"] == '"1"'
