"""The SQLite store keeps the promise, and when its file fails it says so and nothing else.

Every failure here is a real one: a lock held by another connection, a file that may
not grow, pages overwritten. What several processes do stands in `test_sqlite_processes`.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sence_gate.errors import ConfigurationError, StoreUnavailable
from sence_gate.protocol.session import State
from sence_gate.stores import open_store, sqlite, sqlite_connections
from sence_gate.stores.base import Bypass, Kind
from sence_gate.stores.records import dump_entry
from sence_gate.stores.sqlite import SqliteStore
from tests.samples import ID_SESION_ALUMNO, NOW, RUN, session
from tests.stores.contract import StoreContract, entry, kept
from tests.stores.uses import CLOSED, GARBAGE, READS, WRITES, Use


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store's file is, or will be."""
    return tmp_path / "sence.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    """An empty store at `path`."""
    store = SqliteStore(path)
    yield store
    store.close()


class TestSqliteStore(StoreContract):
    """Everything that every store promises."""


def _run(path: Path, statement: str, *values: bytes) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(statement, values)


def _value(path: Path, query: str) -> object:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchone()[0]


def _open_files(path: Path) -> list[str]:
    names = []
    for number in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # the descriptor that lists them
            names.append(os.readlink(f"/proc/self/fd/{number}"))
    return [name for name in names if name.startswith(str(path))]


def test_a_url_names_the_file(path: Path) -> None:
    """A store is opened by its URL, and nothing is touched before it is used."""
    opened = open_store(f"sqlite:///{path}")
    assert repr(opened) == f"SqliteStore({str(path)!r})"
    assert not path.exists()


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite://x", "postgres://127.0.0.1", "x.sqlite", ""])
def test_other_urls_are_refused(url: str) -> None:
    """A URL that names no store of this version is a fault of the configuration."""
    with pytest.raises(ConfigurationError, match=r"^store\.url: "):
        open_store(url)


def test_what_is_stored_outlives_the_process(store: SqliteStore, path: Path) -> None:
    """Another store on the same file sees everything, after the first is closed."""
    kept(store, session())
    store.close()
    with closing(SqliteStore(path)) as again:
        assert again.get(ID_SESION_ALUMNO) == session()
        assert list(again.ledger()) == [entry()]


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE ledger SET body = 'x'", id="another text"),
        pytest.param("UPDATE ledger SET at = 0 WHERE seq = 1", id="another time"),
        pytest.param("DELETE FROM ledger", id="all"),
        pytest.param("DELETE FROM ledger WHERE seq = 1", id="one"),
    ],
)
def test_the_ledger_is_append_only(store: SqliteStore, path: Path, statement: str) -> None:
    """The file itself refuses to change or remove a line, whoever asks."""
    store.record(entry())
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        _run(path, statement)
    assert list(store.ledger()) == [entry()]


def test_every_write_reaches_the_disk(store: SqliteStore, path: Path) -> None:
    """The journal is a WAL, and each connection waits for the disk (FULL) before it says yes."""
    store.ping()
    assert _value(path, "PRAGMA journal_mode") == "wal"
    with store._connections.reading() as first, store._connections.reading() as second:
        modes = [db.execute("PRAGMA synchronous").fetchone() for db in (first, second)]
    assert modes == [(2,), (2,)]


@pytest.mark.parametrize("use", WRITES)
def test_a_locked_file_cannot_be_written(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch, use: Use
) -> None:
    """When somebody keeps the lock, the answer is "unavailable" and nothing was written."""
    monkeypatch.setattr(sqlite_connections, "BUSY_SECONDS", 0.05)
    kept(store, session())
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"):
            use(store)
    assert store.get(ID_SESION_ALUMNO) == session()
    assert list(store.ledger()) == [entry()]


def test_a_locked_file_forgets_nothing(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever purges learns that it did not happen; counting needs no lock."""
    monkeypatch.setattr(sqlite_connections, "BUSY_SECONDS", 0.05)
    kept(store, CLOSED)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert store.forget(NOW + timedelta(days=1), pretend=True) == 1
        with pytest.raises(StoreUnavailable, match="locked"):
            store.forget(NOW + timedelta(days=1))
    assert store.get(ID_SESION_ALUMNO) == CLOSED


