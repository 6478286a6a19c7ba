"""A page that several courses could own is shown to whom it belongs, and nothing of it to others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sence_gate.shared import Unnamed, page_pattern
from tests.given import answer, discreet_log, kept
from tests.samples import ID_SESION_ALUMNO, attendance
from tests.shared_campus import (
    BY_PAGE,
    HTML,
    LESSON,
    SECRET,
    SharedCampus,
    answering,
    campus_by_any,
    campus_by_page,
    page,
    zipped,
)

__all__ = ["campus_by_any", "campus_by_page", "discreet_log"]

OTHER_ID = ID_SESION_ALUMNO.replace("excel", "seguridad")
GZIP = ("Content-Encoding", "gzip")
ETAG = ("ETag", '"1"')
NAMES = [
    pytest.param("course-5", "excel", id="course 5"),
    pytest.param("course-7", "seguridad", id="course 7"),
    pytest.param("course-7 x course-9", "seguridad", id="one that is gated and one that is not"),
]


def start_of(response: Any) -> str:
    """Return the course to whose start *response* sends, or what it is instead."""
    location = response.location or ""
    return (
        location.partition("curso=")[2].partition("&")[0] if response.status_code == 303 else response.status
    )


@pytest.mark.parametrize(("classes", "course"), NAMES)
def test_g1_a_page_without_a_session_is_thrown_away(shared: SharedCampus, classes: str, course: str) -> None:
    """The platform was asked, and not one byte or header of its page leaves the gate."""
    shared.serves(answering(page(classes), HTML, ETAG, ("X-Curso", SECRET), ("Last-Modified", "x")))
    response = shared.ask(LESSON)
    assert start_of(response) == course
    assert "volver=%2Fmod%2Fquiz%2Fview.php%3Fid%3D123" in (response.location or "")
    assert SECRET not in response.text + str(response.headers)
    assert not {"ETag", "Last-Modified", "X-Curso"} & {*response.headers.keys()}
    assert len(shared.platform.calls) == 1


def test_g1_the_answer_that_is_thrown_away_is_closed(shared: SharedCampus) -> None:
    """Files and connections of the platform are given back, once."""
    closed: list[bool] = []

    class Body:
        def __iter__(self) -> Any:
            yield page()
            raise AssertionError("nobody reads on")

        def close(self) -> None:
            closed.append(True)

    def platform(_environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [HTML])
        return Body()

    shared.serves(platform)
    assert start_of(shared.ask(LESSON)) == "excel"
    assert closed == [True]


def test_its_cookies_are_kept_but_none_with_a_name_of_ours(shared: SharedCampus) -> None:
    """The platform's own session goes on; ours is not the platform's to set."""
    ours = shared.learner.partition("=")[0]
    cookies = [("Set-Cookie", each) for each in ("a=1; HttpOnly", "a=2; Path=/mod", f"{ours}=x; Path=/")]
    shared.serves(answering(page(), HTML, *cookies))
    set_cookies = shared.ask(LESSON).headers.getlist("Set-Cookie")
    assert set_cookies[-2:] == ["a=1; HttpOnly", "a=2; Path=/mod"]
    assert not any("=x" in each for each in set_cookies)


def test_a_page_of_a_course_with_a_session_is_shown_and_private(shared: SharedCampus) -> None:
    """The learner's page: with the bar of its course, for no shared cache (A2, A6)."""
    shared.serves(answering(page(), HTML, ("Cache-Control", "public, max-age=60"), ("Vary", "Accept")))
    response = shared.ask(LESSON, cookies=shared.learner)
    assert SECRET in response.text
    assert 'data-course="excel"' in response.text
    assert (response.headers["Cache-Control"], response.headers["Vary"]) == (
        "private, no-cache",
        "Accept, Cookie",
    )


def test_k16_a_session_in_one_course_does_not_show_the_page_of_another(shared: SharedCampus) -> None:
    """The page has the word, and not the cookie."""
    shared.serves(answering(page("course-7")))
    assert start_of(shared.ask(LESSON, cookies=shared.learner)) == "seguridad"


