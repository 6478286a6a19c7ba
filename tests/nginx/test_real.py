"""`sence-gate check --proxy` and real nginx agree: what is told does harm, and what does harm is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sence_gate.check import Level
from sence_gate.config import Learner, LearnerSource
from sence_gate.nginx import check_nginx
from tests.nginx.harm import GRAVE, LESSON, WHO, Ground, ground, harms, visited
from tests.nginx.rows import ROWS, Row, copied, without


@pytest.fixture(name="place", scope="module")
def _place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with ground(tmp_path_factory.mktemp("ground")) as place:
        yield place


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_nginx_does_what_is_told(place: Ground, tmp_path: Path, row: Row) -> None:
    """Somebody passes, or nobody does, or the platform is told a tale: if and only if the check says so."""
    copied(tmp_path, row.edits)
    findings = check_nginx(place.campus.config, tmp_path / "campus.conf")
    done = harms(place, tmp_path)
    told = [f"{each.path}: {each.text}" for each in findings]
    assert bool(done) == bool(findings), (done, told)
    is_grave = any(each.startswith(GRAVE) for each in done)
    assert any(each.level is Level.ERROR for each in findings) or not is_grave, (done, told)


@pytest.mark.parametrize(
    ("taken_out", "status"),
    [
        pytest.param((), 303, id="as in the example"),
        pytest.param(("proxy_set_header Authorization $http_authorization;",), 200, id="no Authorization"),
    ],
)
def test_who_is_logged_in_by_a_token_must_not_be_nobody(
    tmp_path: Path, taken_out: tuple[str, ...], status: int
) -> None:
    """Nobody passes without a session: so what tells who is there has to be in the question."""
    copied(tmp_path, without(*taken_out))
    learner = Learner(LearnerSource.WHOAMI, url=WHO, json="/run")
    with ground(tmp_path, learner=learner) as place:
        told = [each.text for each in check_nginx(place.campus.config, tmp_path / "campus.conf")]
        with visited(place, tmp_path) as visits:
            headers = {"Authorization": "Bearer 1", "Accept": "text/html"}
            assert visits.ask(LESSON, headers=headers).status == status
    assert ["takes for nobody" in each for each in told] == [True] * (status == 200)
