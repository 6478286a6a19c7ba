"""The breaker: three failures in five seconds, a probe every two, and one line in the log per change."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier

import pytest

from sence_gate.errors import StoreAway, StoreUnavailable
from sence_gate.stores.base import Store
from sence_gate.stores.breaker import Breaker, GuardedStore
from sence_gate.stores.sqlite import SqliteStore
from tests.samples import ID_SESION_ALUMNO, session
from tests.stores.contract import StoreContract, entry, kept
from tests.stores.outage import Switchable


class Seconds:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now


@pytest.fixture
def clock() -> Seconds:
    """The breaker's clock."""
    return Seconds()


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Switchable]:
    """A store that can go away."""
    remote = Switchable(SqliteStore(tmp_path / "remote.sqlite"))
    yield remote
    remote.close()


@pytest.fixture
def store(remote: Switchable, clock: Seconds) -> GuardedStore:
    """That store behind a breaker."""
    return GuardedStore(remote, clock)


class TestGuardedStore(StoreContract):
    """With the store there, everything that every store promises."""


def _fails(store: Store) -> bool:
    """Ask once, and tell whether the store was asked."""
    with pytest.raises(StoreAway) as caught:
        store.get("x")
    return caught.value.was_asked


def test_it_opens_after_three_failures(store: GuardedStore, remote: Switchable, clock: Seconds) -> None:
    """The fourth request is answered without asking."""
    remote.is_away = True
    assert [_fails(store) for _ in range(5)] == [True, True, True, False, False]
    clock.now = 1.9
    assert not _fails(store)


def test_failures_far_apart_do_not_open_it(store: GuardedStore, remote: Switchable, clock: Seconds) -> None:
    """A hiccup every few seconds is no outage."""
    remote.is_away = True
    for clock.now in (0.0, 2.6, 5.2, 7.8):
        assert _fails(store)


def test_one_probe_passes_every_two_seconds(store: GuardedStore, remote: Switchable, clock: Seconds) -> None:
    """While it is open the store is asked once in two seconds, and no more."""
    remote.is_away = True
    for _ in range(3):
        _fails(store)
    for clock.now in (2.0, 4.0, 6.5):
        assert [_fails(store) for _ in range(3)] == [True, False, False]


def test_the_first_success_closes_it(store: GuardedStore, remote: Switchable, clock: Seconds) -> None:
    """After it, it takes three failures again."""
    remote.is_away = True
    for _ in range(3):
        _fails(store)
    remote.is_away, clock.now = False, 2.0
    assert store.get("x") is None
    assert store.get("x") is None
    remote.is_away = True
    assert [_fails(store) for _ in range(4)] == [True, True, True, False]


def _hangs(clock: Seconds, seconds: float) -> None:
    """Fail as a store does that lets its caller wait."""
    clock.now += seconds
    raise StoreUnavailable("no answer in time")


def test_d1_who_has_waited_does_not_wait_again(clock: Seconds) -> None:
    """A request asks several times: after one answer that never came the others are not waited for."""
    breaker = Breaker(clock)
    was_asked = []
    for _ in range(6):
        with pytest.raises(StoreAway) as caught:
            breaker.call(lambda: _hangs(clock, 0.5))
        was_asked.append(caught.value.was_asked)
        clock.now += 0.3
    assert was_asked == [True, False, False, False, True, False]


def test_who_was_refused_at_once_asks_again(clock: Seconds) -> None:
    """That cost nothing, and the next try may find a primary that took over."""
    breaker = Breaker(clock)
    for _ in range(2):
        with pytest.raises(StoreAway):
            breaker.call(lambda: _hangs(clock, 0.1))
    assert breaker.call(lambda: "there") == "there"


def test_others_ask_while_one_rests(clock: Seconds) -> None:
    """One answer that was late is no outage for everybody."""
    breaker = Breaker(clock)
    with pytest.raises(StoreAway):
        breaker.call(lambda: _hangs(clock, 0.5))
    with ThreadPoolExecutor(1) as other:
        assert other.submit(breaker.call, lambda: "there").result() == "there"


def test_each_change_is_told_once(
    store: GuardedStore, remote: Switchable, clock: Seconds, caplog: pytest.LogCaptureFixture
) -> None:
    """The log of an outage has two lines, however many requests there were."""
    caplog.set_level(logging.DEBUG)
    remote.is_away = True
    for second in range(100):
        clock.now = second / 5
        _fails(store)
    remote.is_away, clock.now = False, 30.0
    for _ in range(10):
        store.ping()
    assert [record.message.partition(",")[0] for record in caplog.records] == [
        "the shared store is away",
        "the shared store is back",
    ]


def test_of_many_threads_one_is_the_probe(clock: Seconds) -> None:
    """Two that come at the same moment do not both wait for a store that hangs."""
    breaker, asked, start = Breaker(clock), list[int](), Barrier(8)
    for _ in range(3):
        breaker.failed(StoreUnavailable("away"))
    clock.now = 2.0

    def ask(number: int) -> None:
        start.wait()
        with suppress(StoreAway):
            breaker.admit()
            asked.append(number)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(ask, range(8)))
    assert len(asked) == 1


def test_a_ledger_that_breaks_off_counts(
    store: GuardedStore, remote: Switchable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure in the middle of reading is one, and is no end of the ledger."""
    kept(remote, session())
    monkeypatch.setattr("sence_gate.stores.sqlite.PAGE", 1)
    lines = store.ledger()
    assert next(lines) == entry()
    real = remote.real
    assert isinstance(real, SqliteStore)
    real._connections.path = Path("/nowhere/at.all")
    real.close()
    with pytest.raises(StoreAway):
        next(lines)


def test_another_error_is_passed_on_and_counts_as_nothing(store: GuardedStore) -> None:
    """A bug of ours is no outage."""
    for _ in range(4):
        with pytest.raises(AttributeError):
            store.record(None)  # type: ignore[arg-type]  # the very thing that is tried
    assert store.get(ID_SESION_ALUMNO) is None
