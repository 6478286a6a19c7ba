"""The shared store goes away at each step of the trip: the learner finishes, and nothing is missing.

A file stands for the shared store, with a switch that makes it unreachable; each gate has
the spool of its host beside it. The trip of a world without any outage is what every
other trip must end as.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sence_gate.protocol.session import State
from sence_gate.simulator.behaviour import Behaviour
from sence_gate.stores import breaker, draining
from sence_gate.stores.base import Entry, Kind, Store
from sence_gate.stores.spooled import SpooledStore
from sence_gate.stores.sqlite import SqliteStore
from tests.journey.trip import LESSON, QUIZ, RETRY, Learner, is_at, learner
from tests.journey.world import World, named_by_the_campus
from tests.stores.outage import Switchable

STEPS = 6
OUTAGES = [
    pytest.param(gone, back, id=f"before step {gone} to step {back}")
    for gone in range(STEPS)
    for back in range(gone + 1, STEPS + 1)
]
LEARNERS = [
    pytest.param({}, id="typed RUN"),
    pytest.param({"around": named_by_the_campus, "learner": {"source": "environ"}}, id="RUN from the campus"),
    pytest.param({"workers": 2}, id="two workers"),
]
REFUSES = {"store": {"url": "sqlite:///unused", "on_failure": "refuse", "recheck_seconds": 0}}


@dataclass
class Outage:
    """A world, and the shared store as its gates reach it."""

    world: World
    remotes: list[Switchable]

    def begins(self, *, is_so: bool = True) -> None:
        """Take the shared store away, or bring it back."""
        for each in self.remotes:
            each.is_away = is_so

    def ends(self) -> None:
        """Bring the shared store back, and ask until nothing is left in the spool."""
        self.begins(is_so=False)
        for _ in range(5):
            self.world.gates[0].gate.parts.store.get("x")

    def loses_all(self) -> None:
        """Let the shared store forget every session."""
        with (
            closing(SqliteStore(self.world.folder / "gate.sqlite")) as file,
            file._connections.writing() as db,
        ):
            db.execute("DELETE FROM sessions")


MakeOutage = Callable[..., Outage]


@pytest.fixture(name="make_outage")
def outage_maker(tmp_path: Path, edition: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeOutage]:
    """Return a maker of worlds whose gates share a store that can go away; each by its name."""
    # Real seconds; no test waits for them, or hurries.
    monkeypatch.setattr(breaker, "PROBE_SECONDS", 0.0)
    monkeypatch.setattr(draining, "AT_MOST_SECONDS", 60.0)
    made: list[World] = []

    def make(name: str = "disturbed", **settings: Any) -> Outage:
        remotes: list[Switchable] = []
        folder = tmp_path / name
        folder.mkdir()
        made.append(World(folder, edition, stores=partial(_opened, remotes), **settings))
        return Outage(made[-1], remotes)

    yield make
    for world in made:
        world.close()


def _opened(remotes: list[Switchable], folder: Path) -> Store:
    remotes.append(Switchable(SqliteStore(folder / "gate.sqlite")))
    return SpooledStore(remotes[-1], folder / "spool.sqlite")


def steps_of(who: Learner) -> tuple[Callable[[], object], ...]:
    """Return what a learner does, from the first page to the last."""
    return (
        lambda: who.ask(LESSON),
        lambda: (who.press_start(), who.hand_over(), who.type_key()),
        lambda: (who.come_back(), who.enter()),
        who.go_to_close,
        lambda: (who.type_key(), who.come_back()),
        lambda: who.ask(LESSON),
    )


def told(world: World) -> tuple[object, ...]:
    """Return what sessions and ledger tell, without the ids, which no two trips share."""
    sessions = [replace(each, id_sesion_alumno="", id_sesion_sence="x") for each in world.sessions()]
    lines = sorted((entry.at, entry.kind, entry.course, entry.run, flags(entry)) for entry in world.ledger())
    return sessions, lines, world.open_at_sence()


def flags(entry: Entry) -> tuple[str, ...]:
    """Return the flags but that of the spool."""
    return tuple(flag for flag in entry.flags if flag != "spooled")


def calm_trip(make_outage: MakeOutage, settings: dict[str, Any]) -> tuple[object, ...]:
    """Return what is told of the trip without any outage."""
    calm = make_outage("calm", **settings)
    for step in steps_of(learner(calm.world)):
        step()
    return told(calm.world)


@pytest.mark.parametrize("settings", LEARNERS)
@pytest.mark.parametrize(("gone", "back"), OUTAGES)
def test_the_learner_finishes_through_an_outage(
    make_outage: MakeOutage, settings: dict[str, Any], gone: int, back: int
) -> None:
    """Wherever the store goes away and comes back, all ends as the trip without an outage."""
    outage = make_outage(**settings)
    maria = learner(outage.world)
    for place, step in enumerate(steps_of(maria)):
        outage.begins(is_so=gone <= place < back)
        step()
        assert place != 2 or is_at(maria.page, LESSON)
        assert place != 4 or "Sesión cerrada" in maria.page.title
    assert not is_at(maria.page, LESSON)
    outage.ends()
    assert told(outage.world) == calm_trip(make_outage, settings)


@pytest.mark.parametrize("is_away", [False, True], ids=["there again", "away at the callback"])
def test_a_store_that_lost_everything_before_the_callback(make_outage: MakeOutage, is_away: bool) -> None:
    """SENCE's answer is enough to open the session, and the close finds it."""
    outage = make_outage()
    maria = learner(outage.world)
    maria.go_to_sence(LESSON)
    maria.type_key()
    outage.loses_all()
    outage.begins(is_so=is_away)
    maria.come_back()
    assert is_at(maria.enter(), LESSON)
    outage.ends()
    assert maria.sees(LESSON)
    assert [flags(entry) for entry in outage.world.ledger(Kind.START_OK)] == [("rebuilt",)]
    assert "Sesión cerrada" in maria.close().title


