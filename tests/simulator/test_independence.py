"""The simulator is a second reading: nothing of the gate helps it to be right."""

from __future__ import annotations

import ast
from pathlib import Path

import sence_gate.simulator

FOLDER = Path(sence_gate.simulator.__file__).parent


def imported(path: Path) -> set[str]:
    """Return the modules that *path* imports."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "." for node in nodes if isinstance(node, ast.ImportFrom)}


def test_nothing_of_the_gate_is_imported() -> None:
    """Every `sence_gate` import stays inside the simulator, and no other is relative."""
    modules = {name for path in FOLDER.glob("*.py") for name in imported(path)}
    own = {name for name in modules if name.split(".")[0] in {"sence_gate", ""}}

    assert own
    assert not {name for name in own if not name.startswith("sence_gate.simulator")}


def test_it_calls_nobody() -> None:
    """No module that could open a connection is imported."""
    modules = {name.split(".")[0] for path in FOLDER.glob("*.py") for name in imported(path)}

    assert not modules & {"socket", "http", "requests", "httpx", "urllib3", "asyncio"}
