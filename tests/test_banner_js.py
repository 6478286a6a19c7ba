"""The bar in a real browser, on pages of a small platform with a scripted `/estado`."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from werkzeug.serving import make_server

from tests.banner_campus import COURSE, EXPIRED, FRAMED, FRAMESET, OPEN, SCRIPT, Campus

CHROMIUM = shutil.which("chromium") or ""
FLAGS = (
    "--headless --no-sandbox --disable-background-networking --disable-gpu --no-first-run "
    "--disable-component-update --disable-sync"
)
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture
def campus() -> Iterator[Campus]:
    campus = Campus(answer=dict(OPEN))
    server = make_server("127.0.0.1", 0, campus, threaded=True)
    campus.url = f"http://127.0.0.1:{server.server_port}/campus/cursos/excel/?tema=2"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield campus
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 360, "height": 640})
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def visit(page: Page, campus: Campus) -> Locator:
    """Open the course; return its bar."""
    page.goto(campus.url)
    return page.get_by_role("region", name="Sesión SENCE")


def own(page: Page, path: str) -> str:
    """Return the address of *path* below the gate's prefix."""
    return urljoin(page.url, f"/campus/_sence/{path}")


def padding(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.querySelector('body')).paddingBottom"))


def test_shows_course_time_and_the_way_to_close(page: Page, campus: Campus) -> None:
    """A learner sees what runs, how long it still runs and how to end it."""
    bar = visit(page, campus)
    expect(bar).to_contain_text("Excel básico")
    expect(bar.get_by_role("timer")).to_have_text("1:29:51")
    expect(bar.get_by_role("link")).to_have_attribute("href", own(page, "cierre?curso=excel"))
    assert campus.asked == ["/campus/cursos/excel/?tema=2"]


def test_counts_down(page: Page, campus: Campus) -> None:
    """The time left goes on without asking the gate again."""
    bar = visit(page, campus)
    expect(bar.get_by_role("timer")).to_have_text("1:29:49", timeout=5000)
    assert len(campus.asked) == 1


def test_warns_and_says_so_once(page: Page, campus: Campus) -> None:
    """Ten minutes before the end the bar changes and is announced, not on every page anew."""
    campus.answer = OPEN | {"remaining": 602}
    bar = visit(page, campus)
    expect(bar).to_have_class("open  ")
    expect(bar).to_have_class("warning  ", timeout=5000)
    expect(bar.get_by_role("status")).to_have_text("A tu sesión SENCE le quedan 10 min.")
    campus.answer = OPEN | {"remaining": 590}
    page.reload()
    expect(bar).to_have_class("warning  ")
    page.wait_for_timeout(1500)
    assert bar.get_by_role("status").text_content() == ""


def test_end_offers_a_restart_in_another_tab(page: Page, campus: Campus) -> None:
    """The end never navigates: what the learner has typed stays where it is."""
    campus.answer = EXPIRED
    bar = visit(page, campus)
    expect(bar).to_contain_text("Tu sesión SENCE terminó")
    restart = bar.get_by_role("link", name="Registrar una nueva sesión")
    expect(restart).to_have_attribute("href", own(page, "inicio?curso=excel"))
    expect(restart).to_have_attribute("target", "_blank")
    expect(bar.get_by_role("link", name="Cerrar en SENCE")).to_be_visible()
    assert page.url == campus.url


def test_end_is_asked_of_the_gate(page: Page, campus: Campus) -> None:
    """When the countdown ends on a page, the gate says where to start anew."""
    campus.answer = OPEN | {"remaining": 2}
    bar = visit(page, campus)
    expect(bar.get_by_role("timer")).to_have_text("0:00:01")
    campus.answer = EXPIRED
    expect(bar.get_by_role("link", name="Registrar una nueva sesión")).to_be_visible()


def test_nothing_to_show_shows_nothing(page: Page, campus: Campus) -> None:
    """A page without a session looks as if there were no gate."""
    campus.answer = {"state": "none"}
    visit(page, campus)
    page.wait_for_timeout(300)
    assert page.locator("sence-gate-bar").count() == 0
    assert padding(page) == "0px"


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
    expect(bar.get_by_role("link", name="Registrar una nueva sesión")).to_be_visible()


