"""What the learner sees: each page is a value, and one function turns it into HTML.

A page is a frozen dataclass that holds all that its template may show, already
as plain text, numbers and links; `Pages.render` picks the template that the
class names. A missing or misspelt name cannot reach a learner: the classes
demand every value, the templates know no undefined one, and all of them are
compiled at construction.

The words stand in `templates/` (es-CL). Not here: which page answers a request
(the gate), status codes and headers (the doors), the texts for SENCE's error
codes (`protocol/glosas.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import ClassVar, Literal, get_args

from jinja2 import Environment, PackageLoader, StrictUndefined

Credential = Literal["clave_sence", "clave_unica"]
Turn = Literal["learner", "otec", "sence"]
Errand = Literal["start", "close"]
Problem = Literal[
    "unreadable_address", "not_found", "too_large", "foreign_post", "unknown_callback",
    "malformed_callback", "mismatched_callback", "unexpected_callback", "unknown_otec",
]  # fmt: skip
Fields = tuple[tuple[str, str], ...]

# Anything else in an href or action (`javascript:`, `//host`) is replaced: escaping alone
# does not make a link harmless. Browsers drop tabs and newlines, hence no control characters.
_LINK = re.compile(r"(?:https?://|/(?![/\\]))[^\x00-\x1f\x7f]*")

# Code points that no HTML document may hold or that UTF-8 cannot write; they come from
# percent-decoded addresses and from callbacks.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """One line of a list of sessions; *until* is a text such as "hasta las 21:40"."""

    name: str
    until: str
    curso: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPage:
    """What will happen, which key is needed, and the one button that begins it."""

    template: ClassVar[str] = "start.html"
    course_name: str
    otec_name: str
    credential: Credential
    ask_run: bool
    run_value: str = field(repr=False)
    run_error: str
    action: str
    curso: str
    volver: str
    minutes: int
    test_environment: bool
    pending: bool
    incident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffPage:
    """The form that carries the learner, and the OTEC's token, to SENCE."""

    template: ClassVar[str] = "hand_off.html"
    kind: Errand
    course_name: str
    otec_name: str
    action: str
    fields: Fields = field(repr=False)
    back_url: str
    incident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredPage:
    """The session is open. *until* completes "Tienes …": "hasta las 21:40", "3 horas"."""

    template: ClassVar[str] = "registered.html"
    course_name: str
    otec_name: str
    continue_url: str
    until: str
    test_environment: bool
    incident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """SENCE refused. The codes stand in *operator_note* alone, folded away."""

    template: ClassVar[str] = "error.html"
    course_name: str
    otec_name: str
    title: str
    what_happened: str
    what_to_do: str
    whose_turn: Turn
    operator_note: str
    retry_url: str
    retry_label: str
    back_url: str = ""
    incident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePage:
    """Are you sure? *remaining* is a text, empty once the time is over."""

    template: ClassVar[str] = "close.html"
    course_name: str
    otec_name: str
    action: str
    curso: str
    volver: str
    remaining: str
    back_url: str
    incident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedPage:
    """SENCE confirmed the close; other sessions that are still open follow."""

    template: ClassVar[str] = "closed.html"
    course_name: str
    otec_name: str
    back_url: str
    next_open: tuple[OpenSession, ...]
    close_action: str
    incident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsPage:
    """The learner's open sessions, each with a close button that needs no script."""

    template: ClassVar[str] = "sessions.html"
    sessions: tuple[OpenSession, ...]
    close_action: str
    back_url: str = ""
    incident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRefusedPage:
    """403 for a form: nothing was sent, and a reload will send it."""

    template: ClassVar[str] = "post_refused.html"
    course_name: str
    otec_name: str
    start_url: str
    incident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FramePage:
    """Fits an iframe and leads out of it."""

    template: ClassVar[str] = "frame.html"
    course_name: str
    start_url: str
    incident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverPage:
    """The time of a session is over; *close_url* is empty when SENCE already let go of it."""

    template: ClassVar[str] = "over.html"
    course_name: str
    otec_name: str
    start_url: str
    close_url: str = ""
    incident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongBrowserPage:
    """A confirmation arrived in a browser that did not begin the attempt."""

    template: ClassVar[str] = "wrong_browser.html"
    course_name: str
    otec_name: str
    start_url: str
    incident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackHelpPage:
    """Somebody opened or reloaded an address that only SENCE uses."""

    template: ClassVar[str] = "callback_help.html"
    back_url: str = ""
    incident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemPage:
    """The gate itself cannot go on; the template has the words for each *problem*."""

    template: ClassVar[str] = "problem.html"
    problem: Problem
    otec_name: str = ""
    link_url: str
    link_label: str
    incident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnavailablePage:
    """503. With *fields*, the button posts them again: a callback is not lost with the store."""

    template: ClassVar[str] = "unavailable.html"
    action: str
    fields: Fields = field(default=(), repr=False)
    retry_after: int
    incident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityPage:
    """The platform names the visitor by something that is not a RUN."""

    template: ClassVar[str] = "identity.html"
    otec_name: str
    back_url: str
    incident: str


Page = (
    StartPage | HandOffPage | RegisteredPage | ErrorPage | ClosePage | ClosedPage | SessionsPage
    | PostRefusedPage | FramePage | OverPage | WrongBrowserPage | CallbackHelpPage | ProblemPage
    | UnavailablePage | IdentityPage
)  # fmt: skip


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
