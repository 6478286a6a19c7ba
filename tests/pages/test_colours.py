"""The OTEC's colour: every one that is taken leaves every text readable."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sence_gate.pages import colour_fault, sheet
from sence_gate.pages.colours import contrast
from sence_gate.site.files import OURS

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
# What stands on what in the style sheet, and the contrast that it needs (WCAG 2.2, 1.4.3 and 1.4.11).
PAIRS = [
    *[(front, "card", 4.5) for front in ("text", "quiet", "link", "wrong")],
    *[(front, "soft", 4.5) for front in ("text", "quiet", "link")],
    *[(front, "page", 4.5) for front in ("text", "quiet")],
    *[("on", back, 4.5) for back in ("accent", "press")],
    ("warn", "warn-soft", 4.5),
    ("good", "good-soft", 3),
    ("edge", "card", 3),
    ("link", "page", 3),
]


def palette(style: str, *, dark: bool) -> dict[str, str]:
    """Return the colours that are in force under *style*, by name."""
    found: dict[str, str] = {}
    for scheme, rules in re.findall(
        r"(prefers-color-scheme: dark\) \{\s*)?:root \{(.*?)\}", style, re.DOTALL
    ):
        if dark or not scheme:
            found |= dict(re.findall(r"--([\w-]+): (#\w{6});", rules))
    return found


def in_colour(colour: str = "") -> str:
    """Return the style sheet, tinted in *colour*."""
    return OURS["pages.css"].content.decode() + (sheet(colour) if colour else "")


def unreadable(style: str) -> list[tuple[str, str, bool]]:
    """Return the pairs that are too much alike, in light and dark."""
    return [
        (front, back, dark)
        for dark in (False, True)
        for front, back, least in PAIRS
        if contrast(palette(style, dark=dark)[front], palette(style, dark=dark)[back]) < least
    ]


def test_our_own_colours_can_be_read() -> None:
    """Texts, fields and the mark of the focus reach WCAG AA in light and dark."""
    assert unreadable(in_colour()) == []


@given(COLOURS)
def test_every_colour_that_is_taken_can_be_read(colour: str) -> None:
    """Whatever the brand: what is derived from it reaches AA on every ground that it stands on."""
    if not colour_fault(colour):
        assert unreadable(in_colour(colour)) == []


@given(COLOURS)
def test_a_colour_that_is_refused_comes_with_one_that_is_taken(colour: str) -> None:
    """The operator need not try: the nearest darker one is named."""
    if fault := colour_fault(colour):
        named = re.search(r"use (#\w{6})", fault)
        assert named
        assert colour_fault(named[1]) == ""


@pytest.mark.parametrize(
    "text", ["", "blue", "#123", "#12345g", "#1234567", "0b479d", "#0b479d; }", "#0B479D\n"]
)
def test_what_is_no_colour_is_refused(text: str) -> None:
    """Nothing but six digits reaches the style sheet."""
    assert "is no colour" in colour_fault(text)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param("#000000", "#ffffff", 21, id="black on white"),
        pytest.param("#777777", "#ffffff", 4.48, id="the grey that just fails"),
        pytest.param("#ff0000", "#00ff00", 2.91, id="red on green"),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, expected: float) -> None:
    """The figures that other tools give, whichever stands first."""
    assert round(contrast(one, other), 2) == round(contrast(other, one), 2) == expected
