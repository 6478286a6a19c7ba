"""SENCE's answers as they really arrive: twice, misspelt, incomplete, from elsewhere, changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sence_gate.protocol.session import State
from sence_gate.simulator.behaviour import Behaviour
from sence_gate.stores.base import Kind
from tests.journey.trip import LESSON, Learner, is_at, learner, visible
from tests.journey.world import World

ODDITIES = [
    pytest.param(Behaviour(blank_after_field_names=True), id="blanks after field names"),
    pytest.param(Behaviour(upper_case_names=True), id="upper-case field names"),
    pytest.param(Behaviour(omit_zona_horaria=True), id="no ZonaHoraria"),
    pytest.param(Behaviour(lower_case_k=True), id="lower-case k"),
    pytest.param(Behaviour(close_echoes_id=True), id="close echoes IdSesionSence"),
    pytest.param(Behaviour(extra_fields=(("Nuevo", "campo"),)), id="a field that no manual has"),
]


@pytest.mark.parametrize("oddity", ODDITIES)
def test_an_odd_answer_opens_and_closes_all_the_same(world: World, oddity: Behaviour) -> None:
    """What SENCE spells differently or leaves out does not stop the trip."""
    carla = learner(world, "carla")
    world.simulator.script(carla.run, oddity)

    assert is_at(carla.start(LESSON), LESSON)
    assert "Sesión cerrada" in carla.close().title
    assert (world.session().state, world.open_at_sence()) == (State.CLOSED, set())


def test_answers_that_arrive_twice_count_once(world: World) -> None:
    """The second start and the second close are kept as replays."""
    maria = learner(world)
    world.simulator.script(maria.run, Behaviour(send_twice=True))
    maria.go_to_sence()
    maria.type_key()
    send_twice(maria)
    assert is_at(maria.enter(), LESSON)

    maria.go_to_close()
    maria.type_key()
    send_twice(maria)

    assert "Sesión cerrada" in maria.page.title
    kinds = (Kind.START_OK, Kind.CLOSE_OK)
    assert ["same" in entry.flags for entry in world.ledger(*kinds)] == [False, True, False, True]


def send_twice(who: Learner) -> None:
    """Send SENCE's answer as its page does: first in a frame of its own site, then with the whole tab."""
    who.in_a_frame().come_back()
    who.come_back()


def test_the_first_confirmation_replayed_after_the_close_opens_nothing(world: World) -> None:
    """The tab that still shows SENCE's answer sends it again: the session stays closed."""
    maria = learner(world)
    maria.go_to_sence()
    maria.type_key()
    old = maria.other_tab()
    old.tab.page = maria.page
    maria.come_back()
    maria.close()

    old.come_back()

    assert old.page.status < 500
    assert not maria.sees(LESSON)
    assert world.session().state is State.CLOSED


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("RunAlumno", "12345678-5", id="another RUN"),
        pytest.param("CodigoCurso", "5123457", id="another course"),
        pytest.param("CodSence", "1237894561", id="another CodSence"),
        pytest.param("LineaCapacitacion", "6", id="another line"),
        pytest.param("IdSesionSence", "", id="no IdSesionSence"),
        pytest.param("GlosaError", "300", id="an error on the success URL"),
    ],
)
def test_an_answer_that_was_changed_opens_nothing(world: World, field: str, value: str) -> None:
    """It is kept apart, with the reason, and the learner gets a page."""
    maria = learner(world)
    world.simulator.queue(Behaviour(extra_fields=((field, value),)))
    maria.go_to_sence()
    maria.type_key()

    page = maria.come_back()

    assert (page.status, "no coincide" in visible(page)) == (409, True)
    assert [entry.kind for entry in world.ledger()] == [Kind.START_SENT, Kind.QUARANTINED]
    assert not maria.sees(LESSON)


def test_an_answer_to_an_attempt_that_nobody_made_opens_nothing(world: World) -> None:
    """An id that is not ours is counted apart, and the ledger does not grow."""
    maria = learner(world)
    forged = Behaviour(extra_fields=(("IdSesionAlumno", "excel.664a3d5c.invented-nonce-of-22.mac"),))
    world.simulator.queue(forged)
    maria.go_to_sence()
    maria.type_key()

    page = maria.come_back()

    assert (page.status, "No reconocimos esta respuesta" in visible(page)) == (404, True)
    assert (len(world.ledger()), world.store.unmatched()[0]) == (1, 1)
    assert not maria.sees(LESSON)


def test_a_confirmation_sent_to_the_error_address_opens_nothing(world: World) -> None:
    """The address decides: an error without a code is an error."""
    maria = learner(world)
    maria.go_to_sence()
    maria.type_key()
    redirect_form(maria, "/inicio/ok", "/inicio/error")

    maria.come_back()

    assert "no indicó un motivo" in visible(maria.page)
    assert world.session().state is State.FAILED
    assert not maria.sees(LESSON)


def redirect_form(who: Learner, before: str, after: str) -> None:
    """Change where the form of the page goes, as a learner with developer tools can."""
    form = who.page.forms[0]
    who.tab.page = replace(who.page, forms=(replace(form, action=form.action.replace(before, after)),))


def test_a_close_before_any_start_is_answered_with_a_page(world: World) -> None:
    """An illegal callback is kept in the ledger and changes nothing."""
    maria = learner(world)
    maria.go_to_sence()
    maria.type_key()
    redirect_form(maria, "/inicio/ok", "/cierre/ok")

    maria.come_back()

    assert maria.page.status == 409
    assert [entry.kind for entry in world.ledger()] == [Kind.START_SENT, Kind.ILLEGAL]
    assert not maria.sees(LESSON)


def test_a_restart_during_the_login_loses_nothing(world: World) -> None:
    """The gate that is back takes the answer."""
    maria = learner(world)
    maria.go_to_sence()
    maria.type_key()
    world.restart()

    maria.come_back()

    assert is_at(maria.enter(), LESSON)


def test_a_lost_file_of_sessions_does_not_lose_the_answer(world: World) -> None:
    """The attempt is known by its own id, and the session is written down anew."""
    maria = learner(world)
    maria.go_to_sence()
    maria.type_key()
    world.restart(store={"url": f"sqlite:///{world.folder}/new.sqlite"})

    maria.come_back()

    assert is_at(maria.enter(), LESSON)
    assert "Sesión cerrada" in maria.close().title
