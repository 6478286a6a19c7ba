"""What OTECs and courses must satisfy before the first request."""

from __future__ import annotations

from typing import Any

import pytest

from sence_gate.config import load_config
from tests.config.given import RUT, TOKEN, course, faults, places, settings

OTHER_RUT = "12345678-5"
TWO = {"norte": {"rut": RUT, "token": TOKEN}, "sur": {"rut": OTHER_RUT, "token": TOKEN}}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        pytest.param({"id": ""}, "id: is missing", id="no id"),
        pytest.param({"id": "Excel"}, "id: is no good id", id="capital"),
        pytest.param({"id": "a" * 41}, "id: is no good id", id="long id"),
        pytest.param({"id": "excel\n"}, "id: is no good id", id="line end"),
        pytest.param({"name": ""}, "name: is missing", id="no name"),
        pytest.param({"name": "Excel\u200b"}, "name: holds an invisible character", id="invisible"),
        pytest.param({"paths": []}, "paths: is missing", id="no paths"),
        pytest.param({"paths": ["/a/", "b"]}, "paths[1]: must begin with a slash", id="no slash"),
        pytest.param({"paths": ["/a?id=5"]}, "paths[0]: must not hold ? or #", id="query in a path"),
        pytest.param({"except_": ["x"]}, "except[0]: must begin with a slash", id="exception without slash"),
        pytest.param({"except_": ["/a+b/"]}, "except[0]: a platform could", id="exception that never holds"),
        pytest.param({"paths": ["/_sence/x/"]}, "paths[0]: belongs to the gate itself", id="own prefix"),
        pytest.param(
            {"paths": ["/_SENCE"]}, "paths[0]: belongs to the gate itself", id="own prefix, capitals"
        ),
        pytest.param({"query": {"": "5"}}, "query: has an empty name or value", id="nameless condition"),
        pytest.param({"query": {"id": ""}}, "query: has an empty name or value", id="empty condition"),
        pytest.param({"codigo_curso": ""}, "codigo_curso: is missing", id="no code"),
        pytest.param({"codigo_curso": "512345"}, "codigo_curso: must have at least 7", id="short code"),
        pytest.param({"codigo_curso": "5" * 51}, "codigo_curso: must have at most 50", id="long code"),
        pytest.param({"cod_sence": ""}, "cod_sence: must have exactly 10", id="no SENCE code"),
        pytest.param({"cod_sence": "123"}, "cod_sence: must have exactly 10", id="short SENCE code"),
        pytest.param({"linea_capacitacion": 1}, "cod_sence: line 1 has no cod_sence", id="line 1"),
        pytest.param({"linea_capacitacion": 2}, "linea_capacitacion: must be", id="unknown line"),
        pytest.param({"environment": "production", "cod_sence": "-1"}, 'cod_sence: is "-1"', id="-1"),
        pytest.param(
            {"environment": "production", "codigo_curso": "-1"}, 'codigo_curso: is "-1"', id="-1 too"
        ),
        pytest.param({"minutes": 0}, "minutes: is not between 1 and 1440", id="no time"),
        pytest.param({"minutes": 1441}, "minutes: is not between 1 and 1440", id="more than a day"),
        pytest.param({"minutes": 10**30}, "minutes: is not between", id="for ever"),
        pytest.param({"warning_minutes": 0}, "warning_minutes: is not between", id="no warning"),
        pytest.param(
            {"warning_minutes": 180}, "warning_minutes: is not less than minutes", id="at the start"
        ),
        pytest.param({"minutes": 10}, "warning_minutes: is not less than minutes", id="inherited warning"),
        pytest.param({"grace_minutes": -1}, "grace_minutes: is not between 0 and", id="negative grace"),
        pytest.param({"otec": "sur"}, "otec: names an OTEC, but there is only [otec]", id="only one OTEC"),
    ],
)
def test_a_course_that_cannot_be_honoured_is_refused(changes: dict[str, Any], fault: str) -> None:
    """It is found at the start, with its number and what to do."""
    told = faults(settings(courses=[course(id="first", paths=["/first/"]), course(**changes)]))
    assert any(each.startswith(f"courses[1].{fault}") for each in told)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"linea_capacitacion": 1, "cod_sence": ""}, id="line 1 without cod_sence"),
        pytest.param({"linea_capacitacion": 6, "codigo_curso": "12"}, id="line 6 with a short code"),
        pytest.param({"cod_sence": "-1", "codigo_curso": "-1"}, id="-1 in the test environment"),
        pytest.param({"paths": ["/"]}, id="the whole platform"),
        pytest.param({"paths": ["/_sence2/", "/x/_sence/"]}, id="paths like the prefix"),
        pytest.param({"paths": ["/cursos/{name}/examen"]}, id="any segment"),
        pytest.param({"grace_minutes": 0}, id="no grace"),
        pytest.param({"minutes": 5, "warning_minutes": 1}, id="short session"),
    ],
)
def test_a_course_that_can_be_honoured_loads(changes: dict[str, Any]) -> None:
    """The rules refuse no more than they must."""
    assert load_config(settings(courses=[course(**changes)]), {}).courses[0].id == "excel"


