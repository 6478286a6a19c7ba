"""Who is enrolled in which course, with which codes and for which days: one CSV, or several.

    course,run,codigo_curso,cod_sence,linea_capacitacion,exempt,from,until

Only the first two must be there; what is empty is the course's own. A learner may have
several rows in a course when their days do not meet, which is how SENCE numbers one
course that is given twice; the same row twice is one row. `from` and `until` are days
of Chile, both inside. `exempt` is somebody whom SENCE does not expect.

What has not changed since the last look is shared: two hundred thousand learners of ten
courses are ten values, and a number each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sence_gate.courses import Course
from sence_gate.errors import InvalidRut
from sence_gate.protocol.attendance import code_faults
from sence_gate.protocol.fields import LINEA_WITHOUT_COD_SENCE, LINEAS
from sence_gate.protocol.many import number_of, run_number
from sence_gate.protocol.rut import Rut
from sence_gate.sheets import Column, Faults, read_rows

COLUMNS = (
    Column("course", ("curso", "id_curso"), is_required=True),
    Column(
        "run", ("rut", "run_alumno", "rut_alumno", "run_participante", "rut_participante"), is_required=True
    ),
    Column("codigo_curso", ("codigocurso", "id_accion", "id_de_accion", "codigo_accion")),
    Column("cod_sence", ("codsence", "codigo_sence")),
    Column("linea_capacitacion", ("linea", "lineacapacitacion", "linea_de_capacitacion")),
    Column("exempt", ("exento", "exenta")),
    Column("from", ("desde", "inicio", "fecha_inicio", "fecha_de_inicio")),
    Column("until", ("hasta", "termino", "fecha_termino", "fecha_de_termino")),
)
YES = frozenset({"1", "x", "si", "sí", "yes", "true", "verdadero", "exento", "exempt"})
NO = frozenset({"", "0", "no", "false", "falso"})
TYPED = "exempt cannot hold where learners type their RUN (source = ask): anybody could type this one"

_LINES = {"", *map(str, LINEAS)}
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", re.ASCII)
_MIDNIGHT = re.compile(r"[ T]0?0:00(:00)?$")


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What holds for a learner in a course, from `first` to `last`; None is without end."""

    codigo_curso: str
    cod_sence: str
    linea_capacitacion: int
    is_exempt: bool = False
    first: date | None = None
    last: date | None = None

    def holds_on(self, day: date) -> bool:
        """Tell whether *day* is one of its days."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def meets(self, other: Enrolment) -> bool:
        """Tell whether there is a day of both."""
        return (self.first or date.min) <= (other.last or date.max) and (other.first or date.min) <= (
            self.last or date.max
        )


Terms = tuple[Enrolment, ...]
Register = Mapping[str, Mapping[int, Terms]]  # by course, by the number of the RUN


def terms_of(register: Register, course: str, run: Rut) -> Terms:
    """Return the enrolments of a learner in a course, in the order of their days; () when there is none."""
    return register.get(course, {}).get(number_of(run), ())


def readers_of(courses: Iterable[Course]) -> Mapping[Path, tuple[Course, ...]]:
    """Return which of *courses* read which file."""
    readers: dict[Path, tuple[Course, ...]] = {}
    for course in courses:
        if course.enrolments:
            path = Path(course.enrolments)
            readers[path] = (*readers.get(path, ()), course)
    return readers


def read_register(path: Path, courses: Iterable[Course], *, runs_are_typed: bool) -> Register:
    """Return what the file *path* says of *courses*.

    Args:
        courses: those that read this file.
        runs_are_typed: no row may exempt anybody.

    Raises:
        ConfigurationError: with every line that cannot be used.
        Changing: it was written meanwhile.
    """
    faults = Faults(path)
    reading = _Reading({course.id: course for course in courses}, faults, runs_are_typed=runs_are_typed)
    for line, cells in read_rows(path, COLUMNS, faults):
        reading.take(line, cells)
    faults.check()
    return reading.register


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What is wrong with the cells beside a RUN."""

    faults: tuple[str, ...]


