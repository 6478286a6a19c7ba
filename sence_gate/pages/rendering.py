"""From a page's value to HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import get_args

from jinja2 import Environment, PackageLoader, StrictUndefined

from sence_gate.pages.values import Page

# Anything else in an href or action (`javascript:`, `//host`) is replaced: escaping alone
# does not make a link harmless. Browsers drop tabs and newlines, hence no control characters.
_LINK = re.compile(r"(?:https?://|/(?![/\\]))[^\x00-\x1f\x7f]*")

# Code points that no HTML document may hold or that UTF-8 cannot write; they come from
# percent-decoded addresses and from callbacks.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


class Pages:
    """The compiled templates; one instance serves all threads.

    *prefix_url* is the gate's own place ("/_sence"), *versions* the version of
    each static file, for addresses that may be cached for good.

    Raises:
        KeyError: *versions* lacks `pages.css` or `pages.js`.
    """

    def __init__(self, prefix_url: str, *, versions: Mapping[str, str]) -> None:
        home_url = f"{prefix_url}/"
        environment = Environment(
            loader=PackageLoader("sence_gate"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_writable,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.filters["link"] = lambda url: url if _LINK.fullmatch(url) else home_url
        environment.filters["duration"] = duration
        environment.globals |= {
            "home_url": home_url,
            "css_url": f"{prefix_url}/pages.css?v={versions['pages.css']}",
            "js_url": f"{prefix_url}/pages.js?v={versions['pages.js']}",
        }
        self._templates = {kind: environment.get_template(kind.template) for kind in get_args(Page)}

    def render(self, page: Page) -> str:
        """Return *page* as a whole HTML document."""
        context = {each.name: getattr(page, each.name) for each in fields(page)}
        return self._templates[type(page)].render(context)


def duration(minutes: int) -> str:
    """Return *minutes* as a learner says it: "1 hora y 30 minutos"."""
    hours, rest = divmod(minutes, 60)
    parts = []
    if hours:
        parts.append(f"{hours} {'hora' if hours == 1 else 'horas'}")
    if rest or not hours:
        parts.append(f"{rest} {'minuto' if rest == 1 else 'minutos'}")
    return " y ".join(parts)


def _writable(value: object) -> object:
    # Markup is a str too, and made by us: only plain text is touched, so that it is still escaped after this.
    return _UNWRITABLE.sub("�", value) if type(value) is str else value
