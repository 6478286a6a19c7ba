"""Counts by day and by course."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from sence_gate.protocol.messages import Environment
from sence_gate.report import By, Outcome, totals_of
from tests.report.ledgers import closed, refused, report, sent, started
from tests.samples import OTHER_RUN

ROWS = report(sent(), started(1), closed(91), started(92, number="2"), refused(minutes=24 * 60))


def test_by_day_a_day_and_a_course_are_one_line() -> None:
    """Who started and how long, and what failed on the day when it failed."""
    first, second = totals_of(ROWS, By.DAY)
    assert (first.day, first.course, first.environment) == (date(2024, 5, 6), "excel", Environment.TEST)
    assert (first.learners, first.sessions, first.minutes) == (1, 2, 90)
    assert (first.counts[Outcome.CLOSED], first.counts[Outcome.NOT_CLOSED]) == (1, 1)
    assert (second.day, second.sessions, second.learners) == (date(2024, 5, 7), 0, 0)
    assert second.counts[Outcome.START_REFUSED] == 1


def test_by_course_the_days_are_added() -> None:
    """The same rows, one line, and a learner with two sessions is one person."""
    (total,) = totals_of(ROWS, By.COURSE)
    assert (total.day, total.learners, total.sessions) == (None, 1, 2)
    assert total.counts[Outcome.START_REFUSED] == 1


def test_environments_are_counted_apart() -> None:
    """What stands in the test environment is nobody's attendance."""
    real = replace(ROWS[0], environment=Environment.PRODUCTION)
    assert [(total.environment, total.sessions) for total in totals_of([*ROWS, real], By.COURSE)] == [
        (Environment.PRODUCTION, 1),
        (Environment.TEST, 2),
    ]


def test_learners_are_counted_once_per_line() -> None:
    """A learner counts on each day, and once in the course."""
    (row, *_) = ROWS
    next_day = replace(row, moment=row.moment + timedelta(days=1))
    other = replace(row, run=str(OTHER_RUN))
    assert [total.learners for total in totals_of([other, row, next_day], By.DAY)] == [2, 1]
    assert [total.learners for total in totals_of([other, row, next_day], By.COURSE)] == [2]


def test_evening_in_chile_is_the_same_day() -> None:
    """The day is Chile's, not that of UTC."""
    (row, *_) = ROWS
    evening = replace(row, moment=row.moment.replace(hour=23, minute=30))
    late = replace(row, moment=evening.moment + timedelta(hours=4))
    assert {total.day for total in totals_of([evening, late], By.DAY)} == {date(2024, 5, 6)}
