"""Connections to the SQLite file, which threads share in turn and a fork does not.

Each operation borrows one from a small pool, so threads never share one at a time. Of
one process one thread writes at a time: SQLite lets those that wait for its lock sleep
and try again, in no order, so that of two hundred some would give up for bad luck.

A fork while the file is open would be worse than sharing: SQLite would believe in
the child that the parent's locks are its own, and what the child writes is lost
when the parent closes (sqlite.org/howtocorrupt.html, 2.6). So idle connections are
closed before a fork, and whatever was inherited all the same is never touched.
"""

from __future__ import annotations

import os
import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from weakref import WeakSet

from sence_gate.errors import StoreUnavailable
from sence_gate.stores.sqlite_file import Identity, identity, is_missing, open_file

# What SQLite only names, in words for an operator.
_REMEDIES = dict.fromkeys(
    (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT), "put the file back from a copy"
) | {
    sqlite3.SQLITE_CANTOPEN: "check folder and owner",
    sqlite3.SQLITE_READONLY: "check folder and owner",
    sqlite3.SQLITE_FULL: "make room on the disk",
    sqlite3.SQLITE_IOERR: "check the disk, and its free space",
}
BUSY_SECONDS = 5.0  # a wait is better than a page that asks to try again
_OF_THIS_PROCESS: WeakSet[Connections] = WeakSet()


class Connections:
    """The connections to one file at *path*; none is open before the first use.

    With *must_exist* it is made by nobody here: what only reads would find nothing in it.
    """

    def __init__(self, path: Path, *, must_exist: bool = False) -> None:
        self.path = path
        self._must_exist = must_exist
        self._idle: deque[sqlite3.Connection] = deque()
        self._pen = Lock()  # of the writers of this process
        self._pid = os.getpid()
        self._inherited: list[deque[sqlite3.Connection]] = []
        self._file: Identity | None = None  # once it was open
        _OF_THIS_PROCESS.add(self)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection that no other thread uses meanwhile.

        Raises:
            StoreUnavailable: it could not be had, or what was done with it failed.
        """
        try:
            db = self._borrow()
            try:
                yield db
            finally:
                self._idle.append(db)
        except sqlite3.Error as fault:
            raise StoreUnavailable(_told(self.path, fault)) from fault

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection in a transaction: all that it writes is kept, or after an error nothing.

        Raises:
            StoreUnavailable: as for `reading`, or too many others wait to write.
        """
        with self._holding_the_pen(), self.reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    def close(self) -> None:
        """Close the idle ones; one that is in use comes back to them, and stays open."""
        self._disown()
        with suppress(IndexError):  # other threads borrow meanwhile
            while True:
                self._idle.pop().close()

    @contextmanager
    def _holding_the_pen(self) -> Iterator[None]:
        self._disown()
        pen = self._pen
        if not pen.acquire(timeout=BUSY_SECONDS):
            raise StoreUnavailable(f"{self.path}: too many wait to write")
        try:
            yield
        finally:
            pen.release()

    def _borrow(self) -> sqlite3.Connection:
        self._disown()
        self._recognise()
        try:
            return self._idle.pop()
        except IndexError:
            db = open_file(self.path, BUSY_SECONDS, is_known=self._must_exist or self._file is not None)
            self._file = identity(self.path)
            return db

    def _recognise(self) -> None:
        if self._file is None or identity(self.path) == self._file:
            return
        # What idle connections hold open is not the file at this path any more.
        self.close()
        if is_missing(self.path):
            raise sqlite3.OperationalError("is gone, and was there: put the file back from a copy")

    def _disown(self) -> None:
        if self._pid != os.getpid():
            # Kept, because even closing a parent's connection is forbidden; some servers fork without hooks.
            self._inherited.append(self._idle)
            self._idle, self._pen, self._pid = deque(), Lock(), os.getpid()


def _close_idle() -> None:
    for connections in tuple(_OF_THIS_PROCESS):
        connections.close()


os.register_at_fork(before=_close_idle)


def _told(path: Path, fault: sqlite3.Error) -> str:
    remedy = _REMEDIES.get(getattr(fault, "sqlite_errorcode", 0) & 0xFF)
    return f"{path}: {fault}: {remedy}" if remedy else f"{path}: {fault}"
