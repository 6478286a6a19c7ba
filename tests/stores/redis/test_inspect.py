"""What `check` finds at a real server, and that each finding says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import time
from typing import Any

import pytest

from sence_gate.errors import StoreUnavailable
from sence_gate.stores import Inspectable, open_store
from sence_gate.stores.redis import inspect
from tests.stores.redis.servers import HOST, Server, as_cluster, running, until, with_sentinels


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that is set up as it should be."""
    with running(tmp_path_factory.mktemp("redis"), appendonly="yes") as server:
        yield server


def _found(url: str) -> list[tuple[str, str]]:
    with closing(open_store(url)) as store:
        assert isinstance(store, Inspectable)
        return list(store.inspect())


def _of(server: Server) -> list[tuple[str, str]]:
    return _found(f"redis://{HOST}:{server.port}")


def _problems(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(level, text) for level, text in found if level != "ok"]


def test_a_good_server_has_no_problem(server: Server) -> None:
    """Nothing to do, and the version is told."""
    found = _of(server)
    assert _problems(found) == []
    assert any(" is Redis " in text for _, text in found)


@pytest.mark.parametrize(
    ("settings", "level", "told"),
    [
        pytest.param(
            {"maxmemory-policy": "allkeys-lru", "maxmemory": "100mb"},
            "error",
            "drops keys when it is full (allkeys-lru) — set maxmemory-policy noeviction",
            id="a cache",
        ),
        pytest.param(
            {"maxmemory-policy": "volatile-ttl"},
            "warning",
            "drops keys when it is full (volatile-ttl) — set maxmemory-policy noeviction",
            id="a cache without limit yet",
        ),
        pytest.param(
            {"appendonly": "no", "save": ""},
            "error",
            "keeps nothing on disk and forgets all at a restart — set appendonly yes",
            id="nothing on disk",
        ),
        pytest.param(
            {"appendonly": "no", "save": "3600 1"},
            "warning",
            "saves only now and then and loses what came since — set appendonly yes",
            id="snapshots only",
        ),
    ],
)
def test_a_server_that_forgets_is_found(
    server: Server, settings: dict[str, str], level: str, told: str
) -> None:
    """Before it has anything to forget."""
    client = server.client()
    before = {name: str(client.config_get(name)[name]) for name in settings}
    for name, value in settings.items():
        client.config_set(name, value)
    problems = _problems(_of(server))
    for name, value in before.items():
        client.config_set(name, value)
    assert [(found, told in text) for found, text in problems] == [(level, True)]


def test_a_server_that_is_nearly_full_is_found(server: Server) -> None:
    """There is time to raise the limit."""
    client = server.client()
    client.config_set("maxmemory", int(client.info("memory")["used_memory"] * 1.1))
    problems = _problems(_of(server))
    client.config_set("maxmemory", 0)
    assert [(level, "% of maxmemory — raise it" in text) for level, text in problems] == [("warning", True)]


@pytest.mark.parametrize(
    ("seconds", "side"), [pytest.param(90, "behind", id="behind"), pytest.param(-90, "ahead of", id="ahead")]
)
def test_a_clock_that_differs_is_found(
    server: Server, monkeypatch: pytest.MonkeyPatch, seconds: int, side: str
) -> None:
    """The ledger is read by Redis' clock and written by ours."""
    now = time()
    monkeypatch.setattr(inspect, "time", lambda: now + seconds)
    assert any(f"90 s {side} this host — set both clocks" in text for _, text in _problems(_of(server)))


@pytest.mark.parametrize(
    ("info", "told"),
    [
        pytest.param({"redis_version": "5.0.14"}, "upgrade it to 6.2", id="old"),
        pytest.param({"redis_version": "6.0.16"}, "upgrade it to 6.2", id="a little old"),
        pytest.param({"maxmemory_policy": None}, "does not tell its maxmemory-policy", id="hidden policy"),
        pytest.param({"aof_last_write_status": "err"}, "cannot write to its disk", id="disk, appending"),
        pytest.param(
            {"aof_enabled": 0, "rdb_last_bgsave_status": "err"}, "cannot write to its disk", id="disk, saving"
        ),
        pytest.param({"role": "slave"}, "is a replica — name the primary", id="replica"),
    ],
)
def test_what_a_server_tells_is_judged(server: Server, info: dict[str, Any], told: str) -> None:
    """From its own INFO, with what would be rare here put in."""
    real = {**server.client().info(), **info}
    shown = {name: value for name, value in real.items() if value is not None}
    judged = inspect._judge(inspect.Server("it", shown, "3600 1", 0.0))
    assert any(told in text for level, text in judged if level != "ok")


def test_a_server_that_hides_its_configuration_is_judged_by_what_it_shows(tmp_path: Path) -> None:
    """Managed servers have no CONFIG: nothing is said to be missing that may be there."""
    with running(tmp_path, rename_command='CONFIG ""') as server:
        assert [text for level, text in _of(server) if level == "error"] == []


def test_a_server_that_is_away_is_unavailable(tmp_path: Path) -> None:
    """There is nothing to find at all."""
    with running(tmp_path) as server:
        server.kill()
        with pytest.raises(StoreUnavailable, match="cannot be reached"):
            _of(server)


def test_sentinels_are_found(tmp_path: Path) -> None:
    """Too few, or one that is away: the failover would fail when it is needed."""
    with with_sentinels(tmp_path) as group:
        for server in group.servers:
            server.client().config_set("appendonly", "yes")
            server.client().config_set("min-replicas-to-write", 1)
        assert _problems(_found(group.url)) == []
        group.sentinels[0].kill()
        assert any("1 of the Sentinels in store.url do not answer" in text for _, text in _found(group.url))
        alone = _found(f"redis://{HOST}:{group.servers[0].port}")
        assert any("nothing here follows when one takes over" in text for _, text in alone)
        group.servers[1].kill()
        until(lambda: _has_no_replica(group.servers[0]), "the replica to be missed")
        group.servers[0].client().config_set("min-replicas-to-write", 0)
        assert any("has no replica that could take over" in text for _, text in _found(group.url))


def _has_no_replica(server: Server) -> bool:
    return bool(server.client().info()["connected_slaves"] == 0)


def test_a_cluster_is_judged_at_each_primary(tmp_path: Path) -> None:
    """One that forgets is enough to lose learners."""
    with as_cluster(tmp_path) as group:
        for server in group.servers:
            server.client().config_set("appendonly", "yes")
            server.client().config_set("min-replicas-to-write", 1)
        assert _problems(_found(group.url)) == []
        group.servers[1].client().config_set("appendonly", "no")
        ((_, text),) = _problems(_found(group.url))
        assert text.startswith(f"{HOST}:{group.servers[1].port} keeps nothing on disk")
