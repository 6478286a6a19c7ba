"""The whole trip in Chromium: by mouse, by keyboard alone, without scripts, slowly, twice at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect

from sence_gate.demo.platform import Campus
from sence_gate.simulator.registry import DEMO_KEY
from sence_gate.simulator.tables import Edition
from sence_gate.stores.base import Kind
from tests.chromium.trip import LESSON, RUN, bar_of, close, log_in, press_start, start, type_key
from tests.chromium.world import World, running

TRIP = (Kind.START_SENT, Kind.START_OK, Kind.CLOSE_SENT, Kind.CLOSE_OK)


@pytest.fixture
def test_world(tmp_path: Path) -> Iterator[World]:
    """A world of Clave SENCE, as the test environment has it."""
    with running(tmp_path, Campus(key="the campus of the tests", pause=0), Edition.CLAVE_SENCE) as world:
        yield world


def test_by_mouse(page: Page, world: World) -> None:
    """Start, lesson, close: the learner comes back logged in, with a platform whose cookie is Strict."""
    log_in(page, world)
    start(page, world)
    cookies = {each.get("name", ""): each.get("sameSite") for each in page.context.cookies(world.campus)}
    assert cookies.pop("campus_sesion") == "Strict"
    assert set(cookies.values()) == {"Lax"}
    expect(page.get_by_role("button", name="Salir")).to_be_visible()
    close(page)
    page.get_by_role("link", name="Volver a la plataforma").click()
    expect(page.get_by_role("button", name="Salir")).to_be_visible()
    assert [entry.kind for entry in world.ledger(*TRIP)] == list(TRIP)


def reach(page: Page, control: Locator) -> None:
    """Press Tab until *control* has the focus, with a ring that shows it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if control.evaluate("it => it.getRootNode().activeElement === it"):
            assert control.evaluate("it => getComputedStyle(it).outlineStyle") != "none"
            return
    pytest.fail(f"Tab does not reach {control}")


def write(page: Page, control: Locator, text: str) -> None:
    """Reach a field and type into it."""
    reach(page, control)
    page.keyboard.type(text)


def key_at_sence(page: Page) -> None:
    """Log in at SENCE with the keyboard."""
    expect(page.locator("[name=run]")).to_be_focused()
    page.keyboard.type(RUN)
    write(page, page.locator("[name=clave]"), DEMO_KEY)
    page.keyboard.press("Enter")


def test_by_keyboard_alone(page: Page, test_world: World) -> None:
    """No step needs a mouse, and the focus can always be seen."""
    page.goto(f"{test_world.campus}/ingresar?siguiente={LESSON}")
    write(page, page.locator("[name=usuario]"), "maria")
    write(page, page.locator("[name=clave]"), "maria-demo")
    page.keyboard.press("Enter")
    write(page, page.get_by_label("Tu RUN"), RUN)
    reach(page, page.get_by_role("button", name="Ir a SENCE"))
    page.keyboard.press("Enter")
    key_at_sence(page)
    page.wait_for_url(test_world.campus + LESSON)
    expect(bar_of(page)).to_be_visible()
    page.get_by_role("contentinfo").evaluate("it => { it.tabIndex = -1; it.focus() }")  # the page read
    reach(page, bar_of(page).get_by_role("link", name="Cerrar en SENCE"))
    page.keyboard.press("Enter")
    reach(page, page.get_by_role("button", name="Ir a SENCE y cerrar"))
    page.keyboard.press("Enter")
    key_at_sence(page)
    expect(page.get_by_role("heading", name="Sesión cerrada")).to_be_visible()


def test_without_scripts(browser: Browser, world: World) -> None:
    """With JavaScript off every step has its button, and the list of sessions stands in for the bar."""
    page = browser.new_page(java_script_enabled=False)
    log_in(page, world)
    page.goto(world.campus + LESSON)
    press_start(page)
    page.get_by_role("button", name="Ir a SENCE").click()
    type_key(page)
    page.get_by_role("button", name="Volver a la plataforma").click()
    page.get_by_role("link", name="Entrar al curso").click()
    assert page.url == world.campus + LESSON
    page.goto(f"{world.campus}/_sence/")
    page.get_by_role("button", name="Cerrar en SENCE").click()
    page.get_by_role("button", name="Ir a SENCE").click()
    type_key(page)
    page.get_by_role("button", name="Volver a la plataforma").click()
    expect(page.get_by_role("heading", name="Sesión cerrada")).to_be_visible()
    page.context.close()


