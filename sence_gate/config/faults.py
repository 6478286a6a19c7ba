"""Collecting what is wrong with the settings, all of it, before anybody is told.

A fault has a place (`courses[2].codigo_curso`) and a text: what is wrong and what
to do. What stands below a place that could not be read at all is not judged: a
wrong type would otherwise bring a train of faults that vanish with the first.

Values are never part of a fault: a setting may be a key, a token or a password
inside an address.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

LONGEST = 300  # characters of a place


class Faults:
    """The faults found so far, in the order found."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], None] = {}  # a dict keeps the order and drops repetitions
        self._unreadable: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, place: str, text: str) -> None:
        """Note one fault; nothing happens below a place that is unreadable."""
        if not self.covers(place):
            self._found[place, text] = None

    def add_unreadable(self, place: str, text: str) -> None:
        """Note that the value at *place* could not be read, so that nothing below it is judged."""
        self.add(place, text)
        self._unreadable.add(place)

    def covers(self, place: str) -> bool:
        """Tell whether *place* or something above it is unreadable."""
        return any(
            place == above or place.startswith((f"{above}.", f"{above}[")) for above in self._unreadable
        )

    def lines(self, variables: Mapping[str, str]) -> tuple[str, ...]:
        """Return one line per fault.

        Args:
            variables: place → environment variable, for the values that came from there.
        """
        return tuple(f"{_place(place, variables)}: {text}" for place, text in self._found)


def _place(place: str, variables: Mapping[str, str]) -> str:
    setting = place.partition("[")[0]
    told = f"{place} (from {variables[setting]})" if setting in variables else place
    # An unknown key, or a variable, can be called anything, and is told all the same.
    return told[:LONGEST].encode("utf-8", "backslashreplace").decode()


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the one of *known* that *word* was probably meant to be."""
    close = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.7)
    return close[0] if close else None


def advice(word: str, known: Iterable[str]) -> str:
    """Return what to do about *word*, which is none of *known*."""
    choices = list(known)
    meant = nearest(word, choices)
    return f'did you mean "{meant}"?' if meant else f"use one of: {', '.join(choices)}"
