"""An OTEC's colour on our pages, and the contrast that it must leave (WCAG 2.2, 1.4.3).

The colour is that of the buttons, under white text. All that is tinted besides is
derived from it: darker or lighter until it can be read, in light and dark.
"""

from __future__ import annotations

import re
from itertools import count

Rgb = tuple[int, int, int]

AA = 4.5  # of a text to what is behind it
# The grounds of `static/pages.css` that derived colours stand on.
LIGHT_CARD, LIGHT_PAGE = "#ffffff", "#eaf0f8"
DARK_CARD, DARK_PAGE = "#141e2e", "#0a111d"
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_MARGIN = 0.1  # above AA: rounding must not lose what was won


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours like "#0b479d": 1 to 21."""
    low, high = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))))
    return (high + 0.05) / (low + 0.05)


def colour_fault(colour: str) -> str:
    """Return what is wrong with *colour* for a button with white text, or ""."""
    if not _COLOUR.fullmatch(colour):
        return 'is no colour — write it like "#0b479d"'
    found = contrast(colour, "#ffffff")
    if found < AA:
        darker = _until(colour, _BLACK, ("#ffffff",), AA)
        return f"leaves white text a contrast of {found:.1f}, and {AA} is needed — use {darker} or darker"
    return ""


def sheet(colour: str) -> str:
    """Return the rules that tint the pages in *colour*, which must have no fault."""
    light, dark = _light(colour), _dark(colour)
    return f"{_root(light)}@media (prefers-color-scheme: dark) {{\n{_root(dark)}}}\n"


def _light(colour: str) -> dict[str, str]:
    soft = _mixed(colour, _WHITE, 0.93)
    return {
        "accent": colour.lower(),
        "press": _mixed(colour, _BLACK, 0.2),
        "link": _until(colour, _BLACK, (LIGHT_CARD, LIGHT_PAGE, soft), AA + _MARGIN),
        "soft": soft,
    }


def _dark(colour: str) -> dict[str, str]:
    # Lighter, as far as white text allows: a dark button must stand out from a dark card (WCAG 2.2, 1.4.11).
    accent = _until(colour, _WHITE, (DARK_CARD,), 3)
    soft = _mixed(colour, _rgb(DARK_CARD), 0.85)
    return {
        "accent": accent,
        "press": _mixed(accent, _BLACK, 0.18),
        "link": _until(colour, _WHITE, (DARK_CARD, DARK_PAGE, soft), 7),
        "soft": soft,
    }


def _until(colour: str, goal: Rgb, grounds: tuple[str, ...], least: float) -> str:
    steps = (_mixed(colour, goal, min(part / 50, 1)) for part in count())
    return next(each for each in steps if min(contrast(each, ground) for ground in grounds) >= least)


def _root(values: dict[str, str]) -> str:
    return ":root { " + " ".join(f"--{name}: {value};" for name, value in values.items()) + " }\n"


def _mixed(colour: str, other: Rgb, part: float) -> str:
    return "#" + "".join(
        f"{round(own * (1 - part) + its * part):02x}" for own, its in zip(_rgb(colour), other, strict=True)
    )


def _rgb(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: Rgb) -> float:
    parts = (part / 255 for part in colour)
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
