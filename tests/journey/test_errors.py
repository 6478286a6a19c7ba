"""Every error code of each edition, at the start: what is told, and that another try works.

Where a code has a cause that a learner or an operator can really bring about, the
simulator finds it by its own checks; the others it is told to answer.
"""

from __future__ import annotations

import pytest

from sence_gate.protocol.glosas import glosa
from sence_gate.protocol.session import State
from sence_gate.simulator import sample
from sence_gate.simulator.behaviour import Behaviour
from sence_gate.simulator.tables import MANUALS
from sence_gate.stores.base import Kind
from tests.journey.trip import LESSON, RETRY, SLIPS, Learner, is_at, learner, tells, visible
from tests.journey.world import CAMPUS, MakeWorld, Settings, World

# What an operator gets wrong in the settings, by the code that SENCE finds.
MISTAKES: dict[int, Settings] = {
    204: {"excel": {"cod_sence": "9999999999"}},
    205: {"excel": {"codigo_curso": "9999999"}},
    208: {"excel": {"codigo_curso": sample.CLOSED_LIST}},
    211: {"otec": {"token": sample.OTHER_TOKEN}},
    212: {"otec": {"token": sample.REVOKED_TOKEN}},
    301: {"excel": {"linea_capacitacion": 1, "cod_sence": ""}},
    302: {"excel": {"codigo_curso": "-1"}, "otec": {"rut": "78999888-4"}},
    303: {"otec": {"token": "5E0CE000-DE00-4A00-8A00-0000000FA15E"}},
    306: {"excel": {"cod_sence": sample.OTHER_COD_SENCE}},
    307: {"excel": {"codigo_curso": sample.CLASSROOM}},
    308: {"excel": {"codigo_curso": sample.FOREIGN}},
    309: {"excel": {"codigo_curso": sample.OVER}},
    310: {"excel": {"codigo_curso": sample.FINISHED}},
}
CODES = [
    pytest.param(edition, code, id=f"{edition} {code}")
    for edition, manual in MANUALS.items()
    for code in manual.errors
]


def refused_start(who: Learner, code: int) -> None:
    """Go to SENCE and come back with *code*."""
    if code not in {*MISTAKES, *SLIPS}:
        who.world.simulator.queue(Behaviour(codes=(code,)))
    who.ask(LESSON)
    who.press_start()
    who.hand_over()
    if code in SLIPS:
        SLIPS[code](who)
    who.come_back()


def pedro_of(make_world: MakeWorld, edition: str, code: int) -> Learner:
    """Return a learner who stands in no list of SENCE's, in a world that provokes *code*."""
    return learner(make_world(edition, **MISTAKES.get(code, {})), "pedro")


@pytest.mark.parametrize(("edition", "code"), CODES)
def test_a_refused_start_says_why_and_opens_nothing(make_world: MakeWorld, edition: str, code: int) -> None:
    """The learner reads the words for the code without its number, and stays outside."""
    pedro = pedro_of(make_world, edition, code)

    refused_start(pedro, code)

    assert pedro.page.url == f"{CAMPUS}/_sence/inicio/error"
    assert "SENCE no registró tu asistencia" in visible(pedro.page)
    assert tells(pedro.page, glosa(code))
    assert not pedro.sees(LESSON)
    assert (pedro.world.session().state, pedro.world.open_at_sence()) == (State.FAILED, set())


@pytest.mark.parametrize(("edition", "code"), CODES)
def test_after_a_refused_start_another_try_reaches_the_page(
    make_world: MakeWorld, edition: str, code: int
) -> None:
    """The error page's button, once the cause is mended, leads through SENCE to the same deep link."""
    pedro = pedro_of(make_world, edition, code)
    refused_start(pedro, code)
    pedro.world.restart()

    pedro.tab.follow(RETRY)

    assert is_at(pedro.arrive(), LESSON)


def test_several_codes_at_once_are_told_as_one(world: World) -> None:
    """A GlosaError of `211;204` gives one advice; both numbers stand folded away, and in the ledger."""
    maria = learner(world)
    world.simulator.queue(Behaviour(codes=(211, 204)))
    maria.ask(LESSON)
    maria.press_start()
    maria.hand_over()

    page = maria.come_back()

    assert all(tells(page, glosa(code)) for code in (211, 204))
    (entry,) = world.ledger(Kind.START_ERROR)
    assert ("GlosaError", "211;204") in entry.raw


@pytest.mark.parametrize(
    "codes",
    [
        pytest.param(("",), id="no code at all"),
        pytest.param((0,), id="zero"),
        pytest.param((999,), id="a code of no edition"),
        pytest.param(("Token inválido",), id="words"),
    ],
)
def test_an_error_without_a_known_code_is_an_error(world: World, codes: tuple[int | str, ...]) -> None:
    """The learner is told to try again later, and nothing opens."""
    maria = learner(world)
    world.simulator.queue(Behaviour(codes=codes))
    maria.ask(LESSON)
    maria.press_start()
    maria.hand_over()

    page = maria.come_back()

    assert "no indicó un motivo" in visible(page)
    assert not maria.sees(LESSON)


def test_f5_on_the_error_page_repeats_the_words_alone(world: World) -> None:
    """The callback that the browser sends again is kept as a replay and changes nothing."""
    maria = learner(world)
    refused_start(maria, 300)

    page = maria.tab.reload()

    assert tells(page, glosa(300))
    assert ["same" in entry.flags for entry in world.ledger(Kind.START_ERROR)] == [False, True]
    assert world.session().state is State.FAILED


def test_an_old_error_reloaded_after_the_start_worked_shows_the_session(world: World) -> None:
    """Another tab that still shows the refusal leads, when reloaded, to the session that is open by now."""
    maria = learner(world)
    refused_start(maria, 300)
    other = maria.other_tab()
    other.start(LESSON)

    page = maria.tab.reload()

    assert "Asistencia registrada" in page.title
    assert maria.sees(LESSON)
