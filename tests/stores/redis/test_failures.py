"""A Redis that fails is "unavailable", soon, with what to do.

Every failure is a real one: the server is killed, frozen, full, read-only, loading.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from threading import Thread
from uuid import uuid4

import pytest
import redis

from sence_gate.errors import ConfigurationError, StoreUnavailable
from sence_gate.stores import open_store
from sence_gate.stores.base import Kind, Store
from tests.samples import ID_SESION_ALUMNO, RUN, session
from tests.stores.contract import entry, kept
from tests.stores.redis.lossy import service
from tests.stores.redis.servers import HOST, Server, running, until
from tests.stores.uses import CLOSED, READS, WRITES, Use

SOON = 5.0  # one answer is waited for half a second; the rest is for a busy machine
Harm = Callable[[Server], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that each test leaves as it was."""
    with running(tmp_path_factory.mktemp("redis"), appendonly="yes", appendfsync="always") as server:
        yield server


@pytest.fixture
def store(server: Server) -> Iterator[Store]:
    """A store with one open session."""
    with closing(open_store(f"redis://{HOST}:{server.port}?prefix={uuid4()}")) as store:
        kept(store, session())
        yield store


@pytest.mark.parametrize("use", [*READS, *WRITES])
@pytest.mark.parametrize("is_fresh", [pytest.param(False, id="used before"), pytest.param(True, id="fresh")])
def test_a_frozen_server_is_unavailable_soon(server: Server, store: Store, use: Use, is_fresh: bool) -> None:
    """Whatever is asked, and whether or not a connection was open."""
    if is_fresh:
        store.close()
    with server.frozen():
        started = time.monotonic()
        with pytest.raises(StoreUnavailable, match="did not answer"):
            use(store)
        assert time.monotonic() - started < SOON
    store.ping()


@contextmanager
def _killed(server: Server) -> Iterator[None]:
    server.kill()
    try:
        yield
    finally:
        server.start()
        until(server.answers, "the server")


@contextmanager
def _set(server: Server, name: str, value: str) -> Iterator[None]:
    client = server.client()
    before = str(client.config_get(name)[name])
    client.config_set(name, value)
    try:
        yield
    finally:
        client.config_set(name, before)


@contextmanager
def _replica(server: Server) -> Iterator[None]:
    server.client().replicaof(HOST, 1)
    try:
        yield
    finally:
        server.client().replicaof("NO", "ONE")


@contextmanager
def _lost_replica(server: Server) -> Iterator[None]:
    with _set(server, "replica-serve-stale-data", "no"), _replica(server):
        yield


@contextmanager
def _busy(server: Server) -> Iterator[None]:
    def spin() -> None:
        with suppress(redis.RedisError):
            server.client().eval("while true do end", 0)

    with _set(server, "busy-reply-threshold", "50"):
        Thread(target=spin, daemon=True).start()
        time.sleep(0.2)
        try:
            yield
        finally:
            server.client().script_kill()
        until(server.answers, "the server")


@contextmanager
def _no_disk(server: Server) -> Iterator[None]:
    client, in_the_way = server.client(), server.folder / "dump.rdb"
    with _set(server, "appendonly", "no"), _set(server, "save", "3600 1"):
        in_the_way.mkdir()
        client.bgsave()
        until(lambda: client.info()["rdb_last_bgsave_status"] == "err", "a failed save")
        try:
            yield
        finally:
            in_the_way.rmdir()
            client.bgsave()
            until(lambda: client.info()["rdb_last_bgsave_status"] == "ok", "a save")


@pytest.mark.parametrize(
    ("harm", "use", "told"),
    [
        pytest.param(_killed, READS[0].values[0], "cannot be reached", id="killed, read"),
        pytest.param(_killed, WRITES[0].values[0], "cannot be reached", id="killed, write"),
        pytest.param(_replica, WRITES[0].values[0], "is a replica and takes no writes", id="READONLY"),
        pytest.param(_lost_replica, READS[0].values[0], "has lost its primary", id="MASTERDOWN"),
        pytest.param(
            lambda server: _set(server, "maxmemory", "1"), WRITES[0].values[0], "raise maxmemory", id="OOM"
        ),
        pytest.param(
            lambda server: _set(server, "min-replicas-to-write", "1"),
            WRITES[0].values[0],
            "too few replicas",
            id="NOREPLICAS",
        ),
        pytest.param(_no_disk, WRITES[0].values[0], "cannot save to its disk", id="MISCONF"),
        pytest.param(_busy, READS[0].values[0], "SCRIPT KILL", id="BUSY"),
    ],
)
def test_a_failure_is_told_and_passes(server: Server, store: Store, harm: Harm, use: Use, told: str) -> None:
    """The line says what to do, nothing was half written, and the same store works again afterwards."""
    with harm(server), pytest.raises(StoreUnavailable, match=told):
        use(store)
    assert list(store.ledger()) == [entry()]
    assert store.get(ID_SESION_ALUMNO) == store.find_open(RUN.canonical, "excel") == session()
    assert store.swap(session(), CLOSED, entry(Kind.CLOSE_OK)) is True


