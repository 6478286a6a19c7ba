"""From a page's value to HTML.

A template of the operator's takes the place of ours of the same name. It was tried
before the first request (`overrides`); should it fail all the same, ours answers, and
the log says why: a learner never meets an error of a template.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import get_args

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
)

from sence_gate.pages.look import Look
from sence_gate.pages.values import Page

log = logging.getLogger("sence_gate")

OURS = "sence_gate"  # `{% extends "sence_gate/start.html" %}`: our template, whatever takes its place
SHARED = frozenset({"parts", "brand", "home_url", "css_url", "js_url"})  # names that every template knows

# Anything else in an href or action (`javascript:`, `//host`) is replaced: escaping alone
# does not make a link harmless. Browsers drop tabs and newlines, hence no control characters.
_LINK = re.compile(r"(?:https?://|/(?![/\\]))[^\x00-\x1f\x7f]*")

# Code points that no HTML document may hold or that UTF-8 cannot write; they come from
# percent-decoded addresses and from callbacks.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


class Pages:
    """The compiled templates; one instance serves all threads.

    Args:
        prefix_url: the gate's own place ("/_sence").
        versions: of each static file, for addresses that may be cached for good.
        look: what the OTEC puts on every page.
        folder: where the operator's own templates are.

    Raises:
        KeyError: *versions* lacks `pages.css` or `pages.js`.
    """

    def __init__(
        self,
        prefix_url: str,
        *,
        versions: Mapping[str, str],
        look: Look | None = None,
        folder: Path | None = None,
    ) -> None:
        names = {
            "brand": look or Look(),
            "home_url": f"{prefix_url}/",
            "css_url": f"{prefix_url}/pages.css?v={versions['pages.css']}",
            "js_url": f"{prefix_url}/pages.js?v={versions['pages.js']}",
        }
        ours = templates(None, names)
        self._ours = {kind: ours.get_template(kind.template) for kind in get_args(Page)}
        theirs = templates(folder, names) if folder else ours
        self._templates = {kind: theirs.get_template(kind.template) for kind in get_args(Page)}

    def render(self, page: Page) -> str:
        """Return *page* as a whole HTML document."""
        context = {each.name: getattr(page, each.name) for each in fields(page)}
        template, ours = self._templates[type(page)], self._ours[type(page)]
        try:
            return template.render(context)
        except Exception as fault:  # the operator's template may raise anything
            if template is ours:
                raise
            log.error("a template failed, ours is shown: %s: %s", page.template, type(fault).__name__)
            return ours.render(context)


def templates(folder: Path | None, names: Mapping[str, object]) -> Environment:
    """Return our templates, those in *folder* before them, with *names* known to all."""
    package = PackageLoader("sence_gate")
    loaders: list[BaseLoader] = [package, PrefixLoader({OURS: package})]
    if folder:
        loaders.insert(0, FileSystemLoader(folder))
    environment = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_writable,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    home_url = names["home_url"]
    environment.filters["link"] = lambda url: url if _LINK.fullmatch(url) else home_url
    environment.filters["duration"] = duration
    environment.globals |= names
    return environment


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
