"""A real wiki in PHP behind the gate: everything that a person does there, through start and close."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from sence_gate.demo.browser import Browser
from sence_gate.demo.servers import simulator
from sence_gate.demo.transport import HttpTransport
from tests.proxy.learner import RUN, Learner, with_field
from tests.proxy.served import gate
from tests.proxy.wiki import dokuwiki, log_in

LESSON = "/excel/doku.php?id=curso:leccion"
TEXT = "Una lección sobre tablas dinámicas."
FILE = bytes(range(256)) * 4_096  # a mebibyte


@pytest.fixture(name="url", scope="module")
def gated_wiki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the public address of a wiki, a gate and a SENCE of their own."""
    folder = tmp_path_factory.mktemp("wiki")
    with (
        simulator(0, "clave-unica") as sence,
        dokuwiki(folder) as upstream,
        gate(upstream, folder, path="/excel/", sence=sence) as served,
    ):
        yield served.url


@pytest.fixture(name="newcomer")
def fresh_learner(url: str) -> Learner:
    """Return somebody without a session."""
    return Learner(url, Browser(HttpTransport()))


@pytest.fixture(name="learner", scope="module")
def admitted_learner(url: str) -> Learner:
    """Return somebody who went through the start and logged in."""
    learner = Learner(url, Browser(HttpTransport()))
    learner.start(LESSON)
    log_in(learner)
    return learner


@pytest.mark.parametrize(
    "path",
    [
        LESSON,
        "/excel/doku.php/curso:leccion",
        "/excel/doku.php?id=:CURSO::leccion.",
        "/excel/lib/exe/fetch.php?media=curso:guia.bin",
        "/excel/lib/exe/fetch.php/curso:guia.bin",
        "/excel/lib/exe/ajax.php?call=linkwiz&q=curso",
        "/excel/feed.php",
        "/%65xcel/doku.php?id=curso:leccion",
        "/x/../excel/doku.php",
    ],
)
def test_every_address_of_the_wiki_asks_for_a_start(newcomer: Learner, path: str) -> None:
    """By query, by path, as a file, as a feed, and in another spelling."""
    assert "/_sence/inicio?" in newcomer.ask(path).url


def test_its_neighbour_is_free(newcomer: Learner) -> None:
    """What no course guards is as it was, without a bar."""
    page = newcomer.ask("/")
    assert (page.status, page.title, page.scripts) == (200, "Portada", ())


def test_the_lesson_opens_with_the_bar_after_the_start(learner: Learner) -> None:
    """The learner ends where he wanted to be, and the wiki's own page is whole."""
    page = learner.ask(LESSON)
    assert page.status == 200
    assert any("/_sence/banner.js" in script for script in page.scripts)
    assert page.text.rstrip().endswith("</html>")
    assert "María" in page.text


def test_a_page_is_edited_and_saved(learner: Learner) -> None:
    """The form goes through with its token and its accents, and the redirect leads back."""
    learner.ask(f"{LESSON}&do=edit")
    page = learner.tab.submit(with_field("wikitext"), wikitext=TEXT)
    assert (page.status, page.url) == (200, f"{learner.url}/excel/doku.php/curso:leccion")
    assert TEXT in page.text
    assert TEXT in learner.ask(f"{LESSON}&do=export_raw").text


def test_a_file_is_uploaded_and_downloaded(learner: Learner) -> None:
    """Every byte comes back, whole and by ranges, and a copy that is fresh is not sent again."""
    learner.ask("/excel/doku.php?id=start&do=media&ns=curso")
    token = re.search(r'name="sectok" value="(\w+)"', learner.tab.page.text)
    assert token
    where = f"/excel/lib/exe/ajax.php?call=mediaupload&qqfile=guia.pdf&ns=curso&sectok={token[1]}"
    up = learner.tab.fetch(where, method="POST", body=FILE, content_type="application/octet-stream")
    assert json.loads(up.text).get("success"), up.text
    down = learner.get("/excel/lib/exe/fetch.php?media=curso:guia.pdf")
    part = learner.get("/excel/lib/exe/fetch.php/curso:guia.pdf", Range="bytes=1000-1009")
    fresh = learner.get("/excel/lib/exe/fetch.php/curso:guia.pdf", **{"If-None-Match": down.header("ETag")})
    assert (down.status, down.body == FILE) == (200, True)
    assert (part.status, part.body) == (206, FILE[1000:1010])
    assert (fresh.status, fresh.body) == (304, b"")


def test_the_wiki_is_told_whose_session_it_is(learner: Learner) -> None:
    """And of the gate's cookies nothing."""
    told = json.loads(learner.tab.fetch("/excel/told.php").text)
    assert (told["X-Sence-Run"], told["X-Sence-Course"]) == (RUN, "excel")
    assert told["X-Sence-Session"] not in ("", "-")
    assert "_sence" not in told["Cookie"]
    assert told["Host"] in learner.url


def test_after_the_close_the_wiki_is_shut(url: str) -> None:
    """SENCE confirms the close, and the next page asks for a start again."""
    learner = Learner(url, Browser(HttpTransport()))
    learner.start(LESSON)
    learner.close("excel")
    assert "/_sence/inicio?" in learner.ask(LESSON).url
