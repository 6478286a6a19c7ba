"""One namespace of a real wiki is a course, the rest is free: the page says where it belongs.

DokuWiki takes the page from the query, the body or the path, and reads its name under endless
spellings. So no address is compared: the wiki is asked first, and names the namespace in a tag of its head.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sence_gate.demo.browser import Browser
from sence_gate.demo.servers import simulator
from sence_gate.demo.transport import HttpTransport, Request
from tests.proxy.learner import Learner, with_field
from tests.proxy.served import gate
from tests.proxy.wiki import dokuwiki, log_in

RULES = (Path(__file__).parent.parent.parent / "docs/deploy.md").read_text(encoding="utf-8")
SECRET = "Una tabla dinámica resume muchas filas."
OPEN = "Aquí se conversa."
WORDS = "resume muchas"
SEARCH = "/wiki/doku.php?do=search&q=filas&id=cafe:charla"
LESSON = "/wiki/doku.php?id=curso:leccion"
FREE = "/wiki/doku.php?id=cafe:charla"
FILE = b"%PDF-1.4 " + bytes(range(256)) * 64


@dataclass(frozen=True)
class Sites:
    """The public address, and that of the wiki itself."""

    public: str
    wiki: str


def recipe() -> str:
    """Return the configuration that docs/deploy.md gives for a namespace."""
    section = RULES.partition("### DokuWiki")[2].partition("\n### ")[0]
    return section.partition("```toml\n")[2].partition("```")[0]


@pytest.fixture(name="sites", scope="module")
def gated_namespace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    """Return a wiki, a gate as the recipe has it, and a SENCE of their own."""
    folder = tmp_path_factory.mktemp("namespace")
    course, _, tables = recipe().partition("[[shared]]")
    keys = course.partition("paths = ")[2]
    path, _, more = keys.partition("\n")
    pages = {"curso/leccion": SECRET, "curso/tema/dos": SECRET, "cafe/charla": OPEN}
    with (
        simulator(0, "clave-unica") as sence,
        dokuwiki(folder, home="wiki", pages=pages) as upstream,
        gate(
            upstream,
            folder,
            path=path.strip('[]"'),
            sence=sence,
            more=f"{more}[[shared]]{tables}",
        ) as served,
    ):
        for page in ("curso:leccion", "cafe:charla"):  # the wiki's own way to fill its index
            HttpTransport()(Request("GET", f"{upstream}/wiki/lib/exe/taskrunner.php?id={page}"))
        yield Sites(served.url, upstream)


@pytest.fixture(name="newcomer")
def fresh_learner(sites: Sites) -> Learner:
    """Return somebody without a session."""
    return Learner(sites.public, Browser(HttpTransport()))


@pytest.fixture(name="learner", scope="module")
def admitted_learner(sites: Sites) -> Learner:
    """Return somebody who went through the start and logged in."""
    learner = Learner(sites.public, Browser(HttpTransport()))
    learner.start(LESSON)
    log_in(learner, "/wiki/")
    return learner


SPELLINGS = [
    "doku.php?id=curso:leccion",
    "doku.php/curso:leccion",
    "doku.php?id=:curso:leccion",
    "doku.php?id=curso::leccion",
    "doku.php?id=::curso:::leccion",
    "doku.php?id=CURSO:Leccion",
    "doku.php?id=Curso%3ALECCION",
    "doku.php?id=curso;leccion",
    "doku.php?id=curso:leccion.",
    "doku.php?id=curso:_leccion_",
    "doku.php?id=curso:%20leccion",
    "doku.php?id=+curso:leccion",
    "doku.php?id=curso:lecci%C3%B3n",
    "doku.php?id=CURSO:LECCI%C3%93N",
    "doku.php?id=curso:leccion%00",
    "doku.php?id=cafe:charla&id=curso:leccion",
    "doku.php?%69d=curso:leccion",
    "doku.php?+id=curso:leccion",
    "doku.php?x=1&id=curso:leccion#cafe:charla",
    "doku.php/cafe:charla?id=curso:leccion",
    "doku.php/curso:leccion?id=",
    "doku.php//curso:leccion",
    "doku.php/:curso:leccion",
    "doku.php/CURSO:LECCION",
    "doku.php/x?id=curso:leccion&do=show",
    "doku.php?id=curso:leccion&do=edit",
    "doku.php?id=curso:leccion&do=source",
    "doku.php?id=curso:leccion&do=export_raw",
    "doku.php?id=curso:leccion&do=export_xhtml",
    "doku.php?id=curso:leccion&do=export_xhtmlbody",
    "doku.php?id=curso:leccion&do[show]=1",
    "doku.php?id=curso:tema:dos",
    "feed.php?mode=list&ns=curso&content=html",
    "./doku.php?id=curso:leccion",
    "x/../doku.php?id=curso:leccion",
    "%64oku.php?id=curso:leccion",
    "doku.php?do=search&q=filas&id=cafe:charla",
    "doku.php?do[search]=1&q=filas",
    "doku.php/cafe:charla?do=show&do=search&q=filas",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_shows_the_course_without_a_session(
    newcomer: Learner, sites: Sites, spelling: str
) -> None:
    """What the wiki itself would show under it, a newcomer does not see, and is led to the start."""
    path = f"/wiki/{spelling}"
    assert WORDS in Learner(sites.wiki, Browser(HttpTransport())).get(path, Accept="text/html").text
    answer = newcomer.get(path, Accept="text/html", **{"Sec-Fetch-Mode": "navigate"})
    assert (answer.status, answer.header("Location").partition("?")[0]) == (303, "/_sence/inicio")
    assert WORDS not in answer.text


def test_a_page_that_names_no_namespace_is_not_believed_to_be_free(newcomer: Learner) -> None:
    """The installer has no link to a feed; nor would a template of another make."""
    assert "/_sence/inicio?" in newcomer.ask("/wiki/install.php").url


def test_a_form_that_names_the_page_in_its_body_is_refused(newcomer: Learner) -> None:
    """A POST is never asked first: what a platform has done cannot be undone."""
    newcomer.ask(FREE)
    body, content_type = b"id=curso:leccion", "application/x-www-form-urlencoded"
    answer = newcomer.tab.fetch("/wiki/doku.php", method="POST", body=body, content_type=content_type)
    assert (answer.status, WORDS in answer.text) == (401, False)


@pytest.mark.parametrize(
    "path",
    [
        FREE,
        "/wiki/doku.php/cafe:charla",
        f"{FREE}&rev=0",
        "/wiki/doku.php?id=start",
        "/wiki/doku.php?id=curso_leccion",
        "/wiki/doku.php?id=cursos:leccion",
        "/wiki/lib/exe/css.php?t=dokuwiki",
        "/wiki/lib/tpl/dokuwiki/images/favicon.ico",
        "/",
    ],
)
def test_the_rest_of_the_wiki_is_free(newcomer: Learner, sites: Sites, path: str) -> None:
    """Status and length are the wiki's own, and there is no bar."""
    own = Learner(sites.wiki, Browser(HttpTransport())).get(path, Accept="text/html")
    answer = newcomer.get(path, Accept="text/html", **{"Sec-Fetch-Mode": "navigate"})
    assert (answer.status, own.status) == (200, 200)
    assert answer.header("Content-Type") == own.header("Content-Type")
    assert b"_sence" not in answer.body


