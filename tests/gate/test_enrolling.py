"""Enrolments at the gate: who may start, when, with which codes, and who passes."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sence_gate.config import Learner, LearnerSource
from sence_gate.courses import Unlisted
from sence_gate.errors import ConfigurationError
from sence_gate.protocol.session import State
from sence_gate.stores.base import Bypass, Entry, Kind
from tests.given import COURSE, Campus, answer
from tests.samples import OTHER_RUN, RUN, course, session

HEAD = "course,run,codigo_curso,cod_sence,linea_capacitacion,exempt,from,until\n"
NAMED = Learner(LearnerSource.ENVIRON)
PEOPLE = f"excel,{RUN},6234567,9876543210,6\n"
MAY_6 = "2024-05-06"  # the day of NOW
Enrol = Callable[..., Path]


@pytest.fixture(name="enrol")
def enrolled_campus(campus: Campus, tmp_path: Path) -> Enrol:
    """Return what starts the campus again with these rows, which two courses read."""

    def enrol(rows: str, unlisted: str = "require", *, is_typed: bool = False, **changes: Any) -> Path:
        path = tmp_path / "alumnos.csv"
        path.write_text(HEAD + rows)
        excel = course(enrolments=str(path), unlisted=Unlisted(unlisted), **changes)
        word = course(id="word", paths=("/cursos/word/",), enrolments=str(path))
        campus.configure(courses=(excel, word), **({} if is_typed else {"learner": NAMED}))
        return path

    return enrol


def form(run: str = "") -> dict[str, str]:
    """Return what the start page posts."""
    return {"curso": "excel", "volver": COURSE, "run": run}


def test_a_learner_s_own_codes_go_to_sence_and_back(campus: Campus, enrol: Enrol) -> None:
    """The start sends them, the callback is recognised by them, the close repeats them."""
    path = enrol(PEOPLE)
    begun, cookies = campus.open_up(user=str(RUN))
    codes = {"CodigoCurso": "6234567", "CodSence": "9876543210", "LineaCapacitacion": "6"}
    assert begun.fields.items() >= codes.items()
    path.write_text(f"{HEAD}excel,{RUN},7234567\n")
    campus.configure(courses=campus.config.courses, learner=NAMED)
    assert campus.close_up(cookies, user=str(RUN)).fields.items() >= codes.items()


def test_c5_the_course_s_codes_are_not_the_learner_s(campus: Campus, enrol: Enrol) -> None:
    """A callback with the codes of everybody else is kept in quarantine."""
    enrol(PEOPLE)
    begun = campus.begin(user=str(RUN))
    response = campus.call_back("/inicio/ok", answer(begun, CodigoCurso="5123456"))
    assert response.status_code == 409


def test_a_callback_is_recognised_although_the_store_lost_all(campus: Campus, enrol: Enrol) -> None:
    """The mac of the attempt covers the learner's own codes, whatever the list says by then."""
    enrol(PEOPLE)
    begun = campus.begin(user=str(RUN))
    campus.lose()
    enrol("")
    assert campus.call_back("/inicio/ok", answer(begun)).status_code == 303


def test_another_attempt_is_made_when_the_codes_changed(campus: Campus, enrol: Enrol) -> None:
    """What was wrong in the list is not sent again from a tab that is still open."""
    enrol(PEOPLE)
    first = campus.begin(user=str(RUN))
    enrol(f"excel,{RUN},7234567\n")
    second = campus.begin(user=str(RUN), cookies=first.cookies)
    assert second.fields["CodigoCurso"] == "7234567"
    assert second.fields["IdSesionAlumno"] != first.fields["IdSesionAlumno"]