def test_strictest_policy_finds_no_fault(page: Page, campus: Campus) -> None:
    """`default-src 'self'` and Trusted Types without any policy log no error."""
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    visit(page, campus).get_by_role("button").click()
    assert faults == []


def test_frames_have_no_bar(page: Page, campus: Campus) -> None:
    """A page inside a page leaves the bar to the outer one."""
    campus.pages["/campus/"] = FRAMED
    campus.url = campus.url.replace("cursos/excel/?tema=2", "")
    expect(visit(page, campus)).to_be_visible()
    assert page.frame_locator("iframe").locator("sence-gate-bar").count() == 0


def test_frameset_lends_its_middle_frame(page: Page, campus: Campus) -> None:
    """A page made of frames shows the bar in one of them, again after it has moved on."""
    campus.pages["/campus/cursos/excel/"] = FRAMESET
    page.goto(campus.url)
    bar = page.frame_locator("frame >> nth=1").get_by_role("region", name="Sesión SENCE")
    expect(bar).to_be_visible()
    page.frames[2].goto(campus.url.replace("/campus/cursos/excel/", "/otro"))
    expect(bar).to_be_visible()


def test_covers_nothing_on_a_small_screen(page: Page, campus: Campus) -> None:
    """The page's last button stands above the bar at 360 × 640."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    page.evaluate("scrollTo(0, 1e6)")
    button, box = page.locator("#last").bounding_box(), bar.bounding_box()
    assert button is not None
    assert box is not None
    assert button["y"] + button["height"] <= box["y"]
    assert box["height"] < 80


def test_gives_the_page_its_own_padding_back(page: Page, campus: Campus) -> None:
    """The page's own padding is added to, and remains when the bar goes."""
    campus.pages["/campus/cursos/excel/"] = COURSE
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    page.evaluate("document.body.style.paddingBottom = '7px'; dispatchEvent(new Event('resize'))")
    bar.get_by_role("button").click()
    height = page.evaluate("document.querySelector('sence-gate-bar').shadowRoot.firstChild.offsetHeight")
    page.wait_for_timeout(100)
    assert padding(page) == f"{7 + int(height)}px"
    campus.answer = {"state": "none"}
    page.evaluate("history.pushState(null, '', '/campus/')")
    expect(bar).to_be_hidden()
    page.evaluate("document.body.style.paddingBottom = '9px'")
    assert padding(page) == "9px"


def test_counts_on_without_the_gate(page: Page, campus: Campus) -> None:
    """A gate that is away costs the learner a discreet note, not the countdown."""
    page.set_viewport_size({"width": 1000, "height": 640})
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    campus.answer = None
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(bar).to_contain_text("Sin conexión con el registro")
    expect(bar.get_by_role("timer")).to_have_text("1:29:48", timeout=5000)


def test_gate_that_comes_back_is_found(page: Page, campus: Campus) -> None:
    """A gate that was away when the page loaded is asked again within seconds."""
    campus.answer = None
    bar = visit(page, campus)
    page.wait_for_timeout(300)
    campus.answer = dict(OPEN)
    page.evaluate("Date.now = ((now) => () => now() + 20000)(Date.now)")
    expect(bar).to_be_visible()


def test_asks_again_for_a_new_address(page: Page, campus: Campus) -> None:
    """A single-page platform changes courses without loading a page."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    campus.answer = OPEN | {"name": "Word", "course": "word"}
    page.evaluate("history.pushState(null, '', '/campus/cursos/word/')")
    expect(bar).to_contain_text("Word")
    assert campus.asked[-1] == "/campus/cursos/word/"


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(
            "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))", id="back button"
        ),
        pytest.param("Date.now = ((now) => () => now() + 6 * 60000)(Date.now)", id="woken from sleep"),
    ],
)
def test_asks_again_when_time_has_passed_unseen(page: Page, campus: Campus, event: str) -> None:
    """What the bar knew before it was put to sleep is not trusted."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    campus.answer = OPEN | {"remaining": 60}
    page.evaluate(event)
    expect(bar).to_have_class("warning  ")


