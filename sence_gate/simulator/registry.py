"""What SENCE knows: training bodies and their tokens, courses, learners and their keys.

Plain tables and the questions that the checks ask of them. The manual's words
are kept: a `nomina` is the list of RUNs that a course was communicated with.
A registry with `believes_strangers` takes any well-formed OTEC, token and code
that it does not list, for developers who bring their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from sence_gate.simulator.ruts import canonical, is_rut

if TYPE_CHECKING:
    from collections.abc import Mapping

DEMO_KEY = "clave123"


class CourseState(StrEnum):
    """How far a course is; the last two raise error 310."""

    EN_EJECUCION = "En ejecución"
    TERMINADO = "Terminado"
    ANULADO = "Anulado"

    @property
    def ends_the_course(self) -> bool:
        """Whether nobody can attend any more."""
        return self is not CourseState.EN_EJECUCION


@dataclass(frozen=True, slots=True)
class Otec:
    """A training body. It may own many tokens at once and revoke any (section 3.1)."""

    rut: str
    name: str
    tokens: frozenset[str] = field(default=frozenset(), repr=False)
    revoked: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True)
class Course:
    """A course as it was communicated to SENCE; `cod_sence` is empty for social programmes."""

    codigo_curso: str
    cod_sence: str
    linea_capacitacion: str
    rut_otec: str
    name: str
    starts: date = date(2020, 1, 1)
    ends: date = date(2099, 12, 31)
    state: CourseState = CourseState.EN_EJECUCION
    is_e_learning: bool = True
    nomina: frozenset[str] | None = field(default=None, repr=False)
    """The RUNs that may take it; None admits everybody."""

    def admits(self, run: str) -> bool:
        """Return whether *run* stands in the nómina (error 208)."""
        return self.nomina is None or canonical(run) in self.nomina

    def runs_on(self, day: date) -> bool:
        """Return whether *day* lies within the communicated dates (error 309)."""
        return self.starts <= day <= self.ends


@dataclass(frozen=True, slots=True)
class Registry:
    """Everything that SENCE can look up."""

    otecs: tuple[Otec, ...]
    courses: tuple[Course, ...]
    keys: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    """The key of each learner who has his own; None for one who never asked for a key."""
    demo_key: str = field(default=DEMO_KEY, repr=False)
    believes_strangers: bool = False

    def otec(self, rut: str) -> Otec | None:
        """Return the OTEC with *rut*, if it is listed."""
        return next((otec for otec in self.otecs if otec.rut == canonical(rut)), None)

    def owner(self, token: str) -> Otec | None:
        """Return the OTEC that *token* was ever given to."""
        return next((otec for otec in self.otecs if token in otec.tokens | otec.revoked), None)

    def course(self, codigo_curso: str) -> Course | None:
        """Return the course with *codigo_curso*, if it is listed."""
        return next((course for course in self.courses if course.codigo_curso == codigo_curso), None)

    def lists_cod_sence(self, cod_sence: str) -> bool:
        """Return whether some course has *cod_sence*."""
        return any(course.cod_sence == cod_sence for course in self.courses)

    def opens(self, run: str, key: str) -> bool:
        """Return whether *key* is the key of *run*."""
        return is_rut(run) and self.keys.get(run, self.demo_key) == key

    def hint(self, run: str) -> str | None:
        """Return the demo key where *run* has no key of its own, for the login page."""
        return None if canonical(run) in self.keys else self.demo_key
