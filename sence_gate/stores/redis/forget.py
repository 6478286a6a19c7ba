"""Delete old sessions from Redis, without keeping a writer waiting.

SCAN walks over the keys a few at a time; each session is deleted only while it is
still what was read. Redis forgets by itself what `session_ttl` says; this is for who
must delete sooner.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sence_gate.protocol.session import Session
from sence_gate.stores.base import is_over
from sence_gate.stores.records import load_session
from sence_gate.stores.redis.client import Link, Script
from sence_gate.stores.redis.keys import Keys, bucket_of, name_bytes

AT_ONCE = 200
DELETE = Script.of("forget")


def forget(link: Link, keys: Keys, before: datetime, *, pretend: bool) -> int:
    """Delete the sessions that are over since before *before*, and return how many.

    Raises:
        StoreUnavailable: what was deleted stays deleted.
    """
    count, pretended = 0, set[bytes]()
    for key in _session_keys(link, keys):
        raw, session = _read(link, key)
        if session is None or not is_over(session, before):
            continue
        if pretend:
            pretended.add(key)  # SCAN may show a key twice
        elif link.run_once(
            DELETE, (key, _open_key(keys, session)), raw, name_bytes(session.id_sesion_alumno)
        ):
            count += 1
            if keys.is_cluster:
                link.ask("DEL", keys.pointer(session.id_sesion_alumno))
    return count + len(pretended)


def _open_key(keys: Keys, session: Session) -> bytes:
    run = session.attendance.run_alumno.canonical
    return keys.open(bucket_of(run), run, session.course)


def _session_keys(link: Link, keys: Keys) -> Iterator[bytes]:
    # scan_iter goes to every primary of a cluster, one after the other.
    def first(client: Any, _: bool) -> Iterator[bytes]:  # noqa: FBT001 - as `Link.carry` calls it
        return iter(client.scan_iter(match=keys.all_sessions(), count=AT_ONCE))

    scan = link.carry(first)
    while (key := link.carry(lambda *_: next(scan, None), tries=1)) is not None:
        yield key


def _read(link: Link, key: bytes) -> tuple[bytes, Session | None]:
    # A key of another type is garbage, and not a session that could be forgotten.
    if link.ask("TYPE", key) != b"string":
        return b"", None
    raw = link.ask("GET", key) or b""
    try:
        return raw, load_session(raw.decode())
    except ValueError:
        return raw, None
