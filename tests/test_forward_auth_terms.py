"""Forward auth for those whom a list keeps out, or whom SENCE does not concern."""

from __future__ import annotations

from pathlib import Path

import pytest

from sence_gate.config import Learner, LearnerSource
from sence_gate.courses import Unlisted
from tests.asking import DIALECTS, ask, asked_campus, told
from tests.given import COURSE, Campus, discreet_log
from tests.samples import OTHER_RUN, RUN, course

__all__ = ["discreet_log"]

HEAD = "course,run,codigo_curso,cod_sence,linea_capacitacion,exempt,from,until\n"
ROWS = f"excel,{RUN},,,,,2030-01-01,\nexcel,{OTHER_RUN},,,,yes,,\n"
NOBODY = ("-", "-", "-")


@pytest.fixture(name="campus", params=DIALECTS)
def _campus(request: pytest.FixtureRequest, tmp_path: Path) -> Campus:
    path = tmp_path / "alumnos.csv"
    path.write_text(HEAD + ROWS)
    excel = course(enrolments=str(path), unlisted=Unlisted.DENY)
    named = Learner(LearnerSource.HEADER, name="XRun")
    return asked_campus(tmp_path, request.param, courses=(excel,), learner=named)


@pytest.mark.parametrize("run", [str(RUN), "22222222-2"], ids=["not yet", "not enrolled"])
def test_whom_the_list_keeps_out_does_not_pass(campus: Campus, run: str) -> None:
    """403; the page that says why comes with the whole answer."""
    refused = ask(campus, COURSE, headers={"XRun": run})
    assert (refused.status_code, told(refused)) == (403, NOBODY)
    whole = ask(campus, COURSE, headers={"XRun": run}, path="/auth/answer")
    assert (whole.status_code, "Código de atención" in whole.text) == (403, True)


def test_whom_sence_does_not_concern_passes_and_is_counted(campus: Campus) -> None:
    """No session is told, for there is none, but the course is: the front server keeps caches off (A2)."""
    admitted = ask(campus, COURSE, headers={"XRun": str(OTHER_RUN)})
    assert (admitted.status_code, told(admitted)) == (204, ("-", "excel", "-"))
    assert sum(campus.door.exempted.values()) == 1
