"""The ledger itself, line by line: for whoever looks for one event, or one incident.

Nothing is left out or put together here; that is the work of `rows`. Field values are
shown only when asked for: they hold what SENCE and the browser wrote.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sence_gate.chile import CHILE
from sence_gate.report.columns import iso
from sence_gate.report.files import json_line
from sence_gate.report.table import printable
from sence_gate.stores.base import Entry, Kind

KIND_WIDTH = max(len(kind) for kind in Kind)
ZONE_WIDTH = len("2024-05-06 11:30:00-04:00")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are asked for; "" and an empty set mean all."""

    course: str = ""
    run: str = ""
    incident: str = ""
    kinds: frozenset[Kind] = frozenset()

    def holds(self, entry: Entry) -> bool:
        """Tell whether *entry* is one of them."""
        return (
            self.course in ("", entry.course)
            and self.run in ("", entry.run)
            and self.incident in ("", entry.incident)
            and (not self.kinds or entry.kind in self.kinds)
        )


def entry_lines(entry: Entry, *, is_raw: bool) -> Iterator[str]:
    """Yield *entry* as lines for a terminal."""
    at = entry.at.astimezone(CHILE).isoformat(" ", "seconds")
    head = f"{at:<{ZONE_WIDTH}}  {entry.kind:<{KIND_WIDTH}}  {entry.run:<10}  {printable(entry.course)}"
    yield head.rstrip()
    told = {
        "flags": ", ".join(entry.flags),
        "reason": entry.reason,
        "incident": entry.incident,
        "attempt": entry.id_sesion_alumno if is_raw else "",
    }
    yield from (f"    {name:<9} {printable(text)}" for name, text in told.items() if text)
    if is_raw:
        yield from (f"      {printable(name)} = {printable(value)}" for name, value in entry.raw)


def entry_json(entry: Entry, *, is_raw: bool) -> str:
    """Return *entry* as one line of JSON."""
    values: dict[str, object] = {
        "at": iso(entry.at),
        "kind": entry.kind,
        "course": entry.course,
        "run_alumno": entry.run,
        "id_sesion_alumno": entry.id_sesion_alumno,
        "flags": entry.flags,
        "reason": entry.reason,
        "incident": entry.incident,
    }
    return json_line(values | ({"raw": entry.raw} if is_raw else {}))
