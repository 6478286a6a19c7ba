"""The pages as values: each class holds all that its template may show.

Everything is plain text, numbers and links already. The words stand in
`templates/` (es-CL), under the name that the class gives.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from sence_gate.pages.choice import ChoicePage
from sence_gate.pages.obstacles import (
    CallbackHelpPage,
    DiagnosisPage,
    Fields,
    FramePage,
    IdentityPage,
    NotEnrolledPage,
    NotOpenPage,
    PostRefusedPage,
    ProblemPage,
    UnavailablePage,
    WrongBrowserPage,
)

Credential = Literal["clave_sence", "clave_unica"]
Turn = Literal["learner", "otec", "sence"]
Errand = Literal["start", "close"]


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
    """SENCE refused; nobody may know the course. The codes stand in *operator_note* alone, folded away."""

    template: ClassVar[str] = "error.html"
    kind: Errand
    course_name: str
    otec_name: str
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
class OverPage:
    """The time of a session is over; *close_url* is empty when SENCE already let go of it."""

    template: ClassVar[str] = "over.html"
    course_name: str
    otec_name: str
    start_url: str
    close_url: str = ""
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
class ContingencyPage:
    """SENCE is down, and the OTEC lets learners pass; *until* is a text such as "hasta las 21:40"."""

    template: ClassVar[str] = "contingency.html"
    course_name: str
    otec_name: str
    until: str
    ask_run: bool
    run_value: str = field(repr=False)
    run_error: str
    action: str
    curso: str
    volver: str
    sence_url: str
    incident: str


Page = (
    StartPage | ChoicePage | HandOffPage | RegisteredPage | ErrorPage | ClosePage | ClosedPage | SessionsPage
    | PostRefusedPage | FramePage | OverPage | WrongBrowserPage | CallbackHelpPage | ProblemPage
    | UnavailablePage | IdentityPage | NotEnrolledPage | NotOpenPage | DiagnosisPage
    | LeavePage | ExitPage | ContingencyPage
)  # fmt: skip
