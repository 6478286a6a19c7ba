"""A browser without a screen, that obeys the rules which break logins.

It keeps cookies as browsers do, follows redirects, fills in forms, goes back and
reloads, and remembers each hop. It runs no scripts: a page that submits itself
by script is submitted with `Browser.submit`.

Source: Fetch, HTML (navigation), and what Chromium 156 was seen to send.
Not here: frames, a cache (`back` shows a kept page unless it was no-store).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sence_gate.demo.cookiejar import CookieJar
from sence_gate.demo.forms import Form, Value
from sence_gate.demo.journey import Journey, depart, origin_of, resolve, stated_policy
from sence_gate.demo.page import Link, Page, blank, read_page
from sence_gate.demo.sites import site_of
from sence_gate.demo.transport import Request, Response, Transport

if TYPE_CHECKING:
    from collections.abc import Callable

    from sence_gate.demo.transport import Headers

USER_AGENT = "Mozilla/5.0 (compatible; sence-gate-demo)"
MAX_REDIRECTS = 20
REDIRECTS = frozenset({301, 302, 303, 307, 308})
INSTANT = 1  # seconds; a quicker refresh leaves no step to go back to


@dataclass(frozen=True, slots=True)
class Hop:
    """One request that was made and its answer; of cookies the names alone."""

    method: str
    url: str
    status: int
    cookies: tuple[str, ...]
    request_headers: Headers = field(repr=False)
    headers: Headers = field(repr=False)


@dataclass(frozen=True, slots=True)
class Step:
    """A page that was shown and the request to repeat for it."""

    journey: Journey
    page: Page


class Browser:
    """One tab; `new_tab` gives another with the same cookies.

    `page` is what it shows, `history` every hop that it made.
    """

    def __init__(
        self, transport: Transport, *, jar: CookieJar | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.jar = CookieJar() if jar is None else jar
        self.history: list[Hop] = []
        self.page = blank()
        self._transport = transport
        self._clock = clock
        self._steps: list[Step] = []

    def new_tab(self) -> Browser:
        """Return an empty tab of the same browser."""
        return Browser(self._transport, jar=self.jar, clock=self._clock)

    def goto(self, url: str) -> Page:
        """Go to *url* as if it were typed in the address bar: no page began it."""
        return self._show(depart("GET", resolve(url, url)))

    def follow(self, which: str | Callable[[Link], bool]) -> Page:
        """Click the first link with the text *which*, or for which *which* is true.

        Raises:
            LookupError: no such link.
        """
        return self._show(self._click(which))

    def follow_in_tab(self, which: str | Callable[[Link], bool]) -> Browser:
        """Open a link of this page in a new tab and return the tab; raises like `follow`."""
        tab = self.new_tab()
        tab.page = self.page
        tab.follow(which)
        return tab

    def submit(self, which: int | Callable[[Form], bool] = 0, **values: Value) -> Page:
        """Fill *values* in a form of the page and send it.

        *which* counts the page's forms from 0 (from the end when negative), or tells the one meant.

        Raises:
            LookupError: no such form, field or choice.
        """
        sent = self._form(which).submission(values)
        return self._show(
            depart(
                sent.method,
                sent.url,
                initiator=self.page.url,
                policy=self.page.policy,
                body=sent.body,
                content_type=sent.content_type,
            )
        )

    def meta_refresh(self) -> Page:
        """Go where the page leads by itself.

        Raises:
            LookupError: it leads nowhere.
        """
        if self.page.refresh is None:
            raise LookupError(f"no refresh on {self.page.url}")
        delay, url = self.page.refresh
        journey = depart("GET", url, initiator=self.page.url, policy=self.page.policy)
        return self._show(journey, replaces=delay < INSTANT)

    def reload(self) -> Page:
        """Ask for the page again as F5 does: a POST is sent again, and whoever began it still did.

        Raises:
            LookupError: there is no page yet.
        """
        if not self._steps:
            raise LookupError("no page to ask for again")
        return self._show(self._steps[-1].journey.again(), replaces=True)

    def back(self) -> Page:
        """Show the page before; ask for it again if it was no-store.

        A no-store answer to a POST is not asked for without the person's word: the tab is
        blank until `reload`.

        Raises:
            LookupError: there is none.
        """
        if len(self._steps) < 2:
            raise LookupError("no page before this one")
        self._steps.pop()
        step = self._steps[-1]
        if "no-store" not in step.page.response.header("Cache-Control").lower():
            self.page = step.page
        elif step.journey.method == "POST":
            self.page = blank(step.page.url)
        else:
            return self._show(step.journey, replaces=True)
        return self.page

    def fetch(self, path: str, *, method: str = "GET", body: bytes = b"", content_type: str = "") -> Response:
        """Call the page's own server as its script would; the page stays.

        Raises:
            PermissionError: *path*, or where it redirects, is on another origin.
        """
        url = resolve(self.page.url, path)
        began = depart(
            method,
            url,
            initiator=self.page.url,
            policy=self.page.policy,
            body=body,
            content_type=content_type,
            is_navigation=False,
        )
        return self._travel(began)[1]

    def _form(self, which: int | Callable[[Form], bool]) -> Form:
        forms = self.page.forms
        if isinstance(which, int):
            found = forms[which:][:1] if which >= -len(forms) else ()
        else:
            found = tuple(filter(which, forms))
        if not found:
            raise LookupError(f"no such form on {self.page.url}")
        return found[0]

    def _click(self, which: str | Callable[[Link], bool]) -> Journey:
        def is_meant(link: Link) -> bool:
            return link.text == which if isinstance(which, str) else which(link)

        link = next(filter(is_meant, self.page.links), None)
        if link is None:
            raise LookupError(f"no such link on {self.page.url}")
        is_quiet = "noreferrer" in link.rel.split()
        policy = "no-referrer" if is_quiet else self.page.policy
        return depart("GET", link.url, initiator=self.page.url, policy=policy)

    def _show(self, journey: Journey, *, replaces: bool = False) -> Page:
        if not replaces and self._is_same_document(journey):
            self._step(replace(self._steps[-1].journey, url=journey.url), replace(self.page, url=journey.url))
            return self.page
        end, response = self._travel(journey)
        page = read_page(end.url, response)
        if _is_download(response):
            return page
        if replaces:
            self._steps.pop()
        self._step(end, page)
        return page

    def _step(self, journey: Journey, page: Page) -> None:
        self._steps.append(Step(journey, page))
        self.page = page

    def _is_same_document(self, journey: Journey) -> bool:
        """Tell whether only the fragment changes, which no server hears of."""
        address, mark, _ = journey.url.partition("#")
        is_plain = journey.method == "GET" and bool(mark) and bool(self._steps)
        return is_plain and address == self.page.url.partition("#")[0]

    def _travel(self, journey: Journey) -> tuple[Journey, Response]:
        """Return where *journey* ends, and the answer there."""
        for _ in range(MAX_REDIRECTS + 1):
            response = self._ask(journey)
            location = response.header("Location")
            if response.status not in REDIRECTS or not location:
                return journey, response
            policy = stated_policy(response.header("Referrer-Policy"))
            journey = journey.redirected(response.status, location, policy)
        raise ConnectionError(f"more than {MAX_REDIRECTS} redirects, the last to {journey.url}")

    def _ask(self, journey: Journey) -> Response:
        if not journey.is_navigation and origin_of(journey.url) != origin_of(self.page.url):
            raise PermissionError(
                f"a script of {origin_of(self.page.url)} may not read {origin_of(journey.url)}"
            )
        url, now = journey.url.partition("#")[0], self._clock()
        site = site_of(journey.initiator) if journey.initiator else None
        is_page = journey.is_navigation
        cookies = self.jar.header_for(
            url, method=journey.method, initiator_site=site, is_navigation=is_page, now=now
        )
        own = (("User-Agent", USER_AGENT), ("Accept-Encoding", "gzip"))
        headers = (*own, *journey.headers(), *((("Cookie", cookies),) if cookies else ()))
        response = self._transport(Request(journey.method, url, headers, journey.body))
        received = response.all("Set-Cookie")
        self.jar.store(url, received, initiator_site=site, is_navigation=is_page, now=now)
        names = tuple(pair.partition("=")[0] for pair in cookies.split("; ") if pair)
        self.history.append(Hop(journey.method, url, response.status, names, headers, response.headers))
        return response


def _is_download(response: Response) -> bool:
    """Tell whether a browser keeps showing the page before."""
    saved = response.header("Content-Disposition").lower().startswith("attachment")
    return saved or response.status in {204, 205}
