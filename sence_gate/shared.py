"""Paths that belong to several courses, and paths of one course that differ in their query.

Moodle shows a course at `/course/view.php?id=5`, but its lessons at
`/mod/quiz/view.php?id=123`: the address alone does not say of which course. A
`Shared` rule names such paths and the courses that could be meant. Its `page`
finds the course in the platform's answer: a pattern whose group `key` is one of
`keys`, and whose group `any`, where it has one, marks a page that is of no single
course. How an answer is read is the business of `tags.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Query = tuple[tuple[str, str], ...]

GROUP = "key"  # of a page's pattern: which course a tag names
ANY = "any"  # and what a tag of a page has that shows something of all of them


class Unnamed(StrEnum):
    """What becomes of a page in which the pattern found nothing, not even an empty key."""

    PASS = "pass"  # it is of no course  # noqa: S105 - no password
    ANY = "any"  # any of the courses will do, as for what is no page


@dataclass(frozen=True, slots=True)
class Branch:
    """Some paths, and the pairs that must all stand in the query."""

    paths: tuple[str, ...]
    query: Query = ()


@dataclass(frozen=True, slots=True)
class Shared:
    """One `[[shared]]`: `courses` are ids, in the order of the configuration.

    `keys` holds, for each course that has one, its key and its id.
    """

    paths: tuple[str, ...]
    courses: tuple[str, ...]
    query: Query = ()
    exceptions: tuple[str, ...] = ()  # the key `except` of the configuration
    page: re.Pattern[bytes] | None = None
    keys: tuple[tuple[str, str], ...] = ()
    unnamed: Unnamed = Unnamed.PASS
    _ids: frozenset[str] = field(init=False, repr=False, compare=False)
    _by_key: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ids", frozenset(self.courses))
        object.__setattr__(self, "_by_key", dict(self.keys))

    def __contains__(self, course: str) -> bool:
        """Tell whether the course with this id could be meant."""
        return course in self._ids

    @property
    def branches(self) -> tuple[Branch, ...]:
        """Return all that the rule guards."""
        return (Branch(self.paths, self.query),)

    def named_by(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        """Return the ids of the courses to which *keys* belong, each once."""
        return tuple(dict.fromkeys(self._by_key[key] for key in keys if key in self._by_key))


def page_pattern(text: str) -> re.Pattern[bytes]:
    """Return the pattern that *text* is, for the bytes of a page.

    Raises:
        re.error: it is no regular expression.
    """
    return re.compile(text.encode())


def page_faults(text: str) -> tuple[str, ...]:
    """Return what is wrong with *text* as a pattern for pages, each with what to do."""
    try:
        pattern = page_pattern(text)
    except (re.error, OverflowError, RecursionError):
        return ("is no regular expression — correct it; a backslash needs single quotes around the whole",)
    faults = []
    if GROUP not in pattern.groupindex:
        faults.append("has no group named key — write (?P<key>…) around what differs from course to course")
    if _is_nested(text):
        faults.append("repeats a repetition, which can take for ever on some pages — write a+ for (a+)+")
    return tuple(faults)


# Escapes, sets, the beginning of a group, its end, and what repeats: nothing else matters here.
_TOKENS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?[a-zA-Z<=!:]+)?|\)|[*+]|\{\d*,\d*\}", re.DOTALL)


def _is_nested(text: str) -> bool:
    """Tell whether a group that holds an open repetition is itself repeated without end.

    The commonest of the patterns that backtrack exponentially; others are left to
    the bounded length of a tag.
    """
    inside = [False]  # for each open group: does it hold a repetition?
    closed, end = False, 0  # the same of the group that just ended, and where
    for token in _TOKENS.finditer(text):
        word = token[0]
        if word in "*+" or word.startswith("{"):
            if closed and token.start() == end:
                return True
            inside[-1] = True
        closed = False
        if word.startswith("("):
            inside.append(False)
        elif word == ")" and len(inside) > 1:
            closed = inside.pop()
            inside[-1] = inside[-1] or closed
        end = token.end()
    return False
