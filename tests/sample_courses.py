"""Courses of which only the rules matter, and requests for them."""

from __future__ import annotations

from typing import Any

from sence_gate.courses import Course, CourseRules, Otec
from sence_gate.errors import UnreadablePath
from sence_gate.paths import Target
from sence_gate.protocol.rut import Rut

OTEC = Otec(Rut.parse("76543210-3"), "token")


def course(name: str, *paths: str, **others: Any) -> Course:
    """Return a course that guards *paths*."""
    values: dict[str, Any] = {"codigo_curso": "5123456", "linea_capacitacion": 3, "otec": OTEC}
    return Course(id=name, name=name, paths=paths, **values | others)


EXCEL = CourseRules([course("excel", "/cursos", exceptions=("/cursos/publico",))])


def numbered(count: int) -> list[Course]:
    """Return that many courses of a Moodle."""
    return [course(str(n), "/course/view.php", query=(("id", str(n)),)) for n in range(1, count + 1)]


def outcome(rules: CourseRules, target: Target) -> str:
    """Return the id of the course, "free", or "400"."""
    try:
        found = rules.match(target)
    except UnreadablePath:
        return "400"
    return found.id if isinstance(found, Course) else "shared" if found else "free"


def asked(rules: CourseRules, url: str) -> str:
    """Return the outcome for a browser that follows this link."""
    return outcome(rules, Target.from_url(url))


def as_servers_tell(url: str) -> list[Target]:
    """Return what servers make of one link: with the raw URI, without, half, and mounted."""
    whole = Target.from_url(url)
    path, raw, query = whole.path_info, whole.raw_uri, whole.query_string
    head, slash, rest = path[1:].partition("/")
    mounted = [Target("/" + head, slash + rest, raw, query)] if slash and head else []
    return [whole, Target("", path, None, query), Target("", path, path, ""), *mounted]
