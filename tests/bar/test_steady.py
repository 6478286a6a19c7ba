"""The platform's page stands still while the bar comes, changes and goes."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.bar.campus import EXPIRED, NEEDED, OPEN, Campus
from tests.bar.looks import WAKE, visit

# The names of what moved by itself. What is in the bar's shadow has none here, and may move.
WATCH = """window.shifts = [];
new PerformanceObserver((list) => shifts.push(...list.getEntries().flatMap((it) =>
    it.sources.flatMap(({ node }) => node?.nodeName ?? []))))
    .observe({ type: 'layout-shift', buffered: true })"""
MOVED = "new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(shifts), 200)))"


def test_nothing_of_the_page_moves(page: Page, campus: Campus) -> None:
    """Whoever is about to press a button of the platform presses that one."""
    page.add_init_script(WATCH)
    bar = visit(page, campus)
    expect(bar).to_have_class("open calm")
    for answer, shown in ((OPEN | {"remaining": 500}, "warning"), (EXPIRED, "over"), (NEEDED, "over")):
        campus.answer = dict(answer)
        page.evaluate(WAKE)
        expect(bar).to_have_class(shown)
        page.wait_for_timeout(200)
    assert page.evaluate(MOVED) == []


def test_a_shift_would_be_seen(page: Page, campus: Campus) -> None:
    """What watches here is not blind."""
    page.add_init_script(WATCH)
    expect(visit(page, campus)).to_be_visible()
    page.evaluate("document.body.style.marginTop = '90px'")
    assert page.evaluate(MOVED) != []
