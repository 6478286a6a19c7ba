"""Every page of the gate as Chromium lays it out: accessible, and readable at any size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from scripts import render_pages
from tests.axe import serious


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every page, as `scripts/render_pages.py` writes them."""
    folder = tmp_path_factory.mktemp("pages")
    render_pages.write(folder)
    return folder


@pytest.fixture
def still(browser: Browser) -> Iterator[Page]:
    """A tab in which no page goes on by itself."""
    page = browser.new_page(viewport={"width": 360, "height": 640})
    page.route("**/pages.js*", lambda route: route.abort())
    yield page
    page.context.close()


def test_no_serious_finding_of_axe(still: Page, folder: Path) -> None:
    """Names, roles, order and contrast of every page are as assistive technology needs them, dark too."""
    found = {}
    for path in sorted(folder.glob("*.html")):
        still.emulate_media(color_scheme="light")
        still.goto(path.as_uri())
        faults = serious(still)
        still.emulate_media(color_scheme="dark")
        if faults := [*faults, *serious(still, "color-contrast")]:
            found[path.stem] = faults
    assert found == {}


def test_nothing_has_to_be_scrolled_sideways(still: Page, folder: Path) -> None:
    """At 400 per cent of a desk's window (WCAG 1.4.10) no page is wider than it."""
    still.set_viewport_size({"width": 320, "height": 256})
    found = []
    for path in sorted(folder.glob("*.html")):
        still.goto(path.as_uri())
        if still.evaluate("document.scrollingElement.scrollWidth > innerWidth"):
            found.append(path.stem)
    assert found == []


def test_paper_shows_what_the_screen_does(still: Page, folder: Path) -> None:
    """A printed page has its heading and its code for the help desk, dark on light."""
    still.emulate_media(media="print", color_scheme="dark")
    still.goto((folder / "closed.html").as_uri())
    assert still.get_by_role("heading").first.is_visible()
    assert still.get_by_text("Código de atención").is_visible()
    assert still.pdf().startswith(b"%PDF")
