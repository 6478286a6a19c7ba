"""The pages of those who cannot go on as they wanted: refused, misled, or too early."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

Problem = Literal[
    "unreadable_address", "not_found", "too_large", "foreign_post", "unknown_callback",
    "malformed_callback", "mismatched_callback", "unexpected_callback", "unknown_otec",
    "misdescribed", "no_platform",
    "platform_away", "platform_slow", "unusable_request",
]  # fmt: skip
Cause = Literal["no_cookies", "not_secure", "not_recognised", "already_open", "other_account"]
Term = Literal["not_yet_open", "no_longer_open"]
Fields = tuple[tuple[str, str], ...]


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
class WrongBrowserPage:
    """A confirmation arrived in a browser that did not begin the attempt, and is told nothing of it."""

    template: ClassVar[str] = "wrong_browser.html"
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
class DiagnosisPage:
    """The trip would lead round in circles; the template says why for each *cause*."""

    template: ClassVar[str] = "diagnosis.html"
    cause: Cause
    course_name: str
    otec_name: str
    link_url: str
    incident: str
