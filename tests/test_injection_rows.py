"""docs/injection.md names each row once, and the tests that show it; neither can go stale."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from sence_gate.csp import Blocked
from sence_gate.insertable import Refusal
from sence_gate.prologue import NoPlace

ROOT = Path(__file__).parent.parent
LINES = (ROOT / "docs/injection.md").read_text(encoding="utf-8").splitlines()
FOUND = [found for line in LINES if (found := re.match(r"\| (I\d+) \|.*\|([^|]*)\|$", line))]
ROWS = {found[1]: found[2] for found in FOUND}
# Numbers that the list of cases leaves out.
MISSING = {9, 18, 20}
NOT_HERE = {"I47": "WSGI has no trailers", "I52": "done by the front server, without this code"}


def _tests() -> set[str]:
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "tests").rglob("test_*.py"))
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


TESTS = _tests()


def test_every_row_stands_there_once() -> None:
    """I1 to I52, in order."""
    assert [found[1] for found in FOUND] == [f"I{number}" for number in range(1, 53) if number not in MISSING]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_shown_by_tests_that_exist(row: str) -> None:
    """What the document promises is run."""
    shown = re.findall(r"`([^`]+)`", ROWS[row])
    assert bool(shown) is (row not in NOT_HERE)
    assert [name for name in shown if name not in TESTS and not (ROOT / name).exists()] == []


def test_a_test_carries_only_rows_that_there_are() -> None:
    """A slip in a test's name would show a row that nobody looks for."""
    assert sorted(name for name in TESTS if not set(_rows(name)) <= ROWS.keys()) == []


def _rows(name: str) -> list[str]:
    found = re.match(r"test((?:_i\d+)+)_", name)
    return [f"I{number}" for number in re.findall(r"\d+", found[1])] if found else []


def test_every_reason_is_explained() -> None:
    """An operator who finds a number finds what it means."""
    cells = [line.split(" | ")[0] for line in LINES if line.startswith("| `")]
    told = [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]
    assert sorted(told) == sorted([*Refusal, *Blocked, *NoPlace])
