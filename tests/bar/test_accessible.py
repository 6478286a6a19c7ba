"""The bar as axe-core and a printer see it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.axe import serious
from tests.bar.campus import EXPIRED, NEEDED, OPEN, Campus
from tests.bar.looks import WAKE, bar_of, visit

STATES = {
    "running": OPEN,
    "warning": OPEN | {"remaining": 500},
    "over": EXPIRED,
    "needed": NEEDED,
    "unreachable": None,
}


@pytest.mark.parametrize("state", STATES)
def test_no_serious_finding_of_axe(page: Page, campus: Campus, state: str) -> None:
    """In every state, at both sizes and collapsed, nothing hinders assistive technology."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    campus.answer = STATES[state]
    page.evaluate(WAKE)
    page.wait_for_timeout(200)
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 640})
        assert serious(page) == []
    bar.get_by_role("button").click()
    assert serious(page) == []


# axe-core cannot tell the contrast of what stands in a shadow without a box.
COLOURS = """(bar) => [...bar.querySelectorAll("b, small, time, a, button")].map((it) => {
  const [own, around] = [getComputedStyle(it), getComputedStyle(bar)];
  const back = own.backgroundColor === "rgba(0, 0, 0, 0)" ? around.backgroundColor : own.backgroundColor;
  return [own.color, back].map((colour) => colour.match(/[0-9]+/g).map(Number));
})"""


def luminance(colour: list[int]) -> float:
    """Return the relative luminance of WCAG 2.2."""
    parts = [part / 255 for part in colour[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("state", ["running", "warning", "over"])
def test_contrast(page: Page, campus: Campus, state: str) -> None:
    """Every text of the bar reaches WCAG AA, whatever the page's colours."""
    campus.answer = STATES[state]
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    pairs = bar.evaluate(COLOURS)
    assert len(pairs) == 6
    for text, back in pairs:
        dark, light = sorted((luminance(text), luminance(back)))
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_has_the_names_that_are_read_aloud(page: Page, campus: Campus) -> None:
    """A region with the time, the close and the button; the language is Chile's Spanish."""
    bar = visit(page, campus)
    expect(bar).to_match_aria_snapshot("""
      - region "Sesión SENCE":
        - text: Excel básico
        - timer "Tiempo restante": /1:29:\\d\\d/
        - link "Cerrar en SENCE"
        - button "Achicar la barra"
        - status
    """)
    expect(bar_of(page)).to_have_attribute("lang", "es-CL")
