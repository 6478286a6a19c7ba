"""Conditions on the query: does `id` surely differ from `5`?

The question is asymmetric, like everything about courses. A condition counts
as met unless it surely is not: the parameter stands there under its own name,
and every value that any platform could find for it is canonical and differs.
PHP casts `5abc` and `+5` to 5, takes the last of several values, reads `id[]`
and ` id` as `id` and the body before the query; others split at `;` as well.

Courses that share a path differ in the query alone, ten thousand of them in a
Moodle: a `Shelf` holds them by value, so that finding one costs the same.
Source: PHP's parse_str and type juggling; the WHATWG urlencoded parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from itertools import product
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, unquote_plus

from sence_gate.names import could_be, fold, kept_as
from sence_gate.spellings import as_text, fully_decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# PHP reads 1,000 (max_input_vars); links of people have a dozen.
_MOST_PIECES = 256
_MOST_VALUES = 8
# By Python and PHP, by the same as a path, by encodeURIComponent.
_UNQUOTED = ("", "/", "!'()*")
# Conditions beyond the third are compared one by one, not looked up.
_MOST_INDEXED = 3

_SEPARATOR = re.compile("[&;?#]")
_NAME_ENDS = re.compile(r"[\[\x00-\x1f\x7f]")


class Kind(Enum):
    """How a platform is likely to compare the value."""

    NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")  # fits the 32 bits of the narrowest cast
    LONG_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
    TEXT = re.compile(r"[^%+&;]{1,200}")


@dataclass(frozen=True, slots=True)
class Condition:
    """One parameter that must have one value; `key` is the value as `names.py` keeps it."""

    name: str
    kind: Kind
    key: str

    @classmethod
    def of(cls, name: str, value: str) -> Condition:
        """Return the condition that the parameter *name* is *value*."""
        number = value.lstrip("0") or value[:1]
        for kind in (Kind.NUMBER, Kind.LONG_NUMBER):
            if kind.value.fullmatch(number):
                return cls(name, kind, number)
        return cls(name, Kind.TEXT, kept_as(value)[0])


class QueryReading:
    """What a platform could find in the query strings of one request.

    Each string must by itself exclude a value: the server's QUERY_STRING and
    the one in the raw URI are usually equal, and a platform reads either.

    Args:
        tails: what could be a query in the path; whatever it names is not sure.
        certain: whether a platform looks nowhere else.
    """

    def __init__(self, queries: Iterable[str], tails: Iterable[str] = (), *, certain: bool = True) -> None:
        self._queries = tuple(dict.fromkeys(queries))
        self._tails = tuple(tails)
        self._certain = certain
        self._known: dict[tuple[str, Kind], frozenset[str] | None] = {}

    def values(self, name: str, kind: Kind) -> frozenset[str] | None:
        """Return the only values that *name* can have; None when that is not sure."""
        if (name, kind) not in self._known:
            self._known[name, kind] = self._read(name, kind)
        return self._known[name, kind]

    def may_meet(self, condition: Condition) -> bool:
        """Tell whether a platform could find *condition* met."""
        values = self.values(condition.name, condition.kind)
        return values is None or condition.key in values

    def must_meet(self, condition: Condition) -> bool:
        """Tell whether no platform could find another value for it."""
        return self.values(condition.name, condition.kind) == frozenset({condition.key})

    def leaves_open(self, condition: Condition) -> bool:
        """Tell whether the parameter of *condition* stands there, but not so that all read the one value."""
        is_doubtful = self._certain and not self.must_meet(condition)
        return is_doubtful and any(_names(query, condition.name) for query in (*self._queries, *self._tails))

    def _read(self, name: str, kind: Kind) -> frozenset[str] | None:
        if any(_names(tail, name) for tail in self._tails):
            return None
        found: set[str] = set()
        for query in self._queries if self._certain else ():
            values = _values_in(query, name, kind)
            if values is None:
                return None
            found |= values
        return frozenset(found) if 0 < len(found) <= _MOST_VALUES else None


def _names(query: str, name: str) -> bool:
    pieces = _SEPARATOR.split(query, maxsplit=_MOST_PIECES)
    return len(pieces) > _MOST_PIECES or any(_could_be(piece.partition("=")[0], name) for piece in pieces)


def _values_in(query: str, name: str, kind: Kind) -> set[str] | None:
    pieces = query.split("&")
    others = query.replace("&", ";").split(";") if ";" in query else []
    if len(pieces) + len(others) > _MOST_PIECES:
        return None
    own_names, stands_there = _as_sent(name), False
    keys: set[str] = set()
    for number, piece in enumerate(pieces + others):
        given, _, value = piece.partition("=")
        if given in own_names:
            stands_there = stands_there or number < len(pieces)
        elif not _could_be(given, name):
            continue
        found = _keys(value, kind)
        if found is None:
            return None
        keys |= found
    return keys if stands_there else None


@cache
def _as_sent(name: str) -> frozenset[str]:
    return frozenset({name, quote(name), quote_plus(name), quote(name, safe="[]")})


def _could_be(given: str, name: str) -> bool:
    if given.isalpha() and given.isascii():
        return given.lower() == _wanted(name)
    return any(_loose(as_text(reading)) == _wanted(name) for reading in fully_decoded(given))


@cache
def _wanted(name: str) -> str:
    return _loose(name)


def _loose(name: str) -> str:
    """PHP cuts a name at `[`, trims it on the left, and turns dots and spaces into underscores."""
    bare = _NAME_ENDS.split(name.replace("+", " ").lstrip(" ?"), maxsplit=1)[0]
    return fold(bare).replace(" ", "_").replace(".", "_")


def _keys(value: str, kind: Kind) -> set[str] | None:
    """Return what *value* could be, as the paths know it; None when platforms could differ about more."""
    if kind is not Kind.TEXT:
        if value[:1].isascii() and value[:1].isalpha():
            return {"0"}  # to whoever casts it
        return {value} if kind.value.fullmatch(value) else None
    text = unquote_plus(value)  # what is no UTF-8 is not written like that again
    if value not in {text, quote_plus(text), *(quote(text, safe=safe) for safe in _UNQUOTED)}:
        return None
    if not value.isascii():
        return None
    is_canonical = kind.value.fullmatch(text) and text == text.strip() and text.isprintable()
    return could_be(text) if is_canonical else None


@dataclass(slots=True)
class Shelf:
    """The courses of one path, as their places in the order written.

    `groups` holds, for each set of parameters that courses look at, the places
    by the values; None among the values stands for "it may be any".
    """

    always: list[int] = field(default_factory=list)
    groups: dict[tuple[tuple[str, Kind], ...], dict[tuple[str | None, ...], list[int]]] = field(
        default_factory=dict
    )

    def put(self, place: int, conditions: Iterable[Condition]) -> None:
        """Add the course written at *place*; places must come in order."""
        indexed = _indexed(conditions)
        if not indexed:
            self.always.append(place)
            return
        group = self.groups.setdefault(_parameters(indexed), {})
        for keys in product(*((condition.key, None) for condition in indexed)):
            group.setdefault(keys, []).append(place)

    def candidates(self, query: QueryReading) -> Iterator[list[int]]:
        """Yield lists of places, each in order, whose conditions may be met.

        Of a course with many conditions only some were looked at: ask
        `QueryReading.may_meet` for each of them.
        """
        yield self.always
        for parameters, group in self.groups.items():
            values = [query.values(*parameter) for parameter in parameters]
            for keys in product(*((None,) if known is None else known for known in values)):
                yield group.get(keys, [])

    def certain(self, query: QueryReading) -> Iterator[list[int]]:
        """Yield lists of places of which a value surely stands in the query, each in order."""
        for parameters, group in self.groups.items():
            values = [query.values(*parameter) for parameter in parameters]
            for keys in product(*(known or () for known in values)):
                yield group.get(keys, [])

    def subsets(self, conditions: Iterable[Condition]) -> Iterator[list[int]]:
        """Yield lists of places that ask for no more than *conditions*, each in order."""
        yield self.always
        asked = set(conditions)
        for parameters, group in self.groups.items():
            matching = [
                [each.key for each in asked if (each.name, each.kind) == parameter]
                for parameter in parameters
            ]
            for keys in product(*matching):
                yield group.get(keys, [])


def _indexed(conditions: Iterable[Condition]) -> list[Condition]:
    ordered = sorted(set(conditions), key=lambda each: (each.name, each.kind.name, each.key))
    return ordered[:_MOST_INDEXED]


def _parameters(conditions: list[Condition]) -> tuple[tuple[str, Kind], ...]:
    return tuple((condition.name, condition.kind) for condition in conditions)
