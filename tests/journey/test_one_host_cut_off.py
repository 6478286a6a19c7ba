"""Two hosts take turns, and one of them cannot reach the shared store: nobody notices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import count, cycle
from pathlib import Path

import pytest

from sence_gate.protocol.session import State
from sence_gate.stores import breaker
from sence_gate.stores.base import Kind, Store
from sence_gate.stores.spooled import SpooledStore
from sence_gate.stores.sqlite import SqliteStore
from tests.journey.trip import LESSON, is_at, learner
from tests.journey.world import World
from tests.stores.outage import Switchable


class Hosts:
    """A world with two hosts, each with a spool of its own before the same store."""

    def __init__(self, folder: Path, edition: str) -> None:
        self.remotes: list[Switchable] = []
        self._numbers = count()
        self.world = World(folder, edition, workers=2, stores=self._opened)

    def _opened(self, folder: Path) -> Store:
        self.remotes = [*self.remotes, Switchable(SqliteStore(folder / "gate.sqlite"))][-2:]
        return SpooledStore(self.remotes[-1], folder / f"spool{next(self._numbers) % 2}.sqlite")

    def next_is(self, host: int) -> None:
        """Let *host* take the next request, the other one the request after it."""
        self.world._turns = cycle([self.world.gates[host], self.world.gates[1 - host]])


@pytest.fixture(name="hosts")
def _hosts(tmp_path: Path, edition: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosts]:
    monkeypatch.setattr(breaker, "PROBE_SECONDS", 0.0)
    hosts = Hosts(tmp_path, edition)
    with closing(hosts.world):
        yield hosts


def test_the_learner_goes_on_at_both(hosts: Hosts) -> None:
    """SENCE's answer waits in the spool of one: the other admits by the cookie, and nothing is sent again."""
    maria = learner(hosts.world)
    maria.go_to_sence(LESSON)
    maria.type_key()
    hosts.remotes[0].is_away = True
    hosts.next_is(0)
    maria.come_back()
    assert is_at(maria.enter(), LESSON)
    assert all(maria.sees(LESSON) for _ in range(4))
    hosts.remotes[0].is_away = False
    for gate in hosts.world.gates:
        gate.gate.parts.store.get("x")
    assert maria.sees(LESSON)
    assert "Sesión cerrada" in maria.close().title
    assert hosts.world.session().state is State.CLOSED
    assert len(hosts.world.ledger(Kind.START_OK)) == len(hosts.world.ledger(Kind.START_SENT)) == 1
