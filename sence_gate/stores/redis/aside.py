"""Garbage found in Redis: set aside with its bytes, told once, never believed.

Each bucket has a ring of a few places; the oldest garbage makes room for the newest.
A session, or a key of another type, is renamed into the ring in one step, unless
somebody has put something else there meanwhile. A line of the ledger is copied, and
stays in the stream: the ledger is never shortened, and a line that this version
cannot read may be one of a newer version. A swap that finds something else where the
open sessions of a learner should be renames it itself, to `aside:open`.
"""

from __future__ import annotations

import logging

from sence_gate.protocol.session import Session
from sence_gate.stores.records import load_session
from sence_gate.stores.redis.client import Link, Script
from sence_gate.stores.redis.keys import BUCKETS, Keys

KEPT = 20  # in each bucket
SET_ASIDE = Script.of("aside")
SET_FIELD_ASIDE = Script.of("aside_field")
log = logging.getLogger(__name__)


class Aside:
    """Where the garbage of a store goes."""

    def __init__(self, link: Link, keys: Keys, ttl: int) -> None:
        self._link = link
        self._keys = keys
        self._ttl = ttl

    def put(self, bucket: int, key: bytes, kind: str, garbage: bytes = b"") -> None:
        """Set *key* aside when it holds *garbage*, or when it is not of the type *kind*.

        Raises:
            StoreUnavailable: it is still there.
        """
        number = _found(self._link, self._keys, bucket) + 1
        keys = (key, place := self._keys.aside(bucket, number % KEPT), self._keys.aside(bucket))
        if self._link.run_once(SET_ASIDE, keys, kind, garbage, self._ttl, number):
            self._tell("a value that is no record of the gate", place)

    def put_fields(self, bucket: int, key: bytes) -> list[Session]:
        """Set those open sessions of *key* aside that cannot be read, and return the others.

        Raises:
            StoreUnavailable: some are still there.
        """
        answer, readable = self._link.ask("HGETALL", key), []
        pairs = answer.items() if isinstance(answer, dict) else zip(answer[::2], answer[1::2], strict=True)
        for field, raw in pairs:
            try:
                readable.append(load_session(raw.decode()))
            except ValueError:
                self._put_field(bucket, key, field, raw)
        return readable

    def copy_line(self, bucket: int, number: bytes, raw: bytes) -> None:
        """Copy the line *number* of a ledger aside, the first time that it is met.

        Raises:
            StoreUnavailable: nothing was copied.
        """
        lines = self._keys.aside(bucket, "lines")
        if self._link.ask("HLEN", lines) < KEPT and self._link.ask("HSETNX", lines, number, raw):
            self._tell("a ledger line that cannot be read", lines)

    def _put_field(self, bucket: int, key: bytes, field: bytes, raw: bytes) -> None:
        number = _found(self._link, self._keys, bucket) + 1
        keys = (key, place := self._keys.aside(bucket, number % KEPT), self._keys.aside(bucket))
        if self._link.run_once(SET_FIELD_ASIDE, keys, field, raw, self._ttl, number):
            self._tell("an open session that cannot be read", place)

    def _tell(self, what: str, place: bytes) -> None:
        log.error("%s holds %s; it was set aside as %s", self._link.url.shown, what, place.decode())


def count_aside(link: Link, keys: Keys) -> int:
    """Return how much garbage was ever found, and how many lines of it are kept.

    Raises:
        StoreUnavailable: and nothing is known.
    """
    buckets = range(BUCKETS)
    lines = sum(int(link.ask("HLEN", keys.aside(bucket, "lines"))) for bucket in buckets)
    indexes = sum(int(link.ask("EXISTS", keys.aside(bucket, "open"))) for bucket in buckets)
    return lines + indexes + sum(_found(link, keys, bucket) for bucket in buckets)


def _found(link: Link, keys: Keys, bucket: int) -> int:
    raw = link.ask("GET", keys.aside(bucket)) or b""
    return int(raw) if raw.isdigit() else 0
