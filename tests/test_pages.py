"""Every page, with plain, empty and hostile contents, as a parser reads it."""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints
from xml.etree.ElementTree import Element

import html5lib
import jinja2.meta
import jinja2.nodes
import pytest

import sence_gate
from sence_gate import pages
from sence_gate.pages import OpenSession, Page, Pages, duration

ROOT = Path(sence_gate.__file__).parent
VERSIONS = {"pages.css": "c1", "pages.js": "j1"}
PAGES = Pages("/_sence", versions=VERSIONS)
KINDS: tuple[Any, ...] = get_args(Page)
OUTSIDE = {
    "https://cus.sence.cl/Account/Registrar",
    "https://cus.sence.cl/Account/RecuperarClave",
    "https://cus.sence.cl/Account/CambiarClave",
    "https://cus.sence.cl/Account/ActualizarDatos",
    "https://claveunica.gob.cl/",
}
OWN = {"/_sence/", "/_sence/pages.css?v=c1", "/_sence/pages.js?v=j1"}
HOSTILE = "\"><svg onload=alert(1)>'{{7*7}}</script></title></textarea>\u2028&amp;<!--"
LINKS = ("href", "src", "action", "formaction", "poster", "data", "background", "style")


def value(hint: Any, text: str, variant: int) -> Any:
    """Return a value for a field of type *hint*: choices and flags follow *variant*."""
    if get_origin(hint) is Literal:
        return get_args(hint)[variant % len(get_args(hint))]
    if hint is bool:
        return variant % 2 == 0
    if hint == pages.Fields:
        return ((text, text),) if text else ()
    if hint == tuple[OpenSession, ...]:
        return (OpenSession(name=text, until=text, curso=text),) if text else ()
    return text if hint is str else variant


def build(kind: Any, text: str, variant: int = 0) -> Page:
    """Return a page of *kind* whose texts are all *text*."""
    hints = get_type_hints(kind)
    page: Page = kind(**{each.name: value(hints[each.name], text, variant) for each in fields(kind)})
    return page


def variants(kind: Any) -> range:
    """Return enough variants to see every choice of every field."""
    choices = [len(get_args(hint)) for hint in get_type_hints(kind).values() if get_origin(hint) is Literal]
    return range(max([2, *choices]))


CASES = [
    pytest.param(build(kind, text, variant), id=f"{kind.__name__}-{name}-{variant}")
    for kind in KINDS
    for variant in variants(kind)
    for name, text in (("plain", "/curso/ñandú"), ("empty", ""), ("hostile", HOSTILE))
]
every_page = pytest.mark.parametrize("page", CASES)
every_kind = pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.__name__) for kind in KINDS])


def parse(page: Page) -> Element:
    """Return the document that a browser would build; any parse error is raised."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    document: Element = parser.parse(PAGES.render(page))
    return document


def targets(document: Element) -> Iterator[str]:
    """Yield all that the document loads, links to, posts to or continues to."""
    for element in document.iter():
        yield from (element.attrib[name] for name in LINKS if name in element.attrib)


@every_page
def test_page_is_whole(page: Page) -> None:
    """Every page parses strictly and has language, viewport, title, one heading and the incident."""
    document = parse(page)
    assert document.get("lang") == "es-CL"
    assert document.findtext(".//title")
    assert len(document.findall(".//h1")) == 1
    assert document.find(".//meta[@name='viewport']") is not None
    assert document.findtext(".//footer//strong") == page.incident


@every_page
def test_nothing_is_inline(page: Page) -> None:
    """A policy without 'unsafe-inline' blocks nothing on our pages."""
    document = parse(page)
    assert not document.findall(".//style")
    assert [script.text for script in document.iter("script")] == [None]
    assert not [name for element in document.iter() for name in element.keys() if name.startswith("on")]  # noqa: SIM118 - an Element iterates over its children


@every_page
def test_pages_lead_nowhere_else(page: Page) -> None:
    """Whatever the contents, links and requests stay here, but for the help of SENCE and Clave Única."""
    assert set(targets(parse(page))) <= OWN | OUTSIDE | {"/curso/ñandú"}


@every_page
def test_contents_are_not_evaluated(page: Page) -> None:
    """A template expression in a value is shown, not computed."""
    assert "49" not in PAGES.render(page)


@every_page
def test_fields_are_labelled(page: Page) -> None:
    """Whoever cannot see the page hears what each visible field is and what is wrong with it."""
    document = parse(page)
    ids = {element.get("id") for element in document.iter()}
    labels = {label.get("for") for label in document.iter("label")}
    for shown in (each for each in document.iter("input") if each.get("type") != "hidden"):
        assert shown.get("id") in labels
        assert set(shown.get("aria-describedby", "").split()) <= ids


@every_page
def test_forms_can_be_sent_without_script(page: Page) -> None:
    """Each form posts, but the one that only chooses, and has a button that says something."""
    for form in parse(page).iter("form"):
        assert form.get("method") == ("get" if isinstance(page, pages.ChoicePage) else "post")
        assert "".join(form.find(".//button[@type='submit']").itertext()).strip()  # type: ignore[union-attr]  # None is a failure too


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("javascript:alert(1)", id="script"),
        pytest.param("//evil.example/", id="other host"),
        pytest.param("/\\evil.example/", id="other host by backslash"),
        pytest.param("/\t/evil.example/", id="other host by tab"),
        pytest.param(" https://evil.example/", id="leading blank"),
        pytest.param("data:text/html,x", id="data"),
    ],
)
@every_kind
def test_doubtful_links_lead_home(kind: Any, url: str) -> None:
    """A value that is no plain path or web address never becomes a link."""
    assert set(targets(parse(build(kind, url)))) <= OWN | OUTSIDE


@pytest.mark.parametrize("kind", [pages.HandOffPage, pages.UnavailablePage])
def test_hidden_fields_arrive_unchanged(kind: Any) -> None:
    """What is posted to SENCE, or posted again to us, is what was given, byte for byte."""
    hidden = parse(build(kind, HOSTILE)).findall(".//form/input[@type='hidden']")
    assert [(each.get("name"), each.get("value")) for each in hidden] == [(HOSTILE, HOSTILE)]


@every_page
def test_no_page_goes_on_by_itself(page: Page) -> None:
    """Nobody is hurried: without script a page stays until its link is pressed (WCAG 2.2, 2.2.1)."""
    assert parse(page).find(".//meta[@http-equiv='refresh']") is None


@every_kind
def test_template_asks_what_the_page_holds(kind: Any) -> None:
    """No value is missing from a class, and none is carried for nothing."""
    environment = PAGES._templates[kind].environment
    tree = environment.parse((ROOT / "templates" / kind.template).read_text(encoding="utf-8"))
    made = {name.name for name in tree.find_all(jinja2.nodes.Name) if name.ctx == "store"}
    asked = jinja2.meta.find_undeclared_variables(tree) - made - {"parts", "home_url"}
    assert asked | {"incident"} == {each.name for each in fields(kind)}


def test_every_template_is_used() -> None:
    """The folder holds the pages' templates and the two that they share."""
    found = {path.name for path in (ROOT / "templates").iterdir()}
    assert found == {kind.template for kind in KINDS} | {"_base.html", "_parts.html"}
    assert len({kind.template for kind in KINDS}) == len(KINDS)


