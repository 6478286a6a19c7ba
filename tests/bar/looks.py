"""What a person sees of the bar, and how a page is disturbed in front of it."""

from __future__ import annotations

from urllib.parse import urljoin

from playwright.sync_api import Locator, Page

from tests.bar.campus import Campus

# What the bar waits for when it believes that it should ask again.
WAKE = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"


def bar_of(page: Page) -> Locator:
    """Return the bar that *page* has, or will have."""
    return page.get_by_role("region", name="Sesión SENCE")


def visit(page: Page, campus: Campus) -> Locator:
    """Open the course; return its bar."""
    page.goto(campus.url)
    return bar_of(page)


def own(page: Page, path: str) -> str:
    """Return the address of *path* below the gate's prefix."""
    return urljoin(page.url, f"/campus/_sence/{path}")


def padding(page: Page) -> str:
    """Return the room that the page keeps below."""
    return str(page.evaluate("getComputedStyle(document.querySelector('body')).paddingBottom"))


def seconds(bar: Locator) -> int:
    """Return how many seconds the bar says are left."""
    hours, minutes, seconds = map(int, str(bar.get_by_role("timer").text_content()).split(":"))
    return hours * 3600 + minutes * 60 + seconds


def box(element: Locator) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of *element* in the window."""
    found = element.bounding_box()
    assert found is not None
    return found["x"], found["y"], found["x"] + found["width"], found["y"] + found["height"]


def are_apart(one: Locator, other: Locator) -> bool:
    """Tell whether the two cover nothing of each other."""
    a, b = box(one), box(other)
    return a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
