"""When what was kept is brought, and when it is left alone."""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path

from sence_gate.errors import StoreAway
from sence_gate.stores.spooled import SpooledStore
from sence_gate.stores.sqlite import SqliteStore
from tests.stores.outage import Switchable
from tests.stores.test_breaker import Seconds
from tests.stores.test_spooled import come_back, lines_of, settle, travel


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