def test_a_server_that_loads_is_unavailable(tmp_path: Path) -> None:
    """What is not loaded yet is not missing."""
    with running(tmp_path / "first") as server, closing(open_store(f"redis://{HOST}:{server.port}")) as store:
        kept(store, session())
        server.client().mset({f"filler{number}": "x" * 100 for number in range(3_000)})
        server.client().save()
        server.kill()
        slow = {"key-load-delay": "300", "loading-process-events-interval-bytes": "1024"}
        with (server.folder / "redis.conf").open("a") as config:
            config.write("".join(f"{name} {value}\n" for name, value in slow.items()))
        server.start()
        with pytest.raises(StoreUnavailable, match="is still loading its data"):
            store.get(ID_SESION_ALUMNO)
        until(server.answers, "the load")
        assert store.get(ID_SESION_ALUMNO) == session()


def test_scripts_that_the_server_forgot_are_sent_again(server: Server, store: Store) -> None:
    """After a restart or a failover nobody knows them."""
    server.client().script_flush()
    assert store.swap(session(), CLOSED, entry(Kind.CLOSE_OK)) is True


def test_a_cluster_without_slots_is_unavailable(tmp_path: Path) -> None:
    """A cluster in the making may be whole in a moment: the gate starts, and says what is the matter."""
    with (
        running(tmp_path, cluster_enabled="yes") as server,
        closing(open_store(f"redis+cluster://{HOST}:{server.port}")) as store,
        pytest.raises(StoreUnavailable, match="is a cluster without slots"),
    ):
        store.ping()


@pytest.mark.parametrize("scheme", ["redis", "redis+cluster"])
def test_a_server_that_is_away_at_start_is_no_fault_of_the_settings(tmp_path: Path, scheme: str) -> None:
    """The gate starts without it, and uses it as soon as it is there."""
    with running(tmp_path / "x") as server:
        server.kill()
        with closing(open_store(f"{scheme}://{HOST}:{server.port}")) as store:
            with pytest.raises(StoreUnavailable, match="cannot be reached"):
                store.ping()
            if scheme == "redis":
                server.start()
                store.ping()


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", id="a web server"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", id="ssh"),
        pytest.param(b"220 smtp ready\r\n", id="mail"),
    ],
)
@pytest.mark.parametrize("scheme", ["redis", "redis+cluster"])
def test_what_is_no_redis_is_refused_at_start(answer: bytes, scheme: str) -> None:
    """One line, with what to do."""
    with service(answer) as port, pytest.raises(ConfigurationError) as caught:
        open_store(f"{scheme}://{HOST}:{port}")
    assert "does not speak Redis' protocol — another service is on that port" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_server_taken_for_a_sentinel_is_told_at_start(server: Server) -> None:
    """One line, with the address to write; it is not told that it is old."""
    with pytest.raises(ConfigurationError, match=r"is no Sentinel — write redis://host:port"):
        open_store(f"redis+sentinel://{HOST}:{server.port}/mymaster")


def test_a_service_that_says_nothing_is_unavailable() -> None:
    """It could be a Redis that hangs, so the gate starts, and soon."""
    with service(b"", is_silent=True) as port:
        started = time.monotonic()
        with closing(open_store(f"redis://{HOST}:{port}")) as store:
            assert time.monotonic() - started < SOON
            with pytest.raises(StoreUnavailable, match="did not answer"):
                store.ping()


def test_no_failure_tells_of_learners(server: Server, store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the text nor the log of a failure shows a RUN or an attempt: keys hold both."""
    caplog.set_level(logging.WARNING)
    server.client().config_set("maxmemory", "1")
    with pytest.raises(StoreUnavailable) as caught:
        store.swap(session(), CLOSED, entry(Kind.CLOSE_OK))
    server.client().config_set("maxmemory", "0")
    assert not any(secret in f"{caught.value}{caplog.text}" for secret in (RUN.canonical, ID_SESION_ALUMNO))
