"""Settings from environment variables: `SENCE_GATE_STORE__URL` is `store.url`.

The names are derived from `shape`: the key in capitals, a double underscore
where a table is entered. With the suffix `_FILE` the variable names a file that
holds the value, as container secrets do. A variable that is no setting is a
fault: a misspelt one would silently do nothing. Values are text and become what
their key wants; courses are tables of tables and stay in the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_origin

from sence_gate.config.faults import Faults, nearest
from sence_gate.config.shape import Setting, all_settings

PREFIX = "SENCE_GATE_"
FROM_FILE = "_FILE"
NOT_SETTINGS = frozenset(
    {"SENCE_GATE_CONFIG"}
)  # where the file is: for `sence_gate.wsgi` and the command line

_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_WANTED = {
    bool: "is neither true nor false — write one of the two",
    int: "is no whole number — write digits only",
    float: "is no number — write it like 2.5",
}


def overlay(
    data: Mapping[str, Any], environ: Mapping[str, str], faults: Faults
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return *data* with the settings of *environ* put over it, and which variable gave which place."""
    merged = dict(data)
    sources: dict[str, str] = {}
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable in NOT_SETTINGS:
            continue
        setting = _setting(variable)
        if setting is None:
            faults.add(variable, _unknown(variable))
        elif setting.name in sources:
            faults.add(variable, f"says the same as {sources[setting.name]} — remove one of them")
        else:
            sources[setting.name] = variable
            _take(setting, variable, environ[variable], merged, faults)
    return merged, sources


def variable_name(setting: Setting) -> str | None:
    """Return the variable of *setting*; None for what only the file can say."""
    if setting.keys[0].endswith("[]"):
        return None
    return PREFIX + "__".join(setting.keys).upper()


def _setting(variable: str) -> Setting | None:
    """Return the setting that *variable* gives; a name in it (`OTECS__NORTE__TOKEN`) is put in its keys."""
    for setting in all_settings():
        name = variable_name(setting) or ""
        match = re.fullmatch(name.replace("__NAME__", "__(.+)__", 1), variable.removesuffix(FROM_FILE))
        if match and match.groups():
            table, _, key = setting.keys
            return replace(setting, keys=(table, match[1].lower().replace("_", "-"), key))
        if match:
            return setting
    return None


def _unknown(variable: str) -> str:
    for table in ("courses", "shared"):
        if variable.startswith(f"{PREFIX}{table.upper()}"):
            return f"{table} cannot come from the environment — write them in the file"
    # Without the prefix, which would make all of them alike.
    known = [name.removeprefix(PREFIX).lower() for name in map(variable_name, all_settings()) if name]
    meant = nearest(variable.removeprefix(PREFIX).removesuffix(FROM_FILE), known)
    return f"is no setting — {f'did you mean {PREFIX}{meant.upper()}?' if meant else 'remove it'}"


def _take(setting: Setting, variable: str, text: str, merged: dict[str, Any], faults: Faults) -> None:
    try:
        if variable.endswith(FROM_FILE):
            text = re.sub(r"\r?\n\Z", "", Path(text).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = type(error).__name__ if isinstance(error, ValueError) else error.strerror
        faults.add_unreadable(
            setting.name, f"names a file that cannot be read ({reason}) — check its path and permissions"
        )
        return
    try:
        _put(merged, setting.keys, _value(setting.kind, text))
    except (ValueError, KeyError):
        faults.add_unreadable(setting.name, _WANTED[setting.kind])


def _value(kind: Any, text: str) -> Any:
    """Return *text* as *kind*.

    Raises:
        ValueError, KeyError: it cannot be read as that.
    """
    if get_origin(kind) is tuple:
        return [item.strip() for item in re.split(r"[,\n]", text) if item.strip()]
    if kind is bool:
        return _FLAGS[text.strip().lower()]
    return kind(text) if kind in (int, float) else text


def _put(table: dict[str, Any], keys: tuple[str, ...], value: Any) -> None:
    *above, last = keys
    for key in above:
        inner = table.get(key, {})
        if not isinstance(inner, Mapping):
            return  # `reading` tells that a table is due there
        table[key] = dict(inner)  # a copy: the mapping given may be somebody's settings module
        table = table[key]
    table[last] = value
