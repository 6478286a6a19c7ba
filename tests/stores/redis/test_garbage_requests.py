"""Garbage in Redis as a learner meets it: nobody is admitted by it, and nobody is stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sence_gate.protocol.session import State
from sence_gate.stores.redis.keys import Keys, bucket_of
from tests.given import COURSE, TRUSTED, Campus, answer, discreet_log, kept
from tests.samples import RUN
from tests.stores.redis.servers import Server
from tests.stores.redis.test_hanging import campus, server

__all__ = ["campus", "discreet_log", "server"]

Spoil = Callable[[Server, bytes], object]


def _rewrite(server: Server, key: bytes, old: bytes, new: bytes) -> None:
    record = server.client().get(key)
    assert isinstance(record, bytes)
    assert old in record
    server.client().set(key, record.replace(old, new, 1))


SPOILS = [
    pytest.param(
        lambda server, key: _rewrite(server, key, b",180,", b",1000000000000,"),
        id="an end beyond all calendars",
    ),
    pytest.param(lambda server, key: _rewrite(server, key, b'"excel"', b'"\\ud800"'), id="half a character"),
    pytest.param(lambda server, key: server.client().set(key, "garbage"), id="no record"),
    pytest.param(lambda server, key: server.client().set(key, b"\xff\xfe"), id="no text"),
    pytest.param(lambda server, key: server.client().set(key, "[" * 5_000), id="nested without end"),
    pytest.param(
        lambda server, key: (server.client().delete(key), server.client().rpush(key, "x")), id="another type"
    ),
]


@pytest.mark.parametrize("spoil", SPOILS)
def test_d8_a_spoiled_session_admits_nobody_until_sence_says_so_again(
    server: Server, campus: Campus, spoil: Spoil, tmp_path: Path
) -> None:
    """The learner is led to the start, and SENCE's answer, sent again, opens the session as before."""
    begun, cookies = campus.open_up()
    prefix = tmp_path.name
    spoil(server, Keys(prefix, is_cluster=False).session(bucket_of(RUN.canonical), begun.id_sesion_alumno))
    assert campus.gates(campus.ask(COURSE, cookies=cookies))
    confirmed = campus.call_back("/inicio/ok", answer(begun))
    landed = campus.ask(confirmed.location or "", cookies=kept(begun.cookies, confirmed))
    assert campus.admits(campus.ask(COURSE, cookies=kept(begun.cookies, confirmed, landed)))
    assert campus.session(begun.id_sesion_alumno).state is State.OPEN


def test_d8_a_spoiled_list_of_open_sessions_is_nobody_s(
    server: Server, campus: Campus, tmp_path: Path
) -> None:
    """A learner whom the platform names, in a browser that knows nothing, is led to the start."""
    campus.configure(store=campus.config.store, learner=TRUSTED)
    begun, cookies = campus.open_up(user=str(RUN))
    keys = Keys(tmp_path.name, is_cluster=False)
    place = keys.open(bucket_of(RUN.canonical), RUN.canonical, "excel")
    server.client().hset(place, begun.id_sesion_alumno, "garbage")
    assert campus.gates(campus.ask(COURSE, user=str(RUN)))
    assert campus.ask(COURSE, cookies=cookies, user=str(RUN)).status_code == 200
