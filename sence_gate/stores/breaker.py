"""A store that is away costs one request a moment, not every request its timeouts.

After three failures in five seconds nothing is asked any more: the answer is
"away" at once. Every two seconds one request is let through as a probe, and the
first success ends it. The log tells each change of state once, never each request.

One request asks several times. Once a store that hangs has kept a thread waiting, that
thread does not ask again for a second, so that a learner waits for one answer at most.

Whoever is answered learns whether the store was asked at all: what was asked and
not answered may have happened all the same.
Pattern: M. Nygard, Release It!, "Circuit Breaker".
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from threading import Lock, local
from typing import TypeVar

from sence_gate.errors import StoreAway, StoreUnavailable
from sence_gate.protocol.session import Session
from sence_gate.stores.base import Bypass, Entry, Kind, Store

log = logging.getLogger("sence_gate")

FAILURES = 3
WITHIN_SECONDS = 5.0
PROBE_SECONDS = 2.0
LONG_SECONDS = 0.2  # a refused connection is told in no time; what took this long was waited for
REST_SECONDS = 1.0

T = TypeVar("T")


class _Rest(local):
    """Until when this thread does not ask."""

    until = 0.0


class Breaker:
    """Let calls through as long as they do not fail too often.

    Args:
        clock: returns seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._failures: deque[float] = deque(maxlen=FAILURES)
        self._is_open = False
        self._next_probe = 0.0
        self._rest = _Rest()

    def is_open(self) -> bool:
        """Tell whether calls are answered without being made."""
        return self._is_open

    def refuses(self) -> bool:
        """Tell whether a call by this thread would not be made now."""
        now = self._clock()
        return self._rest.until > now or (self.is_open() and now < self._next_probe)

    def call(self, use: Callable[[], T]) -> T:
        """Return what *use* returns.

        Raises:
            StoreAway: *use* raised StoreUnavailable, or was not called.
        """
        self.admit()
        asked = self._clock()
        try:
            answer = use()
        except StoreUnavailable as fault:
            self._rest_after(asked)
            self.failed(fault)
            raise StoreAway(str(fault)) from fault
        self.succeeded()
        return answer

    def admit(self) -> None:
        """Return when a call may be made now; `failed` or `succeeded` tells how it went.

        Raises:
            StoreAway: no call may be made now.
        """
        if self._rest.until > self._clock():
            raise not_now()
        if not self.is_open():
            return
        with self._lock:
            now = self._clock()
            if self.is_open() and now < self._next_probe:
                raise not_now()
            self._next_probe = now + PROBE_SECONDS

    def failed(self, fault: StoreUnavailable) -> None:
        """Count a failure."""
        with self._lock:
            now = self._clock()
            self._failures.append(now)
            is_too_often = len(self._failures) == FAILURES and now - self._failures[0] <= WITHIN_SECONDS
            if self._is_open or not is_too_often:
                return
            self._is_open, self._next_probe = True, now + PROBE_SECONDS
        log.error("the shared store is away, what happens is kept on this host: %s", fault)

    def succeeded(self) -> None:
        """Let everything through again."""
        if not self.is_open():
            return
        with self._lock:
            was_open, self._is_open = self._is_open, False
            self._failures.clear()
        if was_open:
            log.warning("the shared store is back")

    def _rest_after(self, asked: float) -> None:
        now = self._clock()
        if now - asked >= LONG_SECONDS:
            self._rest.until = now + REST_SECONDS


def not_now() -> StoreAway:
    """Return what is answered instead of asking."""
    return StoreAway("the shared store is away; it is asked again in a moment", was_asked=False)


class GuardedStore:
    """Keep the promise of `stores.base.Store` with *remote* behind a breaker: it fails by `StoreAway`."""

    def __init__(self, remote: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._remote = remote
        self._breaker = Breaker(clock)

    def __repr__(self) -> str:
        return f"GuardedStore({self._remote!r})"

    def is_away(self) -> bool:
        """Tell whether the store is taken to be away."""
        return self._breaker.is_open()

    def refuses(self) -> bool:
        """Tell whether the store would not be asked now; nothing is counted."""
        return self._breaker.refuses()

    def get(self, id_sesion_alumno: str) -> Session | None:
        """Return the session of an attempt, or None."""
        return self._breaker.call(lambda: self._remote.get(id_sesion_alumno))

    def find_open(self, run: str, course: str) -> Session | None:
        """Return the newest session in state OPEN of a learner in a course."""
        return self._breaker.call(lambda: self._remote.find_open(run, course))

    def swap(self, before: Session | None, after: Session, entry: Entry) -> bool:
        """Replace *before* by *after* and add *entry*, both or neither."""
        return self._breaker.call(lambda: self._remote.swap(before, after, entry))

    def record(self, entry: Entry) -> None:
        """Add *entry* to the ledger."""
        self._breaker.call(lambda: self._remote.record(entry))

    def count_repeat(self, id_sesion_alumno: str, kind: Kind) -> int:
        """Count a line that changes nothing of an attempt."""
        return self._breaker.call(lambda: self._remote.count_repeat(id_sesion_alumno, kind))

    def note_unmatched(self, entry: Entry) -> None:
        """Count a callback that is nobody's."""
        self._breaker.call(lambda: self._remote.note_unmatched(entry))

    def unmatched(self) -> tuple[int, tuple[Entry, ...]]:
        """Return how many were counted, and those that are kept."""
        return self._breaker.call(self._remote.unmatched)

    def ledger(
        self, since: datetime | None = None, until: datetime | None = None, *, run: str = ""
    ) -> Iterator[Entry]:
        """Yield the entries; a failure on the way counts as one.

        Raises:
            StoreAway: between any two entries too; the reader must begin again.
        """
        self._breaker.admit()
        try:
            yield from self._remote.ledger(since, until, run=run)
        except StoreUnavailable as fault:
            self._breaker.failed(fault)
            raise StoreAway(str(fault)) from fault
        self._breaker.succeeded()

    def bypasses(self) -> tuple[Bypass, ...]:
        """Return the newest contingency of each course."""
        return self._breaker.call(self._remote.bypasses)

    def keep_bypass(self, bypass: Bypass, entry: Entry) -> None:
        """Put *bypass* in the place of its course's and add *entry*, both or neither."""
        self._breaker.call(lambda: self._remote.keep_bypass(bypass, entry))

    def forget(self, before: datetime, *, pretend: bool = False) -> int:
        """Delete the sessions that are over since before *before*."""
        return self._breaker.call(lambda: self._remote.forget(before, pretend=pretend))

    def ping(self) -> None:
        """Return when the store can be read and written."""
        self._breaker.call(self._remote.ping)

    def close(self) -> None:
        """Give back what is held open."""
        self._remote.close()
