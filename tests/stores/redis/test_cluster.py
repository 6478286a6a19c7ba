"""A cluster keeps the promise, with the learners spread over it, and survives the loss of a primary."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException
from redis.retry import Retry

from sence_gate.errors import ConfigurationError, StoreUnavailable
from sence_gate.protocol.rut import Rut
from sence_gate.protocol.session import Session
from sence_gate.stores import open_store
from sence_gate.stores.base import Store
from sence_gate.stores.redis.keys import Keys, bucket_of
from tests.samples import ID_SESION_ALUMNO, NOW, RUN, attendance, session
from tests.stores.contract import StoreContract, entry, kept
from tests.stores.races import is_fair, race
from tests.stores.redis.servers import HOST, Group, Server, as_cluster, patient_store, until
from tests.stores.redis.test_sentinel import opened_at_last

# Their buckets are spread over all three primaries.
RUNS = ("12345678-5", "11111111-1", "5126663-3", "1-9", "10-8", "100-7", "7654321-6", "20000000-5", "9-4")


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Group]:
    """Servers that all tests here share; the loss happens to servers of its own."""
    with as_cluster(tmp_path_factory.mktemp("cluster"), node_timeout_ms=10_000) as group:
        yield group


@pytest.fixture
def url(group: Group) -> str:
    """The URL of a store that nobody has used."""
    return f"{group.url}?prefix={uuid4()}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty store on the cluster."""
    with patient_store(url) as store:
        yield store


class TestRedisClusterStore(StoreContract):
    """Everything that every store promises."""


def _begun(number: int) -> Session:
    sent = attendance(run_alumno=Rut.parse(RUNS[number % len(RUNS)]))
    return Session.begun(f"excel.{number:x}.nonce.mac", "excel", sent, 180, NOW)


def test_learners_are_spread(group: Group, store: Store) -> None:
    """Each primary has work, so that more of them carry more."""
    kept(store, *map(_begun, range(len(RUNS))))
    assert all(client.dbsize() > 0 for client in group.clients()[:3])
    assert len(list(store.ledger())) == len(RUNS)


def test_processes_that_race_have_one_winner(url: str) -> None:
    """Of eight workers that take the same callbacks each one is applied once, and told once."""
    assert is_fair(race(url))


def test_another_worker_finds_an_attempt_by_its_id_alone(store: Store, url: str) -> None:
    """A callback brings no more, and may come to a worker that never saw the learner."""
    kept(store, session())
    with closing(open_store(url)) as other:
        assert other.get(ID_SESION_ALUMNO) == session()
        assert other.get("nobody's") is None


def test_an_attempt_whose_pointer_was_lost_comes_back(group: Group, store: Store, url: str) -> None:
    """Whoever takes the attempt for a new one loses, and finds it then."""
    kept(store, session())
    for client in group.clients()[:3]:
        for key in client.scan_iter("*:at:*"):
            client.delete(key)
    with closing(open_store(url)) as other:
        assert other.get(ID_SESION_ALUMNO) is None
        assert other.swap(None, session(version=9), entry()) is False
        assert other.get(ID_SESION_ALUMNO) == session()


def test_one_address_is_enough(group: Group, store: Store, url: str) -> None:
    """The others are learned from it, also when it is a replica."""
    kept(store, session())
    alone = f"redis+cluster://127.0.0.1:{group.servers[5].port}?{url.partition('?')[2]}"
    with closing(open_store(alone)) as same:
        assert same.get(ID_SESION_ALUMNO) == session()


def test_a_node_taken_for_a_server_is_told(group: Group) -> None:
    """redis:// to a node of a cluster is refused at start, with the URL to write."""
    for server in group.servers[:3]:
        with pytest.raises(ConfigurationError, match=r"^store\.url: .* write redis\+cluster://host:port$"):
            open_store(f"redis://127.0.0.1:{server.port}")


def test_a_primary_that_hangs_is_unavailable_within_a_second(group: Group, url: str, store: Store) -> None:
    """The learner waits no longer, and learners of the other primaries do not wait at all."""
    kept(store, *map(_begun, range(len(RUNS))))
    with closing(open_store(url)) as worker:
        assert all(worker.get(_begun(each).id_sesion_alumno) for each in range(len(RUNS)))
        with group.servers[0].frozen():
            waits = [_time(worker, _begun(each)) for each in range(len(RUNS))]
    until(lambda: all(store.get(_begun(each).id_sesion_alumno) for each in range(len(RUNS))), "the cluster")
    assert 0.5 <= max(waits) < 1.0
    assert min(waits) < 0.1


def _time(store: Store, one: Session) -> float:
    started = time.monotonic()
    with suppress(StoreUnavailable):
        store.find_open(one.attendance.run_alumno.canonical, "excel")
    return time.monotonic() - started


def test_d6_a_debugger_sees_no_learner(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The client tells at DEBUG which command failed; ours name RUNs and attempts, and are not told."""
    caplog.set_level(logging.DEBUG)
    with as_cluster(tmp_path) as group, closing(open_store(f"{group.url}?prefix=mine")) as store:
        kept(store, session())
        never = Retry(NoBackoff(), 0)
        foreign = redis.RedisCluster(HOST, group.servers[0].port, retry=never)
        for server in group.servers:
            server.kill()
        with pytest.raises(StoreUnavailable):
            store.get(ID_SESION_ALUMNO)
        with pytest.raises(StoreUnavailable):
            store.find_open(RUN.canonical, "excel")
        with pytest.raises((redis.RedisError, RedisClusterException)):
            foreign.get("theirs")
    assert "GET theirs" in caplog.text
    assert not any(secret in caplog.text for secret in ("mine:", RUN.canonical, ID_SESION_ALUMNO))


def _holder(group: Group, run: str) -> Server:
    """Return the primary that has the ledger of a learner."""
    for server in group.servers[:3]:
        with suppress(redis.ResponseError):  # MOVED
            if server.client().exists(Keys("sence", is_cluster=True).ledger(bucket_of(run))):
                return server
    raise LookupError(run)


@pytest.mark.parametrize(
    "number", [pytest.param(signal.SIGKILL, id="killed"), pytest.param(signal.SIGSTOP, id="hanging")]
)
def test_the_loss_of_a_primary_is_survived(tmp_path: Path, number: signal.Signals) -> None:
    """Its replica takes over; the same store works on, with all that the replica has, and nothing twice."""
    with as_cluster(tmp_path) as group, closing(open_store(group.url)) as store:
        before = [_begun(each) for each in range(18)]
        kept(store, *before)
        for server in group.servers[:3]:
            server.ask("WAIT", 1, 5_000)
        _holder(group, RUN.canonical).signal(number)
        opened = [opened_at_last(store, each) for each in before]
        assert [store.get(each.id_sesion_alumno) for each in before] == opened
        told = [line.id_sesion_alumno for line in store.ledger()]
        assert sorted(told) == sorted([each.id_sesion_alumno for each in before] * 2)
