"""Sessions and ledger in Redis, shared by the workers of several hosts.

Each change is one Lua script on one slot: session, open sessions of the learner and
ledger, all or nothing. Names of keys: `keys`. A script's answer may be lost
with its connection after it has run, so each change carries a token that stands in
its ledger line: the second try finds it and tells the truth. When no answer comes in
time the change is "unavailable", which says neither that it happened nor that it did
not; the next look tells.

What was acknowledged is as safe as Redis is told to keep it. The gate does not WAIT
for replicas: that cannot take a write back, so an answer of "too few" would help
nobody. `min-replicas-to-write 1` makes Redis refuse instead, and `inspect` asks for
it. Sessions expire (`session_ttl`; sooner when SENCE never opened them); the ledger is
never shortened.

What is garbage is not believed: it is set aside with its bytes, told in the log, and
counts as absent, as after a loss of everything: SENCE's answers still open the
session. A line of the ledger stays where it is, and is left out with a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from secrets import token_hex

from sence_gate.errors import ConfigurationError, StoreUnavailable
from sence_gate.protocol.session import Session, State
from sence_gate.stores.base import REPEATS_KEPT, UNMATCHED_KEPT, Bypass, Entry, Kind
from sence_gate.stores.records import dump_entry, dump_session, load_session
from sence_gate.stores.redis.aside import Aside
from sence_gate.stores.redis.bypasses import bypasses, keep_bypass
from sence_gate.stores.redis.client import Argument, Link, Script
from sence_gate.stores.redis.errors import is_of_wrong_type, is_permanent
from sence_gate.stores.redis.forget import DELETE, forget
from sence_gate.stores.redis.inspect import inspect
from sence_gate.stores.redis.keys import BUCKETS, Keys, bucket_of, name_bytes
from sence_gate.stores.redis.ledger import RECORD, line_of, merged, unmatched
from sence_gate.stores.redis.url import PLACE, RedisUrl, Topology

SWAP = Script.of("swap")
NOTE = Script.of("note")
COUNT = Script.of("count")
PING = Script.of("ping")
DAY = 86_400
UNCONFIRMED_DAYS = 30  # of an attempt that SENCE never opened: anybody can make a million of them
PARSED = 2_048  # sessions that a worker need not parse again; some 5 MB
REMEMBERED = 50_000  # buckets of attempts in one worker; some 10 MB


class RedisStore:
    """Keep the promise of `stores.base.Store` in the Redis at *url*, what it raises included."""

    def __init__(self, url: RedisUrl) -> None:
        self._link = Link(url)
        self._keys = Keys(url.prefix, url.topology is Topology.CLUSTER)
        self._ttl = url.session_ttl * DAY
        self._aside = Aside(self._link, self._keys, self._ttl)
        self._buckets: dict[str, int] = {}
        self._of_bucket = tuple(
            (self._keys.ledger(each), self._keys.lead(each), self._keys.aside(each, "open"))
            for each in range(BUCKETS)
        )

    def __repr__(self) -> str:
        return f"RedisStore({self._link.url.shown!r})"

    def get(self, id_sesion_alumno: str) -> Session | None:
        """Return the session of an attempt, or None."""
        bucket = self._bucket(id_sesion_alumno)
        if bucket is None:
            return None
        key = self._keys.session(bucket, id_sesion_alumno)
        try:
            raw = self._link.ask("GET", key)
            return None if raw is None else _load(raw)
        except ValueError:
            self._aside.put(bucket, key, "string", raw)
        except StoreUnavailable as fault:
            if not is_of_wrong_type(fault.__cause__):
                raise
            self._aside.put(bucket, key, "string")
        return None

    def find_open(self, run: str, course: str) -> Session | None:
        """Return the newest session in state OPEN of a learner in a course."""
        bucket = bucket_of(run)
        key = self._keys.open(bucket, run, course)
        try:
            several = self._link.ask("HVALS", key)
            found = [_load(raw) for raw in several]
        except ValueError:
            found = self._aside.put_fields(bucket, key)
        except StoreUnavailable as fault:
            if not is_of_wrong_type(fault.__cause__):
                raise
            self._aside.put(bucket, key, "hash")
            return None
        return max(found, key=lambda session: session.since, default=None)

    def swap(self, before: Session | None, after: Session, entry: Entry) -> bool:
        """Replace *before* by *after* and add *entry*, both or neither."""
        bucket = bucket_of(after.attendance.run_alumno.canonical)
        self._point(after, bucket)
        line = line_of(entry)
        try:
            return self._swap(bucket, before, after, line)
        except StoreUnavailable as fault:
            if not is_of_wrong_type(fault.__cause__):
                raise
        # Nothing was written: see the script.
        self._aside.put(bucket, self._keys.session(bucket, after.id_sesion_alumno), "string")
        self._aside.put(bucket, self._keys.ledger(bucket), "stream")
        return self._swap(bucket, before, after, line)

    def record(self, entry: Entry) -> None:
        """Add *entry* to the ledger."""
        bucket = bucket_of(entry.run)
        self._link.run(RECORD, self._of_bucket[bucket][:2], *line_of(entry))

    def count_repeat(self, id_sesion_alumno: str, kind: Kind) -> int:
        """Count a line that changes nothing of an attempt; anew after 30 days without one."""
        # A second try may count twice, which costs no more than a line.
        key, life = self._keys.repeats(id_sesion_alumno, kind.value), min(self._ttl, UNCONFIRMED_DAYS * DAY)
        return min(int(self._link.run(COUNT, (key,), life)), REPEATS_KEPT + 1)

    def note_unmatched(self, entry: Entry) -> None:
        """Count a callback that is nobody's; keep the newest of them."""
        # Once only: the count is exact, and a page of SENCE that is reloaded brings it again.
        self._link.run_once(NOTE, self._keys.unmatched(), dump_entry(entry), UNMATCHED_KEPT)

    def unmatched(self) -> tuple[int, tuple[Entry, ...]]:
        """Return how many were counted, and those that are kept."""
        return unmatched(self._link, self._keys)

    def ledger(
        self, since: datetime | None = None, until: datetime | None = None, *, run: str = ""
    ) -> Iterator[Entry]:
        """Yield the entries in the order in which Redis got them, a page of each bucket at a time.

        Between learners whose entries came in the same millisecond there is no order.
        """
        buckets = (bucket_of(run),) if run else range(BUCKETS)
        for entry in merged(self._link, self._keys, self._aside, since, buckets):
            if (since is None or since <= entry.at) and (until is None or entry.at < until):
                yield entry

    def bypasses(self) -> tuple[Bypass, ...]:
        """Return the newest contingency of each course; what is garbage is none."""
        return bypasses(self._link, self._keys)

    def keep_bypass(self, bypass: Bypass, entry: Entry) -> None:
        """Put *bypass* in the place of its course's and add *entry*, both or neither."""
        keep_bypass(self._link, self._keys, bypass, entry)

    def forget(self, before: datetime, *, pretend: bool = False) -> int:
        """Delete the sessions that are over since before *before*, one at a time."""
        return forget(self._link, self._keys, before, pretend=pretend)

    def ping(self) -> None:
        """Write and read one key, so that a full or a read-only server shows too."""
        self._link.run(PING, (self._keys.scratch("ping"),), "1", 60)

    def rehearse(self) -> None:
        """Do with scratch keys what the gate does, so that a right that is missing shows before it is needed.

        Raises:
            StoreUnavailable: with what to do.
        """
        scratch = tuple(self._keys.scratch(name) for name in ("session", "open", "ledger", "lead", "aside"))
        session, opened, ledger, _, aside = scratch
        for is_open in ("1", "0"):
            self._link.ask("DEL", *scratch)
            self._link.run(SWAP, scratch, "", "{}", "id", is_open, 60, 0, "[]", token_hex(8))
        self._link.run(RECORD, scratch[2:4], 0, "[]", token_hex(8))
        self._link.run(RECORD, (*scratch[2:4], opened), 0, "[]", token_hex(8), "", "[]")
        self._link.run_once(NOTE, (ledger, aside), "[]", 1)
        self._link.run(COUNT, (self._keys.scratch("repeats"),), 60)
        self._link.ask("HVALS", opened)
        self._link.ask("HGETALL", opened)
        self._link.ask("XRANGE", ledger, "-", "+", "COUNT", 1)
        self._link.run_once(DELETE, (session, opened), "{}", "id")
        self._link.ask("DEL", *scratch)

    def inspect(self) -> tuple[tuple[str, str], ...]:
        """Return what is worth knowing of the server, as level ("ok", "warning", "error") and text.

        Raises:
            StoreUnavailable: it does not answer, or does not let the gate do its work.
        """
        self.rehearse()
        return inspect(self._link, self._keys)

    def verify(self) -> None:
        """Return when the settings fit what is there, or when nothing is there at the moment.

        Raises:
            ConfigurationError: waiting will not help: wrong password, database, or not a Redis.
        """
        try:
            self.ping()
            for bucket in range(0, BUCKETS, 8):  # one node of a cluster has some of them, and not all
                self._link.ask("EXISTS", self._keys.lead(bucket))
        except StoreUnavailable as fault:
            if is_permanent(fault.__cause__):
                raise ConfigurationError((f"{PLACE}: {fault}",)) from fault

    def close(self) -> None:
        """Close every connection."""
        self._link.close()

    def _swap(self, bucket: int, before: Session | None, after: Session, line: tuple[Argument, ...]) -> bool:
        keys = self._keys
        places = (
            keys.session(bucket, after.id_sesion_alumno),
            keys.open(bucket, after.attendance.run_alumno.canonical, after.course),
            *self._of_bucket[bucket],
        )
        answer = self._link.run(
            SWAP,
            places,
            "" if before is None else _dump(before),
            _dump(after),
            name_bytes(after.id_sesion_alumno),
            _openness(before, after),
            self._life(after),
            *line,
        )
        return bool(answer)

    def _bucket(self, id_sesion_alumno: str) -> int | None:
        """Return the bucket of an attempt; None when a cluster knows of none."""
        if not self._keys.is_cluster:
            return 0
        known = self._buckets.get(id_sesion_alumno)
        if known is None:
            raw = self._link.ask("GET", self._keys.pointer(id_sesion_alumno))
            known = int(raw) if raw is not None and raw.isdigit() else None
            if known is not None:
                self._remember(id_sesion_alumno, known)
        return known

    def _point(self, session: Session, bucket: int) -> None:
        """Let a cluster find the bucket of an attempt; before the session, so that none is ever hidden."""
        if self._keys.is_cluster:
            pointer = self._keys.pointer(session.id_sesion_alumno)
            self._link.ask("SET", pointer, bucket, "EX", self._life(session))
            self._remember(session.id_sesion_alumno, bucket)

    def _life(self, session: Session) -> int:
        """Return for how many seconds a session is kept from now on."""
        return self._ttl if session.opened else min(self._ttl, UNCONFIRMED_DAYS * DAY)

    def _remember(self, id_sesion_alumno: str, bucket: int) -> None:
        if len(self._buckets) >= REMEMBERED:
            self._buckets.clear()
        self._buckets[id_sesion_alumno] = bucket


def open_redis(url: RedisUrl) -> RedisStore:
    """Return the store at *url*, when the settings fit what is there; a Redis that is away is no fault.

    Raises:
        ConfigurationError: one line, with what to do.
    """
    store = RedisStore(url)
    store.verify()
    return store


@lru_cache(PARSED)
def _load(raw: bytes) -> Session:
    # A worker reads the same few sessions again and again, and texts that are equal are equal sessions.
    return load_session(raw.decode())


_dump = lru_cache(PARSED)(dump_session)


def _openness(before: Session | None, after: Session) -> str:
    if after.state is State.OPEN:
        return "1"
    return "0" if before is not None and before.state is State.OPEN else ""
