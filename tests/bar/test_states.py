"""What the bar says: running, warning, over, gone, closing, without the gate, nothing."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect

from tests.bar.campus import EXPIRED, NEEDED, NONE, OPEN, SCRIPT, Campus
from tests.bar.looks import WAKE, bar_of, own, padding, seconds, visit

RESTART = "Nueva sesión"
CLOSE = "Cerrar en SENCE"


def test_shows_course_time_and_the_way_to_close(page: Page, campus: Campus) -> None:
    """A learner sees what runs, how long it still runs and how to end it."""
    bar = visit(page, campus)
    expect(bar).to_contain_text("Excel básico")
    assert 5386 < seconds(bar) <= 5391
    expect(bar.get_by_role("link")).to_have_attribute("href", own(page, "cierre?curso=excel"))
    assert campus.asked == ["/campus/cursos/excel/?tema=2"]


def test_counts_down(page: Page, campus: Campus) -> None:
    """The time left goes on without asking the gate again."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    began = seconds(bar)
    page.wait_for_timeout(2100)
    assert began - 4 <= seconds(bar) <= began - 2
    assert len(campus.asked) == 1


def test_long_sessions_show_all_their_hours(page: Page, campus: Campus) -> None:
    """Ten hours and more have two digits."""
    campus.answer = OPEN | {"remaining": 12 * 3600}
    expect(visit(page, campus).get_by_role("timer")).to_contain_text("11:59:5", timeout=5000)


def test_warns_once_and_says_what_to_do(page: Page, campus: Campus) -> None:
    """Ten minutes before the end the bar changes and is announced, not on every page anew."""
    campus.answer = OPEN | {"remaining": 601}
    bar = visit(page, campus)
    expect(bar).to_have_class("open calm")
    expect(bar).to_have_class("warning", timeout=5000)
    expect(bar.get_by_text("Guarda tu avance y cierra la sesión", exact=True)).to_be_visible()
    spoken = "A tu sesión SENCE le quedan 10 min. Guarda tu avance y cierra la sesión."
    expect(bar.get_by_role("status")).to_have_text(spoken)
    campus.answer = OPEN | {"remaining": 590}
    page.reload()
    expect(bar).to_have_class("warning")
    page.wait_for_timeout(1300)
    assert bar.get_by_role("status").text_content() == ""


def test_i48_nothing_is_announced_while_there_is_time(page: Page, campus: Campus) -> None:
    """Assistive technology is left alone: the timer is silent by its role, the status empty."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    page.wait_for_timeout(1300)
    assert bar.get_by_role("status").text_content() == ""
    assert bar.locator("[aria-live]").count() == 0


def test_end_offers_a_restart_and_a_late_close_in_another_tab(page: Page, campus: Campus) -> None:
    """The end never navigates: what the learner has typed stays where it is."""
    campus.answer = EXPIRED
    bar = visit(page, campus)
    expect(bar).to_contain_text("Tu sesión SENCE terminó")
    for name, path in ((RESTART, "inicio?curso=excel"), (CLOSE, "cierre?curso=excel")):
        link = bar.get_by_role("link", name=name)
        expect(link).to_have_attribute("href", own(page, path))
        expect(link).to_have_attribute("target", "_blank")
    expect(bar.get_by_role("status")).to_have_text("Tu sesión SENCE terminó")
    assert page.url == campus.url


def test_end_is_asked_of_the_gate(page: Page, campus: Campus) -> None:
    """When the countdown ends on a page, the gate has the last word."""
    campus.answer = OPEN | {"remaining": 2}
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    campus.answer = OPEN | {"remaining": 3600}
    expect(bar).to_have_class("open calm", timeout=5000)


def test_end_comes_without_the_gate_too(page: Page, campus: Campus) -> None:
    """A gate that is away at the end delays nothing: the restart was known before."""
    campus.answer = OPEN | {"remaining": 2}
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    campus.answer = None
    expect(bar.get_by_role("link", name=RESTART)).to_be_visible(timeout=5000)


def test_session_that_is_gone_is_told(page: Page, campus: Campus) -> None:
    """A page that showed a session says when there is none any more, and offers the start alone."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    campus.answer = dict(NEEDED)
    page.evaluate(WAKE)
    expect(bar.get_by_role("status")).to_have_text("Tu sesión SENCE no está abierta")
    expect(bar).to_contain_text("Tu sesión SENCE no está abierta")
    expect(bar.get_by_role("link")).to_have_attribute("href", own(page, "inicio?curso=excel"))


