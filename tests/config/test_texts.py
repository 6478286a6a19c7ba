"""What is a text in Python and none in a file, a page or a pattern: refused at each place that takes one."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest

from sence_gate import SenceGate
from sence_gate.config import load_config
from sence_gate.config.reading import LONGEST
from sence_gate.config.shape import Setting, all_settings
from sence_gate.errors import ConfigurationError
from tests.config.given import faults, places, settings

NO_TEXTS = {
    "half a surrogate pair": "a\ud800b",
    "a byte that was no UTF-8": "/a\udcff/",
    "NUL": "/a\0b",
    "too long": "/" + "a" * LONGEST,
}


def _of_texts(setting: Setting) -> bool:
    kind = setting.kind
    return kind is str or (get_origin(kind) in (tuple, dict) and str in get_args(kind))


def _with(setting: Setting, text: str) -> dict[str, Any]:
    """Return settings in which *setting* is, or holds, *text*."""
    data: dict[str, Any] = copy.deepcopy(settings(shared=[{"paths": ["/mod/"]}]))
    *above, last = setting.keys
    table = data
    for key in above:
        name = key.removesuffix("[]").replace("NAME", "norte")
        below = table.setdefault(name, [{}] if key.endswith("[]") else {})
        table = below[0] if key.endswith("[]") else below
    shapes: dict[Any, Any] = {tuple: [text], dict: {"id": text}}
    table[last] = shapes.get(get_origin(setting.kind), text)
    return data


@pytest.mark.parametrize("text", NO_TEXTS.values(), ids=NO_TEXTS)
@pytest.mark.parametrize(
    "setting", [pytest.param(each, id=each.name) for each in filter(_of_texts, all_settings())]
)
def test_every_setting_refuses_what_is_no_text(setting: Setting, text: str) -> None:
    """One fault at that place, which can be shown, does not repeat the text, and says what to do."""
    place = setting.name.replace("[]", "[0]").replace("NAME", "norte")
    told = [
        fault for fault in faults(_with(setting, text)) if fault.startswith((f"{place}: ", f"{place}.id: "))
    ]
    assert len(told) == 1
    assert " — write " in told[0]
    assert text not in told[0].encode().decode()


def test_every_setting_that_takes_texts_was_tried() -> None:
    """The list of the test above is not empty for want of a name."""
    names = {each.name for each in filter(_of_texts, all_settings())}
    assert {"public_url", "shared[].page", "courses[].query", "secret_keys", "pages.templates"} <= names


def test_a_name_in_a_query_is_judged_too() -> None:
    """Both sides of the equals sign are compared with what a browser sends."""
    assert places(settings(shared=[{"paths": ["/mod/"], "query": {"a\ud800": "5"}}])) == ["shared[0].query"]


@pytest.mark.parametrize("key", ["a\ud800", "a" * 100_000], ids=["half a surrogate pair", "too long"])
def test_an_unknown_key_can_be_shown_whatever_it_is_called(key: str) -> None:
    """A mapping, and an environment, can name what no terminal shows."""
    for told in (*faults(settings(**{key: 1})), *faults(settings(), {f"SENCE_GATE_{key}": "1"})):
        assert len(told.encode()) < 3_000


def test_the_door_tells_it_as_any_fault() -> None:
    """`SenceGate(application, {...})` raises what a server's log shows in words."""
    with pytest.raises(ConfigurationError, match=r"shared\[0\]\.page: holds a NUL, or half a character"):
        SenceGate(
            lambda _environ, _start: [], settings(shared=[{"paths": ["/mod/"], "page": "(?P<key>\ud800)"}])
        )


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        pytest.param("a = " + "[" * 5_000, "is nested too deeply", id="lists in lists"),
        pytest.param("a = " + "{a = " * 5_000, "is nested too deeply", id="tables in tables"),
        pytest.param("a = " + "1" * 5_000, "cannot be read (Exceeds the limit", id="a number of many digits"),
    ],
)
def test_a_file_beyond_all_bounds_is_told_in_words(tmp_path: Path, content: str, fault: str) -> None:
    """TOML sets no bounds, and Python does."""
    path = tmp_path / "sence-gate.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_config(path, {})
    assert caught.value.faults[0].startswith(f"{path}: {fault}")


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b", "a" * 5_000], ids=["NUL", "half a pair", "too long"])
def test_a_file_that_no_system_can_name_is_told_in_words(name: str) -> None:
    """Named in code, or by a variable."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_config(name, {})
    assert "cannot be read" in faults(settings(), {"SENCE_GATE_OTEC__TOKEN_FILE": name})[0]
