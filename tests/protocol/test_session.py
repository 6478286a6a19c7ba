"""The table of a session's life, cell by cell, and its two rules in any order of events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sence_gate.errors import IllegalTransition
from sence_gate.protocol.messages import Attendance, Environment
from sence_gate.protocol.rut import Rut
from sence_gate.protocol.session import (
    REMEMBERED,
    TRANSITIONS,
    Closed,
    CloseRefused,
    Event,
    Session,
    Started,
    StartRefused,
    State,
    TimedOut,
)

_THEN = datetime(2024, 5, 6, 12, tzinfo=UTC)
_NOW = _THEN + timedelta(minutes=40)
_ATTENDANCE = Attendance(
    Environment.TEST, Rut.parse("76543210-3"), Rut.parse("12345678-5"), "1237894560", "5123456", 3
)

# Events that lead from a new attempt to each state, as "a" is SENCE's id.
_WAY_TO: dict[State, tuple[Event, ...]] = {
    State.PENDING: (),
    State.OPEN: (Started("a"),),
    State.FAILED: (StartRefused(),),
    State.EXPIRED: (Started("a"), TimedOut()),
    State.CLOSED: (Started("a"), Closed()),
}

_EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Started, st.sampled_from(["a", "b", "c"])),
    st.sampled_from([StartRefused(), Closed(), CloseRefused(), TimedOut()]),
)


def _in_state(state: State) -> Session:
    return _after(_WAY_TO[state])


def _after(events: tuple[Event, ...] | list[Event]) -> Session:
    session = Session.begun("excel.1.n.m", "excel", _ATTENDANCE, 180, _THEN)
    for event in events:
        session = _unless_illegal(session, event, _THEN)
    return session


def _unless_illegal(session: Session, event: Event, now: datetime) -> Session:
    try:
        return session.apply(event, now)
    except IllegalTransition:
        return session


@pytest.mark.parametrize("state", State)
def test_each_state_can_be_reached(state: State) -> None:
    """The ways that the tests below take lead where they say."""
    assert _in_state(state).state is state


@pytest.mark.parametrize(
    ("state", "event", "reached"),
    [
        pytest.param(State.PENDING, Started("a"), State.OPEN, id="pending, started"),
        pytest.param(State.PENDING, StartRefused(), State.FAILED, id="pending, start refused"),
        pytest.param(State.OPEN, Started("b"), State.OPEN, id="open, started anew"),
        pytest.param(State.OPEN, Closed(), State.CLOSED, id="open, closed"),
        pytest.param(State.OPEN, TimedOut(), State.EXPIRED, id="open, timed out"),
        pytest.param(State.FAILED, Started("a"), State.OPEN, id="failed, started after all"),
        pytest.param(State.EXPIRED, Started("b"), State.OPEN, id="expired, started anew"),
        pytest.param(State.EXPIRED, Closed(), State.CLOSED, id="expired, closed late"),
        pytest.param(State.CLOSED, Started("b"), State.OPEN, id="closed, started anew"),
    ],
)
def test_what_sence_reports_changes_the_session(state: State, event: Event, reached: State) -> None:
    """The cells that change: a new state, from now on, one version later."""
    before = _in_state(state)
    after = before.apply(event, _NOW)

    assert (after.state, after.since, after.version) == (reached, _NOW, before.version + 1)
    assert TRANSITIONS[state][type(event)] is reached


@pytest.mark.parametrize(
    ("state", "event"),
    [
        pytest.param(State.PENDING, TimedOut(), id="pending, timed out"),
        pytest.param(State.OPEN, Started("a"), id="open, same start"),
        pytest.param(State.OPEN, StartRefused(), id="open, start refused"),
        pytest.param(State.OPEN, CloseRefused(), id="open, close refused"),
        pytest.param(State.FAILED, StartRefused(), id="failed, start refused"),
        pytest.param(State.FAILED, TimedOut(), id="failed, timed out"),
        pytest.param(State.EXPIRED, Started("a"), id="expired, same start"),
        pytest.param(State.EXPIRED, StartRefused(), id="expired, start refused"),
        pytest.param(State.EXPIRED, CloseRefused(), id="expired, close refused"),
        pytest.param(State.EXPIRED, TimedOut(), id="expired, timed out"),
        pytest.param(State.CLOSED, Started("a"), id="closed, same start"),
        pytest.param(State.CLOSED, StartRefused(), id="closed, start refused"),
        pytest.param(State.CLOSED, Closed(), id="closed, closed"),
        pytest.param(State.CLOSED, CloseRefused(), id="closed, close refused"),
        pytest.param(State.CLOSED, TimedOut(), id="closed, timed out"),
    ],
)
def test_what_tells_nothing_new_returns_the_very_object(state: State, event: Event) -> None:
    """The cells that say "same": nothing to write, nothing to compare."""
    session = _in_state(state)

    assert session.apply(event, _NOW) is session


@pytest.mark.parametrize("state", [State.PENDING, State.FAILED])
@pytest.mark.parametrize("event", [Closed(), CloseRefused()], ids=["closed", "close refused"])
def test_nothing_can_be_closed_before_it_was_open(state: State, event: Event) -> None:
    """The refusal names both, and leaves everything as it was."""
    session, untouched = _in_state(state), _in_state(state)
    with pytest.raises(IllegalTransition, match=f"{type(event).__name__} in state {state}"):
        session.apply(event, _NOW)

    assert session == untouched


def test_the_table_has_no_cell_that_these_tests_do_not() -> None:
    """Every state has every event, but for the four illegal pairs."""
    cells = [(state, event) for state, row in TRANSITIONS.items() for event in row]

    assert set(TRANSITIONS) == set(State)
    assert len(cells) == 5 * 5 - 4


def test_an_opened_session_knows_its_id_and_its_deadline() -> None:
    """The time runs from SENCE's answer, not from the learner's departure."""
    pending = _in_state(State.PENDING)
    opened = pending.apply(Started("a"), _NOW)

    assert pending.deadline is None
    assert (opened.id_sesion_sence, opened.opened) == ("a", _NOW)
    assert opened.deadline == _NOW + timedelta(minutes=180)


def test_a_refused_close_keeps_the_session_open() -> None:
    """The learner can try to close again."""
    session = _in_state(State.OPEN).apply(CloseRefused(), _NOW)

    assert session.apply(Closed(), _NOW).state is State.CLOSED


@pytest.mark.parametrize("state", [State.OPEN, State.EXPIRED, State.CLOSED])
def test_a_newer_start_is_used_and_the_older_remembered(state: State) -> None:
    """SENCE has two sessions then; the older one has no close of its own."""
    session = _in_state(state).apply(Started("b"), _NOW)

    assert (session.id_sesion_sence, session.earlier) == ("b", ("a",))
    assert session.opened == _NOW


def test_an_older_start_reloaded_does_not_come_back() -> None:
    """The page of the first start, reloaded after the second: a replay."""
    session = _after([Started("a"), Started("b"), Started("c")])

    assert session.apply(Started("a"), _NOW) is session
    assert session.earlier == ("a", "b")


def test_an_older_close_reloaded_does_not_close_what_began_after_it() -> None:
    """FechaHora tells one close from another."""
    session = _after([Started("a"), Closed("1"), Started("b")])

    assert session.apply(Closed("1"), _NOW) is session
    assert session.apply(Closed("2"), _NOW).state is State.CLOSED


def test_a_close_that_tells_no_time_counts() -> None:
    """Nothing says that it is an old one."""
    session = _after([Started("a"), Closed(""), Started("b")])

    assert session.apply(Closed(""), _NOW).state is State.CLOSED


def test_what_is_remembered_of_an_attempt_is_bounded() -> None:
    """The newest ids and closes are known as replays; whoever makes more forges his own."""
    count = REMEMBERED + 5
    session = _after([event for at in range(count) for event in (Started(str(at)), Closed(str(at)))])

    assert session.earlier == tuple(map(str, range(count - 1)))[-REMEMBERED:]
    assert session.closes == tuple(map(str, range(count)))[-REMEMBERED:]


@given(st.lists(_EVENTS))
def test_no_order_of_events_raises_anything_but_illegal(events: list[Event]) -> None:
    """Whatever arrives, the session stays readable and its version counts the changes."""
    session = _after(events)

    opened = session.state in {State.OPEN, State.EXPIRED, State.CLOSED}
    assert opened is (session.id_sesion_sence is not None) is (session.deadline is not None)
    assert session.id_sesion_sence not in session.earlier
    assert len(set(session.earlier)) == len(session.earlier)


@given(st.lists(_EVENTS), _EVENTS)
def test_an_event_repeated_at_once_changes_nothing(events: list[Event], event: Event) -> None:
    """A double click, a reload, two workers: the second time gives the very object."""
    once = _unless_illegal(_after(events), event, _NOW)

    assert _unless_illegal(once, event, _NOW) is once


@given(st.lists(_EVENTS))
def test_a_replay_of_any_earlier_start_changes_nothing(events: list[Event]) -> None:
    """However old, a start that was seen gives the very object."""
    session = _after(events)

    for event in events:
        if isinstance(event, Started | StartRefused | CloseRefused):
            assert _unless_illegal(session, event, _NOW) is session


@given(st.lists(_EVENTS))
def test_a_replay_since_the_last_opening_changes_nothing(events: list[Event]) -> None:
    """Within the life of one id of SENCE's, every event can come again."""
    seen: list[Event] = []
    session = _after([])
    for event in events:
        before, session = session, _unless_illegal(session, event, _THEN)
        seen = (
            [event]
            if session.opened and session.id_sesion_sence != before.id_sesion_sence
            else [*seen, event]
        )

    _assert_all_same(session, seen)


def _assert_all_same(session: Session, events: list[Event]) -> None:
    for event in events:
        assert _unless_illegal(session, event, _NOW) is session
