"""Types and keys: what does not fit is told, and never turned into something that does."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sence_gate.config import load_config
from sence_gate.errors import ConfigurationError
from tests.config.given import course, faults, places, settings

_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=6) | st.integers(), inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "paths", "rut", "url", "query", "except"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
_TOP = ["public_url", "secret_keys", "courses", "otec", "otecs", "session", "learner", "store", "sence"]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        pytest.param({"prefix": 3}, "prefix: is a number — write text", id="number for text"),
        pytest.param(
            {"insecure_cookies": "no"}, "insecure_cookies: is text — write true or false", id="flag"
        ),
        pytest.param({"insecure_cookies": 0}, "insecure_cookies: is a number — write true", id="0 for false"),
        pytest.param({"session": {"minutes": "60"}}, "session.minutes: is text — write a whole", id="quoted"),
        pytest.param(
            {"session": {"minutes": 60.0}}, "session.minutes: is a number — write a whole", id="60.0"
        ),
        pytest.param(
            {"session": {"minutes": True}}, "session.minutes: is true or false", id="true for number"
        ),
        pytest.param(
            {"store": {"recheck_seconds": "5"}}, "store.recheck_seconds: is text", id="quoted float"
        ),
        pytest.param(
            {"store": {"recheck_seconds": True}}, "store.recheck_seconds: is true", id="true for 1.0"
        ),
        pytest.param(
            {"store": {"recheck_seconds": 10**400}},
            "store.recheck_seconds: is a number",
            id="beyond every float",
        ),
        pytest.param(
            {"secret_keys": "x" * 40}, "secret_keys: is text — write a list", id="one text for a list"
        ),
        pytest.param(
            {"secret_keys": [7]}, "secret_keys: holds a number — write texts", id="number in a list"
        ),
        pytest.param({"store": "sqlite:///x"}, "store: is text — write a table", id="text for a table"),
        pytest.param({"store": None, "otec": []}, "otec: is a list — write a table", id="list for a table"),
        pytest.param(
            {"courses": course()}, "courses: is a table — write a list of tables", id="single brackets"
        ),
        pytest.param({"courses": ["excel"]}, "courses[0]: is text — write a table", id="text for a course"),
        pytest.param({"otecs": ["norte"]}, "otecs: is a list — write a table", id="list for named tables"),
        pytest.param(
            {"otecs": {"sur": 3}}, "otecs.sur: is a number — write a table", id="number for an OTEC"
        ),
        pytest.param(
            {"environment": "prod"},
            "environment: is an unknown word — use one of: test, production",
            id="word",
        ),
        pytest.param(
            {"environment": 1}, "environment: is a number — write one of test, production", id="no word"
        ),
        pytest.param(
            {"credential": "x"}, "credential: is an unknown word — use one of: clave_sence", id="choices"
        ),
        pytest.param({"prefix": date(2025, 1, 1)}, "prefix: is a date", id="a date"),
    ],
)
def test_a_value_of_another_type_is_refused(changes: dict[str, Any], fault: str) -> None:
    """Nothing is converted: what was meant is not guessed."""
    assert any(each.startswith(fault) for each in faults(settings(**changes)))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        pytest.param(
            {"query": {"id": 5}}, "courses[0].query: holds a number — write texts", id="number in query"
        ),
        pytest.param({"query": "id=5"}, "courses[0].query: is text — write a table", id="text for query"),
        pytest.param({"paths": "/x/"}, "courses[0].paths: is text — write a list", id="one path"),
        pytest.param({"environment": "Test"}, "courses[0].environment: is an unknown word", id="capital"),
        pytest.param(
            {"codigo_curso": 5123456}, "courses[0].codigo_curso: is a number", id="code without quotes"
        ),
    ],
)
def test_the_place_of_a_course_is_told(changes: dict[str, Any], fault: str) -> None:
    """An operator with forty courses finds the one."""
    (only,) = faults(settings(courses=[course(**changes)]))
    assert only.startswith(fault)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        pytest.param({"prefx": "/x"}, 'prefx: unknown key — did you mean "prefix"?', id="misspelt"),
        pytest.param({"Prefix": "/x"}, 'Prefix: unknown key — did you mean "prefix"?', id="capital"),
        pytest.param(
            {"warning_minutes": 5}, "warning_minutes: unknown key — it belongs in [session]", id="table"
        ),
        pytest.param(
            {"store": {"secret_keys": []}},
            "store.secret_keys: unknown key — it belongs at the top, before the first [table]",
            id="below a table by mistake",
        ),
        pytest.param(
            {"platform": {"workers": 2}}, "platform.workers: unknown key — remove it", id="nothing like it"
        ),
        pytest.param({"learner": {"dotted": "a:b"}}, "learner.dotted: unknown key", id="name of the field"),
    ],
)
def test_an_unknown_key_is_refused_with_a_suggestion(changes: dict[str, Any], fault: str) -> None:
    """A misspelt setting never does nothing in silence."""
    assert any(each.startswith(fault) for each in faults(settings(**changes)))


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        pytest.param({"store": {"url": "postgres://127.0.0.1/0"}}, "store.url", id="postgres"),
    ],
)
def test_what_this_version_does_not_know_is_refused(changes: dict[str, Any], place: str) -> None:
    """A setting that nothing would honour does not load, least of all one that guards."""
    assert places(settings(**changes)) == [place]


def test_what_could_not_be_read_is_told_once() -> None:
    """A wrong type brings no train of faults that vanish with it."""
    given = settings(
        environment=1,
        secret_keys=3,
        session={"minutes": "60", "warning_minutes": 190},
        courses=[course(linea_capacitacion="1", codigo_curso="-1", otec=5), 7],
    )
    assert sorted(places(given)) == [
        "courses[0].linea_capacitacion", "courses[0].otec", "courses[1]", "environment", "secret_keys",
        "session.minutes",
    ]  # fmt: skip


class _Failing(dict[str, object]):
    """A table of settings that is computed when asked, and fails."""

    def __contains__(self, key: object) -> bool:
        return True

    def __getitem__(self, key: str) -> object:
        raise RuntimeError("no such database")


def test_a_failure_of_somebody_elses_is_no_fault_of_the_settings() -> None:
    """What is not a wrong value is not told as one."""
    with pytest.raises(RuntimeError, match="no such database"):
        load_config(settings(store=_Failing()), {})


def _told(data: dict[str, Any]) -> tuple[str, ...]:
    try:
        load_config(data, {})
    except ConfigurationError as error:
        return error.faults
    return ()


@given(st.dictionaries(st.sampled_from(_TOP), _JUNK, max_size=4))
def test_whatever_a_mapping_holds_there_is_one_kind_of_error(junk: dict[str, Any]) -> None:
    """Junk is a fault of configuration, never a traceback of ours."""
    assert all(": " in fault for fault in _told(settings() | junk))


@given(st.dictionaries(st.sampled_from([*course(), "query", "except", "minutes"]), _JUNK, max_size=4))
def test_whatever_a_course_holds_its_faults_are_its_own(junk: dict[str, Any]) -> None:
    """Each course is judged as strictly as the rest, and alone."""
    assert all(fault.startswith("courses[0].") for fault in _told(settings(courses=[course() | junk])))