FETCH = "fetch('/refused').then((response) => response.json()).then((problem) => problem.start_url)"
XHR = """new Promise((resolve) => {
  const request = new XMLHttpRequest();
  request.open('GET', '/refused');
  request.onload = () => resolve(JSON.parse(request.responseText).start_url);
  request.send();
})"""
XHR_JSON = XHR.replace("JSON.parse(request.responseText)", "request.response").replace(
    "request.send", "request.responseType = 'json'; request.send"
)


@pytest.mark.parametrize(
    "request_of_the_page",
    [
        pytest.param(FETCH, id="fetch"),
        pytest.param(XHR, id="XMLHttpRequest"),
        pytest.param(XHR_JSON, id="XMLHttpRequest of JSON"),
    ],
)
def test_refused_script_shows_the_end(page: Page, campus: Campus, request_of_the_page: str) -> None:
    """A 401 of the gate turns the bar to its end, and the platform still reads the answer."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    campus.answer = {"state": "none"}
    assert page.evaluate(request_of_the_page) == "/campus/_sence/inicio?curso=excel"
    expect(bar).to_contain_text("Tu sesión SENCE terminó")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    page.wait_for_timeout(300)
    expect(bar.get_by_role("link", name="Registrar una nueva sesión")).to_be_visible()


@pytest.mark.parametrize(
    "problem",
    [
        pytest.param({"start_url": "https://otro.cl/x"}, id="leads elsewhere"),
        pytest.param({"start_url": "javascript:x"}, id="leads to a script"),
        pytest.param({"title": "Unauthorized"}, id="leads nowhere"),
        pytest.param("no", id="is no problem"),
    ],
)
def test_refusal_of_somebody_else_is_not_ours(page: Page, campus: Campus, problem: object) -> None:
    """A 401 of the platform, or one that leads elsewhere, changes nothing."""
    page.route("**/foreign", lambda route: route.fulfill(status=401, json=problem))
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    page.evaluate("fetch('/foreign')")
    page.wait_for_timeout(300)
    expect(bar).not_to_contain_text("terminó")


def test_tabs_agree(context: BrowserContext, page: Page, campus: Campus) -> None:
    """A session that was started anew in another tab revives this one."""
    campus.answer = EXPIRED
    bar = visit(page, campus)
    expect(bar).to_contain_text("terminó")
    campus.answer = dict(OPEN)
    expect(visit(context.new_page(), campus)).to_be_visible()
    expect(bar.get_by_role("timer")).to_contain_text("1:29:")
    assert len(campus.asked) == 2


def test_stays_when_the_platform_replaces_its_body(page: Page, campus: Campus) -> None:
    """Navigation by script throws pages away; the bar and its room remain."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    page.evaluate("document.body.replaceWith(document.createElement('body'))")
    page.evaluate("document.querySelector('sence-gate-bar').remove(); document.adoptedStyleSheets = []")
    expect(bar).to_be_visible(timeout=3000)
    assert padding(page) != "0px"


def test_is_not_printed(page: Page, campus: Campus) -> None:
    """Paper shows the page alone."""
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    page.emulate_media(media="print")
    expect(bar).to_be_hidden()
    assert padding(page) == "0px"


def test_runs_once(page: Page, campus: Campus) -> None:
    """Two gates in front of one page make one bar."""
    script = '<script src="/campus/_sence/banner.js" defer></script>'
    campus.pages["/campus/cursos/excel/"] = COURSE.replace(script, script * 2)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    expect(visit(page, campus)).to_be_visible()
    assert (len(campus.asked), faults) == (1, [])


def posted(campus: Campus, post: str) -> None:
    """Have somebody write *post* on the course's page."""
    campus.pages["/campus/cursos/excel/"] = COURSE.replace("<p>", f"{post}<p>", 1)


# Playwright looks the page up by names that a post may have taken.
SHOWN = """() => {
  const bar = Document.prototype.querySelector.call(document, "sence-gate-bar")?.shadowRoot;
  return bar?.querySelector("section").checkVisibility() && bar.querySelector("a.main").href;
}"""