class _Reading:
    """One reading of one file; rows that are alike but for the RUN are judged once."""

    def __init__(self, courses: Mapping[str, Course], faults: Faults, *, runs_are_typed: bool) -> None:
        self.register: dict[str, dict[int, Terms]] = {course: {} for course in courses}
        self._courses, self._faults, self._runs_are_typed = courses, faults, runs_are_typed
        self._lines: dict[str, dict[int, int]] = {course: {} for course in courses}
        self._judged: dict[tuple[str, ...], Terms | _Wrong] = {}

    def take(self, line: int, cells: Sequence[str]) -> None:
        """Take one row, or note what is wrong with it."""
        course, run, *rest = cells
        key = (course, *rest)
        judged = self._judged.get(key)
        if judged is None:
            judged = self._judged[key] = self._judge(course, rest)
        number = self._number(line, run)
        if isinstance(judged, _Wrong):
            for fault in judged.faults:
                self._faults.add(line, fault)
        elif number is not None:
            self._enrol(line, course, number, judged)

    def _number(self, line: int, run: str) -> int | None:
        try:
            return run_number(run)
        except InvalidRut as fault:
            self._faults.add(line, f"run {fault}" if run else "run is missing")
            return None

    def _enrol(self, line: int, course: str, number: int, terms: Terms) -> None:
        enrolled, lines = self.register[course], self._lines[course]
        known = enrolled.setdefault(number, terms)
        if known is terms and lines.setdefault(number, line) == line:
            return
        (new,) = terms
        if new in known:
            return
        if any(new.meets(each) for each in known):
            text = f"is the learner of line {lines[number]} again, with other values for the same days"
            self._faults.add(line, f"{text} — keep one of the two, or part their days by from and until")
            return
        enrolled[number] = tuple(sorted((*known, new), key=lambda each: each.first or date.min))

    def _judge(self, course: str, rest: Sequence[str]) -> Terms | _Wrong:
        """Return the one enrolment that the cells beside the RUN mean, or what is wrong with them."""
        known = self._courses.get(course)
        if known is None:
            return _Wrong((_strange(course, self._courses),))
        codigo_curso, cod_sence, linea, exempt, first, last = rest
        faults = [*self._exempt_faults(exempt), *_day_faults(first, last)]
        if linea not in _LINES:
            told = "linea_capacitacion is not 1, 3 or 6 — write one of them, or leave it empty"
            return _Wrong((*faults, told))
        line = int(linea) if linea else known.linea_capacitacion
        # What a social programme has not, it does not inherit either.
        own_cod_sence = cod_sence or ("" if line == LINEA_WITHOUT_COD_SENCE else known.cod_sence)
        codes = own_cod_sence, codigo_curso or known.codigo_curso, line
        faults += (f"{name} {text}" for name, text in code_faults(known.environment, *codes))
        if faults:
            return _Wrong(tuple(faults))
        days = _day(first), _day(last)
        return (Enrolment(codes[1], codes[0], line, exempt.lower() in YES, *days),)

    def _exempt_faults(self, exempt: str) -> Iterator[str]:
        if exempt.lower() not in YES | NO:
            yield "exempt is neither yes nor no — write si, or leave it empty"
        elif exempt.lower() in YES and self._runs_are_typed:
            yield TYPED


def _strange(course: str, courses: Iterable[str]) -> str:
    if not course:
        return "course is missing — write the id of a course"
    ids = ", ".join(list(courses)[:5])
    return f"course is none that reads this file ({ids}) — write its id, or enrolments = … at that course"


def _day_faults(first: str, last: str) -> Iterator[str]:
    days = []
    for name, text in (("from", first), ("until", last)):
        try:
            days.append(_day(text))
        except ValueError:
            yield f"{name} is no day — write it like 2024-05-31 or 31-05-2024"
    if len(days) == 2 and days[0] and days[1] and days[0] > days[1]:
        yield "until is before from — write the days the other way round"


def _day(text: str) -> date | None:
    """Return the day that a cell means; None when it is empty.

    Raises:
        ValueError: it means none.
    """
    if not text:
        return None
    found = _DAY.fullmatch(_MIDNIGHT.sub("", text))
    if found is None:
        raise ValueError
    year, month, day = found.group(1, 2, 3) if found[1] else found.group(6, 5, 4)
    return date(int(year), int(month), int(day))
