"""Patterns of paths: which branch they guard, and what is wrong with them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sence_gate.patterns import (
    Exactly,
    PathIndex,
    covers,
    guards,
    is_literal,
    keys_of,
    overlap,
    path_faults,
    segments_of,
    spellings_under,
)

PATTERNS = st.lists(st.sampled_from(["a", "B", "{x}", "5", "07", "5a", "ü"]), max_size=3).map(
    lambda names: "/" + "/".join(names)
)
NAMES = ["a", "b", "c", "", "%61", "5", "05", "5A", "0_5", "7", "\xc3\xbc", "y", "u"]
PATHS = st.lists(st.sampled_from(NAMES), max_size=4).map(lambda names: "/" + "/".join(names))


@settings(deadline=None)
@given(st.lists(PATTERNS, max_size=5), PATHS)
def test_the_index_finds_what_comparing_one_by_one_finds(patterns: list[str], path: str) -> None:
    """Looking up is only faster."""
    index: PathIndex[list[str]] = PathIndex(list)
    for pattern in patterns:
        index.at(segments_of(pattern)).append(pattern)
    found = [pattern for place in index.guarding(path) for pattern in place]
    assert set(found) == {pattern for pattern in patterns if guards(segments_of(pattern), path)}


@settings(deadline=None)
@given(st.lists(PATTERNS, max_size=5), PATTERNS)
def test_the_index_finds_the_patterns_that_cover_another(patterns: list[str], narrow: str) -> None:
    """The same tree answers about patterns."""
    index: PathIndex[list[str]] = PathIndex(list)
    for pattern in patterns:
        index.at(segments_of(pattern)).append(pattern)
    found = [pattern for place in index.covering(segments_of(narrow)) for pattern in place]
    wide = [pattern for pattern in patterns if covers(segments_of(pattern), segments_of(narrow))]
    assert sorted(found) == sorted(wide)


@settings(deadline=None)
@given(PATTERNS, PATTERNS, PATHS)
def test_patterns_are_compared_as_the_paths_they_guard(one: str, other: str, path: str) -> None:
    """Covering and overlapping say what they say about every path."""
    wide, narrow = segments_of(one), segments_of(other)
    in_one, in_other = guards(wide, path), guards(narrow, path)
    assert not (covers(wide, narrow) and in_other) or in_one
    assert not (in_one and in_other) or overlap(wide, narrow)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("/a", "/a/b", True),
        ("/{x}/b", "/a/{y}", True),
        ("/a/b", "/a/c", False),
        ("/", "/c", True),
        ("/5", "/5-excel", True),
        ("/5", "/6", False),
    ],
)
def test_patterns_overlap_when_some_path_lies_in_both(one: str, other: str, expected: bool) -> None:
    """In either order."""
    assert overlap(segments_of(one), segments_of(other)) is expected
    assert overlap(segments_of(other), segments_of(one)) is expected


@pytest.mark.parametrize(
    ("mount", "pattern", "expected"),
    [
        pytest.param("", "/a/", ("/a/",), id="no mount"),
        pytest.param("/", "/a/", ("/a/",), id="mounted at the root"),
        pytest.param("/m", "/m/a/", ("/m/a/", "/a"), id="written with the mount"),
        pytest.param("/m/", "/a", ("/a", "/m/a"), id="written without"),
        pytest.param("/m", "/m", ("/m", "/"), id="the mount itself"),
        pytest.param("/m", "/mas", ("/mas", "/m/mas"), id="a longer name is not below the mount"),
        pytest.param("/5", "/5mas", ("/5mas", "/5/5mas"), id="neither is a name that begins with its number"),
    ],
)
def test_a_pattern_stands_for_its_place_under_the_mount(
    mount: str, pattern: str, expected: tuple[str, ...]
) -> None:
    """A front server may take the mount path off."""
    assert spellings_under(mount, pattern) == expected


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        pytest.param("/a/b", "/a/b", True, id="itself"),
        pytest.param("/a/b/", "/a/b", True, id="a slash at the end means nothing"),
        pytest.param("/a/b", "/a/b/c", True, id="below"),
        pytest.param("/a/b", "/a/bc", False, id="a longer name"),
        pytest.param("/a/b", "/a", False, id="above"),
        pytest.param("/a/b", "/A/b", False, id="other case"),
        pytest.param("/a/{x}", "/a/..", False, id="no name is dot-dot"),
        pytest.param("/a/{x}", "/a/", False, id="no name is empty"),
        pytest.param("/a/{x}/c", "/a/b/c", True, id="a name"),
        pytest.param("/ñ o", "/\xc3\xb1 o", True, id="bytes of UTF-8"),
        pytest.param("/ñ o", "/%C3%B1%20o", True, id="encoded"),
        pytest.param("/ñ", "/%c3%b1", True, id="encoded in small letters"),
        pytest.param("/ñ", "/\xf1", False, id="latin-1"),
        pytest.param("/5", "/05", False, id="a number spelled otherwise"),
        pytest.param("/05", "/5", False, id="a number without its zero"),
        pytest.param("/5", "/5a", False, id="a number with letters after it"),
    ],
)
def test_an_exact_pattern_holds_as_written(pattern: str, path: str, expected: bool) -> None:
    """Exceptions free a path, so nothing is forgiven."""
    assert Exactly.of(pattern).holds(path) is expected


def test_a_pattern_has_the_keys_of_each_collation() -> None:
    """Where all collations agree, once."""
    assert keys_of("/05/{x}/Ñu") == (("5", None, "nu"),)
    assert keys_of("/güa/paß") == (("gua", "pass"), ("gua", "pas"), ("guea", "pass"), ("gya", "pass"))
    assert keys_of("/") == ((),)


@pytest.mark.parametrize(("pattern", "expected"), [("/a/b", True), ("/a/{b}", False), ("/", True)])
def test_a_literal_pattern_is_a_path(pattern: str, expected: bool) -> None:
    """Only such a pattern can be a link."""
    assert is_literal(pattern) is expected


@pytest.mark.parametrize("pattern", ["/", "/a/", "/a/{b}/c.php", "/Año 1/c++", "/.well-known", "/1º"])
def test_a_good_pattern_has_no_faults(pattern: str) -> None:
    """Everyday paths are accepted."""
    assert path_faults(pattern) == ()


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        pytest.param("", "begin with a slash", id="empty"),
        pytest.param("a/b", "begin with a slash", id="relative"),
        pytest.param("/a?id=5", "`query`", id="query"),
        pytest.param("/a#b", "? or #", id="fragment"),
        pytest.param("/a/{b", "whole segment", id="open brace"),
        pytest.param("/a/x{b}", "whole segment", id="part of a segment"),
        pytest.param("/a/{}", "whole segment", id="no name"),
        pytest.param("/a/{1}", "letters", id="a number for a name"),
        pytest.param("/a/*", "knows no *", id="star of Caddy and nginx"),
        pytest.param("/a/.*", "knows no *", id="regular expression"),
        pytest.param("/a/<int:b>/", "knows no *", id="converter of Django and Flask"),
        pytest.param("/a/:b/", "knows no *", id="name of Express and Rails"),
        pytest.param("/a\n", "control", id="line break"),
        pytest.param("/a\u200b", "invisible", id="zero width"),
        pytest.param("/\u0301", "invisible", id="only a combining mark"),
        pytest.param("/a%20b", "percent-encoded", id="encoded"),
        pytest.param("/a\\b", "backslash", id="backslash"),
        pytest.param("/a;b", "semicolon", id="parameter"),
        pytest.param("//a", "empty segment", id="two slashes"),
        pytest.param("/a/../b", ". or ..", id="dot-dot"),
        pytest.param("/a/.", ". or ..", id="dot"),
        pytest.param("/a./b", "end in a space or a dot", id="trailing dot"),
        pytest.param("/ a", "begin with a space", id="leading space"),
        pytest.param("/n\u0303", "NFC", id="decomposed"),
    ],
)
def test_a_bad_pattern_is_told_what_to_do(pattern: str, fault: str) -> None:
    """Each fault is one sentence."""
    assert any(fault in text for text in path_faults(pattern))


def test_all_faults_are_told_at_once() -> None:
    """Nobody corrects a file line by line."""
    assert len(path_faults("a//b;c%20")) == 4


@pytest.mark.parametrize("pattern", ["/a/1º", "/a/c++", "/a&b", "/a:b:$x"])
def test_an_exception_that_could_never_hold_is_a_fault(pattern: str) -> None:
    """Some platform reads it in another way, so it would free nothing."""
    assert path_faults(pattern) == ()
    assert "rename" in path_faults(pattern, exact=True)[0]


@pytest.mark.parametrize("pattern", ["/a/público/", "/a/{x}/mis docs", "/a/b,c(1)"])
def test_an_exception_that_can_hold_is_fine(pattern: str) -> None:
    """Accents and spaces are encoded by browsers, and known so."""
    assert path_faults(pattern, exact=True) == ()
