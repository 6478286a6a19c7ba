"""What the ledger proves, as rows that a person or a spreadsheet reads.

::

    reading     ledger -> the entries that some days are made of
    gathering   entries -> the entries of each attempt, without replays
    rows        the entries of one attempt -> what happened, row by row (`outcomes`: one row)
    totals      rows -> counts by day or by course
    columns     what each column is called and what stands in it
    files       rows -> CSV and JSON            table    rows -> a terminal
    listing     entries -> a terminal           following    new entries as they come

Nothing here decides or writes. What the ledger does not say (what time it is, for
which environment an attempt was made) comes from outside, as `Background`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sence_gate.report.gathering import Gathered
from sence_gate.report.outcomes import Background, Outcome, Row
from sence_gate.report.period import Period
from sence_gate.report.rows import rows_of
from sence_gate.report.totals import By, Total, totals_of
from sence_gate.stores.base import Entry

__all__ = ["Background", "By", "Outcome", "Period", "Row", "Total", "attendance", "rows_of", "totals_of"]


def attendance(entries: Iterable[Entry], background: Background, period: Period) -> Iterator[Row]:
    """Yield what happened in *period*, by course, learner and time.

    Memory does not grow with the ledger: it is sorted on disk first.

    Args:
        entries: of *period* and of the days around it (`reading.entries_of`), in any order.

    Raises:
        StoreUnavailable: no room for the temporary file.
    """
    with Gathered(entries) as gathered:
        for attempt in gathered.attempts():
            yield from (row for row in rows_of(attempt, background) if period.holds(row.moment))
