"""The style sheet by its numbers, the script in a real browser.

The browser meets a site that consists of the rendered pages and of a stand-in
for SENCE; no request leaves the process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Route

import sence_gate
from sence_gate import pages
from tests.chromium_browser import chromium

ROOT = Path(sence_gate.__file__).parent
SITE = "http://campus.test"
render = pages.Pages("/_sence", versions={"pages.css": "1", "pages.js": "1"}).render
NAMES = {"course_name": "Excel", "otec_name": "Norte", "incident": "k7"}


def test_style_sheet_is_small_and_alone() -> None:
    """One short file that loads nothing."""
    sheet = (ROOT / "static/pages.css").read_text(encoding="utf-8")
    assert len(sheet.encode()) <= 6 * 1024
    assert not re.search(r"url\(|@import|@font-face", sheet)


def hand_off(*fields: str) -> str:
    """Return the page that sends *fields* to SENCE."""
    page = pages.HandOffPage(
        **NAMES,
        kind="start",
        action="/sence",
        fields=tuple((name, "x") for name in fields),
        back_url="/back",
    )
    return render(page)


def site() -> dict[str, str]:
    """Return the bodies of all addresses, those of SENCE and of the course left bare."""
    start = pages.StartPage(
        **NAMES,
        credential="clave_sence",
        ask_run=False,
        run_value="",
        run_error="",
        action="/_sence/inicio",
        curso="excel",
        volver="/curso/?a=1",
        minutes=180,
        test_environment=False,
        pending=False,
    )
    registered = pages.RegisteredPage(
        **NAMES, continue_url="/curso/?a=1", until="3 horas", test_environment=False
    )
    refused = pages.PostRefusedPage(**NAMES, start_url="/_sence/start")
    return {
        "/_sence/start": render(start),
        "/_sence/inicio": hand_off("submit", "dataset"),
        "/_sence/vuelta": render(registered),
        "/_sence/refused": render(refused),
        "/_sence/pages.js": (ROOT / "static/pages.js").read_text(encoding="utf-8"),
        "/_sence/pages.css": (ROOT / "static/pages.css").read_text(encoding="utf-8"),
        "/curso/": "<title>curso</title>",
        "/sence": "<title>sence</title>",
    }


class Visit:
    """A browser tab on the site, and what it asked of SENCE; `silent` paths never replace the page."""

    def __init__(self, context: BrowserContext, silent: tuple[str, ...] = ()) -> None:
        self.posts: list[str] = []
        self.silent = silent
        self.bodies = site()
        context.route("**/*", self.answer)
        self.page = context.new_page()

    def scripted(self) -> None:
        """Wait until the script has done all that it does at once."""
        self.page.wait_for_selector("html.script", state="attached")

    def answer(self, route: Route) -> None:
        """Serve one request under the policy of our own pages."""
        path = urlsplit(route.request.url).path
        if route.request.method == "POST":
            self.posts.append(path)
        if path in self.silent:
            route.fulfill(status=204)
            return
        kind = {"js": "text/javascript", "css": "text/css"}.get(path.rpartition(".")[2], "text/html")
        body = self.bodies.get(path, "")
        policy = "default-src 'none'; script-src 'self'; style-src 'self'"
        headers = {"Content-Type": f"{kind}; charset=utf-8", "Content-Security-Policy": policy}
        route.fulfill(status=200, body=body, headers=headers)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start one browser for all tests of this module."""
    with chromium() as found:
        yield found


def open_page(browser: Browser, path: str, *, script: bool = True, silent: tuple[str, ...] = ()) -> Visit:
    """Return a fresh visit that has opened *path*."""
    visit = Visit(browser.new_context(base_url=SITE, java_script_enabled=script), silent)
    # A page that sends itself to a place that answers nothing never finishes loading.
    visit.page.goto(path, wait_until="commit" if silent else "load")
    if script:
        visit.scripted()
    return visit


def test_hand_off_sends_itself(browser: Browser) -> None:
    """With script, nobody has to press the button, whatever the fields are called."""
    visit = open_page(browser, "/_sence/start")
    visit.page.click("button[type=submit]")
    visit.page.wait_for_url("**/sence")
    assert visit.posts == ["/_sence/inicio", "/sence"]


# All that the script could ask of a form, of the document or of the window.
PROPERTIES = """() => [HTMLFormElement, HTMLElement, Element, Node, EventTarget, Object, Document, Window]
  .flatMap((each) => Object.getOwnPropertyNames(each.prototype)).concat(Object.getOwnPropertyNames(window))"""


def test_no_name_of_a_field_disturbs_the_script(browser: Browser) -> None:
    """Fields that are called like any property are sent by themselves, and held once sent."""
    visit = Visit(browser.new_context(base_url=SITE), ("/sence",))
    visit.bodies["/_sence/inicio"] = hand_off(*visit.page.evaluate(PROPERTIES))
    with visit.page.expect_response("**/sence"):
        visit.page.goto("/_sence/inicio", wait_until="commit")
    visit.page.evaluate("HTMLFormElement.prototype.requestSubmit.call(document.querySelector('form'))")
    visit.page.wait_for_timeout(200)
    assert visit.posts == ["/sence"]
    assert visit.page.get_attribute("button[type=submit]", "aria-disabled") == "true"


