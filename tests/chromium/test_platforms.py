"""The trip and the bar on platforms of other makes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.chromium.platforms import POLICY, small, strict
from tests.chromium.trip import LESSON, bar_of, close, log_in, press_start, start, type_key
from tests.chromium.world import World, running


@pytest.fixture
def small_world(tmp_path: Path) -> Iterator[World]:
    """A world around the pages of `platforms`."""
    with running(tmp_path, small) as world:
        yield world


def test_strict_policy(page: Page, tmp_path: Path) -> None:
    """A platform that allows next to nothing logs no error on the whole trip, and keeps its policy."""
    faults: list[str] = []
    # A field that the browser's own typing reached before `autofocus` did is no fault of the page's.
    page.on(
        "console",
        lambda it: (
            None
            if "favicon" in it.location["url"] or it.text.startswith("Autofocus processing")
            else faults.append(it.text)
        ),
    )
    page.on("pageerror", lambda error: faults.append(str(error)))
    with running(tmp_path, strict()) as world:
        log_in(page, world)
        start(page, world)
        response = page.reload()
        assert response is not None
        assert response.headers["content-security-policy"] == POLICY
        expect(bar_of(page)).to_be_visible()
        close(page)
    assert faults == []


def test_frameset(page: Page, small_world: World) -> None:
    """A course made of frames is entered whole, and its largest frame has the bar."""
    page.goto(f"{small_world.campus}/cursos/excel/marcos")
    press_start(page)
    type_key(page)
    page.wait_for_url("**/marcos")
    text = page.frame_locator("frame >> nth=1")
    expect(text.get_by_role("heading", name="Texto")).to_be_visible()
    expect(text.get_by_role("region", name="Sesión SENCE")).to_be_visible()
    text.get_by_role("link", name="Cerrar en SENCE").click()
    # The close is the whole window's: no page of the gate stands in a frame.
    expect(page.get_by_role("button", name="Ir a SENCE y cerrar")).to_be_visible()


def test_course_in_a_frame(page: Page, small_world: World) -> None:
    """A frame without a session has a link out of it; with one it shows the course, and no bar."""
    page.goto(f"{small_world.campus}/aula")
    frame = page.frame_locator("iframe")
    frame.get_by_role("link", name="Registrar asistencia").click()
    press_start(page)
    type_key(page)
    page.wait_for_url("**/cursos/excel/**")
    page.goto(f"{small_world.campus}/aula")
    expect(frame.get_by_role("heading", name="Texto")).to_be_visible()
    assert sum(each.locator("sence-gate-bar").count() for each in page.frames) == 0


def test_single_page_platform(page: Page, small_world: World) -> None:
    """The bar follows from course to course, and offers the restart when a script is refused."""
    bar = start(page, small_world, "/cursos/excel/app")
    page.click("#other")
    expect(bar).to_contain_text("Tu sesión SENCE no está abierta")  # in this course
    expect(bar.get_by_role("link", name="Nueva sesión")).to_have_attribute(
        "href", re.compile("curso=seguridad")
    )
    page.go_back()
    expect(bar).to_contain_text("Sesión SENCE en curso")
    small_world.move(minutes=181)
    page.click("#api")
    expect(page.locator("#answer")).to_have_text("401")
    expect(bar.get_by_role("link", name="Nueva sesión")).to_be_visible()
    expect(bar).to_contain_text("Tu sesión SENCE terminó")


def test_page_that_is_shown_from_the_cache_asks_the_gate_again(page: Page, world: World) -> None:
    """After the close, "back" to a lesson does not show the lesson from the browser's cache."""
    log_in(page, world)
    start(page, world)
    page.goto(world.campus + LESSON.replace("2", "3"))
    close(page)
    page.goto(world.campus + LESSON)
    expect(page.get_by_label("Tu RUN")).to_be_visible()
