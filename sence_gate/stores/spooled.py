"""A shared store that may be away: what it cannot take is kept on this host, and brought later.

While it is away, the spool answers for the sessions that it knows; for every other
session the answer is `StoreAway`, never None. A write is kept in the spool and counts
as done; when the shared store answers again, whoever asks next brings what was kept,
a few items at a time, before asking anything. A session of which items are left is
read and written in the spool, so that its events stay in their order.

`ledger` and `unmatched` tell what the shared store holds and what is still in this
host's spool; without the shared store they raise, since half an attendance report
would look like a whole one.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from sence_gate.errors import StoreAway
from sence_gate.protocol.session import Session, State
from sence_gate.stores.base import UNMATCHED_KEPT, Bypass, Entry, Kind, Store
from sence_gate.stores.breaker import GuardedStore, not_now
from sence_gate.stores.draining import SPOOLED, drain, flagged, recognition
from sence_gate.stores.spool import Item, Spool


class SpooledStore:
    """Keep the promise of `stores.base.Store` with *remote*, and without it.

    Args:
        path: the spool; made when it is needed first, shared by the workers of this host.
        clock: returns seconds that only grow.
    """

    def __init__(self, remote: Store, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._remote = GuardedStore(remote, clock)
        self._spool = Spool(path)
        self._clock = clock

    def __repr__(self) -> str:
        return f"SpooledStore({self._remote!r}, {self._spool!r})"

    def get(self, id_sesion_alumno: str) -> Session | None:
        """Return the session of an attempt, or None."""
        if not self._spool.is_empty():
            fault = self._drained()
            if known := self._spool.get(id_sesion_alumno):
                return known
            if fault:
                raise fault
        return self._remote.get(id_sesion_alumno)

    def find_open(self, run: str, course: str) -> Session | None:
        """Return the newest session in state OPEN of a learner in a course."""
        if self._spool.is_empty():
            return self._remote.find_open(run, course)
        fault = self._drained()
        ours = self._spool.find_open(run, course)
        if fault:
            if ours is None:
                raise fault
            return ours
        return self._newest(ours, self._remote.find_open(run, course))

    def swap(self, before: Session | None, after: Session, entry: Entry) -> bool:
        """Replace *before* by *after* and add *entry*, both or neither."""
        if self._is_kept(after.id_sesion_alumno):
            return self._spool.keep_swap(before, Item(entry, after))
        try:
            return self._remote.swap(before, after, entry)
        except StoreAway as fault:
            return self._spool.keep_swap(before, Item(entry, after, is_tried=fault.was_asked))

    def record(self, entry: Entry) -> None:
        """Add *entry* to the ledger."""
        if self._is_kept(entry.id_sesion_alumno):
            self._spool.keep(Item(entry))
            return
        try:
            self._remote.record(entry)
        except StoreAway as fault:
            self._spool.keep(Item(entry, is_tried=fault.was_asked))

    def count_repeat(self, id_sesion_alumno: str, kind: Kind) -> int:
        """Count a line that changes nothing of an attempt; during an outage from nothing."""
        if self._is_kept(id_sesion_alumno):
            return self._spool.count_repeat(id_sesion_alumno, kind)
        try:
            return self._remote.count_repeat(id_sesion_alumno, kind)
        except StoreAway:
            return self._spool.count_repeat(id_sesion_alumno, kind)

    def note_unmatched(self, entry: Entry) -> None:
        """Count a callback that is nobody's; keep the newest of them."""
        if self._is_kept(""):
            self._spool.keep(Item(entry, is_note=True))
            return
        try:
            self._remote.note_unmatched(entry)
        except StoreAway as fault:
            self._spool.keep(Item(entry, is_note=True, is_tried=fault.was_asked))

    def unmatched(self) -> tuple[int, tuple[Entry, ...]]:
        """Return how many were counted here and there, and those that are kept."""
        ours = tuple(flagged(each.entry, SPOOLED) for each in self._spool.items() if each.is_note)
        count, kept = self._remote.unmatched()
        return count + len(ours), (*kept, *ours)[-UNMATCHED_KEPT:]

    def ledger(
        self, since: datetime | None = None, until: datetime | None = None, *, run: str = ""
    ) -> Iterator[Entry]:
        """Yield the entries of the shared store in its order, and then those that are still kept here."""
        ours = [each.entry for each in self._spool.items() if not each.is_note]
        waiting = Counter(recognition(each) for each in ours)
        for entry in self._remote.ledger(since, until, run=run):
            if waiting and waiting[mark := recognition(entry)]:
                waiting[mark] -= 1  # it arrived meanwhile, or had arrived
            yield entry
        for entry in ours:
            is_inside = (since is None or since <= entry.at) and (until is None or entry.at < until)
            if is_inside and waiting[mark := recognition(entry)]:
                waiting[mark] -= 1
                yield flagged(entry, SPOOLED)

    def bypasses(self) -> tuple[Bypass, ...]:
        """Return the newest contingency of each course."""
        return self._remote.bypasses()

    def keep_bypass(self, bypass: Bypass, entry: Entry) -> None:
        """Put *bypass* in the place of its course's; never kept here, where other hosts would not see it."""
        self._remote.keep_bypass(bypass, entry)

    def forget(self, before: datetime, *, pretend: bool = False) -> int:
        """Delete the sessions that are over since before *before*; what is kept here is not touched."""
        return self._remote.forget(before, pretend=pretend)

    def ping(self) -> None:
        """Return when the shared store can be read and written."""
        self._remote.ping()

    def close(self) -> None:
        """Give back what is held open."""
        self._remote.close()
        self._spool.close()

    def is_away(self) -> bool:
        """Tell whether this worker takes the shared store to be away."""
        return self._remote.is_away()

    def waiting(self) -> int:
        """Return how much this host keeps for the shared store.

        Raises:
            StoreUnavailable: the spool cannot be read.
        """
        return self._spool.count()

    def _drained(self) -> StoreAway | None:
        """Bring what was kept, some of it; return why that failed."""
        if self._remote.refuses():
            return not_now()  # nothing is marked as tried that nobody tries
        try:
            drain(self._spool, self._remote, self._clock)
        except StoreAway as fault:
            return fault
        return None

    def _is_kept(self, id_sesion_alumno: str) -> bool:
        """Tell whether a write about an attempt belongs in the spool now."""
        if self._spool.is_empty():
            return False
        return self._drained() is not None or self._spool.holds(id_sesion_alumno)

    def _newest(self, ours: Session | None, theirs: Session | None) -> Session | None:
        if theirs is None:
            return ours
        known = self._spool.get(theirs.id_sesion_alumno)
        if known is not None and known.state is not State.OPEN and ours is None:
            raise StoreAway("what is known here of this learner has not reached the shared store yet")
        current = [each for each in (ours, known or theirs) if each and each.state is State.OPEN]
        return max(current, key=lambda session: session.since)
