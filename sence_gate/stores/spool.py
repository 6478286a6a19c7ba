"""The file on this host that keeps what the shared store could not take.

A queue of items, and what they make of the sessions that they are about, so that
a session confirmed during an outage is found. It is a store file like any other
(WAL, `synchronous=FULL`, shared by the workers), with one table more; its ledger
stays empty. Nothing is made before the first item: who only reads a report must
not leave a file that the gate may then not write.

Who brings the items away holds a lock of the operating system, which a kill
releases. Before an item is sent it is marked as tried, on disk: whoever finds the
mark must look whether it arrived.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sence_gate.errors import StoreUnavailable
from sence_gate.protocol.session import Session
from sence_gate.stores.base import Entry, Kind
from sence_gate.stores.records import dump_entry, dump_session, load_entry, load_session
from sence_gate.stores.sqlite import SqliteStore, row_of

ITEMS = """
CREATE TABLE IF NOT EXISTS items (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, after TEXT, entry TEXT NOT NULL,
    is_note INTEGER NOT NULL, is_tried INTEGER NOT NULL
)
"""
ITEMS_BY_SESSION = "CREATE INDEX IF NOT EXISTS items_by_session ON items (id)"
# A refusal for a session that only the shared store knows does not tell what that session is.
TELLING = frozenset({Kind.START_SENT, Kind.START_OK, Kind.CLOSE_OK})
_TURNS: set[int] = set()  # file descriptors of this process


@dataclass(frozen=True, slots=True)
class Item:
    """What one write would have done: a swap to `after`, a line, or (`is_note`) a callback that is nobody's.

    `is_tried`: the shared store was asked and did not answer.
    """

    entry: Entry
    after: Session | None = None
    is_note: bool = False
    is_tried: bool = False
    seq: int = 0

    @property
    def id_sesion_alumno(self) -> str:
        """The attempt that it is about, or ""."""
        return self.after.id_sesion_alumno if self.after else self.entry.id_sesion_alumno


class Spool(SqliteStore):
    """The queue at *path*; `get` and `find_open` tell of the sessions that its items are about.

    All methods raise `StoreUnavailable` when the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._is_made = False

    def __repr__(self) -> str:
        return f"Spool({str(self._connections.path)!r})"

    def is_empty(self) -> bool:
        """Tell whether there is nothing to bring."""
        if not self._is_made and not self._found():
            return True
        with self._connections.reading() as db:
            return db.execute("SELECT 1 FROM items LIMIT 1").fetchone() is None

    def count(self) -> int:
        """Return how many items are still to be brought."""
        if self.is_empty():
            return 0
        with self._connections.reading() as db:
            return int(db.execute("SELECT count(*) FROM items").fetchone()[0])

    def holds(self, id_sesion_alumno: str) -> bool:
        """Tell whether there are items about an attempt."""
        with self._connections.reading() as db:
            found = db.execute("SELECT 1 FROM items WHERE id = ? LIMIT 1", (id_sesion_alumno,)).fetchone()
        return found is not None

    def keep_swap(self, before: Session | None, item: Item) -> bool:
        """Add the swap from *before* to the session of *item*; False when the spool knows another one.

        Raises:
            ValueError: *item* has no session.
            StoreUnavailable: nothing was kept.
        """
        after = item.after
        if after is None:
            raise ValueError("a swap has a session")
        with self._making() as db:
            row = db.execute("SELECT body FROM sessions WHERE id = ?", (after.id_sesion_alumno,)).fetchone()
            if row is not None and (before is None or row[0] != dump_session(before)):
                return False
            if row is not None or before is not None or item.entry.kind in TELLING:
                _know(db, after)
            _add(db, item)
            return True

    def keep(self, item: Item) -> None:
        """Add *item*, which changes no session."""
        with self._making() as db:
            _add(db, item)

    def claim(self, most: int) -> list[Item]:
        """Return the oldest items as they were found, and mark them as tried."""
        with self._connections.writing() as db:
            rows = db.execute(f"{_SELECT} ORDER BY seq LIMIT ?", (most,)).fetchall()
            if rows:
                db.execute("UPDATE items SET is_tried = 1 WHERE seq <= ? AND NOT is_tried", (rows[-1][0],))
        return [_item(row) for row in rows]

    def settle(self, done: Iterable[Item], left: Iterable[Item] = ()) -> None:
        """Forget what is *done*, with the sessions that no other item is about; *left* was not tried."""
        with self._connections.writing() as db:
            for each in left:
                db.execute("UPDATE items SET is_tried = ? WHERE seq = ?", (each.is_tried, each.seq))
            for each in done:
                db.execute("DELETE FROM items WHERE seq = ?", (each.seq,))
                db.execute(
                    "DELETE FROM sessions WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM items WHERE id = ?1)",
                    (each.id_sesion_alumno,),
                )
                db.execute(
                    "DELETE FROM repeats WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM items WHERE id = ?1)",
                    (each.id_sesion_alumno,),
                )

    def items(self) -> list[Item]:
        """Return everything that is still to be brought, oldest first."""
        if self.is_empty():
            return []
        with self._connections.reading() as db:
            return [_item(row) for row in db.execute(f"{_SELECT} ORDER BY seq").fetchall()]

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Yield whether it is this one's turn to bring items; nobody else's until the end.

        Raises:
            StoreUnavailable: the lock's file cannot be opened, or its file system has no locks.
        """
        lock = f"{self._connections.path}.lock"
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as fault:
            raise StoreUnavailable(f"{lock}: {fault.strerror}") from fault
        _TURNS.add(descriptor)
        is_ours = False
        try:
            is_ours = _is_locked(descriptor, lock)
            yield is_ours
        finally:
            if is_ours:  # said aloud: a child that was just forked may still have it open
                fcntl.flock(descriptor, fcntl.LOCK_UN)
            _TURNS.discard(descriptor)
            os.close(descriptor)

    def _found(self) -> bool:
        """Tell whether the file is there; what was cut off while it was made is completed."""
        if not os.path.exists(self._connections.path):
            return False
        with self._connections.reading() as db:
            _make(db)
        self._is_made = True
        return True

    @contextmanager
    def _making(self) -> Iterator[sqlite3.Connection]:
        with self._connections.writing() as db:
            _make(db)
            yield db
        self._is_made = True


_SELECT = "SELECT seq, after, entry, is_note, is_tried FROM items"


def _make(db: sqlite3.Connection) -> None:
    db.execute(ITEMS)
    db.execute(ITEMS_BY_SESSION)


def _know(db: sqlite3.Connection, session: Session) -> None:
    db.execute("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?)", row_of(session))


def _add(db: sqlite3.Connection, item: Item) -> None:
    after = dump_session(item.after) if item.after else None
    db.execute(
        "INSERT INTO items (id, after, entry, is_note, is_tried) VALUES (?, ?, ?, ?, ?)",
        (item.id_sesion_alumno, after, dump_entry(item.entry), item.is_note, item.is_tried),
    )


def _item(row: tuple[int, str | None, str, int, int]) -> Item:
    seq, after, entry, is_note, is_tried = row
    try:
        session = None if after is None else load_session(after)
        return Item(load_entry(entry), session, bool(is_note), bool(is_tried), seq)
    except ValueError as fault:
        raise StoreUnavailable("the spool is damaged; move its file away, and keep it") from fault


def _is_locked(descriptor: int, lock: str) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as fault:  # a network file system without locks
        raise StoreUnavailable(f"{lock}: {fault.strerror}") from fault
    return True


def _let_go() -> None:
    # A child would hold the turn of a parent that is killed, as long as it lives.
    for descriptor in _TURNS:
        os.close(descriptor)
    _TURNS.clear()


os.register_at_fork(after_in_child=_let_go)
