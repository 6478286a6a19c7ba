"""Which closes SENCE takes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sence_gate.simulator.posts import Post
from sence_gate.simulator.sessions import LASTS, Session, refusal
from sence_gate.simulator.tables import Action, Environment
from tests.simulator.visitor import RUN, close_fields

SESSION = Session("abc", Environment.TEST, RUN, "5123456", opened=1000.0)
POST = Post(Environment.TEST, Action.CLOSE, close_fields("abc"))


@pytest.mark.parametrize(
    ("session", "now", "code"),
    [
        pytest.param(SESSION, 1000.0 + LASTS, None, id="last second"),
        pytest.param(SESSION, 1001.0 + LASTS, 301, id="SENCE gave it up"),
        pytest.param(None, 1000.0, 304, id="unknown id"),
        pytest.param(replace(SESSION, run_alumno="11111111-1"), 1000.0, 304, id="of another learner"),
        pytest.param(replace(SESSION, codigo_curso="5999999"), 1000.0, 304, id="of another course"),
        pytest.param(replace(SESSION, is_closed=True), 1000.0, 305, id="closed already"),
        pytest.param(
            replace(SESSION, environment=Environment.PRODUCTION), 1000.0, 313, id="other environment"
        ),
    ],
)
def test_refusals_of_a_close(session: Session | None, now: float, code: int | None) -> None:
    """Each reason to refuse a close has its own code."""
    assert refusal(session, POST, now, LASTS) == code


def test_a_small_k_is_the_same_learner() -> None:
    """A platform that writes `k` closes what it opened with `K`."""
    session = replace(SESSION, run_alumno="10000013-K")
    post = Post(Environment.TEST, Action.CLOSE, close_fields("abc", RunAlumno="10000013-k"))

    assert refusal(session, post, 1000.0, LASTS) is None


def test_the_run_stays_out_of_the_repr() -> None:
    """A session can be logged."""
    assert RUN not in repr(SESSION)