def test_a_page_that_names_two_courses_needs_both(shared: SharedCampus) -> None:
    """Whichever it means, its learner has a session."""
    shared.serves(answering(page("course-5 course-7")))
    cookies = shared.learner
    assert start_of(shared.ask(LESSON, cookies=cookies)) == "seguridad"
    both = f"{cookies}; {shared.hold(id_sesion_alumno=OTHER_ID, course='seguridad')}"
    assert SECRET in shared.ask(LESSON, cookies=both).text


PASSING = [
    pytest.param(page("course-1"), "200 OK", id="a course that is not registered"),
    pytest.param(page("path-login"), "200 OK", id="no course"),
    pytest.param(page("path-error course-1"), "404 Not Found", id="an error page"),
    pytest.param(page("course-05"), "200 OK", id="another spelling of a key"),
]


@pytest.mark.parametrize(("body", "status"), PASSING)
def test_a_page_that_names_no_course_of_ours_passes_as_it_came(
    shared: SharedCampus, body: bytes, status: str
) -> None:
    """Byte for byte, header for header: it is the platform's."""
    headers = (HTML, ("Content-Length", str(len(body))), ("Cache-Control", "public, max-age=9"), ETAG)
    shared.serves(answering(body, *headers, status=status, size=100))
    response = shared.ask(LESSON)
    assert (response.status, response.data, response.headers.to_wsgi_list()) == (status, body, list(headers))


def test_a_page_that_says_nothing_follows_the_first_rule_where_every_page_must(tmp_path: Path) -> None:
    """`unnamed = "any"`: what names another course, or none in so many words, passes all the same."""
    either = page_pattern(r'class="[^"]*\bcourse-(?P<key>\d*)')
    shared = SharedCampus(tmp_path, replace(BY_PAGE, page=either, unnamed=Unnamed.ANY))
    shared.serves(answering(page("path-login")))
    refused = shared.ask(LESSON)
    assert (refused.status_code, SECRET in refused.text) == (303, False)
    assert SECRET in shared.ask(LESSON, cookies=shared.learner).text
    for classes in ("course-1", "course-"):
        shared.serves(answering(page(classes)))
        assert SECRET in shared.ask(LESSON).text


UNREAD = [
    pytest.param(b"%PDF-1.7", ("Content-Type", "application/pdf"), id="a file"),
    pytest.param(b"{}", ("Content-Type", "application/json"), id="JSON"),
    pytest.param(b"<p>Pregunta secreta", HTML, id="a fragment"),
    pytest.param(b"", HTML, id="nothing"),
    pytest.param(b"<html><head>" + b"<meta>" * 50_000, HTML, id="an endless head"),
    pytest.param(page(), ("Content-Type", "text/html; charset=utf-16"), id="a charset that is not ASCII's"),
    pytest.param(page(), ("Content-Type", "application/xhtml+xml"), id="XHTML"),
    pytest.param(page().replace(b"id=", b"x" * 9000), HTML, id="a huge tag"),
]


@pytest.mark.parametrize(("body", "kind"), UNREAD)
def test_what_names_no_course_follows_the_first_rule(
    shared: SharedCampus, body: bytes, kind: tuple[str, str]
) -> None:
    """Without a session it is thrown away and the learner chooses; with one of any course it is shown."""
    shared.serves(answering(body, kind, size=4096))
    refused = shared.ask(LESSON)
    assert "grupo=0&volver=%2Fmod" in (refused.location or "")
    assert (refused.status_code, refused.data) == (303, b"")
    shown = shared.ask(LESSON, cookies=shared.learner)
    assert (shown.status_code, body[-30:] in shown.data) == (200, True)


NO_PAGE = [
    pytest.param((("Content-Type", ""),), id="no type"),
    pytest.param((HTML, ("Content-Type", "application/pdf")), id="two types"),
    pytest.param((HTML, ("Content-Disposition", "Attachment; filename=a.html")), id="a file to keep"),
    pytest.param((HTML, *[("Content-Encoding", "gzip")] * 2), id="packed twice"),
]


@pytest.mark.parametrize("headers", NO_PAGE)
def test_what_only_looks_like_a_page_that_names_no_course_follows_the_first_rule(
    shared: SharedCampus, headers: tuple[tuple[str, str], ...]
) -> None:
    """A file in which there is a `<body>` is no page of the platform's that is nobody's."""
    shared.serves(answering(page("path-login"), *headers))
    refused = shared.ask(LESSON)
    assert (refused.status_code, SECRET in refused.text) == (303, False)
    assert SECRET in shared.ask(LESSON, cookies=shared.learner).text


