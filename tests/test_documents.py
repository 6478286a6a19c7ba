"""The tag in thousands of pages that nobody here wrote."""

from __future__ import annotations

import gzip
import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import html5lib
import pytest
from playwright.sync_api import Page
from werkzeug.serving import make_server

from sence_gate.prologue import NoPlace
from tests.banner_server import TAG, Server
from tests.documents import PACKAGES, Document, documents, sample
from tests.oracle import window as chromium_window

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOW = "the documents are missing: run `make documents` (`make test` does it)"
SAMPLE = sample()
PIECE = 1000  # small enough for most prologues to be cut


def served(document: Document, *, is_whole: bool = True) -> Server:
    """Return what a server gets of *document*, in one piece or in several."""
    stored = document.stored
    step = len(stored) + 1 if is_whole else PIECE
    items = [stored[at : at + step] for at in range(0, len(stored), step)]
    coding = [("Content-Encoding", "gzip")] if document.is_gzip else []
    server = Server()
    return server.serve(server.application(items, ("Content-Length", str(len(stored))), *coding))


def untagged(document: Document, server: Server) -> bytes:
    """Return the page that left, less its tag."""
    body = gzip.decompress(server.body) if document.is_gzip else server.body
    before, _, behind = body.partition(TAG)
    return before + behind


def test_there_are_thousands() -> None:
    """Without them the tests below would prove nothing."""
    assert len(PACKAGES) >= 7, HOW
    assert sum(1 for package in PACKAGES for _ in documents(package)) > 3000, HOW


@pytest.mark.parametrize("package", PACKAGES)
def test_page_without_the_tag_is_the_document(package: str) -> None:
    """Byte for byte, whole and in pieces; a length that is said is right; every refusal has its reason."""
    for document in documents(package):
        for server in (served(document), served(document, is_whole=False)):
            tags = 0 if server.counted else 1
            assert untagged(document, server) == document.page, document.path
            assert gzip_or_plain(document, server).count(TAG) == tags, document.path
            assert server.header("Content-Length") in {None, str(len(server.body))}, document.path


def gzip_or_plain(document: Document, server: Server) -> bytes:
    return gzip.decompress(server.body) if document.is_gzip else server.body


@pytest.mark.parametrize("package", PACKAGES)
def test_pages_without_a_tag_are_pieces_of_pages(package: str) -> None:
    """They have neither doctype nor `<html>`: examples of what a script loads. No other page stays out."""
    counted: Counter[object] = Counter()
    for document in documents(package):
        server = served(document)
        counted += server.counted
        is_page = re.match(rb"\s*(<!--.*?-->\s*|<\?.*?>\s*)*<(!doctype|html)", document.page, re.S | re.I)
        assert bool(server.counted) is (is_page is None), document.path
    assert set(counted) <= {NoPlace.FRAGMENT}
    assert (counted.total() > 0) is (package == "libjs-jquery-ui-docs")


class Beginning(HTMLParser):
    """Another reading of a page's beginning: what stands before the tag."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.seen: list[str] = []
        at = page.index(TAG)
        self.feed(page[: at + len(TAG)].decode("latin-1"))

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.seen.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if data.strip(" \t\r\n\f"):
            self.seen.append(data)


@pytest.mark.parametrize("package", PACKAGES)
def test_only_a_prologue_stands_before_the_tag(package: str) -> None:
    """By the standard library's parser: a doctype, `<html>`, `<head>`, and the script."""
    ways = {
        ("html", "head", "script", "/script"),
        ("head", "script", "/script"),
        ("html", "script", "/script"),
    }
    for document in documents(package):
        server = served(document)
        if not server.counted:
            seen = tuple(Beginning(gzip_or_plain(document, server)).seen)
            assert seen in ways | {("script", "/script")}, document.path


def identity(document: Document) -> str:
    return f"{document.package} {document.path.name}"


PAGES = [each for each in SAMPLE if not served(each).counted]


@pytest.mark.parametrize("document", PAGES, ids=identity)
def test_a_parser_finds_the_script_first_in_the_head(document: Document) -> None:
    """By html5lib: the document is the same but for that, and in the same mode."""
    tagged, plain = (text[:60_000].decode("latin-1") for text in (served_page(document), document.page))
    parsers = [html5lib.HTMLParser(namespaceHTMLElements=False) for _ in range(2)]
    with_tag, without = (parser.parse(text) for parser, text in zip(parsers, (tagged, plain), strict=True))
    head = with_tag.find("head")
    script = head[0]
    assert (script.tag, script.get("src")) == ("script", "/_sence/banner.js?v=1")
    head.text = (head.text or "") + (script.tail or "") or None
    head.remove(script)
    plain_, tagged_ = ElementTree.tostring(without), ElementTree.tostring(with_tag)
    # What is cut off at the end of the text is cut off elsewhere in the other.
    assert tagged_[:50_000] == plain_[:50_000]
    assert parsers[0].compatMode == parsers[1].compatMode


def served_page(document: Document) -> bytes:
    return gzip_or_plain(document, served(document))


def platform(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer a document by its number, with the tag or as it is, or an empty page."""
    found = re.fullmatch(r"/(\d+)/(tagged|plain)", environ["PATH_INFO"])
    if found is None:
        start_response("200 OK", [("Content-Type", "text/html")])
        return [b"<!doctype html><body>"]
    document = PAGES[int(found[1])]
    start_response(
        "200 OK", [("Content-Type", "text/html"), ("Content-Security-Policy", "default-src 'none'")]
    )
    return [served_page(document) if found[2] == "tagged" else document.page]


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    application: WSGIApplication = platform
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


# In a frame where nothing runs, is loaded or leads on to another page.
READ = """async path => {
    const frame = document.createElement("iframe");
    frame.sandbox = "allow-same-origin";
    frame.src = path;
    const loaded = new Promise(resolve => frame.onload = resolve);
    document.body.append(frame);
    await loaded;
    const page = frame.contentDocument;
    const script = page.querySelector("script[src^='/_sence/banner.js']");
    const place = script && script === page.head.firstElementChild;
    script?.remove();
    frame.remove();
    return [place, page.compatMode, page.characterSet, page.documentElement.outerHTML];
}"""


@pytest.fixture(scope="module")
def window(origin: str) -> Iterator[Page]:
    with chromium_window() as window:
        window.goto(origin)
        yield window


@pytest.mark.parametrize("number", range(len(PAGES)), ids=map(identity, PAGES))
def test_chromium_finds_the_script_first_in_the_head(window: Page, number: int) -> None:
    """The page is the same but for that, read in the same mode and the same charset."""
    tagged, plain = (window.evaluate(READ, f"/{number}/{way}") for way in ("tagged", "plain"))
    assert tagged[0] is True
    assert tagged[1:] == plain[1:]
