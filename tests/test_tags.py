"""Which courses a page names: its tags up to `<body …>`, however the page is cut."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sence_gate.shared import page_pattern
from sence_gate.tags import LIMIT, GzipTagReader, Keys, TagReader, Unread, keys_in
from tests.shared_campus import BODY_CLASS, zipped
from tests.timing import quickest

PATTERN = page_pattern(BODY_CLASS)
SEVEN = b'<body class="x course-7">'
OR_SEARCH = r"mode=(?:(?P<any>search)|list&amp;ns=(?P<key>\w+))"


def read(page: bytes, size: int = 0, pattern: str = BODY_CLASS) -> Keys | Unread:
    """Return what a reader finds in *page*, fed in pieces of *size*."""
    reader = TagReader(page_pattern(pattern))
    for at in range(0, len(page), size or len(page) or 1):
        answer = reader.feed(page[at : at + (size or len(page))])
        if answer is not None:
            return answer
    return reader.end()


PAGES = [
    pytest.param(b'<html><body class="path-mod course-5 cmid-3">', ("5",), id="Moodle"),
    pytest.param(b"<html><body>", (), id="no course"),
    pytest.param(b'<html class="course-5"><head></head><body class="x">', ("5",), id="named before the body"),
    pytest.param(b'<html class="course-5"><body class="course-7">', ("7",), id="the body has the first word"),
    pytest.param(
        b'<link class="course-5"><meta class="course-7"><body>', ("5", "7"), id="two before the body"
    ),
    pytest.param(b'<body class="course-5 x course-7">', ("7", "5"), id="two in the body"),
    pytest.param(b'<BODY\n\tid=x CLASS=y class="course-5"\n>', ("5",), id="capitals and lines"),
    pytest.param(b'<body title="a>b" class="course-5">', ("5",), id="a > in quotes"),
    pytest.param(b'<p x=\'">\'><body class="course-5">', ("5",), id="quotes in quotes"),
    pytest.param(b'<p x=a"><body class="course-5">', ("5",), id="a quote in a value without quotes"),
    pytest.param(b'<p "x><body class="course-5">', ("5",), id="a quote in a name"),
    pytest.param(b'<p x = "<body class=\'course-7\'>" ><body class="course-5">', ("5",), id="blanks and ="),
    pytest.param(b'<p x=><body class="course-5">', ("5",), id="a value that is missing"),
    pytest.param(b'<bodyguard class="course-7"><body>', ("7",), id="a longer name"),
    pytest.param(b'</body class="course-7"><body>', (), id="an end tag"),
    pytest.param(b'< body class="course-7"><body>', (), id="a blank before the name"),
    pytest.param(b'\xef\xbb\xbf<!doctype html><body class="course-5">', ("5",), id="byte order mark"),
    pytest.param(b'<body class="course-5"', Unread.NO_BODY, id="cut in the tag"),
    pytest.param(b"<p>hola</p>", Unread.NO_BODY, id="a fragment"),
    pytest.param(b"", Unread.NO_BODY, id="nothing"),
    pytest.param(b"\xff\xfe<\0b\0", Unread.CHARSET, id="UTF-16"),
    pytest.param(b"<meta>" * 50_000, Unread.TOO_LONG, id="an endless head"),
    pytest.param(b"<!--" + b"x" * 300_000, Unread.TOO_LONG, id="an endless comment"),
    pytest.param(b"<p " + b"x" * 300_000, Unread.TOO_LONG, id="an endless tag"),
    pytest.param(b"<body " + b"x" * 9_000 + b">", Unread.TOO_LONG, id="a body tag too long to compare"),
    pytest.param(b'<link class="course-7" href="' + b"x" * 9_000 + b'"><body>', (), id="a picture in a link"),
]


@pytest.mark.parametrize(("page", "expected"), PAGES)
def test_the_tags_name_the_course(page: bytes, expected: Keys | Unread) -> None:
    """Whole or in pieces, the answer is the same."""
    sizes = (0, 1, 2, 3, 7, 4096) if len(page) < 10_000 else (0, 4096)
    assert {read(page, size) for size in sizes} == {expected}


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param(b'<link href="?mode=list&amp;ns=excel"><body>', ("excel",), id="a course"),
        pytest.param(b'<link href="?mode=search"><body>', Unread.SEVERAL, id="a search"),
        pytest.param(
            b'<link href="?mode=list&amp;ns=excel"><link href="?mode=search"><body>',
            Unread.SEVERAL,
            id="a search within a course",
        ),
        pytest.param(
            b'<link x="mode=list&amp;ns=excel" y="mode=search"><body>', Unread.SEVERAL, id="both in one tag"
        ),
        pytest.param(b"<title>mode=search</title><body>", (), id="a title"),
        pytest.param(b'<body><link href="?mode=search">', (), id="behind the body's tag"),
    ],
)
@pytest.mark.parametrize("size", [0, 1])
def test_a_page_of_several_courses_is_of_none_for_certain(
    page: bytes, expected: Keys | Unread, size: int
) -> None:
    """The group `any` has the last word, wherever before the body it stands."""
    assert read(page, size, OR_SEARCH) == expected


HIDDEN = [
    pytest.param(b"<!-- %b -->", id="a comment"),
    pytest.param(b"<!--> --> <!-- %b --!>", id="a comment after an empty one"),
    pytest.param(b"<!---><!--%b-- >-->", id="a comment with its end in it"),
    pytest.param(b"<title>%b</title>", id="a title"),
    pytest.param(b"<TITLE>%b</titles></Title >", id="a title with another end"),
    pytest.param(b"<script>var a = '%b';</script>", id="a script"),
    pytest.param(b"<style>/* %b */</style>", id="a style"),
    pytest.param(b"<noscript>%b</noscript>", id="for browsers without scripts"),
    pytest.param(b"<template>%b</template>", id="a template"),
    pytest.param(b"<textarea>%b</textarea>", id="a text area"),
    pytest.param(b"<!doctype %b", id="a doctype"),
    pytest.param(b"<?xml %b", id="a processing instruction"),
    pytest.param(b"</ %b", id="a bogus comment"),
]


@pytest.mark.parametrize("around", HIDDEN)
@pytest.mark.parametrize("size", [0, 1, 5])
def test_what_is_no_tag_is_not_compared(around: bytes, size: int) -> None:
    """Learners write titles, and platforms put names into scripts and comments."""
    page = b"<html><head>" + around % SEVEN + b'</head><body class="course-5">'
    assert read(page, size) == ("5",)


def test_a_match_does_not_reach_over_two_tags() -> None:
    """Each tag is compared by itself, whatever the pattern allows."""
    page = b'<meta content=\'class="\'><meta content="course-7"><body>'
    assert read(page, pattern=r'class="(?s:.)*course-(?P<key>\d+)') == ()


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (b"<link ns=><body>", ("",)),
        (b"<link ns=><link ns=5><body>", ("5",)),
        (b"<link ns=5><body ns=>", ("5",)),
        (b"<link><body>", ()),
    ],
)
def test_an_empty_key_is_a_word_but_gives_way_to_any_other(page: bytes, expected: Keys) -> None:
    """It says "of no course", where a page without any says nothing."""
    assert read(page, pattern=r"ns=(?P<key>\d*)") == expected


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"course-(?P<key>\d)", id="short"),
        pytest.param(r'".*course-(?P<key>\d)', id="greedy"),
        pytest.param(r'"[^"]*\bcourse-(?P<key>\d)', id="greedy in an attribute"),
    ],
)
def test_every_key_of_a_tag_is_found(pattern: str) -> None:
    """A greedy pattern must not hide the course that stands first."""
    tag = b'<body class="course-1 course-2 course-3">'
    assert set(keys_in(page_pattern(pattern), tag)) == {"1", "2", "3"}


def test_the_keys_of_one_tag_are_bounded() -> None:
    """A tag of a thousand courses costs no more than one of eight."""
    tag = b'<body class="%b">' % b" ".join(b"course-%d" % n for n in range(500))
    assert len(keys_in(PATTERN, tag)) == 8


ODDS = [b"'", b'"', b"<", b">", b"/", b"=", b" ", b"--", b"!", b"x", b"<!-", b"<p x='"]
WHOLE = [b"<!-- course-1 -->", b"<!---->", b"<title>", b"</title>", b"<script>", b"</script>"]
PIECES = st.sampled_from([*ODDS, *WHOLE, b'<meta class="course-2">', b'<body class="course-3">'])


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=12), st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_any_chunking_gives_the_same_answer(pieces: list[bytes], sizes: list[int]) -> None:
    """Wherever the platform cuts its page, and whether it compresses it."""
    page = b"".join(pieces) + b' <body class="course-5">'
    whole, packed = read(page), zipped(page)
    for data, reader in ((page, TagReader(PATTERN)), (packed, GzipTagReader(PATTERN))):
        at, answer, turn = 0, None, 0
        while answer is None and at < len(data):
            size = sizes[turn % len(sizes)]
            answer, at, turn = reader.feed(data[at : at + size]), at + size, turn + 1
        assert (reader.end() if answer is None else answer) == whole


class Witness(HTMLParser):
    """Python's own parser, as a second reading of well-formed heads."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag and its class."""
        self.tags.append((tag, dict(attrs).get("class") or ""))


