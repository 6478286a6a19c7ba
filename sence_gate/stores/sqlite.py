"""The default store: one SQLite file, shared by the workers of one host.

WAL lets readers go on while one writes; `synchronous=FULL` because a ledger
entry that is lost on a power cut cannot be got back from SENCE.

The ledger refuses UPDATE and DELETE by triggers: not proof against the owner of
the file, but against every mistake of ours.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sence_gate.errors import StoreUnavailable
from sence_gate.protocol.session import Session, State
from sence_gate.stores.base import REPEATS_KEPT, UNMATCHED_KEPT, Bypass, Entry, Kind, is_over
from sence_gate.stores.records import (
    dump_bypass,
    dump_entry,
    dump_session,
    load_bypass,
    load_entry,
    load_session,
)
from sence_gate.stores.sqlite_connections import Connections

PAGE = 1_000
FORGOTTEN_AT_ONCE = 200
FORGET_REPEATS = "DELETE FROM repeats WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM sessions WHERE id = ?1)"
BREATH_SECONDS = 0.02  # in which the writers that wait get their turn


class SqliteStore:
    """Keep the promise of `stores.base.Store` in one file at *path*, what it raises included.

    The file is made with the first use, unless it *must_exist*.
    """

    def __init__(self, path: Path, *, must_exist: bool = False) -> None:
        self._connections = Connections(path, must_exist=must_exist)

    def __repr__(self) -> str:
        return f"SqliteStore({str(self._connections.path)!r})"

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
        with self._connections.writing() as db:
            won = _insert(db, after) if before is None else _update(db, before, after)
            if won:
                _append(db, entry)
            return won

    def record(self, entry: Entry) -> None:
        """Add *entry* to the ledger."""
        with self._connections.writing() as db:
            _append(db, entry)

    def count_repeat(self, id_sesion_alumno: str, kind: Kind) -> int:
        """Count a line that changes nothing of an attempt."""
        which = (id_sesion_alumno, kind.value)
        with self._connections.reading() as db:
            if _repeats(db, which) > REPEATS_KEPT:
                return REPEATS_KEPT + 1
        with self._connections.writing() as db:
            count = _repeats(db, which) + 1
            db.execute("REPLACE INTO repeats VALUES (?, ?, ?)", (*which, count))
        return min(count, REPEATS_KEPT + 1)

    def note_unmatched(self, entry: Entry) -> None:
        """Count a callback that is nobody's; keep the newest of them."""
        with self._connections.writing() as db:
            added = db.execute("INSERT INTO unmatched (body) VALUES (?)", (dump_entry(entry),))
            newest = added.lastrowid or 0
            db.execute("DELETE FROM unmatched WHERE seq <= ?", (newest - UNMATCHED_KEPT,))

    def unmatched(self) -> tuple[int, tuple[Entry, ...]]:
        """Return how many were counted, and those that are kept."""
        with self._connections.reading() as db:
            rows = db.execute("SELECT seq, body FROM unmatched ORDER BY seq").fetchall()
        return (rows[-1][0] if rows else 0), tuple(_entry(body) for _, body in rows)

    def ledger(
        self, since: datetime | None = None, until: datetime | None = None, *, run: str = ""
    ) -> Iterator[Entry]:
        """Yield the entries in the order written, a page at a time."""
        first = since.timestamp() if since else float("-inf")
        last = until.timestamp() if until else float("inf")
        seq = 0
        while rows := self._page(seq, first, last, run):
            for _, body in rows:
                yield _entry(body)
            seq = rows[-1][0]

    def bypasses(self) -> tuple[Bypass, ...]:
        """Return the newest contingency of each course."""
        with self._connections.reading() as db:
            rows = db.execute("SELECT body FROM bypasses ORDER BY course").fetchall()
        return tuple(_bypass(body) for (body,) in rows)

    def keep_bypass(self, bypass: Bypass, entry: Entry) -> None:
        """Put *bypass* in the place of its course's and add *entry*, both or neither."""
        with self._connections.writing() as db:
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
        with self._connections.writing() as db:
            db.execute(
                "INSERT INTO pings VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at", (now,)
            )

    def close(self) -> None:
        """Close every connection of the pool."""
        self._connections.close()

    def _one(self, query: str, values: tuple[str, ...]) -> Session | None:
        with self._connections.reading() as db:
            row = db.execute(query, values).fetchone()
        return None if row is None else _session(row[0])

    def _ripe(self, after: str, before: datetime) -> list[tuple[str, str, str]]:
        with self._connections.reading() as db:
            return db.execute(
                "SELECT id, state, body FROM sessions WHERE id > ? AND since < ? ORDER BY id LIMIT ?",
                (after, before.timestamp(), FORGOTTEN_AT_ONCE),
            ).fetchall()

    def _delete(self, rows: list[tuple[str, str, str]]) -> int:
        if not rows:
            return 0
        with self._connections.writing() as db:
            # Only what is still as it was found: one of them may have been opened since.
            count = db.executemany(
                "DELETE FROM sessions WHERE id = ? AND body = ?", [(row[0], row[2]) for row in rows]
            ).rowcount
            db.executemany(FORGET_REPEATS, [(row[0],) for row in rows])
        time.sleep(BREATH_SECONDS)
        return count

    def _page(self, after: int, first: float, last: float, run: str = "") -> list[tuple[int, str]]:
        with self._connections.reading() as db:
            return db.execute(
                "SELECT seq, body FROM ledger WHERE seq > ? AND at >= ? AND at < ? AND instr(body, ?)"
                " ORDER BY seq LIMIT ?",
                (after, first, last, run, PAGE),
            ).fetchall()


def row_of(session: Session) -> tuple[str, str, str, str, float, str]:
    """Return *session* as a row of the table `sessions`, in the order of its columns."""
    run, since = session.attendance.run_alumno.canonical, session.since.timestamp()
    return session.id_sesion_alumno, run, session.course, session.state.value, since, dump_session(session)


def _insert(db: sqlite3.Connection, session: Session) -> bool:
    statement = "INSERT OR IGNORE INTO sessions VALUES (?, ?, ?, ?, ?, ?)"
    return db.execute(statement, row_of(session)).rowcount == 1


def _update(db: sqlite3.Connection, before: Session, after: Session) -> bool:
    statement = "UPDATE sessions SET state = ?, since = ?, body = ? WHERE id = ? AND body = ?"
    values = (*row_of(after)[3:], before.id_sesion_alumno, dump_session(before))
    return db.execute(statement, values).rowcount == 1


def _repeats(db: sqlite3.Connection, which: tuple[str, str]) -> int:
    row = db.execute("SELECT count FROM repeats WHERE id = ? AND kind = ?", which).fetchone()
    return 0 if row is None else int(row[0])


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
