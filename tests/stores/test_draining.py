"""When what was kept is brought, and when it is left alone."""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path

from sence_gate.errors import StoreAway
from sence_gate.stores.base import Kind, Store
from sence_gate.stores.spool import Item
from sence_gate.stores.spooled import SpooledStore
from sence_gate.stores.sqlite import SqliteStore
from tests.stores.contract import entry
from tests.stores.outage import Switchable, T, Use
from tests.stores.test_breaker import Seconds
from tests.stores.test_spooled import come_back, lines_of, settle, travel


class Slow(Switchable):
    """A shared store that takes a tenth of a second for everything."""

    def __init__(self, real: Store, clock: Seconds) -> None:
        super().__init__(real)
        self.clock = clock

    def _ask(self, use: Use[T]) -> T:
        self.clock.now += 0.1
        return super()._ask(use)


def test_a_learner_does_not_wait_for_all_that_others_left(tmp_path: Path) -> None:
    """A store that is back and slow gets a few items with each request; the rest is as it was."""
    clock = Seconds()
    remote = Slow(SqliteStore(tmp_path / "remote.sqlite"), clock)
    with closing(SpooledStore(remote, tmp_path / "spool.sqlite", clock)) as store:
        remote.is_away = True
        for _ in range(3):
            with suppress(StoreAway):
                store.get("x")
        travel(store)
        come_back(remote, clock)
        before = clock.now
        store.find_open("", "")
        assert clock.now - before < 0.6
        assert [each.is_tried for each in store._spool.items()] == [False]
        settle(store)
        assert [each.at for each in remote.real.ledger()] == [each.at for each in lines_of()]


def test_what_nobody_tries_is_not_marked_as_tried(tmp_path: Path) -> None:
    """While nothing is asked, requests do not queue for the spool, and nothing must be looked for later."""
    clock, remote = Seconds(), Switchable(SqliteStore(tmp_path / "remote.sqlite"))
    with closing(SpooledStore(remote, tmp_path / "spool.sqlite", clock)) as store:
        remote.is_away = True
        for _ in range(3):
            with suppress(StoreAway):
                store.get("x")
        travel(store)
        with suppress(StoreAway):
            store.get("x")
        assert [each.is_tried for each in store._spool.items()] == [False] * 3
        come_back(remote, clock)
        settle(store)
        assert [each.at for each in remote.real.ledger()] == [each.at for each in lines_of()]


def test_of_two_lines_that_are_alike_the_one_that_is_missing_is_brought(tmp_path: Path) -> None:
    """One had arrived, only its answer was lost; of the other nothing is there."""
    clock, remote = Seconds(), Switchable(SqliteStore(tmp_path / "remote.sqlite"))
    with closing(SpooledStore(remote, tmp_path / "spool.sqlite", clock)) as store:
        remote.real.record(entry(Kind.GRACE))
        for _ in range(2):
            store._spool.keep(Item(entry(Kind.GRACE), is_tried=True))
        settle(store)
        assert [each.kind for each in remote.real.ledger()] == [Kind.GRACE] * 2
