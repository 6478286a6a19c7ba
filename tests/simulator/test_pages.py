"""The pages: valid, readable without script, strict, and never mistaken for SENCE's."""

from __future__ import annotations

import html5lib
import pytest

from sence_gate.simulator.app import Simulator
from sence_gate.simulator.behaviour import Behaviour
from sence_gate.simulator.sample import sample_registry
from tests.simulator.visitor import START, Page, Visitor, close_fields, start_fields


def _login(visitor: Visitor) -> Page:
    return visitor.post(START, start_fields())


PAGES = [
    pytest.param(_login, id="login"),
    pytest.param(lambda visitor: visitor.log_in(_login(visitor), key="mala"), id="login after a wrong key"),
    pytest.param(lambda visitor: visitor.log_in(_login(visitor)), id="way back"),
    pytest.param(lambda visitor: visitor.post(START, start_fields(Token="x")), id="way back with an error"),
    pytest.param(lambda visitor: visitor.post(START, {}), id="nowhere to return"),
    pytest.param(lambda visitor: visitor.start() and visitor.open("/"), id="what was seen"),
    pytest.param(lambda visitor: visitor.open("/control"), id="control"),
    pytest.param(lambda visitor: visitor.open("/nada"), id="not found"),
]


@pytest.mark.parametrize("visit", PAGES)
@pytest.mark.parametrize("edition", [pytest.param(each, id=each) for each in ("clave-sence", "clave-unica")])
def test_every_page_is_valid_and_says_what_it_is(edition: str, visit: object) -> None:
    """HTML5 without a parse error, in Chilean Spanish, for a phone, marked as a simulator."""
    page = _visit(visit, Visitor(Simulator(edition=edition)))

    html5lib.HTMLParser(strict=True).parse(page.text)
    assert '<html lang="es-CL">' in page.text
    assert 'name="viewport"' in page.text
    assert "SIMULADOR — esto no es SENCE" in page.text


@pytest.mark.parametrize("visit", PAGES)
def test_every_page_has_a_policy_without_inline_code(visitor: Visitor, visit: object) -> None:
    """No inline script or style, nothing cached, no framing."""
    page = _visit(visit, visitor)
    policy = page.headers["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert not [each for each in page.tree.iter("script") if each.text]


def _visit(visit: object, visitor: Visitor) -> Page:
    assert callable(visit)
    page = visit(visitor)
    assert isinstance(page, Page)
    return page


def test_the_way_back_may_post_anywhere(visitor: Visitor) -> None:
    """`form-action` would stop a platform that redirects; all other pages have it."""
    login = _login(visitor)

    assert "form-action 'self'" in login.headers["Content-Security-Policy"]
    assert "form-action" not in visitor.log_in(login).headers["Content-Security-Policy"]


def test_the_origin_is_not_hidden(visitor: Visitor) -> None:
    """A platform may compare the Origin of a callback, so the policy must let it through."""
    assert visitor.log_in(_login(visitor)).headers["Referrer-Policy"] == "strict-origin-when-cross-origin"


def test_values_are_escaped(visitor: Visitor) -> None:
    """What a platform sends is text, never HTML, and comes back letter by letter."""
    id_sesion_alumno = '"><script>alert(1)</script>&amp;'
    page = visitor.log_in(visitor.post(START, start_fields(IdSesionAlumno=id_sesion_alumno)))

    assert page.form.fields["IdSesionAlumno"] == id_sesion_alumno


@pytest.mark.parametrize(
    ("edition", "link"),
    [
        pytest.param("clave-sence", "https://cus.sence.cl/Account/RecuperarClave", id="clave sence"),
        pytest.param("clave-unica", "https://claveunica.gob.cl/", id="clave única"),
    ],
)
def test_the_login_links_to_the_recovery_of_the_key(edition: str, link: str) -> None:
    """Section 2: the links stand on the page where the key is asked for."""
    page = _login(Visitor(Simulator(edition=edition)))

    assert link in [each.attrib["href"] for each in page.tree.iter("a")]


def test_the_error_is_explained_in_the_manuals_words(visitor: Visitor) -> None:
    """A developer reads what the code means before he is sent back."""
    assert "El Token no existe" in visitor.post(START, start_fields(Token="x")).text


def test_an_error_without_a_code_is_shown_as_such(simulator: Simulator, visitor: Visitor) -> None:
    """A scripted empty GlosaError has a page too."""
    simulator.queue(Behaviour(codes=("",)))

    assert "(sin código)" in visitor.post(START, start_fields()).text


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        pytest.param("/static/simulator.css", "text/css; charset=utf-8", id="style"),
        pytest.param("/static/return.js", "text/javascript; charset=utf-8", id="script"),
    ],
)
def test_static_files(visitor: Visitor, path: str, content_type: str) -> None:
    """They come with their type and may not be sniffed."""
    page = visitor.open(path)

    assert (page.status, page.headers["Content-Type"]) == (200, content_type)
    assert page.headers["X-Content-Type-Options"] == "nosniff"


def test_strangers_are_announced() -> None:
    """The list of courses says when it is not the whole truth."""
    page = Visitor(Simulator(registry=sample_registry(believes_strangers=True))).open("/")

    assert "También acepta" in page.text


def test_a_long_history_is_cut(visitor: Visitor) -> None:
    """The page shows the last fifty and how many there are."""
    for _ in range(51):
        visitor.post(START, close_fields("x", Token="x"))

    assert "Los 50 últimos de 51." in visitor.open("/").text