def test_a_page_without_a_type_may_name_its_course(shared: SharedCampus) -> None:
    """Browsers take it for a page too: a session in another course does not show it."""
    shared.serves(answering(page("course-7"), ("Content-Type", "")))
    assert start_of(shared.ask(LESSON, cookies=shared.learner)) == "seguridad"


@pytest.mark.parametrize("size", [0, 1, 7, 1000])
def test_gzip_is_read_and_passes_as_it_came(shared: SharedCampus, size: int) -> None:
    """The platform compresses; the course is known all the same."""
    accepted = {"Accept-Encoding": "br, gzip"}
    shared.serves(answering(zipped(page("course-7")), HTML, GZIP, size=size))
    status, headers, body = shared.raw(LESSON, accepted)
    assert (status, "curso=seguridad" in headers["Location"], body) == ("303 SEE OTHER", True, b"")
    assert shared.platform.calls[0]["HTTP_ACCEPT_ENCODING"] == "gzip"

    free = zipped(page("course-1"))
    shared.serves(answering(free, HTML, GZIP, size=size))
    assert shared.raw(LESSON, accepted) == ("200 OK", dict((HTML, GZIP)), free)


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        pytest.param(zipped(page())[:30], "gzip", id="cut"),
        pytest.param(b"\x1f\x8bnonsense", "gzip", id="broken"),
        pytest.param(page(), "br", id="a coding that nobody asked for"),
        pytest.param(page().decode().encode("utf-16"), "identity", id="UTF-16"),
    ],
)
def test_a_coding_that_cannot_be_read_follows_the_first_rule(
    shared: SharedCampus, body: bytes, coding: str
) -> None:
    """Nobody knows what is in it."""
    shared.serves(answering(body, HTML, ("Content-Encoding", coding)))
    assert "grupo=0" in (shared.ask(LESSON).location or "")


VALIDATORS = {"If-None-Match": '"1"', "If-Modified-Since": "x", "If-Match": '"1"', "If-Unmodified-Since": "x"}


def test_a3_the_platform_cannot_say_that_nothing_changed(shared: SharedCampus) -> None:
    """A 304 names no course, and would show the copy of a page whose session is over."""
    shared.serves(answering(page("course-7")))
    assert start_of(shared.ask(LESSON, headers=VALIDATORS, cookies=shared.learner)) == "seguridad"
    assert not {key for key in shared.platform.calls[0] if key.startswith("HTTP_IF_")}


def test_a_304_that_comes_all_the_same_follows_the_first_rule(shared: SharedCampus) -> None:
    """It has nothing to read."""
    shared.serves(answering(b"", ETAG, status="304 Not Modified"))
    assert "grupo=0" in (shared.ask(LESSON).location or "")
    assert shared.ask(LESSON, cookies=shared.learner).status_code == 304


def test_a_part_of_a_page_is_asked_for_again_whole(shared: SharedCampus) -> None:
    """A range would leave out the very tag that names the course; a range of a file stays one."""

    def platform(environ: Any, start_response: Any) -> Any:
        is_page = environ["QUERY_STRING"] == "id=123"
        status = "206 Partial Content" if "HTTP_RANGE" in environ else "200 OK"
        start_response(status, [HTML if is_page else ("Content-Type", "video/mp4")])
        return [page("course-7")]

    shared.serves(platform)
    cookies, ranges = shared.learner, {"Range": "bytes=300-"}
    assert start_of(shared.ask(LESSON, headers=ranges, cookies=cookies)) == "seguridad"
    assert len(shared.platform.calls) == 2
    assert shared.ask("/mod/clase.mp4", headers=ranges, cookies=cookies).status_code == 206


