"""A RUN or RUT in the one form that SENCE takes: `12345678-K`.

A person's RUN and a company's RUT are the same number: up to eight digits and a
check digit (modulus 11, where ten is K). SENCE wants it without dots, with a
hyphen, in ten characters (manual 1.1.6, section 3.2); people and platforms write
it in many ways, and all of them become one value here.

Separators and the check digit are python-stdnum's (`stdnum.cl.rut`). Its
`validate` is not used: it refuses numbers under one million, and refusing a
valid RUN is worse than passing an invalid one. Whether a RUN belongs to somebody
is for SENCE to say.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from stdnum.cl.rut import calc_check_digit, compact

from sence_gate.errors import InvalidRut

_CANONICAL = re.compile(r"([1-9][0-9]{0,7})-([0-9K])", re.ASCII)

# The longest honest spelling has blanks and dots: far under this. What is longer
# is not read at all, so that no input costs time.
_MAX_TEXT = 40

_UNREADABLE = "Escribe el RUN completo, con su dígito verificador: por ejemplo, 12345678-5."
_WRONG_CHECK_DIGIT = "El dígito verificador no corresponde al número. Revisa el RUN y escríbelo de nuevo."


@dataclass(frozen=True, slots=True, repr=False)
class Rut:
    """A number whose check digit holds. `str()` gives all of it; `repr()` hides it.

    Raises:
        InvalidRut: `canonical` is not in the canonical form; `parse` reads the others.
    """

    canonical: str

    def __post_init__(self) -> None:
        match = _CANONICAL.fullmatch(self.canonical)
        if match is None:
            raise InvalidRut(_UNREADABLE)
        if calc_check_digit(match[1]) != match[2]:
            raise InvalidRut(_WRONG_CHECK_DIGIT)

    @classmethod
    def parse(cls, text: str) -> Rut:
        """Return the number that *text* spells, in whatever usual way.

        Dots, blanks, dashes, leading zeros, small `k` and full-width digits are all
        one number. Every `str` is safe to pass.

        Raises:
            InvalidRut: with a sentence for the learner, in which *text* never stands.
        """
        if len(text) > _MAX_TEXT:
            raise InvalidRut(_UNREADABLE)
        bare = compact(unicodedata.normalize("NFKC", text)).lstrip("0")
        return cls(f"{bare[:-1]}-{bare[-1:]}")

    @property
    def masked(self) -> str:
        """The millions alone, for logs and pages: tells a typo from a stranger, names nobody."""
        return f"{int(self.canonical[:-2]) // 1_000_000}.***.***-*"

    def __str__(self) -> str:
        return self.canonical

    def __repr__(self) -> str:
        return f"Rut({self.masked})"
