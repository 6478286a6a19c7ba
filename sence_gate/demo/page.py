"""An answer as a reader sees it: title, links, forms, where it leads by itself.

`read_page` parses an HTML answer; one without HTML has no links and no forms.

Source: HTML (base, declarative refresh, meta referrer).
Not here: style, what scripts do, frames.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from sence_gate.demo.forms import Control, Form
from sence_gate.demo.journey import DEFAULT_POLICY, resolve, stated_policy
from sence_gate.demo.transport import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from sence_gate.demo.transport import Headers

Attributes = dict[str, str]
REFRESH = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?)\s*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"']*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a page; `url` is absolute."""

    url: str
    text: str
    rel: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer and what a reader finds in it."""

    url: str
    response: Response
    title: str = ""
    forms: tuple[Form, ...] = ()
    links: tuple[Link, ...] = ()
    scripts: tuple[str, ...] = ()
    refresh: tuple[float, str] | None = None  # seconds to wait, absolute URL
    policy: str = DEFAULT_POLICY

    @property
    def status(self) -> int:
        """Return the status code; 0 when nothing was answered."""
        return self.response.status

    @property
    def headers(self) -> Headers:
        """Return the headers of the answer."""
        return self.response.headers

    @property
    def text(self) -> str:
        """Return the body, unpacked and decoded."""
        return self.response.text


def blank(url: str = "about:blank") -> Page:
    """Return the page that a browser shows when it has no answer to show."""
    return Page(url, Response(0))


def read_page(url: str, response: Response) -> Page:
    """Return the page that *response* shows at *url*."""
    reader = _Reader(url)
    if response.media_type in {"text/html", "application/xhtml+xml"}:
        reader.feed(response.text)
        reader.close()
    stated = stated_policy(response.header("Referrer-Policy"))
    return Page(
        url,
        response,
        title=reader.title,
        forms=tuple(reader.forms),
        links=tuple(reader.links),
        scripts=tuple(reader.scripts),
        refresh=reader.refresh or read_refresh(url, response.header("Refresh")),
        policy=reader.policy or stated or DEFAULT_POLICY,
    )


def read_refresh(base: str, text: str) -> tuple[float, str] | None:
    """Return the seconds and the URL of a refresh; None when *text* is none."""
    match = REFRESH.match(text)
    return (float(match[1]), resolve(base, match[2].strip())) if match else None


class _Reader(HTMLParser):
    """Collects what a page holds.

    `_reading` has, for each element whose text counts, its attributes and the text so far.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = self.base = url
        self._reading: dict[str, tuple[Attributes, list[str]]] = {}
        self._form: Attributes | None = None
        self._select: Attributes = {}
        self._controls: list[Control] = []
        self.title = self.policy = ""
        self.forms: list[Form] = []
        self.links: list[Link] = []
        self.scripts: list[str] = []
        self.refresh: tuple[float, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in reversed(attrs)}  # of twins the first counts
        if tag == "option":
            self.handle_endtag(tag)
        if tag in AT_END:
            self._reading[tag] = (given, [])
        elif tag in AT_START:
            AT_START[tag](self, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.handle_endtag("option")
            self._settle_select()
        elif tag == "form":
            self._end_form()
        elif tag in self._reading:
            given, texts = self._reading.pop(tag)
            AT_END[tag](self, given, "".join(texts))

    def handle_data(self, data: str) -> None:
        for _, texts in self._reading.values():
            texts.append(data)

    def close(self) -> None:
        super().close()
        self._end_form()

    def read_meta(self, given: Attributes) -> None:
        if given.get("http-equiv", "").lower() == "refresh":
            self.refresh = self.refresh or read_refresh(self.base, given.get("content", ""))
        if given.get("name", "").lower() == "referrer":
            self.policy = stated_policy(given.get("content", "")) or self.policy

    def read_base(self, given: Attributes) -> None:
        self.base = resolve(self._url, given.get("href", ""))

    def read_script(self, given: Attributes) -> None:
        if "src" in given:
            self.scripts.append(resolve(self.base, given["src"]))

    def read_title(self, _given: Attributes, text: str) -> None:
        self.title = self.title or " ".join(text.split())

    def read_link(self, given: Attributes, text: str) -> None:
        if "href" in given:
            url = resolve(self.base, given["href"])
            self.links.append(Link(url, " ".join(text.split()), given.get("rel", "").lower()))

    def start_form(self, given: Attributes) -> None:
        if self._form is None:
            self._form, self._controls = given, []

    def _end_form(self) -> None:
        if self._form is None:
            return
        given, self._form = self._form, None
        action = resolve(self.base, given["action"]) if given.get("action") else self._url.partition("#")[0]
        method = "POST" if given.get("method", "").lower() == "post" else "GET"
        self.forms.append(Form(action, method, tuple(self._controls), given.get("id", "")))

    def _add(self, given: Attributes, kind: str, value: str, *, is_on: bool = False) -> None:
        if self._form is not None and "disabled" not in given:
            self._controls.append(Control(given.get("name", ""), kind, value, is_on))

    def read_input(self, given: Attributes) -> None:
        kind = given.get("type", "text").lower()
        default = "on" if kind in {"checkbox", "radio"} else ""
        self._add(given, kind, given.get("value", default), is_on="checked" in given)

    def read_button(self, given: Attributes, _text: str) -> None:
        self._add(given, given.get("type", "submit").lower(), given.get("value", ""))

    def read_textarea(self, given: Attributes, text: str) -> None:
        self._add(given, "textarea", text.removeprefix("\r").removeprefix("\n"))

    def start_select(self, given: Attributes) -> None:
        self._select = given

    def read_option(self, given: Attributes, text: str) -> None:
        owner = {**self._select, **({"disabled": ""} if "disabled" in given else {})}
        value = given.get("value", " ".join(text.split()))
        self._add(owner, "option", value, is_on="selected" in given)

    def _settle_select(self) -> None:
        """Select the first option where none is and one has to be."""
        name = self._select.get("name", "")
        places = [
            i for i, control in enumerate(self._controls) if (control.kind, control.name) == ("option", name)
        ]
        is_open = not any(self._controls[i].is_on for i in places)
        if places and is_open and "multiple" not in self._select:
            first = self._controls[places[0]]
            self._controls[places[0]] = Control(first.name, first.kind, first.value, is_on=True)


AT_START: dict[str, Callable[[_Reader, Attributes], None]] = {
    "base": _Reader.read_base,
    "form": _Reader.start_form,
    "input": _Reader.read_input,
    "meta": _Reader.read_meta,
    "script": _Reader.read_script,
    "select": _Reader.start_select,
}
AT_END: dict[str, Callable[[_Reader, Attributes, str], None]] = {
    "a": _Reader.read_link,
    "button": _Reader.read_button,
    "option": _Reader.read_option,
    "textarea": _Reader.read_textarea,
    "title": _Reader.read_title,
}
