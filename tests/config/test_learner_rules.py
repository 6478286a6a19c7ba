"""What `[learner]` must satisfy."""

from __future__ import annotations

from typing import Any

import pytest

from sence_gate.config import load_config
from tests.config.given import faults, settings

PROXIES = ["10.0.0.0/8"]
WHOAMI = {"source": "whoami", "url": "/api/me", "json": "/username"}


@pytest.mark.parametrize(
    ("learner", "place", "words"),
    [
        pytest.param({"source": "flask"}, "learner.attribute", "is missing", id="flask without a key"),
        pytest.param(
            {"attribute": "run"},
            "learner.attribute",
            'source = "django" or source = "flask"',
            id="an unused attribute",
        ),
        pytest.param(
            {"source": "environ", "attribute": "run"},
            "learner.attribute",
            "not used",
            id="an attribute of environ",
        ),
        pytest.param(
            {"exempt": ["prof-*"]}, "learner.exempt", "anybody could type", id="staff where the RUN is typed"
        ),
        pytest.param({"impersonated": "X"}, "learner.impersonated", "not used", id="an unused mark"),
        pytest.param(
            {"source": "environ", "impersonated": "HTTP_X"},
            "learner.impersonated",
            "any visitor can send",
            id="H7 a mark that visitors can send",
        ),
        pytest.param(
            {"source": "environ", "exempt": ["field:HTTP_X=1"]},
            "learner.exempt[0]",
            "any visitor can send",
            id="H7 a field that visitors can send",
        ),
        pytest.param(
            {"source": "header", "name": "XRun", "impersonated": "X-Actor"},
            "learner.impersonated",
            "letters and digits",
            id="H6 a mark that is folded",
        ),
        pytest.param(
            {"source": "header", "name": "XRun", "exempt": ["a", "field:X-Role"]},
            "learner.exempt[1]",
            "letters and digits",
            id="H6 a field that is folded",
        ),
        pytest.param(
            {"source": "environ", "exempt": ["group:Docentes"]},
            "learner.exempt[0]",
            "only source",
            id="a group that nobody knows",
        ),
        pytest.param({"source": "django", "exempt": ["*"]}, "learner.exempt[0]", "everybody", id="everybody"),
    ],
)
def test_what_could_not_work_is_told(learner: dict[str, Any], place: str, words: str) -> None:
    """At the start, at its place, with what to do."""
    (fault,) = faults(settings(learner=learner, trusted_proxies=PROXIES))
    assert fault.startswith(f"{place}: ")
    assert words in fault


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        pytest.param({"url": ""}, "learner.url", "path of a page", id="no address"),
        pytest.param({"url": "api/me"}, "learner.url", "path of a page", id="a relative one"),
        pytest.param({"url": "//otro.cl/me"}, "learner.url", "path of a page", id="another host"),
        pytest.param({"url": "https://otro.cl/me"}, "learner.url", "path of a page", id="a whole one"),
        pytest.param({"url": "/_sence/estado"}, "learner.url", "gate itself", id="one of the gate"),
        pytest.param({"json": ""}, "learner.json", "is missing", id="no name"),
        pytest.param({"json": "username"}, "learner.json", "JSON pointer", id="no pointer"),
        pytest.param({"regex": "(x)"}, "learner.regex", "keep the one", id="both"),
        pytest.param({"json": "", "regex": "x"}, "learner.regex", "no group", id="a pattern without a name"),
        pytest.param({"json": "", "regex": "(x"}, "learner.regex", "no pattern", id="no pattern"),
        pytest.param({"nobody": "["}, "learner.nobody", "no pattern", id="nobody's is no pattern"),
        pytest.param(
            {"impersonated": "real"}, "learner.impersonated", "JSON pointer", id="a mark that is no pointer"
        ),
        pytest.param(
            {"exempt": ["field:roles=x"]},
            "learner.exempt[0]",
            "JSON pointer",
            id="a field that is no pointer",
        ),
        pytest.param(
            {"cache_seconds": 3600.0}, "learner.cache_seconds", "not between", id="remembered for an hour"
        ),
        pytest.param({"timeout_seconds": 0.0}, "learner.timeout_seconds", "not between", id="no time"),
    ],
)
def test_a_question_that_could_not_be_asked_is_told(changes: dict[str, Any], place: str, words: str) -> None:
    """At the start, at its place, with what to do."""
    (fault,) = faults(settings(learner=WHOAMI | changes))
    assert fault.startswith(f"{place}: ")
    assert words in fault


def test_a_framework_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate reads its session in the same process."""
    monkeypatch.setattr("sence_gate.config.learner_rules.find_spec", lambda _name: None)
    (fault,) = faults(settings(learner={"source": "django"}))
    assert fault.startswith("learner.source: needs Django")


@pytest.mark.parametrize(
    "learner",
    [
        pytest.param({"source": "django", "exempt": ["group:Docentes", "field:is_staff"]}, id="django"),
        pytest.param({"source": "flask", "attribute": "run", "impersonated": "by"}, id="flask"),
        pytest.param({"source": "environ", "exempt": ["field:ROLES=teacher"]}, id="environ"),
        pytest.param(WHOAMI | {"exempt": ["field:/roles=teacher"], "impersonated": "/real"}, id="whoami"),
        pytest.param({"source": "header", "name": "XRun", "exempt": ["field:XRole=teacher"]}, id="header"),
    ],
)
def test_what_can_work_is_taken(learner: dict[str, Any]) -> None:
    """Each source with what it knows."""
    loaded = load_config(settings(learner=learner, trusted_proxies=PROXIES), {}).learner
    assert (loaded.source, loaded.exempt) == (learner["source"], tuple(learner.get("exempt", ())))
