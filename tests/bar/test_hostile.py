"""The bar on pages that are careless, broken or meant to hurt."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.bar.campus import COURSE, EXPIRED, SCRIPT, TAG, Campus, course
from tests.bar.looks import bar_of, own, padding, visit


def posted(campus: Campus, post: str) -> None:
    """Have somebody write *post* on the course's page."""
    campus.pages["/campus/cursos/excel/"] = COURSE.replace("<p>", f"{post}<p>", 1)


# Playwright looks the page up by names that a post may have taken.
SHOWN = """() => {
  const bar = Document.prototype.querySelector.call(document, "sence-gate-bar")?.shadowRoot;
  return bar?.querySelector("section").checkVisibility() && bar.querySelector("a + a").href;
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


def test_runs_once(page: Page, campus: Campus) -> None:
    """Two gates in front of one page make one bar."""
    campus.pages["/campus/cursos/excel/"] = COURSE.replace(TAG, TAG * 2)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    expect(visit(page, campus)).to_be_visible()
    assert (len(campus.asked), faults) == (1, [])


def test_strictest_policy_finds_no_fault(page: Page, campus: Campus) -> None:
    """`default-src 'self'` and Trusted Types without any policy log no error."""
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    visit(page, campus).get_by_role("button").click()
    assert faults == []


@pytest.mark.parametrize(
    "style",
    [
        pytest.param("* { display: none !important }", id="hides everything"),
        pytest.param(
            "* { position: static !important; visibility: hidden !important }", id="moves everything"
        ),
        pytest.param("* { color: red !important; font: 80px serif !important }", id="shouts"),
        pytest.param("sence-gate-bar, :not(html) { opacity: 0 !important; transform: scale(0) }", id="aims"),
        pytest.param("html, body { overflow: hidden; height: 100%; margin: 0 } p { height: 9px }", id="app"),
        pytest.param("body { display: flex; min-height: 100vh; box-sizing: border-box }", id="flex"),
    ],
)
def test_styles_of_the_page_do_not_reach_it(page: Page, campus: Campus, style: str) -> None:
    """No rule of the page hides, moves or paints the bar."""
    campus.show(course("", style=style))
    bar = visit(page, campus)
    # A page that hides all but the root's own children hides the root too.
    page.evaluate("document.documentElement.style.setProperty('display', 'block', 'important')")
    expect(bar).to_be_visible()
    assert bar.evaluate(
        "(it) => { const style = getComputedStyle(it); return [style.position, style.fontSize, style.color] }"
    ) == ["fixed", "15px", "rgb(255, 255, 255)"]
    bar.get_by_role("button").click()


BROKEN = {
    "overwritten before": "for (const name of ['Promise', 'JSON', 'Proxy']) window[name] = null",
    "prototypes that enumerate": "Object.prototype.extra = Array.prototype.extra = function () {}",
    "toJSON of an old library": "Array.prototype.toJSON = Object.prototype.toJSON = () => 'x'",
    "timers in a zone": "window.setTimeout = ((set) => (then, ms) => set(() => then(), ms))(setTimeout)",
    "observers that count": "new MutationObserver(() => { window.seen = (window.seen || 0) + 1 })"
    ".observe(document, { subtree: true, childList: true, attributes: true })",
    "frozen": "Object.freeze(History.prototype); Object.freeze(XMLHttpRequest.prototype)",
}


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN)
def test_works_beside_scripts_that_break_things(page: Page, campus: Campus, script: str) -> None:
    """What old libraries and careless pages do to the language leaves the bar at work."""
    campus.show(course("", before=f"<script>{script}</script>"))
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    bar = visit(page, campus)
    expect(bar.get_by_role("timer")).to_have_text(re.compile("1:29:(50|4.)"), timeout=5000)
    assert faults == []
    assert page.evaluate("window.seen || 0") < 20


def test_does_not_need_what_a_later_script_takes_away(page: Page, campus: Campus) -> None:
    """The page's `fetch` may change after the bar's script ran: the bar asks on."""
    campus.show(course("<script>addEventListener('load', () => { fetch = JSON = Promise = null })</script>"))
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    campus.answer = EXPIRED
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(bar).to_contain_text("terminó")


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("delete window.fetch; window.fetch = undefined", id="thrown away"),
        pytest.param("window.fetch = () => undefined", id="mocked"),
    ],
)
def test_without_fetch_the_page_is_left_alone(page: Page, campus: Campus, script: str) -> None:
    """A page whose own `fetch` cannot be used has no bar, no error, and what it had."""
    campus.show(course("", before=f"<script>{script}</script>"))
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    visit(page, campus)
    page.wait_for_timeout(300)
    assert page.evaluate("(window.fetch && fetch('/x')) === undefined")
    assert faults == []


THROWN_AWAY = {
    "new body": "document.body.replaceWith(document.createElement('body'))",
    "bar removed": "document.querySelector('sence-gate-bar').remove()",
    "style sheets replaced": "document.adoptedStyleSheets = []",
    "root emptied": "document.documentElement.innerHTML = '<body>x'",
    "no body for a while": "const { body, documentElement: root } = document, bar = root.lastChild;"
    "body.remove(); setTimeout(() => { bar.remove(); root.append(body) }, 1200)",
    "rewritten": "document.open(); document.write('<!doctype html><p>x'); document.close()",
}


@pytest.mark.parametrize("script", THROWN_AWAY.values(), ids=THROWN_AWAY)
def test_stays_when_the_platform_replaces_its_page(page: Page, campus: Campus, script: str) -> None:
    """Navigation by script throws pages away; the bar and its room remain."""
    campus.show(COURSE)
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    page.evaluate(f"{{ {script} }}")
    page.wait_for_function("() => document.body && document.adoptedStyleSheets.length")
    expect(bar_of(page)).to_be_visible()
    page.wait_for_function("() => getComputedStyle(document.body).paddingBottom !== '0px'")


def test_lives_beside_the_shadows_of_others(page: Page, campus: Campus) -> None:
    """A chat whose button hides in a shadow keeps its place."""
    chat = """<div id=chat></div><script>
      const root = document.querySelector('#chat').attachShadow({ mode: 'open' })
      root.innerHTML = '<b style="position:fixed;right:9px;bottom:9px;width:60px;height:60px"><i>?</i></b>'
    </script>"""
    campus.show(course(chat))
    bar = visit(page, campus)
    expect(bar).to_be_visible()
    page.wait_for_timeout(100)
    assert bar.evaluate("(it) => it.getBoundingClientRect().right") <= 360 - 69
