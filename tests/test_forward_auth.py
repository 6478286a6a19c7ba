"""The door for front servers that ask: 204 for what may pass, and nothing else is ever 2xx."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote
from wsgiref.validate import validator

import pytest
from werkzeug.test import Client

from sence_gate import SenceGate
from sence_gate.config import Learner, LearnerSource
from sence_gate.protocol.session import State
from sence_gate.shared import Shared
from sence_gate.stores.base import Entry, Kind
from tests.asking import DIALECTS, PROXY, ask, asked_campus, description, told
from tests.given import COURSE, ID_SESION_SENCE, Campus, answer, discreet_log, kept, set_cookies
from tests.samples import NOW, RUN, course, session
from tests.shared_campus import BY_ANY, BY_PAGE, COURSES
from tests.shared_campus import LESSON as QUIZ

__all__ = ["discreet_log"]

NOBODY = ("-", "-", "-")
SOMEBODY = (str(RUN), "excel", ID_SESION_SENCE)
START = "/_sence/inicio?curso=excel&volver="
HEADER = Learner(LearnerSource.HEADER, name="XRun")
SECRET = "Zm9ybSBhIHNlY3JldCBvZiB0aGUgdGVzdHMgMTIz"
SCRIPT = {"Sec-Fetch-Mode": "cors"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FRAME = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}


@pytest.fixture(name="campus", params=DIALECTS)
def _campus(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Campus]:
    campus = asked_campus(tmp_path, request.param)
    yield campus
    campus.store.close()


@pytest.fixture(name="nginx")
def _nginx(tmp_path: Path) -> Iterator[Campus]:
    campus = asked_campus(tmp_path, "nginx")
    yield campus
    campus.store.close()


@pytest.fixture(name="caddy")
def _caddy(tmp_path: Path) -> Iterator[Campus]:
    campus = asked_campus(tmp_path, "forward")
    yield campus
    campus.store.close()


@pytest.mark.parametrize(
    "uri", ["/", "/catalogo?x=1", "/cursos/excel/publico/a", "/cursos/excel-libre", "//x"]
)
def test_what_no_course_guards_may_pass(campus: Campus, uri: str) -> None:
    """204 without a cookie, never stored, and the platform learns that it is nobody."""
    response = ask(campus, uri)
    assert (response.status_code, response.data, told(response)) == (204, b"", NOBODY)
    assert "no-store" in response.headers["Cache-Control"]
    assert set_cookies(response) == {}
    assert campus.platform.calls == []


def test_a_session_may_pass_and_is_named(campus: Campus) -> None:
    """RUN, course and IdSesionSence, for a platform that wants to know."""
    response = ask(campus, COURSE, cookies=campus.hold())
    assert (response.status_code, told(response)) == (204, SOMEBODY)


def test_k12_a_closed_session_may_not(campus: Campus) -> None:
    """The store is the authority, not the cookie."""
    cookies = campus.hold()
    ended = replace(session(), state=State.CLOSED, version=3)
    assert campus.store.real.swap(session(), ended, Entry(NOW, Kind.CLOSE_OK))
    response = ask(campus, COURSE, cookies=cookies)
    assert (response.status_code < 300, told(response)) == (False, NOBODY)


def test_nginx_gets_401_and_the_address_of_the_start(nginx: Campus) -> None:
    """Relative and percent-encoded: nginx copies it as it is. No cookie: nginx would lose all but one."""
    response = ask(
        nginx, "/cursos/excel/ñ?a=%2F&b=c".encode().decode("latin-1"), cookies="__Host-_sence-s-excel=x"
    )
    wanted = quote("/cursos/excel/%C3%B1?a=%2F&b=c", safe="")
    location = response.headers["Location"]
    assert (response.status_code, location.partition("&rechazo=")[0]) == (401, START + wanted)
    assert (response.data, set_cookies(response), told(response)) == (b"", {}, NOBODY)


@pytest.mark.parametrize(
    ("headers", "method"),
    [
        pytest.param(SCRIPT, "GET", id="script"),
        pytest.param({"X-Requested-With": "XMLHttpRequest"}, "GET", id="an old script"),
        pytest.param({"Upgrade": "websocket"}, "GET", id="P33 WebSocket"),
        pytest.param(FRAME, "GET", id="frame"),
        pytest.param(FORM, "POST", id="form"),
        pytest.param({}, "DELETE", id="M1 another method"),
        pytest.param({}, "get", id="M1 no GET"),
    ],
)
def test_nginx_gets_401_without_a_location_for_what_is_no_page(
    nginx: Campus, headers: dict[str, str], method: str
) -> None:
    """A redirect would hand a script HTML, and lose what a form holds."""
    response = ask(nginx, COURSE, method, headers=headers)
    assert (response.status_code, response.headers.get("Location")) == (401, None)
    assert response.headers["X-Sence-Start"].startswith(START)


def test_the_headers_for_nginx_fit_into_its_buffer(nginx: Campus) -> None:
    """Less than 4 kB whatever was wanted; the start leads to the course then."""
    response = ask(nginx, COURSE + "?" + "!" * 1_900)
    assert response.headers["Location"] == START + quote("/cursos/excel/", safe="")
    assert len(str(response.headers)) < 4_000


@pytest.mark.parametrize(
    ("headers", "method", "status", "words"),
    [
        pytest.param({}, "GET", 303, "", id="page"),
        pytest.param({}, "HEAD", 303, "", id="M1 HEAD"),
        pytest.param(SCRIPT, "GET", 401, "start_url", id="script"),
        pytest.param(FRAME, "GET", 401, "_top", id="frame"),
        pytest.param(FORM, "POST", 403, "no enviamos nada", id="form"),
        pytest.param({}, "OPTIONS", 401, "start_url", id="M4 OPTIONS"),
    ],
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_browser_gets_the_whole_answer(
    tmp_path: Path, dialect: str, headers: dict[str, str], method: str, status: int, words: str
) -> None:
    """From Caddy and Traefik at once, from nginx by its second question; as from the gate in process."""
    campus = asked_campus(tmp_path, dialect)
    path = "/auth/answer" if dialect == "nginx" else "/auth"
    response = ask(campus, COURSE, method, path=path, headers=headers)
    assert (response.status_code, words in response.text) == (status, True)
    assert response.headers.get("Location", START).startswith(START)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_second_question_that_would_pass_does_not_go_round(tmp_path: Path, dialect: str) -> None:
    """A front server that tells two stories gets a page to wait on, and no redirect."""
    campus = asked_campus(tmp_path, dialect)
    response = ask(campus, COURSE, path="/auth/answer", cookies=campus.hold())
    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")


def test_the_session_of_an_attempt_is_found_without_its_cookie(campus: Campus) -> None:
    """Before `/vuelta` set it, and always with nginx, which passes no cookie on; Traefik can."""
    begun = campus.begin()
    campus.clock.move(seconds=40)
    confirmed = campus.call_back("/inicio/ok", answer(begun))
    response = ask(campus, COURSE, cookies=kept(begun.cookies, confirmed))
    assert (response.status_code, told(response)) == (204, SOMEBODY)
    is_told = campus.config.forward_auth.dialect == "forward"
    assert list(set_cookies(response)) == (["__Host-_sence-s-excel"] if is_told else [])


def test_a_form_passes_just_after_the_end_and_is_flagged(campus: Campus) -> None:
    """Grace goes by the method of the request in question, not of the question."""
    cookies = campus.hold()
    campus.clock.move(minutes=185)
    assert ask(campus, COURSE, "POST", cookies=cookies, headers=FORM).status_code == 204
    assert [entry.reason for entry in campus.entries(Kind.GRACE)] == [f"POST {COURSE}"]
    assert ask(campus, COURSE, cookies=cookies).status_code in (303, 401)


@pytest.mark.parametrize(
    "peer",
    [{"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": ""}, {"HTTP_X_FORWARDED_FOR": PROXY, "REMOTE_ADDR": "x"}],
)
@pytest.mark.parametrize("path", ["/auth", "/auth/answer"])
def test_h4_strangers_may_not_ask(
    campus: Campus, peer: dict[str, str], path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """403, also for what would pass; the log tells the operator who it was."""
    response = ask(campus, "/catalogo", environ=peer, path=path)
    assert (response.status_code, told(response)) == (403, NOBODY)
    assert f"{peer['REMOTE_ADDR'] or 'unix'} asked" in caplog.text


@pytest.mark.parametrize("given", [None, "", SECRET[:-1], SECRET + "x", "ñ", f"{SECRET},{SECRET}"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_h4_without_the_secret_nobody_may_ask(tmp_path: Path, dialect: str, given: str | None) -> None:
    """Where one is set, it comes on top of the address."""
    campus = asked_campus(tmp_path, dialect, secret=SECRET)
    assert ask(campus, "/", headers={"X-Sence-Gate-Secret": SECRET}).status_code == 204
    environ = {} if given is None else {"HTTP_X_SENCE_GATE_SECRET": given}
    assert ask(campus, "/", environ=environ).status_code == 403


def test_its_own_query_body_and_method_say_nothing(campus: Campus) -> None:
    """Caddy appends the visitor's query to the question."""
    for method in ("GET", "POST", "PUT"):
        dialect = campus.config.forward_auth.dialect
        response = campus.ask(
            "/_sence/auth?curso=x&rd=/catalogo",
            method,
            data=b"rd=/catalogo",
            headers=description(str(dialect), COURSE) | {"Accept": "text/html"},
            environ={"REMOTE_ADDR": PROXY},
        )
        assert response.status_code in (303, 401)