def test_a_course_that_says_nothing_is_told_all_that_it_needs() -> None:
    """The first table of a newcomer is corrected in one go."""
    assert places(settings(courses=[{}])) == [
        f"courses[0].{key}" for key in ("id", "name", "paths", "codigo_curso", "linea_capacitacion")
    ]


def test_ids_are_unique() -> None:
    """An id names one course, in addresses and in the ledger."""
    (only,) = faults(settings(courses=[course(), course(id="word"), course()]))
    assert only.startswith("courses[2].id: is the id of courses[0] too")


def test_the_gates_own_pages_are_also_below_the_mount_path() -> None:
    """A platform that sees the mount path has them there."""
    given = settings(public_url="https://otec.cl/campus", courses=[course(paths=["/campus/_sence/x"])])
    assert places(given) == ["courses[0].paths[0]"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({"linea_capacitacion": "1", "cod_sence": ""}, [], id="line 1 would take it"),
        pytest.param({"linea_capacitacion": "6", "codigo_curso": "12"}, [], id="line 6 would take it"),
        pytest.param(
            {"linea_capacitacion": "3", "codigo_curso": "5" * 51}, ["codigo_curso"], id="no line would"
        ),
        pytest.param({"environment": "x", "codigo_curso": "-1"}, [], id="the test environment would take it"),
        pytest.param({"environment": "x", "codigo_curso": "12"}, ["codigo_curso"], id="neither would"),
    ],
)
def test_a_rule_that_depends_on_something_unreadable_tells_what_is_wrong_anyhow(
    given: dict[str, Any], expected: list[str]
) -> None:
    """No fault is told that the correction of another would remove."""
    unreadable = {"linea_capacitacion", "environment"} & given.keys()
    told = set(places(settings(courses=[course(**given)])))
    assert told == {f"courses[0].{key}" for key in {*expected, *unreadable}}


def test_an_unreadable_environment_of_the_file_hides_nothing_else() -> None:
    """Codes are judged as far as they can be."""
    given = settings(environment="x", courses=[course(codigo_curso="-1"), course(id="w", codigo_curso="1")])
    assert places(given) == ["environment", "courses[1].codigo_curso"]


@pytest.mark.parametrize(
    ("session", "place"),
    [
        pytest.param({"minutes": 0}, "session.minutes", id="no time"),
        pytest.param({"warning_minutes": 0}, "session.warning_minutes", id="no warning"),
        pytest.param({"grace_minutes": 2000}, "session.grace_minutes", id="grace of days"),
        pytest.param({"minutes": 10, "warning_minutes": 10}, "session.warning_minutes", id="at the start"),
    ],
)
def test_the_minutes_of_all_courses_are_judged_once(session: dict[str, int], place: str) -> None:
    """A fault of `[session]` is not repeated for each course that inherits it."""
    told = places(settings(session=session, courses=[course(), course(id="word")]))
    assert set(told) <= {place, "session.warning_minutes"}
    assert place in told


