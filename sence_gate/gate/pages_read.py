"""Does a rule that reads pages find any course in them?

A pattern that fits no page of the platform, or finds keys that no course has, opens
everything below its paths without a word: each page by itself could well be of no
course. So it is told when not one of many named a course. Nothing is decided here.
"""

from __future__ import annotations

import logging

from sence_gate.shared import Query, Shared, Unnamed

log = logging.getLogger("sence_gate")

MANY = 200  # pages that passed: more than a morning in the free part of a platform
OPEN = (
    "of {} pages below {} not one named a course, so all passed: look whether shared.page fits"
    " the platform's pages, and courses.key what it finds"
)


class PagesRead:
    """Keep in mind, for each rule, how many pages passed before one named a course of it."""

    def __init__(self) -> None:
        self._passed: dict[tuple[tuple[str, ...], Query], int] = {}  # negative: one was named

    def note(self, rule: Shared, keys: tuple[str, ...]) -> None:
        """Note that a page below the paths of *rule* named *keys*."""
        if not keys and rule.unnamed is Unnamed.ANY:
            return  # it opens nothing
        place = (rule.paths, rule.query)
        passed = self._passed.get(place, 0)
        if passed < 0:
            return
        if rule.named_by(keys):
            self._passed[place] = -1
            return
        self._passed[place] = passed + 1
        if passed + 1 == MANY:
            log.warning("%s", _text(rule.paths, MANY))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the operator should look at."""
        counts = list(self._passed.items())
        return tuple(_text(paths, passed) for (paths, _), passed in counts if passed >= MANY)


def _text(paths: tuple[str, ...], passed: int) -> str:
    return OPEN.format(passed, ", ".join(paths))