@pytest.mark.parametrize(
    ("rows", "unlisted", "status"),
    [
        pytest.param(PEOPLE, "deny", 303, id="enrolled"),
        pytest.param("", "require", 303, id="unlisted, as everybody"),
        pytest.param("", "pass", 200, id="unlisted, passes"),
        pytest.param("", "deny", 403, id="unlisted, denied"),
        pytest.param(f"word,{RUN}\n", "deny", 403, id="enrolled elsewhere"),
        pytest.param(f"excel,{OTHER_RUN}\n", "deny", 403, id="another is enrolled"),
        pytest.param(f"excel,{RUN},,,,si\n", "deny", 200, id="exempt"),
        pytest.param(f"excel,{RUN},,,,si,{MAY_6},{MAY_6}\n", "deny", 200, id="exempt today"),
        pytest.param(f"excel,{RUN},,,,si,,2024-05-05\n", "deny", 403, id="exempt until yesterday"),
        pytest.param(f"excel,{RUN},,,,,{MAY_6},{MAY_6}\n", "deny", 303, id="today alone"),
        pytest.param(f"excel,{RUN},,,,,2024-05-07,\n", "require", 403, id="from tomorrow"),
        pytest.param(f"excel,{RUN},,,,,,2024-05-05\n", "require", 403, id="until yesterday"),
    ],
)
def test_the_list_decides_who_may_start(
    campus: Campus, enrol: Enrol, rows: str, unlisted: str, status: int
) -> None:
    """The platform is called only for who passes, and no other page offers what this one refuses."""
    enrol(rows, unlisted)
    assert campus.ask(COURSE, user=str(RUN)).status_code == status
    assert len(campus.platform.calls) == (status == 200)
    offered = {303: 200, 200: 303, 403: 403}[status]
    assert campus.ask("/_sence/inicio?curso=excel", user=str(RUN)).status_code == offered
    assert campus.press("/_sence/inicio", form(), user=str(RUN)).status_code == offered
    assert bool(campus.entries()) == (status == 303)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        pytest.param("", "no está en la lista", id="not enrolled"),
        pytest.param(f"excel,{RUN},,,,,2024-06-03,\n", "desde el <strong>3 de junio de 2024", id="not yet"),
        pytest.param(
            f"excel,{RUN},,,,,,2024-05-05\n", "terminó el <strong>5 de mayo de 2024", id="no longer"
        ),
        pytest.param(
            f"excel,{RUN},,,,,2024-09-01,\nexcel,{RUN},,,,,2024-07-01,2024-07-31\nexcel,{RUN},,,,,,2024-05-01\n",
            "desde el <strong>1 de julio de 2024",
            id="between two times, the next one",
        ),
    ],
)
def test_a_page_says_what_stands_against_it(campus: Campus, enrol: Enrol, rows: str, words: str) -> None:
    """With the day, and without a button that leads nowhere."""
    enrol(rows, "deny")
    page = campus.ask(COURSE, user=str(RUN)).text
    assert words in page
    assert "<form" not in page


@pytest.mark.parametrize(
    ("rows", "title"),
    [
        pytest.param("", "Tu RUN no está en la lista del curso", id="not enrolled"),
        pytest.param(
            f"excel,{RUN},,,,,2024-06-03,\n", "Tu curso comienza el 3 de junio de 2024", id="not yet"
        ),
        pytest.param(
            f"excel,{RUN},,,,,,2024-05-05\n",
            "Tu plazo para entrar al curso terminó el 5 de mayo de 2024",
            id="no longer",
        ),
    ],
)
def test_a_script_is_told_what_stands_against_it(campus: Campus, enrol: Enrol, rows: str, title: str) -> None:
    """As a problem that it can show, with the course; the platform is not called."""
    enrol(rows, "deny")
    response = campus.ask(COURSE, user=str(RUN), headers={"Sec-Fetch-Mode": "cors"})
    problem: Any = response.json
    assert (response.status_code, response.mimetype) == (403, "application/problem+json")
    assert (problem["title"], problem["detail"]) == (title, "Curso: Excel básico.")
    assert campus.platform.calls == []


@pytest.mark.parametrize(
    ("rows", "status", "lines"),
    [
        pytest.param("", 403, 0, id="not enrolled"),
        pytest.param(f"excel,{RUN},,,,,2024-06-03,\n", 403, 0, id="not yet"),
        pytest.param(f"excel,{RUN},,,,si\n", 303, 0, id="exempt"),
        pytest.param(f"excel,{RUN}\n", 303, 1, id="enrolled"),
    ],
)
def test_a_contingency_opens_the_course_to_those_of_the_list(
    campus: Campus, enrol: Enrol, rows: str, status: int, lines: int
) -> None:
    """SENCE is down, and whoever has no place in the course has none now either."""
    enrol(rows, "deny")
    declared = Bypass(
        "", "k1", campus.clock(), campus.clock() + timedelta(hours=1), "SENCE no responde", "ana"
    )
    campus.store.real.keep_bypass(declared, Entry(campus.clock(), Kind.BYPASS))
    response = campus.press("/_sence/contingencia", form(), user=str(RUN))
    assert (response.status_code, response.location) == (status, COURSE if status == 303 else None)
    assert [entry.kind for entry in campus.entries()] == [Kind.BYPASS, *[Kind.PASSED] * lines]


def test_days_are_those_of_chile(campus: Campus, enrol: Enrol) -> None:
    """At eleven at night in Chile it is tomorrow in London, and not yet for the learner."""
    enrol(f"excel,{RUN},,,,,2024-05-07,2024-05-07\n")
    campus.clock.move(hours=12.4)  # 23:54 of May 6 in Santiago, 03:54 of May 7 in UTC
    assert campus.ask(COURSE, user=str(RUN)).status_code == 403
    campus.clock.move(hours=0.2)
    assert campus.ask(COURSE, user=str(RUN)).status_code == 303
    campus.clock.move(hours=24)
    assert campus.ask(COURSE, user=str(RUN)).status_code == 403


