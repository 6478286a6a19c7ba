"""What the browser without a screen sends, keeps and shows, on two real sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sence_gate.demo.forms import Control, Form
from tests.browser import Browser, Hop, Page, Response
from tests.demo.sites import NEIGHBOUR, OURS, PLAIN, THEIRS, open_browser, url

if TYPE_CHECKING:
    from collections.abc import Callable

LAX = {"lax", "__Host-lax"}
EVERYWHERE = {"none", "none-part"}
YOUNG = EVERYWHERE | {"plain"}
ALL = LAX | YOUNG | {"strict"}
ECHO = f"{OURS}/echo"


def begin_at_theirs(to: str, **said: object) -> Browser:
    """Return a browser that just sent a form of the other site to *to*."""
    browser, _ = open_browser()
    browser.goto(url(THEIRS, "/form", to=to, **said))
    browser.submit()
    return browser


def cookies_of(hop: Hop) -> set[str]:
    """Return the names of the cookies that went along."""
    return set(hop.cookies)


def header(hop: Hop, name: str) -> str:
    """Return a header that was sent, empty without it."""
    return dict(hop.request_headers).get(name, "")


# The measured table: platform-facts, section 4


@pytest.mark.parametrize(
    ("path", "seconds", "expected"),
    [
        pytest.param("/echo", 60, YOUNG, id="none and young unspecified"),
        pytest.param("/cb", 60, YOUNG | {"none-path"}, id="none with its path"),
        pytest.param("/echo", 130, EVERYWHERE, id="unspecified is gone at 130 s"),
    ],
)
def test_cross_site_post_to_a_callback(path: str, seconds: float, expected: set[str]) -> None:
    """Row 1: no Lax and no Strict cookie comes with another site's POST."""
    browser, clock = open_browser()
    browser.goto(url(THEIRS, "/form", to=OURS + path))
    clock.now += seconds
    browser.submit()

    assert cookies_of(browser.history[-1]) == expected


@pytest.mark.parametrize("code", [301, 302, 303])
def test_get_after_the_callback(code: int) -> None:
    """Row 2: the GET after the redirect brings Lax, and still no Strict."""
    browser = begin_at_theirs(url(OURS, "/go", to=ECHO, code=code))

    assert (browser.history[-1].method, cookies_of(browser.history[-1])) == ("GET", LAX | YOUNG)


def test_cookies_that_the_redirect_itself_sets() -> None:
    """Row 3: they go with that GET when they are Lax, not when they are Strict."""
    new = ["new-lax=1; SameSite=Lax; Path=/", "new-strict=1; SameSite=Strict; Path=/", "new=1; Path=/"]
    browser = begin_at_theirs(url(OURS, "/go", to=ECHO, c=new))

    assert cookies_of(browser.history[-1]) == LAX | YOUNG | {"new-lax", "new"}


@pytest.mark.parametrize("code", [307, 308])
def test_post_repeated_after_307(code: int) -> None:
    """Row 4: a repeated POST brings what the first one brought, with the same body."""
    browser = begin_at_theirs(url(OURS, "/go", to=ECHO, code=code))

    assert (browser.history[-1].method, cookies_of(browser.history[-1])) == ("POST", YOUNG)
    assert header(browser.history[-1], "Content-Type") == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("page", "step"),
    [
        pytest.param("/refresh", Browser.meta_refresh, id="meta refresh"),
        pytest.param("/form", Browser.submit, id="form sent again"),
        pytest.param("/link", lambda browser: browser.follow("Seguir"), id="link"),
    ],
)
def test_navigation_from_a_page_of_ours(page: str, step: object) -> None:
    """Row 5: what a 200 page of ours begins is ours, and brings Strict."""
    browser = begin_at_theirs(url(OURS, "/go", to=url(OURS, page, to=ECHO)))
    assert "strict" not in browser.history[-1].cookies
    step(browser)  # type: ignore[operator]  # a row of the table

    assert browser.page.url == ECHO
    assert cookies_of(browser.history[-1]) == ALL


# Who began it


