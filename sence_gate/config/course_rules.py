"""What OTECs and courses must satisfy before the first request.

The rules of the manual (codes, lines, tokens) are asked of `protocol`, those of
paths of `sence_gate.courses`; here they are put to each table of the file. Where
something that a rule depends on could not be read, only what is wrong in every
case is told. Tokens and codes never stand in a fault.
"""

from __future__ import annotations

import re
from itertools import product
from urllib.parse import urlsplit

from sence_gate.config.faults import Faults, advice
from sence_gate.config.model import LearnerSource
from sence_gate.config.shape import CourseTable, OtecTable, SessionTable, Settings
from sence_gate.config.urls import normal_url, sheet_fault
from sence_gate.courses import Unlisted, path_faults
from sence_gate.errors import InvalidRut
from sence_gate.patterns import Segments, covers, segments_of
from sence_gate.protocol.attendance import Environment, code_faults, text_fault, token_faults
from sence_gate.protocol.fields import LINEAS
from sence_gate.protocol.rut import Rut

MINUTES_MAX = 24 * 60  # a course day; also keeps every deadline inside what datetime can hold
_NAME_MAX = 200
_ID = re.compile(r"[a-z0-9-]{1,40}")
_ID_REMEDY = "use 1 to 40 small letters, digits and dashes"


def judge(settings: Settings, faults: Faults) -> None:
    """Add to *faults* everything that is wrong with OTECs, minutes and courses."""
    _judge_otecs(settings, faults)
    _judge_session(settings.session, faults)
    for index, course in enumerate(settings.courses):
        place = f"courses[{index}]"
        _judge_names(settings, index, faults)
        _judge_branches(settings, course, place, faults)
        _judge_codes(settings, course, place, faults)
        _judge_minutes(settings.session, course, place, faults)
        _judge_chosen_otec(settings, course, place, faults)
        _judge_enrolments(settings, course, place, faults)


def otec_of(settings: Settings, course: CourseTable) -> OtecTable:
    """Return the OTEC of *course*: the one it names, or the only one there is.

    Raises:
        LookupError: there is no such one, or none, or more than one.
    """
    if course.otec:
        return settings.otecs[course.otec]
    candidates = [settings.otec] if settings.otec is not None else list(settings.otecs.values())
    if len(candidates) != 1:
        raise LookupError("which OTEC is not clear")
    return candidates[0]


def _judge_otecs(settings: Settings, faults: Faults) -> None:
    if settings.otec is not None:
        _judge_otec(settings.otec, "otec", faults)
        if settings.otecs:
            faults.add(
                "otecs", "stand beside [otec] — keep one of the two: [otec] alone, or several [otecs.NAME]"
            )
    elif settings.courses and not settings.otecs and not faults.covers("otecs"):
        faults.add("otec", "is missing — add [otec] with rut and token")
    for name, table in settings.otecs.items():
        if not _ID.fullmatch(name):
            faults.add(f"otecs.{name}", f"is no good name — {_ID_REMEDY}")
        _judge_otec(table, f"otecs.{name}", faults)
    _judge_repeated_ruts(settings.otecs, faults)


def _judge_repeated_ruts(otecs: dict[str, OtecTable], faults: Faults) -> None:
    owners: dict[Rut, str] = {}
    for name, table in otecs.items():
        rut = _rut(table.rut)
        if rut is not None and owners.setdefault(rut, name) != name:
            faults.add(f"otecs.{name}.rut", f"is that of [otecs.{owners[rut]}] too — one table for each OTEC")


def _judge_otec(table: OtecTable, place: str, faults: Faults) -> None:
    if not table.rut:
        faults.add(f"{place}.rut", 'is missing — write the RUT of the OTEC, like "76543210-3"')
    elif _rut(table.rut) is None:
        faults.add(
            f"{place}.rut", "is no RUT, or its check digit is wrong — compare it with the OTEC's papers"
        )
    for _, text in token_faults(table.token):
        faults.add(f"{place}.token", text)


def _rut(text: str) -> Rut | None:
    try:
        return Rut.parse(text)
    except InvalidRut:
        return None


def _judge_names(settings: Settings, index: int, faults: Faults) -> None:
    course, place = settings.courses[index], f"courses[{index}]"
    if not course.id:
        faults.add(f"{place}.id", f"is missing — {_ID_REMEDY}")
    elif not _ID.fullmatch(course.id):
        faults.add(f"{place}.id", f"is no good id — {_ID_REMEDY}")
    earlier = [each.id for each in settings.courses[:index]]
    if course.id and course.id in earlier:
        faults.add(f"{place}.id", f"is the id of courses[{earlier.index(course.id)}] too — choose another")
    if not course.name:
        faults.add(f"{place}.name", "is missing — write the name that learners know")
    elif text_fault(course.name, _NAME_MAX):
        faults.add(f"{place}.name", text_fault(course.name, _NAME_MAX))


def _judge_branches(settings: Settings, course: CourseTable, place: str, faults: Faults) -> None:
    judge_paths(settings, course.paths, place, faults)
    judge_query(course.query, place, faults)
    judge_exceptions(course.exceptions, place, faults)
    for index, branch in enumerate(course.also):
        judge_paths(settings, branch.paths, f"{place}.also[{index}]", faults)
        judge_query(branch.query, f"{place}.also[{index}]", faults)