@pytest.mark.parametrize("settings", LEARNERS)
def test_a_refusal_during_an_outage_is_no_end(make_outage: MakeOutage, settings: dict[str, Any]) -> None:
    """SENCE says no, another try, and in; all of it while the store is away."""
    outage = make_outage(**settings)
    maria = learner(outage.world)
    outage.world.simulator.queue(Behaviour(codes=(300,)))
    maria.go_to_sence(LESSON)
    outage.begins()
    maria.come_back()
    maria.tab.follow(RETRY)
    assert is_at(maria.arrive(), LESSON)
    outage.ends()
    states = [each.state for each in outage.world.sessions()]
    assert states.count(State.OPEN) == 1
    assert len(outage.world.ledger(Kind.START_ERROR)) == 1
    assert not any("same" in flags(entry) for entry in outage.world.ledger())


def test_an_answer_that_is_reloaded_during_an_outage_counts_once(make_outage: MakeOutage) -> None:
    """F5 on SENCE's page is told as the replay that it is."""
    outage = make_outage()
    maria = learner(outage.world)
    maria.go_to_sence(LESSON)
    outage.begins()
    maria.type_key()
    again = maria.other_tab()
    again.tab.page = maria.page
    maria.come_back()
    again.come_back()
    outage.ends()
    assert ["same" in flags(entry) for entry in outage.world.ledger(Kind.START_OK)] == [False, True]
    assert len(outage.world.sessions()) == 1


def test_a_session_that_ends_during_an_outage_ends_once(make_outage: MakeOutage) -> None:
    """The end is written down once, and a form that passes after it is flagged."""
    outage = make_outage()
    maria = learner(outage.world)
    maria.start(QUIZ)
    outage.begins()
    outage.world.clock.move(minutes=181)
    for _ in range(3):
        assert not maria.other_tab().sees(LESSON)
    maria.answer_quiz()
    outage.ends()
    assert outage.world.session().state is State.EXPIRED
    assert len(outage.world.ledger(Kind.TIMED_OUT)) == 1
    assert len(outage.world.ledger(Kind.GRACE)) == 1


def test_a_refusing_gate_admits_nobody_it_cannot_ask_for(make_outage: MakeOutage) -> None:
    """503, come back, and the cookie stays; when the store is back the lesson is too."""
    outage = make_outage(**REFUSES)
    maria = learner(outage.world)
    maria.start(LESSON)
    outage.begins()
    page = maria.ask(LESSON)
    headers = dict(page.headers)
    assert (page.status, headers.get("Retry-After"), headers.get("Set-Cookie")) == (503, "10", None)
    outage.ends()
    assert maria.sees(LESSON)


def test_a_refusing_gate_still_starts_and_closes(make_outage: MakeOutage) -> None:
    """What its own spool knows is as good as the store's word."""
    outage = make_outage(**REFUSES)
    outage.begins()
    maria = learner(outage.world)
    assert is_at(maria.start(LESSON), LESSON)
    assert "Sesión cerrada" in maria.close().title
    outage.ends()
    assert outage.world.session().state is State.CLOSED


def test_a_gate_killed_after_an_outage_leaves_nothing_behind(make_outage: MakeOutage) -> None:
    """What one run of the gate kept, the next one brings."""
    outage = make_outage()
    maria = learner(outage.world)
    outage.begins()
    maria.start(LESSON)
    outage.world.restart()
    outage.remotes[-1].is_away = False
    assert maria.sees(LESSON)
    assert outage.world.session().state is State.OPEN


def test_an_attempt_known_to_the_store_alone_is_not_taken_for_unknown(make_outage: MakeOutage) -> None:
    """An id that no key of ours signs any more may still be the store's: the browser sends it again."""
    outage = make_outage()
    maria = learner(outage.world)
    maria.go_to_sence(LESSON)
    maria.type_key()
    outage.world.restart(secret_keys=["another-key-that-signed-nothing-so-far-0123"])
    outage.begins()
    maria.come_back()
    assert maria.page.status == 503
    outage.ends()
    maria.tab.submit()
    assert outage.world.session().state is State.OPEN
