"""Whether a host's clock can be right."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from sence_gate.clock import EARLIEST, is_set

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(("seconds", "expected"), [(-1, False), (0, True), (1, True)])
def test_the_limit_is_exact(seconds: int, expected: bool) -> None:
    """`check` and `/ready` say the same of the same second."""
    assert is_set(EARLIEST + timedelta(seconds=seconds)) is expected


def test_the_limit_is_the_year_of_the_first_release() -> None:
    """Nobody ran this code before it was there."""
    found = re.search(r"Copyright \(c\) (\d{4})", (ROOT / "LICENSE").read_text())
    assert found
    assert (EARLIEST.year, EARLIEST.month, EARLIEST.day) == (int(found[1]), 1, 1)
