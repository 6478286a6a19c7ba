"""What machines ask: the bar's `/estado`, `/ping`, `/ready` and the static files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import pytest

from sence_gate.errors import IdentityUnavailable
from sence_gate.learners import Identity
from sence_gate.protocol.session import State
from sence_gate.site.files import OURS
from tests.given import COURSE, Campus, set_cookies
from tests.samples import OTHER_RUN, RUN, course

NOBODY = {"state": "none"}
NEEDED = {
    "course": "excel",
    "name": "Excel básico",
    "state": "needed",
    "start_url": "/_sence/inicio?curso=excel&volver=%2Fcursos%2Fexcel%2Fleccion%2F3",
}


def state(campus: Campus, cookies: str = "", url: str = COURSE, **more: Any) -> dict[str, object]:
    """Return what the bar is told on the page *url*."""
    response = campus.ask("/_sence/estado", query_string={"url": url}, cookies=cookies, **more)
    assert (response.status_code, response.mimetype) == (200, "application/json")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store, private"
    return cast("dict[str, object]", response.json)


def test_an_open_session_is_told_with_its_time_left(campus: Campus) -> None:
    """Seconds, not moments: the learner's clock may be wrong. No personal data."""
    cookies = campus.hold()
    campus.clock.move(minutes=90, seconds=9)
    assert state(campus, cookies) == {
        "course": "excel",
        "name": "Excel básico",
        "state": "open",
        "remaining": 90 * 60 - 9,
        "warning": 600,
        "close_url": "/_sence/cierre?curso=excel",
        "start_url": "/_sence/inicio?curso=excel&volver=%2Fcursos%2Fexcel%2Fleccion%2F3",
    }


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="not noticed yet"),
        pytest.param({"state": State.EXPIRED}, id="written down"),
    ],
)
def test_an_ended_session_is_told_as_expired(campus: Campus, changes: dict[str, Any]) -> None:
    """So that the bar can offer another start, and the close of this one."""
    cookies = campus.hold(**changes)
    campus.clock.move(hours=4)
    told = state(campus, cookies)
    assert (told["state"], told["remaining"]) == ("expired", 0)
    assert told["close_url"] == "/_sence/cierre?curso=excel"


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(179.99, "open"), (180, "expired")],
    ids=["one second before the end", "at the end"],
)
def test_the_end_is_exact(campus: Campus, minutes: float, expected: str) -> None:
    """The bar and the gate agree on the very second."""
    cookies = campus.hold()
    campus.clock.move(minutes=minutes)
    assert state(campus, cookies)["state"] == expected


def test_the_warning_is_the_courses_own(campus: Campus) -> None:
    """`warning_minutes`, in seconds."""
    campus.configure(courses=(course(warning_minutes=3),))
    assert state(campus, campus.hold())["warning"] == 180


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("", id="none"),
        pytest.param("/", id="no course"),
        pytest.param("/cursos/otro/", id="no course of ours"),
        pytest.param("/cursos/excel/publico/", id="an exception"),
        pytest.param("https://evil.example/cursos/excel/", id="R2, another host"),
        pytest.param("https://campus.otec.cl/cursos/excel/", id="with our own host"),
        pytest.param("//evil.example/cursos/excel/", id="R2, no scheme"),
        pytest.param("/\\evil.example/cursos/excel/", id="R2, backslash"),
        pytest.param("javascript:alert(1)", id="R2, script"),
        pytest.param("cursos/excel/", id="relative"),
        pytest.param("/cursos/excel/\r\nX: y", id="R8, CRLF"),
        pytest.param("/cursos/excel/%00", id="P15, NUL"),
        pytest.param("/cursos/excel/%" + "25" * 400, id="P32, many forms"),
        pytest.param("/cursos/excel/" + "a" * 5000, id="too long"),
        pytest.param("/cursos/excel/ñ", id="not ASCII"),
        pytest.param(b"\xff", id="not UTF-8"),
    ],
)
def test_a_foreign_or_garbled_page_has_nothing_to_show(campus: Campus, url: str | bytes) -> None:
    """Only a local page of the session's course gets an answer; nothing fails."""
    response = campus.ask(f"/_sence/estado?{urlencode({'url': url})}", cookies=campus.hold())
    assert (response.status_code, response.json) == (200, NOBODY)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"state": State.CLOSED}, id="closed"),
        pytest.param({"state": State.PENDING, "opened": None, "id_sesion_sence": None}, id="never opened"),
        pytest.param({"state": State.FAILED, "opened": None, "id_sesion_sence": None}, id="refused"),
    ],
)
def test_a_session_that_is_not_open_needs_a_start(campus: Campus, changes: dict[str, Any]) -> None:
    """Nothing to count down: the bar says so, and leads to the start and from there to this very page."""
    assert state(campus, campus.hold(**changes)) == NEEDED


@pytest.mark.parametrize("url", [COURSE, "/cursos/excel/otra?x=1", "/cursos/otro/", "/"])
def test_a_stranger_is_told_no_more_than_by_the_page(campus: Campus, url: str) -> None:
    """Somebody's session is nobody else's business; where to start is on the way to the page."""
    campus.hold()
    told = state(campus, url=url)
    refused = campus.ask(url)
    if refused.status_code == 200:
        assert told == NOBODY
        return
    assert refused.location.startswith(f"{told['start_url']}&rechazo=")
    assert str(told["name"]) in campus.ask(refused.location).text
    assert told.keys() == NEEDED.keys()


