"""Every error code of each edition, at the close: what is told, and who is let go."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sence_gate.protocol.glosas import glosa
from sence_gate.simulator import sample
from sence_gate.simulator.behaviour import Behaviour
from sence_gate.simulator.tables import MANUALS
from sence_gate.stores.base import Kind
from tests.journey.trip import LESSON, RETRY, SLIPS, Learner, is_at, learner, tells, visible
from tests.journey.world import CAMPUS, MakeWorld, World

# A token that went wrong while the session was open, by the code that SENCE finds.
TOKENS = {
    211: sample.OTHER_TOKEN,
    212: sample.REVOKED_TOKEN,
    303: "5E0CE000-DE00-4A00-8A00-0000000FA15E",
}
CODES = [
    pytest.param(edition, code, id=f"{edition} {code}")
    for edition, manual in MANUALS.items()
    for code in manual.errors
]


def hours_pass(who: Learner) -> None:
    """Let the three hours of SENCE and of the gate pass (301)."""
    who.world.clock.move(hours=4)


def sence_forgets(who: Learner) -> None:
    """Let SENCE know nothing of the session (304)."""
    who.world.forget_at_sence()


def sence_stays_silent(who: Learner) -> None:
    """Close the session at SENCE, whose answer never comes (305 at the next close)."""
    who.world.simulator.queue(Behaviour(never=True))
    other = who.other_tab()
    other.go_to_close()
    other.type_key()


MISHAPS: dict[int, Callable[[Learner], None]] = {
    301: hours_pass,
    304: sence_forgets,
    305: sence_stays_silent,
}


def refused_close(who: Learner, code: int) -> None:
    """Start, try to close, and come back with *code*."""
    who.start(LESSON)
    if code in TOKENS:
        who.world.restart(otec={"token": TOKENS[code]})
    elif code in MISHAPS:
        MISHAPS[code](who)
    elif code not in SLIPS:
        who.world.simulator.queue(Behaviour(codes=(code,)))
    who.go_to_close()
    if code in SLIPS:
        SLIPS[code](who)
    who.come_back()


@pytest.mark.parametrize(("edition", "code"), CODES)
def test_a_refused_close_says_why(make_world: MakeWorld, edition: str, code: int) -> None:
    """The learner reads the words for the code without its number, and no close is written down."""
    maria = learner(make_world(edition))

    refused_close(maria, code)

    assert maria.page.url == f"{CAMPUS}/_sence/cierre/error"
    assert "SENCE no cerró tu sesión" in visible(maria.page)
    assert tells(maria.page, glosa(code))
    assert len(maria.world.ledger(Kind.CLOSE_ERROR)) == 1
    assert maria.world.ledger(Kind.CLOSE_OK) == []


@pytest.mark.parametrize(("edition", "code"), [each for each in CODES if each.values[1] not in MISHAPS])
def test_after_a_refused_close_the_session_is_open_and_another_try_closes_it(
    make_world: MakeWorld, edition: str, code: int
) -> None:
    """The lesson is still shown, and the error page's button, once the cause is mended, closes."""
    maria = learner(make_world(edition))
    refused_close(maria, code)
    assert maria.sees(LESSON)
    maria.world.restart()

    maria.tab.follow(RETRY)
    maria.tab.submit()
    maria.hand_over()
    maria.type_key()

    assert "Sesión cerrada" in maria.come_back().title
    assert not maria.sees(LESSON)


@pytest.mark.parametrize("code", [pytest.param(code, id=str(code)) for code in MISHAPS])
def test_who_cannot_close_after_the_end_is_let_go(world: World, code: int) -> None:
    """The error page's button leads to a new start, and the ledger has no close of the old session."""
    maria = learner(world)
    maria.start(LESSON)
    MISHAPS[code](maria)
    world.clock.move(hours=4)
    maria.go_to_close()
    maria.come_back()

    maria.tab.follow(RETRY)

    assert is_at(maria.arrive(), "/cursos/excel/")
    assert len(world.sessions()) == 2
    assert world.ledger(Kind.CLOSE_OK) == []
