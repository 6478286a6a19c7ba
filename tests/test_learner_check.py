"""What `check` says of the source that names the learners."""

from __future__ import annotations

import pytest

from sence_gate.config import Learner, LearnerSource, Platform
from sence_gate.learner_check import look
from tests.samples import config
from tests.upstream.scripted import Script, says, scripted, waits

HEAD = b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
NAMED, BARE = b'{"user":"12345678-5"}', b'{"error":"login"}'


@pytest.mark.parametrize(
    ("script", "level", "words"),
    [
        pytest.param(says(HEAD % (b"401 X", 0, b"")), "ok", "nobody is logged in", id="401"),
        pytest.param(
            says(HEAD % (b"200 OK", 21, NAMED)), "error", "every visitor would be that one", id="a name"
        ),
        pytest.param(says(HEAD % (b"200 OK", 17, BARE)), "error", "no name where it should be", id="no name"),
        pytest.param(says(HEAD % (b"404 X", 0, b"")), "error", "answered 404", id="another address"),
        pytest.param(says(HEAD % (b"301 X", 0, b"")), "error", "taken for https", id="a redirect for good"),
        pytest.param(waits(1), "error", "in time", id="silent"),
    ],
)
def test_a_platform_is_asked_without_a_cookie(script: Script, level: str, words: str) -> None:
    """It must say that nobody is logged in; no name that it says is repeated."""
    learner = Learner(LearnerSource.WHOAMI, url="/api/me", json="/user", timeout_seconds=0.5)
    with scripted(script) as platform:
        ((found, place, text),) = look(config(learner=learner, platform=Platform(upstream=platform.url)))
    assert (found, place, words in text, "12345678" in text) == (level, "learner.url", True, False)


def test_a_variable_that_never_appears_is_told_where_it_can_be_seen() -> None:
    """Only requests can show it; `check` says where to look."""
    ((level, place, text),) = look(config(learner=Learner(LearnerSource.ENVIRON)))
    assert (level, place, "REMOTE_USER" in text) == ("ok", "learner.key", True)


@pytest.mark.parametrize(
    "learner",
    [
        pytest.param(Learner(), id="typed"),
        pytest.param(Learner(LearnerSource.WHOAMI, url="/api/me", json="/user"), id="asked in process"),
    ],
)
def test_what_only_the_server_can_tell_is_not_guessed(learner: Learner) -> None:
    """Nothing is said of it."""
    assert list(look(config(learner=learner))) == []
