"""A single-page platform in Chromium: what stands after `#` is there again after SENCE."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.bar.two_sites import Guard, guard_of_a_platform, server_of_the_platform, simulated_sence, start
from tests.journey.test_other_platforms import APP, SinglePage

__all__ = ["guard_of_a_platform", "server_of_the_platform", "simulated_sence"]


def test_the_fragment_survives_the_choice_and_the_trip(page: Page, guard: Guard) -> None:
    """Neither the gate nor SENCE ever hears of it; the tab keeps it."""
    home = guard(SinglePage(), shared=[{"paths": [APP]}])
    page.goto(f"{home}{APP}#/cursos/excel/3")
    page.get_by_role("button", name="Excel básico").click()
    start(page)
    page.wait_for_url(f"{home}{APP}#/cursos/excel/3")
    assert page.title() == "Aula"
