"""Whose session is it? Other browsers, shared computers, platforms that know the learner."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sence_gate.protocol.session import State
from sence_gate.stores.base import Kind
from tests.browser import CookieJar
from tests.journey.trip import LESSON, Learner, is_at, learner, visible
from tests.journey.world import CAMPUS, RUNS, MakeWorld, World, named_by_the_campus

PLATFORM_COOKIE = "campus_sesion"
OPEN_PAGE = "/cursos/excel/publico/"  # the campus asks for no login there


@pytest.fixture(name="named_world")
def world_that_knows_its_learners(edition: str, make_world: MakeWorld) -> World:
    """Return a world where the campus tells the gate whose RUN it is."""
    return make_world(edition, around=named_by_the_campus, learner={"source": "environ"})


class Refusing(CookieJar):
    """The jar of a browser that keeps no cookie."""

    def store(self, *_: object, **__: object) -> tuple[str, ...]:
        """Keep nothing."""
        return ()


def test_the_platforms_strict_cookie_survives_the_return(world: World) -> None:
    """It does not come with SENCE's answer, and it does with the lesson: nobody logs in again."""
    maria = learner(world)
    maria.ask(LESSON)
    maria.through_sence()
    maria.enter()

    callback, _, lesson = maria.tab.history[-3:]
    assert (callback.method, callback.cookies) == ("POST", ())
    assert PLATFORM_COOKIE in lesson.cookies
    assert is_at(maria.page, LESSON)


def test_another_browser_gets_no_session(world: World) -> None:
    """Where learners are asked for their RUN, the session stays in the browser that began it."""
    maria = learner(world)
    maria.start(LESSON)

    at_home = learner(world)

    assert not at_home.sees(LESSON)
    assert maria.sees(LESSON)


def test_another_browser_that_brings_sences_answer_gets_no_session(world: World) -> None:
    """Whoever relays the answer is told where to go; the browser that began it has the session."""
    maria, stranger = learner(world), learner(world, "pedro")
    maria.go_to_sence()
    maria.type_key()
    stranger.tab.page = maria.page

    stranger.come_back()

    assert (stranger.page.status, "otro navegador" in visible(stranger.page)) == (403, True)
    assert not stranger.sees(LESSON)
    assert maria.sees(LESSON)


def test_another_browser_cannot_close_the_session(world: World) -> None:
    """It finds no session to close, and nothing is sent to SENCE."""
    maria = learner(world)
    maria.start(LESSON)

    page = learner(world).ask("/_sence/cierre?curso=excel")

    assert "no tienes sesiones abiertas" in visible(page)
    assert world.ledger(Kind.CLOSE_SENT) == []
    assert world.session().state is State.OPEN


def test_the_next_learner_at_a_shared_computer_gets_no_session(named_world: World) -> None:
    """The cookie of the first learner stays in the browser and counts for nobody else."""
    maria = learner(named_world)
    maria.start(LESSON)
    pedro = log_in_as(maria, "pedro")

    assert not pedro.sees(LESSON)
    assert is_at(pedro.start(LESSON), LESSON)
    runs = [each.attendance.run_alumno.canonical for each in named_world.sessions()]
    assert runs == [RUNS["maria"], RUNS["pedro"]]


def test_the_first_learner_finds_the_session_again(named_world: World) -> None:
    """After the second learner has gone, the first one goes on without a new start."""
    maria = learner(named_world)
    maria.start(LESSON)
    log_in_as(maria, "pedro").start(LESSON)

    maria = log_in_as(maria, "maria")

    assert maria.sees(LESSON)
    assert len(named_world.ledger(Kind.START_SENT)) == 2


def test_a_known_learner_has_the_session_in_every_browser(named_world: World) -> None:
    """The phone needs no start of its own, and can close what the computer opened."""
    computer = learner(named_world)
    computer.start(LESSON)
    phone = learner(named_world)

    assert phone.sees(LESSON)
    assert "Sesión cerrada" in phone.close().title
    assert not computer.sees(LESSON)


def test_a_known_learner_is_not_asked_for_the_run(named_world: World) -> None:
    """The start page has no field for it, and SENCE gets what the platform says."""
    maria = learner(named_world)
    maria.ask(LESSON)
    assert "run" not in maria.page.forms[0].fields

    maria.press_start()

    assert maria.page.forms[0].fields["RunAlumno"] == RUNS["maria"]


def test_who_is_not_logged_in_meets_the_platforms_own_login_first(named_world: World) -> None:
    """The gate lets the request pass; after the login it stands before the lesson."""
    maria = Learner(named_world, named_world.browser(), RUNS["maria"])

    maria.ask(LESSON)
    assert maria.page.url.startswith(f"{CAMPUS}/ingresar")
    maria.tab.submit(usuario="maria", clave="maria-demo")

    assert "Registra tu asistencia" in maria.page.title
    assert is_at(maria.arrive(), LESSON)


def test_a_browser_that_refuses_cookies_is_told_and_not_sent_in_circles(
    make_world: MakeWorld, edition: str
) -> None:
    """The trip ends before it begins, on a page that speaks of cookies: SENCE has no session left open."""
    world = make_world(edition, excel={"except": []})
    maria = Learner(world, world.browser(Refusing()), RUNS["maria"])
    maria.ask(OPEN_PAGE)

    page = maria.press_start()

    assert (page.status, page.refresh, page.forms) == (403, None, ())
    assert "no guarda cookies" in page.text
    assert (world.open_at_sence(), world.ledger()) == (set(), [])


def log_in_as(who: Learner, user: str) -> Learner:
    """Let another person log in at the campus in the same browser."""
    who.ask("/ingresar")
    who.tab.submit(lambda form: "clave" in form.fields, usuario=user, clave=f"{user}-demo")
    return replace(who, run=RUNS[user])