TAGS = ['<meta class="course-2" content="a>b">', "<link class=x href=y>", "<br/>", "<p>", "</p>"]
TEXTS = [
    "texto",
    "<title>a < b</title>",
    "<!-- <body class='course-1'> -->",
    "<!-- - -- -->",
    "<style>a>b{}</style>",
]
TEXTS += ["<script>if (a<b) c('<p class=\"course-1\">')</script>"]
HEADS = st.lists(st.sampled_from([*TAGS, *TEXTS]), max_size=8)


@settings(max_examples=200, deadline=None)
@given(HEADS, st.sampled_from(["x", "course-5", "a course-5 b"]))
def test_a_second_reading_finds_the_same_tags(head: list[str], classes: str) -> None:
    """What Python's own parser takes for tags is what was compared."""
    page = f'<html><head>{"".join(head)}</head><body class="{classes}">'
    witness = Witness()
    witness.feed(page)
    in_body = [word[7:] for word in witness.tags[-1][1].split() if word.startswith("course-")]
    before = ["2" for tag, names in witness.tags[:-1] if names == "course-2"]
    assert read(page.encode()) == tuple(dict.fromkeys(in_body or before))


def test_p32_work_is_linear_however_a_page_is_cut() -> None:
    """A tag that comes byte by byte is not read again for each byte."""

    def cost(length: int) -> float:
        page = b"<p " + b'a="b" ' * (length // 6)
        return quickest(lambda: read(page, 1))

    assert cost(80_000) < 8 * cost(20_000)


def test_no_more_than_the_limit_is_kept() -> None:
    """A page that never names its course costs bounded memory."""
    reader = TagReader(PATTERN)
    for _ in range(100):
        answer = reader.feed(b"<p>" * 20_000)
    assert answer is Unread.TOO_LONG
    assert len(reader._data) == LIMIT


def test_a_bomb_is_not_unpacked() -> None:
    """A gigabyte of blanks in a megabyte of gzip: what is read stays bounded."""
    assert GzipTagReader(PATTERN).feed(zipped(b" " * 50_000_000)) is Unread.TOO_LONG