def test_no_picture_answers_for_the_script(page: Page, campus: Campus) -> None:
    """A picture called `currentScript` does not say where the gate is."""
    posted(campus, '<img name="currentScript" src="http://otro.test/x/y.png">')
    elsewhere: list[str] = []
    page.on("request", lambda request: elsewhere.append(request.url))
    bar = visit(page, campus)
    expect(bar.get_by_role("link")).to_have_attribute("href", own(page, "cierre?curso=excel"))
    assert [url for url in elsewhere if "otro.test" in url] == ["http://otro.test/x/y.png"]


TAKEN = """() => [Document, Node, EventTarget, Object, Window].flatMap((each) => Object.getOwnPropertyNames(
  each.prototype)).concat(Object.getOwnPropertyNames(window))"""


@pytest.mark.parametrize(
    "element",
    [
        pytest.param("<img name='{}'>", id="pictures"),
        pytest.param("<a id='{}'></a>", id="links"),
        pytest.param("<form name='{}'><input name=src value=javascript:x></form>", id="forms"),
        pytest.param("<object id='{}'></object>", id="objects"),
    ],
)
def test_no_name_in_a_post_disturbs_the_bar(page: Page, campus: Campus, element: str) -> None:
    """Whatever property of the document or the window somebody names an element after, the bar works."""
    visit(page, campus)
    posted(campus, "".join(element.format(name) for name in page.evaluate(TAKEN)))
    page.goto(campus.url)
    found = page.wait_for_function(SHOWN).json_value()
    assert found == own(page, "cierre?curso=excel")


def test_no_frame_answers_for_the_body(page: Page, campus: Campus) -> None:
    """A frame called `body`, into which no script may look, takes neither the bar nor its room."""
    posted(campus, '<iframe name="body" src="http://otro.test/"></iframe>')
    page.goto(campus.url)
    page.wait_for_function(SHOWN)
    page.wait_for_timeout(100)
    assert padding(page) != "0px"


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("javascript:document.title='x'", id="a script"),
        pytest.param("//otro.test/campus/_sence/cierre", id="another host"),
        pytest.param("/campus/cursos/excel/", id="the platform"),
        pytest.param("/campus/_sence/../cursos/", id="the platform, in disguise"),
    ],
)
def test_links_lead_to_the_gate_alone(page: Page, campus: Campus, url: str) -> None:
    """Who should manage to answer for the gate still cannot say where the bar leads."""
    campus.answer = EXPIRED | {"start_url": url, "close_url": url}
    bar = visit(page, campus)
    expect(bar).to_contain_text("Tu sesión SENCE terminó")
    expect(bar.get_by_role("link")).to_have_count(0)
    assert not bar.locator("a[href]:not([href=''])").count()


def test_base_of_the_page_does_not_turn_the_links(page: Page, campus: Campus) -> None:
    """A `<base>` in a post leads nobody to another host who wants to close."""
    posted(campus, "<base href='https://otro.test/'>")
    bar = visit(page, campus)
    expect(bar.get_by_role("link")).to_have_attribute("href", own(page, "cierre?curso=excel"))


def test_name_of_the_element_may_be_taken(page: Page, campus: Campus) -> None:
    """A platform that has an element of this name gets the bar all the same."""
    page.add_init_script("customElements.define('sence-gate-bar', class extends HTMLElement {})")
    expect(visit(page, campus)).to_be_visible()


def test_script_of_another_origin_does_nothing(page: Page, campus: Campus) -> None:
    """Nobody's copy of the script shows what its own host answers."""
    copy = COURSE.replace('"/', '"http://otro.test/')
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.route("**/cursos/**", lambda route: route.fulfill(body=copy, content_type="text/html"))
    page.route(
        "http://otro.test/**", lambda route: route.fulfill(path=SCRIPT, content_type="text/javascript")
    )
    visit(page, campus)
    page.wait_for_timeout(300)
    assert [url for url in asked if "/_sence/" in url] == ["http://otro.test/campus/_sence/banner.js"]


def test_stays_small() -> None:
    """The script is less than 10 kB, as served."""
    assert SCRIPT.stat().st_size < 10_000