@pytest.mark.parametrize(
    ("user", "told"),
    [
        pytest.param(str(RUN), "open", id="the learner"),
        pytest.param(str(OTHER_RUN), "needed", id="K14, another learner"),
        pytest.param("", "none", id="nobody"),
        pytest.param("jperez", "none", id="a name that is no RUN"),
    ],
)
def test_only_the_learner_is_told(school: Campus, user: str, told: str) -> None:
    """The same cookie says nothing of its session to the next person at the computer."""
    assert state(school, school.hold(), user=user)["state"] == told


def test_a_trusted_run_is_told_without_cookies(school: Campus) -> None:
    """The bar works in the second browser too."""
    school.hold()
    assert state(school, user=str(RUN))["state"] == "open"


def test_the_bar_believes_the_cookie_while_the_store_is_away(campus: Campus) -> None:
    """As the gate does."""
    cookies = campus.hold()
    campus.store.is_away = True
    assert state(campus, cookies)["state"] == "open"


def test_the_bar_learns_that_the_store_is_away(school: Campus) -> None:
    """Without a cookie to believe: not "none", which would take the bar away."""
    school.store.is_away = True
    response = school.ask("/_sence/estado", query_string={"url": COURSE}, user=str(RUN))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert response.json == {"state": "unreachable"}


def test_the_bar_learns_that_the_platform_cannot_say_who_it_is(campus: Campus) -> None:
    """Not "none" either: the bar of a learner in a quiz would say that the session is not open any more."""

    def away(_environ: object) -> Identity:
        raise IdentityUnavailable("the platform of the tests is away")

    cookies = campus.hold()
    campus.door._source = away
    response = campus.ask("/_sence/estado", query_string={"url": COURSE}, cookies=cookies)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert response.json == {"state": "unreachable"}


def test_asking_changes_nothing(campus: Campus) -> None:
    """The bar asks every few minutes: no cookie, no line in the ledger."""
    cookies = campus.hold()
    campus.clock.move(hours=4)
    for kept in (cookies, ""):
        response = campus.ask("/_sence/estado", query_string={"url": COURSE}, cookies=kept)
        assert (set_cookies(response), len(campus.entries())) == ({}, 1)
    assert b"decision=" not in campus.gate.metrics.text({})


def test_x8_estado_takes_no_callback_parameter(campus: Campus) -> None:
    """JSON is never a script."""
    response = campus.ask("/_sence/estado?callback=alert&url=%2F", cookies=campus.hold())
    assert response.data == b'{"state": "none"}'


def test_ping_needs_nothing(school: Campus) -> None:
    """This process is alive, whatever the store and the visitor are."""
    school.store.is_away = True
    response = school.ask("/_sence/ping", user="jperez")
    assert (response.status_code, response.data) == (200, b"ok\n")


def test_ready_writes_and_reads(campus: Campus) -> None:
    """All is fine."""
    response = campus.ready()
    assert (response.status_code, response.data) == (200, b"ok\n")


def test_d2_ready_tells_that_the_store_is_away(campus: Campus) -> None:
    """With a reason for the operator, without the path that the log has."""
    campus.store.is_away = True
    response = campus.ask("/_sence/ready")
    assert response.status_code == 503
    assert "the store cannot be read and written" in response.text
    assert "/var/lib" not in response.text


def test_d2_ready_tells_of_a_damaged_file(campus: Campus, tmp_path: Path) -> None:
    """For real: what lies there is no database."""
    (tmp_path / "gate.sqlite").write_bytes(b"no database " * 1000)
    response = campus.ask("/_sence/ready")
    assert response.status_code == 503
    assert str(tmp_path) not in response.text


def test_ready_tells_of_a_clock_that_is_not_set(campus: Campus) -> None:
    """A host that woke up in 1970 would sign ids that nobody believes."""
    campus.clock.move(hours=-24 * 365 * 30)
    response = campus.ask("/_sence/ready")
    assert (response.status_code, response.data) == (
        503,
        b"the clock of this host is before 2026: set it, or let NTP do it\n",
    )


@pytest.mark.parametrize("name", list(OURS))
def test_a_static_file_of_this_very_version_is_cached_for_good(campus: Campus, name: str) -> None:
    """The address changes when the file does."""
    response = campus.ask(f"/_sence/{name}?v={OURS[name].version}")
    assert (response.status_code, response.data) == (200, OURS[name].content)
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["Content-Type"] == OURS[name].media_type
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Vary" not in response.headers


@pytest.mark.parametrize("query", ["", "?v=", "?v=000000000000", "?v=../../x"])
@pytest.mark.parametrize("name", list(OURS))
def test_a_static_file_of_another_version_is_not_cached_long(campus: Campus, name: str, query: str) -> None:
    """While two versions run side by side, nobody keeps the wrong one."""
    response = campus.ask(f"/_sence/{name}{query}")
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "public, max-age=60")


def test_pages_name_the_very_version(campus: Campus) -> None:
    """What the pages load may be cached for good."""
    text = campus.ask("/_sence/").text
    assert f'href="/_sence/pages.css?v={OURS["pages.css"].version}"' in text
    assert f'src="/_sence/pages.js?v={OURS["pages.js"].version}"' in text


@pytest.mark.parametrize(
    "name", ["", "banner.css", "..%2Fbanner.js", "static/banner.js", "pages.js/x", "BANNER.JS"]
)
def test_other_names_are_not_files(campus: Campus, name: str) -> None:
    """Only the files of the table are served."""
    response = campus.ask(f"/_sence/{name}")
    assert response.status_code == (404 if name else 200)
    assert response.mimetype == "text/html"