@pytest.mark.parametrize(
    ("location", "passes"),
    [
        pytest.param("/login/index.php", True, id="a path"),
        pytest.param("https://campus.otec.cl/login/?x=//y", True, id="its own address"),
        pytest.param("http://campus.otec.cl/login/", True, id="its own address, without TLS"),
        pytest.param("view.php?id=7", True, id="a name"),
        pytest.param("../quiz/", True, id="upwards"),
        pytest.param("//otra.cl/", False, id="another host"),
        pytest.param("/\\otra.cl/", False, id="another host, for browsers"),
        pytest.param("https://campus.otec.cl.otra.cl/", False, id="a longer host"),
        pytest.param("https://videos.cl/clase-3.mp4?firma=x", False, id="a video elsewhere"),
        pytest.param("javascript:alert(1)", False, id="a script"),
        pytest.param("", False, id="nowhere"),
    ],
)
def test_of_a_redirect_within_the_site_the_head_passes(
    shared: SharedCampus, location: str, passes: bool
) -> None:
    """Where it leads is judged by itself; one that leads away may be the content."""
    head = (HTML, ("Location", location), ("Set-Cookie", "a=1"), ("Content-Length", "999"))
    shared.serves(answering(page("course-1"), *head, status="302 Found"))
    response = shared.ask(LESSON)
    assert SECRET not in response.text
    assert ((response.status_code, response.location) == (302, location)) is passes
    assert ("grupo=0" in (response.location or "")) is not passes
    assert "a=1" in response.headers.getlist("Set-Cookie")


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "OPTIONS", "PATCH"])
def test_m1_only_a_get_is_asked_first(shared: SharedCampus, method: str) -> None:
    """What the platform did cannot be undone, and HEAD has no page: both follow the first rule."""
    shared.serves(answering(b"", HTML))
    assert shared.ask(LESSON, method).status_code in (303, 401, 403)
    assert shared.platform.calls == []
    assert shared.ask(LESSON, method, cookies=shared.learner).status_code == 200


def test_a_script_is_told_which_course_its_page_is_of(shared: SharedCampus) -> None:
    """401 with the start of that very course, never a redirect."""
    shared.serves(answering(page("course-7")))
    response = shared.ask(LESSON, headers={"Sec-Fetch-Mode": "cors"})
    assert (response.status_code, response.mimetype) == (401, "application/problem+json")
    assert "curso=seguridad" in response.json["start_url"]  # type: ignore[index]  # it is an object


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        pytest.param({"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate"}, 401, "_top", id="a frame"),
        pytest.param({"Sec-Fetch-Mode": "cors"}, 401, "start_url", id="a script"),
    ],
)
def test_without_page_each_kind_of_request_gets_its_own_answer(
    any_course: SharedCampus, kind: dict[str, str], status: int, words: str
) -> None:
    """Both courses are named, and the link leads to the choice; the platform was not asked (G1)."""
    response = any_course.ask(LESSON, headers=kind)
    assert (response.status_code, any_course.platform.calls) == (status, [])
    assert words in response.text
    assert "Excel b" in response.text
    assert "grupo=0" in response.text


def test_a_form_without_a_session_is_not_sent(any_course: SharedCampus) -> None:
    """403, and the start in another tab is that of the choice."""
    response = any_course.ask(LESSON, "POST", data={"a": "1"})
    assert (response.status_code, any_course.platform.calls) == (403, [])
    assert "Excel básico o Seguridad" in response.text
    assert "grupo=0" in response.text


def test_d2_a_store_that_is_away_shows_nothing_of_the_page(shared: SharedCampus) -> None:
    """503, the page thrown away, its cookies kept."""
    cookies = shared.attempt(attendance(), ID_SESION_ALUMNO)
    shared.serves(answering(page(), HTML, ("Set-Cookie", "a=1")))
    shared.store.is_away = True
    response = shared.ask(LESSON, cookies=cookies)
    assert (response.status_code, SECRET in response.text) == (503, False)
    assert "a=1" in response.headers.getlist("Set-Cookie")


def test_a_whole_start_leads_back_to_the_shared_page(shared: SharedCampus) -> None:
    """What was wanted is remembered, though its address names no course."""
    shared.serves(answering(page()))
    begun = shared.begin(volver=LESSON)
    shared.clock.move(seconds=40)
    confirmed = shared.call_back("/inicio/ok", answer(begun))
    cookies = kept(begun.cookies, confirmed)
    landed = shared.ask(confirmed.location or "", cookies=cookies)
    assert f'href="{LESSON}"' in landed.text
    assert SECRET in shared.ask(LESSON, cookies=kept(cookies, landed)).text
