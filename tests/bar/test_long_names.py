"""Courses with long names on a telephone: all of the name can be read, and nothing is pushed away by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.bar.campus import EXPIRED, NEEDED, OPEN, Campus
from tests.bar.looks import are_apart, box, visit

NAMES = {
    "60": "Gestión de inventarios y bodegas para empresas de transporte",
    "120": "Gestión de inventarios y bodegas para empresas de transporte, almacenes y centros de distribución"
    " (modalidad e-learning)",
    "without blanks": "Gestion_de_inventarios_y_bodegas_para_empresas_de_transporte",
}
STATES = {"open": OPEN, "warning": OPEN | {"remaining": 500}, "over": EXPIRED, "needed": NEEDED}
WIDTH, HEIGHT = 320, 640
LETTERS = {"100 %": 16, "200 %": 32}  # the size that a browser's settings give to text
# Cut off by its own box in no direction.
IS_WHOLE = "(it) => it.scrollWidth <= it.clientWidth + 1 && it.scrollHeight <= it.clientHeight + 1"
# The name is not cut off, and its last line is seen at the latest when what holds it is scrolled.
CAN_BE_READ = f"""(it) => {{
  it.parentElement.scrollTop = 1e6;
  const [own, around] = [it, it.parentElement].map((each) => each.getBoundingClientRect());
  return ({IS_WHOLE})(it) && own.bottom <= around.bottom + 1;
}}"""
Show = Callable[[str, dict[str, object], str], Locator]


@pytest.fixture(name="show", params=LETTERS)
def bar_on_a_small_telephone(
    request: pytest.FixtureRequest, browser: Browser, campus: Campus
) -> Iterator[Show]:
    """Return what shows the bar in a state, with a name, once with letters of each size."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, has_touch=True)
    page = context.new_page()
    size = LETTERS[request.param]
    context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": size}})

    def show(name: str, state: dict[str, object], phase: str) -> Locator:
        campus.answer = state | {"name": name}
        bar = visit(page, campus)
        expect(bar).to_have_class(phase)
        assert bar.evaluate("it => getComputedStyle(it).fontSize") == f"{size * 0.9375:g}px"
        return bar

    yield show
    context.close()


def parts(bar: Locator) -> list[Locator]:
    """Return what must never give way: the time, the links and the button, as far as this state has them."""
    shown = [bar.get_by_role("timer"), *bar.get_by_role("link").all(), bar.get_by_role("button")]
    return [part for part in shown if part.is_visible()]


def assert_all_there(bar: Locator) -> None:
    """Assert that each part is whole, within the window, and covers no other, nor the name."""
    seen = parts(bar)
    assert all(part.evaluate(IS_WHOLE) for part in seen)
    for number, part in enumerate([*seen, bar.locator("div")]):
        left, top, right, bottom = box(part)
        assert (left >= 0, top >= 0, right <= WIDTH, bottom <= HEIGHT) == (True,) * 4
        assert all(are_apart(part, other) for other in seen[:number])


PHASES = {"open": "open calm", "warning": "warning", "over": "over", "needed": "over"}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("state", STATES)
def test_no_name_hides_the_time_or_the_close(show: Show, name: str, state: str) -> None:
    """At 320 pixels and with large letters (WCAG 1.4.4, 1.4.10), before and after the name is touched."""
    bar = show(name, STATES[state], PHASES[state])
    assert len(parts(bar)) == (2 if state == "needed" else 3)
    assert_all_there(bar)
    bar.locator("div").tap()
    assert_all_there(bar)
    assert bar.get_by_text(name, exact=True).evaluate(CAN_BE_READ)


def test_a_name_of_sixty_signs_is_read_without_a_touch(page: Page, campus: Campus) -> None:
    """Two lines; what runs is the same height or less with a short name."""
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    campus.answer = OPEN | {"name": NAMES["60"]}
    bar = visit(page, campus)
    assert bar.get_by_text(NAMES["60"], exact=True).evaluate(IS_WHOLE)
    assert box(bar)[3] - box(bar)[1] < HEIGHT / 6


def test_the_end_is_never_cut_off(show: Show) -> None:
    """Which of the two ends it was stands at the end of its line."""
    bar = show(NAMES["120"], NEEDED, "over")
    assert bar.get_by_text("Tu sesión SENCE no está abierta", exact=True).evaluate(IS_WHOLE)


def test_i48_the_keyboard_shows_the_whole_name(show: Show) -> None:
    """Whoever comes by keyboard reads it all, and passes by nothing more; afterwards it is short again."""
    bar = show(NAMES["120"], dict(OPEN), "open calm")
    name = bar.get_by_text(NAMES["120"], exact=True)
    assert not name.evaluate(IS_WHOLE)
    bar.page.locator("#last").focus()
    bar.page.keyboard.press("Tab")
    expect(bar.get_by_role("link")).to_be_focused()
    assert name.evaluate(IS_WHOLE)
    bar.page.locator("#last").focus()
    assert not name.evaluate(IS_WHOLE)


def test_the_whole_name_is_read_aloud(page: Page, campus: Campus) -> None:
    """What is cut off for the eye is not cut off for assistive technology."""
    campus.answer = OPEN | {"name": NAMES["120"]}
    expect(visit(page, campus)).to_match_aria_snapshot(f'- region "Sesión SENCE":\n  - text: {NAMES["120"]}')
