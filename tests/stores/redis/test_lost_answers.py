"""An answer of Redis that was lost on its way loses nothing, and nothing is done twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import pytest

from sence_gate.errors import StoreUnavailable
from sence_gate.stores import open_store
from sence_gate.stores.base import Kind, Store
from tests.samples import ID_SESION_ALUMNO, RUN, session
from tests.stores.contract import entry, kept
from tests.stores.redis.lossy import Way, way_to
from tests.stores.redis.servers import HOST, Server, running
from tests.stores.uses import CLOSED

SOON = 5.0  # one answer is waited for half a second; the rest is for a busy machine


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests here."""
    with running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def way(server: Server) -> Iterator[Way]:
    """A way to the server that can lose answers."""
    with way_to(server.port) as way:
        yield way


@pytest.fixture
def store(way: Way) -> Iterator[Store]:
    """A store with one open session, by way of `way`."""
    with closing(open_store(f"redis://{HOST}:{way.port}?prefix={uuid4()}")) as store:
        kept(store, session())
        yield store


def test_a_swap_whose_answer_was_lost_has_won(store: Store, way: Way) -> None:
    """The connection broke after the script had run: the second try knows it, and writes nothing twice."""
    way.lose.append(b"EVALSHA")
    assert store.swap(session(), CLOSED, entry(Kind.CLOSE_OK)) is True
    assert way.lose == []
    assert store.get(ID_SESION_ALUMNO) == CLOSED
    assert list(store.ledger()) == [entry(), entry(Kind.CLOSE_OK)]


def test_a_new_session_whose_answer_was_lost_has_won(store: Store, way: Way) -> None:
    """The same for the first swap of an attempt."""
    way.lose.append(b"EVALSHA")
    one = session(id_sesion_alumno="new")
    assert store.swap(None, one, entry(of=one)) is True
    assert list(store.ledger()) == [entry(), entry(of=one)]


def test_a_loser_whose_answer_was_lost_has_lost(store: Store, way: Way) -> None:
    """The second try finds the winner's line, which is not its own."""
    store.swap(session(), CLOSED, entry(Kind.CLOSE_OK))
    way.lose.append(b"EVALSHA")
    assert store.swap(session(), CLOSED, entry(Kind.CLOSE_OK)) is False
    assert list(store.ledger()) == [entry(), entry(Kind.CLOSE_OK)]


def test_a_line_whose_answer_was_lost_stands_once(store: Store, way: Way) -> None:
    """A line of the ledger is not doubled by the second try."""
    store.record(entry(Kind.GRACE))  # so that the server knows the script
    way.lose.append(b"EVALSHA")
    store.record(entry(Kind.TIMED_OUT))
    assert list(store.ledger()) == [entry(), entry(Kind.GRACE), entry(Kind.TIMED_OUT)]


def test_a_count_whose_answer_was_lost_is_not_repeated(store: Store, way: Way) -> None:
    """It may have been counted, so it is not counted again, and the failure is told."""
    store.note_unmatched(entry(Kind.UNMATCHED))
    way.lose.append(b"EVALSHA")
    with pytest.raises(StoreUnavailable):
        store.note_unmatched(entry(Kind.UNMATCHED))
    assert store.unmatched()[0] == 2


def test_a_lost_read_is_read_again(store: Store, way: Way) -> None:
    """A broken connection is no reason to leave a learner out."""
    way.lose += [b"GET", b"HVALS"]
    assert store.get(ID_SESION_ALUMNO) == store.find_open(RUN.canonical, "excel") == session()
    assert way.lose == []


def test_a_way_that_breaks_again_is_unavailable(store: Store, way: Way) -> None:
    """There is one second try, and no third."""
    way.lose += [b"EVALSHA"] * 3
    with pytest.raises(StoreUnavailable, match="cannot be reached, or broke off"):
        store.swap(session(), CLOSED, entry(Kind.CLOSE_OK))
    assert way.lose == [b"EVALSHA"]
    way.lose.clear()
    assert store.get(ID_SESION_ALUMNO) == CLOSED


def test_an_answer_that_does_not_come_is_never_a_loss(store: Store, way: Way) -> None:
    """Unavailable says neither yes nor no; the next look tells, and nothing was done twice."""
    way.swallow.append(b"EVALSHA")
    started = time.monotonic()
    with pytest.raises(StoreUnavailable, match=r"did not answer within 0\.5 s"):
        store.swap(session(), CLOSED, entry(Kind.CLOSE_OK))
    assert time.monotonic() - started < SOON
    assert store.get(ID_SESION_ALUMNO) == CLOSED
    assert list(store.ledger()) == [entry(), entry(Kind.CLOSE_OK)]
