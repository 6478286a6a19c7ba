"""The pages as values: each class holds all that its template may show.

Everything is plain text, numbers and links already. The words stand in
`templates/` (es-CL), under the name that the class gives.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from sence_gate.pages.choice import ChoicePage

Credential = Literal["clave_sence", "clave_unica"]
Turn = Literal["learner", "otec", "sence"]
Errand = Literal["start", "close"]
Cause = Literal["no_cookies", "not_secure", "not_recognised", "already_open"]
Term = Literal["not_yet_open", "no_longer_open"]
Problem = Literal[
    "unreadable_address", "not_found", "too_large", "foreign_post", "unknown_callback",
    "malformed_callback", "mismatched_callback", "unexpected_callback", "unknown_otec",
    "misdescribed", "no_platform",
    "platform_away", "platform_slow", "unusable_request",
]  # fmt: skip
Fields = tuple[tuple[str, str], ...]


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
    back_label: str = "Volver a la plataforma"
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
    """SENCE confirmed the close; other open sessions follow, or the logout with *leave_url*."""

    template: ClassVar[str] = "closed.html"
    course_name: str
    otec_name: str
    back_url: str
    next_open: tuple[OpenSession, ...]
    close_action: str
    leave_url: str = field(default="", repr=False)
    by_form: bool = False
    leave_fields: Fields = field(default=(), repr=False)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEnrolledPage:
    """The learner is not among those enrolled; *retry_url* is empty where the platform named the RUN."""

    template: ClassVar[str] = "not_enrolled.html"
    course_name: str
    otec_name: str
    retry_url: str = ""
    back_url: str
    incident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOpenPage:
    """The course has not begun for this learner, or is over; *day* is a text such as "6 de mayo de 2024"."""

    template: ClassVar[str] = "not_open.html"
    term: Term
    course_name: str
    otec_name: str
    day: str
    back_url: str
    incident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavePage:
    """Close before leaving? *others* counts further open sessions; *by_form* leaves by a POST."""

    template: ClassVar[str] = "leave.html"
    course_name: str
    otec_name: str
    others: int
    close_action: str
    close_fields: Fields = field(repr=False)
    leave_url: str = field(repr=False)
    by_form: bool
    leave_fields: Fields = field(repr=False)
    back_url: str
    incident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitPage:
    """The form that makes the platform's logout, when it is a POST."""

    template: ClassVar[str] = "exit.html"
    action: str = field(repr=False)
    fields: Fields = field(repr=False)
    incident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisPage:
    """The trip would lead round in circles; the template says why for each *cause*."""

    template: ClassVar[str] = "diagnosis.html"
    cause: Cause
    course_name: str
    otec_name: str
    link_url: str
    incident: str


Page = (
    StartPage | ChoicePage | HandOffPage | RegisteredPage | ErrorPage | ClosePage | ClosedPage | SessionsPage
    | PostRefusedPage | FramePage | OverPage | WrongBrowserPage | CallbackHelpPage | ProblemPage
    | UnavailablePage | IdentityPage | NotEnrolledPage | NotOpenPage | DiagnosisPage
    | LeavePage | ExitPage
)  # fmt: skip
