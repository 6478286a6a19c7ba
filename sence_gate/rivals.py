"""Could an address mean another rule than the first that guards it?

The first rule in the order written decides. Where platforms differ about an
address, that would let a session of its course open the page of another (K16). So a
query that leaves a doubt goes to the rule that reads the platform's page, if there
is one; and an address that is the path of one rule to some and that of another to
others, or names two courses at once, is refused: no platform links to such.
Which rule comes first is the business of `courses.py`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge

from sence_gate.course import Course, Rule
from sence_gate.errors import UnreadablePath
from sence_gate.guards import Guard
from sence_gate.paths import Forms
from sence_gate.patterns import PathIndex
from sence_gate.queries import QueryReading, Shelf
from sence_gate.shared import Shared


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request as the rules see it: its path, its query, and the places of the guards that it may meet."""

    forms: Forms
    shelves: tuple[Shelf, ...]
    query: QueryReading

    def numbers(self) -> Iterator[int]:
        """Yield the places of the guards whose conditions may be met, in order."""
        return merge(*self.lists())

    def lists(self) -> list[list[int]]:
        """Return the same as lists, each in order."""
        return [found for shelf in self.shelves for found in shelf.candidates(self.query) if found]


class Rivals:
    """Compare numbered rules.

    Args:
        rules: by number; those of several courses come last.
        guards: theirs.
        owners: of equal value for the branches of one rule.
        index: finds guards by path.
    """

    def __init__(
        self, rules: Sequence[Rule], guards: Sequence[Guard], owners: Sequence[int], index: PathIndex[Shelf]
    ) -> None:
        self._rules, self._guards, self._owners, self._index = rules, guards, owners, index
        self._first_shared = sum(isinstance(rule, Course) for rule in rules)

    def settled(self, number: int, wanted: Wanted) -> int:
        """Return the rule that decides, when *number* is the first that guards the request.

        Raises:
            UnreadablePath: some read the address as one of *number*, others as one of another rule.
        """
        reader = self._reader(number, wanted)
        meant = number if reader is None else reader
        if any(self._is_other(meant, form, wanted) for form in self._beside(meant, wanted.forms)):
            raise UnreadablePath("the path can be read as that of two courses")
        if reader is None and self._names_two(number, wanted):
            raise UnreadablePath("the query can be read as that of two courses")
        return meant

    def holds(self, number: int, wanted: Wanted) -> bool:
        """Tell whether the guard may hold for the request, and no exception of it does."""
        guard = self._guards[number]
        return guard.may_guard(wanted.query) and guard.exception_for(wanted.forms) is None

    def _reader(self, number: int, wanted: Wanted) -> int | None:
        """Return the shared rule that reads the page, where the course at *number* may not be meant."""
        rule = self._rules[number]
        if isinstance(rule, Shared):
            return None
        for found in merge(*(each[bisect_left(each, self._first_shared) :] for each in wanted.lists())):
            shared = self._rules[found]
            is_reader = isinstance(shared, Shared) and shared.page is not None and rule.id in shared
            if is_reader and self.holds(found, wanted):
                return found if self._is_doubtful(number, wanted) else None
        return None

    def _is_doubtful(self, number: int, wanted: Wanted) -> bool:
        """Tell whether a platform could find another course in the query."""
        own = self._guards[number]
        if not own.conditions:
            return False
        rivals = (each for shelf in wanted.shelves for found in shelf.certain(wanted.query) for each in found)
        return not own.surely_guards(wanted.query) or any(
            each < self._first_shared
            and self._owners[each] != self._owners[number]
            and self._guards[each].surely_guards(wanted.query)
            for each in rivals
        )

    def _beside(self, number: int, forms: Forms) -> list[str]:
        """Return the forms of the path that the guard at *number* does not know."""
        own = self._guards[number]
        counted = forms.all()
        return [form for form in counted if not own.guards_form(form)] if len(counted) > 1 else []

    def _is_other(self, number: int, form: str, wanted: Wanted) -> bool:
        """Tell whether *form* belongs to another rule, which asks for another session than *number* does."""
        there = Wanted(wanted.forms, tuple(self._index.guarding(form)), wanted.query)
        found = next((each for each in there.numbers() if self.holds(each, wanted)), None)
        if found is None or self._owners[found] == self._owners[number]:
            return False
        if _is_enough(self._rules[number], self._rules[found]):
            return False
        # Of two rules one of which lies in the other, the spelling of the inner one's name is no doubt.
        return _climbs(wanted.forms) or not self._is_around(found, number, wanted.forms)

    def _is_around(self, outer: int, inner: int, forms: Forms) -> bool:
        own, other = self._guards[inner], self._guards[outer]
        return all(other.guards_form(form) for form in forms.outer if own.guards_form(form))

    def _names_two(self, number: int, wanted: Wanted) -> bool:
        """Tell whether the query leaves open which of two courses it names."""
        own = self._guards[number]
        if not any(map(wanted.query.leaves_open, own.conditions)):
            return False
        return any(
            found < self._first_shared
            and self._owners[found] != self._owners[number]
            and self.holds(found, wanted)
            for found in wanted.numbers()
        )


def _is_enough(rule: Rule, other: Rule) -> bool:
    """Tell whether a session that admits to *rule* admits to *other* as well."""
    if not isinstance(other, Shared) or other.page:
        return False
    if isinstance(rule, Course):
        return rule.id in other
    return rule.page is None and all(course in other for course in rule.courses)


def _climbs(forms: Forms) -> bool:
    return any("/.." in form for form in forms.outer)
