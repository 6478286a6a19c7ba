"""A page of several courses tells the bar which one it is of, for the gate to look up."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page

from tests.bar.campus import COURSE, Campus


@pytest.mark.parametrize(
    ("attribute", "named"),
    [
        pytest.param("", None, id="a page whose address is enough"),
        pytest.param(' data-course="word"', ["word"], id="a page that named its course"),
    ],
)
def test_tells_the_gate_which_course_the_page_named(
    page: Page, campus: Campus, attribute: str, named: list[str] | None
) -> None:
    """Two tabs of two courses have one address, and two bars."""
    campus.show(COURSE.replace(" defer>", f"{attribute} defer>", 1))
    with page.expect_request("**/estado?*") as asked:
        page.goto(campus.url)
    query = parse_qs(urlsplit(asked.value.url).query)
    assert (query["url"], query.get("curso")) == (["/campus/cursos/excel/?tema=2"], named)