def judge_paths(settings: Settings, paths: tuple[str, ...], place: str, faults: Faults) -> None:
    """Add to *faults* what is wrong with the `paths` of the table at *place*."""
    if not paths:
        faults.add(f"{place}.paths", 'is missing — write where it stands, like ["/cursos/excel/"]')
    for index, path in enumerate(paths):
        for text in path_faults(path):
            faults.add(f"{place}.paths[{index}]", text)
        if any(covers(own, segments_of(path)) for own in _own_paths(settings)):
            faults.add(
                f"{place}.paths[{index}]", "belongs to the gate itself (prefix) — choose another prefix"
            )


def judge_exceptions(exceptions: tuple[str, ...], place: str, faults: Faults) -> None:
    """Add to *faults* what is wrong with the `except` of the table at *place*."""
    for index, path in enumerate(exceptions):
        for text in path_faults(path, exact=True):
            faults.add(f"{place}.except[{index}]", text)


def judge_query(query: dict[str, str], place: str, faults: Faults) -> None:
    """Add to *faults* what is wrong with the `query` of the table at *place*."""
    if any(not name or not value for name, value in query.items()):
        faults.add(f"{place}.query", 'has an empty name or value — write it like { id = "5" }')


def _own_paths(settings: Settings) -> tuple[Segments, Segments]:
    """Return where the gate's own pages are, without and with the mount path."""
    url, _ = normal_url(settings.public_url)
    return segments_of(settings.prefix), segments_of(urlsplit(url).path + settings.prefix)


def _judge_codes(settings: Settings, course: CourseTable, place: str, faults: Faults) -> None:
    for key in ("codigo_curso", "linea_capacitacion"):
        if not getattr(course, key):
            faults.add(f"{place}.{key}", "is missing — write what SENCE gave for this course")
    line_is_known = course.linea_capacitacion and not faults.covers(f"{place}.linea_capacitacion")
    lines = [course.linea_capacitacion] if line_is_known else list(LINEAS)
    judgements = [
        code_faults(environment, course.cod_sence, course.codigo_curso, line)
        for environment, line in product(_environments(settings, course, place, faults), lines)
    ]
    for key, text in judgements[0]:
        is_told = key != "cod_sence" and not getattr(course, key)
        if not is_told and all((key, text) in judgement for judgement in judgements):
            faults.add(f"{place}.{key}", text)


def _environments(
    settings: Settings, course: CourseTable, place: str, faults: Faults
) -> tuple[Environment, ...]:
    """Return the environments that the course may be meant for: more than one when that was unreadable."""
    if faults.covers(f"{place}.environment"):
        return tuple(Environment)
    if course.environment is not None:
        return (course.environment,)
    return tuple(Environment) if faults.covers("environment") else (settings.environment,)


def _judge_session(session: SessionTable, faults: Faults) -> None:
    _judge_range("session.minutes", session.minutes, 1, faults)
    _judge_range("session.warning_minutes", session.warning_minutes, 1, faults)
    _judge_range("session.grace_minutes", session.grace_minutes, 0, faults)
    if session.warning_minutes >= session.minutes and not faults.covers("session.minutes"):
        faults.add("session.warning_minutes", "is not less than minutes — warn before the end")


def _judge_minutes(session: SessionTable, course: CourseTable, place: str, faults: Faults) -> None:
    _judge_range(f"{place}.minutes", course.minutes, 1, faults)
    _judge_range(f"{place}.warning_minutes", course.warning_minutes, 1, faults)
    _judge_range(f"{place}.grace_minutes", course.grace_minutes, 0, faults)
    if course.minutes is None and course.warning_minutes is None:
        return  # `[session]` was judged already
    if any(
        faults.covers(f"{table}.{key}")
        for table in ("session", place)
        for key in ("minutes", "warning_minutes")
    ):
        return
    minutes = session.minutes if course.minutes is None else course.minutes
    warning = session.warning_minutes if course.warning_minutes is None else course.warning_minutes
    if warning >= minutes:
        faults.add(f"{place}.warning_minutes", "is not less than minutes — warn before the end")


def _judge_range(place: str, value: int | None, least: int, faults: Faults) -> None:
    if value is not None and not least <= value <= MINUTES_MAX:
        faults.add(place, f"is not between {least} and {MINUTES_MAX} — write minutes")


def _judge_enrolments(settings: Settings, course: CourseTable, place: str, faults: Faults) -> None:
    if course.enrolments and (fault := sheet_fault(course.enrolments)):
        faults.add(f"{place}.enrolments", fault)
    if course.unlisted is Unlisted.REQUIRE:
        return
    if not course.enrolments:
        faults.add(f"{place}.unlisted", "says who is in no list, and there is no list — write enrolments = …")
    if course.unlisted is Unlisted.PASS and settings.learner.source is LearnerSource.ASK:
        faults.add(
            f"{place}.unlisted",
            "lets pass whoever types a RUN of no list — choose another learner.source, or another word",
        )


def _judge_chosen_otec(settings: Settings, course: CourseTable, place: str, faults: Faults) -> None:
    if (settings.otec is None and not settings.otecs) or faults.covers(f"otecs.{course.otec}"):
        return  # told there, and not again for each course
    try:
        otec_of(settings, course)
    except LookupError:
        faults.add(f"{place}.otec", _which_otec(settings, course))


def _which_otec(settings: Settings, course: CourseTable) -> str:
    if not course.otec:
        return f"is missing — write one of: {', '.join(settings.otecs)}"
    if settings.otecs:
        return f"is none of [otecs] — {advice(course.otec, settings.otecs)}"
    return "names an OTEC, but there is only [otec] — leave it out"
