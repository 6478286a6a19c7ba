"""A SQLite store that is open when its process forks, as servers do that load the platform first.

SQLite forbids to carry a connection over a fork (sqlite.org/howtocorrupt.html, 2.6):
the child would believe in locks that it does not have.
"""

from __future__ import annotations

import ctypes
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NoReturn

from sence_gate.stores.sqlite import SqliteStore
from tests.stores.contract import entry
from tests.stores.test_sqlite_processes import apart


def _lines(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("SELECT count(*) FROM ledger").fetchone()[0])


def leave(work: Callable[[], object]) -> NoReturn:
    """Do the *work* of a forked child and end it there, whatever happens."""
    status = 1
    try:
        work()
        status = 0
    finally:
        os._exit(status)


def _write_on_both_sides_of_a_close(path: Path) -> int:
    """Fork with the file open; the parent closes its store while the child is still writing."""
    store, (ready, is_ready), (go, is_gone) = SqliteStore(path), os.pipe(), os.pipe()

    def work() -> None:
        store.record(entry())
        os.write(is_ready, b".")
        os.read(go, 1)
        store.record(entry())

    store.record(entry())
    child = os.fork()
    if child == 0:
        leave(work)
    os.close(is_ready)  # or a child that died would be waited for
    os.read(ready, 1)
    store.close()
    os.write(is_gone, b".")
    return os.waitpid(child, 0)[1]


def test_a_fork_loses_nothing(tmp_path: Path) -> None:
    """What a forked worker writes stays, also after its parent has closed the file."""
    path = tmp_path / "sence.sqlite"
    assert apart(_write_on_both_sides_of_a_close, path) == 0
    assert _lines(path) == 3


def _fork_without_hooks(path: Path) -> tuple[int, int]:
    """Fork as a server written in C does, so that Python is not asked before."""
    store = SqliteStore(path)

    def work() -> None:
        store.record(entry())
        assert inherited not in store._connections._idle
        assert store._connections._inherited[0][0] is inherited

    store.record(entry())
    inherited = store._connections._idle[0]
    child = ctypes.PyDLL(None).fork()
    if child == 0:
        leave(work)
    status = os.waitpid(child, 0)[1]
    store.close()
    return status, len(store._connections._inherited)


def test_an_inherited_connection_is_never_used(tmp_path: Path) -> None:
    """A child uses connections of its own, and does not even close those of its parent."""
    path = tmp_path / "sence.sqlite"
    assert apart(_fork_without_hooks, path) == (0, 0)
    assert _lines(path) == 2
