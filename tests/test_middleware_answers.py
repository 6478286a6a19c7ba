"""What becomes of the platform's answers at the door in process."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import TestResponse, create_environ

from sence_gate.config import Learner, LearnerSource
from sence_gate.protocol.session import State
from tests.given import COURSE, FREE, HOME, OURS, Campus, discreet_log, plain_campus, trusted_campus

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["discreet_log", "plain_campus", "trusted_campus"]

TAG = '<script src="/_sence/banner.js?v='


def answered(campus: Campus, *headers: tuple[str, str], url: str = COURSE, **more: Any) -> TestResponse:
    """Return an admitted answer of a platform that says *headers*."""
    campus.platform.headers = list(headers)
    return campus.ask(url, cookies=campus.hold(), **more)


HTML = ("Content-Type", "text/html; charset=utf-8")
PDF = ("Content-Type", "application/pdf")


@pytest.mark.parametrize(
    ("kind", "said", "becomes"),
    [
        pytest.param(HTML, None, "private, no-cache", id="a page that says nothing"),
        pytest.param(HTML, "public, max-age=3600", "private, no-cache", id="A2, a public page"),
        pytest.param(
            HTML, "public, s-maxage=60, must-revalidate", "private, no-cache, must-revalidate", id="A2"
        ),
        pytest.param(HTML, "no-store", "private, no-cache, no-store", id="stricter stays"),
        pytest.param(PDF, None, "private", id="a file that says nothing"),
        pytest.param(PDF, "public, max-age=3600", "private, max-age=3600", id="A2, a public file"),
        pytest.param(PDF, "s-maxage=60, immutable", "private, immutable", id="A2, a file for a CDN"),
        pytest.param(PDF, "no-cache", "private, no-cache", id="a file that asks"),
    ],
)
def test_an_admitted_answer_is_private(
    campus: Campus, kind: tuple[str, str], said: str | None, becomes: str
) -> None:
    """A page is shown again only after the gate was asked; no shared cache keeps a file."""
    headers = [kind] if said is None else [kind, ("Cache-Control", said)]
    response = answered(campus, *headers)
    assert response.headers.getlist("Cache-Control") == [becomes]


def test_a5_a_name_that_looks_like_a_file_is_private_too(campus: Campus) -> None:
    """Path deception: the suffix does not decide."""
    response = answered(campus, HTML, ("Cache-Control", "public"), url="/cursos/excel/foo.css")
    assert response.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("said", "becomes"),
    [
        pytest.param([], "Cookie", id="none"),
        pytest.param(["Accept-Encoding"], "Accept-Encoding, Cookie", id="A6, another"),
        pytest.param(["Accept", "Origin"], "Accept, Origin, Cookie", id="A6, two lines"),
        pytest.param(["cookie, Accept"], "cookie, Accept", id="A6, there already"),
        pytest.param(["*"], "*", id="A6, everything"),
    ],
)
def test_vary_is_merged(campus: Campus, said: list[str], becomes: str) -> None:
    """One line, with Cookie in it, once."""
    response = answered(campus, PDF, *[("Vary", each) for each in said])
    assert response.headers.getlist("Vary") == [becomes]


def test_k18_the_cookies_of_the_platform_are_kept_in_order(campus: Campus) -> None:
    """All of them, and ours after them."""
    begun, _ = campus.open_up()
    campus.platform.headers = [HTML, ("Set-Cookie", "b=1"), ("X-Own", "1"), ("Set-Cookie", "a=2; Path=/x")]
    response = campus.ask(COURSE, cookies=begun.cookies)
    lines = response.headers.getlist("Set-Cookie")
    assert lines[:2] == ["b=1", "a=2; Path=/x"]
    assert len(lines) == 3
    assert lines[2].startswith(f"{OURS}s-excel=")
    assert lines[2].endswith("; Secure; HttpOnly; Path=/; SameSite=Lax")


@pytest.mark.parametrize(
    ("learner", "url"),
    [
        pytest.param(Learner(), FREE, id="A4, no course"),
        pytest.param(Learner(LearnerSource.ENVIRON), COURSE, id="nobody logged in"),
    ],
)
def test_a4_an_answer_that_is_none_of_ours_stays_as_it_is(campus: Campus, learner: Learner, url: str) -> None:
    """Cacheable where the platform says so; without a bar."""
    campus.configure(learner=learner)
    campus.platform.headers = [HTML, ("Cache-Control", "public"), ("ETag", '"v1"'), ("Vary", "Accept")]
    response = campus.ask(url)
    assert list(response.headers) == campus.platform.headers
    assert response.data == campus.platform.page


def test_a2_what_staff_sees_of_a_course_is_kept_from_shared_caches(campus: Campus) -> None:
    """Whom it would be shown from there, nobody would ask about SENCE."""
    campus.configure(learner=Learner(LearnerSource.ENVIRON, exempt=("profe",)))
    campus.platform.headers = [HTML, ("Cache-Control", "public, max-age=600"), ("X-Accel-Expires", "600")]
    response = campus.ask(COURSE, user="profe")
    assert response.data == campus.platform.page
    told = [response.headers.get(name) for name in ("Cache-Control", "Vary", "X-Accel-Expires")]
    assert told == ["private, no-cache", "Cookie", None]


def test_the_bar_is_put_into_pages_alone(campus: Campus) -> None:
    """Into what a window shows, not into what a script asks for, and not into files."""
    page = answered(campus, HTML)
    part = campus.ask(
        COURSE, cookies=campus.hold(id_sesion_alumno="excel.1.x.y"), headers={"Hx-Request": "true"}
    )
    campus.platform.headers = [PDF]
    file = campus.ask(COURSE, cookies=campus.hold(id_sesion_alumno="excel.1.z.y"))
    assert [TAG in each.text for each in (page, part, file)] == [True, False, False]
    assert campus.door.skipped == {"not HTML": 1}


def test_a_form_that_passes_late_gets_a_private_answer(campus: Campus) -> None:
    """As any admitted one."""
    campus.platform.headers = [HTML, ("Cache-Control", "public")]
    cookies = campus.hold(state=State.EXPIRED)
    campus.clock.move(minutes=185)
    response = campus.ask(COURSE, "POST", cookies=cookies, data={"a": "b"})
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "private, no-cache")


PAGE = "<!doctype html><html><head><title>A</title></head><body>B</body></html>"


def writes(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Answer by `write`, as old applications do."""
    start_response("200 OK", [HTML])(b"<!doctype html><html><head><title>A</title></head>")
    return [b"<body>B</body></html>"]


