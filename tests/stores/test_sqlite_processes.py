"""One SQLite file under several processes: races, kills, and a disk that is full or read-only.

Everything runs in real processes of its own, started afresh, because what is tested is
what a process keeps: file locks, limits, rights. The functions that they run stand here too.
"""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import count
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from threading import Timer
from typing import Any, TypeVar

import pytest

from sence_gate.errors import StoreUnavailable
from sence_gate.protocol.session import Closed, Event, Session, Started
from sence_gate.stores import sqlite_connections
from sence_gate.stores.base import Kind, Store
from sence_gate.stores.records import load_session
from sence_gate.stores.sqlite import SqliteStore
from tests.samples import NOW, session
from tests.stores.contract import entry, kept

_RACERS, _SESSIONS = 4, 25
_NOBODY = 65534
_LIFE: tuple[tuple[Kind, Event], ...] = ((Kind.START_OK, Started("1")), (Kind.CLOSE_OK, Closed("a")))
_STORIES = {Kind.START_SENT: "pending", Kind.START_OK: "open", Kind.CLOSE_OK: "closed"}
T = TypeVar("T")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file of the stores is."""
    return tmp_path / "sence.sqlite"


def apart(function: Callable[[Path], T], path: Path) -> T:
    """Run *function* in a process of its own, that has nothing else open."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(function, path).result(60)


def _together(function: Callable[[Path], T], path: Path) -> list[T]:
    """Run *function* in several processes that begin at the same moment."""
    spawn = get_context("spawn")
    barrier = spawn.Barrier(_RACERS)
    with ProcessPoolExecutor(_RACERS, spawn, _meet, (barrier,)) as processes:
        return [each.result(60) for each in [processes.submit(function, path) for _ in range(_RACERS)]]


def _meet(barrier: Barrier) -> None:
    # A slow disk is no reason to lose this race: what is tested is who wins, not how long it takes.
    sqlite_connections.BUSY_SECONDS = 30.0
    barrier.wait(30)


def _begun(number: int) -> Session:
    sent = session().attendance
    return Session.begun(f"excel.{number:x}.nonce.mac", "excel", sent, 180, NOW)