@pytest.mark.parametrize("path", ["/auth/", "/auth/x", "/AUTH", "//auth"])
def test_the_question_has_one_address(campus: Campus, path: str) -> None:
    """Another spelling is no page of ours."""
    assert campus.ask(f"/_sence{path}", environ={"REMOTE_ADDR": PROXY}).status_code == 404


def test_without_a_dialect_nobody_is_answered(tmp_path: Path) -> None:
    """The usual gate has no such door."""
    campus = Campus(tmp_path)
    headers = description("nginx", "/") | description("forward", "/")
    assert campus.ask("/_sence/auth", headers=headers, environ={"REMOTE_ADDR": PROXY}).status_code == 404


@pytest.mark.parametrize("uri", ["/_sence", "/_sence/", "/_sence/inicio?curso=todo", "/_sence/inicio/ok"])
def test_pages_of_ours_may_pass_although_a_course_guards_everything(tmp_path: Path, uri: str) -> None:
    """The way to the start must not need one."""
    campus = asked_campus(tmp_path, "forward", courses=(course(paths=("/",), exceptions=()),))
    assert ask(campus, uri).status_code == 204
    assert ask(campus, "/x").status_code == 303


@pytest.mark.parametrize(
    "uri",
    ["/_sence/../x", "/_sence/%2e%2e/x", "/_sence/..;/x", "/_sence/..%2fx", "/_sence/.%2E/x", "/_sencex"],
)
def test_nothing_else_passes_for_a_page_of_ours(tmp_path: Path, uri: str) -> None:
    """A platform could read it as its own."""
    campus = asked_campus(tmp_path, "forward", courses=(course(paths=("/",), exceptions=()),))
    assert ask(campus, uri).status_code == 303


