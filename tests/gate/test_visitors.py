"""Who is visiting: staff, impersonators, and a source that names nobody."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from sence_gate.config import Learner, LearnerSource
from sence_gate.errors import IdentityUnavailable
from sence_gate.gate.visitors import MANY, Asked, Watched
from sence_gate.learners import Identity, Standing
from tests.given import COURSE, Campus, set_cookies
from tests.samples import OTHER_RUN, RUN

STAFF = Learner(LearnerSource.ENVIRON, impersonated="ACTOR", exempt=("prof-*", str(OTHER_RUN)))
STATE = f"/_sence/estado?url={COURSE}"


@pytest.mark.parametrize(
    ("user", "actor", "why"),
    [
        pytest.param("prof-ana", "", "learner.exempt", id="a name"),
        pytest.param(str(OTHER_RUN), "", "learner.exempt", id="a RUN"),
        pytest.param(str(RUN), "jefa", "impersonated", id="through a learner's account"),
    ],
)
def test_who_is_no_business_of_sence_passes(campus: Campus, user: str, actor: str, why: str) -> None:
    """The platform is reached without a session, and a counter knows."""
    campus.configure(learner=STAFF)
    campus.hold()
    response = campus.ask(COURSE, user=user, environ={"ACTOR": actor})
    assert campus.admits(response)
    assert "sence_gate.session" not in campus.platform.calls[0]
    assert set_cookies(response) == {}
    assert campus.door.exempted == {f"excel: {why}": 1}


def test_k14_an_impersonator_uses_no_session_of_the_learner(campus: Campus) -> None:
    """Same browser, same account, another person: no bar, nothing to close, nothing to start."""
    campus.configure(learner=STAFF)
    cookies, actor = campus.hold(), {"ACTOR": "jefa"}
    asked: dict[str, Any] = {"cookies": cookies, "user": str(RUN), "environ": actor}
    assert campus.ask(STATE, **asked).json == {"state": "none"}
    assert "Cerrar" not in campus.ask("/_sence/cierre?curso=excel", **asked).text
    form = {"curso": "excel", "volver": COURSE}
    assert campus.press("/_sence/inicio", form, **asked).location == COURSE
    assert len(campus.entries()) == 1


def test_d6_an_exemption_is_logged_once(campus: Campus, caplog: pytest.LogCaptureFixture) -> None:
    """Staff clicks all day; the log says that it happens, the counter how often."""
    campus.configure(learner=STAFF)
    for _ in range(3):
        campus.ask(COURSE, user="prof-ana")
    told = [record.getMessage() for record in caplog.records if "without SENCE" in record.getMessage()]
    assert len(told) == 1
    assert "prof-ana" not in told[0]
    assert campus.door.exempted.total() == 3


def test_a_source_that_never_names_anybody_is_told_once(school: Campus) -> None:
    """A variable that the server does not set leaves the gate open: the log and /ready say so."""
    for _ in range(MANY - 1):
        school.ask(COURSE)
    assert school.ready().text == "ok\n"
    for _ in range(3):
        school.ask(COURSE)
    ready = school.ready()
    assert (ready.status_code, "learner.key" in ready.text) == (200, True)


def test_a_source_that_named_somebody_once_is_fine(caplog: pytest.LogCaptureFixture) -> None:
    """Many visitors who are not logged in are an ordinary evening."""
    names: Iterator[Identity] = iter([RUN, *[Standing.NOBODY] * (2 * MANY)])
    watched = Watched(lambda _environ: next(names), "key")
    with caplog.at_level(logging.WARNING):
        for _ in range(2 * MANY):
            watched({})
    assert (watched.notes, caplog.records) == ((), [])


def test_the_source_is_asked_once_for_a_request() -> None:
    """It may ask a database, and several parts of the gate want to know."""
    names = iter([RUN, OTHER_RUN])
    asked = Asked(lambda _environ: next(names), {})
    assert (asked(), asked()) == (RUN, RUN)


def test_a_platform_that_cannot_say_is_asked_again_later(campus: Campus) -> None:
    """503 and no word about a RUN, on guarded pages and on ours; the platform is not called."""

    def away(_environ: object) -> Standing:
        raise IdentityUnavailable("the platform of the tests is away")

    campus.door._source = away
    for path in (COURSE, "/_sence/inicio?curso=excel"):
        response = campus.ask(path)
        assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert campus.platform.calls == []