def test_the_lesson_opens_with_the_bar_after_the_start(learner: Learner) -> None:
    """The learner ends where he wanted to be; the bar knows by the page which course it is."""
    page = learner.ask(LESSON)
    assert WORDS in page.text
    assert 'data-course="excel"' in page.text
    assert "María" in page.text


def test_a_free_page_has_no_bar_with_a_session_either(learner: Learner) -> None:
    """It is of no course, whoever looks."""
    page = learner.ask(FREE)
    assert OPEN in page.text
    assert not any("/_sence/" in script for script in page.scripts)


def test_a_page_is_edited_and_saved(learner: Learner) -> None:
    """The form goes through with its token and its accents, and the redirect leads back."""
    text = "Un filtro muestra sólo las filas que importan."
    learner.ask("/wiki/doku.php?id=curso:filtros&do=edit")
    page = learner.tab.submit(with_field("wikitext"), wikitext=text)
    assert (page.status, page.url) == (200, f"{learner.url}/wiki/doku.php/curso:filtros")
    assert text in page.text


def test_a_file_is_uploaded_and_downloaded(learner: Learner, newcomer: Learner) -> None:
    """Every byte comes back, a range too, and to nobody without a session."""
    learner.ask("/wiki/doku.php?id=curso:leccion&do=media&ns=curso")
    token = re.search(r'name="sectok" value="(\w+)"', learner.tab.page.text)
    assert token
    where = f"/wiki/lib/exe/ajax.php?call=mediaupload&qqfile=guia.pdf&ns=curso&sectok={token[1]}"
    up = learner.tab.fetch(where, method="POST", body=FILE, content_type="application/octet-stream")
    assert json.loads(up.text).get("success"), up.text
    for path in ("/wiki/lib/exe/fetch.php?media=curso:guia.pdf", "/wiki/lib/exe/fetch.php/curso:guia.pdf"):
        assert learner.get(path).body == FILE
        assert learner.get(path, Range="bytes=9-18").body == FILE[9:19]
        assert newcomer.get(path).status == 401


def test_a_search_finds_what_the_course_says_with_a_session(learner: Learner) -> None:
    """It shows pieces of every namespace, so that any session will do."""
    assert WORDS in learner.ask(SEARCH).text


def test_after_the_close_the_namespace_is_shut(sites: Sites) -> None:
    """SENCE confirms the close, and the next page asks for a start again."""
    learner = Learner(sites.public, Browser(HttpTransport()))
    learner.start(LESSON)
    learner.close("excel")
    assert "/_sence/inicio?" in learner.ask(LESSON).url
    assert OPEN in learner.ask(FREE).text
