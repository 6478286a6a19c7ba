"""What a learner has typed outlives the end of the time, the network and a closed session."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import BrowserContext, Page, expect

from sence_gate.stores.base import Kind
from tests.chromium.trip import LESSON, QUIZ, bar_of, close, log_in, press_start, start, type_key
from tests.chromium.world import World

COMMENT = "Una respuesta larga que costó escribir"
ANSWERS = {"p1": "1", "p2": "1", "p3": "0", "p4": "2"}


def answer(page: Page) -> None:
    """Answer the quiz, without sending it."""
    for name, value in ANSWERS.items():
        page.check(f"[name={name}][value='{value}']")
    page.fill("[name=comentario]", COMMENT)


def look_up(page: Page) -> None:
    """Have the bar ask now, as it does when its tab is looked at again."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))")


def test_quiz_in_progress_when_the_time_ends(page: Page, world: World) -> None:
    """The end is told without touching the page; the answers are sent and count, within the grace."""
    log_in(page, world)
    bar = start(page, world, QUIZ)
    answer(page)
    world.move(minutes=171)
    look_up(page)
    expect(bar).to_contain_text("Guarda tu avance y cierra la sesión")
    world.move(minutes=10)
    look_up(page)
    expect(bar).to_contain_text("Tu sesión SENCE terminó")
    expect(page.locator("[name=comentario]")).to_have_value(COMMENT)
    page.get_by_role("button", name="Enviar respuestas").click()
    press_start(page)  # what follows the answers is a page, and needs a session
    type_key(page)
    page.wait_for_url("**/quiz/resultado")
    expect(page.get_by_role("heading")).to_have_text("4 de 4 correctas")
    assert len(world.ledger(Kind.GRACE)) == 1


def test_quiz_restarted_in_another_tab(context: BrowserContext, page: Page, world: World) -> None:
    """A new session from the bar opens beside the quiz, and revives its bar."""
    log_in(page, world)
    bar = start(page, world, QUIZ)
    answer(page)
    world.move(minutes=181)
    look_up(page)
    with context.expect_page() as opened:
        bar.get_by_role("link", name="Nueva sesión").click()
    press_start(opened.value)
    type_key(opened.value)
    expect(bar_of(opened.value)).to_be_visible()
    expect(bar).to_have_class("open calm")
    expect(page.locator("[name=comentario]")).to_have_value(COMMENT)
    page.get_by_role("button", name="Enviar respuestas").click()
    expect(page.get_by_role("heading")).to_have_text("4 de 4 correctas")
    assert world.ledger(Kind.GRACE) == []


def test_answers_that_came_too_late_are_sent_again(context: BrowserContext, page: Page, world: World) -> None:
    """After the grace nothing is sent; a start in another tab and a reload bring the answers through."""
    log_in(page, world)
    start(page, world, QUIZ)
    answer(page)
    world.move(minutes=240)
    page.get_by_role("button", name="Enviar respuestas").click()
    with context.expect_page() as opened:
        page.get_by_role("link", name="Registrar asistencia").click()
    press_start(opened.value)
    type_key(opened.value)
    expect(bar_of(opened.value)).to_be_visible()
    page.get_by_role("button", name="Enviar mis respuestas").click()
    expect(page.get_by_role("heading")).to_have_text("4 de 4 correctas")


def test_offline_for_a_minute(context: BrowserContext, page: Page, world: World) -> None:
    """Without network the bar counts on and says so; with it again it is right."""
    page.clock.install()
    log_in(page, world)
    bar = start(page, world)
    context.set_offline(offline=True)
    page.clock.run_for(130_000)
    world.move(minutes=130 / 60)
    expect(bar).to_contain_text("Sin conexión con el registro")
    expect(bar.get_by_role("timer")).to_contain_text("2:57:")
    context.set_offline(offline=False)
    page.clock.run_for(1_000)
    expect(bar).to_have_class("open calm")
    expect(bar.get_by_role("timer")).to_contain_text("2:57:")


def test_closed_in_one_tab_shows_in_the_others(context: BrowserContext, page: Page, world: World) -> None:
    """A page left open in another tab says that there is no session any more, and leads to the next."""
    log_in(page, world)
    bar = start(page, world)
    other = context.new_page()
    other.goto(world.campus + LESSON)
    close(other)
    expect(bar).to_contain_text("Tu sesión SENCE no está abierta")
    with context.expect_page() as opened:
        bar.get_by_role("link", name="Nueva sesión").click()
    expect(opened.value.get_by_label("Tu RUN")).to_be_visible()
    assert world.now() - world.ledger(Kind.CLOSE_OK)[0].at < timedelta(minutes=1)
