"""A platform that is asked, through the very application that the gate guards."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from werkzeug.http import parse_cookie

from sence_gate.config import Learner, LearnerSource
from sence_gate.errors import ConfigurationError
from sence_gate.gate.visitors import source_of
from tests.given import COURSE, Campus, discreet_log, kept
from tests.samples import OTHER_RUN, RUN, config

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["discreet_log"]

ME = "/cursos/excel/api/me"  # below the guarded path: the question must not meet the gate
WHOAMI = Learner(
    LearnerSource.WHOAMI,
    url=ME,
    json="/username",
    impersonated="/realuser",
    exempt=("profe", "field:/roles=admin"),
)
PEOPLE = {
    "maria": {"username": str(RUN)},
    "pedro": {"username": str(OTHER_RUN)},
    "profe": {"username": "profe"},
    "jefa": {"username": "jefa", "roles": ["admin"]},
    "jefa-como-maria": {"username": str(RUN), "realuser": "jefa"},
    "nadie": {"username": None},
    "sin-run": {"username": "jperez"},
}


class Lms:
    """A platform with sessions; `sid` names the person, "rota" breaks what answers who it is."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        self.asked.append(environ["PATH_INFO"])
        cookies = parse_cookie(environ)
        if environ["PATH_INFO"] == ME:
            return self._me(cookies.get("sid", ""), start_response)
        start_response("200 OK", [("Content-Type", "text/plain")])
        names = [name for name in cookies if "sence" in name]
        return [f"Hola, leccion {names}".encode()]

    def _me(self, sid: str, start_response: StartResponse) -> Iterable[bytes]:
        if sid not in PEOPLE:
            start_response("500 X" if sid == "rota" else "401 X", [("Content-Type", "text/plain")])
            return [b"no"]
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(PEOPLE[sid]).encode()]


@pytest.fixture(name="lms")
def asked_campus(tmp_path: Path) -> Iterator[Campus]:
    """Return a campus whose platform tells who is visiting."""
    campus = Campus(tmp_path, learner=WHOAMI)
    campus.platform.instead = Lms()
    yield campus
    campus.store.close()


def shown(campus: Campus, sid: str, cookies: str = "") -> int:
    """Return the status of a lesson for whoever has this session at the platform."""
    both = "; ".join(filter(None, (f"sid={sid}" if sid else "", cookies)))
    return campus.ask(COURSE, cookies=both).status_code


@pytest.mark.parametrize(
    ("sid", "status"),
    [
        pytest.param("", 200, id="no cookie"),
        pytest.param("vieja", 200, id="an old session"),
        pytest.param("nadie", 200, id="a session without anybody"),
        pytest.param("maria", 303, id="a learner"),
        pytest.param("profe", 200, id="staff by name"),
        pytest.param("jefa", 200, id="staff by role"),
        pytest.param("jefa-como-maria", 200, id="through a learner's account"),
        pytest.param("sin-run", 403, id="an account without a RUN"),
        pytest.param("rota", 503, id="a platform that fails"),
    ],
)
def test_the_platform_decides_who_is_visiting(lms: Campus, sid: str, status: int) -> None:
    """And the lesson itself is asked for only where the visitor may see it."""
    assert shown(lms, sid) == status
    lessons = [call["PATH_INFO"] for call in lms.platform.calls if call["PATH_INFO"] == COURSE]
    assert len(lessons) == (status == 200)


def test_k14_the_whole_trip_of_a_learner_and_of_the_next_one(lms: Campus) -> None:
    """The session counts for whom the platform names now, whatever cookies of ours stay in the browser."""
    begun, cookies = lms.open_up(run="", cookies="sid=maria")
    assert begun.fields["RunAlumno"] == str(RUN)
    assert shown(lms, "", cookies) == 200
    ours = "; ".join(each for each in cookies.split("; ") if not each.startswith("sid="))
    assert shown(lms, "pedro", ours) == 303
    assert shown(lms, "maria", ours) == 200


def test_k17_the_question_carries_no_cookie_of_ours(lms: Campus) -> None:
    """The platform never sees them, also not when it is asked."""
    held = lms.hold()
    lms.ask(COURSE, cookies=f"sid=maria; {held}")
    (asked,) = [call["HTTP_COOKIE"] for call in lms.platform.calls if call["PATH_INFO"] == ME]
    assert asked == "sid=maria"


def test_a_page_with_sixty_files_asks_once(lms: Campus) -> None:
    """The answer is remembered for some seconds."""
    cookies = f"sid=maria; {lms.hold()}"
    for number in range(60):
        assert lms.ask(f"{COURSE}{number}.png", cookies=cookies).status_code == 200
    assert [call["PATH_INFO"] for call in lms.platform.calls].count(ME) == 1


def test_a_page_of_no_course_asks_nothing(lms: Campus) -> None:
    """Who is visiting matters only where a course is at stake."""
    lms.ask("/catalogo", cookies="sid=maria")
    assert [call["PATH_INFO"] for call in lms.platform.calls] == ["/catalogo"]


def test_without_a_platform_there_is_nobody_to_ask() -> None:
    """Told at the start, with what to do."""
    with pytest.raises(ConfigurationError, match=r"learner\.source: .*platform\.upstream"):
        source_of(config(learner=WHOAMI))


def test_the_start_page_keeps_what_the_platform_set(lms: Campus) -> None:
    """Our answers to a learner who is known by the platform remove no cookie of the platform's."""
    response = lms.ask("/_sence/inicio?curso=excel", cookies="sid=maria")
    assert (response.status_code, "sid=maria" in kept("sid=maria", response).split("; ")) == (200, True)
    assert 'name="run"' not in response.text
