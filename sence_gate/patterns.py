"""Patterns of paths: `/cursos/excel/`, `/cursos/{name}/examen`.

A pattern guards a whole branch: its segments, and everything below them;
`{name}` stands for exactly one segment that is not empty. Whether it ends in a
slash makes no difference. Two readings of one pattern exist on purpose: a
course is looked for as the most careless platform would (`PathIndex`), an
exception only as it is written (`Exactly`).

The index is a tree over the keys of `names.py`: a number is found by its value,
and the cost depends on the length of the path and not on the number of
patterns. It does not know what it finds.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import quote

from sence_gate.errors import UnreadablePath
from sence_gate.names import could_be, fold, kept_as
from sence_gate.paths import Target, path_forms
from sence_gate.spellings import as_native, readings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

V = TypeVar("V")
Segments = tuple[str | None, ...]  # None stands for {name}

# What browsers leave as it is in a path (RFC 3986, pchar).
UNQUOTED = "!$&'()*+,;=:@~"
_NAME = re.compile(r"\{[A-Za-z_][A-Za-z0-9_-]*\}")
# Of Caddy, Flask, Express and others; taken at its word, it would guard nothing without a sign.
_WILDCARD = re.compile(r"[*<>]|^:")
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})


def segments_of(pattern: str) -> Segments:
    """Return the usual keys of the segments of *pattern*; None for each `{name}`."""
    return keys_of(pattern)[0]


def keys_of(pattern: str) -> tuple[Segments, ...]:
    """Return the keys of the segments of *pattern*, once for each collation that differs."""
    parts = [(None,) if _NAME.fullmatch(part) else kept_as(part) for part in pattern.split("/") if part]
    ways = max(map(len, parts), default=1)
    return tuple(dict.fromkeys(tuple(keys[way % len(keys)] for keys in parts) for way in range(ways)))


def is_literal(pattern: str) -> bool:
    """Tell whether *pattern* holds no `{name}` and is a path by itself."""
    return None not in segments_of(pattern)


def covers(wide: Segments, narrow: Segments) -> bool:
    """Tell whether *wide* guards every path that *narrow* guards."""
    return len(wide) <= len(narrow) and all(
        ours is None or (theirs is not None and ours in could_be(theirs))
        for ours, theirs in zip(wide, narrow, strict=False)
    )


def overlap(one: Segments, other: Segments) -> bool:
    """Tell whether some path that is spelled like one of them is guarded by both."""
    return all(
        ours is None or theirs is None or ours in could_be(theirs) or theirs in could_be(ours)
        for ours, theirs in zip(one, other, strict=False)
    )


def guards(pattern: Segments, form: str) -> bool:
    """Tell whether *pattern* guards *form* in one of its readings."""
    return any(_guards(pattern, text) for text in readings(form))


def _guards(pattern: Segments, text: str) -> bool:
    found = text.split("/", len(pattern) + 1)[1 : len(pattern) + 1]
    return len(found) == len(pattern) and all(
        segment != "" and (known is None or known in could_be(segment))
        for segment, known in zip(found, pattern, strict=True)
    )


def spellings_under(mount: str, pattern: str) -> tuple[str, ...]:
    """Return *pattern* with and without *mount*, the path of public_url.

    A front server may take the mount path off before it calls us, so both are
    one place.
    """
    root, path = segments_of(mount), segments_of(pattern)
    if not root:
        return (pattern,)
    if path[: len(root)] == root:
        below = [part for part in pattern.split("/") if part][len(root) :]
        return (pattern, "/" + "/".join(below))
    return (pattern, mount.rstrip("/") + pattern)


@dataclass(frozen=True, slots=True)
class Exactly:
    """A pattern that holds only for paths spelled as it is, byte for byte."""

    pattern: str
    _spellings: tuple[frozenset[str] | None, ...] = field(repr=False)

    @classmethod
    def of(cls, pattern: str) -> Exactly:
        """Return the exact reading of *pattern*: plain, or percent-encoded as browsers do."""
        parts = [part for part in pattern.split("/") if part]
        return cls(pattern, tuple(None if _NAME.fullmatch(part) else _as_sent(part) for part in parts))

    def holds(self, form: str) -> bool:
        """Tell whether *form* lies in this branch."""
        count = len(self._spellings)
        found = form.split("/", count + 1)[1 : count + 1]
        return len(found) == count and all(
            segment not in {"", ".", ".."} if known is None else segment in known
            for segment, known in zip(found, self._spellings, strict=True)
        )


def _as_sent(segment: str) -> frozenset[str]:
    native = as_native(segment)
    quoted = quote(native, safe=UNQUOTED, encoding="latin-1")
    return frozenset({native, quoted, re.sub(r"%..", lambda code: code[0].lower(), quoted)})


@dataclass(slots=True)
class _Node(Generic[V]):
    value: V | None = None
    literal: dict[str, _Node[V]] = field(default_factory=dict)
    named: _Node[V] | None = None

    def below(self, segment: str | None) -> Iterator[_Node[V]]:
        if segment and self.literal:
            yield from (self.literal[key] for key in could_be(segment) if key in self.literal)
        if segment != "" and self.named:
            yield self.named


class PathIndex(Generic[V]):
    """A tree of patterns, each place of it with one value."""

    def __init__(self, make: Callable[[], V]) -> None:
        self._make = make
        self._root: _Node[V] = _Node()
        self._depth = 0

    def at(self, segments: Segments) -> V:
        """Return the value of this very pattern; a new one the first time."""
        node = self._root
        for segment in segments:
            if segment is None:
                node.named = node.named or _Node()
                node = node.named
            else:
                node = node.literal.setdefault(segment, _Node())
        self._depth = max(self._depth, len(segments))
        if node.value is None:
            node.value = self._make()
        return node.value

    def guarding(self, form: str) -> Iterator[V]:
        """Yield the values of all patterns that guard *form* in one of its readings."""
        for text in readings(form):
            yield from self._walk(text.split("/", self._depth + 1)[1 : self._depth + 1])

    def covering(self, segments: Segments) -> Iterator[V]:
        """Yield the values of all patterns that guard whatever this one guards."""
        yield from self._walk(segments)

    def _walk(self, segments: list[str] | Segments) -> Iterator[V]:
        nodes = [self._root]
        for segment in segments:
            yield from _values(nodes)
            nodes = [child for node in nodes for child in node.below(segment)]
            if not nodes:
                return
        yield from _values(nodes)


def _values(nodes: list[_Node[V]]) -> Iterator[V]:
    return (node.value for node in nodes if node.value is not None)


def path_faults(pattern: str, *, exact: bool = False) -> tuple[str, ...]:
    """Return what is wrong with *pattern*, each as a sentence that says what to do.

    Args:
        exact: it is an exception, which is never matched loosely.
    """
    faults = [text for test, text in _FAULTS if test(pattern)]
    if not faults and exact and not _can_hold(pattern):
        faults.append("a platform could read this path in another way, so it is never excepted: rename it")
    return tuple(faults)


def _can_hold(pattern: str) -> bool:
    sample = _NAME.sub("x", pattern)
    try:
        forms = path_forms(Target.from_url(quote(sample, safe="/" + UNQUOTED)))
    except UnreadablePath:
        return False
    return all(map(Exactly.of(sample).holds, forms.outer))


def _has_bad_name(pattern: str) -> bool:
    return any(("{" in part or "}" in part) and not _NAME.fullmatch(part) for part in pattern.split("/"))


def _holds_unseen(pattern: str) -> bool:
    return any(unicodedata.category(character) in _UNSEEN for character in pattern) or any(
        part and not fold(part) for part in pattern.split("/")
    )


def _has_segment(test: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda pattern: any(map(test, pattern.split("/")))


_FAULTS: tuple[tuple[Callable[[str], object], str], ...] = (
    (lambda pattern: not pattern.startswith("/"), "must begin with a slash: write /cursos/excel/"),
    (re.compile(r"[?#]").search, "must not hold ? or #: put what follows ? into `query`"),
    (
        _has_bad_name,
        "{name} stands for a whole segment and holds letters, digits, - and _: write /cursos/{name}/",
    ),
    (
        _has_segment(lambda part: bool(_WILDCARD.search(part))),
        "knows no * and no pattern but {name}: end it before that, since all below a path is guarded",
    ),
    (_holds_unseen, "must not hold control or invisible characters: type it again"),
    (re.compile("%").search, "must not be percent-encoded: write the character itself"),
    (re.compile(r"\\").search, "must not hold a backslash: write /"),
    (re.compile(";").search, "must not hold a semicolon: end the path before it"),
    (re.compile("//").search, "must not hold an empty segment: write one slash"),
    (
        _has_segment(lambda part: part in {".", ".."}),
        "must not hold . or ..: write the path that they lead to",
    ),
    (
        _has_segment(lambda part: part not in {".", ".."} and part != part.strip(" ").rstrip(". ")),
        "must not hold segments that begin with a space or end in a space or a dot: take these off",
    ),
    (
        lambda pattern: unicodedata.normalize("NFC", pattern) != pattern,
        "must be written with composed characters (Unicode NFC): type it again",
    ),
)
