"""Several gates over one file, each taking the next request, and gates that start again."""

from __future__ import annotations

import time

import pytest

from sence_gate.protocol.session import State
from sence_gate.stores.base import Kind
from tests.journey.trip import LESSON, OTHER_LESSON, QUIZ, Learner, is_at, learner
from tests.journey.world import MakeWorld, World
from tests.samples import KEYS

RECHECK_SECONDS = 0.1


@pytest.fixture(
    name="workers", params=[pytest.param(2, id="two workers"), pytest.param(3, id="three workers")]
)
def crew(request: pytest.FixtureRequest, edition: str, make_world: MakeWorld) -> World:
    """Return a world where no two requests in a row meet the same gate."""
    return make_world(edition, workers=request.param)


def test_the_whole_trip_passes_through_all_workers(workers: World) -> None:
    """No worker needs to have seen what another did."""
    maria = learner(workers)

    assert is_at(maria.start(LESSON), LESSON)
    assert is_at(maria.start(OTHER_LESSON), OTHER_LESSON)
    assert "Sesión cerrada" in maria.close("excel").title
    assert [each.state for each in workers.sessions()] == [State.CLOSED, State.OPEN]


def test_the_end_is_written_down_once(workers: World) -> None:
    """Whichever worker notices first; forms that pass afterwards are flagged by each."""
    maria = learner(workers)
    maria.start(QUIZ)
    workers.clock.move(minutes=181)

    for _ in range(3):
        maria.ask(LESSON)

    assert len(workers.ledger(Kind.TIMED_OUT)) == 1


def test_sences_answer_sent_to_every_worker_counts_once(workers: World) -> None:
    """The same callback through each of them makes one session and replays."""
    maria = learner(workers)
    maria.go_to_sence()
    maria.type_key()
    tabs = [maria.other_tab() for _ in workers.gates]
    for tab in tabs:
        tab.tab.page = maria.page
        tab.come_back()

    assert all(is_at(tab.enter(), LESSON) for tab in tabs)
    assert len(workers.open_at_sence()) == 1
    assert ["same" in entry.flags for entry in workers.ledger(Kind.START_OK)].count(False) == 1


def closed_elsewhere(who: Learner) -> None:
    """Close, with the answer arriving through a frame: the cookies in the learner's tab stay."""
    who.go_to_close()
    who.type_key()
    who.in_a_frame().come_back()


def test_a_close_in_one_worker_is_soon_seen_in_the_other(make_world: MakeWorld, edition: str) -> None:
    """The other believes its last look for recheck_seconds at most."""
    world = make_world(edition, workers=2, recheck_seconds=RECHECK_SECONDS)
    maria = learner(world)
    maria.start(LESSON)
    assert all(maria.sees(LESSON) for _ in world.gates)  # now both remember it as open
    closed_elsewhere(maria)

    time.sleep(RECHECK_SECONDS)

    assert not any(maria.sees(LESSON) for _ in world.gates)


def test_a_close_is_seen_at_once_where_it_was_received(make_world: MakeWorld, edition: str) -> None:
    """One worker with a long memory forgets what it changed itself."""
    world = make_world(edition, recheck_seconds=60)
    maria = learner(world)
    maria.start(LESSON)
    assert maria.sees(LESSON)

    closed_elsewhere(maria)

    assert not maria.sees(LESSON)


def test_a_gate_that_starts_again_knows_its_sessions(world: World) -> None:
    """The lesson stays open over a restart, and the session can be closed after it."""
    maria = learner(world)
    maria.start(LESSON)

    world.restart()

    assert maria.sees(LESSON)
    assert "Sesión cerrada" in maria.close().title


def test_a_close_repeats_what_the_start_sent(world: World) -> None:
    """The operator changed the course's codes meanwhile: SENCE still recognises its session."""
    maria = learner(world)
    maria.start(LESSON)
    world.restart(excel={"codigo_curso": "5999999", "cod_sence": "9999999999"})

    assert maria.sees(LESSON)
    assert "Sesión cerrada" in maria.close().title
    assert world.open_at_sence() == set()


def test_a_course_that_goes_to_production_asks_for_a_start_there(world: World) -> None:
    """What the test system registered is no attendance; its close still goes where it was opened."""
    maria = learner(world)
    maria.start(LESSON)
    world.restart(excel={"environment": "production"})

    assert not maria.sees(LESSON)
    assert "Sesión cerrada" in maria.close().title
    assert world.open_at_sence() == set()
    assert is_at(maria.start(LESSON), LESSON)
    assert [each.attendance.environment for each in world.sessions()] == ["test", "production"]


def test_a_key_that_was_changed_ends_no_session(world: World) -> None:
    """The former key still verifies: who is in the course stays in it."""
    maria = learner(world)
    maria.go_to_sence()
    maria.type_key()
    world.restart(secret_keys=["a-key-that-is-newer-than-those-before-it", *KEYS])

    maria.come_back()

    assert is_at(maria.enter(), LESSON)
