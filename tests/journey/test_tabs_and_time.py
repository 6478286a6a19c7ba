"""Tabs, reloads and the back button, and what time does to a trip."""

from __future__ import annotations

import pytest

from sence_gate.protocol.session import State
from sence_gate.simulator.behaviour import Behaviour
from sence_gate.stores.base import Kind
from tests.journey.trip import LESSON, QUIZ, Learner, is_at, learner, visible
from tests.journey.world import CAMPUS, SENCE, World

ANOTHER_LESSON = "/cursos/excel/leccion/1?vista=completa"


def attempt_of(who: Learner) -> str:
    """Return the IdSesionAlumno of the hand-off that the tab shows."""
    return who.page.forms[0].fields["IdSesionAlumno"]


def test_two_tabs_of_one_course_are_one_session(world: World) -> None:
    """Both tabs send the same attempt, and the second, reloaded, is in the course."""
    first = learner(world)
    second = first.other_tab()
    first.ask(LESSON)
    second.ask(ANOTHER_LESSON)
    first.press_start()
    second.press_start()
    assert attempt_of(first) == attempt_of(second)

    first.hand_over()
    first.type_key()
    first.come_back()

    assert is_at(second.tab.back(), ANOTHER_LESSON)
    assert is_at(first.enter(), ANOTHER_LESSON)
    assert world.session().state is State.OPEN


def test_two_tabs_that_both_go_through_sence_end_in_the_course(world: World) -> None:
    """SENCE opens two for one attempt: the newer is the session, the older is kept as not closed."""
    first = learner(world)
    second = first.other_tab()
    first.go_to_sence()
    second.go_to_sence(ANOTHER_LESSON)
    for tab in (first, second):
        tab.type_key()
        tab.come_back()
        tab.enter()

    assert first.sees(LESSON)
    session = world.session()
    assert {session.id_sesion_sence, *session.earlier} == world.open_at_sence()
    assert len(session.earlier) == 1


def test_f5_on_the_hand_off_sends_the_same_attempt(world: World) -> None:
    """The form that the browser sends again begins nothing new."""
    maria = learner(world)
    maria.ask(LESSON)
    maria.press_start()
    before = attempt_of(maria)

    maria.tab.reload()

    assert attempt_of(maria) == before
    assert len(world.ledger(Kind.START_SENT)) == 2
    maria.hand_over()
    maria.type_key()
    maria.come_back()
    assert is_at(maria.enter(), LESSON)


def test_f5_on_the_landing_page_shows_it_again(world: World) -> None:
    """The page after the callback can be asked for again, and still leads to the lesson."""
    maria = learner(world)
    maria.ask(LESSON)
    landed = maria.through_sence()

    again = maria.tab.reload()

    assert (again.url, again.title) == (landed.url, landed.title)
    assert is_at(maria.enter(), LESSON)
    assert len(world.ledger(Kind.START_OK)) == 1


def test_f5_after_the_close_changes_nothing(world: World) -> None:
    """The session stays closed, and the learner can begin another."""
    maria = learner(world)
    maria.start()
    maria.close()

    maria.tab.reload()

    assert (world.session().state, len(world.ledger())) == (State.CLOSED, 4)
    assert is_at(maria.start(LESSON), LESSON)


def test_back_from_the_lesson_never_leaves_the_course(world: World) -> None:
    """Through landing, SENCE's answer, hand-off and start page, every step leads forward again."""
    maria = learner(world)
    maria.start(LESSON)

    assert "Asistencia registrada" in maria.tab.back().title
    maria.tab.back()  # SENCE's answer, and then its login: neither is shown again without a word
    maria.tab.reload()
    assert "Asistencia registrada" in maria.come_back().title
    for _ in range(3):
        maria.tab.back()
    assert is_at(maria.tab.reload(), LESSON)
    assert is_at(maria.tab.back(), LESSON)
    assert (len(world.open_at_sence()), world.session().state) == (1, State.OPEN)


