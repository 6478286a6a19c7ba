"""Which course guards a request.

Asymmetric: a course guards a request when **any** form of its path lies under
one of its paths and its query conditions may be met; an exception holds only
when **every** form lies in it. The first course written that matches wins, at
the same cost for one and for ten thousand: `patterns.py` finds them by path,
`queries.py` by value. Where the query leaves a doubt, a shared rule that reads the
platform's page has the word: `?id=5&id=7` is the one course or the other.

Paths are as browsers see them, with the mount path of public_url. Other
addresses of the same pages (an API, a feed) are the operator's to list.
Source: the public advisories on gates that were bypassed by another spelling.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from heapq import merge
from itertools import groupby, takewhile
from typing import TYPE_CHECKING
from urllib.parse import unquote

from sence_gate.course import USUAL_MINUTES, Course, Otec, Rule, Unlisted, name_of
from sence_gate.errors import UnreadablePath
from sence_gate.guards import Guard
from sence_gate.paths import Forms, Target, is_plain, path_forms
from sence_gate.patterns import PathIndex, path_faults
from sence_gate.queries import QueryReading, Shelf
from sence_gate.rivals import Rivals, Wanted
from sence_gate.shared import Shared
from sence_gate.spellings import as_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import WSGIEnvironment

__all__ = [
    "USUAL_MINUTES",
    "Course",
    "CourseRules",
    "Explanation",
    "Otec",
    "Rule",
    "Shared",
    "Unlisted",
    "path_faults",
]

# A visitor chooses the paths: 2,048 of 512 characters stay below 2 MiB.
_LONGEST_REMEMBERED = 512
_MOST_REMEMBERED = 2048


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was decided about a request, by which rule and why, for people."""

    forms: tuple[str, ...]
    rule: Rule | None
    reason: str


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the forms of a path lead; the rule too, when no query can change it."""

    forms: Forms
    shelves: tuple[Shelf, ...]
    is_decided: bool = False
    rule: Rule | None = None


_NOWHERE = _Place(Forms(()), (), is_decided=True)


@dataclass(frozen=True, slots=True)
class _Decision:
    """The number of the guard that holds; and of those before it that an exception took out."""

    number: int | None
    excepted: tuple[int, ...] = ()


class CourseRules:
    """The courses, compiled once; immutable and used by all threads.

    `mount` is the path of public_url. Patterns are taken as they are: ask
    `path_faults` before.
    """

    def __init__(self, courses: Iterable[Course], mount: str = "", shared: Iterable[Shared] = ()) -> None:
        rules: list[Rule] = [*courses, *shared]
        self._owners = tuple(place for place, rule in enumerate(rules) for _ in rule.branches)
        self._rules = tuple(rules[place] for place in self._owners)
        self._branches = tuple(branch for rule in rules for branch in rule.branches)
        self._guards = tuple(
            Guard(branch.paths, branch.query, rule.exceptions, unquote(mount))
            for rule, branch in zip(self._rules, self._branches, strict=True)
        )
        self._index = PathIndex(Shelf)
        for number, guard in enumerate(self._guards):
            for segments in guard.paths:
                self._index.at(segments).put(number, guard.conditions)
        self._rivals = Rivals(self._rules, self._guards, self._owners, self._index)
        self._remembered = lru_cache(_MOST_REMEMBERED)(self._plain_place)

    def match(self, target: Target) -> Rule | None:
        """Return the course that guards *target*, or else the rule of several that does.

        Raises:
            UnreadablePath: answer 400, and do not call the platform.
        """
        place = self._look(target.script_name, target.path_info, target.raw_uri, target.query_string)
        if place is None:
            place = self._place(path_forms(target))
        return place.rule if place.is_decided else self._rule(self._decide(place, target))

    def lets_pass(self, environ: WSGIEnvironment) -> bool:
        """Tell at once that no course guards *environ*; False says that `match` must be asked.

        For the many requests for which making a `Target` would be most of the work.
        """
        get = environ.get
        raw = get("RAW_URI") or get("REQUEST_URI") or None
        place = self._look(get("SCRIPT_NAME", ""), get("PATH_INFO", ""), raw, get("QUERY_STRING", ""))
        return place is _NOWHERE

    def explain(self, target: Target) -> Explanation:
        """Return what `match` decides about *target*, and why.

        Raises:
            UnreadablePath: as `match` does; its text is the reason.
        """
        place = self._place(path_forms(target))
        decision = self._decide(place, target)
        forms = tuple(map(_shown, place.forms.all()))
        return Explanation(forms, self._rule(decision), self._reason(place, decision))

    def hidden(self) -> tuple[tuple[Rule, Rule], ...]:
        """Return the pairs of rules whose earlier one leaves nothing to the later: each hidden rule once."""
        pairs: list[tuple[Rule, Rule]] = []
        for _, group in groupby(range(len(self._guards)), key=self._owners.__getitem__):
            numbers = list(group)
            hiders = [self._hider(number) for number in numbers]
            if hiders[0] is not None and None not in hiders:
                pairs.append((self._rules[hiders[0]], self._rules[numbers[0]]))
        return tuple(pairs)

    def _look(self, mount: str, path: str, raw: str | None, query: str) -> _Place | None:
        """Return the place of a path that has one form only; None sends it the long way."""
        if raw is not None and query:
            raw = raw.removesuffix("?" + query)
        longest = _LONGEST_REMEMBERED
        if len(path) > longest or len(mount) > longest or (raw is not None and len(raw) > longest):
            return None
        return self._remembered(mount, path, raw)

    def _plain_place(self, mount: str, path: str, raw_path: str | None) -> _Place | None:
        sent = "/" if raw_path is None else raw_path  # an empty one was sent: `GET ?x`
        if not all(map(is_plain, (mount + path, (mount and path) or "/", sent))):
            return None
        place = self._place(path_forms(Target(mount, path, raw_path, "")))
        if not place.shelves:
            return _NOWHERE
        if any(shelf.groups for shelf in place.shelves):
            return place
        try:
            rule = self._rule(self._first(place, QueryReading(())))
        except UnreadablePath:  # the server tells two paths; `match` says so
            return None
        return replace(place, is_decided=True, rule=rule)

    def _place(self, forms: Forms) -> _Place:
        found = (shelf for form in forms.all() for shelf in self._index.guarding(form))
        return _Place(forms, tuple({id(shelf): shelf for shelf in found}.values()))

    def _decide(self, place: _Place, target: Target) -> _Decision:
        if not place.shelves:
            return _Decision(None)
        queries, tails = _queries(target), place.forms.queries()
        said = QueryReading(queries, tails)
        if not (target.has_body or tails):
            return self._first(place, said)
        decision = self._first(place, QueryReading(queries, certain=False))
        if not isinstance(self._rule(decision), Course):
            return decision
        # Of the courses that could be meant, the address names one: a form is handed in where it was made.
        named = self._first(place, said)
        return named if isinstance(self._rule(named), Course) else decision

    def _first(self, place: _Place, query: QueryReading) -> _Decision:
        wanted = Wanted(place.forms, place.shelves, query)
        excepted: list[int] = []
        lists = wanted.lists()
        for number in lists[0] if len(lists) == 1 else merge(*lists):
            guard = self._guards[number]
            if number in excepted[-1:] or not guard.may_guard(query):
                continue
            if guard.exception_for(place.forms) is None:
                return _Decision(self._rivals.settled(number, wanted), tuple(excepted))
            excepted.append(number)
        return _Decision(None, tuple(excepted))

    def _rule(self, decision: _Decision) -> Rule | None:
        return None if decision.number is None else self._rules[decision.number]

    def _reason(self, place: _Place, decision: _Decision) -> str:
        if decision.number is not None:
            name, guard = name_of(self._rules[decision.number]), self._guards[decision.number]
            path, form = guard.first_meeting(place.forms)
            query = " and ".join("=".join(pair) for pair in self._branches[decision.number].query)
            condition = f", and a platform could find {query} in the query" if query else ""
            return f"gated: {path} of {name} guards the form {_shown(form)}{condition}"
        for number in decision.excepted[:1]:
            exception = self._guards[number].exception_for(place.forms)
            return f"free: the exception {exception} of {name_of(self._rules[number])} holds for every form"
        if place.shelves:
            return "free: a course has this path, but the query surely asks for something else"
        return "free: no course guards any form of this path"

    def _hider(self, number: int) -> int | None:
        """Return the first course that hides the one at *number*.

        Whoever hides it covers all its paths: the one that fewest cover is enough to look at.
        """
        later = self._guards[number]
        rivals = (
            [found for shelf in self._index.covering(path) for found in shelf.subsets(later.conditions)]
            for path in later.paths
        )
        fewest = min(rivals, key=lambda lists: sum(map(len, lists)), default=[])
        earlier = takewhile(lambda found: found < number, merge(*fewest))
        return next((found for found in earlier if self._guards[found].hides(later)), None)


def _queries(target: Target) -> tuple[str, ...]:
    if target.raw_uri is None:
        return (target.query_string,)
    return (target.query_string, target.raw_uri.partition("?")[2])


def _shown(form: str) -> str:
    return as_bytes(form).decode("utf-8", "backslashreplace")
