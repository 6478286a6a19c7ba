"""The bar beside what the platform has: it covers nothing, and stands back where it must."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.bar.campus import COURSE, EXPIRED, FRAMED, HEAD, NONE, OPEN, Campus, course
from tests.bar.looks import WAKE, are_apart, box, padding, visit

LONG = "Prevención de riesgos y primeros auxilios en faenas mineras de altura geográfica"


@pytest.mark.parametrize(
    "answer", [OPEN, OPEN | {"remaining": 500}, EXPIRED], ids=["open", "warning", "over"]
)
@pytest.mark.parametrize(
    ("width", "height"),
    [
        pytest.param(1440, 900, id="desk"),
        pytest.param(360, 640, id="phone"),
        pytest.param(320, 256, id="400 per cent"),  # WCAG 1.4.10
    ],
)
def test_i48_covers_nothing_and_shows_itself_whole(
    page: Page, campus: Campus, width: int, height: int, answer: dict[str, object]
) -> None:
    """The page's last button stands above the bar, and every control of the bar is in the window."""
    page.set_viewport_size({"width": width, "height": height})
    campus.answer = answer | {"name": LONG}
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    page.evaluate("scrollTo(0, 1e6)")
    assert are_apart(page.locator("#last"), bar)
    for control in (*bar.get_by_role("link").all(), bar.get_by_role("button")):
        left, top, right, bottom = box(control)
        assert left >= 0
        assert right <= width
        assert top >= box(bar)[1]
        assert bottom <= height
    assert box(bar)[3] - box(bar)[1] < 125


def test_is_slim_on_a_phone(page: Page, campus: Campus) -> None:
    """A tenth of the window, while nothing is the matter."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    assert box(bar)[3] - box(bar)[1] < 64


@pytest.mark.parametrize(
    "style",
    [
        pytest.param("inset: auto 0 0; height: 60px; z-index: 1030", id="footer"),
        pytest.param("inset: auto 0 0; height: 60px; z-index: 9999", id="footer above all"),
        pytest.param("inset: auto 1rem 1rem; height: 48px", id="cookie notice"),
        pytest.param("right: 24px; bottom: 24px; width: 56px; height: 56px", id="chat on the right"),
        pytest.param("left: 24px; bottom: 24px; width: 56px; height: 56px", id="chat on the left"),
        pytest.param("left: 35%; width: 30%; bottom: 9px; height: 40px", id="button in the middle"),
        pytest.param("right: 8px; bottom: 2px; width: 60px; height: 20px", id="small tab"),
        pytest.param("left: 0; top: 0; bottom: 0; width: 90px", id="side menu"),
    ],
)
def test_leaves_what_the_platform_keeps_below(page: Page, campus: Campus, style: str) -> None:
    """What stands fixed at the bottom of the window can still be seen and pressed."""
    pressed = "onclick=\"this.textContent = 'gracias'\""
    campus.show(course(f'<button id=fixed style="position: fixed; {style}" {pressed}>Ayuda</button>'))
    bar, fixed = visit(page, campus), page.locator("#fixed")
    expect(bar).to_be_visible()
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(WAKE)
        assert are_apart(fixed, bar)
        assert box(bar)[2] - box(bar)[0] > 240
    fixed.click()
    expect(fixed).to_have_text("gracias")
    bar.get_by_role("button").click()
    assert are_apart(fixed, bar)


def test_goes_down_again(page: Page, campus: Campus) -> None:
    """A notice that is dismissed gives the bar its place back."""
    notice = '<p id=fixed style="position: sticky; bottom: 0; margin: 0; height: 50px">Cookies</p>'
    campus.show(course(notice))
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    page.wait_for_timeout(100)
    assert box(bar)[3] <= 590
    page.locator("#fixed").evaluate("it => it.remove()")
    page.wait_for_timeout(1200)
    assert box(bar)[3] == 640


def test_stays_under_a_dialog_and_comes_back(page: Page, campus: Campus) -> None:
    """A modal dialog is not disturbed: the bar is behind its backdrop, and there again after it."""
    style = "dialog { width: 100%; height: 100%; max-width: none; max-height: none; box-sizing: border-box }"
    campus.show(course("<dialog><button autofocus>Cerrar</button></dialog>", style=style))
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    topmost = "document.elementFromPoint(180, innerHeight - 8).localName"
    assert page.evaluate(topmost) == "sence-gate-bar"
    page.evaluate("document.querySelector('dialog').showModal()")
    page.wait_for_timeout(1100)
    assert page.evaluate(topmost) == "dialog"
    page.evaluate("document.querySelector('dialog').close()")
    assert page.evaluate(topmost) == "sence-gate-bar"


@pytest.mark.parametrize("element", ["#player", "html"])
def test_full_screen_is_the_players_alone(page: Page, campus: Campus, element: str) -> None:
    """A player that fills the screen fills it all; afterwards the bar is there again."""
    start = f"onclick=\"document.querySelector('{element}').requestFullscreen()\""
    campus.show(course(f"<div id=player><button id=go {start}>Ver</button></div>"))
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    page.locator("#go").click()
    page.wait_for_function("document.fullscreenElement")
    expect(bar).to_be_hidden()
    page.evaluate("document.exitFullscreen()")
    expect(bar).to_be_visible()


def test_i48_is_not_printed(page: Page, campus: Campus) -> None:
    """Paper shows the page alone."""
    bar = visit(page, campus)
    bar.get_by_role("button").click()
    page.emulate_media(media="print")
    expect(bar).to_be_hidden()
    assert padding(page) == "0px"


def test_gives_the_page_its_own_padding_back(page: Page, campus: Campus) -> None:
    """The page's own padding is added to, and remains when the bar goes."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    page.evaluate("document.body.style.paddingBottom = '7px'; dispatchEvent(new Event('resize'))")
    bar.get_by_role("button").click()
    page.wait_for_timeout(100)
    assert abs(float(padding(page)[:-2]) - 7 - box(bar)[3] + box(bar)[1]) < 1
    campus.answer = dict(NONE)
    page.evaluate("history.pushState(null, '', '/campus/')")
    expect(bar).to_be_hidden()
    page.evaluate("document.body.style.paddingBottom = '9px'")
    assert padding(page) == "9px"


