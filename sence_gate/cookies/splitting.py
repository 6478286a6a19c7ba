"""Telling our cookies from the platform's in one header.

The name of a cookie is the gate's prefix, the letter of its purpose, a dash, and
what it is about. The work is bounded, whatever a visitor sends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

PURPOSES = "abcdlpsx"  # attempt, bypass, confirmed, closed, leaving, probe, session, exit
CANDIDATES = 4  # values of one name that are tried: a forged one may stand before ours
MAX_COOKIES = 40  # of ours that are looked at in one request
MAX_VALUE = 4_096  # characters of a value that is looked at: browsers keep no longer ones
MAX_REMEMBERED = 8_192  # characters of a header that is worth remembering in memory
# Some servers join repeated headers by a comma. It may as well stand in a neighbouring host's cookie, with a
# name of ours behind it: what follows one is taken out and never believed. Browsers send one header.
_SEPARATORS = re.compile("([;,])")


def cookie_name(place: str) -> str:
    """Return what tells the gate at *place* (mount and prefix) from others on its host.

    No name is the beginning of another: a dash of the place is doubled, and a single one
    ends the name.
    """
    return place.strip("/").replace("-", "--").replace(".", "-.").replace("/", ".")


class Splitter:
    """Split headers for the gate whose cookies begin with *prefix*."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        # No \s before the name: it takes in the no-break space, and a forged name may begin with one.
        self._ours = re.compile(rf"[ \t]*{re.escape(prefix)}([{PURPOSES}]-[A-Za-z0-9_-]+)[ \t]*=([^\s\"]*)")
        # A page with sixty assets brings the same header sixty times.
        self._split_again = lru_cache(512)(self._split)

    def split(self, header: str) -> tuple[Mapping[str, tuple[str, ...]], str]:
        """Return our cookies (name without prefix -> values), and the header without them."""
        return self._split_again(header) if len(header) <= MAX_REMEMBERED else self._split(header)

    def _split(self, header: str) -> tuple[Mapping[str, tuple[str, ...]], str]:
        if self._prefix not in header:
            return {}, header
        found: dict[str, tuple[str, ...]] = {}
        kept: list[str] = []
        gap, is_cut = "", False
        tokens = _SEPARATORS.split(header)
        for before, piece in zip(("", *tokens[1::2]), tokens[::2], strict=True):
            gap = ";" if gap == ";" else before
            if match := self._ours.match(piece):
                is_cut = True
                if before != ",":
                    _note(found, *match.groups())
                continue
            kept += (gap, piece) if kept else (piece.lstrip(" \t") if is_cut else piece,)
            gap = ""
        return found, "".join(kept)


def _note(found: dict[str, tuple[str, ...]], name: str, value: str) -> None:
    known = found.get(name, ())
    if len(known) < CANDIDATES and sum(map(len, found.values())) < MAX_COOKIES:
        found[name] = (*known, value if len(value) <= MAX_VALUE else "")
