"""New entries as they come: each once, also when several have the same time."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sence_gate.report.following import BACK, follow
from sence_gate.stores.base import Entry, Kind
from tests.samples import NOW


def at(seconds: float, incident: str = "") -> Entry:
    """Return an entry, *seconds* after NOW."""
    return Entry(NOW + timedelta(seconds=seconds), Kind.GRACE, incident=incident)


def _told(batches: list[list[Entry]], since: datetime = NOW, now: datetime = NOW) -> list[Entry]:
    ledger, told = [*batches[0]], list[Entry]()
    rest = iter(batches[1:])

    def pause() -> None:
        try:
            ledger.extend(next(rest))
        except StopIteration:
            raise InterruptedError from None

    with suppress(InterruptedError):
        for entry in follow(
            lambda first: (each for each in tuple(ledger) if each.at >= first), since, now, pause
        ):
            told.append(entry)
    return told


_SECONDS = st.integers(0, int(BACK.total_seconds()) - 1)


@given(st.lists(st.lists(_SECONDS.map(at), max_size=4), min_size=1, max_size=5))
def test_each_entry_is_told_once(batches: list[list[Entry]]) -> None:
    """Equal lines are two events, and a line that was written late is told too."""
    assert _told(batches) == [entry for batch in batches for entry in batch]


def test_a_long_time_is_followed() -> None:
    """The look back moves along, and nothing is told again."""
    batches = [[at(600 * number)] for number in range(5)]
    assert _told(batches) == [entry for batch in batches for entry in batch]


def test_old_entries_are_told_from_since_on() -> None:
    """What stood there before comes first, once."""
    old, new = [at(0), at(0), at(5000)], [at(9000)]
    assert _told([old, new], since=NOW, now=NOW + timedelta(seconds=8000)) == [*old, *new]


def test_nothing_before_since_is_told() -> None:
    """A command that is started now tells what happens from now on."""
    assert _told([[at(-10), at(-1)], [at(1)]]) == [at(1)]
