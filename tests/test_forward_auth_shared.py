"""Forward auth and paths of several courses: no page is seen, so any of the courses will do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asking import DIALECTS, ask, asked_campus
from tests.given import Campus
from tests.shared_campus import BY_PAGE, COURSES, LESSON

CHOICE = "/_sence/inicio?grupo=0&volver="
SCRIPT = {"Sec-Fetch-Mode": "cors"}


@pytest.fixture(name="campus", params=DIALECTS)
def _campus(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Campus]:
    campus = asked_campus(tmp_path, request.param, courses=COURSES, shared=(BY_PAGE,))
    yield campus
    campus.store.close()


def test_a_session_in_any_course_may_pass(campus: Campus) -> None:
    """What `page` would read is the platform's answer, which a front server never shows."""
    assert ask(campus, LESSON, cookies=campus.hold()).status_code == 204


def test_without_a_session_the_learner_is_sent_to_choose(campus: Campus) -> None:
    """With the page that was wanted, or without where a script asked."""
    wanted = ask(campus, LESSON)
    assert wanted.status_code in (303, 401)
    assert (wanted.location or "").startswith(f"{CHOICE}%2Fmod%2Fquiz")
    script = ask(campus, LESSON, headers=SCRIPT)
    assert (script.status_code, script.headers["X-Sence-Start"]) == (401, CHOICE)
