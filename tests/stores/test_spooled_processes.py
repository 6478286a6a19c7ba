"""One spool under several processes: workers killed anywhere, workers that bring together, a full disk.

The shared store is a file whose `.away` beside it makes it unreachable, so that every
process sees the same outage. Whatever was said to be done must end up there, once.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from multiprocessing import get_context
from operator import le
from pathlib import Path

import pytest

from sence_gate.errors import StoreUnavailable
from sence_gate.protocol.session import Closed, Event, Session, Started, State
from sence_gate.stores import breaker
from sence_gate.stores.base import Entry, Kind, Store
from sence_gate.stores.spool import Spool
from sence_gate.stores.spooled import SpooledStore
from sence_gate.stores.sqlite import SqliteStore
from tests.samples import NOW, attendance
from tests.stores.contract import entry
from tests.stores.outage import Switchable, T, Use
from tests.stores.redis.servers import until

LIFE: tuple[tuple[Kind, Event], ...] = ((Kind.START_OK, Started("1")), (Kind.CLOSE_OK, Closed("a")))
WORKERS = 4


class FileRemote(Switchable):
    """A shared store that is away as long as there is a file that says so; each write takes a moment."""

    def __init__(self, folder: Path, pause: float = 0.0) -> None:
        super().__init__(SqliteStore(folder / "remote.sqlite"))
        self._sign, self._pause = folder / "away", pause

    def _ask(self, use: Use[T]) -> T:
        self.is_away = self._sign.exists()
        return super()._ask(use)

    def _write(self, use: Use[T]) -> T:
        answer = super()._write(use)
        time.sleep(self._pause)  # a kill comes here, too: done, and not acknowledged
        return answer


def opened(folder: Path, pause: float = 0.0) -> SpooledStore:
    """Return the store of one worker, whose breaker probes at every call."""
    breaker.PROBE_SECONDS = 0.0
    return SpooledStore(FileRemote(folder, pause), folder / "spool.sqlite")


def begun(number: int) -> Session:
    """Return the attempt of this number."""
    return Session.begun(f"excel.{number:x}.n.m", "excel", attendance(), 180, NOW)


def line(kind: Kind, of: Session, at: datetime) -> Entry:
    """Return a line that no other equals."""
    return replace(entry(kind, of=of, at=at), incident=f"{of.id_sesion_alumno}{kind}")


def live(store: Store, number: int) -> Session:
    """Lead one session through its life."""
    now, at = begun(number), NOW + timedelta(seconds=number)
    assert store.swap(None, now, line(Kind.START_SENT, now, at))
    for kind, event in LIFE:
        at += timedelta(milliseconds=1)
        before, now = now, now.apply(event, at)
        assert store.swap(before, now, line(kind, now, at))
    return now


def work(folder: Path, first: int) -> None:
    """Lead one session after the other through its life, and tell of each that is over."""
    store = opened(folder, 0.001)
    for number in count(first):
        live(store, number)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


def bring(folder: Path, pause: float = 0.0) -> None:
    """Ask until nothing is left to bring."""
    with closing(opened(folder, pause)) as store:
        while not store._spool.is_empty():
            store.get("x")
            time.sleep(0.002)  # the others want the processor, too


def is_whole(folder: Path, finished: set[int]) -> bool:
    """Tell whether the shared store holds every finished session, and no line twice."""
    with closing(SqliteStore(folder / "remote.sqlite")) as remote:
        lines = Counter(each.incident for each in remote.ledger())
        sessions = [remote.get(begun(number).id_sesion_alumno) for number in finished]
    expected = {f"{begun(number).id_sesion_alumno}{kind}" for number in finished for kind in KINDS}
    are_closed = all(each and (each.state, each.version) == (State.CLOSED, 3) for each in sessions)
    return are_closed and expected <= set(lines) and set(lines.values()) <= {1}


KINDS = (Kind.START_SENT, Kind.START_OK, Kind.CLOSE_OK)


def killed(call: str, folder: Path, is_time: Callable[[int], bool]) -> set[int]:
    """Run *call* of this module in a process, kill it in the middle, and return what it said was done.

    Args:
        is_time: is asked all the time, with how much was said so far.
    """
    program = f"""if True:
        from pathlib import Path
        from tests.stores.test_spooled_processes import bring, work
        folder = Path({str(folder)!r})
        {call}"""
    log = folder / "said"
    with log.open("w") as said, subprocess.Popen([sys.executable, "-c", program], stdout=said) as worker:
        until(lambda: is_time(log.read_text().count("\n")), "the time to kill")
        worker.send_signal(signal.SIGKILL)
    return {int(each) for each in log.read_text().splitlines(keepends=True) if each.endswith("\n")}


def test_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    """Workers are killed while the store is there, away, and while they bring what was kept."""
    finished = set[int]()
    for turn, sessions in enumerate((5, 12, 8, 3, 20, 7)):
        sign = tmp_path / "away"
        sign.touch() if turn % 2 else sign.unlink(missing_ok=True)
        finished |= killed(f"work(folder, {turn * 10_000})", tmp_path, partial(le, sessions))
    (tmp_path / "away").unlink()
    bring(tmp_path)
    assert len(finished) >= 55
    assert is_whole(tmp_path, finished)


def fill(folder: Path, sessions: int) -> None:
    """Keep the lives of so many sessions in the spool."""
    (folder / "away").touch()
    with closing(opened(folder)) as store:
        for number in range(sessions):
            live(store, number)
    (folder / "away").unlink()


def arrived(folder: Path) -> int:
    """Return how many lines the shared store holds."""
    with closing(SqliteStore(folder / "remote.sqlite")) as remote:
        return len(list(remote.ledger()))


@pytest.mark.parametrize("lines", [1, 49, 70])
def test_a_kill_while_bringing(tmp_path: Path, lines: int) -> None:
    """The next one goes on where the killed one was, and what had arrived is not brought again."""
    fill(tmp_path, 40)
    killed("bring(folder, 0.005)", tmp_path, lambda _: arrived(tmp_path) >= lines)
    assert lines <= arrived(tmp_path) < 120
    bring(tmp_path)
    assert is_whole(tmp_path, set(range(40)))
    assert arrived(tmp_path) == 120


def test_workers_that_bring_together_double_nothing(tmp_path: Path) -> None:
    """Whoever comes first brings; the others wait for nothing and read the spool."""
    fill(tmp_path, 60)
    with ProcessPoolExecutor(WORKERS, get_context("spawn")) as processes:
        list(processes.map(partial(bring, pause=0.001), [tmp_path] * WORKERS))
    assert is_whole(tmp_path, set(range(60)))
    with closing(SqliteStore(tmp_path / "remote.sqlite")) as remote:
        numbers = [each.id_sesion_alumno for each in remote.ledger()]
    assert numbers == [begun(number).id_sesion_alumno for number in range(60) for _ in KINDS]


def work_some(first: int, folder: Path) -> int:
    """Lead ten sessions through their lives."""
    with closing(opened(folder)) as store:
        return sum(live(store, first + number).version == 3 for number in range(10))


def test_workers_share_one_spool_through_outages(tmp_path: Path) -> None:
    """The store comes and goes while several work: every session is told once, and over."""
    with ProcessPoolExecutor(WORKERS, get_context("spawn")) as processes:
        work_ = [processes.submit(work_some, 100 * each, tmp_path) for each in range(WORKERS * 4)]
        while not all(each.done() for each in work_):
            (tmp_path / "away").touch()
            time.sleep(0.02)
            (tmp_path / "away").unlink()
            time.sleep(0.02)
        assert {each.result() for each in work_} == {10}
    bring(tmp_path)
    assert is_whole(tmp_path, {100 * each + number for each in range(WORKERS * 4) for number in range(10)})


def write_until_full(folder: Path) -> tuple[int, bool]:
    """Keep lines until files may not grow any more; return how many were said to be kept."""
    (folder / "away").touch()
    with closing(opened(folder)) as store:
        store.record(line(Kind.GRACE, begun(0), NOW))
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
        kept, is_full = 1, False
        with suppress(StoreUnavailable):
            for _ in range(5_000):
                store.record(line(Kind.GRACE, begun(kept), NOW))
                kept += 1
        is_full = kept < 5_000
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    return kept, is_full


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    """What was said to be kept arrives, and nothing else."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        kept, is_full = process.submit(write_until_full, tmp_path).result(60)
    (tmp_path / "away").unlink()
    bring(tmp_path)
    with closing(SqliteStore(tmp_path / "remote.sqlite")) as remote:
        assert (len(list(remote.ledger())), is_full) == (kept, True)


def fork_in_the_middle(folder: Path) -> bool:
    """Fork while bringing, and tell whether somebody else can bring when that is done."""
    spool = Spool(folder / "spool.sqlite")
    with spool.turn() as is_ours:
        child = os.fork()
        if child == 0:
            time.sleep(60)
    with spool.turn() as is_free:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return is_ours and is_free


def test_a_fork_does_not_keep_the_turn(tmp_path: Path) -> None:
    """A child that is forked while its parent brings does not hold the lock for life."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        assert process.submit(fork_in_the_middle, tmp_path).result(60)


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what runs in this very process probe at every call, and no longer."""
    monkeypatch.setattr(breaker, "PROBE_SECONDS", 0.0)