@pytest.mark.parametrize(
    ("start", "hops"),
    [
        pytest.param(url(THEIRS, "/link", to=ECHO), ["none", "cross-site"], id="other site"),
        pytest.param(url(OURS, "/link", to=ECHO), ["none", "same-origin"], id="own page"),
        pytest.param(url(NEIGHBOUR, "/link", to=ECHO), ["none", "same-site"], id="other port"),
        pytest.param(
            url(OURS, "/link", to=url(THEIRS, "/go", to=ECHO)),
            ["none", "cross-site", "cross-site"],
            id="through another site and back",
        ),
        pytest.param(
            url(OURS, "/link", to=url(NEIGHBOUR, "/go", to=ECHO)),
            ["none", "same-site", "same-site"],
            id="through another port and back",
        ),
    ],
)
def test_sec_fetch_site(start: str, hops: list[str]) -> None:
    """Sec-Fetch-Site tells the worst hop so far."""
    browser, _ = open_browser(with_cookies=False)
    browser.goto(start)
    browser.follow("Seguir")

    assert [header(hop, "Sec-Fetch-Site") for hop in browser.history] == hops
    assert header(browser.history[-1], "Sec-Fetch-Mode") == "navigate"
    assert header(browser.history[-1], "Sec-Fetch-Dest") == "document"


def test_a_trip_through_another_site_keeps_strict() -> None:
    """The initiator decides, not the redirects between (http-extensions 2104 was dropped)."""
    browser, _ = open_browser()
    browser.goto(url(OURS, "/link", to=url(THEIRS, "/go", to=ECHO)))
    browser.follow("Seguir")

    assert cookies_of(browser.history[-1]) == ALL


def test_the_address_bar_brings_everything() -> None:
    """What a person types has no initiator, even after redirects elsewhere."""
    browser, _ = open_browser()
    browser.goto(url(THEIRS, "/go", to=ECHO))

    assert cookies_of(browser.history[-1]) == ALL
    assert header(browser.history[-1], "Sec-Fetch-Site") == "none"
    assert header(browser.history[-1], "Referer") == ""


@pytest.mark.parametrize(
    ("policy", "origin", "referer"),
    [
        pytest.param({}, THEIRS, f"{THEIRS}/", id="default"),
        pytest.param({"policy": "no-referrer"}, "null", "", id="no-referrer"),
        pytest.param({"policy": "same-origin"}, "null", "", id="same-origin"),
        pytest.param({"policy": "origin"}, THEIRS, f"{THEIRS}/", id="origin"),
        pytest.param({"policy": "weird, no-referrer, weird"}, "null", "", id="last known word"),
    ],
)
def test_origin_of_a_cross_site_post(policy: dict[str, str], origin: str, referer: str) -> None:
    """A POST tells its origin, or `null` when the page hides its address (Rails 28299)."""
    hop = begin_at_theirs(ECHO, **policy).history[-1]

    assert (header(hop, "Origin"), header(hop, "Referer")) == (origin, referer)


def test_a_redirect_to_another_origin_hides_the_origin() -> None:
    """A POST repeated elsewhere arrives with `Origin: null`; the GET of a 303 has none."""
    browser, _ = open_browser()
    browser.goto(url(OURS, "/form", to=url(OURS, "/go", to=f"{THEIRS}/echo", code=307)))
    browser.submit()
    after_303 = begin_at_theirs(url(OURS, "/go", to=ECHO)).history[-1]

    assert header(browser.history[-1], "Origin") == "null"
    assert (header(after_303, "Origin"), header(after_303, "Content-Type")) == ("", "")


def test_noreferrer_link() -> None:
    """A link with rel=noreferrer tells nothing of the page."""
    browser, _ = open_browser()
    browser.goto(url(OURS, "/link", to=ECHO, rel="noopener noreferrer"))
    browser.follow("Seguir")

    assert header(browser.history[-1], "Referer") == ""


# Steps


def test_redirects_end_somewhere() -> None:
    """Twenty redirects are followed, more are an error, as in browsers."""
    browser, _ = open_browser(with_cookies=False)
    with pytest.raises(ConnectionError, match="more than 20 redirects"):
        browser.goto(url(OURS, "/go", to="#again"))

    assert len(browser.history) == 21


def test_a_redirect_keeps_the_fragment() -> None:
    """The fragment of the address survives a redirect that has none of its own."""
    browser, _ = open_browser()

    assert browser.goto(url(OURS, "/go", to="/echo") + "#parte").url == f"{ECHO}#parte"
    assert browser.goto(url(OURS, "/go", to="/echo#otra") + "#parte").url == f"{ECHO}#otra"


