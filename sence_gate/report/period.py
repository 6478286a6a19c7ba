"""The days that a report is about: Chile's days, the last one outside.

Half-open, so that the reports of two months that touch neither overlap nor leave a
gap. A row belongs to the day of its one moment; what came before or after it in the
same attempt is read too, else a session closed after midnight would look unclosed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sence_gate.chile import CHILE

# Far longer than a session lasts and can still be closed afterwards (`cookies.LATE_CLOSE`).
AROUND = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Period:
    """From the first moment of `since` to the first of `until`, which is outside; None: no end."""

    since: date | None = None
    until: date | None = None

    @property
    def bounds(self) -> tuple[datetime | None, datetime | None]:
        """The two moments, in UTC."""
        return _midnight(self.since), _midnight(self.until)

    @property
    def around(self) -> tuple[datetime | None, datetime | None]:
        """Between which moments the ledger must be read, so that no attempt is cut."""
        since, until = self.bounds
        return since and since - AROUND, until and until + AROUND

    def holds(self, moment: datetime) -> bool:
        """Tell whether *moment* is inside."""
        since, until = self.bounds
        return (since is None or since <= moment) and (until is None or moment < until)


def _midnight(day: date | None) -> datetime | None:
    # The clock jumps at midnight in spring: zoneinfo then gives the moment of the jump, which is right.
    return None if day is None else datetime.combine(day, time(), CHILE).astimezone(UTC)
