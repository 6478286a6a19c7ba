"""Two hundred learners on their way when the primary is lost: each finishes, and nothing is told twice.

All go through the gate's own pages, each in a thread. What Redis promises for a primary
that dies holds here: what it acknowledged had reached its replica's connection.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from pathlib import Path
from threading import Semaphore

import pytest
from stdnum.cl.rut import calc_check_digit

from sence_gate.config import StoreSettings
from sence_gate.protocol.session import State
from sence_gate.stores import breaker, open_store, sqlite_connections
from sence_gate.stores.base import Kind
from tests.given import COURSE, Campus, answer, discreet_log, kept
from tests.stores.outage import is_brought
from tests.stores.redis.servers import Group, as_cluster, until, with_sentinels

__all__ = ["discreet_log"]

CROWD, LOST_AFTER = 200, 60
RUNS = [f"{number}-{calc_check_digit(str(number))}" for number in range(14_000_000, 14_000_000 + CROWD)]
ONCE = dict.fromkeys((Kind.START_SENT, Kind.START_OK, Kind.CLOSE_SENT, Kind.CLOSE_OK), 1)


@pytest.fixture(name="campus")
def impatient_campus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Campus]:
    """A campus whose gate asks at each request, and looks soon whether a store is back."""
    monkeypatch.setattr(breaker, "PROBE_SECONDS", 0.2)
    # Two hundred wait for one disk, and others use it.
    monkeypatch.setattr(sqlite_connections, "BUSY_SECONDS", 30.0)
    campus = Campus(tmp_path, store=StoreSettings(recheck_seconds=0))
    yield campus
    campus.store.close()


def walk(campus: Campus, run: str, begun: Semaphore) -> str:
    """Make a whole trip, from the start button to SENCE's confirmation of the close; return the attempt."""
    trip = campus.begin(run)
    begun.release()
    confirmed = campus.call_back("/inicio/ok", answer(trip))
    cookies = kept(trip.cookies, confirmed)
    landed = campus.ask(confirmed.location or "", cookies=cookies)
    cookies = kept(cookies, landed)
    lesson = campus.ask(COURSE, cookies=cookies)
    closing_ = campus.close_up(cookies)
    closed = campus.call_back("/cierre/ok", answer(trip), cookies=closing_.cookies)
    statuses = [each.status_code for each in (confirmed, landed, lesson, closed)]
    assert statuses == [303, 200, 200, 303], (run, statuses)
    return trip.id_sesion_alumno


@pytest.mark.parametrize(
    ("topology", "number"),
    [
        pytest.param(with_sentinels, signal.SIGKILL, id="Sentinel, killed"),
        pytest.param(with_sentinels, signal.SIGSTOP, id="Sentinel, hanging"),
        pytest.param(as_cluster, signal.SIGKILL, id="Cluster, killed"),
    ],
)
def test_two_hundred_finish_through_the_loss_of_a_primary(
    campus: Campus,
    tmp_path: Path,
    topology: Callable[[Path], AbstractContextManager[Group]],
    number: signal.Signals,
) -> None:
    """Nobody sees it, and afterwards each start and each close stands once in the ledger."""
    begun = Semaphore(0)
    with topology(tmp_path / "redis") as group:
        campus.store.real = open_store(group.url, str(tmp_path / "spool.sqlite"))
        with ThreadPoolExecutor(CROWD) as threads:
            trips = [threads.submit(walk, campus, run, begun) for run in RUNS]
            for _ in range(LOST_AFTER):
                begun.acquire(timeout=30)
            group.servers[0].signal(number)
            attempts = {each.result() for each in trips}
        until(lambda: is_brought(campus.store.real), "the spool")
        with closing(open_store(group.url)) as behind:
            assert {one.state for one in map(behind.get, attempts) if one} == {State.CLOSED}
            lines = list(behind.ledger())
        assert any("spooled" in line.flags for line in lines)  # the loss was felt
        told = Counter((line.id_sesion_alumno, line.kind) for line in lines)
        assert told == {(attempt, kind): count for attempt in attempts for kind, count in ONCE.items()}
