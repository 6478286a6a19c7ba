"""Threads of one process that write to one file: each gets its turn."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from sence_gate.errors import StoreUnavailable
from sence_gate.stores import sqlite_connections
from sence_gate.stores.sqlite import SqliteStore
from sence_gate.stores.sqlite_file import open_file
from tests.stores.contract import entry
from tests.stores.test_sqlite_forks import leave
from tests.stores.test_sqlite_processes import apart


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """An empty store whose file is there."""
    store = SqliteStore(tmp_path / "sence.sqlite")
    store.ping()
    yield store
    store.close()


def test_writers_do_not_compete_for_the_file(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite would be asked in vain by most of them: here its lock is never waited for."""

    def impatient(path: Path, _: float, *, is_known: bool) -> sqlite3.Connection:
        return open_file(path, 0.0, is_known=is_known)

    monkeypatch.setattr(sqlite_connections, "open_file", impatient)
    store.close()
    lines = [replace(entry(), incident=str(number)) for number in range(200)]
    with ThreadPoolExecutor(50) as threads:
        list(threads.map(store.record, lines))
    assert sorted(store.ledger(), key=lambda line: line.incident) == sorted(
        lines, key=lambda line: line.incident
    )


def test_who_waits_too_long_for_a_turn_is_told(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that asks to try again, and no thread that hangs."""
    monkeypatch.setattr(sqlite_connections, "BUSY_SECONDS", 0.05)
    with (
        store._connections._holding_the_pen(),
        pytest.raises(StoreUnavailable, match="too many wait to write"),
    ):
        store.record(entry())
    store.record(entry())


def _fork_while_another_writes(path: Path) -> int:
    """Return how a child ends that writes, when its parent forked in the middle of a turn."""
    store = SqliteStore(path)
    with store._connections._holding_the_pen():
        child = os.fork()
        if child == 0:
            leave(lambda: store.record(entry()))
        return os.waitpid(child, 0)[1]


def test_a_fork_does_not_inherit_a_turn(tmp_path: Path) -> None:
    """The thread that would end it does not exist in the child."""
    assert apart(_fork_while_another_writes, tmp_path / "sence.sqlite") == 0
