"""Contingencies in Redis: a hash beside the ledger of what is about no learner."""

from __future__ import annotations

import logging

from sence_gate.stores.base import Bypass, Entry
from sence_gate.stores.records import dump_bypass, load_bypass
from sence_gate.stores.redis.client import Link
from sence_gate.stores.redis.keys import Keys, bucket_of, name_bytes
from sence_gate.stores.redis.ledger import RECORD, line_of

log = logging.getLogger("sence_gate")


def bypasses(link: Link, keys: Keys) -> tuple[Bypass, ...]:
    """Return the newest contingency of each course; what is garbage is none.

    Raises:
        StoreUnavailable: and nothing is known.
    """
    found: list[Bypass] = []
    for raw in link.ask("HVALS", keys.bypasses()):
        try:
            found.append(load_bypass(raw.decode()))
        except ValueError:
            log.error("a contingency in Redis is damaged and counts for nothing; declare it again")
    return tuple(sorted(found, key=lambda each: each.course))


def keep_bypass(link: Link, keys: Keys, bypass: Bypass, entry: Entry) -> None:
    """Put *bypass* in the place of its course's and add *entry*, both or neither.

    Raises:
        StoreUnavailable: it may be there all the same.
    """
    bucket = bucket_of("")
    places = (keys.ledger(bucket), keys.lead(bucket), keys.bypasses())
    link.run(RECORD, places, *line_of(entry), name_bytes(bypass.course), dump_bypass(bypass))
