"""What an operator should know of the Redis behind the gate before learners come.

A store that forgets is the worst kind: a Redis made for caching drops keys when it is
full, and loses all at a restart. Each finding says what to do. INFO and TIME tell
nearly all, since managed servers refuse CONFIG; what they hide is said to be unknown.
Whether the user has the rights that the gate needs shows when `RedisStore.rehearse`
does with scratch keys what the gate does.

Source: redis.io/docs/latest/commands/info, /operate/oss_and_stack/management
(persistence, replication, sentinel).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from time import time
from typing import Any, cast

from redis.exceptions import ResponseError

from sence_gate.stores.redis.aside import count_aside
from sence_gate.stores.redis.client import Link, sentinel
from sence_gate.stores.redis.errors import TROUBLE
from sence_gate.stores.redis.keys import Keys
from sence_gate.stores.redis.url import Topology

OLDEST = (6, 2)
SKEW_SECONDS = 5.0
ERROR, WARNING, OK = "error", "warning", "ok"
NEARLY_FULL = 0.8
FEWEST_SENTINELS = 3
Found = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Server:
    """One primary as it shows itself."""

    name: str
    info: Mapping[str, Any]
    save: str | None  # the save points of CONFIG; None when it does not tell
    ahead: float  # seconds before the clock of this host


def inspect(link: Link, keys: Keys) -> tuple[Found, ...]:
    """Return levels and texts about every primary that *link* leads to, and about what is between them.

    Raises:
        StoreUnavailable: one of them does not answer.
    """
    servers = tuple(_servers(link))
    return (
        *(found for server in servers for found in _judge(server)),
        *_topology(link, servers),
        *_garbage(link, keys),
    )


def _servers(link: Link) -> Iterator[Server]:
    def all_of(client: Any, _: bool) -> list[Server]:  # noqa: FBT001 - as `Link.carry` calls it
        if link.url.topology is not Topology.CLUSTER:
            return [_server(link.url.shown, client)]
        return [_server(node.name, client.get_redis_connection(node)) for node in client.get_primaries()]

    yield from link.carry(all_of)


def _server(name: str, client: Any) -> Server:
    before = time()
    seconds, micros = client.time()
    ahead = float(seconds + micros / 1e6 - (before + time()) / 2)
    try:
        save = str(client.config_get("save").get("save", ""))
    except ResponseError:  # refused, or no such command: managed servers do both
        save = None
    return Server(name, client.info(), save, ahead)


def _judge(server: Server) -> Iterator[Found]:
    version = str(server.info.get("redis_version", "0"))
    if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < OLDEST:
        yield WARNING, f"{server.name} is Redis {version} — upgrade it to {OLDEST[0]}.{OLDEST[1]} or newer"
    else:
        yield OK, f"{server.name} is Redis {version}"
    if server.info.get("role") != "master":
        yield ERROR, f"{server.name} is a replica — name the primary, or use redis+sentinel://"
    yield from _memory(server)
    yield from _persistence(server)
    yield from _replicas(server)
    if abs(server.ahead) > SKEW_SECONDS:
        side = "ahead of" if server.ahead > 0 else "behind"
        yield WARNING, f"{server.name} is {abs(server.ahead):.0f} s {side} this host — set both clocks by NTP"


def _memory(server: Server) -> Iterator[Found]:
    policy = server.info.get("maxmemory_policy", "unknown")
    limit, used = int(server.info.get("maxmemory", 0)), int(server.info.get("used_memory", 0))
    if policy == "unknown":
        yield WARNING, f"{server.name} does not tell its maxmemory-policy — see that it is noeviction"
    elif policy != "noeviction":
        # Without a limit nothing is dropped today; the day that somebody sets one, it is.
        level = ERROR if limit else WARNING
        yield level, f"{server.name} drops keys when it is full ({policy}) — set maxmemory-policy noeviction"
    if limit and used > NEARLY_FULL * limit:
        yield (
            WARNING,
            f"{server.name} uses {used / limit:.0%} of maxmemory — raise it, or run sence-gate purge",
        )


def _persistence(server: Server) -> Iterator[Found]:
    remedy = "set appendonly yes, with appendfsync everysec or always"
    written = "aof_last_write_status" if server.info.get("aof_enabled") else "rdb_last_bgsave_status"
    if server.info.get(written, "ok") != "ok":
        yield ERROR, f"{server.name} cannot write to its disk — see its log and its disk"
    if server.info.get("aof_enabled"):
        return
    if server.save == "":
        yield ERROR, f"{server.name} keeps nothing on disk and forgets all at a restart — {remedy}"
    else:
        yield WARNING, f"{server.name} saves only now and then and loses what came since — {remedy}"


def _replicas(server: Server) -> Iterator[Found]:
    # The field is there only when min-replicas-to-write is set.
    if server.info.get("connected_slaves", 0) and "min_slaves_good_slaves" not in server.info:
        text = (
            "takes writes that no replica has seen, and a failover loses them — set min-replicas-to-write 1"
        )
        yield WARNING, f"{server.name} {text}"


def _topology(link: Link, servers: tuple[Server, ...]) -> Iterator[Found]:
    match link.url.topology:
        case Topology.SERVER | Topology.SOCKET:
            (server,) = servers
            if server.info.get("connected_slaves", 0):
                text = "has replicas, and nothing here follows when one takes over — use redis+sentinel://"
                yield WARNING, f"{server.name} {text}"
        case Topology.SENTINEL:
            yield from _sentinels(link)
            yield from _lonely(servers)
        case Topology.CLUSTER:
            yield OK, f"{link.url.shown} is a cluster of {len(servers)} primaries"
            yield from _lonely(servers)


def _lonely(servers: tuple[Server, ...]) -> Iterator[Found]:
    for server in servers:
        if not server.info.get("connected_slaves", 0):
            yield WARNING, f"{server.name} has no replica that could take over — add one"


def _sentinels(link: Link) -> Iterator[Found]:
    away, voters, quorum = 0, 0, 0
    asked = sentinel(link.url)
    with closing(asked):
        for each in asked.sentinels:
            try:
                state = cast("dict[str, Any]", each.sentinel_master(link.url.service))
            except TROUBLE:
                away += 1
                continue
            voters = max(voters, int(state["num-other-sentinels"]) + 1)
            quorum = max(quorum, int(state["quorum"]))
    yield OK, f"{voters} Sentinels watch {link.url.service}, and {quorum} must agree"
    if away:
        yield WARNING, f"{away} of the Sentinels in store.url do not answer — start them, or correct the list"
    if voters < FEWEST_SENTINELS:
        yield WARNING, f"{voters} Sentinels cannot outvote a lost one — run {FEWEST_SENTINELS} or more"


def _garbage(link: Link, keys: Keys) -> Iterator[Found]:
    found = count_aside(link, keys)
    if found:
        text = f"{found} values were no records of the gate and were set aside"
        remedy = f"look at them: redis-cli --scan --pattern '{keys.prefix}:*:aside*'"
        yield WARNING, f"{text} — {remedy}, and see who else writes here"
