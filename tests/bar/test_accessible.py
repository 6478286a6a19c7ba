"""The bar as axe-core and a printer see it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.axe import serious
from tests.bar.campus import EXPIRED, NONE, OPEN, Campus
from tests.bar.looks import WAKE, bar_of, visit

STATES = {
    "running": OPEN,
    "warning": OPEN | {"remaining": 500},
    "over": EXPIRED,
    "gone": NONE,
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
