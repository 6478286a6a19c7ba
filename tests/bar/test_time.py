"""The countdown is right to two seconds, and the tabs agree, whatever the clocks do."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.bar.campus import EXPIRED, NEEDED, OPEN, Campus
from tests.bar.looks import bar_of, seconds, visit
from tests.chromium_browser import chromium

REMAINING = 5391  # what OPEN says
# Two clocks that a test can set: the wall's, and the one that stands still in sleep.
CLOCKS = """(() => {
  const [wall, steady] = [Date.now, performance.now.bind(performance)];
  window.ahead = { wall: 0, steady: 0 };
  Date.now = () => wall() + ahead.wall;
  performance.now = () => steady() + ahead.steady;
})()"""
KEPT = "addEventListener('pageshow', (event) => { window.isKept = event.persisted })"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium that keeps pages for the back button, as people's do."""
    with chromium(ignore_default_args=["--disable-back-forward-cache"]) as browser:
        yield browser


@pytest.fixture
def bar(context: BrowserContext, campus: Campus) -> Locator:
    """The bar of a page whose clocks can be set."""
    context.add_init_script(CLOCKS)
    bar = visit(context.new_page(), campus)
    expect(bar).to_be_visible()
    return bar


def assert_shows(bar: Locator, left: float) -> None:
    """Wait until *bar* shows *left* seconds, up to two more or less."""
    deadline = time.monotonic() + 5
    while abs(seconds(bar) - left) > 2 and time.monotonic() < deadline:
        bar.page.wait_for_timeout(50)
    assert abs(seconds(bar) - left) <= 2


@pytest.mark.parametrize(
    ("wall", "steady", "passed"),
    [
        pytest.param(180, 0, 180, id="slept three minutes"),
        pytest.param(4000, 0, 4000, id="slept an hour"),
        pytest.param(180, 180, 180, id="throttled three minutes"),
        pytest.param(3600, 0, 0, id="clock set an hour ahead"),
        pytest.param(-3600, 0, 0, id="clock set an hour back"),
        pytest.param(30, 0, 0, id="clock set half a minute ahead"),
    ],
)
def test_i49_whatever_the_clocks_do(
    bar: Locator, campus: Campus, wall: int, steady: int, passed: int
) -> None:
    """What has really passed is asked of the gate as soon as the clocks disagree."""
    campus.answer = OPEN | {"remaining": REMAINING - passed}
    bar.page.evaluate(f"ahead = {{ wall: {wall * 1000}, steady: {steady * 1000} }}")
    assert_shows(bar, REMAINING - passed)


def test_sleep_without_the_gate_afterwards_is_taken_off(bar: Locator, campus: Campus) -> None:
    """While nobody can be asked, the bar promises rather too little time than too much."""
    campus.answer = None
    bar.page.evaluate("ahead.wall = 180000")
    assert_shows(bar, REMAINING - 180)
    bar.page.evaluate("ahead.wall = 0")
    bar.page.wait_for_timeout(1500)
    assert seconds(bar) < REMAINING - 180


def test_i49_frozen_tab(page: Page, campus: Campus) -> None:
    """A tab that the browser froze is right when it is shown again."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    began, shown = time.monotonic(), seconds(bar)
    session = page.context.new_cdp_session(page)
    session.send("Page.setWebLifecycleState", {"state": "frozen"})
    time.sleep(3)
    session.send("Page.setWebLifecycleState", {"state": "active"})
    campus.answer = OPEN | {"remaining": REMAINING - 3}
    assert_shows(bar, shown - (time.monotonic() - began))


def test_slow_answer_is_half_over(page: Page, campus: Campus) -> None:
    """An answer that took three seconds is believed to be half as old."""
    campus.slowness = 3
    bar = visit(page, campus)
    expect(bar).to_be_visible(timeout=10_000)
    assert abs(seconds(bar) - REMAINING + 1.5) <= 1


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        pytest.param(OPEN | {"remaining": 300}, "warning", id="time has passed"),
        pytest.param(NEEDED, "over", id="closed meanwhile"),
    ],
)
def test_page_kept_for_the_back_button_asks_again(
    page: Page, campus: Campus, answer: dict[str, object], state: str
) -> None:
    """A page from the back/forward cache shows the present, not the moment when it was left."""
    page.add_init_script(KEPT)
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    page.goto(campus.url.replace("excel", "otro"))
    campus.answer = dict(answer)
    page.go_back(wait_until="commit")
    page.wait_for_function("window.isKept")
    expect(bar).to_have_class(state)


def test_back_online_is_asked_at_once(page: Page, campus: Campus) -> None:
    """A network that comes back takes the note away."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    page.context.set_offline(offline=True)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(bar).to_contain_text("Sin conexión")
    page.context.set_offline(offline=False)
    expect(bar).to_have_class("open calm")