def test_d1_a_store_that_is_away_is_not_a_yes(campus: Campus) -> None:
    """503 in both dialects; nginx makes a 500 of it, and asks for the page."""
    begun = campus.begin()
    campus.store.is_away = True
    response = ask(campus, COURSE, cookies=begun.cookies)
    assert (response.status_code, told(response)) == (503, NOBODY)


@pytest.mark.parametrize(
    ("claim", "status"),
    [
        pytest.param(str(RUN), 204, id="learner"),
        pytest.param("", 204, id="nobody"),
        pytest.param("jperez", 403, id="no RUN"),
    ],
)
def test_the_front_server_can_name_the_learner(campus: Campus, claim: str, status: int) -> None:
    """By a header that it sets itself; the session is found by RUN, without any cookie."""
    campus.configure(
        learner=HEADER, trusted_proxies=campus.config.trusted_proxies, forward_auth=campus.config.forward_auth
    )
    campus.hold()
    response = ask(campus, COURSE, headers={"XRun": claim})
    assert (response.status_code, told(response)) == (status, SOMEBODY if claim == str(RUN) else NOBODY)


def test_r8_what_sence_calls_a_session_stays_inside_its_header(campus: Campus) -> None:
    """It is SENCE's text."""
    cookies = campus.hold(id_sesion_sence="1\r\nX-Sence-Run: 1-9 ñ")
    assert told(ask(campus, COURSE, cookies=cookies))[2] == "1%0D%0AX-Sence-Run%3A%201-9%20%C3%B1"


@pytest.mark.parametrize("path", ["/", "/cursos/excel/1", "/x/_sence/ping", "/_sencex"])
def test_alone_the_gate_serves_its_own_pages_only(nginx: Campus, path: str) -> None:
    """What the front server should have sent to the platform is 404 and says so."""
    alone = Client(validator(SenceGate(None, nginx.config, store=nginx.store, clock=nginx.clock)))
    asked = {each: alone.get(each, buffered=True) for each in (path, "/_sence/ping", "/_sence/auth")}
    assert [each.status_code for each in asked.values()] == [404, 200, 403]
    assert "Aquí no está la plataforma" in asked[path].text


@pytest.mark.parametrize("rule", [BY_ANY, BY_PAGE], ids=["any course", "named by the page"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_path_of_several_courses_asks_which(tmp_path: Path, dialect: str, rule: Shared) -> None:
    """No page is seen here: a session in any of the courses will do, and without one the learner chooses."""
    campus = asked_campus(tmp_path, dialect, courses=COURSES, shared=(rule,))
    refused = ask(campus, QUIZ)
    assert (refused.status_code, told(refused)) == (401 if dialect == "nginx" else 303, NOBODY)
    assert refused.headers["Location"].startswith("/_sence/inicio?grupo=0&volver=%2Fmod%2Fquiz")
    assert ask(campus, QUIZ, headers=SCRIPT).headers["X-Sence-Start"].startswith("/_sence/inicio?grupo=0")
    admitted = ask(campus, QUIZ, cookies=campus.hold())
    assert (admitted.status_code, told(admitted)) == (204, SOMEBODY)
