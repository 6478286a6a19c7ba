"""What a front server says of a request: taken exactly, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sence_gate.described import Dialect, reader
from sence_gate.errors import Misdescribed
from sence_gate.spellings import as_native
from tests.asking import DIALECTS, ask, asked_campus, description
from tests.given import COURSE, Campus
from tests.samples import course
from tests.test_courses_confusion import GATED

ORIGIN = "https://campus.otec.cl"
COURSES = (course(paths=("/cursos/",), exceptions=("/cursos/publico/",)),)


@pytest.fixture(name="campus", params=DIALECTS)
def _campus(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Campus]:
    campus = asked_campus(tmp_path, request.param, courses=COURSES)
    yield campus
    campus.store.close()


def read(headers: dict[str, str], dialect: str = "nginx", origin: str = ORIGIN) -> tuple[str, str]:
    """Return method and target as the gate reads these headers."""
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    described = reader(Dialect(dialect), origin)(environ)
    return described.method, described.uri


URL, METHOD = "X-Original-URL", "X-Original-Method"
MALFORMED = [
    pytest.param("nginx", {URL: None}, id="nginx, no address"),
    pytest.param("nginx", {URL: ""}, id="nginx, an empty one"),
    pytest.param("nginx", {URL: "/publico"}, id="nginx, a relative one"),
    pytest.param("nginx", {URL: "//campus.otec.cl/publico"}, id="nginx, without scheme"),
    pytest.param("nginx", {URL: ORIGIN}, id="nginx, without path"),
    pytest.param("nginx", {URL: f"{ORIGIN}?x"}, id="nginx, query only"),
    pytest.param("nginx", {URL: "https:///publico"}, id="nginx, without host"),
    pytest.param("nginx", {URL: "file://campus.otec.cl/publico"}, id="nginx, another scheme"),
    pytest.param("nginx", {URL: "https://evil.cl/publico"}, id="nginx, another host"),
    pytest.param("nginx", {URL: "https://campus.otec.cl.evil.cl/x"}, id="nginx, a longer host"),
    pytest.param("nginx", {URL: "https://campus.otec.cl:8443/x"}, id="nginx, another port"),
    pytest.param("nginx", {URL: "https://a@campus.otec.cl/x"}, id="nginx, P31 with a user"),
    pytest.param("nginx", {URL: f"{ORIGIN}/publico,{ORIGIN}/cursos/1"}, id="nginx, twice"),
    pytest.param("nginx", {URL: f"{ORIGIN}/publico, {ORIGIN}/cursos/1"}, id="nginx, twice with a blank"),
    pytest.param("nginx", {URL: f"{ORIGIN}/publico?a=,HTTP://x/"}, id="nginx, twice in the query"),
    pytest.param("nginx", {METHOD: None}, id="nginx, no method"),
    pytest.param("nginx", {METHOD: ""}, id="nginx, an empty method"),
    pytest.param("nginx", {METHOD: "OPTIONS,GET"}, id="nginx, two methods"),
    pytest.param("nginx", {METHOD: "GET /publico"}, id="nginx, no method at all"),
    *(
        pytest.param("forward", {f"X-Forwarded-{name}": value}, id=f"forward, {name} {value!r}")
        for name, value in (
            *product(("Method", "Proto", "Host", "Uri"), (None, "")),
            ("Uri", "publico"), ("Uri", "*"), ("Uri", "https://campus.otec.cl/publico"),
            ("Uri", "/publico,/cursos/1"), ("Uri", "/publico, /cursos/1"), ("Uri", "/publico?a=,/cursos/1"),
            ("Method", "GET,GET"), ("Proto", "https,http"), ("Proto", "ftp"),
            ("Host", "evil.cl"), ("Host", "campus.otec.cl,evil.cl"), ("Host", "campus.otec.cl:99999"),
            ("Host", "a b<script>"),
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "headers"), MALFORMED)
def test_h8_what_is_no_description_is_never_a_yes(
    tmp_path: Path, dialect: str, headers: dict[str, Any]
) -> None:
    """403 for a page that is free: nothing is guessed, and nothing passes on a fault."""
    campus = asked_campus(tmp_path, dialect)
    assert ask(campus, "/publico").status_code == 204
    assert ask(campus, "/publico", headers=headers).status_code == 403


def test_one_dialect_is_listened_to(campus: Campus) -> None:
    """The other's headers are a visitor's, whatever they say."""
    dialect = campus.config.forward_auth.dialect
    other = "forward" if dialect == "nginx" else "nginx"
    assert ask(campus, COURSE, headers=description(other, "/publico")).status_code in (303, 401)
    alone = dict.fromkeys(description(str(dialect), "/")) | description(other, "/publico")
    assert ask(campus, "/publico", headers=alone).status_code == 403


@pytest.mark.parametrize(
    "host", ["campus.otec.cl", "CAMPUS.otec.cl", "campus.otec.cl.", "campus.otec.cl:443"]
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_p31_a_host_has_one_meaning(dialect: str, host: str) -> None:
    """Browsers leave out the usual port, and some write the dot."""
    assert read(description(dialect, "/x?a", host=host), dialect) == ("GET", "/x?a")


@pytest.mark.parametrize("origin", ["http://localhost:8000", "https://[::1]:8443", "https://xn--ol-nja.cl"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_public_address_is_recognised(dialect: str, origin: str) -> None:
    """Whatever form it has; behind another server that ends TLS the scheme is http."""
    headers = description(dialect, "/x", host=origin.partition("://")[2])
    assert read(headers, dialect, origin) == ("GET", "/x")


@pytest.mark.parametrize("uri", GATED)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_p_no_spelling_passes(campus_of: dict[str, Campus], dialect: str, uri: str) -> None:
    """The same cases as in process: whatever the platform behind makes of them, the gate says no."""
    assert ask(campus_of[dialect], as_native(uri)).status_code in (303, 401)


@pytest.fixture(name="campus_of", scope="module")
def _campus_of(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Campus]:
    return {each: asked_campus(tmp_path_factory.mktemp(each), each, courses=COURSES) for each in DIALECTS}


@pytest.mark.parametrize("uri", ["/cursos%00/x", "/cursos/a%0d%0aX:%201", "/%" + "25" * 300 + "63ursos"])
def test_p15_what_nobody_links_to_is_refused(campus: Campus, uri: str) -> None:
    """400, and 403 for nginx, which knows no 400 here."""
    is_nginx = campus.config.forward_auth.dialect == "nginx"
    assert ask(campus, uri).status_code == (403 if is_nginx else 400)


@pytest.mark.parametrize("tail", [",zzz", ",x?y", ",", ",/x", ", https://campus.otec.cl/publico", ",,,"])
def test_what_was_joined_to_a_path_frees_nothing(tmp_path: Path, tail: str) -> None:
    """Servers join a doubled header by a comma: the first could be the real one."""
    campus = asked_campus(tmp_path, "forward", courses=(course(paths=("/cursos/excel",)),))
    assert ask(campus, "/cursos/excel" + tail).status_code in (303, 403)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("tail", [",%00", ",/..%2f..%2fword/1"])
def test_k16_a_beginning_that_may_pass_frees_no_address_that_is_refused(
    tmp_path: Path, dialect: str, tail: str
) -> None:
    """What stands before a comma is one more reading, and none in place of the whole."""
    courses = course(paths=("/cursos/excel/",)), course(id="word", paths=("/cursos/word/",))
    campus = asked_campus(tmp_path, dialect, courses=courses)
    session = campus.hold()
    assert ask(campus, "/cursos/excel/", cookies=session).status_code == 204
    assert ask(campus, f"/cursos/excel/{tail}", cookies=session).status_code in (400, 403)


def test_commas_of_an_address_are_no_offence(campus: Campus) -> None:
    """They stand in real ones, also before a list of addresses that is encoded."""
    for uri in ("/publico/a,b,c", "/publico?ids=1,2,3&next=https%3A%2F%2Fx", "/publico?a=x,y"):
        assert ask(campus, uri).status_code == 204
    assert ask(campus, "/publico/" + "," * 17).status_code == 403


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        pytest.param({}, 204, id="no body"),
        pytest.param({"HTTP_X_ORIGINAL_BODY": "0"}, 204, id="an empty one"),
        pytest.param({"HTTP_X_ORIGINAL_BODY": "12"}, 303, id="a body"),
        pytest.param({"HTTP_X_ORIGINAL_BODY": "chunked"}, 303, id="a body without length"),
        pytest.param({"CONTENT_LENGTH": "12"}, 303, id="the length itself"),
    ],
)
def test_p29_fields_in_a_body_may_outrank_the_query(
    tmp_path: Path, environ: dict[str, str], status: int
) -> None:
    """The query surely asks for another course only when nothing else could say which."""
    view = course(paths=("/view",), query=(("id", "5"),), exceptions=())
    campus = asked_campus(tmp_path, "forward", courses=(view,))
    assert ask(campus, "/view?id=7", environ=environ).status_code == status


@given(st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=60))
@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_text_is_anything_but_read_or_refused(dialect: str, text: str) -> None:
    """Whatever bytes arrive, in whichever header."""
    for name in description(dialect, "/"):
        headers = description(dialect, "/") | {name: text}
        try:
            method, uri = read(headers, dialect)
        except Misdescribed:
            continue
        assert method
        assert uri.startswith("/")