def streams(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    """Answer piece by piece, and start late."""
    start_response("200 OK", [HTML])
    yield b"<!doctype html><html><he"
    yield b"ad><title>A</title></head>"
    yield b"<body>B</body></html>"


@pytest.mark.parametrize("platform", [writes, streams])
@pytest.mark.parametrize("url", [FREE, COURSE], ids=["free", "admitted"])
def test_every_way_of_answering_passes(campus: Campus, platform: WSGIApplication, url: str) -> None:
    """PEP 3333 knows several; private and with a bar where admitted."""
    campus.platform.instead = platform
    response = campus.run(create_environ(url, HOME, headers={"Cookie": campus.hold()}))
    is_admitted = url == COURSE
    assert re.sub("<script.*</script>", "", response.text) == PAGE
    assert (TAG in response.text) is is_admitted
    assert (response.headers.get("Cache-Control") == "private, no-cache") is is_admitted


def test_the_platform_is_told_when_the_answer_was_read(campus: Campus) -> None:
    """`close` of its iterable is called, once, with and without a bar."""
    closes: list[str] = []

    class Answer(list[bytes]):
        def close(self) -> None:
            closes.append("closed")

    def platform(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [HTML])
        return Answer([campus.platform.page])

    campus.platform.instead = platform
    for url in (FREE, COURSE):
        campus.ask(url, cookies=campus.hold(id_sesion_alumno=f"excel.1.{len(url)}.y"))
    assert closes == ["closed", "closed"]


@pytest.mark.parametrize("url", [FREE, COURSE], ids=["free", "admitted"])
def test_a_failure_of_the_platform_is_its_own(campus: Campus, url: str) -> None:
    """It goes up to the server, which knows what to do; the gate hides nothing."""
    campus.platform.instead = failing
    with pytest.raises(LookupError, match="the platform's own"):
        campus.ask(url, cookies=campus.hold())


def failing(_environ: WSGIEnvironment, _start_response: StartResponse) -> list[bytes]:
    """Break."""
    raise LookupError("the platform's own")
