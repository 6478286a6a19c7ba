"""What can be done with a store, and what may stand in a session's place: rows for tests of any store."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sence_gate.protocol.session import State
from sence_gate.stores.base import Kind, Store
from sence_gate.stores.records import dump_session
from tests.samples import ID_SESION_ALUMNO, RUN, session
from tests.stores.contract import entry

Use = Callable[[Store], object]

CLOSED = session(state=State.CLOSED, version=3)
READS = [
    pytest.param(lambda store: store.get(ID_SESION_ALUMNO), id="get"),
    pytest.param(lambda store: store.find_open(RUN.canonical, "excel"), id="find_open"),
    pytest.param(lambda store: list(store.ledger()), id="ledger"),
    pytest.param(lambda store: store.unmatched(), id="unmatched"),
]
WRITES = [
    pytest.param(lambda store: store.swap(session(), CLOSED, entry(Kind.CLOSE_OK)), id="swap"),
    pytest.param(lambda store: store.swap(None, session(id_sesion_alumno="e.1.n.m"), entry()), id="new"),
    pytest.param(lambda store: store.record(entry()), id="record"),
    pytest.param(lambda store: store.note_unmatched(entry(Kind.UNMATCHED)), id="note_unmatched"),
    pytest.param(lambda store: store.ping(), id="ping"),
]
GARBAGE = [
    pytest.param(b"{}", id="another shape"),
    pytest.param(b"[1, 2]", id="too short"),
    pytest.param(b"no JSON", id="no JSON"),
    pytest.param(b"", id="empty"),
    pytest.param(b"[" * 100_000, id="nested without end"),
    pytest.param(b"\xff\x00\xff", id="not UTF-8"),
    pytest.param(dump_session(session()).encode()[:60], id="cut off"),
    pytest.param(b"\x80\x04\x95cposix\nsystem\n", id="a pickle"),
]