@pytest.mark.parametrize(
    ("otec", "fault"),
    [
        pytest.param(None, "otec: is missing", id="no OTEC"),
        pytest.param({"token": TOKEN}, "otec.rut: is missing", id="no RUT"),
        pytest.param({"rut": "76543210-9", "token": TOKEN}, "otec.rut: is no RUT", id="check digit"),
        pytest.param({"rut": RUT}, "otec.token: must not be empty", id="no token"),
        pytest.param({"rut": RUT, "token": "x" * 37}, "otec.token: must have at most 36", id="long token"),
        pytest.param({"rut": RUT, "token": "a b"}, "otec.token: holds a blank", id="blank in a token"),
    ],
)
def test_an_otec_needs_a_rut_and_a_token(otec: dict[str, str] | None, fault: str) -> None:
    """SENCE refuses every start without them."""
    (only,) = faults(settings(otec=otec))
    assert only.startswith(fault)


def test_without_courses_there_need_be_no_otec() -> None:
    """What gates nothing loads; `check` says that it gates nothing."""
    assert load_config(settings(otec=None, courses=[]), {}).courses == ()


def test_courses_choose_among_several_otecs() -> None:
    """Each course is reported with the token of its own OTEC."""
    given = settings(otec=None, otecs=TWO, courses=[course(otec="sur"), course(id="word", otec="norte")])
    loaded = load_config(given, {})
    assert [str(each.otec.rut) for each in loaded.courses] == [OTHER_RUT, RUT]
    assert [str(otec.rut) for otec in loaded.otecs] == [OTHER_RUT, RUT]


def test_a_single_named_otec_is_the_default() -> None:
    """One OTEC need not be chosen."""
    given = settings(otec=None, otecs={"norte": TWO["norte"]})
    assert str(load_config(given, {}).courses[0].otec.rut) == RUT


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        pytest.param(
            {"courses": [course()]}, "courses[0].otec: is missing — write one of: norte, sur", id="none"
        ),
        pytest.param(
            {"courses": [course(otec="nort")]},
            'courses[0].otec: is none of [otecs] — did you mean "norte"?',
            id="misspelt",
        ),
        pytest.param({"courses": [], "otec": TWO["norte"]}, "otecs: stand beside [otec]", id="both kinds"),
        pytest.param(
            {"courses": [], "otecs": {"Sur": TWO["sur"]}}, "otecs.Sur: is no good name", id="capital"
        ),
        pytest.param(
            {"courses": [], "otecs": {"a": TWO["sur"], "b": TWO["sur"]}},
            "otecs.b.rut: is that of [otecs.a] too",
            id="one RUT twice",
        ),
    ],
)
def test_an_otec_that_is_not_clear_is_refused(changes: dict[str, Any], fault: str) -> None:
    """No attendance is reported in the name of another."""
    (only,) = faults(settings(**({"otec": None, "otecs": TWO} | changes)))
    assert only.startswith(fault)


def test_unreadable_minutes_bring_no_faults_of_other_minutes() -> None:
    """Whether a warning comes before an end that could not be read is not judged."""
    given = settings(session={"minutes": "4 h"}, courses=[course(warning_minutes=200)])
    assert places(given) == ["session.minutes"]


def test_unreadable_otecs_bring_no_faults_of_courses() -> None:
    """What is wrong is the table of OTECs, not each course."""
    assert places(settings(otec=None, otecs=3)) == ["otecs"]
    assert places(settings(otec=3)) == ["otec"]
    half = {"norte": TWO["norte"], "sur": 3}
    assert places(settings(otec=None, otecs=half, courses=[course(otec="sur")])) == ["otecs.sur"]
