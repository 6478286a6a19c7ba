"""RUNs by the hundred thousand, for spreadsheets with everybody in them.

`Rut.parse` reads any spelling and takes some ten microseconds; the usual spellings are
read here in one. The check digit is linear, so the digits of a number are the sum of
those of its halves: tables made by python-stdnum itself. What is not usual goes to
`Rut.parse`, whose word counts.

Stricter in one thing: eight digits without a hyphen may be a number without its check
digit or one with it. In a form the learner sees what was read; in a sheet nobody does.
"""

from __future__ import annotations

import re
from functools import cache

from stdnum.cl.rut import calc_check_digit

from sence_gate.errors import InvalidRut
from sence_gate.protocol.rut import Rut

_DIGITS = "0123456789K"
_HALF = 10_000
_SEPARATORS = str.maketrans("", "", ". -\u00a0")
_SCIENTIFIC = re.compile(r"[\d.,]+E[+-]?\d+", re.IGNORECASE)
_DOUBTFUL = "may lack its check digit — write it after a hyphen, like 12345678-5"


def run_number(text: str) -> int:
    """Return the number of the RUN that a cell *text* holds, without its check digit.

    Raises:
        InvalidRut: with what to do, for an operator; *text* never stands in it.
    """
    bare = text.translate(_SEPARATORS)
    body, digit = bare[:-1], bare[-1:]
    if body.isdecimal() and body.isascii() and 6 <= len(body) <= 8 and digit in _DIGITS:
        if "-" not in text and len(body) < 8 and digit != "K":
            raise InvalidRut(_DOUBTFUL)
        number = int(body)
        low, high = _tables()
        if _DIGITS[(low[number % _HALF] + high[number // _HALF]) % 11] == digit and number:
            return number
    return _unusual(text)


def number_of(run: Rut) -> int:
    """Return the number of *run* without its check digit."""
    return int(run.canonical[:-2])


def rut_of(number: int) -> Rut:
    """Return the RUN with this number, as `run_number` or `number_of` gave it."""
    return Rut(f"{number}-{calc_check_digit(str(number))}")


def _unusual(text: str) -> int:
    if _SCIENTIFIC.fullmatch(text.strip()):
        raise InvalidRut(
            "was rounded by the spreadsheet — format the column as text and write the RUNs again"
        )
    if "-" not in text and text.strip().isdecimal() and len(text.strip()) < 9:
        raise InvalidRut(_DOUBTFUL)
    try:
        return number_of(Rut.parse(text))
    except InvalidRut:
        raise InvalidRut("is no RUN, or its check digit is wrong — compare it with the learner's") from None


@cache
def _tables() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the check digits of 0 to 9,999 and of 0 to 99,990,000 in steps of ten thousand."""
    low = tuple(_DIGITS.index(calc_check_digit(str(number))) for number in range(_HALF))
    high = tuple(_DIGITS.index(calc_check_digit(str(number * _HALF))) for number in range(_HALF))
    return low, high
