"""Docstrings say what is raised: nobody has to read a body to know what to catch."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.test_floors import MODULES, ROOT

Function = tuple[str, ast.FunctionDef, str]  # where it stands, and what the docstring of its class says


def _functions(node: ast.Module | ast.ClassDef, place: str, above: str = "") -> Iterator[Function]:
    """Yield the public functions and methods of *node*; what stands inside a function is its own business."""
    for each in node.body:
        if isinstance(each, ast.ClassDef):
            yield from _functions(each, f"{place}:{each.name}", ast.get_docstring(each) or "")
        elif isinstance(each, ast.FunctionDef) and not each.name.startswith("_") and not _is_command(each):
            yield f"{place}:{each.name}", each, above


def _is_command(function: ast.FunctionDef) -> bool:
    """Tell whether the docstring is the help of a command: its faults are shown, not raised."""
    return any("command(" in ast.unparse(each) for each in function.decorator_list)


def _raised(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the names of the exceptions that the body itself makes."""
    inner: list[ast.AST] = list(function.body)
    while inner:
        node = inner.pop()
        if isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call | ast.Name | ast.Attribute):
            made = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            name = ast.unparse(made).rpartition(".")[2]
            if name[0].isupper():  # others are variables: what was caught, on its way
                yield name
        inner += ast.iter_child_nodes(node)


PUBLIC = [
    pytest.param(function, above, id=place)
    for path in MODULES
    for place, function, above in _functions(
        ast.parse(path.read_text(encoding="utf-8")), str(path.relative_to(ROOT))
    )
    if next(_raised(function), None)
]


@pytest.mark.parametrize(("function", "above"), PUBLIC)
def test_a_public_function_says_what_it_raises(function: ast.FunctionDef, above: str) -> None:
    """In its own docstring, or in that of its class where all methods raise it."""
    said = (ast.get_docstring(function) or "") + above
    assert {name for name in _raised(function) if name not in said} == set()
