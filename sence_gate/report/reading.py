"""The entries that a report of some days is made of.

Those of the days themselves and a week around them, in which an attempt begins and
ends. A page of SENCE's answer can be reloaded after months, and the gate writes that
down too: what it repeats stands further back, and there alone it counts. When an
attempt began, its own id tells, so that so much is read only where there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from sence_gate.cookies import SKEW, issued_at
from sence_gate.report.period import Period
from sence_gate.stores.base import Entry

Ledger = Callable[[datetime | None, datetime | None], Iterable[Entry]]


def entries_of(period: Period, ledger: Ledger, holds: Callable[[Entry], bool]) -> Iterator[Entry]:
    """Yield the entries to make the rows of *period* of, in any order.

    Args:
        ledger: returns the entries between two moments, as a store does.
        holds: tells which of them are asked for.

    Raises:
        StoreUnavailable: from the ledger.
    """
    first, last = period.around
    older: dict[str, datetime] = {}
    for entry in filter(holds, ledger(first, last)):
        if first and (began := issued_at(entry.id_sesion_alumno)) and began < first - SKEW:
            older[entry.id_sesion_alumno] = began - SKEW
        yield entry
    if older:
        earlier = ledger(min(older.values()), first)
        yield from (entry for entry in earlier if entry.id_sesion_alumno in older)
