"""Open the SQLite file: its tables, its journal, and whether it is still the same file.

A file that was there and is gone, or is empty now, is a store that is away, never
an empty store: SQLite would make a new one without a word, and every session and
the whole ledger would seem not to exist. A file that a person put back counts, and
keeps the rights that it was given.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

SCHEMA_VERSION = 3

SCHEMA = f"""
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, run TEXT NOT NULL, course TEXT NOT NULL, state TEXT NOT NULL,
    since REAL NOT NULL, body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_by_learner ON sessions (run, course, state, since);
CREATE TABLE IF NOT EXISTS ledger (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, body TEXT NOT NULL
);
CREATE TRIGGER IF NOT EXISTS ledger_is_never_changed BEFORE UPDATE ON ledger
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER IF NOT EXISTS ledger_is_never_shortened BEFORE DELETE ON ledger
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TABLE IF NOT EXISTS unmatched (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS repeats (
    id TEXT NOT NULL, kind TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (id, kind)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pings (id INTEGER PRIMARY KEY CHECK (id = 1), at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS bypasses (course TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
PRAGMA user_version = {SCHEMA_VERSION};
"""

Identity = tuple[int, int]


def identity(path: Path) -> Identity | None:
    """Return what tells the file at *path* from any other; None when there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def is_missing(path: Path) -> bool:
    """Tell whether there is surely nothing at *path*: a folder that cannot be looked into may hold it."""
    try:
        os.stat(path)
    except OSError as fault:
        return isinstance(fault, FileNotFoundError)
    return False


def open_file(path: Path, seconds: float, *, is_known: bool) -> sqlite3.Connection:
    """Return a connection to the file at *path*, which is made if it need not be there.

    Args:
        seconds: how long to wait for the locks of others.
        is_known: it must be there and hold our tables: it was used before, or is only read.

    Raises:
        sqlite3.OperationalError: it cannot be used, and the text says why; or another `sqlite3.Error`.
    """
    if is_known and is_missing(path):
        raise sqlite3.OperationalError("is not there: put the file back from a copy, or correct store.url")
    _make_private(path)
    # Autocommit: transactions are explicit, so that none is left open by a read.
    db = sqlite3.connect(path, timeout=seconds, isolation_level=None, check_same_thread=False)
    try:
        _prepare(db, seconds, is_known=is_known)
    except BaseException:
        db.close()
        raise
    return db


def _make_private(path: Path) -> None:
    """Make the file when there is none, for its owner alone: RUNs stand in it.

    SQLite gives its journal the same rights. Made elsewhere and linked here: to close
    a file that another thread has open by now would take that thread's locks away
    (sqlite.org/howtocorrupt.html, 2.2).
    """
    if not is_missing(path):
        return
    with suppress(OSError):  # it is there by now, or SQLite says why it cannot be
        descriptor, made = mkstemp(prefix=f"{path.name}.", dir=path.parent)
        os.close(descriptor)
        try:
            os.link(made, path)
        finally:
            os.unlink(made)


def _prepare(db: sqlite3.Connection, seconds: float, *, is_known: bool) -> None:
    if is_known and _version(db) == 0:
        raise sqlite3.DatabaseError("is empty, or another program's: put the file back from a copy")
    _use_wal(db, seconds)
    db.execute("PRAGMA synchronous = FULL")
    version = _version(db)
    if version < SCHEMA_VERSION:  # each version so far only added to the one before
        db.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT;")
    elif version > SCHEMA_VERSION:
        raise sqlite3.DatabaseError(
            f"was made by a newer version of sence_gate (schema {version}, this one knows {SCHEMA_VERSION}):"
            " install that one again, or put back the copy of before"
        )


def _version(db: sqlite3.Connection) -> int:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)


def _use_wal(db: sqlite3.Connection, seconds: float) -> None:
    # SQLite waits for no lock here: of workers that make the file together, some are refused at once.
    last_try = time.monotonic() + seconds
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > last_try:
                raise
            time.sleep(0.01)
        else:
            return