def test_an_open_session_stays_open(campus: Campus, enrol: Enrol) -> None:
    """SENCE counts it: whoever is taken off the list finishes the quiz."""
    enrol("", "deny")
    response = campus.ask(COURSE, user=str(RUN), cookies=campus.hold())
    assert campus.admits(response)


def test_a_form_just_after_the_end_passes_although_the_days_are_over(campus: Campus, enrol: Enrol) -> None:
    """Nobody loses what was typed."""
    enrol(f"excel,{RUN},,,,,,2024-05-05\n")
    cookies = campus.hold()
    campus.clock.move(hours=3, minutes=5)
    response = campus.ask(COURSE, "POST", user=str(RUN), cookies=cookies, data={"a": "b"})
    assert campus.admits(response)
    assert campus.ask(COURSE, user=str(RUN), cookies=cookies).status_code == 403
    assert campus.session(session().id_sesion_alumno).state is State.EXPIRED


@pytest.mark.parametrize(
    ("headers", "status", "media"),
    [
        pytest.param({"Accept": "application/json"}, 403, "application/problem+json", id="script"),
        pytest.param(
            {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate"}, 403, "text/html", id="frame"
        ),
    ],
)
def test_parts_of_a_page_are_told_in_their_own_way(
    campus: Campus, enrol: Enrol, headers: dict[str, str], status: int, media: str
) -> None:
    """A script is never sent to a page; a frame shows it inside the platform."""
    enrol("", "deny")
    response = campus.ask(COURSE, user=str(RUN), headers=headers)
    assert (response.status_code, response.mimetype) == (status, media)
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN" if media == "text/html" else response.json


def test_where_the_run_is_typed_the_list_is_asked_when_it_is_there(campus: Campus, enrol: Enrol) -> None:
    """Nobody is judged before; afterwards another RUN can be typed."""
    enrol(PEOPLE, "deny", is_typed=True)
    assert campus.gates(campus.ask(COURSE))
    page = campus.ask("/_sence/inicio?curso=excel")
    assert page.status_code == 200
    cookies = "__Host-_sence-p-1=x"
    refused = campus.press("/_sence/inicio", form(str(OTHER_RUN)), cookies=cookies)
    assert (refused.status_code, campus.entries()) == (403, [])
    assert "Escribir mi RUN otra vez" in refused.text
    assert campus.begin(run=str(RUN), cookies=cookies).fields["CodigoCurso"] == "6234567"


def test_a_list_that_cannot_be_used_is_told_at_the_start(enrol: Enrol) -> None:
    """Each line, before the first learner."""
    with pytest.raises(ConfigurationError, match=r"alumnos\.csv:3: run is no RUN"):
        enrol(f"{PEOPLE}excel,12345678-4\n")


def test_a_change_of_the_list_is_seen_while_the_gate_runs(
    campus: Campus, enrol: Enrol, tmp_path: Path
) -> None:
    """A learner is enrolled in the morning and starts in the morning."""
    path = enrol("", "deny")
    register = campus.gate.parts.registers["excel"]
    assert campus.ask(COURSE, user=str(RUN)).status_code == 403
    new = tmp_path / "new.csv"
    new.write_text(HEAD + PEOPLE)
    os.replace(new, path)
    for _ in range(2):
        register._next = 0  # as if two seconds were over
        campus.ask(COURSE, user=str(RUN))
    register.wait()
    assert campus.ask(COURSE, user=str(RUN)).status_code == 303


def test_a_newer_list_that_is_wrong_is_told_by_ready(campus: Campus, enrol: Enrol) -> None:
    """The older one goes on, the gate is ready, and a note says what is the matter."""
    path = enrol(PEOPLE, "deny")
    register = campus.gate.parts.registers["excel"]
    path.write_text(HEAD + "excel,nadie\n")
    for _ in range(2):
        register._next = 0
        assert campus.ask(COURSE, user=str(RUN)).status_code == 303
    register.wait()
    ready = campus.ready()
    assert (ready.status_code, ready.text.count("note: a newer list of enrolments could not be used")) == (
        200,
        1,
    )


@pytest.mark.parametrize("unlisted", ["pass", "deny"])
def test_l_a_list_that_lost_its_rows_changes_nothing(campus: Campus, enrol: Enrol, unlisted: str) -> None:
    """A header alone is an export that failed: it neither lets everybody pass nor keeps everybody out."""
    path = enrol(PEOPLE, unlisted)
    path.write_text(HEAD)
    register = campus.gate.parts.registers["excel"]
    for _ in range(2):
        register._next = 0
        campus.ask(COURSE, user=str(RUN))
    register.wait()
    assert campus.gates(campus.ask(COURSE, user=str(RUN)))
    assert "note: a newer list of enrolments could not be used" in campus.ask("/_sence/ready").text
