"""Who passes without SENCE: teachers and other staff, by the entries of `learner.exempt`.

- a RUN, in any usual spelling; a short number is a user's at the platform, as in Moodle;
- a user name, where `*` stands for anything: `prof-*`;
- `group:Docentes`, a group of the platform's (Django);
- `field:is_staff`, something that the platform says of the visitor and that is true
  there, or `field:/roles=teacher`, that is or holds this very value.

Names and values are compared exactly: an exemption never holds for more than was
written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from sence_gate.errors import InvalidRut
from sence_gate.learners.claims import Claim, is_set
from sence_gate.protocol.rut import Rut

GROUP, FIELD = "group:", "field:"

_LIKE_A_RUN = re.compile(r"[\d.]{7,}-?[\dkK]")
_SHORTEST = 7  # characters of a RUN without a hyphen: those under one million are nobody's
_PARTS = re.compile("[,;]")


@dataclass(frozen=True, slots=True)
class Exemptions:
    """The entries of `learner.exempt`, sorted by what they are about."""

    runs: frozenset[Rut] = frozenset()
    names: tuple[str, ...] = ()
    groups: frozenset[str] = frozenset()
    fields: tuple[tuple[str, str], ...] = ()  # path, and the value or "" for "is true"

    @classmethod
    def of(cls, entries: Iterable[str]) -> Exemptions:
        """Return *entries*, which `entry_fault` finds nothing wrong with, sorted."""
        runs, names, groups, fields = set[Rut](), list[str](), set[str](), list[tuple[str, str]]()
        for entry in entries:
            if entry.startswith(GROUP):
                groups.add(entry.removeprefix(GROUP))
            elif entry.startswith(FIELD):
                path, _, value = entry.removeprefix(FIELD).partition("=")
                fields.append((path, value))
            elif run := _run(entry):
                runs.add(run)
            else:
                names.append(entry)
        return cls(frozenset(runs), tuple(names), frozenset(groups), tuple(fields))

    def holds_for(self, claim: Claim) -> bool:
        """Tell whether *claim* is of somebody exempt, by all that can be told before the RUN is known."""
        called = [each for each in (claim.user, claim.name) if each not in (None, "")]
        return (
            any(fnmatchcase(str(name), pattern) for pattern in self.names for name in called)
            or any(_says(claim.look(path), value) for path, value in self.fields)
            or bool(self.groups and not self.groups.isdisjoint(claim.groups()))
        )


def entry_fault(entry: str) -> str:
    """Return what is wrong with an *entry* of `learner.exempt`, or ""."""
    kind = next((kind for kind in (GROUP, FIELD) if entry.startswith(kind)), "")
    bare = entry.removeprefix(kind)
    if not bare.strip() or bare != bare.strip() or bare.startswith("="):
        return "names nobody — write a RUN, a user name, group:NAME or field:NAME"
    if not kind and set(bare) <= set("*?"):
        return "lets everybody pass — write whom you mean"
    if not kind and _LIKE_A_RUN.fullmatch(bare) and not _run(bare):
        return "is no RUN, its check digit is wrong — compare it"
    return ""


def _run(entry: str) -> Rut | None:
    if len(entry) < _SHORTEST and "-" not in entry:
        return None
    try:
        return Rut.parse(entry)
    except InvalidRut:
        return None


def _says(found: object, value: str) -> bool:
    if not value:
        return is_set(found)
    if isinstance(found, bool):
        return value.lower() == str(found).lower()  # JSON writes "true"
    if isinstance(found, str):
        return value == found or value in map(str.strip, _PARTS.split(found))
    if isinstance(found, Sequence | set | frozenset):
        return any(value == str(each) for each in found)
    return found is not None and value == str(found)
