"""The rules of one course, ready to be compared with requests.

A guard joins the two readings of `patterns.py` (paths loosely, exceptions
exactly) with the conditions of `queries.py`, for one course. It is asked about
single requests, and about another guard that would be tried later.

Which of many courses is asked at all is the business of `courses.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sence_gate.patterns import (
    Exactly,
    Segments,
    covers,
    guards,
    keys_of,
    overlap,
    segments_of,
    spellings_under,
)
from sence_gate.queries import Condition, QueryReading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sence_gate.paths import Forms


class Guard:
    """The paths, conditions and exceptions of one course; `mount` is the path of public_url."""

    def __init__(
        self,
        paths: Iterable[str],
        query: Iterable[tuple[str, str]] = (),
        exceptions: Iterable[str] = (),
        mount: str = "",
    ) -> None:
        self.paths = {
            keys: path for path in paths for each in spellings_under(mount, path) for keys in keys_of(each)
        }
        self.conditions = tuple(Condition.of(name, value) for name, value in query)
        self._exceptions = {path: tuple(map(Exactly.of, spellings_under(mount, path))) for path in exceptions}

    def may_guard(self, query: QueryReading) -> bool:
        """Tell whether a platform could find all conditions met."""
        return all(map(query.may_meet, self.conditions))

    def surely_guards(self, query: QueryReading) -> bool:
        """Tell whether every platform finds all conditions met, and no other value."""
        return all(map(query.must_meet, self.conditions))

    def exception_for(self, forms: Forms) -> str | None:
        """Return the exception that holds for every one of *forms*.

        Of the inner forms only those count that this course guards: what a
        mounted application sees need not look like a path of this site.
        """
        for exception, spellings in self._exceptions.items():
            counted = (*forms.outer, *filter(self.guards_form, forms.inner))
            if all(any(spelling.holds(form) for spelling in spellings) for form in counted):
                return exception
        return None

    def first_meeting(self, forms: Forms) -> tuple[str, str]:
        """Return the first form that is guarded, after the path that guards it."""
        return next(
            (path, form)
            for form in forms.all()
            for segments, path in self.paths.items()
            if guards(segments, form)
        )

    def hides(self, later: Guard) -> bool:
        """Tell whether nothing is left for *later* when this guard is asked first."""
        return (
            set(self.conditions) <= set(later.conditions)
            and all(any(covers(wide, path) for wide in self.paths) for path in later.paths)
            and not any(later._needs(segments_of(path)) for path in self._exceptions)
        )

    def _needs(self, branch: Segments) -> bool:
        return any(overlap(branch, path) for path in self.paths) and not any(
            covers(segments_of(path), branch) for path in self._exceptions
        )

    def guards_form(self, form: str) -> bool:
        """Tell whether one of the paths guards *form*."""
        return any(guards(segments, form) for segments in self.paths)
