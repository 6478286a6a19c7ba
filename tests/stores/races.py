"""Eight processes that make the same changes to one store, and what must come of it."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier

from sence_gate.protocol.session import Session, Started
from sence_gate.stores import open_store
from sence_gate.stores.base import Entry, Kind
from sence_gate.stores.redis import client
from tests.samples import NOW, session

RACERS, SESSIONS = 8, 50


def begun(number: int) -> Session:
    """Return a session that waits for SENCE's answer."""
    return Session.begun(f"excel.{number:x}.nonce.mac", "excel", session().attendance, 180, NOW)


def entry(of: Session) -> Entry:
    """Return a line about a session; the contract's own would bring a test framework into each process."""
    return Entry(NOW, Kind.START_OK, of.id_sesion_alumno, of.course, of.attendance.run_alumno.canonical)


def race(url: str) -> tuple[Counter[str], Counter[str]]:
    """Let all processes open the same sessions; return who won, and what the ledger tells, by session."""
    spawn = get_context("spawn")
    with closing(open_store(url)) as store:
        for one in map(begun, range(SESSIONS)):
            store.swap(None, one, entry(one))
        barrier = spawn.Barrier(RACERS)
        with ProcessPoolExecutor(RACERS, spawn, _meet, (barrier,)) as processes:
            runs = [processes.submit(_open_all, url) for _ in range(RACERS)]
            won = Counter(name for run in runs for name in run.result(60))
        return won, Counter(line.id_sesion_alumno for line in store.ledger())


def _meet(barrier: Barrier) -> None:
    # A busy machine is no reason to lose this race: what is tested is who wins, not how long it takes.
    client.COMMAND_SECONDS = 30.0  # type: ignore[attr-defined]  # imported there
    barrier.wait(60)


def _open_all(url: str) -> list[str]:
    with closing(open_store(url)) as store:
        return [
            before.id_sesion_alumno
            for before in map(begun, range(SESSIONS))
            if store.swap(before, before.apply(Started("1"), NOW), entry(before))
        ]


def is_fair(outcome: tuple[Counter[str], Counter[str]]) -> bool:
    """Tell whether each session was won once, and told once beside its beginning."""
    names = [begun(number).id_sesion_alumno for number in range(SESSIONS)]
    won, told = outcome
    return won == dict.fromkeys(names, 1) and told == dict.fromkeys(names, 2)
