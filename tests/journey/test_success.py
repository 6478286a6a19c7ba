"""The trip as it should be: to SENCE, into the course, and out again."""

from __future__ import annotations

from sence_gate.protocol.session import State
from sence_gate.stores.base import Kind
from tests.journey.trip import LESSON, is_at, learner
from tests.journey.world import World


def test_a_start_ends_on_the_very_page_that_was_asked_for(world: World) -> None:
    """SENCE's answer opens the session and leads to the deep link."""
    maria = learner(world)

    page = maria.start(LESSON)

    assert is_at(page, LESSON)
    assert (world.session().state, world.session().course) == (State.OPEN, "excel")


def test_a_close_ends_the_session_everywhere(world: World) -> None:
    """After SENCE's confirmation the lesson asks for a new start, and SENCE holds nothing open."""
    maria = learner(world)
    maria.start()

    page = maria.close()

    assert "Sesión cerrada" in page.title
    assert not maria.sees(LESSON)
    assert (world.session().state, world.open_at_sence()) == (State.CLOSED, set())


def test_the_ledger_tells_the_whole_trip(world: World) -> None:
    """Start and close stand there as sent and as answered, and nothing else."""
    maria = learner(world)
    maria.start()
    maria.close()

    kinds = [entry.kind for entry in world.ledger()]
    assert kinds == [Kind.START_SENT, Kind.START_OK, Kind.CLOSE_SENT, Kind.CLOSE_OK]
