"""New entries of the ledger, as they come.

A store can be asked for a time only, and an entry may be written a little after its
time: a worker that waited, a host whose clock is behind. So each look goes back a bit,
and what was told already is left out. What a spool brings later than that is missed
here, and in no report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from sence_gate.stores.base import Entry

BACK = timedelta(minutes=5)


def follow(
    read: Callable[[datetime], Iterable[Entry]],
    since: datetime,
    now: datetime,
    pause: Callable[[], object],
) -> Iterator[Entry]:
    """Yield the entries from *since* on, and then new ones; ends when *pause* raises.

    Args:
        read: returns the entries from a moment on.
        pause: is called between two looks.
    """
    told: Counter[Entry] = Counter()
    floor = max(since, now - BACK)
    for entry in read(since):
        if entry.at >= floor:  # only these come again
            told[entry] += 1
        yield entry
    while True:
        pause()
        seen: Counter[Entry] = Counter()
        for entry in read(floor):
            seen[entry] += 1
            if seen[entry] > told[entry]:
                yield entry
        newest = max((entry.at for entry in seen), default=floor)
        floor = max(floor, newest - BACK)
        told = Counter({entry: count for entry, count in seen.items() if entry.at >= floor})
