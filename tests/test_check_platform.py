"""What `sence-gate check` finds out about a platform behind the proxy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sence_gate.check import Level, check
from sence_gate.config import ForwardAuth, Platform, StoreSettings
from sence_gate.described import Dialect
from tests.samples import config
from tests.upstream.scripted import says, scripted


def _found(folder: Path, **platform: Any) -> list[tuple[Level, str]]:
    store = StoreSettings(url=f"sqlite:///{folder}/gate.sqlite")
    findings = check(config(platform=Platform(**platform), store=store))
    return [(each.level, each.text) for each in findings if each.path.startswith("platform")]


def test_a_platform_that_answers_is_told_with_what(tmp_path: Path) -> None:
    """The operator sees that the right thing listens there."""
    with scripted(says(b"HTTP/1.1 404 Nada\r\nContent-Length: 0\r\n\r\n")) as platform:
        assert _found(tmp_path, upstream=platform.url) == [(Level.OK, f"{platform.url} answered 404")]
    assert platform.heads == [b"GET / HTTP/1.1\r\nHost: campus.otec.cl\r\n\r\n"]


@pytest.mark.parametrize(
    ("platform", "level", "told"),
    [
        pytest.param({"upstream": "http://127.0.0.1:9"}, Level.WARNING, "cannot be reached", id="away"),
        pytest.param({"upstream": "https://a", "ca": "/none"}, Level.ERROR, "/none cannot be", id="no file"),
        pytest.param(
            {"upstream": "http://no.invalid"}, Level.WARNING, "is plain http to another", id="readable"
        ),
    ],
)
def test_what_stands_in_the_way_is_told_before_learners_come(
    tmp_path: Path, platform: dict[str, str], level: Level, told: str
) -> None:
    """With what to do about it."""
    found = _found(tmp_path, **platform)
    assert any(each == level and told in text and " — " in text for each, text in found), found


def test_a_file_that_names_no_platform_is_for_an_application_that_wraps_itself(tmp_path: Path) -> None:
    """Which is right in process; `serve` would not start, and a newcomer hears it before."""
    ((level, text),) = _found(tmp_path)
    assert (level, "SenceGate(app" in text, "serve" in text) == (Level.OK, True, True)
    asked = config(
        forward_auth=ForwardAuth(Dialect.NGINX), store=StoreSettings(url=f"sqlite:///{tmp_path}/a")
    )
    assert [each for each in check(asked) if each.path == "platform"] == []


def test_a_platform_in_process_is_not_asked(tmp_path: Path) -> None:
    """There is nothing to reach."""
    assert _found(tmp_path, wsgi="campus:application") == []
