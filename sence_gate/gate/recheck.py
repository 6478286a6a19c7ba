"""What a worker may believe of its last look at the store, for a few seconds.

A page with sixty assets costs one look. What this worker changes it forgets at
once; what another worker changed is seen after `recheck_seconds`. Only open
sessions are remembered: one that another worker just confirmed, or opened again,
must be seen at once.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic

from cachetools import TTLCache

from sence_gate.protocol.session import Session, State
from sence_gate.stores.base import Store

REMEMBERED = 10_000  # sessions; some 10 MB

Key = str | tuple[str, str]


class Recheck:
    """Look at *store* at most once in *seconds* for each session."""

    def __init__(self, store: Store, seconds: float) -> None:
        self._store = store
        self._remembers = seconds > 0
        self._seen: TTLCache[Key, Session] = TTLCache(REMEMBERED, seconds, timer=monotonic)
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

    def remembered(self, id_sesion_alumno: str) -> Session | None:
        """Return what `get` would return without asking the store, if there is such."""
        with self._lock:
            try:  # half of what `get` of this cache takes
                return self._seen[id_sesion_alumno]
            except KeyError:
                return None

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
                return self._seen[key]
            except KeyError:
                pass
        session = ask()
        with self._lock:
            # What was read while another thread made a change may be older than the change.
            if self._remembers and session and session.state is State.OPEN and turn == self._turn:
                self._seen[key] = session
        return session
