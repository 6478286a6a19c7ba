"""A single-page platform behind a real gate: whatever it shows next, the bar says whether a start is needed.

Only the first page is a document. Where the platform goes on from there, with
`history.pushState`, nobody asks the gate but the bar.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.bar.looks import bar_of
from tests.bar.two_sites import (
    Guard,
    guard_of_a_platform,
    log_in,
    server_of_the_platform,
    simulated_sence,
    start,
)

__all__ = ["guard_of_a_platform", "server_of_the_platform", "simulated_sence"]

EXCEL, SAFETY = "/aula/excel/", "/aula/seguridad/"
LESSON = f"{EXCEL}lecciones/2?vista=texto"
GONE = "Tu sesión SENCE no está abierta"
DOCUMENT = b"<!doctype html><html lang=es><head><title>Aula</title></head><body><p>Clase</p></body></html>"


def classroom(_environ: Any, start_response: Any) -> list[bytes]:
    """Answer the one document of the platform, wherever it is asked for."""
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [DOCUMENT]


@pytest.fixture(name="bar")
def bar_of_a_learner(page: Page, guard: Guard) -> Locator:
    """Return the bar of a learner with a session in "excel", on its first page."""
    page.goto(f"{guard(classroom, EXCEL, SAFETY)}{EXCEL}")
    start(page)
    page.wait_for_url(f"**{EXCEL}")
    expect(bar_of(page)).to_have_class("open calm")
    return bar_of(page)


def move(page: Page, path: str) -> None:
    """Show another page of the platform in the same document, until the gate was asked about it."""
    with page.expect_response(lambda it: it.url.endswith(f"&url={quote(path, safe='')}")):
        page.evaluate("(path) => history.pushState(null, '', path)", path)


def close(page: Page) -> None:
    """Close the session in another tab, as SENCE wants it."""
    tab = page.context.new_page()
    tab.goto(page.url)
    bar_of(tab).get_by_role("link", name="Cerrar en SENCE").click()
    tab.get_by_role("button", name="Cerrar").click()
    log_in(tab)
    tab.wait_for_url("**/vuelta?**")
    tab.close()


def test_i50_a_lesson_after_the_close_says_that_nothing_is_open(page: Page, bar: Locator) -> None:
    """The start that is offered leads to the lesson that is shown, and the bar runs again after it."""
    close(page)
    move(page, f"{EXCEL}lecciones/1")
    expect(bar).to_contain_text(GONE)
    move(page, LESSON)
    expect(bar).to_contain_text(GONE)
    with page.expect_popup() as opened:
        bar.get_by_role("link", name="Nueva sesión").click()
    start(opened.value)
    opened.value.wait_for_url(f"**{LESSON}")
    opened.value.close()
    expect(bar).to_have_class("open calm")


def test_i50_a_course_that_was_never_open_says_so(page: Page, bar: Locator) -> None:
    """The platform goes from one course into another, whose session is another too."""
    move(page, SAFETY)
    expect(bar).to_contain_text(f"{GONE}Seguridad en el trabajo")
    expect(bar.get_by_role("link")).to_have_text("Nueva sesión")
    move(page, EXCEL)
    expect(bar).to_have_class("open calm")


def test_a_page_of_no_course_has_no_bar(page: Page, bar: Locator) -> None:
    """Where nothing is guarded nothing is needed, with a session elsewhere or without."""
    move(page, "/aula/")
    expect(bar).to_be_hidden()
