"""The rooms and floors of the design: imports go down only, and each foreign package has one home."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "sence_gate"

# From the ground up. A room may import from the floors below, and on its own floor
# only from rooms that stand before it.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("protocol.rut", "protocol.fields", "protocol.official", "protocol.attendance", "protocol.raw"),
    (
        "protocol.many",
        "protocol.messages",
        "protocol.glosa",
        "protocol.glosas",
        "protocol.session",
        "protocol",
        "sheets",
        "reloading",
    ),
    (
        "spellings",
        "names",
        "paths",
        "patterns",
        "queries",
        "guards",
        "shared",
        "course",
        "rivals",
        "courses",
        "enrolments",
    ),
    ("upstream",),
    (
        "learners.claims",
        "learners.exemptions",
        "learners.sources",
        "forwarded",
        "learners.asking",
        "learners.whoami",
        "learners.roster",
        "learners",
    ),
    (
        "metrics",
        "stores.base",
        "stores.records",
        "cookies",
        "navigation",
        "logout",
        "described",
        "admitted",
        "incoming",
        "chile",
        "clock",
        "announced",
        "contrib.django",
        "contrib.flask",
        "contrib",
    ),
    ("prologue", "splice", "csp", "meta_policy", "insertable", "banner_request", "banner", "tags", "holding"),
    ("stores.redis", "stores.redis.url", "stores.redis.keys", "stores.redis.errors", "stores.redis.client"),
    (
        "stores.redis.aside",
        "stores.redis.ledger",
        "stores.redis.bypasses",
        "stores.redis.forget",
        "stores.redis.inspect",
    ),
    ("stores.sqlite_file", "stores.sqlite_connections", "stores.sqlite", "stores.redis.store"),
    ("stores.merging", "stores.spool", "stores.breaker"),
    (
        "stores.draining",
        "stores.spooled",
        "stores",
        "pages",
        "config",
        "learner_check",
        "platform_check",
        "check",
        "nginx",
        "sample",
        "report",
    ),
    (
        "gate.decisions",
        "gate.enrolling",
        "gate.counting",
        "gate.pages_read",
        "gate.recheck",
        "gate.contingencies",
        "gate.parts",
        "gate.noting",
        "gate.judgement",
        "gate.again",
        "gate.visitors",
    ),
    (
        "gate.bypassing",
        "gate.admission",
        "gate.sending",
        "gate.receiving",
        "gate.landing",
        "gate.leaving",
        "gate.meant",
        "gate",
    ),
    (
        "site.files",
        "site.desk",
        "site.exchange",
        "site.choosing",
        "site.leaving",
        "site.refusing",
        "site.barring",
        "site.contingency",
        "site.starting",
        "site.answering",
        "site.closing",
        "site.status",
        "site.metrics",
        "site",
    ),
    ("page_first", "forward_auth", "middleware"),
    ("proxy",),
    ("arriving", "assembly", "serving", "paste"),
    ("",),  # the package itself, which offers SenceGate
    ("wsgi", "simulator", "demo"),
    ("cli",),
)
ORDER = {room: place for place, room in enumerate(room for floor in FLOORS for room in floor)}

# Rooms with doors of their own inside: their modules may import one another freely.
INNER = ("config", "cookies", "nginx", "pages", "proxy", "report", "upstream", "simulator", "demo", "cli")

HOMES = {
    "stdnum": {"protocol.rut", "protocol.many", "simulator"},
    "itsdangerous": {"cookies"},
    "jinja2": {"pages", "simulator", "demo"},
    "cattrs": {"config"},
    "gunicorn": {"serving", "arriving"},
    "crossplane": {"nginx"},
    "h11": {"upstream"},
    "cachetools": {"gate.recheck", "learners.whoami"},
    "click": {"cli"},
    "prometheus_client": {"metrics"},
    "django": {"contrib.django"},
    "flask": {"contrib.flask"},
    "redis": {"stores.redis.client", "stores.redis.errors", "stores.redis.inspect"},
    "werkzeug": {
        "site", "site.desk", "site.exchange", "site.choosing", "site.starting", "site.answering",
        "site.closing", "site.status", "site.leaving", "site.refusing", "site.barring",
        "site.contingency", "site.metrics", "page_first",
        "forward_auth", "middleware", "simulator",
    },
}  # fmt: skip


def _room(module: str) -> str:
    """Return the room of a module's dotted name, without the package."""
    first = module.partition(".")[0]
    return first if first in INNER else module


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = sorted(ROOT.rglob("*.py"))


def _imports(path: Path) -> Iterator[str]:
    """Yield every module that the file imports, for the type checker's eyes or for real."""
    package = _module(path) if path.name == "__init__.py" else _module(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join(["sence_gate", *parents, *([base] if base else [])])
            yield from (_deepest(base, alias.name) for alias in node.names)


def _deepest(base: str, name: str) -> str:
    """Return the module that `from base import name` reads: *name* may be a module itself."""
    if not base.startswith("sence_gate"):
        return base
    inside = ROOT.joinpath(*base.split(".")[1:], name)
    return f"{base}.{name}" if inside.with_suffix(".py").exists() or inside.is_dir() else base


def _identity(path: Path) -> str:
    return _module(path) or "sence_gate"


@pytest.mark.parametrize("path", MODULES, ids=_identity)
def test_imports_go_down_only(path: Path) -> None:
    """No room knows of a room above it."""
    own = _room(_module(path))
    ours = {
        name.removeprefix("sence_gate").lstrip(".")
        for name in _imports(path)
        if name.startswith("sence_gate")
    }
    # The version is the one thing that a room may read from the package.
    others = {_room(name) for name in ours} - {own, ""}
    upward = {other for other in others if ORDER[other] >= ORDER[own]}
    assert not upward, f"{own} imports {upward}"


@pytest.mark.parametrize("path", MODULES, ids=_identity)
def test_each_foreign_package_has_one_home(path: Path) -> None:
    """A library can be exchanged in the room that it lives in."""
    used = {name.partition(".")[0] for name in _imports(path)} - sys.stdlib_module_names
    foreign = used - {"sence_gate", "_typeshed"}
    homeless = {name for name in foreign if _room(_module(path)) not in HOMES.get(name, set())}
    assert not homeless


def test_the_simulator_knows_nothing_of_the_gate() -> None:
    """A second reading of the manual is worth something only if it is its own."""
    inside = {name for path in MODULES if _module(path).startswith("simulator") for name in _imports(path)}
    assert {name for name in inside if name.startswith("sence_gate")} <= {
        name for name in inside if name.startswith("sence_gate.simulator")
    }


@pytest.mark.parametrize("path", MODULES, ids=_identity)
def test_modules_and_functions_stay_small(path: Path) -> None:
    """Nobody has to scroll: 300 lines a module, 50 a function."""
    text = path.read_text(encoding="utf-8")
    functions = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef))
    long = {each.name for each in functions if (each.end_lineno or 0) - each.lineno >= 50}
    assert (text.count("\n") <= 300, long) == (True, set())
