"""A primary watched by Sentinels keeps the promise, and its loss is survived without a restart."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from uuid import uuid4

import pytest

from sence_gate.errors import StoreUnavailable
from sence_gate.protocol.session import Session, Started
from sence_gate.stores import open_store
from sence_gate.stores.base import Store
from tests.samples import NOW
from tests.stores.contract import StoreContract, entry, kept
from tests.stores.races import begun
from tests.stores.redis.servers import Group, patient_store, until, with_sentinels


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Group]:
    """Servers that all tests here share; the failover happens to servers of its own."""
    with with_sentinels(tmp_path_factory.mktemp("sentinel")) as group:
        yield group


@pytest.fixture
def store(group: Group) -> Iterator[Store]:
    """An empty store that is found through Sentinels."""
    with patient_store(f"{group.url}?prefix={uuid4()}") as store:
        yield store


class TestRedisSentinelStore(StoreContract):
    """Everything that every store promises."""


def test_a_lost_sentinel_is_not_missed(group: Group) -> None:
    """A worker that starts while the first Sentinel of the list hangs finds the primary by the next."""
    with group.sentinels[0].frozen(), closing(open_store(group.url)) as store:
        store.ping()


def test_sentinels_that_are_away_are_named(group: Group) -> None:
    """Who must be looked after is told, and that by which name the service is known."""
    with (
        closing(open_store(group.url.replace("/sence", "/other"))) as store,
        pytest.raises(StoreUnavailable, match="gets no primary from its Sentinels"),
    ):
        store.ping()


@pytest.mark.parametrize(
    "number", [pytest.param(signal.SIGKILL, id="killed"), pytest.param(signal.SIGSTOP, id="hanging")]
)
def test_a_failover_loses_nothing_that_a_replica_has(tmp_path: Path, number: signal.Signals) -> None:
    """The same store works on with the new primary; no restart, and no change done twice."""
    with with_sentinels(tmp_path) as group, closing(open_store(group.url)) as store:
        before = [begun(each) for each in range(20)]
        kept(store, *before)
        # As far as Redis promises: what has reached a replica.
        assert group.servers[0].ask("WAIT", 1, 5_000) == 1
        group.servers[0].signal(number)
        opened = [opened_at_last(store, each) for each in before]
        assert [store.get(each.id_sesion_alumno) for each in before] == opened
        told = [line.id_sesion_alumno for line in store.ledger()]
        assert sorted(told) == sorted([each.id_sesion_alumno for each in before] * 2)


def opened_at_last(store: Store, before: Session) -> Session:
    """Open a session as the gate does: again and again, looking first, until the store takes it."""
    after = before.apply(Started("1"), NOW)

    def try_once() -> bool:
        with suppress(StoreUnavailable):
            now = store.get(before.id_sesion_alumno)
            return now == after or (now is not None and store.swap(now, after, entry(of=after)))
        return False

    until(try_once, "the failover")
    return after