def test_gate_that_comes_back_is_found(bar: Locator, campus: Campus) -> None:
    """A gate that was away is asked again within seconds."""
    campus.answer = None
    bar.page.evaluate("dispatchEvent(new Event('online'))")
    expect(bar).to_contain_text("Sin conexión")
    campus.answer = dict(OPEN)
    bar.page.evaluate("ahead = { wall: 16000, steady: 16000 }")
    expect(bar).to_have_class("open calm")


def test_is_asked_every_two_minutes(bar: Locator, campus: Campus) -> None:
    """What changes elsewhere without a sign is seen, and the gate is not asked more than that."""
    bar.page.evaluate("ahead = { wall: 110000, steady: 110000 }")
    bar.page.wait_for_timeout(1200)
    assert len(campus.asked) == 1
    bar.page.evaluate("ahead = { wall: 125000, steady: 125000 }")
    bar.page.wait_for_timeout(1200)
    assert len(campus.asked) == 2


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        pytest.param(OPEN, NEEDED, "no está abierta", id="closed"),
        pytest.param(EXPIRED, OPEN, "Excel básico1:", id="begun anew"),
    ],
)
def test_what_happens_at_the_gate_shows_in_every_tab(
    context: BrowserContext,
    page: Page,
    campus: Campus,
    before: dict[str, object],
    after: dict[str, object],
    text: str,
) -> None:
    """Any page of the gate in one tab makes the bars of the others ask."""
    campus.answer = dict(before)
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    campus.answer = dict(after)
    context.new_page().goto(campus.url.replace("cursos/excel/", "_sence/vuelta"))
    expect(bar).to_contain_text(text.removesuffix("1:"))
    expect(bar).to_have_class("over" if after is NEEDED else "open calm")


def test_close_that_begins_in_one_tab_shows_in_the_others(
    context: BrowserContext, page: Page, campus: Campus
) -> None:
    """Both windows of a learner say that the session is being closed; another course's does not."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    campus.answer = OPEN | {"course": "word", "name": "Word"}
    word = visit(context.new_page(), campus)
    expect(word).to_be_visible()
    campus.answer = dict(OPEN)
    other = visit(context.new_page(), campus)
    other.get_by_role("link").click()
    expect(bar).to_contain_text("Cerrando la sesión…")
    expect(word).not_to_contain_text("Cerrando")


def test_tabs_count_alike(context: BrowserContext, page: Page, campus: Campus) -> None:
    """A tab that is minutes old and a new one show the same second, or the next."""
    page.add_init_script(CLOCKS)
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    page.evaluate("ahead = { wall: 60000, steady: 60000 }")
    campus.answer = OPEN | {"remaining": REMAINING - 60}
    other = visit(context.new_page(), campus)
    expect(other).to_be_visible()
    page.wait_for_timeout(1100)
    assert abs(seconds(bar) - seconds(other)) <= 2


def test_hidden_tab_asks_when_it_is_shown(page: Page, campus: Campus) -> None:
    """A tab in the background costs the gate nothing, and is right when looked at."""
    page.add_init_script(
        "Object.defineProperty(Document.prototype, 'hidden', { get: () => window.isAway ?? true })"
    )
    visit(page, campus)
    page.wait_for_timeout(300)
    assert campus.asked == []
    page.evaluate("isAway = false; document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))")
    expect(bar_of(page)).to_be_visible()