def test_hand_off_works_without_script(browser: Browser) -> None:
    """Without script, the button does it."""
    visit = open_page(browser, "/_sence/inicio", script=False)
    assert visit.posts == []
    visit.page.click("button[type=submit]")
    visit.page.wait_for_url("**/sence")


def test_hand_off_is_no_trap(browser: Browser) -> None:
    """Whoever goes back from SENCE is not thrown forward again."""
    visit = open_page(browser, "/_sence/start")
    visit.page.click("button[type=submit]")
    visit.page.wait_for_url("**/sence")
    visit.page.go_back(wait_until="commit")
    visit.scripted()
    visit.page.wait_for_timeout(200)
    assert "/_sence/" in visit.page.url
    assert visit.posts.count("/sence") == 1


def test_hand_off_sends_itself_once_per_entry(browser: Browser) -> None:
    """A reload of a hand-off that was sent shows a button that can be pressed."""
    visit = Visit(browser.new_context(base_url=SITE), ("/sence",))
    with visit.page.expect_response("**/sence"):
        visit.page.goto("/_sence/inicio", wait_until="commit")
    visit.page.wait_for_timeout(500)  # the answer without a page ends a navigation, and would a reload too
    visit.page.reload(wait_until="commit")
    visit.scripted()
    visit.page.wait_for_timeout(200)
    assert visit.posts == ["/sence"]
    assert visit.page.get_attribute("button[type=submit]", "aria-disabled") is None


def test_second_press_is_held(browser: Browser) -> None:
    """An impatient second press sends nothing; the button says that the first was taken."""
    visit = open_page(browser, "/_sence/start", silent=("/_sence/inicio",))
    with visit.page.expect_response("**/inicio"):
        visit.page.click("button[type=submit]")
    # Past the browser's own handling of "disabled", straight at the form.
    visit.page.evaluate("document.forms[0].requestSubmit()")
    visit.page.wait_for_timeout(200)
    assert visit.posts == ["/_sence/inicio"]
    assert visit.page.get_attribute("button[type=submit]", "aria-disabled") == "true"


def test_button_comes_back(browser: Browser) -> None:
    """When nothing happens for ten seconds, the learner can press again."""
    visit = Visit(browser.new_context(base_url=SITE), ("/_sence/inicio",))
    visit.page.clock.install()
    visit.page.goto("/_sence/start")
    visit.page.click("button[type=submit]")
    visit.page.clock.fast_forward(10_000)
    assert visit.page.get_attribute("button[type=submit]", "aria-disabled") is None


def test_button_comes_back_with_the_page(browser: Browser) -> None:
    """A page restored from the browser's memory can be used at once."""
    visit = open_page(browser, "/_sence/start", silent=("/_sence/inicio",))
    with visit.page.expect_response("**/inicio"):
        visit.page.click("button[type=submit]")
    visit.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    assert visit.page.get_attribute("button[type=submit]", "aria-disabled") is None


def test_fragment_belongs_to_one_address(browser: Browser) -> None:
    """A course that differs by its query alone does not get another one's fragment."""
    visit = open_page(browser, "/_sence/start#/leccion/3")
    visit.bodies["/_sence/vuelta"] = visit.bodies["/_sence/vuelta"].replace("/curso/?a=1", "/curso/?a=2")
    visit.page.goto("/_sence/vuelta")
    visit.page.wait_for_url(re.compile(r"/curso/\?a=2"))
    assert visit.page.url.endswith("?a=2")


def test_fragment_survives_the_trip(browser: Browser) -> None:
    """The part after # that no server sees is there again when the learner returns."""
    visit = open_page(browser, "/_sence/start#/leccion/3")
    visit.page.goto("/_sence/vuelta")
    visit.page.wait_for_url("**/curso/?a=1#/leccion/3")
    visit.page.goto("/_sence/vuelta")
    visit.page.wait_for_url(re.compile(r"/curso/\?a=1$"))


def test_registered_goes_on_at_once(browser: Browser) -> None:
    """With script nobody has to press, and "back" does not come through here again."""
    visit = open_page(browser, "/_sence/start")
    visit.page.goto("/_sence/vuelta", wait_until="commit")
    visit.page.wait_for_url("**/curso/?a=1")
    visit.page.go_back()
    assert visit.page.url.endswith("/_sence/start")


def test_registered_waits_without_script(browser: Browser) -> None:
    """Without script the link is there, and nothing happens until it is pressed."""
    visit = open_page(browser, "/_sence/vuelta", script=False)
    visit.page.click("text=Entrar al curso")
    visit.page.wait_for_url("**/curso/?a=1")


@pytest.mark.parametrize("script", [pytest.param(True, id="script"), pytest.param(False, id="no script")])
def test_answers_button_needs_script(browser: Browser, script: bool) -> None:
    """A button that only script can serve is shown only with script."""
    visit = open_page(browser, "/_sence/refused", script=script)
    assert visit.page.is_visible("button[data-reload]") == script


def test_pages_need_no_other_permission(browser: Browser) -> None:
    """Under our own strict policy no page is told off by the browser."""
    visit = Visit(browser.new_context(base_url=SITE), ("/sence",))
    complaints: list[str] = []
    visit.page.on("console", lambda message: complaints.append(message.text))
    for path in ("start", "inicio", "refused"):
        visit.page.goto(f"/_sence/{path}", wait_until="commit")
        visit.scripted()
    visit.page.goto("/_sence/vuelta", wait_until="commit")
    visit.page.wait_for_url("**/curso/?a=1")
    assert complaints == []
