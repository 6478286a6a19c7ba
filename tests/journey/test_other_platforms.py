"""Platforms whose address says nothing: the course stands after `#`, or in their own session."""

from __future__ import annotations

import json
from collections.abc import Iterable
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any

import pytest

from tests.journey.trip import Learner, is_at, visible
from tests.journey.world import CAMPUS, RUNS, MakeWorld, World

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

EDITION = "clave-unica"
APP = "/app/"
API = "/api/cursos/excel/lecciones/3"
OTHER_API = "/api/cursos/seguridad/lecciones/1"
VIDEO = "/media/excel/clase-3.mp4"
DOCUMENT = b"<!doctype html><html><head><title>Aula</title></head><body><div id=raiz></div></body></html>"


class SinglePage:
    """One document for all courses; what it shows comes from an API and a folder of files."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ["PATH_INFO"]
        self.calls.append(path)
        if path == APP:
            start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
            return [DOCUMENT]
        kind = "application/json" if path.startswith("/api/") else "video/mp4"
        start_response("200 OK", [("Content-Type", kind)])
        return [json.dumps({"leccion": path}).encode()]


class Remembering:
    """A platform that keeps the course in its own session: `/elegir?curso=…`, then `/leccion/…` for all."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        jar: SimpleCookie = SimpleCookie(environ.get("HTTP_COOKIE", ""))
        course = jar["aula"].value if "aula" in jar else "ninguno"
        if environ["PATH_INFO"] == "/elegir":
            course = environ["QUERY_STRING"].removeprefix("curso=")
            start_response("302 Found", [("Location", "/leccion/1"), ("Set-Cookie", f"aula={course}"), *HTML])
            return [b""]
        start_response("200 OK", list(HTML))
        page = (
            f"<!doctype html><html data-curso='{course}'><head></head><body>Clase de {course}</body></html>"
        )
        return [page.encode()]


HTML = [("Content-Type", "text/html; charset=utf-8")]


def world_of(make_world: MakeWorld, platform: Any, shared: dict[str, Any], **paths: list[str]) -> World:
    """Return a world with *platform* as its campus."""
    names = ("excel", "seguridad")
    courses = {name: {"paths": paths[name], "except": [], "key": name} for name in names}
    return make_world(EDITION, inside=lambda _: platform, shared=[shared], **courses)


@pytest.fixture(name="spa")
def single_page() -> SinglePage:
    """Return a single-page platform."""
    return SinglePage()


@pytest.fixture(name="maria")
def learner_at_spa(make_world: MakeWorld, spa: SinglePage) -> Learner:
    """Return a learner of a platform whose document, API and files are guarded, as docs/deploy.md tells."""
    world = world_of(
        make_world,
        spa,
        {"paths": [APP]},
        excel=["/api/cursos/excel/", "/media/excel/"],
        seguridad=["/api/cursos/seguridad/", "/media/seguridad/"],
    )
    return Learner(world, world.browser(), RUNS["maria"])


def test_the_document_of_all_courses_lets_the_learner_choose(maria: Learner, spa: SinglePage) -> None:
    """The server never hears what stands after `#`: the course is asked for, and the document follows."""
    assert "¿En qué curso" in visible(maria.ask(f"{APP}#/cursos/excel/3"))
    assert spa.calls == []
    maria.tab.submit(curso="excel")
    assert is_at(maria.arrive(), APP)


@pytest.mark.parametrize("path", [API, VIDEO])
def test_scripts_get_401_and_never_a_redirect(maria: Learner, spa: SinglePage, path: str) -> None:
    """A script would read the start page as its data; it is told where the start is."""
    maria.ask(APP)
    answer = maria.tab.fetch(path)
    problem = json.loads(answer.body)
    assert (answer.status, answer.header("Content-Type")) == (401, "application/problem+json")
    assert problem["start_url"].startswith("/_sence/inicio?curso=excel&volver=")
    assert spa.calls == []


def test_the_api_of_each_course_has_a_session_of_its_own(maria: Learner) -> None:
    """The document is shared; what it shows is not."""
    maria.ask(APP)
    maria.tab.submit(curso="excel")
    maria.arrive()
    statuses = [maria.tab.fetch(path).status for path in (API, VIDEO, OTHER_API)]
    assert statuses == [200, 200, 401]


def test_a_script_that_posts_to_a_shared_path_is_told_where_to_choose(
    make_world: MakeWorld, spa: SinglePage
) -> None:
    """What a script asked for is no place to go, so the address names the rule alone."""
    shared = {"paths": [APP, "/graphql"]}
    world = world_of(make_world, spa, shared, excel=["/excel/"], seguridad=["/seguridad/"])
    maria = Learner(world, world.browser(), RUNS["maria"])
    maria.ask("/")
    answer = maria.tab.fetch("/graphql", method="POST", body=b"{}", content_type="application/json")
    start_url = json.loads(answer.body)["start_url"]
    assert (answer.status, start_url) == (401, "/_sence/inicio?grupo=0&volver=")
    assert "¿En qué curso" in visible(maria.ask(start_url))
    maria.tab.submit(curso="seguridad")
    assert maria.arrive().url == f"{CAMPUS}/seguridad/"


BY_TAG = {"paths": ["/leccion/"], "page": r"<html data-curso='(?P<key>\w+)'"}


def test_a_course_in_the_platform_s_session_is_read_from_its_page(make_world: MakeWorld) -> None:
    """One address for all: the page says whose it is today."""
    platform = Remembering()
    world = world_of(make_world, platform, BY_TAG, excel=["/excel/"], seguridad=["/seguridad/"])
    maria = Learner(world, world.browser(), RUNS["maria"])

    assert "Clase de ninguno" in maria.ask("/leccion/1").text
    assert "curso=excel" in maria.ask("/elegir?curso=excel").url
    assert "Clase de excel" in maria.arrive().text
    assert "curso=seguridad" in maria.ask("/elegir?curso=seguridad").url
    assert "Clase de seguridad" in maria.arrive().text
