"""The Redis store, against the bare client and against others who keep sessions in the same Redis.

One server, one run. The store is measured with a thousand sessions and with a million,
each with its line in the ledger; the others read one session of two values, as they do
once in every request. All read the same session again and again, as a learner's page
makes a worker do.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any

import redis
from stdnum.cl.rut import calc_check_digit

from benchmarks.measure import rounds_of
from benchmarks.requests import Result, caller, platform, session_cookie, settings
from benchmarks.session_rivals import beaker_reader, django_reader, flask_reader
from sence_gate import SenceGate
from sence_gate.protocol.messages import Attendance, Environment
from sence_gate.protocol.rut import Rut
from sence_gate.protocol.session import Session, State
from sence_gate.stores import open_store
from sence_gate.stores.base import Entry, Kind, Store
from sence_gate.stores.records import dump_entry, dump_session
from sence_gate.stores.redis.keys import Keys, bucket_of
from sence_gate.stores.sqlite import SqliteStore, row_of
from tests.stores.redis.servers import HOST, running

CALLS, ROUNDS = 200, 60
FEW, MANY = 1_000, 1_000_000
AT_ONCE = 2_000
NOW = datetime.now(UTC)
LEARNERS = range(12_000_000, 12_100_000)
SAMPLE = Rut.parse("12345678-5")


def _run(number: int) -> Rut:
    return Rut(f"{number}-{calc_check_digit(str(number))}")


def _session(number: int, **changes: Any) -> Session:
    """Return a session of its own; each tenth learner has one that is open."""
    sent = Attendance(
        Environment.TEST,
        Rut("76543210-3"),
        _run(LEARNERS[number % len(LEARNERS)]),
        "1237894560",
        "5123456",
        3,
    )
    state = State.OPEN if number % 10 == 0 and number < len(LEARNERS) else State.CLOSED
    one = Session(f"excel.{number:x}.Zm9ybSBhIG5vbmNlIGhl.{'0123456789' * 4}", "excel", sent, 180, state, NOW)
    return replace(one, id_sesion_sence="987654321", opened=NOW, **changes)


def _entry(session: Session) -> Entry:
    run = session.attendance.run_alumno.canonical
    return Entry(NOW, Kind.START_OK, session.id_sesion_alumno, session.course, run, (("IdSesionSence", "1"),))


def _fill(client: redis.Redis, keys: Keys, first: int, last: int) -> None:
    for start in range(first, last, AT_ONCE):
        pipe = client.pipeline(transaction=False)
        for one in map(_session, range(start, min(start + AT_ONCE, last))):
            run = one.attendance.run_alumno.canonical
            bucket, body = bucket_of(run), dump_session(one)
            pipe.set(keys.session(bucket, one.id_sesion_alumno), body)
            pipe.xadd(keys.ledger(bucket), {"e": dump_entry(_entry(one)), "t": "0"})
            if one.state is State.OPEN:
                pipe.hset(keys.open(bucket, run, one.course), one.id_sesion_alumno, body)
        pipe.execute()


def _fill_sqlite(store: SqliteStore, first: int, last: int) -> None:
    with store._connections.writing() as db:  # noqa: SLF001 - a million swaps would take an hour
        for one in map(_session, range(first, last)):
            db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?)", row_of(one))


def _swapper(store: Store, run: Rut) -> Callable[[], object]:
    """Return a function that opens and closes one session by turns."""
    sent = replace(_session(0).attendance, run_alumno=run)
    one = replace(_session(0), id_sesion_alumno="excel.bench.swap.mac", attendance=sent)
    other = replace(one, state=State.CLOSED, version=2)
    assert store.swap(None, one, _entry(one))
    turns = cycle([(one, other, _entry(other)), (other, one, _entry(one))])

    def swap() -> None:
        if not store.swap(*next(turns)):
            raise RuntimeError("nobody else is here")

    return swap


def _own(store: Store, one: Session, size: str) -> dict[str, Callable[[], object]]:
    run = one.attendance.run_alumno.canonical
    assert store.get(one.id_sesion_alumno) == one
    assert store.find_open(run, one.course) == one
    calls: dict[str, Callable[[], object]] = {
        f"get, {size}": lambda: store.get(one.id_sesion_alumno),
        f"find_open, {size}": lambda: store.find_open(run, one.course),
    }
    return calls


def _bare(client: redis.Redis, keys: Keys, one: Session) -> dict[str, Callable[[], object]]:
    """Return redis-py alone: getting a session, running nothing, running nothing with a swap's values."""
    body, bucket, run = dump_session(one), 7, one.attendance.run_alumno.canonical
    client.set("bare", body)
    sha = client.script_load("return 1")
    places = (
        keys.session(bucket, one.id_sesion_alumno),
        keys.open(bucket, run, one.course),
        keys.ledger(bucket),
        keys.lead(bucket),
        keys.aside(bucket, "open"),
    )
    values = (body, body, one.id_sesion_alumno, "1", 34_560_000, 1_700_000_000_000, dump_entry(_entry(one)))
    return {
        "GET": lambda: client.get("bare"),
        "EVALSHA": lambda: client.evalsha(sha, 0),
        "EVALSHA of as much": lambda: client.evalsha(sha, 5, *places, *values, "0123456789abcdef", "0"),
    }


