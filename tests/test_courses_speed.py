"""One course or ten thousand: the same matching time."""

from __future__ import annotations

import time
import timeit
from contextlib import suppress

import pytest

from sence_gate.courses import CourseRules
from sence_gate.errors import UnreadablePath
from sence_gate.paths import Target
from tests.sample_courses import course, numbered

LANDING = Target("", "/static/css/site-main.css", "/static/css/site-main.css?v=12", "v=12")


def cost(rules: CourseRules, target: Target, times: int) -> float:
    """Return the seconds of one match, undisturbed."""
    # Processor time of this thread: other work on the machine does not count.
    runs = timeit.repeat(lambda: matched(rules, target), timer=time.thread_time, number=times, repeat=15)
    return min(runs) / times


def matched(rules: CourseRules, target: Target) -> None:
    """Match *target*, whatever comes of it."""
    with suppress(UnreadablePath):
        rules.match(target)


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(LANDING, id="free and plain"),
        pytest.param(Target.from_url("/static/Gu%C3%ADa.pdf"), id="free and encoded"),
        pytest.param(Target.from_url("/cursos/1/x"), id="gated and plain"),
        pytest.param(Target.from_url("/cursos/01/x"), id="gated, plain and cast"),
        pytest.param(Target.from_url("/cursos/%D9%A1abc/x"), id="gated, encoded and cast"),
        pytest.param(
            Target.from_url("/cursos/%D9%A9%D9%A9%D9%A9%D9%A9%D9%A9/x"), id="free, encoded and cast"
        ),
        pytest.param(Target.from_url("/course/view.php?id=1"), id="gated by query"),
        pytest.param(Target.from_url("/course/view.php?id=01"), id="gated by an unclear query"),
        pytest.param(Target.from_url("/course/view.php?id=999999"), id="free by query"),
    ],
)
def test_ten_thousand_courses_cost_as_much_as_one(target: Target) -> None:
    """The work is done at construction."""
    many = [course(f"p{n}", f"/cursos/{n}/") for n in range(1, 10_001)] + numbered(10_000)
    few = CourseRules([many[0], many[10_000]])
    assert cost(CourseRules(many), target, 200) < 3 * cost(few, target, 200)
