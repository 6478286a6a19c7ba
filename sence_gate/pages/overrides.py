"""What is wrong with the operator's templates, before the first learner meets them.

Each file is read, compiled, searched for names that its page does not have, and
rendered with every choice that the page can show. A fault names file and line.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from traceback import extract_tb
from typing import get_args

from jinja2 import Environment, TemplateSyntaxError, meta, nodes

from sence_gate.pages.look import Help, Look
from sence_gate.pages.rendering import OURS, SHARED, templates
from sence_gate.pages.trials import trials
from sence_gate.pages.values import Page

KINDS = {kind.template: kind for kind in get_args(Page)}
FRAME = frozenset({"_base.html", "_parts.html"})  # what our pages stand in
_HELP = Help("Texto", "ayuda@otec.cl", "+56 2 2345 6789", "+56 9 1234 5678")
_NAMES: Mapping[str, object] = {
    "brand": Look("OTEC", "/logo.svg", _HELP), "home_url": "/", "css_url": "/a.css", "js_url": "/a.js",
}  # fmt: skip


def override_faults(folder: Path) -> list[str]:
    """Return all that is wrong with the templates in *folder*, each "file, line N: what — what to do"."""
    try:
        found = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError as fault:
        return [f"cannot be read ({fault.strerror}) — name a folder with templates"]
    environment = templates(folder, _NAMES)
    faults = [fault for path in found for fault in _faults_of(path, environment)]
    return faults or list(_tried(folder, {path.name for path in found}, environment))


def _faults_of(path: Path, environment: Environment) -> Iterator[str]:
    name = path.name
    if name not in KINDS and not name.startswith("_"):
        stems = [each.removesuffix(".html") for each in KINDS]
        close = difflib.get_close_matches(path.stem, stems, n=1)
        meant = f"did you mean {close[0]}.html?" if close else "a part of your own begins with _"
        yield f"{name} is the template of no page — {meant}"
        return
    try:
        source = path.read_text(encoding="utf-8")
        tree = environment.parse(source, name, str(path))
        environment.compile(tree, name, str(path))
    except OSError as fault:
        yield f"{name} cannot be read ({fault.strerror}) — check its permissions"
    except UnicodeDecodeError as fault:
        line = fault.object.count(b"\n", 0, fault.start) + 1
        yield f"{name}, line {line}: is not UTF-8 — save it as UTF-8"
    except TemplateSyntaxError as fault:
        yield f"{name}, line {fault.lineno}: {fault.message} — correct that line"
    else:
        yield from _strangers(name, tree, environment)


def _strangers(name: str, tree: nodes.Template, environment: Environment) -> Iterator[str]:
    """Yield the names that the page of this template does not have."""
    if name not in KINDS:
        return  # a part gets its names from whoever includes it
    known = _known(name, environment)
    for stranger in sorted(meta.find_undeclared_variables(tree) - known):
        line = next((each.lineno for each in tree.find_all(nodes.Name) if each.name == stranger), 1)
        close = difflib.get_close_matches(stranger, known, n=1)
        remedy = f"did you mean {close[0]}?" if close else f"it has: {', '.join(sorted(known - SHARED))}"
        yield f"{name}, line {line}: this page has no {stranger} — {remedy}"


def _known(name: str, environment: Environment) -> set[str]:
    """Return the names of a page: its values, those that all share, and what our own template makes."""
    source, _, _ = environment.loader.get_source(environment, f"{OURS}/{name}")  # type: ignore[union-attr]  # it has one
    made = {each.name for each in environment.parse(source).find_all(nodes.Name) if each.ctx == "store"}
    return {each.name for each in fields(KINDS[name])} | SHARED | made | set(environment.globals)


def _tried(folder: Path, changed: set[str], environment: Environment) -> Iterator[str]:
    """Yield why a page cannot be rendered; of each file and line once."""
    kinds = KINDS if any(name.startswith("_") for name in changed) else changed & set(KINDS)
    told = set()
    for name in sorted(kinds):
        template = environment.get_template(name)
        for page in trials(KINDS[name]):
            try:
                template.render({each.name: getattr(page, each.name) for each in fields(page)})
            except Exception as fault:  # noqa: BLE001 - a template may raise anything
                told.add(f"{_place(fault, folder) or name}: {fault} — correct that line")
    yield from sorted(told)


def _place(fault: Exception, folder: Path) -> str:
    """Return file and line where a template failed; "" when it was in none of *folder*."""
    own = [each for each in extract_tb(fault.__traceback__) if Path(each.filename).parent == folder]
    return f"{Path(own[-1].filename).name}, line {own[-1].lineno}" if own else ""
