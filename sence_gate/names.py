"""What platforms take for the same name: the comparison behind every course.

`fold` is the most careless comparison of letters; `could_be` adds what casts,
slugifiers and single collations make of a name, and `kept_as` says under which
keys a configured name waits for it. A number waits under its value: PHP casts
`5abc`, Python `0_5` and any script's digits. PHP also casts `abc` to 0: that is
left out, or 0 would guard every page.

A letter that is left after folding (日, ж) is itself or nothing, as where a
platform drops what it does not know. It is no wildcard: no platform finds
`excel` by `ж`, and pages in other scripts stay free beside a course. Sources:
UAX 15; DUCET of UCA 9 to 14 (MySQL `0900_ai_ci`); MySQL's ctype-latin1; Windows'
best fit of code page 1252; WordPress' sanitize_title and remove_accents.
"""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

# Normalising is quadratic in a run of combining marks: short runs keep it linear.
_NOT_ASCII = re.compile(r"[^\x00-\x7f]{1,32}")
_LETTER_AND_MARKS = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]{1,32}")
_INVISIBLE = frozenset({"Mn", "Me", "Cf", "Cc"})

# `LATIN SMALL LETTER L WITH STROKE`, `LATIN SMALL LIGATURE OE`, `SQUARED ID`: Unicode
# decomposes none of them, and their names say what they are made of.
_NAMED_AFTER = re.compile(
    r"LATIN (?:SMALL |CAPITAL )?(?:LETTER|LIGATURE) (?:[A-Z-]{3,} )*([A-Z]{1,2})(?: |$)"
    r"|SQUARED ([A-Z]+)(?: WITH |$)"
)
# No name tells these: DUCET and remove_accents; then best fit, for Greek letters, ∞ and −.
_NAMED_OTHERWISE = (
    {"ð": "d", "\u1dd9": "d", "þ": "th", "ŋ": "n", "ĸ": "k", "ə": "e", "ƾ": "ts", "ƍ": "zw"}
    | {"ꞛ": "a", "ꞝ": "o", "ꞟ": "u", "🆛": "3d", "🆝": "2k", "🆞": "4k", "🆟": "8k"}
    | dict(zip("αγδεθπστφω∞−", "agdetpstfo8-", strict=True))
)
# Collations that stand alone: each reads some letters otherwise than all others do.
_COLLATIONS = tuple(
    map(
        str.maketrans,
        (
            {"ß": "s", "æ": "a", "œ": "o", "þ": "t"},  # utf8_general_ci and latin1_german1_ci: one for one
            {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"},  # german2_ci, danish_ci
            {"ü": "y", "ű": "y"},  # latin1_swedish_ci, MySQL's default before 8.0
        ),
    )
)

_UUID_TRIMMINGS = re.compile(r"urn:|uuid:|[-{}() ]")
_UUID = re.compile(r"[0-9a-f]{32}")
_NOT_IN_SLUGS = re.compile(r"[^a-z0-9 _.%-]")
_DASHES = re.compile(r"[ .-]+")

_DECIMAL = re.compile(r"[0-9]+")
_SIGNS = re.compile(r"[ +-]*(?=\.?[0-9])")
_GROUPED = re.compile(r"[0-9][0-9_,]*")
_REAL = re.compile(r"[0-9]*\.?[0-9]*(?:e[+-]?[0-9]+)?")
_RADIX = re.compile(r"0(?:(x)|(o)|b)_?([0-9a-f_]+)")
# The last 64 digits decide the last 64 bits: two divides ten.
_DIGITS_THAT_COUNT = 64
_SURELY_FITS = 9


def fold(text: str) -> str:
    """Return *text* as the most careless comparison sees it.

    NFKC and casefold, and more: databases compare names without accents and
    strokes, ligatures as their letters and all scripts' digits alike (UCA), and
    file systems ignore invisible characters (HFS+, CVE-2014-9390).
    """
    return text.lower() if text.isascii() else _NOT_ASCII.sub(_folded, text).lower()


def kept_as(name: str) -> tuple[str, ...]:
    """Return the keys of a configured name: the usual one, then those of single collations."""
    return tuple(map(_key, _readings(name)))


def could_be(name: str) -> set[str]:
    """Return the keys of all configured names that a platform could take *name* for."""
    texts = {fold(name)} if name.isascii() else _careless(name)
    texts |= {_slug(text) for text in texts if not text.isalnum()}
    keys = texts.union(*map(_numbers, texts), *map(_uuids, texts))
    keys.discard("")
    return keys


def _folded(run: re.Match[str]) -> str:
    # In this order: casefold knows marks that are dropped next, and upper the
    # dotless i, which has no lower case of its own to fold to.
    usual = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", run[0]).casefold())
    return "".join(map(_bare, usual)).upper().casefold()


# One entry for each letter that is met: bounded, for visitors choose them.
@lru_cache(4096)
def _bare(character: str) -> str:
    if character.isascii() or character in _NAMED_OTHERWISE:
        return _NAMED_OTHERWISE.get(character, character)
    category = unicodedata.category(character)
    if category != "Lo" and (letters := _NAMED_AFTER.search(unicodedata.name(character, ""))):
        return (letters[1] or letters[2]).lower()
    if category in _INVISIBLE:
        return ""
    if category[0] == "N":
        return str(math.ceil(unicodedata.numeric(character)))  # DUCET sorts a half five as a five
    # To utf8_general_ci all characters beyond the first plane are one.
    return "-" if category == "Pd" else character if character <= "\uffff" else "\ufffd"


def _readings(name: str) -> tuple[str, ...]:
    usual = fold(name)
    if name.isascii():
        return (usual,)
    composed = _LETTER_AND_MARKS.sub(lambda run: unicodedata.normalize("NFKC", run[0]).lower(), name)
    others = (composed.translate(letters) for letters in _COLLATIONS)
    return (usual, *(usual if other == composed else fold(other) for other in others))


def _careless(name: str) -> set[str]:
    """Return the readings of *name*, and each without what is not ASCII, dropped late or early."""
    found = set(_readings(name))
    early = (_NOT_ASCII.sub(partial(_decomposed, form), name).lower() for form in ("NFD", "NFKD"))
    return found | {text.encode("ascii", "ignore").decode() for text in (*found, *early)}


def _decomposed(form: Literal["NFD", "NFKD"], run: re.Match[str]) -> str:
    return unicodedata.normalize(form, run[0])


def _slug(text: str) -> str:
    """Look a page up as WordPress does: by what would be left of this title.

    Percent signs stay: in a form that is still encoded, no digit of a code is one of the name.
    """
    return _DASHES.sub("-", _NOT_IN_SLUGS.sub("", text)).strip("-")


def _key(text: str) -> str:
    for uuid in _uuids(text):
        return uuid
    return _canonical(text) if _DECIMAL.fullmatch(text) else text


def _uuids(text: str) -> Iterator[str]:
    """Yield the UUID that *text* is, in braces: no other key looks like that."""
    if len(text) >= 32 and _UUID.fullmatch(digits := _UUID_TRIMMINGS.sub("", text)):
        yield "{" + digits + "}"


def _canonical(digits: str) -> str:
    return digits.lstrip("0") or "0"


def _numbers(text: str) -> Iterator[str]:
    """Yield the integers, without sign, that some language makes of *text*."""
    if not (signs := _SIGNS.match(text)):
        return
    rest = text[signs.end() :]
    if grouped := _GROUPED.match(rest):
        for digits in (re.split("[_,]", grouped[0])[0], re.sub("[_,]", "", grouped[0])):
            yield from _casts(digits, is_negative="-" in signs[0])
    # float and not Decimal: JavaScript and PHP round 4.99999999999999999 to 5 while reading it.
    if (found := _REAL.match(rest)) and (real := float(found[0])) < 10**_SURELY_FITS:
        yield from (str(int(real)), str(int(real + 0.5)))
    if radix := _RADIX.match(rest):
        yield from _in_base(16 if radix[1] else 8 if radix[2] else 2, radix[3].replace("_", ""))


def _casts(digits: str, *, is_negative: bool) -> Iterator[str]:
    """Yield the value, and what is left of it in 32 and 64 bits."""
    number = _canonical(digits)
    yield number
    if len(number) > _SURELY_FITS:
        value = int(number[-_DIGITS_THAT_COUNT:])
        values = (value, -value) if is_negative else (value,)
        yield from (str(each % 2**bits) for each in values for bits in (32, 64))


def _in_base(base: int, digits: str) -> Iterator[str]:
    """Yield what JavaScript's parseInt, Python's int and Ruby's Integer find after 0x, 0o or 0b."""
    allowed = "0123456789abcdef"[:base]
    found = digits[: len(digits) - len(digits.lstrip(allowed))].lstrip("0")
    if len(found) <= _DIGITS_THAT_COUNT:
        yield str(int(found or "0", base))
