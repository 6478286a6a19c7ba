"""The shape of `sence-gate.toml`: its tables, keys and types, and nothing more.

The dataclasses below are the file, key by key; the list of all settings, the
environment variables and the suggestions for misspelt keys are derived from
them. What must be given is empty by default, so that `rules` can find it missing
among all other faults. `reading` fills these classes, `rules` and `course_rules`
judge what stands in them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from sence_gate.config.model import Credential, ForwardAuth, Learner, Platform, Sence, StoreSettings
from sence_gate.courses import USUAL_MINUTES, Unlisted
from sence_gate.pages import Help
from sence_gate.protocol.messages import Environment
from sence_gate.shared import Unnamed


@dataclass(frozen=True, slots=True)
class OtecTable:
    """`[otec]`, or one of `[otecs.NAME]`."""

    rut: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    name: str = ""


@dataclass(frozen=True, slots=True)
class MetricsTable:
    """`[metrics]`, before its peers are read."""

    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionTable:
    """`[session]`: the minutes of courses that give none of their own."""

    minutes: int = USUAL_MINUTES
    warning_minutes: int = 10  # manual 1.1.6, recommendation b
    grace_minutes: int = 15


@dataclass(frozen=True, slots=True)
class PagesTable:
    """`[pages]`: what the OTEC changes of our pages."""

    logo: str = ""
    colour: str = ""
    templates: str = ""
    help: Help = field(default_factory=Help)


@dataclass(frozen=True, slots=True)
class BranchTable:
    """One `[[courses.also]]`: further paths of a course, with a query of their own."""

    paths: tuple[str, ...] = ()
    query: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CourseTable:
    """One `[[courses]]`; None where the course inherits."""

    id: str = ""
    name: str = ""
    paths: tuple[str, ...] = ()
    query: dict[str, str] = field(default_factory=dict)
    exceptions: tuple[str, ...] = field(default=(), metadata={"key": "except"})
    also: tuple[BranchTable, ...] = ()
    key: str = ""
    cod_sence: str = ""
    codigo_curso: str = ""
    linea_capacitacion: int = 0
    otec: str = ""
    environment: Environment | None = None
    minutes: int | None = None
    warning_minutes: int | None = None
    grace_minutes: int | None = None
    enrolments: str = ""
    unlisted: Unlisted = Unlisted.REQUIRE


@dataclass(frozen=True, slots=True)
class SharedTable:
    """One `[[shared]]`: paths of several courses; of all, when it names none."""

    paths: tuple[str, ...] = ()
    query: dict[str, str] = field(default_factory=dict)
    exceptions: tuple[str, ...] = field(default=(), metadata={"key": "except"})
    courses: tuple[str, ...] = ()
    page: str = ""
    unnamed: Unnamed = Unnamed.PASS


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole file, read but not yet judged."""

    public_url: str = ""
    environment: Environment = Environment.TEST
    prefix: str = "/_sence"
    secret_keys: tuple[str, ...] = field(default=(), repr=False)
    trusted_proxies: tuple[str, ...] = ()
    insecure_cookies: bool = False
    credential: Credential | None = None
    logout_paths: tuple[str, ...] = ()
    platform: Platform = field(default_factory=Platform)
    store: StoreSettings = field(default_factory=StoreSettings)
    sence: Sence = field(default_factory=Sence)
    learner: Learner = field(default_factory=Learner)
    forward_auth: ForwardAuth = field(default_factory=ForwardAuth)
    pages: PagesTable = field(default_factory=PagesTable)
    metrics: MetricsTable = MetricsTable()
    otec: OtecTable | None = None
    otecs: dict[str, OtecTable] = field(default_factory=dict)
    session: SessionTable = SessionTable()
    courses: tuple[CourseTable, ...] = ()
    shared: tuple[SharedTable, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the file: the tables that lead to it, and the type of its value."""

    keys: tuple[str, ...]
    kind: Any

    @property
    def name(self) -> str:
        """The place of the setting, such as `store.url` or `courses[].id`."""
        return ".".join(self.keys)


def key_of(item: dataclasses.Field[Any]) -> str:
    """Return the key of a field in the file; `import` and `except` are no names in Python."""
    return str(item.metadata.get("key", item.name))


def all_settings(table: type = Settings, above: tuple[str, ...] = ()) -> Iterator[Setting]:
    """Yield every setting of *table* and of the tables in it, in the order of the file."""
    hints = get_type_hints(table)
    for each in dataclasses.fields(table):
        keys, kind = (*above, key_of(each)), _without_none(hints[each.name])
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            yield from all_settings(kind, keys)
        elif get_origin(kind) is dict and dataclasses.is_dataclass(get_args(kind)[1]):
            yield from all_settings(get_args(kind)[1], (*keys, "NAME"))
        elif get_origin(kind) is tuple and dataclasses.is_dataclass(get_args(kind)[0]):
            yield from all_settings(get_args(kind)[0], (*above, f"{key_of(each)}[]"))
        else:
            yield Setting(keys, kind)


def setting_names() -> tuple[str, ...]:
    """Return the name of every setting, so that documentation can be tested against it."""
    return tuple(each.name for each in all_settings())


def _without_none(hint: Any) -> Any:
    kinds = [kind for kind in get_args(hint) if kind is not NoneType]
    return kinds[0] if NoneType in get_args(hint) else hint