def test_close_that_begins_is_told_and_watched(page: Page, campus: Campus) -> None:
    """After the press on close the bar says so, and asks often until the session is closed."""
    bar = visit(page, campus)
    bar.get_by_role("link", name=CLOSE).evaluate("link => { link.target = 'other'; link.click() }")
    expect(bar).to_contain_text("Cerrando la sesión…")
    expect(bar.get_by_role("link", name=CLOSE)).to_be_visible()
    campus.answer = dict(NEEDED)
    expect(bar).to_contain_text("no está abierta", timeout=8000)


def test_close_that_was_given_up_is_forgotten_on_coming_back(page: Page, campus: Campus) -> None:
    """Whoever comes back with the back button has a session that runs."""
    bar = visit(page, campus)
    bar.get_by_role("link", name=CLOSE).evaluate("link => { link.target = 'other'; link.click() }")
    expect(bar).to_contain_text("Cerrando la sesión…")
    page.evaluate(WAKE)
    expect(bar).to_have_class("open calm")


def test_page_that_needs_nothing_any_more_has_no_bar(page: Page, campus: Campus) -> None:
    """Whoever logged out of the platform, or whom SENCE does not concern, is not asked for a start."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    campus.answer = dict(NONE)
    page.evaluate(WAKE)
    expect(bar).to_be_hidden()
    page.wait_for_function("() => getComputedStyle(document.body).paddingBottom === '0px'")


def test_nothing_to_show_shows_nothing(page: Page, campus: Campus) -> None:
    """A page without a session looks as if there were no gate."""
    campus.answer = dict(NONE)
    with page.expect_response("**/estado?*"):
        visit(page, campus)
    page.wait_for_timeout(100)
    assert page.locator("sence-gate-bar").count() == 0
    assert padding(page) == "0px"


def test_counts_on_without_the_gate(page: Page, campus: Campus) -> None:
    """A gate that is away costs the learner a discreet note, not the countdown."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    campus.answer = None
    page.evaluate(WAKE)
    expect(bar.get_by_text("Sin conexión con el registro")).to_be_visible()
    before = seconds(bar)
    page.wait_for_timeout(1100)
    assert 1 <= before - seconds(bar) <= 3
    assert bar.get_by_role("status").text_content() == ""
    campus.answer = dict(OPEN)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(bar).to_have_class("open calm")


def test_collapses_and_remembers(page: Page, campus: Campus) -> None:
    """A bar that was made small by the keyboard is small on the next page; the time stays."""
    bar = visit(page, campus)
    bar.get_by_role("button", name="Achicar la barra").press("Enter")
    page.reload()
    expect(bar.get_by_role("link")).to_be_hidden()
    expect(bar.get_by_role("timer")).to_be_visible()
    bar.get_by_role("button", name="Mostrar la barra").click()
    expect(bar.get_by_role("link")).to_be_visible()


def test_end_opens_a_collapsed_bar(page: Page, campus: Campus) -> None:
    """Nobody misses the end because the bar is small."""
    bar = visit(page, campus)
    bar.get_by_role("button").click()
    campus.answer = EXPIRED
    page.reload()
    expect(bar.get_by_role("link", name=RESTART)).to_be_visible()


def test_i48_keyboard_reaches_everything(page: Page, campus: Campus) -> None:
    """After the page's last control come the link and the button, each with a ring around it."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    page.locator("#last").focus()
    for control in (bar.get_by_role("link"), bar.get_by_role("button")):
        page.keyboard.press("Tab")
        expect(control).to_be_focused()
        assert control.evaluate("it => getComputedStyle(it).outlineWidth") != "0px"


def test_works_where_nothing_may_be_remembered(context: BrowserContext, campus: Campus) -> None:
    """A browser that forbids storage has a bar all the same."""
    context.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw Error('no') } })")
    page = context.new_page()
    visit(page, campus).get_by_role("button").click()
    expect(bar_of(page).get_by_role("link")).to_be_hidden()


def test_stays_small() -> None:
    """The script is less than 10 kB, as served."""
    assert SCRIPT.stat().st_size < 10_000
