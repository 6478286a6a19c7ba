"""The file that `sence-gate init` writes: it loads, and hides no setting."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from sence_gate.config import load_config, setting_names
from sence_gate.sample import sample_toml

_IN_AN_EXAMPLE = re.compile(r"^#   (?=\[|\w+ = )", re.MULTILINE)
_COMMENTED = re.compile(r"^# (\w+ = )", re.MULTILINE)


def _names(data: dict[str, Any], above: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in data.items():
        if isinstance(value, dict) and key != "query":
            found |= _names(value, f"{above}{key}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            found |= _names(value[0], f"{above}{key}[].")
        else:
            found.add(above + key)
    return found


def _everything() -> str:
    """Return the sample with its commented settings put in force, but those that name a choice."""
    text = _COMMENTED.sub(r"\1", sample_toml())
    return re.sub(r"^(credential|dialect) = .*\n", "", text, flags=re.MULTILINE)


def test_the_sample_loads_without_a_fault(tmp_path: Path) -> None:
    """A newcomer can start the gate before knowing the first code."""
    (tmp_path / "sence-gate.toml").write_text(sample_toml(), encoding="utf-8")
    config = load_config(tmp_path / "sence-gate.toml", {})
    assert (config.public_url, len(config.courses)) == ("https://campus.otec.cl", 1)


def test_the_sample_shows_every_setting() -> None:
    """What the file can say stands in it, also what is added tomorrow."""
    expected = {re.sub(r"(also)\[\].*", r"\1", name) for name in setting_names() if name[:6] != "otecs."}
    text = _IN_AN_EXAMPLE.sub("", _COMMENTED.sub(r"\1", sample_toml()))
    assert _names(tomllib.loads(text)) == expected


def test_the_defaults_that_the_sample_shows_are_the_defaults() -> None:
    """Taking the comment signs away changes nothing."""
    plain = tomllib.loads(sample_toml())
    shown = tomllib.loads(_everything())
    shown["secret_keys"] = plain["secret_keys"]
    assert load_config(shown, {}) == load_config(plain, {})


def test_the_example_of_a_shared_rule_loads() -> None:
    """With a key for the course, its lines can be put in force as they are."""
    text = sample_toml().replace('# key = ""', 'key = "5"')
    (rule,) = load_config(tomllib.loads(_IN_AN_EXAMPLE.sub("", text)), {}).shared
    assert (rule.courses, rule.keys) == (("excel",), (("5", "excel"),))
    assert rule.page
    assert rule.page.search(b'<body class="path-mod course-5">')


def test_each_sample_has_its_own_key() -> None:
    """Two installations never share one."""
    first, second = (tomllib.loads(sample_toml())["secret_keys"] for _ in range(2))
    assert first != second
    assert len(first) == 1
    assert len(first[0]) == 64


@pytest.mark.parametrize(
    "public_url",
    [
        pytest.param("http://localhost:8000", id="this machine"),
        pytest.param("https://capacitación.cl/campus", id="international"),
        pytest.param('https://a"b\\c', id="quotes"),
    ],
)
def test_the_sample_is_for_the_address_given(public_url: str) -> None:
    """Whatever is typed becomes a text of TOML, and nothing else."""
    assert tomllib.loads(sample_toml(public_url))["public_url"] == public_url
