"""May this learner start in this course today, and with which codes?

The course itself says so, unless it reads a file of enrolments. An open session stays
open whatever the file says by now: SENCE counts it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, assert_never

from sence_gate.chile import day_of
from sence_gate.courses import Course, Unlisted
from sence_gate.enrolments import Enrolment, Register, Terms, read_register, readers_of, terms_of
from sence_gate.errors import ConfigurationError
from sence_gate.gate.decisions import Barred, Exempt, NoLongerOpen, NotEnrolled, NotYetOpen
from sence_gate.protocol.rut import Rut
from sence_gate.reloading import Reloaded

if TYPE_CHECKING:
    from datetime import date, datetime

Registers = Mapping[str, Reloaded[Register]]  # by course
Refusal = Exempt | Barred


def registers_of(courses: Sequence[Course], *, runs_are_typed: bool) -> Registers:
    """Return the enrolments of *courses*, each file read once.

    Raises:
        ConfigurationError: with every line of every file that cannot be used.
    """
    registers: dict[str, Reloaded[Register]] = {}
    faults: list[str] = []
    for path, readers in readers_of(courses).items():
        read = partial(read_register, courses=readers, runs_are_typed=runs_are_typed)
        setting = f"courses[{courses.index(readers[0])}].enrolments"
        try:
            register = Reloaded(path, read, "list of enrolments", setting, holds=_holds)
        except ConfigurationError as fault:
            faults += fault.faults
        else:
            registers |= {course.id: register for course in readers}
    if faults:
        raise ConfigurationError(tuple(faults))
    return registers


def _holds(register: Register) -> bool:
    return any(register.values())


def terms(registers: Registers, course: Course, run: Rut, now: datetime) -> Enrolment | Refusal:
    """Return with which codes the learner *run* may start in *course* now, or what stands against it."""
    register = registers.get(course.id)
    if register is None:
        return own_terms(course)
    found = terms_of(register.content, course.id, run)
    if found:
        return _today(course, found, day_of(now))
    match course.unlisted:
        case Unlisted.REQUIRE:
            return own_terms(course)
        case Unlisted.PASS:
            return Exempt(course, "unlisted")
        case Unlisted.DENY:
            return NotEnrolled(course)
        case _:
            assert_never(course.unlisted)


def own_terms(course: Course) -> Enrolment:
    """Return what holds for everybody in *course* of whom nothing else is written."""
    return Enrolment(course.codigo_curso, course.cod_sence, course.linea_capacitacion)


def notes(registers: Registers) -> tuple[str, ...]:
    """Return what the operator should look at although all works."""
    return tuple(dict.fromkeys(each.note for each in registers.values() if each.note))


def _today(course: Course, found: Terms, today: date) -> Enrolment | Refusal:
    for enrolment in found:
        if enrolment.holds_on(today):
            return Exempt(course, "enrolments") if enrolment.is_exempt else enrolment
    to_come = [each.first for each in found if each.first and each.first > today]
    if to_come:
        return NotYetOpen(course, min(to_come))
    return NoLongerOpen(course, max(each.last for each in found if each.last))
