"""What the gate answers: values without HTTP, which the doors translate.

Each question of `gate.Gate` has its own closed set of answers, so that a door
that forgets one does not pass the type checker.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from sence_gate.cookies import SetCookie
from sence_gate.courses import Course
from sence_gate.learners import Identity
from sence_gate.paths import Target
from sence_gate.protocol.session import Session
from sence_gate.shared import Shared


class Visit(NamedTuple):  # made for each gated request: a third of a frozen dataclass's cost
    """One request, as far as the gate must know it.

    `cookies` are ours alone, as `Cookies.split` returns them. `identity` is
    called only where a course is at stake: a source may be slow. It raises
    `UntrustworthyIdentity`, or its kind `IdentityUnavailable`.
    """

    target: Target
    method: str
    cookies: Mapping[str, tuple[str, ...]]
    identity: Callable[[], Identity]

    def __repr__(self) -> str:
        return f"Visit({self.method}, cookies={sorted(self.cookies)})"


# What a request for the platform meets -------------------------------------


@dataclass(frozen=True, slots=True)
class Untouched:
    """The request is none of ours: no course, or nobody logged in at the platform."""


@dataclass(frozen=True, slots=True)
class Exempt:
    """The visitor passes without SENCE; `why` is for a counter, and names nobody."""

    course: Course
    why: str


class Admitted(NamedTuple):  # as Visit
    """There is an open session. `is_grace`: it ended, but a form in flight may still pass.

    `is_named`: the platform's own page said that it is of this course.
    """

    course: Course
    session: Session
    set_cookies: tuple[SetCookie, ...] = ()
    is_grace: bool = False
    is_named: bool = False


@dataclass(frozen=True, slots=True)
class StartNeeded:
    """There is no open session."""

    course: Course
    set_cookies: tuple[SetCookie, ...] = ()


@dataclass(frozen=True, slots=True)
class NotEnrolled:
    """The learner is not among those enrolled in the course, which takes nobody else."""

    course: Course


@dataclass(frozen=True, slots=True)
class NotYetOpen:
    """The learner's days in the course begin on `first`."""

    course: Course
    first: date


@dataclass(frozen=True, slots=True)
class NoLongerOpen:
    """The learner's days in the course ended with `last`."""

    course: Course
    last: date


Barred = NotEnrolled | NotYetOpen | NoLongerOpen


@dataclass(frozen=True, slots=True)
class ChoiceNeeded:
    """There is no open session in any of the `courses` that could be meant: the learner chooses."""

    rule: Shared
    courses: tuple[Course, ...]
    set_cookies: tuple[SetCookie, ...] = ()


@dataclass(frozen=True, slots=True)
class PageNeeded:
    """The platform's page says which course is meant, to *pattern*: ask it, and show nothing of it yet."""

    rule: Shared
    pattern: re.Pattern[bytes]


Settled = Untouched | Exempt | Admitted | StartNeeded | ChoiceNeeded | Barred
Decision = Settled | PageNeeded


# What the start and close buttons meet -------------------------------------


@dataclass(frozen=True, slots=True)
class HandOff:
    """Send the browser to SENCE: post `fields` to `action`. Holds the token: never log it."""

    action: str
    fields: tuple[tuple[str, str], ...]
    set_cookies: tuple[SetCookie, ...] = ()

    def __repr__(self) -> str:
        return f"HandOff(action={self.action!r})"


@dataclass(frozen=True, slots=True)
class AlreadyOpen:
    """This browser has an open session: there is nothing to start."""

    session: Session
    set_cookies: tuple[SetCookie, ...] = ()


@dataclass(frozen=True, slots=True)
class Passed:
    """The learner goes in without SENCE, during a contingency."""

    set_cookies: tuple[SetCookie, ...] = ()


@dataclass(frozen=True, slots=True)
class NoContingency:
    """No contingency is in force any more: only a start leads in."""


@dataclass(frozen=True, slots=True)
class NothingToClose:
    """This browser has no session in that course that could be closed."""

    set_cookies: tuple[SetCookie, ...] = ()


@dataclass(frozen=True, slots=True)
class UnknownOtec:
    """The OTEC that opened the session is no longer in the configuration: no token to close with."""

    session: Session


# What a callback meets ------------------------------------------------------


class Outcome(StrEnum):
    """What became of a callback."""

    APPLIED = "applied"  # the session is now as SENCE says, or was already
    ILLEGAL = "illegal"
    QUARANTINED = "quarantined"
    UNMATCHED = "unmatched"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a callback; `session` only when the attempt is ours.

    `is_kept`: the store has a line of it. Without one it changed nothing, as many before it.
    """

    outcome: Outcome
    session: Session | None = None
    glosas: tuple[int, ...] = ()
    set_cookies: tuple[SetCookie, ...] = ()
    is_kept: bool = True


# What the return from SENCE meets -------------------------------------------


@dataclass(frozen=True, slots=True)
class Bound:
    """The session is this browser's; it continues to `wanted`."""

    session: Session
    wanted: str
    set_cookies: tuple[SetCookie, ...]


@dataclass(frozen=True, slots=True)
class Over:
    """The session is closed, or ended."""

    session: Session
    set_cookies: tuple[SetCookie, ...]


@dataclass(frozen=True, slots=True)
class NotConfirmed:
    """This browser began the attempt; SENCE has not opened it, or not so that it counts in the course."""

    course: str
    wanted: str


@dataclass(frozen=True, slots=True)
class NotYours:
    """Another browser began the attempt, or the platform names another learner than it did then."""

    is_other_account: bool = False


Landing = Bound | Over | NotConfirmed | NotYours