def test_writers_go_on_while_sessions_are_forgotten(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two handfuls the lock is free: nobody waits for the whole purge."""
    written: list[bool] = []

    def breath(_seconds: float) -> None:
        written.append(store.swap(None, session(id_sesion_alumno=f"new.{len(written)}"), entry()))

    monkeypatch.setattr(sqlite, "FORGOTTEN_AT_ONCE", 2)
    monkeypatch.setattr(time, "sleep", breath)
    kept(store, *(session(id_sesion_alumno=f"old.{number}", state=State.CLOSED) for number in range(5)))
    assert store.forget(NOW + timedelta(days=1)) == 5
    assert written == [True, True, True]


def test_a_session_that_opens_meanwhile_is_not_forgotten(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found to be over is looked at again under the lock."""
    kept(store, CLOSED)
    found = store._ripe

    def reopened(after: str, before: datetime) -> list[tuple[str, str, str]]:
        rows = found(after, before)
        store.swap(CLOSED, session(version=4), entry())
        return rows

    monkeypatch.setattr(store, "_ripe", reopened)
    assert store.forget(NOW + timedelta(days=1)) == 0
    assert store.get(ID_SESION_ALUMNO) == session(version=4)


def test_what_is_forgotten_takes_its_counts_along(store: SqliteStore, path: Path) -> None:
    """Nothing is left of an attempt but its lines; one that is still there keeps its count."""
    kept(store, session(state=State.CLOSED), session(id_sesion_alumno="excel.1.other.mac"))
    for each in (ID_SESION_ALUMNO, "excel.1.other.mac"):
        store.count_repeat(each, Kind.START_OK)
    assert store.forget(NOW + timedelta(minutes=1)) == 1
    assert store.count_repeat("excel.1.other.mac", Kind.START_OK) == 2
    assert _value(path, "SELECT count(*) FROM repeats") == 1


def test_a_file_of_the_version_before_goes_on(path: Path) -> None:
    """An upgrade adds what is new, and keeps what is there."""
    with closing(SqliteStore(path)) as older:
        kept(older, session())
    _run(path, "DROP TABLE repeats")
    _run(path, "PRAGMA user_version = 2")
    with closing(SqliteStore(path)) as newer:
        assert newer.get(ID_SESION_ALUMNO) == session()
        assert newer.count_repeat(ID_SESION_ALUMNO, Kind.START_OK) == 1


def test_a_locked_file_can_be_read(store: SqliteStore, path: Path) -> None:
    """Pages go on while somebody writes."""
    kept(store, session())
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert store.get(ID_SESION_ALUMNO) == store.find_open(RUN.canonical, "excel") == session()


def test_a_full_file_is_unavailable(store: SqliteStore) -> None:
    """When the line no longer fits, the session is not changed either; with room again all goes on."""
    kept(store, session())
    with store._connections.reading() as db:
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages}")
    long = replace(entry(Kind.CLOSE_OK), reason="x" * 100_000)
    with pytest.raises(StoreUnavailable, match="full"):
        store.swap(session(), CLOSED, long)
    assert (store.get(ID_SESION_ALUMNO), list(store.ledger())) == (session(), [entry()])
    with store._connections.reading() as db:
        db.execute("PRAGMA max_page_count = 1000000")
    assert store.swap(session(), CLOSED, long)


@pytest.mark.parametrize("use", [*READS, *WRITES])
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: path.write_bytes(b"Estimado apoderado: " * 500), id="not a database"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:5000]), id="cut off"),
        pytest.param(lambda path: _run(path, "PRAGMA user_version = 99"), id="of another version"),
        pytest.param(lambda path: (path.unlink(), path.mkdir()), id="a folder"),
        pytest.param(lambda path: (path.unlink(), path.parent.rmdir()), id="in a folder that is missing"),
    ],
)
def test_a_file_of_another_kind_is_unavailable(
    path: Path, damage: Callable[[Path], object], use: Use
) -> None:
    """Whatever stands at the store's path and is no store: "unavailable", never "there is nothing"."""
    path = path.parent / "store" / path.name
    path.parent.mkdir()
    with closing(SqliteStore(path)) as whole:
        kept(whole, session())
    damage(path)
    with closing(SqliteStore(path)) as store, pytest.raises(StoreUnavailable, match=str(path)):
        use(store)
    assert _open_files(path) == []


@pytest.mark.parametrize(
    ("damage", "remedy"),
    [
        pytest.param(
            lambda path: path.write_bytes(b"Estimado " * 500), "put the file back", id="no database"
        ),
        pytest.param(lambda path: _run(path, "PRAGMA user_version = 99"), "install that one", id="too new"),
        pytest.param(lambda path: (path.unlink(), path.mkdir()), "check folder and owner", id="a folder"),
    ],
)
def test_what_is_wrong_with_the_file_is_told_with_a_remedy(
    path: Path, damage: Callable[[Path], object], remedy: str
) -> None:
    """Folder and owner are not what to look at when the file is of a newer version."""
    with closing(SqliteStore(path)) as whole:
        kept(whole, session())
    damage(path)
    with closing(SqliteStore(path)) as store, pytest.raises(StoreUnavailable, match=remedy):
        store.ping()


