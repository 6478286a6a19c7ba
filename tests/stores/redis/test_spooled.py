"""The spool before a real Redis that hangs, dies and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from sence_gate.errors import StoreAway
from sence_gate.protocol.session import Closed, Session, Started
from sence_gate.stores import breaker, open_store
from sence_gate.stores.base import Kind, Store
from tests.samples import ID_SESION_ALUMNO, NOW, attendance
from tests.stores.contract import entry
from tests.stores.outage import is_brought
from tests.stores.redis.servers import HOST, Server, running, until

PENDING = Session.begun(ID_SESION_ALUMNO, "excel", attendance(), 180, NOW)
OPEN = PENDING.apply(Started("1"), NOW + timedelta(minutes=1))
CLOSED = OPEN.apply(Closed("a"), NOW + timedelta(hours=1))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A Redis that writes every change to its disk."""
    with running(tmp_path / "redis", appendonly="yes", appendfsync="always") as server:
        yield server


@pytest.fixture
def store(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """That Redis with a spool, as the settings give it."""
    monkeypatch.setattr(breaker, "PROBE_SECONDS", 0.1)
    with closing(open_store(f"redis://{HOST}:{server.port}", str(tmp_path / "spool"))) as store:
        yield store


def swap(store: Store, before: Session | None, after: Session, kind: Kind) -> None:
    """Make one step of a trip."""
    assert store.swap(before, after, entry(kind, of=after, at=after.since)) is True


def has_arrived(store: Store, kinds: list[Kind]) -> bool:
    """Bring all that was kept; tell whether Redis holds the closed session and exactly these lines."""
    until(lambda: is_brought(store), "the spool")
    return store.get(ID_SESION_ALUMNO) == CLOSED and [each.kind for each in store.ledger()] == kinds


TRIP = [Kind.START_SENT, Kind.START_OK, Kind.CLOSE_OK]


def test_a_redis_that_was_killed(store: Store, server: Server) -> None:
    """What happened without it stands there afterwards, once."""
    swap(store, None, PENDING, Kind.START_SENT)
    server.kill()
    swap(store, PENDING, OPEN, Kind.START_OK)
    swap(store, OPEN, CLOSED, Kind.CLOSE_OK)
    with pytest.raises(StoreAway):
        store.get("unknown")
    server.start()
    assert has_arrived(store, TRIP)


def test_a_redis_that_hangs_may_have_done_it(store: Store, server: Server) -> None:
    """What it was told before it hung, and does when it wakes up, is not done twice."""
    swap(store, None, PENDING, Kind.START_SENT)
    with server.frozen():
        swap(store, PENDING, OPEN, Kind.START_OK)
        swap(store, OPEN, CLOSED, Kind.CLOSE_OK)
    assert has_arrived(store, TRIP)


def test_a_redis_that_lost_everything(store: Store, server: Server) -> None:
    """What the spool knows is there again; what it does not know is gone."""
    swap(store, None, PENDING, Kind.START_SENT)
    server.ask("FLUSHALL")
    server.kill()
    swap(store, PENDING, OPEN, Kind.START_OK)
    swap(store, OPEN, CLOSED, Kind.CLOSE_OK)
    server.start()
    assert has_arrived(store, TRIP[1:])
