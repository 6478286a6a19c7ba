"""RUTs and RUNs as SENCE reads them: on the wire strictly, from a keyboard leniently.

The manual wants `xxxxxxxx-x` without dots (section 3.2). Two things it leaves
open are decided from practice: `k` and `K` are the same check digit, and a
number has no leading zeros. The check digit is python-stdnum's.
"""

from __future__ import annotations

import re

from stdnum.cl import rut

_WIRE = re.compile(r"[1-9][0-9]{0,7}-[0-9Kk]")


def is_rut(text: str) -> bool:
    """Return whether *text* has the manual's format and the right check digit."""
    if not _WIRE.fullmatch(text):
        return False
    number, _, digit = text.partition("-")
    return bool(rut.calc_check_digit(number) == digit.upper())


def canonical(text: str) -> str:
    """Return *text* with one hyphen, no dots or blanks, and an upper-case K.

    What is no RUT comes back as something that `is_rut` refuses.
    """
    bare = re.sub(r"[\s.-]", "", text).upper()
    return f"{bare[:-1]}-{bare[-1:]}"


def masked(text: str) -> str:
    """Return *text* with all but the last digits hidden: enough to tell learners apart in a list."""
    return f"•••••{text[-5:]}" if is_rut(text) and len(text) > 8 else "•••••" if text else ""
