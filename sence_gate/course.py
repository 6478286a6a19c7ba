"""What a course is: its places on the platform, and what SENCE is told of it.

Which of them guards a request is the business of `courses.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from sence_gate.patterns import UNQUOTED, is_literal
from sence_gate.protocol.messages import Environment
from sence_gate.shared import Branch, Shared

if TYPE_CHECKING:
    from sence_gate.protocol.rut import Rut

USUAL_MINUTES = 180  # field practice; the manual gives no length of a session


@dataclass(frozen=True, slots=True)
class Otec:
    """A training body, as SENCE knows it."""

    rut: Rut
    token: str = field(repr=False)
    name: str = ""


class Unlisted(StrEnum):
    """What becomes of a learner who is in no row of a course's enrolments."""

    REQUIRE = "require"  # as everybody, with the course's own codes
    PASS = "pass"  # no learner of SENCE's: passes  # noqa: S105 - no password
    DENY = "deny"  # a page that says so


@dataclass(frozen=True, slots=True)
class Course:
    """One course: which URLs it guards and what SENCE is told of it."""

    id: str
    name: str
    paths: tuple[str, ...]
    codigo_curso: str
    linea_capacitacion: int
    otec: Otec
    cod_sence: str = ""
    query: tuple[tuple[str, str], ...] = ()
    exceptions: tuple[str, ...] = ()  # the key `except` of the configuration
    environment: Environment = Environment.TEST
    minutes: int = USUAL_MINUTES
    warning_minutes: int = 10
    grace_minutes: int = 15
    enrolments: str = ""  # a file; see sence_gate.enrolments
    unlisted: Unlisted = Unlisted.REQUIRE
    key: str = ""  # what stands for the course in the platform's own pages
    also: tuple[Branch, ...] = ()

    @property
    def branches(self) -> tuple[Branch, ...]:
        """Return all that the course guards."""
        return (Branch(self.paths, self.query), *self.also)

    @property
    def first_path(self) -> str | None:
        """Return a link to the course: its first path without `{name}`, and its query."""
        path = next(filter(is_literal, self.paths), None)
        if path is None or not self.query:
            return path and quote(path, safe="/" + UNQUOTED)
        return f"{quote(path, safe='/' + UNQUOTED)}?{urlencode(self.query)}"


Rule = Course | Shared


def name_of(rule: Rule) -> str:
    """Return how people call *rule*."""
    if isinstance(rule, Course):
        return f"course {rule.id}"
    how = "the platform's page says which" if rule.page else "any of them will do"
    return f"[[shared]] ({', '.join(rule.courses)}; {how})"
