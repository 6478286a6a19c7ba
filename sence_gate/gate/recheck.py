"""What a worker may believe of its last look at the store, for a few seconds.

A page with sixty assets costs one look. What this worker changes it forgets at
once; what another worker changed is seen after `recheck_seconds`. Only sessions
are remembered, never their absence: a session that was just confirmed must be
seen at once.
"""

from __future__ import annotations

from threading import Lock
from time import monotonic

from cachetools import TTLCache

from sence_gate.protocol.session import Session
from sence_gate.stores.base import Store

REMEMBERED = 10_000  # sessions; some 10 MB

Key = str | tuple[str, str]


class Recheck:
    """Look at *store* at most once in *seconds* for each session."""

    def __init__(self, store: Store, seconds: float) -> None:
        self._store = store
        self._seen: TTLCache[Key, Session] = TTLCache(REMEMBERED, seconds, timer=monotonic)
        self._lock = Lock()

    def get(self, id_sesion_alumno: str) -> Session | None:
        """Return the session of an attempt, or None.

        Raises:
            StoreUnavailable: and nothing fresh enough is remembered.
        """
        with self._lock:
            seen = self._seen.get(id_sesion_alumno)
        return seen or self._remembered(id_sesion_alumno, self._store.get(id_sesion_alumno))

    def find_open(self, run: str, course: str) -> Session | None:
        """Return the newest open session of a learner in a course, or None.

        Raises:
            StoreUnavailable: and nothing fresh enough is remembered.
        """
        with self._lock:
            seen = self._seen.get((run, course))
        return seen or self._remembered((run, course), self._store.find_open(run, course))

    def forget(self, session: Session) -> None:
        """Forget what was seen of *session*; call it after every change."""
        with self._lock:
            self._seen.pop(session.id_sesion_alumno, None)
            self._seen.pop((session.attendance.run_alumno.canonical, session.course), None)

    def _remembered(self, key: Key, session: Session | None) -> Session | None:
        if session is not None:
            with self._lock:
                self._seen[key] = session
        return session