def test_a_fragment_alone_asks_nobody() -> None:
    """Moving inside a page makes no request, and is a step to go back from."""
    browser, _ = open_browser()
    browser.goto(ECHO)
    hops = len(browser.history)
    browser.goto(f"{ECHO}#parte")
    assert (browser.page.url, len(browser.history)) == (f"{ECHO}#parte", hops)
    browser.reload()

    assert (browser.page.url, browser.history[-1].url) == (f"{ECHO}#parte", ECHO)


def test_reload_repeats_a_post_with_its_initiator() -> None:
    """F5 on a callback sends the POST again, still as the other site's (RFC 6265bis 8.8.5)."""
    browser = begin_at_theirs(ECHO)
    browser.reload()
    first, again = browser.history[-2:]

    assert (again.method, again.cookies, header(again, "Origin")) == ("POST", first.cookies, THEIRS)
    assert header(again, "Cache-Control") == "max-age=0"


def test_reload_after_a_redirect_asks_only_for_the_end() -> None:
    """The redirects before are forgotten: of A, B, A the reload is from A to A."""
    browser, _ = open_browser()
    browser.goto(url(OURS, "/form", to=url(THEIRS, "/go", to=ECHO, code=307)))
    browser.submit()
    browser.reload()

    assert browser.history[-1].url == ECHO
    assert header(browser.history[-1], "Sec-Fetch-Site") == "same-origin"
    assert header(browser.history[-1], "Origin") == OURS


def test_reload_leaves_one_step() -> None:
    """Going back after F5 leads to the page before, not to the same."""
    browser, _ = open_browser()
    browser.goto(url(OURS, "/link", to=ECHO))
    browser.follow("Seguir")
    browser.reload()

    assert browser.back().links[0].text == "Seguir"


@pytest.mark.parametrize(
    ("said", "requests"),
    [
        pytest.param({}, 1, id="no-store is asked for again"),
        pytest.param({"cache": "private, no-cache"}, 0, id="anything else is shown as kept"),
    ],
)
def test_back(said: dict[str, str], requests: int) -> None:
    """Going back shows the page before, with a request only where nothing was kept."""
    browser, _ = open_browser()
    browser.goto(url(OURS, "/link", to=ECHO, **said))
    browser.follow("Seguir")
    hops = len(browser.history)

    assert browser.back().links[0].url == ECHO
    assert len(browser.history) == hops + requests


def test_back_to_a_post_waits_for_the_person() -> None:
    """A no-store answer to a POST is blank until the person asks to send it again."""
    browser = begin_at_theirs(url(OURS, "/link", to=ECHO))
    browser.follow("Seguir")
    hops = len(browser.history)
    assert (browser.back().status, len(browser.history)) == (0, hops)
    browser.reload()

    assert (browser.page.status, browser.history[-1].method) == (200, "POST")


def test_an_instant_refresh_leaves_no_step() -> None:
    """Back skips a page that led on by itself at once, and finds one that waited."""
    browser, _ = open_browser()
    for wait in ("0", "5"):
        browser.goto(url(OURS, "/link", to=url(OURS, "/refresh", to=ECHO, wait=wait)))
        browser.follow("Seguir")
        browser.meta_refresh()
        browser.back()
        assert bool(browser.page.refresh) is (wait == "5")


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        pytest.param(Browser.back, "no page before", id="back"),
        pytest.param(Browser.reload, "no page to ask for", id="reload"),
        pytest.param(Browser.meta_refresh, "no refresh", id="refresh"),
        pytest.param(Browser.submit, "no such form", id="form"),
        pytest.param(lambda browser: browser.follow("Nada"), "no such link", id="link"),
    ],
)
def test_steps_that_lead_nowhere(step: object, reason: str) -> None:
    """A step that the page does not offer is an error, and asks nobody."""
    browser, _ = open_browser(with_cookies=False)
    with pytest.raises(LookupError, match=reason):
        step(browser)  # type: ignore[operator]  # a row of the table

    assert browser.history == []