def test_half_an_hour_at_sence(page: Page, world: World) -> None:
    """Nothing of the way back hangs on cookies that a browser sends for two minutes only."""
    # Chromium sends a cookie without SameSite along with a cross-site POST while it is young: seen here
    # with one of the platform's. Ours are Lax by name and never go along, so their age cannot matter.
    log_in(page, world)
    page.goto(world.campus + LESSON)
    page.evaluate("document.cookie = 'young=1; path=/'")
    press_start(page)
    world.move(minutes=30)
    callbacks: list[Request] = []
    page.on("request", lambda it: callbacks.append(it) if it.url.endswith("/inicio/ok") else None)
    type_key(page)
    page.wait_for_url(world.campus + LESSON)
    expect(bar_of(page)).to_be_visible()
    (callback,) = callbacks
    assert callback.all_headers().get("cookie") == "young=1"


def test_two_tabs_are_one_session(context: BrowserContext, world: World) -> None:
    """Who begins twice is asked twice by SENCE, and has one session that both tabs show."""
    one, other = context.new_page(), context.new_page()
    log_in(one, world)
    for tab in (one, other):
        tab.goto(world.campus + LESSON)
        press_start(tab)
    for tab in (one, other):
        type_key(tab)
        expect(bar_of(tab)).to_be_visible()
    assert len({entry.id_sesion_alumno for entry in world.ledger(Kind.START_OK)}) == 1
    close(other)
    expect(bar_of(one)).to_contain_text("no está abierta")


def test_back_and_forward_through_every_page(page: Page, world: World) -> None:
    """The buttons of the browser lead through the whole trip, send nothing twice, and end in no trap."""
    log_in(page, world)
    start(page, world)
    close(page)
    statuses: list[int] = []
    page.on("response", lambda it: statuses.append(it.status))
    sent = len(world.ledger(*TRIP))
    steps = page.evaluate("history.length")
    for direction in ("back", "forward"):
        for _ in range(steps):
            page.evaluate(f"history.{direction}()")
            page.wait_for_timeout(150)
    assert len(world.ledger(*TRIP)) == sent
    assert all(status < 500 for status in statuses)
    expect(page.get_by_role("heading", name="Sesión cerrada")).to_be_visible()


SEND_AGAIN = """([url, body]) => {
  const form = Object.assign(document.createElement("form"), { method: "post", action: url });
  for (const [name, value] of new URLSearchParams(body))
    form.append(Object.assign(document.createElement("input"), { name, value }));
  document.body.append(form);
  form.submit();
}"""


def test_answer_of_sence_that_is_sent_again(page: Page, world: World) -> None:
    """A reload that sends SENCE's answer twice ends where the first did, and counts once."""
    callbacks: list[Request] = []
    page.on("request", lambda it: callbacks.append(it) if it.url.endswith("/inicio/ok") else None)
    log_in(page, world)
    start(page, world)
    page.route(f"{world.sence}/blank", lambda route: route.fulfill(body="", content_type="text/html"))
    page.goto(f"{world.sence}/blank")
    page.evaluate(SEND_AGAIN, [callbacks[0].url, callbacks[0].post_data])
    page.wait_for_url(world.campus + LESSON)
    expect(bar_of(page)).to_be_visible()
    entries = world.ledger(Kind.START_OK)
    assert (len(entries), len({entry.id_sesion_alumno for entry in entries})) == (2, 1)


def test_reload_after_the_answer(browser: Browser, world: World) -> None:
    """The page after the callback can be reloaded as often as one likes."""
    page = browser.new_page(java_script_enabled=False)
    log_in(page, world)
    page.goto(world.campus + LESSON)
    press_start(page)
    page.get_by_role("button", name="Ir a SENCE").click()
    type_key(page)
    page.get_by_role("button", name="Volver a la plataforma").click()
    for _ in range(2):
        expect(page.get_by_role("heading", name="Asistencia registrada")).to_be_visible()
        page.reload()
    page.get_by_role("link", name="Entrar al curso").click()
    assert page.url == world.campus + LESSON
    assert len(world.ledger(Kind.START_OK)) == 1
    page.context.close()
