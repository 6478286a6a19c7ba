"""Lessons that nginx hands out unasked, or at an address other than the one that was judged.

Each finding has a witness: an address that was followed through the configuration
from a visitor to the platform. Nothing is told of what only might be.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from sence_gate.check import Finding, Level
from sence_gate.config import Config
from sence_gate.courses import Course, CourseRules, Rule
from sence_gate.errors import UnreadablePath
from sence_gate.nginx.file import Place, Server
from sence_gate.nginx.trips import Trip, trips
from sence_gate.paths import Target
from sence_gate.patterns import is_literal
from sence_gate.shared import Query, Shared

# What a course is made of, for expressions that look at the end of an address.
_ENDS = ("", "a", "a.php", "a.html", "a.pdf", "a.mp4", "a.zip", "a.js", "a.css", "a.png", "a.jpg", "a.svg")
_LITERAL = re.compile(r"\^?((?:[\w/~%!,;:@&=-]|\\\.)*)")
_TAIL = re.compile(r"\)((?:[\w/-]|\\\.)*)\$?$")


@dataclass(frozen=True, slots=True)
class _Lesson:
    """A path of a course: as browsers see it, and as the platform does behind this nginx."""

    rule: Rule
    public: str
    inside: str
    query: str  # with its question mark, or ""

    @property
    def owner(self) -> str:
        """Whose path it is, for people."""
        return f"the course {self.rule.id}" if isinstance(self.rule, Course) else "a [[shared]] rule"


class Lessons:
    """Look for lessons behind *server*.

    Args:
        ours: the servers of the gate, which are none of the platform's.
    """

    def __init__(self, config: Config, server: Server, ours: Collection[str]) -> None:
        self._server, self._ours = server, ours
        self._rules = CourseRules(config.courses, config.mount, config.shared)
        self._home = config.mount + config.prefix
        rules: list[Rule] = [*config.courses, *config.shared]
        self._lessons = [
            _Lesson(rule, public, inside, _query(branch.query))
            for rule in rules
            for branch in rule.branches
            for public in _public(config.mount, branch.paths)
            for inside in self._inside(public)
        ]

    def findings(self) -> Iterator[Finding]:
        """Yield one finding for each place of the configuration at which a lesson gets past the gate."""
        told: set[str] = set()
        for witness in dict.fromkeys(self._witnesses()):
            for trip in trips(self._server, witness):
                finding = self._judge(trip)
                if finding and finding.path not in told:
                    told.add(finding.path)
                    yield finding

    def _judge(self, trip: Trip) -> Finding | None:
        lesson = self._lesson(trip)
        if lesson is None or trip.place is None:
            return None
        where, sent = trip.by or trip.place.line, f"{trip.sent}{lesson.query}"
        if not trip.is_asked:
            path = "" if trip.path == trip.sent else f", as {trip.path},"
            text = f"serves {sent}{path} of {lesson.owner} without asking"
            remedy = f"write `auth_request {self._home}/auth;` there, or take the path from {lesson.owner}"
            # Below what courses share lie the platform's own style sheets and scripts too.
            is_code = isinstance(lesson.rule, Shared) and not trip.place.passes_on()
            return Finding(Level.WARNING if is_code else Level.ERROR, where, f"{text} — {remedy}")
        if self._is_guarded(sent):
            return None
        text = f"makes {trip.path} of {lesson.owner} of {sent}, and no course guards that"
        remedy = f"write a redirect (`return 302 …;`), or put {trip.sent} among the paths of {lesson.owner}"
        return Finding(Level.ERROR, where, f"{text} — {remedy}")

    def _lesson(self, trip: Trip) -> _Lesson | None:
        """Return the lesson that *trip* brings, or None; a file is one where its address is that of one."""
        place = trip.place
        if place is None or place.passed_to() in self._ours or place.name.startswith(self._home):
            return None
        if not place.passes_on() and (not _shows_files(place) or trip.path.endswith("/")):
            return None
        for lesson in self._lessons:
            if trip.path.startswith(lesson.inside):
                public = lesson.public + trip.path.removeprefix(lesson.inside)
                if self._is_guarded(public + lesson.query):
                    return lesson
        same = [each for each in self._lessons if each.public == each.inside]
        return next((each for each in same if self._is_guarded(trip.path + each.query)), None)

    def _inside(self, public: str) -> list[str]:
        """Return what the platform gets for *public* where it should be asked about."""
        paths = [
            trip.path
            for trip in trips(self._server, public)
            if trip.is_asked and trip.place and trip.place.passes_on()
        ]
        return list(dict.fromkeys(paths)) or [public]

    def _is_guarded(self, path: str) -> bool:
        try:
            return self._rules.match(Target.from_url(path)) is not None
        except UnreadablePath:
            return True

    def _witnesses(self) -> Iterator[str]:
        for lesson in self._lessons:
            folder = lesson.public.rstrip("/") + "/"
            yield lesson.public
            yield from (folder + end for end in _ENDS)
            yield f"/{folder}"
            for location in self._server.locations:
                yield from _before(location, lesson.inside)
            for place in (self._server.place, *self._server.locations):
                for step in _rewrites(place):
                    yield from _sources(step, lesson.inside)
        for location in self._server.locations:
            if location.name.startswith("/"):
                yield from (location.name, f"{location.name}a")


def _before(location: Place, inside: str) -> Iterator[str]:
    """Yield what a `proxy_pass` with a path would make *inside* of."""
    passed = location.own("proxy_pass")
    _, slash, path = (passed[-1][0] if passed and passed[-1] else "").partition("://")[2].partition("/")
    if slash and location.modifier in ("", "^~", "="):
        yield from _joined(location.name, f"/{path.partition('$')[0]}", inside)


def _sources(step: list[str], inside: str) -> Iterator[str]:
    """Yield what a `rewrite` may make *inside* of."""
    pattern, target, *_ = step
    head = _LITERAL.match(pattern)
    begin = head[1].replace("\\", "") if head else ""
    tail = _TAIL.search(pattern)
    for source in _joined(begin, target.partition("$")[0], inside):
        yield source
        yield f"{source}a"
        if tail:
            yield source + tail[1].replace("\\", "")


def _joined(begin: str, head: str, inside: str) -> Iterator[str]:
    if inside.startswith(head):
        yield begin + inside[len(head) :]
    elif head.startswith(inside):
        yield begin


def _rewrites(place: Place) -> list[list[str]]:
    inner = place.inside("if")
    return [args for each in (place, *inner) for args in each.own("rewrite") if len(args) > 1]


def _query(pairs: Query) -> str:
    return f"?{urlencode(pairs)}" if pairs else ""


def _public(mount: str, paths: Collection[str]) -> Iterator[str]:
    for path in filter(is_literal, paths):
        yield path if path.startswith(f"{mount}/") else mount + path


def _shows_files(place: Place) -> bool:
    is_shut = ["all"] in place.all("deny") and not place.all("allow")
    return bool(place.value("root") or place.value("alias")) and not is_shut