def test_i48_keyboard_focus_is_not_hidden_behind_it(page: Page, campus: Campus) -> None:
    """What gets the focus is scrolled above the bar (WCAG 2.4.11)."""
    campus.show(course("".join(f"<p><button id=b{number}>{number}</button></p>" for number in range(40))))
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    page.wait_for_timeout(100)
    for _ in range(25):
        page.keyboard.press("Tab")
        assert are_apart(page.locator(":focus"), bar)


def test_reads_from_left_to_right_on_any_page(page: Page, campus: Campus) -> None:
    """A page in Arabic or Hebrew does not turn the Spanish bar around."""
    campus.show(COURSE.replace('lang="es"', 'dir="rtl" lang="ar"'))
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    assert box(bar.get_by_text("Excel básico"))[0] < box(bar.get_by_role("link"))[0]


def test_frames_have_no_bar(page: Page, campus: Campus) -> None:
    """A page inside a page leaves the bar to the outer one."""
    campus.pages["/campus/"] = FRAMED
    campus.url = campus.url.replace("cursos/excel/?tema=2", "")
    expect(visit(page, campus)).to_be_visible()
    assert page.frame_locator("iframe").locator("sence-gate-bar").count() == 0


FRAMES = {
    "menu first": ("<frameset cols='20%,*'><frame src='/menu'><frame src='/texto'></frameset>", 1),
    "largest first": ("<frameset cols='60%,10%,*'><frame src='/texto'><frame><frame></frameset>", 0),
    "not in the middle": ("<frameset cols='40%,25%,*'><frame src='/texto'><frame><frame></frameset>", 0),
    "frames in frames": (
        "<frameset rows='80,*'><frame src='/alto'>"
        "<frameset cols='30%,*'><frame src='/menu'><frame src='/texto'></frameset></frameset>",
        2,
    ),
    "largest of another site": (
        "<frameset cols='60%,*'><frame src='http://otro.test/'><frame src='/texto'></frameset>",
        1,
    ),
}


@pytest.mark.parametrize(("frames", "largest"), FRAMES.values(), ids=FRAMES)
def test_frameset_lends_its_largest_frame(
    browser: Browser, campus: Campus, frames: str, largest: int
) -> None:
    """A page made of frames shows the bar in the largest that it may, again after it has moved on."""
    campus.pages["/campus/cursos/excel/"] = f"{HEAD}</head>{frames}"
    campus.policy = ""
    page = browser.new_page(viewport={"width": 1000, "height": 600})
    page.route("http://otro.test/", lambda route: route.fulfill(body="otro"))
    page.goto(campus.url)
    bar = page.frame_locator(f"frame >> nth={largest}").get_by_role("region", name="Sesión SENCE")
    expect(bar).to_be_visible()
    page.frames[largest + 1].goto(campus.url.replace("/campus/cursos/excel/", "/otro"))
    expect(bar).to_be_visible()
    assert sum(frame.locator("sence-gate-bar").count() for frame in page.frames) == 1
    page.close()


def test_frameset_in_a_frame_is_looked_into(browser: Browser, campus: Campus) -> None:
    """A frame that shows frames of its own lends the largest of those."""
    campus.pages["/campus/cursos/excel/"] = f"{HEAD}</head><frameset cols='20%,*'><frame><frame src='/in'>"
    campus.pages["/in"] = "<frameset rows='30%,*'><frame><frame src='/texto'></frameset>"
    page = browser.new_page()
    page.goto(campus.url)
    inner = page.frame_locator("frame >> nth=1").frame_locator("frame >> nth=1")
    expect(inner.get_by_role("region", name="Sesión SENCE")).to_be_visible()
    page.close()
