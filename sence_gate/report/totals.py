"""Rows, counted by day or by course.

The test environment is counted apart: what is registered there is nobody's
attendance. Memory holds one line per day, course and environment, whatever the
number of learners.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from sence_gate.chile import CHILE
from sence_gate.protocol.messages import Environment
from sence_gate.report.outcomes import Outcome, Row

SESSIONS = frozenset({Outcome.CLOSED, Outcome.OPEN, Outcome.NOT_CLOSED})


class By(StrEnum):
    """How a report is laid out."""

    LEARNER = "learner"
    DAY = "day"
    COURSE = "course"


@dataclass(slots=True)
class Total:
    """How many of each outcome; `learners` are those with a session, each once."""

    day: date | None
    course: str
    environment: Environment | None
    learners: int = 0
    minutes: int = 0
    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    _last: str = field(default="", repr=False)

    @property
    def sessions(self) -> int:
        """How many SENCE sessions were opened, closed or not."""
        return sum(self.counts[outcome] for outcome in SESSIONS)

    def add(self, row: Row) -> None:
        """Count *row*; the rows of one learner must come together."""
        self.counts[row.outcome] += 1
        self.minutes += row.minutes or 0
        if row.outcome in SESSIONS and row.run != self._last:
            self.learners, self._last = self.learners + 1, row.run


def totals_of(rows: Iterable[Row], by: By) -> list[Total]:
    """Return the counts by day and course, or by course alone.

    Args:
        rows: as `attendance` yields them: the rows of one learner in one course together.
    """
    totals: dict[tuple[str, str, str], Total] = {}
    for row in rows:
        day = row.moment.astimezone(CHILE).date() if by is By.DAY else None
        key = (str(day or ""), row.course, row.environment or "")
        if key not in totals:
            totals[key] = Total(day, row.course, row.environment)
        totals[key].add(row)
    return [totals[key] for key in sorted(totals)]
