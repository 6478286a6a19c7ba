"""The shared store is a real Redis that is killed, hangs or is wiped on the way.

What the steps are, and what must be told of them, stands in `test_outage`. There every
combination is tried with a switch; here those that an operator meets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

from sence_gate.protocol.session import State
from sence_gate.stores import breaker, open_store
from sence_gate.stores.base import Kind
from tests.journey.test_outage import flags, steps_of, told
from tests.journey.trip import LESSON, is_at, learner
from tests.journey.world import World
from tests.stores.outage import is_brought
from tests.stores.redis.servers import HOST, Server, running, until

SAFE = {"appendonly": "yes", "appendfsync": "always"}


class Outage(NamedTuple):
    """A world, and the Redis that its gate needs."""

    world: World
    server: Server

    def ends(self) -> None:
        """Ask until nothing is left in the spool."""
        store = self.world.gates[0].gate.parts.store
        until(lambda: is_brought(store), "the spool")


@pytest.fixture(name="outage")
def real_outage(tmp_path: Path, edition: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outage]:
    """Return a world over a Redis that can be killed, and loses nothing by it."""
    monkeypatch.setattr(breaker, "PROBE_SECONDS", 0.0)
    with running(tmp_path / "redis", **SAFE) as server:
        url = f"redis://{HOST}:{server.port}"
        world = World(tmp_path, edition, stores=lambda folder: open_store(url, f"{folder}/spool.sqlite"))
        world.store.close()
        world.store = open_store(url)
        with closing(world):
            yield Outage(world, server)


@cache
def calm_trip(edition: str) -> tuple[object, ...]:
    """Return what is told of the trip without any outage, over a file."""
    with TemporaryDirectory() as folder, closing(World(Path(folder), edition)) as calm:
        for step in steps_of(learner(calm)):
            step()
        return told(calm)


@pytest.mark.parametrize(
    ("gone", "back"),
    [
        pytest.param(0, 2, id="before the start"),
        pytest.param(0, 6, id="from the first page to the last"),
        pytest.param(2, 3, id="between start and callback"),
        pytest.param(2, 5, id="from the callback to the close"),
        pytest.param(3, 4, id="before the close"),
        pytest.param(4, 5, id="at the callback of the close"),
    ],
)
def test_the_learner_finishes_while_redis_is_killed(
    outage: Outage, edition: str, gone: int, back: int
) -> None:
    """Sessions and ledger end as those of a trip that nothing disturbed."""
    maria = learner(outage.world)
    for place, step in enumerate(steps_of(maria)):
        if place == gone:
            outage.server.kill()
        if place == back:
            outage.server.start()
        step()
        assert place != 2 or is_at(maria.page, LESSON)
        assert place != 4 or "Sesión cerrada" in maria.page.title
    outage.server.start() if back == 6 else None
    outage.ends()
    assert told(outage.world) == calm_trip(edition)


@pytest.mark.parametrize("place", [pytest.param(2, id="callback"), pytest.param(4, id="close")])
def test_d1_the_learner_finishes_while_redis_hangs(outage: Outage, edition: str, place: int) -> None:
    """What it was told before it hung it does when it wakes up; nothing is done twice."""
    steps = steps_of(learner(outage.world))
    for step in steps[:place]:
        step()
    with outage.server.frozen():
        steps[place]()
    for step in steps[place + 1 :]:
        step()
    outage.ends()
    assert told(outage.world) == calm_trip(edition)


def wiped(server: Server) -> None:
    """Lose everything."""
    server.ask("FLUSHALL")


def wiped_and_gone(server: Server) -> None:
    """Lose everything, and be away afterwards."""
    server.ask("FLUSHALL")
    server.kill()


@pytest.mark.parametrize("loss", [wiped, wiped_and_gone])
def test_the_callback_opens_the_session_though_redis_was_wiped(
    outage: Outage, loss: Callable[[Server], None]
) -> None:
    """SENCE's answer brings what is needed, the session is there afterwards, and can be closed."""
    maria = learner(outage.world)
    maria.go_to_sence(LESSON)
    maria.type_key()
    loss(outage.server)
    maria.come_back()
    assert is_at(maria.enter(), LESSON)
    outage.server.process or outage.server.start()
    outage.ends()
    assert outage.world.session().state is State.OPEN
    assert [flags(entry) for entry in outage.world.ledger(Kind.START_OK)] == [("rebuilt",)]
    assert maria.sees(LESSON)
    assert "Sesión cerrada" in maria.close().title
    assert outage.world.session().state is State.CLOSED
