"""The default store: one SQLite file, shared by the workers of one host.

WAL lets readers go on while one writes; `synchronous=FULL` because a ledger
entry that is lost on a power cut cannot be got back from SENCE. Each operation
borrows a connection from a small pool, so threads never share one at a time. Of one
process one thread writes at a time: SQLite lets those that wait for its lock sleep and
try again, in no order, so that of two hundred some would give up for bad luck.

A fork while the file is open would be worse than sharing: SQLite would believe in
the child that the parent's locks are its own, and what the child writes is lost
when the parent closes (sqlite.org/howtocorrupt.html, 2.6). So idle connections are
closed before a fork, and whatever was inherited all the same is never touched.

The ledger refuses UPDATE and DELETE by triggers: not proof against the owner of
the file, but against every mistake of ours.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Lock
from weakref import WeakSet

from sence_gate.errors import StoreUnavailable
from sence_gate.protocol.session import Session, State
from sence_gate.stores.base import UNMATCHED_KEPT, Bypass, Entry, is_over
from sence_gate.stores.records import (
    dump_bypass,
    dump_entry,
    dump_session,
    load_bypass,
    load_entry,
    load_session,
)
from sence_gate.stores.sqlite_file import Identity, identity, open_file

BUSY_SECONDS = 5.0  # a wait is better than a page that asks to try again
PAGE = 1_000
FORGOTTEN_AT_ONCE = 200
BREATH_SECONDS = 0.02  # in which the writers that wait get their turn
_STORES: WeakSet[SqliteStore] = WeakSet()  # of this process


class SqliteStore:
    """Keep the promise of `stores.base.Store` in one file at *path*."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pool: deque[sqlite3.Connection] = deque()
        self._pen = Lock()  # of the writers of this process
        self._pid = os.getpid()
        self._inherited: list[deque[sqlite3.Connection]] = []
        self._file: Identity | None = None  # once it was open
        _STORES.add(self)

    def __repr__(self) -> str:
        return f"SqliteStore({str(self._path)!r})"

    def get(self, id_sesion_alumno: str) -> Session | None:
        """Return the session of an attempt, or None."""
        return self._one("SELECT body FROM sessions WHERE id = ?", (id_sesion_alumno,))

    def find_open(self, run: str, course: str) -> Session | None:
        """Return the newest session in state OPEN of a learner in a course."""
        return self._one(
            "SELECT body FROM sessions WHERE run = ? AND course = ? AND state = ?"
            " ORDER BY since DESC LIMIT 1",
            (run, course, State.OPEN.value),
        )

    def swap(self, before: Session | None, after: Session, entry: Entry) -> bool:
        """Replace *before* by *after* and add *entry*, both or neither."""
        with self._writing() as db:
            won = _insert(db, after) if before is None else _update(db, before, after)
            if won:
                _append(db, entry)
            return won

    def record(self, entry: Entry) -> None:
        """Add *entry* to the ledger."""
        with self._writing() as db:
            _append(db, entry)

    def note_unmatched(self, entry: Entry) -> None:
        """Count a callback that is nobody's; keep the newest of them."""
        with self._writing() as db:
            newest = (
                db.execute("INSERT INTO unmatched (body) VALUES (?)", (dump_entry(entry),)).lastrowid or 0
            )
            db.execute("DELETE FROM unmatched WHERE seq <= ?", (newest - UNMATCHED_KEPT,))

    def unmatched(self) -> tuple[int, tuple[Entry, ...]]:
        """Return how many were counted, and those that are kept."""
        with self._reading() as db:
            rows = db.execute("SELECT seq, body FROM unmatched ORDER BY seq").fetchall()
        return (rows[-1][0] if rows else 0), tuple(_entry(body) for _, body in rows)

    def ledger(self, since: datetime | None = None, until: datetime | None = None) -> Iterator[Entry]:
        """Yield the entries in the order written, a page at a time."""
        first = since.timestamp() if since else float("-inf")
        last = until.timestamp() if until else float("inf")
        seq = 0
        while rows := self._page(seq, first, last):
            for _, body in rows:
                yield _entry(body)
            seq = rows[-1][0]

    def bypasses(self) -> tuple[Bypass, ...]:
        """Return the newest contingency of each course."""
        with self._reading() as db:
            rows = db.execute("SELECT body FROM bypasses ORDER BY course").fetchall()
        return tuple(_bypass(body) for (body,) in rows)

    def keep_bypass(self, bypass: Bypass, entry: Entry) -> None:
        """Put *bypass* in the place of its course's and add *entry*, both or neither."""
        with self._writing() as db:
            db.execute("REPLACE INTO bypasses VALUES (?, ?)", (bypass.course, dump_bypass(bypass)))
            _append(db, entry)

    def forget(self, before: datetime, *, pretend: bool = False) -> int:
        """Delete the sessions that are over since before *before*, a few at a time."""
        last, count = "", 0
        while rows := self._ripe(last, before):
            over = [row for row in rows if row[1] != State.OPEN.value or is_over(_session(row[2]), before)]
            count += len(over) if pretend else self._delete(over)
            last = rows[-1][0]
        return count

    def ping(self) -> None:
        """Write and read one row, so that a full disk shows too."""
        now = time.time()
        with self._writing() as db:
            db.execute(
                "INSERT INTO pings VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at", (now,)
            )

    def close(self) -> None:
        """Close every connection of the pool."""
        self._disown()
        with suppress(IndexError):  # other threads borrow meanwhile
            while True:
                self._pool.pop().close()

    def _one(self, query: str, values: tuple[str, ...]) -> Session | None:
        with self._reading() as db:
            row = db.execute(query, values).fetchone()
        return None if row is None else _session(row[0])

    def _ripe(self, after: str, before: datetime) -> list[tuple[str, str, str]]:
        with self._reading() as db:
            return db.execute(
                "SELECT id, state, body FROM sessions WHERE id > ? AND since < ? ORDER BY id LIMIT ?",
                (after, before.timestamp(), FORGOTTEN_AT_ONCE),
            ).fetchall()

    def _delete(self, rows: list[tuple[str, str, str]]) -> int:
        if not rows:
            return 0
        with self._writing() as db:
            # Only what is still as it was found: one of them may have been opened since.
            count = db.executemany(
                "DELETE FROM sessions WHERE id = ? AND body = ?", [(row[0], row[2]) for row in rows]
            ).rowcount
        time.sleep(BREATH_SECONDS)
        return count

    def _page(self, after: int, first: float, last: float) -> list[tuple[int, str]]:
        with self._reading() as db:
            return db.execute(
                "SELECT seq, body FROM ledger WHERE seq > ? AND at >= ? AND at < ? ORDER BY seq LIMIT ?",
                (after, first, last, PAGE),
            ).fetchall()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            db = self._borrow()
            try:
                yield db
            finally:
                self._pool.append(db)
        except sqlite3.Error as fault:
            raise StoreUnavailable(f"{self._path}: {fault}") from fault

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._holding_the_pen(), self._reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    @contextmanager
    def _holding_the_pen(self) -> Iterator[None]:
        self._disown()
        pen = self._pen
        if not pen.acquire(timeout=BUSY_SECONDS):
            raise StoreUnavailable(f"{self._path}: too many wait to write")
        try:
            yield
        finally:
            pen.release()

    def _borrow(self) -> sqlite3.Connection:
        self._disown()
        self._recognise()
        try:
            return self._pool.pop()
        except IndexError:
            db = open_file(self._path, BUSY_SECONDS, is_known=self._file is not None)
            self._file = identity(self._path)
            return db

    def _recognise(self) -> None:
        if self._file is None or identity(self._path) == self._file:
            return
        # What idle connections hold open is not the file at this path any more.
        self.close()
        if not self._path.exists():
            raise sqlite3.OperationalError("is gone, and was there: put the file back from a copy")

    def _disown(self) -> None:
        if self._pid != os.getpid():
            # Kept, because even closing a parent's connection is forbidden; some servers fork without hooks.
            self._inherited.append(self._pool)
            self._pool, self._pen, self._pid = deque(), Lock(), os.getpid()