def _gated(folder: Path, url: str) -> dict[str, Callable[[], object]]:
    """Return the gate's look at Redis, the request that it admits after one, and that without a gate."""
    at = {"store": {"url": url, "spool": f"{folder}/spool.sqlite", "recheck_seconds": 0}}
    gate = SenceGate(platform, settings(folder, 1) | at)
    path, cookie = "/cursos/c0/logo.png", session_cookie(gate)
    ours, _ = gate.gate.parts.cookies.split(cookie)
    (session,) = gate.gate.parts.cookies.read_sessions(ours)
    store = gate.gate.parts.store
    return {
        "look": lambda: store.get(session.id_sesion_alumno),
        "bare request": caller(platform, path),
        "gated request": caller(gate, path, cookie),
    }


def results() -> list[Result]:
    """Measure everything; two minutes, most of them for the million."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder) / "redis") as server,
        closing(server.client()) as client,
        closing(open_store(f"redis://{HOST}:{server.port}?prefix=bench")) as store,
        closing(SqliteStore(Path(folder) / "bench.sqlite")) as sqlite,
    ):
        gated = _gated(Path(folder), f"redis://{HOST}:{server.port}?prefix=gated")
        took = dict(_measured(server.port, client, store, sqlite, gated))
    return [*_budgets(took), *_side_by_side(took)]


def _measured(
    port: int,
    client: redis.Redis,
    store: Store,
    sqlite: SqliteStore,
    gated: dict[str, Callable[[], object]],
) -> Iterator[tuple[str, float]]:
    keys, one = Keys("bench", is_cluster=False), _session(10)
    swap = {"swap": _swapper(store, SAMPLE)}
    done = 0
    for count, size in ((FEW, "10³"), (MANY, "10⁶")):
        _fill(client, keys, done, count)
        _fill_sqlite(sqlite, done, count)
        done = count
        calls = {**_bare(client, keys, one), **_own(store, one, size)}
        calls |= {f"{name}, {size}": call for name, call in swap.items()}
        calls |= gated
        if size == "10³":
            url = f"redis://{HOST}:{port}/1"
            calls |= {"Flask-Session": flask_reader(url), "Beaker": beaker_reader(url)}
            calls |= {"Django": django_reader(url)}
        calls |= {f"SQLite {name}": call for name, call in _own(sqlite, one, size).items()}
        for name, times in rounds_of(calls, calls=CALLS, rounds=ROUNDS).items():
            figure = min if name.startswith("SQLite") else median  # the one asks nobody: see measure.py
            yield name if size in name else f"{name}, {size}", figure(times)


def _budgets(took: dict[str, float]) -> Iterator[Result]:
    for size in ("10³", "10⁶"):
        get, evalsha = took[f"GET, {size}"], took[f"EVALSHA, {size}"]
        as_much = took[f"EVALSHA of as much, {size}"]
        whole = took[f"gated request, {size}"] - took[f"bare request, {size}"]
        yield Result(
            f"a gate's look at Redis, {size} sessions, against redis-py GET",
            took[f"look, {size}"] / get,
            1.3,
            "×",
        )
        yield Result(
            f"a whole request that looks, {size} sessions, against redis-py GET", whole / get, 2, "×"
        )
        for name, bare, against, budget in (
            ("get", get, "redis-py GET", 1.3),
            ("find_open", get, "redis-py GET", 1.4),
            ("swap", as_much, "a constant script that gets as much", 2),
            ("swap", evalsha, "a constant script that gets nothing", 2),
        ):
            text = f"Redis {name}, {size} sessions, against {against}"
            yield Result(text, took[f"{name}, {size}"] / bare, budget, "×")
        yield Result(f"SQLite find_open, {size} sessions", took[f"SQLite find_open, {size}"], 30, "µs")


def _side_by_side(took: dict[str, float]) -> Iterator[Result]:
    """Yield our look at a session against that of others; the budget is not to be slower."""
    for name in ("Flask-Session", "Beaker", "Django"):
        theirs = took[f"{name}, 10³"]
        yield Result(f"Redis get, against {name} ({theirs:.0f} µs)", took["get, 10³"] / theirs, 1, "×")