def test_back_from_sence_to_the_start_page_can_start_again(world: World) -> None:
    """Who turns back at SENCE's login finds the start page, which says that it goes on."""
    maria = learner(world)
    maria.go_to_sence()
    maria.tab.back()

    page = maria.tab.back()

    assert "Ya comenzaste este registro" in visible(page)
    assert is_at(maria.arrive(), LESSON)
    assert world.session().state is State.OPEN


@pytest.mark.parametrize(
    ("minutes", "attempts"),
    [pytest.param(59, 1, id="within the hour"), pytest.param(61, 2, id="after the hour")],
)
def test_who_gave_up_at_sence_can_begin_again(world: World, minutes: int, attempts: int) -> None:
    """Within its hour the same attempt is sent, afterwards a new one; both reach the lesson."""
    maria = learner(world)
    maria.go_to_sence()
    world.clock.move(minutes=minutes)

    page = maria.start(LESSON)

    assert is_at(page, LESSON)
    assert len({entry.id_sesion_alumno for entry in world.ledger(Kind.START_SENT)}) == attempts


def test_a_success_forty_minutes_late_still_opens(world: World) -> None:
    """The session begins when the answer arrives, and the ledger flags it."""
    maria = learner(world)
    world.simulator.queue(Behaviour(late_seconds=2400))
    maria.go_to_sence()
    maria.type_key()
    world.clock.move(minutes=40)
    maria.come_back()

    assert is_at(maria.enter(), LESSON)
    (entry,) = world.ledger(Kind.START_OK)
    assert (entry.flags, world.session().opened) == (("late",), world.clock())


def test_two_hours_at_sence_open_the_session_but_lose_the_page(world: World) -> None:
    """When the browser has forgotten the attempt, the session is kept and the learner told what to do."""
    maria = learner(world)
    maria.go_to_sence()
    maria.type_key()
    world.clock.move(hours=2, minutes=5)

    maria.come_back()

    assert world.session().state is State.OPEN
    assert maria.page.status < 500
    assert "comienza de nuevo" in visible(maria.page)


def test_the_quiz_sent_shortly_after_the_end_passes_and_is_flagged(world: World) -> None:
    """The answers reach the campus, the ledger says so, and the next page asks for a new start."""
    maria = learner(world)
    maria.start(QUIZ)
    world.clock.move(minutes=185)

    maria.answer_quiz()

    assert [hop.status for hop in maria.tab.history[-3:]] == [303, 303, 200]
    assert "/_sence/inicio?curso=excel" in maria.page.url
    assert [entry.reason for entry in world.ledger(Kind.GRACE)] == [f"POST {QUIZ}"]
    assert "4 de 4" in visible(maria.arrive())


def test_the_quiz_sent_too_late_waits_for_a_new_start(world: World) -> None:
    """Nothing reaches the campus until a start in another tab; then a reload sends the answers."""
    maria = learner(world)
    maria.start(QUIZ)
    world.clock.move(minutes=200)
    assert (maria.answer_quiz().status, maria.page.url) == (403, CAMPUS + QUIZ)
    assert "Tus respuestas todavía no se envían" in visible(maria.page)

    Learner(world, maria.tab.follow_in_tab(lambda link: "/_sence/inicio" in link.url), maria.run).arrive()
    page = maria.tab.reload()

    assert page.url == f"{CAMPUS}{QUIZ}/resultado"
    assert "4 de 4" in visible(page)


def test_a_get_after_the_end_asks_for_a_new_start(world: World) -> None:
    """The session is over on the minute, in the store too."""
    maria = learner(world)
    maria.start(LESSON)
    world.clock.move(minutes=179, seconds=59)
    assert maria.sees(LESSON)

    world.clock.move(seconds=1)

    assert not maria.sees(LESSON)
    assert world.session().state is State.EXPIRED


def test_an_answer_of_sence_reloaded_after_the_close_opens_nothing(world: World) -> None:
    """The old confirmation is a replay: the session stays closed."""
    maria = learner(world)
    other = maria.other_tab()
    other.go_to_sence()
    other.type_key()
    other.come_back()
    maria.close()

    other.tab.back()
    other.tab.reload()
    other.come_back()

    assert SENCE not in other.page.url
    assert not maria.sees(LESSON)
    assert world.session().state is State.CLOSED
