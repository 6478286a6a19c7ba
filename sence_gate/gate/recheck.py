"""What a worker may believe of its last look at the store, for a few seconds.

A page with sixty assets costs one look. What this worker changes it forgets at
once; what another worker changed is seen after `recheck_seconds`. Only open
sessions are remembered: one that another worker just confirmed, or opened again,
must be seen at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from cachetools import TTLCache

from sence_gate.protocol.session import Session, State
from sence_gate.stores.base import Store

REMEMBERED = 10_000  # sessions; some 10 MB

Key = str | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """How long a look at the store counts: until then, and while this worker changes nothing."""

    until: float  # by the monotonic clock, seconds
    turn: int


class Recheck:
    """Look at *store* at most once in *seconds* for each session."""

    def __init__(self, store: Store, seconds: float) -> None:
        self._store = store
        self._seconds = seconds
        self._seen: TTLCache[Key, tuple[Session, float]] = TTLCache(REMEMBERED, seconds, timer=monotonic)
        self._lock = Lock()
        self._turn = 0  # counts the changes of this worker

    def get(self, id_sesion_alumno: str) -> Session | None:
        """Return the session of an attempt, or None.

        Raises:
            StoreUnavailable: and nothing fresh enough is remembered.
        """
        return self._look(id_sesion_alumno, lambda: self._store.get(id_sesion_alumno))

    def find_open(self, run: str, course: str) -> Session | None:
        """Return the newest open session of a learner in a course, or None.

        Raises:
            StoreUnavailable: and nothing fresh enough is remembered.
        """
        return self._look((run, course), lambda: self._store.find_open(run, course))

    def look_at(self, session: Session) -> Seen | None:
        """Return the look that showed this very object, if `get` would return it now without another."""
        with self._lock:
            remembered, until = self._seen.get(session.id_sesion_alumno, (None, 0.0))
            return Seen(until, self._turn) if remembered is session else None

    def counts(self, seen: Seen) -> bool:
        """Tell whether a look of `look_at` counts still."""
        return seen.turn == self._turn and monotonic() < seen.until

    def forget(self, session: Session) -> None:
        """Forget what was seen of *session*; call it after every change."""
        with self._lock:
            self._turn += 1
            self._seen.pop(session.id_sesion_alumno, None)
            self._seen.pop((session.attendance.run_alumno.canonical, session.course), None)

    def _look(self, key: Key, ask: Callable[[], Session | None]) -> Session | None:
        with self._lock:
            turn = self._turn
            try:
                return self._seen[key][0]
            except KeyError:
                pass
        session = ask()
        with self._lock:
            # What was read while another thread made a change may be older than the change.
            if self._seconds > 0 and session and session.state is State.OPEN and turn == self._turn:
                self._seen[key] = session, monotonic() + self._seconds
        return session
