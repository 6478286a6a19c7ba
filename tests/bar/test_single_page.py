"""Platforms that load their page once: other courses, and scripts that the gate refuses."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect

from tests.bar.campus import NEEDED, NONE, OPEN, Campus
from tests.bar.looks import own, visit

WORD = OPEN | {"name": "Word", "course": "word"}


@pytest.mark.parametrize(
    "move",
    [
        pytest.param("history.pushState(null, '', '/campus/cursos/word/')", id="push"),
        pytest.param("history.replaceState(null, '', '/campus/cursos/word/')", id="replace"),
        pytest.param(
            "History.prototype.pushState.call(history, 0, '', '/campus/cursos/word/')", id="borrowed"
        ),
        pytest.param("navigation.navigate('/campus/cursos/word/')", id="Navigation API"),
    ],
)
def test_i50_asks_again_for_a_new_address(page: Page, campus: Campus, move: str) -> None:
    """A single-page platform changes courses without loading a page."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    campus.answer = dict(WORD)
    page.evaluate("navigation.addEventListener('navigate', (it) => it.canIntercept && it.intercept())")
    page.evaluate(move)
    expect(bar).to_contain_text("Word")
    assert campus.asked[-1] == "/campus/cursos/word/"


def test_goes_with_the_course_and_comes_back(page: Page, campus: Campus) -> None:
    """Out of the course there is no bar; back in it there is, without a new page."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    campus.answer = dict(NONE)
    page.evaluate("history.pushState(null, '', '/campus/')")
    expect(bar).to_be_hidden()
    campus.answer = dict(OPEN)
    page.evaluate("history.back()")
    expect(bar).to_be_visible()


def test_answer_for_the_page_before_is_not_the_last_word(page: Page, campus: Campus) -> None:
    """A slow answer for the page that was left is followed by one for the page that is shown."""
    campus.slowness = 0.5
    campus.answers["/campus/cursos/word/"] = WORD
    page.goto(campus.url)
    page.evaluate("history.pushState(null, '', '/campus/cursos/word/')")
    expect(page.get_by_role("region", name="Sesión SENCE")).to_contain_text("Word")


def test_fragment_asks_nothing(page: Page, campus: Campus) -> None:
    """A jump within the page is no new page."""
    expect(visit(page, campus)).to_be_visible()
    page.evaluate("location.hash = 'final'")
    page.wait_for_timeout(1200)
    assert len(campus.asked) == 1


XHR = """new Promise((resolve) => {
  const request = new XMLHttpRequest();
  request.open('GET', '/refused');
  request.onload = () => resolve(request.status);
  request.send();
})"""


@pytest.mark.parametrize(
    "request_of_the_page",
    [
        pytest.param("fetch('/refused').then((response) => response.status)", id="fetch"),
        pytest.param(XHR, id="XMLHttpRequest"),
    ],
)
def test_i50_refused_script_shows_the_end(page: Page, campus: Campus, request_of_the_page: str) -> None:
    """A 401 of the gate turns the bar to its end, and the platform still reads the answer."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    campus.answer = dict(NEEDED)
    assert page.evaluate(request_of_the_page) == 401
    restart = bar.get_by_role("link", name="Nueva sesión")
    expect(restart).to_have_attribute("href", own(page, "inicio?curso=excel"))


def test_refusal_of_somebody_else_is_not_ours(page: Page, campus: Campus) -> None:
    """A 401 of the platform's own is asked about once a second at most, and changes nothing."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    began, before = time.monotonic(), len(campus.asked)
    page.evaluate("Promise.all(Array.from({ length: 50 }, () => fetch('/refused')))")
    page.wait_for_timeout(1100)
    expect(bar).to_have_class("open calm")
    # One may be on its way when the count begins, one is due at once, and one when the counting ends.
    assert 1 <= len(campus.asked) - before <= 3 + time.monotonic() - began


def test_calls_of_the_page_end_as_they_would_without_it(page: Page, campus: Campus) -> None:
    """What fails, fails for the page alone: the bar adds no error of its own."""
    expect(visit(page, campus)).to_be_visible()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    assert page.evaluate("fetch('http://otro.test/').catch((error) => error.name)") == "TypeError"
    assert page.evaluate("fetch('/x').then((response) => response.text())").startswith("<!doctype")
    page.wait_for_timeout(100)
    assert faults == []
