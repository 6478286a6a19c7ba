"""Which part of the ledger a report of some days is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from sence_gate.report import Outcome, Period, attendance
from sence_gate.report.reading import entries_of
from sence_gate.stores.base import Entry, Kind
from tests.report.ledgers import background, closed, line, refused, sent, started
from tests.samples import NOW

MAY = Period(date(2024, 5, 1), date(2024, 6, 1))
JULY = Period(date(2024, 7, 1), date(2024, 8, 1))
JULY_4 = 59 * 24 * 60.0  # in minutes after NOW


class Ledger:
    """Entries, and from which moments on they were asked for."""

    def __init__(self, *entries: Entry) -> None:
        self.entries = entries
        self.asked: list[datetime | None] = []

    def __call__(self, since: datetime | None, until: datetime | None) -> Iterator[Entry]:
        """Yield what a store would."""
        self.asked.append(since)
        for entry in self.entries:
            if (since is None or since <= entry.at) and (until is None or entry.at < until):
                yield entry

    def outcomes(self, period: Period) -> list[Outcome]:
        """Return what a report of *period* tells."""
        entries = entries_of(period, self, lambda _: True)
        return [row.outcome for row in attendance(entries, background(NOW + timedelta(days=90)), period)]


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(refused(), id="a refusal"),
        pytest.param(refused(Kind.CLOSE_ERROR), id="a refused close"),
        pytest.param(line(Kind.QUARANTINED, 1, "start_ok", RunAlumno="1-9"), id="what was quarantined"),
        pytest.param(line(Kind.ILLEGAL, 1, "close_ok", RunAlumno="1-9"), id="what came out of order"),
        pytest.param(started(), id="a start"),
        pytest.param(closed(), id="a close"),
    ],
)
def test_what_is_reloaded_after_weeks_counts_in_its_own_month(first: Entry) -> None:
    """However old the page, and though the gate wrote it down again."""
    again = replace(first, at=NOW + timedelta(minutes=JULY_4), flags=(*first.flags, "same"))
    ledger = Ledger(sent(), first, again)
    assert len(ledger.outcomes(MAY)) == 1
    assert ledger.outcomes(JULY) == []


def test_a_second_refusal_of_an_old_attempt_counts() -> None:
    """It is not the page of the first: SENCE wrote another time into it."""
    ledger = Ledger(sent(), refused(), refused(minutes=JULY_4, fecha_hora="another"))
    assert ledger.outcomes(JULY) == [Outcome.START_REFUSED]


def test_a_session_that_opens_after_weeks_counts_when_it_opens() -> None:
    """The attempt of May is no session of May."""
    assert Ledger(sent(), started(JULY_4)).outcomes(JULY) == [Outcome.NOT_CLOSED]


def test_nothing_older_is_read_without_need() -> None:
    """A report of one month reads one month and a week around it."""
    ledger = Ledger(sent(), started(), closed())
    assert ledger.outcomes(MAY) == [Outcome.CLOSED]
    assert ledger.asked == [MAY.around[0]]


def test_as_far_back_as_the_attempt_and_no_farther() -> None:
    """When it began stands in its id."""
    ledger = Ledger(sent(), refused(), refused(minutes=JULY_4))
    ledger.outcomes(JULY)
    (_, first) = ledger.asked
    assert first
    assert timedelta() < datetime.fromtimestamp(NOW.timestamp(), UTC) - first < timedelta(minutes=5)
