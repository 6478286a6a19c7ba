"""What a person does in a browser on the way, by mouse."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from sence_gate.simulator.registry import DEMO_KEY
from tests.chromium.world import World

RUN = "11.111.111-1"
LESSON = "/cursos/excel/leccion/2?vista=resumen"
QUIZ = "/cursos/excel/quiz"


def bar_of(page: Page) -> Locator:
    """Return the bar of *page*."""
    return page.get_by_role("region", name="Sesión SENCE")


def log_in(page: Page, world: World, user: str = "maria") -> None:
    """Log in at the campus."""
    page.goto(f"{world.campus}/ingresar")
    page.fill("[name=usuario]", user)
    page.fill("[name=clave]", f"{user}-demo")
    page.get_by_role("button", name="Ingresar").click()


def press_start(page: Page) -> None:
    """Type the RUN on the start page and go on, to SENCE's login."""
    page.get_by_label("Tu RUN").fill(RUN)
    page.get_by_role("button", name="SENCE").click()


def type_key(page: Page) -> None:
    """Type RUN and key at SENCE."""
    page.get_by_label("RUN").fill(RUN)
    page.locator("[name=clave]").fill(DEMO_KEY)
    page.get_by_role("button", name="Ingresar").click()


def start(page: Page, world: World, path: str = LESSON) -> Locator:
    """Ask for *path*, make the whole start, end there; return the bar."""
    page.goto(world.campus + path)
    press_start(page)
    type_key(page)
    page.wait_for_url(world.campus + path)
    bar = bar_of(page)
    expect(bar).to_be_visible()
    return bar


def close(page: Page) -> None:
    """Close the session from its bar, to the gate's last page."""
    bar_of(page).get_by_role("link", name="Cerrar en SENCE").click()
    page.get_by_role("button", name="Ir a SENCE y cerrar").click()
    type_key(page)
    expect(page.get_by_role("heading", name="Sesión cerrada")).to_be_visible()