@pytest.mark.parametrize(
    ("which", "action"),
    [
        pytest.param(0, "/uno", id="the first"),
        pytest.param(-1, "/dos", id="the last"),
        pytest.param(lambda form: "b" in form.fields, "/dos", id="by its fields"),
        pytest.param(-3, None, id="before the first"),
        pytest.param(2, None, id="after the last"),
    ],
)
def test_which_form(which: int | Callable[[Form], bool], action: str | None) -> None:
    """A form is meant by its place, from either end, or by what is in it."""
    browser, _ = open_browser()
    first = Form(f"{OURS}/uno", "GET", (Control("a", "text", "1"),))
    last = Form(f"{OURS}/dos", "GET", (Control("b", "text", "2"),))
    browser.page = Page(ECHO, Response(200), forms=(first, last))
    if action is None:
        with pytest.raises(LookupError, match="no such form"):
            browser.submit(which)
    else:
        assert browser.submit(which).url.startswith(OURS + action)


def test_tabs_share_cookies_and_nothing_else() -> None:
    """A cookie of one tab goes with the next request of another."""
    browser, _ = open_browser(with_cookies=False)
    tab = browser.new_tab()
    tab.goto(url(OURS, "/set", c="a=1; Path=/"))
    browser.goto(ECHO)

    assert browser.history[-1].cookies == ("a",)
    assert (len(browser.history), len(tab.history)) == (1, 1)


def test_a_link_in_a_new_tab() -> None:
    """The new tab was begun by the page that had the link; the page stays."""
    browser, _ = open_browser()
    browser.goto(url(THEIRS, "/link", to=ECHO))
    tab = browser.follow_in_tab(lambda link: link.url == ECHO)

    assert (tab.page.url, header(tab.history[-1], "Sec-Fetch-Site")) == (ECHO, "cross-site")
    assert browser.page.links[0].text == "Seguir"


# Scripts


def test_fetch() -> None:
    """A script's call says so, brings the page's cookies and leaves the page alone."""
    browser = begin_at_theirs(ECHO)
    response = browser.fetch("/api", method="POST", body=b"{}", content_type="application/json")
    hop = browser.history[-1]

    assert (response.status, browser.page.url, cookies_of(hop)) == (200, ECHO, ALL)
    assert [header(hop, f"Sec-Fetch-{name}") for name in ("Site", "Mode", "Dest")] == [
        "same-origin",
        "cors",
        "empty",
    ]
    assert (header(hop, "Origin"), header(hop, "Referer")) == (OURS, ECHO)


def test_fetch_keeps_what_is_set() -> None:
    """A script's call to its own server may set cookies."""
    browser, _ = open_browser(with_cookies=False)
    browser.goto(ECHO)
    browser.fetch(url("", "/set", c="a=1; SameSite=Strict; Path=/"))
    browser.fetch("/echo")

    assert browser.history[-1].cookies == ("a",)


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(f"{THEIRS}/echo", id="asked"),
        pytest.param(url(OURS, "/go", to=f"{THEIRS}/echo"), id="redirected"),
    ],
)
def test_fetch_of_another_origin(target: str) -> None:
    """A script cannot read another origin, whichever way it gets there."""
    browser, _ = open_browser()
    browser.goto(ECHO)
    with pytest.raises(PermissionError, match="may not read"):
        browser.fetch(target)


# Where things stand


def test_a_hop_tells_no_secret() -> None:
    """A printed hop has the names of cookies, not their values."""
    browser, _ = open_browser(with_cookies=False)
    browser.goto(url(OURS, "/set", c="a=secreto; Path=/"))
    browser.goto(ECHO)

    assert (browser.history[-1].cookies, "secreto" in repr(browser.history[-1])) == (("a",), False)


def test_plain_http_elsewhere_has_no_fetch_metadata() -> None:
    """Only trustworthy URLs are told where a request comes from (Fetch Metadata, section 3)."""
    browser, _ = open_browser(with_cookies=False)
    browser.goto(f"{PLAIN}/echo")
    browser.goto(ECHO)

    assert [header(hop, "Sec-Fetch-Site") for hop in browser.history] == ["", "none"]


def test_a_download_leaves_the_page() -> None:
    """What is saved to a file is returned, and the page before stays."""
    browser, _ = open_browser()
    browser.goto(url(OURS, "/link", to=url(OURS, "/file", save="1")))
    saved = browser.follow("Seguir")

    assert (saved.url, browser.page.links[0].text) == (url(OURS, "/file", save="1"), "Seguir")


def test_nobody_listens() -> None:
    """A server that is not there is an OSError, and the page before stays."""
    browser, _ = open_browser()
    page = browser.goto(ECHO)
    with pytest.raises(OSError, match="nothing listens"):
        browser.goto("http://localhost:9/")

    assert browser.page is page