def _insert(db: sqlite3.Connection, session: Session) -> bool:
    row = (session.id_sesion_alumno, session.attendance.run_alumno.canonical, session.course)
    return (
        db.execute(
            "INSERT OR IGNORE INTO sessions VALUES (?, ?, ?, ?, ?, ?)",
            (*row, session.state.value, session.since.timestamp(), dump_session(session)),
        ).rowcount
        == 1
    )


def _update(db: sqlite3.Connection, before: Session, after: Session) -> bool:
    values = (after.state.value, after.since.timestamp(), dump_session(after))
    return (
        db.execute(
            "UPDATE sessions SET state = ?, since = ?, body = ? WHERE id = ? AND body = ?",
            (*values, before.id_sesion_alumno, dump_session(before)),
        ).rowcount
        == 1
    )


def _append(db: sqlite3.Connection, entry: Entry) -> None:
    db.execute("INSERT INTO ledger (at, body) VALUES (?, ?)", (entry.at.timestamp(), dump_entry(entry)))


def _session(text: str) -> Session:
    try:
        return load_session(text)
    except ValueError as fault:
        raise StoreUnavailable("a stored session is damaged; see the ledger, and restore the file") from fault


def _entry(text: str) -> Entry:
    try:
        return load_entry(text)
    except ValueError as fault:
        raise StoreUnavailable("a ledger entry is damaged; restore the file from a copy") from fault


def _bypass(text: str) -> Bypass:
    try:
        return load_bypass(text)
    except ValueError as fault:
        raise StoreUnavailable("a contingency is damaged; declare it again") from fault


def _close_idle() -> None:
    for store in tuple(_STORES):
        store.close()


os.register_at_fork(before=_close_idle)
