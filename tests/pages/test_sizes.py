"""Every page of the gate on a small telephone and with large letters: nothing cut off, all can be pressed."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import render_pages
from tests.chromium_browser import chromium

WIDE = "return document.scrollingElement.scrollWidth > innerWidth ? ['the page'] : []"
LARGE_LETTERS = "document.documentElement.style.fontSize = '200%'"
# What is cut off by its own box, or stands outside of the window.
CUT_OFF = """() => [...document.querySelectorAll('body *')].filter((it) => {
    if (it.closest('.hidden') || !it.checkVisibility() || it.closest('svg')) return false;
    const box = it.getBoundingClientRect();
    const hides = getComputedStyle(it).overflowX !== 'visible' && it.scrollWidth > it.clientWidth + 1;
    return box.left < 0 || box.right > innerWidth + 1 || hides && it.localName !== 'input';
}).map((it) => it.outerHTML.slice(0, 60))"""
CONTROLS = """[...document.querySelectorAll('a[href], button, input:not([type=hidden]), summary')]
    .filter((it) => it.checkVisibility({ visibilityProperty: true }))"""
# WCAG 2.5.8
TOO_SMALL = f"""() => {CONTROLS}.filter((it) => {{
    const box = it.getBoundingClientRect();
    return box.width < 24 || box.height < 24;
}}).map((it) => it.outerHTML.slice(0, 60))"""
# WCAG 2.4.7
UNSEEN = f"""() => {CONTROLS}.filter((it) => {{
    it.focus({{ focusVisible: true }});
    const {{ outlineStyle, outlineWidth }} = getComputedStyle(it);
    return document.activeElement !== it || outlineStyle === 'none' || parseFloat(outlineWidth) < 2;
}}).map((it) => it.outerHTML.slice(0, 60))"""


# What each look finds at fault in a page, in this order: the letters grow last.
LOOKS = {
    "wide": f"() => {{ {WIDE} }}",
    "cut off": CUT_OFF,
    "too small": TOO_SMALL,
    "unseen focus": UNSEEN,
    "wide in large letters": f"() => {{ {LARGE_LETTERS}; {WIDE} }}",
    "cut off in large letters": CUT_OFF,
}


@pytest.fixture(scope="module", name="faults")
def _faults(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[str]]]:
    """What every page has of each fault; no page goes on by itself."""
    folder = tmp_path_factory.mktemp("pages")
    render_pages.write(folder)
    found: dict[str, dict[str, list[str]]] = {look: {} for look in LOOKS}
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 320, "height": 640})
        page.route("**/pages.js*", lambda route: route.abort())
        for path in sorted(folder.rglob("*.html")):
            page.goto(path.as_uri())
            for look, script in LOOKS.items():
                if at_fault := page.evaluate(script):
                    found[look][str(path.relative_to(folder))] = at_fault
    return found


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_is_at_fault(faults: dict[str, dict[str, list[str]]], look: str) -> None:
    """All is seen by scrolling down (WCAG 1.4.4, 1.4.10), can be pressed (2.5.8), shows its focus (2.4.7)."""
    assert faults[look] == {}


def test_a_logo_stands_on_no_more_white_than_it_needs(tmp_path: Path) -> None:
    """In the dark too: logos are drawn for paper, and a white strip across the card says nothing."""
    render_pages.write(tmp_path)
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 320, "height": 640}, color_scheme="dark")
        page.goto((tmp_path / "branded" / "start.html").as_uri())
        logo, plate = (page.locator(part).bounding_box() for part in (".logo", ".brand"))
    assert logo
    assert plate
    assert logo["width"] <= plate["width"] <= logo["width"] + 2 * 16
    assert 220 / 48 * 0.9 < logo["width"] / logo["height"] < 220 / 48 * 1.1
