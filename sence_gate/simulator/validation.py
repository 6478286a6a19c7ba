"""The checks that SENCE makes before it shows a login: a POST goes in, codes come out.

Order is that of annex 2. The manual types GlosaError as an integer, so the
first code is what SENCE reports; field reports of `211;204` are why all of them
are found. Where the manual names no code, the reading is written at the check.
The codes of an open session (at a close) are in `sessions`.
Source: annex 2, section 4 for -1, annex 5 for the blank CodSence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sence_gate.simulator.ruts import canonical, is_rut
from sence_gate.simulator.tables import (
    FORMS,
    FPT,
    LENGTHS,
    RETURN_URLS,
    SHORTEST_CODIGO_CURSO,
    SOCIAL_PROGRAMMES,
    WILDCARD,
    Environment,
    Manual,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from sence_gate.simulator.posts import Post
    from sence_gate.simulator.registry import Course, Registry

# The manual says 36 characters; that SENCE wants capitals comes from the instructions of its sister system.
_TOKEN = re.compile(r"[0-9A-Z]{8}(-[0-9A-Z]{4}){3}-[0-9A-Z]{12}")


@dataclass(frozen=True, slots=True)
class _Case:
    post: Post
    manual: Manual
    registry: Registry
    today: date

    @property
    def line(self) -> str:
        return self.post["LineaCapacitacion"]

    @property
    def course(self) -> Course | None:
        return self.registry.course(self.post["CodigoCurso"])

    def is_unchecked(self, name: str) -> bool:
        """Tell whether nothing more is to be checked of a parameter.

        Blank is error 200 and nothing else; -1 disables its checks in the test environment.
        """
        is_wildcard = self.post[name] == WILDCARD and self.post.environment is Environment.TEST
        return is_wildcard or self.post.is_blank(name)


def faults(post: Post, manual: Manual, registry: Registry, today: date) -> tuple[int, ...]:
    """Return every code that *post* deserves in *manual*'s edition, in the order of annex 2."""
    case = _Case(post, manual, registry, today)
    return tuple(sorted({manual.code(code) for check in _CHECKS for code in check(case)}))


def is_usable_url(text: str) -> bool:
    """Return whether a browser can be sent to *text*: absolute, http or https, at most 100 characters."""
    if len(text) > LENGTHS["UrlRetoma"] or not text.isprintable() or re.search(r"[\s\"<>\\^`{|}]", text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _blanks(case: _Case) -> Iterator[int]:
    mandatory = set(FORMS[case.post.action]) - set(RETURN_URLS)
    if case.line == SOCIAL_PROGRAMMES:
        mandatory.discard("CodSence")
    if any(case.post.is_blank(name) for name in mandatory):
        yield 200


def _return_urls(case: _Case) -> Iterator[int]:
    if any(case.post.is_blank(name) for name in RETURN_URLS):
        yield 201
    for name, code in zip(RETURN_URLS, (202, 203), strict=True):
        if not case.post.is_blank(name) and not is_usable_url(case.post[name]):
            yield code


def _cod_sence(case: _Case) -> Iterator[int]:
    if case.is_unchecked("CodSence"):
        return
    cod_sence = case.post["CodSence"]
    is_known = case.registry.lists_cod_sence(cod_sence) or case.registry.believes_strangers
    # Social programmes leave it blank (annex 5), so there no code is a valid one.
    if case.line == SOCIAL_PROGRAMMES or len(cod_sence) != LENGTHS["CodSence"] or not is_known:
        yield 204


def _codigo_curso(case: _Case) -> Iterator[int]:
    if case.is_unchecked("CodigoCurso"):
        return
    codigo_curso = case.post["CodigoCurso"]
    shortest = 1 if case.line == FPT and FPT in case.manual.lines else SHORTEST_CODIGO_CURSO
    is_known = case.course is not None or case.registry.believes_strangers
    if not shortest <= len(codigo_curso) <= LENGTHS["CodigoCurso"] or not is_known:
        yield 205


def _line(case: _Case) -> Iterator[int]:
    if not case.post.is_blank("LineaCapacitacion") and case.line not in case.manual.lines:
        yield 206


def _run_alumno(case: _Case) -> Iterator[int]:
    run_alumno = case.post["RunAlumno"]
    if case.post.is_blank("RunAlumno"):
        return
    if not is_rut(run_alumno):
        yield 207
    elif case.course is not None and not case.course.admits(run_alumno):
        yield 208


def _otec(case: _Case) -> Iterator[int]:
    rut_otec = case.post["RutOtec"]
    if case.post.is_blank("RutOtec"):
        return
    if not is_rut(rut_otec):
        yield 209
    elif case.registry.otec(rut_otec) is None and not case.registry.believes_strangers:
        # "Organismo" that could not be validated: a proper RUT that nobody knows.
        yield 302


def _token(case: _Case) -> Iterator[int]:
    if case.post.is_blank("Token"):
        return
    token, owner = case.post["Token"], case.registry.owner(case.post["Token"])
    is_known = owner is not None or case.registry.believes_strangers
    if not _TOKEN.fullmatch(token) or not is_known:
        yield 303
    elif owner is not None:
        otec = case.registry.otec(case.post["RutOtec"])
        if otec is not None and otec != owner:
            yield 211
        if token in owner.revoked:
            yield 212


def _course(case: _Case) -> Iterator[int]:
    course = case.course
    if course is None:
        return
    if case.line in case.manual.lines and case.line != course.linea_capacitacion:
        yield 301
    cod_sence = case.post["CodSence"]
    if case.registry.lists_cod_sence(cod_sence) and cod_sence not in {"", course.cod_sence}:
        yield 306
    yield from _course_conditions(case, course)


def _course_conditions(case: _Case, course: Course) -> Iterator[int]:
    if not course.is_e_learning:
        yield 307
    rut_otec = case.post["RutOtec"]
    if is_rut(rut_otec) and canonical(rut_otec) != course.rut_otec:
        yield 308
    if not course.runs_on(case.today):
        yield 309
    if course.state.ends_the_course:
        yield 310


def _identifiers(case: _Case) -> Iterator[int]:
    # Annex 2 has no word for an identifier that is too long; what it says of these two comes nearest.
    for name, code in (("IdSesionAlumno", 300), ("IdSesionSence", 304)):
        if name in FORMS[case.post.action] and len(case.post[name]) > LENGTHS[name]:
            yield code


_CHECKS: tuple[Callable[[_Case], Iterator[int]], ...] = (
    _blanks,
    _return_urls,
    _cod_sence,
    _codigo_curso,
    _line,
    _run_alumno,
    _otec,
    _token,
    _course,
    _identifiers,
)
