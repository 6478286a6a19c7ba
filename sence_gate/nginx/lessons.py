"""Lessons that nginx hands out unasked, or at an address other than the one that was judged.

Each finding has a witness: an address that was followed through the configuration
from a visitor to the platform. Nothing is told of what only might be.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Set
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

    public: str
    inside: str
    query: Query

    def sent(self, path: str) -> str:
        """Return *path* with the query by which the course is known."""
        return f"{path}?{urlencode(self.query)}" if self.query else path


class Lessons:
    """Look for lessons behind *server*.

    Args:
        ours: the servers of the gate, which are none of the platform's.
    """

    def __init__(self, config: Config, server: Server, ours: Set[str]) -> None:
        self._server, self._ours = server, ours
        self._places = (server.place, *server.locations)
        self._rules = CourseRules(config.courses, config.mount, config.shared)
        self._home = config.mount + config.prefix
        rules: list[Rule] = [*config.courses, *config.shared]
        self._lessons = [
            _Lesson(public, inside, branch.query)
            for rule in rules
            for branch in rule.branches
            for public in _public(config.mount, branch.paths)
            for inside in self._inside(public)
        ]
        self._is_same = any(each.public == each.inside for each in self._lessons)

    def findings(self) -> Iterator[Finding]:
        """Yield one finding for each place of the configuration at which a lesson gets past the gate."""
        told: set[str] = set()
        files: dict[str, str] = {}
        for witness in dict.fromkeys(self._witnesses()):
            for trip in trips(self._server, witness):
                if trip.file and trip.is_asked and self._is_guarded(witness):
                    files[trip.file] = witness
                finding = self._judge(trip)
                if finding and finding.path not in told:
                    told.add(finding.path)
                    yield finding
        yield from self._again(files)

    def _judge(self, trip: Trip) -> Finding | None:
        rule = self._brought(trip)
        if rule is None or trip.place is None:
            return None
        owner = f"the course {rule.id}" if isinstance(rule, Course) else "a [[shared]] rule"
        where = trip.by or trip.place.line
        if not trip.is_asked:
            path = "" if trip.sent.startswith(trip.path) else f", as {trip.path},"
            text = f"serves {trip.sent}{path} of {owner} without asking"
            remedy = f"write `auth_request {self._home}/auth;` there, or take the path from {owner}"
            # Below what courses share lie the platform's own style sheets and scripts too.
            is_code = isinstance(rule, Shared) and not trip.place.passes_on()
            return Finding(Level.WARNING if is_code else Level.ERROR, where, f"{text} — {remedy}")
        if self._is_guarded(trip.sent):
            return None
        text = f"makes {trip.path} of {owner} of {trip.sent}, and no course guards that"
        remedy = f"write a redirect (`return 302 …;`), or put {trip.sent} among the paths of {owner}"
        return Finding(Level.ERROR, where, f"{text} — {remedy}")

    def _brought(self, trip: Trip) -> Rule | None:
        """Return whose lesson *trip* brings, or None; a file is one where its address is that of one."""
        place = trip.place
        if place is None or place.addresses() & self._ours or place.name.startswith(self._home):
            return None
        if not place.passes_on() and (not trip.file or _is_shut(place) or trip.path.endswith("/")):
            return None
        paths = [
            each.public + trip.path.removeprefix(each.inside)
            for each in self._lessons
            if trip.path.startswith(each.inside)
        ]
        paths += [trip.path] * self._is_same
        query = f"?{trip.query}" if trip.query else ""
        found = (self._guard(f"{path}{query}") for path in dict.fromkeys(paths))
        return next((rule for rule in found if rule), None)

    def _again(self, files: Mapping[str, str]) -> Iterator[Finding]:
        """Yield where nginx shows a file of a course at an address that no course guards."""
        for location in self._server.locations:
            for file, sent in files.items():
                alias = location.value("alias")
                address = location.name + file.removeprefix(alias)
                if not (location.own("alias") and file.startswith(alias)) or self._is_guarded(address):
                    continue
                if any(trip.file == file and not _is_shut(location) for trip in trips(self._server, address)):
                    text = f"shows at {address} what {sent} is, and no course guards that"
                    remedy = f"put {location.name} among the paths of the course"
                    yield Finding(Level.ERROR, location.line, f"{text} — {remedy}")
                    break

    def _inside(self, public: str) -> list[str]:
        """Return what the platform gets for *public* where it should be asked about."""
        paths = [
            trip.path
            for trip in trips(self._server, public)
            if trip.is_asked and trip.place and trip.place.passes_on()
        ]
        return list(dict.fromkeys(paths)) or [public]

    def _guard(self, sent: str) -> Rule | None:
        try:
            return self._rules.match(Target.from_url(sent))
        except UnreadablePath:  # answered by the gate with 400 where it is asked
            return None

    def _is_guarded(self, sent: str) -> bool:
        return self._guard(sent) is not None

    def _witnesses(self) -> Iterator[str]:
        for lesson in self._lessons:
            folder = lesson.public.rstrip("/") + "/"
            ends = (folder + end for end in _ENDS)
            yield from map(lesson.sent, (lesson.public, *ends, f"/{folder}"))
            for place in self._places:
                yield from map(lesson.sent, _before(place, lesson.inside))
                for step in _rewrites(place):
                    # A rewrite may write the query itself.
                    for source in _sources(step, lesson):
                        yield from (source, lesson.sent(source))
        for location in self._server.locations:
            if location.name.startswith("/"):
                yield from (location.name, f"{location.name}a")


def _before(location: Place, inside: str) -> Iterator[str]:
    """Yield what a `proxy_pass` with a path would make *inside* of."""
    passed = location.own("proxy_pass")
    _, slash, path = (passed[-1][0] if passed and passed[-1] else "").partition("://")[2].partition("/")
    if slash and location.modifier in ("", "^~", "="):
        yield from _joined(location.name, f"/{path.partition('$')[0]}", inside)


def _sources(step: list[str], lesson: _Lesson) -> Iterator[str]:
    """Yield what a `rewrite` may make *lesson* of."""
    pattern, target, *_ = step
    head = _LITERAL.match(pattern)
    begin = head[1].replace("\\", "") if head else ""
    tail = _TAIL.search(pattern)
    end = tail[1].replace("\\", "") if tail else ""
    for source in _joined(begin, target.partition("$")[0].partition("?")[0], lesson.inside):
        for middle in ("", "a", *(value for _, value in lesson.query)):
            yield from (source + middle, source + middle + end)


def _joined(begin: str, head: str, inside: str) -> Iterator[str]:
    if inside.startswith(head):
        yield begin + inside[len(head) :]
    elif head.startswith(inside):
        yield begin


def _rewrites(place: Place) -> list[list[str]]:
    inner = place.inside("if")
    return [args for each in (place, *inner) for args in each.own("rewrite") if len(args) > 1]


def _public(mount: str, paths: Collection[str]) -> Iterator[str]:
    for path in filter(is_literal, paths):
        yield path if path.startswith(f"{mount}/") else mount + path


def _is_shut(place: Place) -> bool:
    return ["all"] in place.all("deny") and not place.all("allow")