def test_each_problem_has_its_own_words() -> None:
    """No two refusals of the gate look the same to the learner."""
    found = [
        parse(build(pages.ProblemPage, "x", variant)).findtext(".//h1")
        for variant in variants(pages.ProblemPage)
    ]
    assert len(set(found)) == len(get_args(pages.Problem))


@every_kind
def test_words_are_for_learners(kind: Any) -> None:
    """No codes, no blame, no formality, and a person has a RUN, not a RUT."""
    for variant in variants(kind):
        words = " ".join(parse(build(kind, "texto", variant)).itertext()).casefold()
        assert not re.search(r"\b(usted|ustedes|rut|error|errores|fallaste|inválid[oa])\b", words)


@pytest.mark.parametrize("key", get_args(pages.Credential))
def test_start_names_one_key(key: pages.Credential) -> None:
    """Whoever needs one key does not read of the other."""
    text = PAGES.render(build(pages.StartPage, "x", get_args(pages.Credential).index(key)))
    assert ("Clave SENCE" in text, "cus.sence.cl" in text) == (key == "clave_sence",) * 2
    assert ("Clave Única" in text, "claveunica.gob.cl" in text) == (key == "clave_unica",) * 2


def test_wrong_run_is_explained_at_the_field() -> None:
    """The field says that it is wrong, points to why, keeps what was typed and has the focus."""
    entry = parse(build(pages.StartPage, "12.345")).find(".//input[@id='run']")
    assert entry is not None
    assert (entry.get("aria-invalid"), entry.get("value")) == ("true", "12.345")
    assert "run-error" in entry.get("aria-describedby", "").split()
    assert "autofocus" in entry.attrib


def test_unwritable_characters_are_replaced() -> None:
    """A NUL or half a surrogate pair in an address or a callback cannot break the page."""
    page = build(pages.UnavailablePage, "a\x00b\ud800c\ufffe")
    assert PAGES.render(page).encode().count("a\ufffdb\ufffdc\ufffd".encode()) == 3


@pytest.mark.parametrize("kind", [pages.HandOffPage, pages.StartPage, pages.UnavailablePage])
def test_repr_hides_what_was_typed_or_sent(kind: Any) -> None:
    """The token, a callback and a RUN stay out of logs that show a page."""
    page = build(kind, "x")
    shown = repr(page)
    assert "run_value=" not in shown
    assert "fields=" not in shown


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        pytest.param(0, "0 minutos", id="none"),
        pytest.param(1, "1 minuto", id="one minute"),
        pytest.param(59, "59 minutos", id="minutes"),
        pytest.param(60, "1 hora", id="one hour"),
        pytest.param(61, "1 hora y 1 minuto", id="both, single"),
        pytest.param(180, "3 horas", id="hours"),
        pytest.param(150, "2 horas y 30 minutos", id="both"),
    ],
)
def test_duration(minutes: int, text: str) -> None:
    """Lengths of time are said as people say them."""
    assert duration(minutes) == text


def test_versions_are_needed_at_once() -> None:
    """A static file without a version is found at start, not by a learner."""
    with pytest.raises(KeyError):
        Pages("/_sence", versions={"pages.css": "c1"})


def test_samples_show_every_page(tmp_path: Path) -> None:
    """The script that writes samples to look at forgets no page."""
    script = runpy.run_path(str(ROOT.parent / "scripts/render_pages.py"))
    script["write"](tmp_path)
    assert {type(page) for page in script["SAMPLES"].values()} == set(KINDS)
    assert {path.stem for path in tmp_path.glob("*.html")} == set(script["SAMPLES"])
