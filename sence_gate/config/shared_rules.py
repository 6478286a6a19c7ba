"""What `[[shared]]` rules must satisfy before the first request.

Paths and queries are judged as those of courses are. Beyond that, a rule must name
courses that exist, and what finds the course in a page must be a pattern that
can find one, among courses that it tells apart.
"""

from __future__ import annotations

from sence_gate.config.course_rules import judge_exceptions, judge_paths, judge_query
from sence_gate.config.faults import Faults, advice
from sence_gate.config.shape import CourseTable, Settings, SharedTable
from sence_gate.shared import Unnamed, page_faults


def judge(settings: Settings, faults: Faults) -> None:
    """Add to *faults* everything that is wrong with the shared rules."""
    for index, table in enumerate(settings.shared):
        place = f"shared[{index}]"
        judge_paths(settings, table.paths, place, faults)
        judge_query(table.query, place, faults)
        judge_exceptions(table.exceptions, place, faults)
        _judge_courses(settings, table, place, faults)
        if table.page:
            _judge_page(settings, table, place, faults)
        elif table.unnamed is not Unnamed.PASS:
            faults.add(f"{place}.unnamed", "says what becomes of a page, and none is read — write page = …")


def courses_of(settings: Settings, table: SharedTable) -> tuple[CourseTable, ...]:
    """Return the courses that *table* names, in the order of the file; all, when it names none."""
    return tuple(course for course in settings.courses if not table.courses or course.id in table.courses)


def _judge_courses(settings: Settings, table: SharedTable, place: str, faults: Faults) -> None:
    known = [course.id for course in settings.courses]
    if not known and not faults.covers("courses"):
        faults.add(f"{place}.courses", "stands for all courses, and there is none — add [[courses]]")
    for index, name in enumerate(table.courses):
        if name not in known and known:
            faults.add(f"{place}.courses[{index}]", f"is the id of no course — {advice(name, known)}")
        elif name in table.courses[:index]:
            faults.add(f"{place}.courses[{index}]", "is there twice — keep the first")


def _judge_page(settings: Settings, table: SharedTable, place: str, faults: Faults) -> None:
    for text in page_faults(table.page):
        faults.add(f"{place}.page", text)
    courses = courses_of(settings, table)
    if courses and not any(course.key for course in courses):
        faults.add(f"{place}.page", "finds keys that no course has — give each course its key")
    owners: dict[str, str] = {}
    for course in courses:
        if course.key and owners.setdefault(course.key, course.id) != course.id:
            at = settings.courses.index(course)
            faults.add(
                f"courses[{at}].key", f'is that of "{owners[course.key]}" too — one key for each course'
            )
