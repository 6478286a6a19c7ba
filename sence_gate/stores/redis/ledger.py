"""Sixty-four streams: what is written of an entry, and how they are read as one ledger in the order of time.

Each bucket is read a page at a time and merged by the ids that Redis gave, so what is
held in memory does not grow with the ledger. Within a bucket, and so within a session,
the order is the one written. A report of one day begins to read at that day: `lead`
tells by how much an entry was ever ahead of Redis' clock, so that nothing is missed
when the clocks of two hosts differ. It reads on to the end, since an entry that a
worker had to keep for an hour stands an hour later.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from secrets import token_hex

from sence_gate.errors import StoreUnavailable
from sence_gate.stores.base import Entry
from sence_gate.stores.records import dump_entry, load_entry
from sence_gate.stores.redis.aside import Aside
from sence_gate.stores.redis.client import Argument, Link, Script
from sence_gate.stores.redis.errors import is_of_wrong_type
from sence_gate.stores.redis.keys import Keys

PAGE = 200  # of each bucket: some 10 MB for all

RECORD = Script.of("record")

Line = tuple[tuple[int, int], int, bytes]  # id, bucket, entry


def line_of(entry: Entry) -> tuple[Argument, ...]:
    """Return what the scripts write of *entry*: milliseconds, text, and a token that a second try finds."""
    return math.ceil(entry.at.timestamp() * 1000), dump_entry(entry), token_hex(8)


def merged(
    link: Link, keys: Keys, aside: Aside, since: datetime | None, buckets: Iterable[int]
) -> Iterator[Entry]:
    """Yield the entries of *buckets*, leaving out at least none whose `at` is *since* or later.

    Raises:
        StoreUnavailable: between any two entries; the reader must begin again.
    """
    for (ms, number), bucket, raw in heapq.merge(*(_lines(link, keys, each, since) for each in buckets)):
        try:
            yield load_entry(raw.decode())
        except ValueError:
            aside.copy_line(bucket, b"%d-%d" % (ms, number), raw)


def unmatched(link: Link, keys: Keys) -> tuple[int, tuple[Entry, ...]]:
    """Return how many callbacks that are nobody's were counted, and those that are kept.

    Raises:
        StoreUnavailable: and nothing is known.
    """
    count, found = 0, list[Entry]()
    for _, fields in link.ask("XRANGE", keys.unmatched()[0], "-", "+"):
        count = max(count, _number(fields.get(b"n", b"")))
        try:
            found.append(load_entry(fields.get(b"e", b"").decode()))
        except ValueError:
            continue  # anybody on the Internet can fill this list: one line is worth nothing
    return count, tuple(found)


def _lines(link: Link, keys: Keys, bucket: int, since: datetime | None) -> Iterator[Line]:
    start = b"-" if since is None else b"%d" % _first(link, keys, bucket, since)
    while page := link.ask("XRANGE", keys.ledger(bucket), start, "+", "COUNT", PAGE):
        for number, fields in page:
            ms, _, place = number.partition(b"-")
            yield (int(ms), int(place)), bucket, fields.get(b"e") or _strange(fields)
        if len(page) < PAGE:
            return
        start = b"(" + page[-1][0]


def _strange(fields: dict[bytes, bytes]) -> bytes:
    """Return a line that is none of ours as bytes that are no entry."""
    return b" ".join(part for pair in fields.items() for part in pair)


def _first(link: Link, keys: Keys, bucket: int, since: datetime) -> int:
    """Return the time of the first id that could belong to *since*; of all, when nobody knows."""
    try:
        lead = link.ask("GET", keys.lead(bucket))
    except StoreUnavailable as fault:
        if not is_of_wrong_type(fault.__cause__):
            raise
        return 0
    if lead is not None and not lead.isdigit():
        return 0
    return max(0, int(since.timestamp() * 1000) - int(lead or 0) - 1)


def _number(raw: bytes) -> int:
    return int(raw) if raw.isdigit() else 0
