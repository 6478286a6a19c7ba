"""Days in Chile, also on those when the clock jumps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sence_gate.cookies import LATE_CLOSE
from sence_gate.report.period import AROUND, Period


@pytest.mark.parametrize(
    ("day", "first"),
    [
        pytest.param(date(2024, 5, 6), datetime(2024, 5, 6, 4, tzinfo=UTC), id="winter"),
        pytest.param(date(2024, 12, 24), datetime(2024, 12, 24, 3, tzinfo=UTC), id="summer"),
        pytest.param(date(2024, 4, 7), datetime(2024, 4, 7, 4, tzinfo=UTC), id="the night has an hour more"),
        pytest.param(date(2024, 9, 8), datetime(2024, 9, 8, 4, tzinfo=UTC), id="midnight is skipped"),
    ],
)
def test_a_day_begins_at_midnight_in_chile(day: date, first: datetime) -> None:
    """What happened in the first moment belongs to the day, what came before it does not."""
    before = first - timedelta(microseconds=1)
    assert (Period(since=day).holds(first), Period(since=day).holds(before)) == (True, False)
    assert (Period(until=day).holds(first), Period(until=day).holds(before)) == (False, True)


def test_no_ends_hold_everything() -> None:
    """Without dates the whole ledger is read and told."""
    assert Period().holds(datetime(1999, 1, 1, tzinfo=UTC))
    assert Period().around == (None, None)


def test_enough_is_read_around() -> None:
    """A session of a day's length, closed at the last moment, is inside what is read."""
    first = datetime(2024, 5, 6, 4, tzinfo=UTC)
    period = Period(date(2024, 5, 6), date(2024, 5, 7))
    assert period.around == (first - AROUND, first + timedelta(days=1) + AROUND)
    assert timedelta(days=1) + LATE_CLOSE < AROUND
