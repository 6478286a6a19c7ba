"""Sessions and ledger lines as JSON: they come back whole, or as an error, and show no secrets."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sence_gate.protocol.session import Session
from sence_gate.stores.base import Entry, Kind
from sence_gate.stores.records import (
    dump_entry,
    dump_session,
    load_entry,
    load_session,
    session_from_values,
    session_values,
)
from tests.samples import ID_SESION_ALUMNO, NOW, RUN, session
from tests.stores.strategies import ENTRIES, SESSIONS

_ENTRY = Entry(
    NOW,
    Kind.QUARANTINED,
    ID_SESION_ALUMNO,
    "excel",
    RUN.canonical,
    (("RunAlumno", RUN.canonical), ("IdSesionSence", "987654321")),
    ("foreign_origin",),
    "run_alumno differs from 12345678-5",
    "9f3c",
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


def _changed(text: str, position: int, value: object) -> str:
    values = json.loads(text)
    values[position % len(values)] = value
    return json.dumps(values)


def _is_refused(load: Callable[[str], object], text: str) -> bool:
    try:
        load(text)
    except ValueError:
        return True
    return False


@given(SESSIONS)
def test_a_session_survives(any_session: Session) -> None:
    """A session read back is equal to the one written, in every field and to the microsecond."""
    assert load_session(dump_session(any_session)) == any_session


@given(ENTRIES)
def test_an_entry_survives(any_entry: Entry) -> None:
    """A ledger line read back is equal to the one written, in every field and to the microsecond."""
    assert load_entry(dump_entry(any_entry)) == any_entry


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_survives(kind: Kind) -> None:
    """No kind of line is written that could not be read."""
    assert load_entry(dump_entry(Entry(NOW, kind))) == Entry(NOW, kind)


def test_every_field_is_written() -> None:
    """A field that is added to a record must be added to its text as well."""
    sent = fields(session().attendance)
    assert len(session_values(session())) == len(fields(Session)) - 1 + len(sent)
    assert len(json.loads(dump_entry(_ENTRY))) == len(fields(Entry))


@given(SESSIONS)
def test_equal_sessions_have_equal_texts(any_session: Session) -> None:
    """A store may compare texts to tell whether a session was changed meanwhile."""
    assert dump_session(load_session(dump_session(any_session))) == dump_session(any_session)


def test_moments_come_back_aware() -> None:
    """Every moment that is read is in UTC, on whatever host it was written."""
    read = load_session(dump_session(session()))
    assert (read.since.tzinfo, read.opened and read.opened.tzinfo) == (UTC, UTC)
    assert load_entry(dump_entry(_ENTRY)).at.tzinfo is UTC


def test_texts_are_plain_ascii_in_one_line() -> None:
    """No text of a learner breaks a line or needs an encoding, in whatever store it ends."""
    text = dump_session(session(course="día\n\u2028ñ", id_sesion_sence="\x00'\"\\"))
    assert text.isascii()
    assert text.isprintable()


@given(st.integers(0, 40), _JSON)
def test_a_damaged_session_is_a_value_error(position: int, value: object) -> None:
    """Whatever stands in one place of the text: a session, or a ValueError, and nothing else."""
    try:
        assert isinstance(load_session(_changed(dump_session(session()), position, value)), Session)
    except ValueError:
        return


@given(st.integers(0, 40), _JSON)
def test_a_damaged_entry_is_a_value_error(position: int, value: object) -> None:
    """Whatever stands in one place of the text: a line of texts only, or a ValueError, and nothing else."""
    try:
        read = load_entry(_changed(dump_entry(_ENTRY), position, value))
    except ValueError:
        return
    texts = [*read.flags, *(text for pair in read.raw for text in pair)]
    assert all(isinstance(text, str) for text in texts)


@given(st.text(max_size=30) | _JSON.map(json.dumps))
def test_any_text_is_a_value_error(text: str) -> None:
    """What is no record at all is refused by both readers."""
    assert _is_refused(load_session, text)
    assert _is_refused(load_entry, text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 100_000, id="nested without end"),
        pytest.param('{"a":' * 100_000, id="objects without end"),
        pytest.param("9" * 100_000, id="a number without end"),
        pytest.param("", id="empty"),
    ],
)
def test_hostile_texts_are_value_errors(text: str) -> None:
    """A shared store is input from outside: no text in it does worse than a ValueError."""
    assert _is_refused(load_session, text)
    assert _is_refused(load_entry, text)


@pytest.mark.parametrize(
    ("position", "value"),
    [
        pytest.param(2, "staging", id="an environment that is none"),
        pytest.param(3, "76543210-4", id="an OTEC with a wrong check digit"),
        pytest.param(4, "12345678-4", id="a RUN with a wrong check digit"),
        pytest.param(4, None, id="no RUN"),
        pytest.param(7, "3", id="a line as text"),
        pytest.param(9, "opened", id="a state that is none"),
        pytest.param(10, 1e300, id="a moment beyond all calendars"),
        pytest.param(0, "excel.\ud800", id="an id with half a character"),
        pytest.param(1, "\udfff", id="a course of half a character"),
        pytest.param(11, "\ud800", id="an id of SENCE's with half a character"),
        pytest.param(8, 10**12, id="a length beyond all calendars"),
        pytest.param(8, -1, id="a length that is none"),
        pytest.param(12, 253402300799, id="opened on the last of all days"),
        pytest.param(12, -62135596800, id="opened on the first of all days"),
        pytest.param(10, float("nan"), id="no moment at all"),
        pytest.param(12, float("inf"), id="opened never"),
        pytest.param(13, {}, id="an object for a list"),
        pytest.param(15, None, id="no version"),
    ],
)
def test_a_session_with_a_wrong_field_is_refused(position: int, value: object) -> None:
    """A field that has another type or meaning makes the whole record unreadable."""
    assert _is_refused(load_session, _changed(dump_session(session()), position, value))


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(session_values(session())[:-1], id="one too few"),
        pytest.param([*session_values(session()), 1], id="one too many"),
        pytest.param(tuple("abc"), id="a tuple"),
        pytest.param(None, id="nothing"),
        pytest.param({}, id="an object"),
    ],
)
def test_values_of_another_shape_are_refused(values: Any) -> None:
    """A cookie of another version of the gate is no session."""
    with pytest.raises(ValueError, match="not the record of a session"):
        session_from_values(values)


def test_repr_hides_what_is_personal() -> None:
    """Neither a line nor a session in a log shows a RUN, an id of an attempt or an id of SENCE."""
    shown = repr(_ENTRY) + repr(session(earlier=("55555",)))
    secrets = (RUN.canonical[:8], "76543210", ID_SESION_ALUMNO, "987654321", "55555", "RunAlumno")
    assert [secret for secret in secrets if secret in shown] == []


def test_repr_still_tells_what_happened() -> None:
    """Moment, kind, course and flags of a line are no secrets."""
    assert repr(_ENTRY) == (
        "Entry(2024-05-06T15:30:00+00:00, quarantined, course='excel', flags=('foreign_origin',))"
    )
