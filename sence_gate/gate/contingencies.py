"""Which contingencies are in force, as this worker saw them a few seconds ago."""

from __future__ import annotations

import logging
from datetime import datetime
from threading import Lock
from time import monotonic

from sence_gate.errors import StoreAway, StoreUnavailable
from sence_gate.stores.base import Bypass, Store

log = logging.getLogger("sence_gate")


class Contingencies:
    """Look at most once in *seconds* which contingencies *store* keeps."""

    def __init__(self, store: Store, seconds: float) -> None:
        self._store = store
        self._seconds = seconds
        self._found: tuple[Bypass, ...] = ()
        self._looked = float("-inf")
        self._lock = Lock()

    def of(self, course: str, now: datetime) -> Bypass | None:
        """Return the contingency that is in force in *course*: its own, else that of all courses."""
        found = {each.course: each for each in self.in_force(now)}
        return found.get(course) or found.get("")

    def in_force(self, now: datetime) -> tuple[Bypass, ...]:
        """Return all that are in force."""
        return tuple(each for each in self._all() if each.since <= now < each.until)

    def _all(self) -> tuple[Bypass, ...]:
        with self._lock:
            if monotonic() - self._looked < self._seconds:
                return self._found
            self._looked = monotonic()
        try:
            self._found = self._store.bypasses()
        except StoreUnavailable as fault:  # then the last look holds: each contingency ends by itself
            if not isinstance(fault, StoreAway):  # that was told when it began
                log.warning("contingencies were not looked up, those of before hold: %s", fault)
        return self._found
