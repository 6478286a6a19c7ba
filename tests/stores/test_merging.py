"""Events that come late are applied as what they are: the table decides, and nothing newer is undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sence_gate.protocol.session import (
    REMEMBERED,
    Closed,
    CloseRefused,
    Event,
    Session,
    Started,
    StartRefused,
    State,
    TimedOut,
)
from sence_gate.stores.merging import merged
from tests.samples import NOW, attendance

PENDING = Session.begun("excel.1.n.m", "excel", attendance(), 180, NOW)


def at(minutes: int) -> datetime:
    """Return a moment after the attempt."""
    return NOW + timedelta(minutes=minutes)


OPEN = PENDING.apply(Started("2"), at(20))
CLOSED = OPEN.apply(Closed("b"), at(40))
REOPENED = CLOSED.apply(Started("3"), at(60))


@pytest.mark.parametrize(
    ("current", "event", "minutes"),
    [
        pytest.param(PENDING, Started("1"), 10, id="a start"),
        pytest.param(PENDING, StartRefused(), 10, id="a refusal"),
        pytest.param(OPEN, Started("3"), 30, id="a newer start"),
        pytest.param(OPEN, Closed("b"), 30, id="a close"),
        pytest.param(OPEN, TimedOut(), 200, id="an end"),
        pytest.param(CLOSED, Started("3"), 50, id="a start after the close"),
        pytest.param(
            replace(PENDING, state=State.FAILED, since=at(30)), Started("1"), 10, id="after a refusal"
        ),
    ],
)
def test_what_is_newer_is_applied_as_always(current: Session, event: Event, minutes: int) -> None:
    """It is what would have been stored without the outage."""
    assert merged(current, event, at(minutes)) == current.apply(event, at(minutes)) != current


@pytest.mark.parametrize(
    ("current", "event", "minutes"),
    [
        pytest.param(OPEN, Started("2"), 10, id="the start that it knows"),
        pytest.param(REOPENED, Started("2"), 20, id="a start that it knew"),
        pytest.param(CLOSED, Closed("b"), 40, id="the close that it knows"),
        pytest.param(REOPENED, Closed("b"), 40, id="a close that it knew"),
        pytest.param(OPEN, StartRefused(), 10, id="a refusal of the start"),
        pytest.param(OPEN, CloseRefused(), 30, id="a refusal of the close"),
        pytest.param(REOPENED, TimedOut(), 210, id="an end of what was opened again"),
        pytest.param(PENDING, TimedOut(), 210, id="an end of what was never open"),
    ],
)
def test_what_tells_nothing_new_is_the_same(current: Session, event: Event, minutes: int) -> None:
    """The very object comes back, as from the table."""
    assert merged(current, event, at(minutes)) is current


@pytest.mark.parametrize("current", [OPEN, CLOSED, REOPENED], ids=["open", "closed", "reopened"])
def test_an_older_start_undoes_nothing(current: Session) -> None:
    """It is one that a newer start replaced: SENCE knows it as not closed."""
    after = merged(current, Started("1"), at(10))
    assert after == replace(current, earlier=(*current.earlier, "1"), version=current.version + 1)


def test_an_older_close_does_not_close_what_was_opened_since() -> None:
    """The close is noted, so that its reloaded page is a replay."""
    after = merged(REOPENED, Closed("a"), at(50))
    assert after == replace(REOPENED, closes=("b", "a"), version=REOPENED.version + 1)


def test_a_close_whose_start_comes_late_gets_it() -> None:
    """A session built from its close alone lacks the id; it stays closed."""
    lost = replace(PENDING, state=State.EXPIRED, opened=NOW).apply(Closed("b"), at(40))
    after = merged(lost, Started("1"), at(10))
    assert (after.state, after.id_sesion_sence, after.opened) == (State.CLOSED, "1", at(10))


def test_what_is_remembered_is_bounded() -> None:
    """Whoever sends more forges his own."""
    current = REOPENED
    for number in range(100, 150):
        current = merged(current, Started(str(number)), at(10))
        current = merged(current, Closed(str(number)), at(50))
    assert len(current.earlier) == len(current.closes) == REMEMBERED