@pytest.mark.parametrize("use", [*READS[:1], *READS[2:3]])
def test_overwritten_pages_are_unavailable(path: Path, use: Use) -> None:
    """A file whose pages are damaged is "unavailable", although it still opens."""
    with closing(SqliteStore(path)) as whole:
        kept(whole, session())
    pages = path.read_bytes()
    path.write_bytes(pages[:4096] + b"\xff" * (len(pages) - 4096))
    with closing(SqliteStore(path)) as store, pytest.raises(StoreUnavailable):
        use(store)


@pytest.mark.parametrize("body", GARBAGE)
@pytest.mark.parametrize("use", READS[:2])
def test_a_damaged_session_is_unavailable(store: SqliteStore, path: Path, body: bytes, use: Use) -> None:
    """A row that is no session is an accident to be told, not a learner without one."""
    kept(store, session())
    _run(path, "UPDATE sessions SET body = CAST(? AS TEXT)", body)
    with pytest.raises(StoreUnavailable):
        use(store)


@pytest.mark.parametrize("body", GARBAGE)
def test_a_damaged_contingency_is_unavailable(store: SqliteStore, path: Path, body: bytes) -> None:
    """Nobody passes by one that cannot be read, and it is not taken for none."""
    store.keep_bypass(Bypass("", "k1", NOW, NOW, "SENCE no responde", "ana"), entry(Kind.BYPASS))
    _run(path, "UPDATE bypasses SET body = CAST(? AS TEXT)", body)
    with pytest.raises(StoreUnavailable):
        store.bypasses()


def test_a_damaged_session_is_never_replaced(store: SqliteStore, path: Path) -> None:
    """What somebody changed by hand is not what was seen: the swap loses."""
    kept(store, session())
    _run(path, "UPDATE sessions SET body = replace(body, '180', '999')")
    assert store.swap(session(), CLOSED, entry(Kind.CLOSE_OK)) is False


@pytest.mark.parametrize(
    ("statement", "use"),
    [
        pytest.param("INSERT INTO ledger (at, body) VALUES (1, '[1]')", READS[2].values[0], id="ledger"),
        pytest.param("INSERT INTO unmatched (body) VALUES ('[1]')", READS[3].values[0], id="unmatched"),
    ],
)
def test_a_damaged_line_is_unavailable(store: SqliteStore, path: Path, statement: str, use: Use) -> None:
    """A report never leaves out a line that it cannot read."""
    store.record(entry())
    _run(path, statement)
    with pytest.raises(StoreUnavailable, match="damaged"):
        use(store)


def test_a_long_ledger_is_read_by_pages(store: SqliteStore, path: Path) -> None:
    """Thousands of lines come whole and in order, and no more than a page is held."""
    store.ping()
    lines = [entry(at=NOW + timedelta(seconds=number % 7)) for number in range(3_000)]
    with closing(sqlite3.connect(path)) as db, db:
        rows = [(line.at.timestamp(), dump_entry(line)) for line in lines]
        db.executemany("INSERT INTO ledger (at, body) VALUES (?, ?)", rows)
    assert list(store.ledger()) == lines
    assert len(store._page(0, float("-inf"), float("inf"))) == sqlite.PAGE < len(lines)
    second = NOW + timedelta(seconds=1)
    assert list(store.ledger(second, second + timedelta(seconds=1))) == lines[1::7]


def test_a_ledger_can_be_read_while_it_grows(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader holds no lock between two lines, and meets what was written meanwhile once."""
    monkeypatch.setattr(sqlite, "PAGE", 2)
    for _ in range(3):
        store.record(entry())
    reading = store.ledger()
    first = next(reading)
    store.record(entry(Kind.GRACE))
    assert [first, *reading] == [entry()] * 3 + [entry(Kind.GRACE)]


def test_a_closed_store_holds_no_file(store: SqliteStore, path: Path) -> None:
    """Every connection is given back, also those that several threads had at once."""
    with store._connections.reading(), store._connections.reading(), store._connections.reading():
        assert len(_open_files(path)) >= 3
    store.close()
    assert _open_files(path) == []


@pytest.mark.parametrize("use", [*READS, *WRITES])
def test_an_operation_gives_its_connection_back(store: SqliteStore, use: Use) -> None:
    """However often a store is used by one thread, it keeps one connection."""
    for _ in range(3):
        use(store)
    assert len(store._connections._idle) == 1


def test_a_bug_of_ours_leaves_nothing_half_done(store: SqliteStore, path: Path) -> None:
    """Not a session without its line, and not a lock that keeps all others waiting."""
    with pytest.raises(AttributeError):
        store.swap(None, session(), None)  # type: ignore[arg-type]  # the bug
    assert store.get(ID_SESION_ALUMNO) is None
    with closing(SqliteStore(path)) as other:
        other.record(entry())
    store.record(entry())
    assert list(store.ledger()) == [entry()] * 2