def _file_values(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


def _open_all(path: Path) -> list[str]:
    with closing(SqliteStore(path)) as store:
        return [
            before.id_sesion_alumno
            for before in map(_begun, range(_SESSIONS))
            if store.swap(before, before.apply(Started("1"), NOW), entry(of=before))
        ]


def test_processes_that_race_have_one_winner(path: Path) -> None:
    """Of several workers that take the same callbacks each one is applied once, and told once."""
    with closing(SqliteStore(path)) as store:
        kept(store, *map(_begun, range(_SESSIONS)))
        won = Counter(name for names in _together(_open_all, path) for name in names)
        told = Counter(line.id_sesion_alumno for line in store.ledger())
    names = {_begun(number).id_sesion_alumno for number in range(_SESSIONS)}
    assert won == dict.fromkeys(names, 1)
    assert told == dict.fromkeys(names, 2)  # the beginning, and the one opening


def _begin_all(path: Path) -> int:
    with closing(SqliteStore(path)) as store:
        return sum(store.swap(None, one, entry(of=one)) for one in map(_begun, range(_SESSIONS)))


def test_processes_that_make_the_file_together(path: Path) -> None:
    """Workers that start on an empty folder at the same moment make one file, and each session once."""
    assert sum(_together(_begin_all, path)) == _SESSIONS
    with closing(SqliteStore(path)) as store:
        assert len(list(store.ledger())) == _SESSIONS


def _ping(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.ping()


def _being_made(path: Path) -> sqlite3.Connection:
    """Return a connection that is about to make the file and has not said WAL yet."""
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")  # the one lock that SQLite does not wait for when it goes over to WAL
    other.execute("CREATE TABLE x (y)")
    return other


def test_a_file_in_the_making_is_waited_for(path: Path) -> None:
    """Workers that start together on an empty folder wait for the one who makes the file."""
    with closing(_being_made(path)) as other:
        release = Timer(0.2, lambda: other.execute("COMMIT"))
        release.start()
        _ping(path)
        release.join()


def test_a_file_that_stays_in_the_making_is_unavailable(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait ends."""
    monkeypatch.setattr(sqlite_connections, "BUSY_SECONDS", 0.05)
    with closing(_being_made(path)), pytest.raises(StoreUnavailable, match="locked"):
        _ping(path)


def _live(store: Store, first: int) -> Iterator[Session]:
    """Lead one session after the other through its life, and yield it after each swap."""
    for number in count(first):
        now = _begun(number)
        assert store.swap(None, now, entry(Kind.START_SENT, of=now))
        yield now
        for kind, event in _LIFE:
            before, now = now, now.apply(event, NOW + timedelta(minutes=1))
            assert store.swap(before, now, entry(kind, of=now))
            yield now


def _is_consistent(store: Store, path: Path) -> bool:
    """Tell whether every session is what its lines of the ledger, replayed, say."""
    told: dict[str, list[str]] = {}
    for line in store.ledger():
        told.setdefault(line.id_sesion_alumno, []).append(_STORIES[line.kind])
    found = {}
    for name, state, body in _file_values(path, "SELECT id, state, body FROM sessions"):
        one = load_session(body)
        found[name] = (state, one.state, one.version)
    return found == {name: (states[-1], states[-1], len(states)) for name, states in told.items()}


def test_a_kill_leaves_file_and_ledger_consistent(path: Path) -> None:
    """Whenever a worker is killed, sessions and ledger tell the same story, and the next one goes on."""
    program = f"""if True:
        from pathlib import Path
        from tests.stores.test_sqlite_processes import SqliteStore, _live
        for one in _live(SqliteStore(Path({str(path)!r})), int(input())):
            print(one.version, flush=True)"""
    for attempt, swaps in enumerate((1, 2, 3, 20, 50)):
        with subprocess.Popen([sys.executable, "-c", program], stdin=-1, stdout=-1, text=True) as worker:
            assert worker.stdin
            assert worker.stdout
            print(attempt * 1_000, file=worker.stdin, flush=True)
            for _ in range(swaps):
                worker.stdout.readline()
            worker.send_signal(signal.SIGKILL)
        with closing(SqliteStore(path)) as store:
            assert _is_consistent(store, path)
            assert len(list(store.ledger())) >= swaps
    assert _file_values(path, "PRAGMA integrity_check") == [("ok",)]


def _fill(path: Path) -> tuple[int, bool, bool]:
    """Write until files may not grow any more; then lift the limit and go on."""
    with closing(SqliteStore(path)) as store:
        store.ping()
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
        swaps = 0
        try:
            for _ in _live(store, 0):
                swaps += 1
        except StoreUnavailable:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        is_whole = len(list(store.ledger())) == swaps and _is_consistent(store, path)
        next(_live(store, 1_000))
        return swaps, is_whole, _is_consistent(store, path)


def test_a_full_disk_leaves_nothing_half_written(path: Path) -> None:
    """When the disk takes no more, the swap fails as a whole; with room again the store goes on."""
    swaps, is_whole, goes_on = apart(_fill, path)
    assert swaps > 0
    assert (is_whole, goes_on) == (True, True)


def _write_without_rights(path: Path) -> list[str]:
    """Try every write as a user who may only read; return what was answered."""
    if os.geteuid() == 0:
        os.seteuid(_NOBODY)
    store, answers = SqliteStore(path), []
    changed = replace(session(), version=3)
    writes: list[Callable[[], object]] = [
        lambda: store.swap(session(), changed, entry()),
        lambda: store.record(entry()),
        lambda: store.note_unmatched(entry(Kind.UNMATCHED)),
        store.ping,
    ]
    for write in writes:
        try:
            write()
        except StoreUnavailable as fault:
            answers.append(str(fault).partition(": ")[2])
    return answers


@pytest.mark.parametrize(
    ("folder", "file"),
    [
        pytest.param(0o777, 0o444, id="the file"),
        pytest.param(0o555, 0o444, id="the file and its folder"),
        pytest.param(0o555, 0o666, id="the folder, where SQLite keeps its journal"),
        pytest.param(0o000, 0o666, id="nothing can be seen"),
    ],
)
def test_a_read_only_file_is_unavailable(folder: int, file: int) -> None:
    """A file that the worker may not write is "unavailable" at every write, and keeps what it holds."""
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders hide everything from other users
        path = Path(name) / "sence.sqlite"
        with closing(SqliteStore(path)) as store:
            kept(store, session())
        path.chmod(file)
        path.parent.chmod(folder)
        answers = apart(_write_without_rights, path)
        path.parent.chmod(0o777)
        assert len(answers) == 4
        assert {answer in _NO_RIGHTS for answer in answers} == {True}
        assert _file_values(path, "SELECT count(*) FROM ledger") == [(1,)]


def _lose_sight(path: Path) -> str:
    """Use the file, then lose the right to look into its folder; return what is answered by then."""
    with closing(SqliteStore(path)) as store:
        store.record(entry())
        path.parent.chmod(0o000)
        if os.geteuid() == 0:
            os.seteuid(_NOBODY)
        try:
            store.ping()
        except StoreUnavailable as fault:
            return str(fault).partition(": ")[2]
        return ""


def test_d2_a_folder_that_cannot_be_looked_into_any_more_is_unavailable() -> None:
    """Rights that somebody changes while the gate runs are a store that is away, and no error of ours."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "sence.sqlite"
        told = apart(_lose_sight, path)
        path.parent.chmod(0o700)
        assert told == "unable to open database file: check folder and owner"


_NO_RIGHTS = (
    "attempt to write a readonly database: check folder and owner",
    "unable to open database file: check folder and owner",
)
