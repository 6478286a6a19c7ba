"""Where the tag goes: by example, the same in pieces, and by the judgement of an HTML parser."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sence_gate.prologue import LIMIT, NoPlace, Prologue

TAG = b"<script></script>"

# What stands in prologues, the strange with the usual; every sequence of them is a page.
PIECES = (
    *("<!doctype html>", "<!DOCTYPE html PUBLIC '-//W3C//DTD>", "<!DocTypehtml>", "<?xml version='1.0'?>"),
    *(
        "<!-- -->",
        "<!---->",
        "<!-->",
        "<!--->",
        "<!-- a --!>",
        "<!--a--!-->",
        "<!-- <!-- -->",
        "<!--[if IE]><html>-->",
    ),
    *("<!--->-->", "<!-- - -- > -->", "<!x>", "<!->", "<!>", "<?>", "\n", " \t", "\r\n", "\f"),
    *(
        "<html>",
        "<HTML lang='es'>",
        '<html a=">" b>',
        "<html a='>'>",
        "<html a=\f'>'>",
        "<html a=b/>",
        "<html / a = b>",
        "<html =a=>",
    ),
    *(
        "<html a = >",
        "<html a=\"x\"b='y'>",
        "<html\n>",
        "<html a='\"'>",
        '<html x"y>',
        "<html a=b'c>",
        "<html/>",
    ),
    *("<head>", "<HEAD\tid=x>", "<head a='<head>'>", "<head/>", "<head x=>"),
    *(
        "<title>x</title>",
        "<body>",
        "<header>",
        "<htmlx>",
        "<p>",
        "text",
        "<",
        "<h",
        "<meta charset=utf-8>",
        "&amp;",
        "\0",
        *("</p>", "</p a='>'>", "</head>", "</br>", "</", "</>", "</3>", "</html", "</headx>", "</BODY a>"),
        *("<frameset>", "<plaintext>", "<svg>", "<template>", "<script><head></script>", "<br>"),
        *('<?php echo ">" ?>', "<!DOCTYPE html [<!ENTITY x '>'>]>", "<![CDATA[x]]>", "<base href=x>"),
        *("<!--[if !IE]><!-->", "<!--<![endif]-->", "<!", "<!-", "<?"),
        "<!--\x1b$B-->",
    ),
)
pages = st.lists(st.sampled_from(PIECES), max_size=9).map(lambda pieces: "".join(pieces).encode())
documents = pages.map(lambda page: b"<!doctype html>" + page.replace(b"\x1b", b"") + b"<p>end")


def read(*items: bytes) -> int | NoPlace | None:
    """Return what a reader that is fed *items* answers first."""
    prologue = Prologue()
    answers = (prologue.feed(item) for item in items)
    return next((answer for answer in answers if answer is not None), None)


@pytest.mark.parametrize(
    "page",
    [
        pytest.param("<!doctype html><html><head>|<title>", id="behind the head"),
        pytest.param("<!DOCTYPE HTML><HTML LANG='es'><HEAD>|", id="upper case"),
        pytest.param("<!doctype html><html a='>'><head b=\">\">|", id="> in quotes"),
        pytest.param("<!doctype html><html a=b/><head\nc = d / e>|", id="attributes without quotes"),
        pytest.param("<!doctype html>\n|<title>x</title>", id="no head, no html"),
        pytest.param("<html>\n|<body>", id="no head, no doctype"),
        pytest.param("<!doctype html>|text", id="nothing but text"),
        pytest.param("<!doctype html><html>|<header>", id="a name that begins with head"),
        pytest.param("<!doctype html>|<htmlx>", id="a name that begins with html"),
        pytest.param("<!doctype html></div a='>'></><head>|", id="stray end tags"),
        pytest.param("<!doctype html>|</body><head>", id="an end tag that makes the head"),
        pytest.param("<!--a--!><!--><!---><!---->\n<!doctype html><head>|", id="comments that end oddly"),
        pytest.param("<!doctype html><!--[if IE]><head><![endif]--><head>|", id="a head in a comment"),
        pytest.param("<?xml version='1.0'?><!doctype html><html xmlns='x'><head>|", id="XML declaration"),
        pytest.param("<!doctype html><![CDATA[x]]>|text", id="CDATA is a comment in HTML"),
        pytest.param("<!doctype html><html><frameset>", id="frameset"),
        pytest.param("<!-- <!doctype html> --><!doctype html><head>|", id="a doctype in a comment first"),
        pytest.param("<!doctype html>|<script>'<head>'</script><head>", id="a head in a script"),
        pytest.param("<!doctype html><html data-x='<head>'><head>|", id="a head in an attribute"),
        pytest.param(
            "<!doctype html [<!entity x 'y'>|]><head>", id="internal subset, which HTML ends at the first >"
        ),
        pytest.param("<?php echo 1 ?><!doctype html><head>|", id="a PHP tag that nobody ran"),
        pytest.param(
            "<!doctype svg><?xml-stylesheet href='x'?>|<svg><head/></svg>", id="a root that is not HTML"
        ),
        pytest.param("<!doctype html>|<plaintext><head>", id="plaintext"),
        pytest.param(
            "<!doctype html><!--[if IE]><html class=ie><![endif]--><!--[if !IE]><!--><html>|<p>", id="IE"
        ),
    ],
)
def test_place(page: str) -> None:
    """The place is behind `<head …>`, or before the first thing that is no prologue."""
    page = page if "|" in page else page.replace("<frameset>", "|<frameset>")
    assert read(page.replace("|", "").encode()) == page.index("|")


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        pytest.param(b"<p>a piece</p>", NoPlace.FRAGMENT, id="fragment"),
        pytest.param(b" <!-- a --> <head><title>", NoPlace.FRAGMENT, id="head without doctype and html"),
        pytest.param(b'{"html": "<html>"}', NoPlace.FRAGMENT, id="JSON that says it is HTML"),
        pytest.param(b"<?php echo '>' ?><!doctype html>", NoPlace.FRAGMENT, id="a PHP tag that ends early"),
        pytest.param(b"\x00<!doctype html>", NoPlace.FRAGMENT, id="NUL"),
        pytest.param(
            "\ufeff<!doctype html>".encode("utf-16-le"), NoPlace.UTF_16, id="UTF-16, little end first"
        ),
        pytest.param("\ufeff<!doctype html>".encode("utf-16-be"), NoPlace.UTF_16, id="UTF-16, big end first"),
        pytest.param("<!doctype html>".encode("utf-16-le"), NoPlace.FRAGMENT, id="UTF-16 without a mark"),
        pytest.param("  \ufeff<!doctype html>".encode(), NoPlace.FRAGMENT, id="a mark that is not first"),
        pytest.param(b"<!doctype html><!--" + b"a" * LIMIT, NoPlace.TOO_LONG, id="endless comment"),
        pytest.param(
            b"<!doctype html>" + b" " * LIMIT + b"<head>", NoPlace.TOO_LONG, id="endless white space"
        ),
        pytest.param(b"<!doctype html><!-- \x1b$B-->\x1b(B --><head>", NoPlace.SHIFTED, id="ISO-2022-JP"),
        pytest.param(b"<!doctype html><!-- \x1b$B --><p>", NoPlace.SHIFTED, id="ISO-2022-JP without a head"),
        pytest.param(b"<!doctype html><!-- -- ", None, id="comment goes on"),
        pytest.param(b"<!doctype html><head a='", None, id="attribute goes on"),
        pytest.param(b"", None, id="nothing yet"),
    ],
)
def test_i17_i25_no_place(page: bytes, reason: NoPlace | None) -> None:
    """What is no page, or does not say so soon enough, gets no tag."""
    assert read(page) == reason
    assert read(*(page[i : i + 1] for i in range(len(page)))) == reason


def test_i17_a_byte_order_mark_is_passed_over() -> None:
    """UTF-8 with its mark is a page like any other, even when the mark is cut."""
    assert read(b"\xef", b"\xbb", b"\xbf<!doctype html><head>") == 24


@pytest.mark.parametrize("size", [LIMIT - 1, LIMIT, LIMIT + 1])
def test_limit_counts_bytes_and_not_items(size: int) -> None:
    """A prologue of exactly the limit is read, one byte more is not, however it comes."""
    page = b"<!doctype html><!--" + b"a" * (size - 28) + b"--><head>" + b"<title>"
    expected = size if size <= LIMIT else NoPlace.TOO_LONG
    assert read(page) == expected
    assert read(page[:1000], page[1000:60000], page[60000:]) == expected


@given(pages, st.lists(st.integers(0, 200), max_size=8))
def test_i19_every_split_gives_the_same_place(page: bytes, cuts: list[int]) -> None:
    """Items are an accident of the network: the place depends on the bytes alone."""
    edges = [0, *sorted(cuts), len(page)]
    assert read(*(page[a:b] for a, b in pairwise(edges))) == read(page)
    assert read(*(page[i : i + 1] for i in range(len(page)))) == read(page)


@given(documents)
def test_parser_finds_the_same_page_and_the_tag_in_its_head(page: bytes) -> None:
    """For a browser the page with the tag is the page, with one script first in its head."""
    place = read(page)
    assert isinstance(place, int)
    root = html5lib.parse(page[:place] + TAG + page[place:], namespaceHTMLElements=False)
    head = root.find("head")
    assert head is not None
    script = head[0]
    assert script.tag == "script"
    head.text = (head.text or "") + (script.tail or "") or None
    head.remove(script)
    before = html5lib.parse(page, namespaceHTMLElements=False)
    assert ElementTree.tostring(root) == ElementTree.tostring(before)
