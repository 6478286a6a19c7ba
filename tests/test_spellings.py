"""What platforms do to names: decoding and careless comparison."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sence_gate.spellings import as_native, as_text, fold, fully_decoded, readings


@settings(deadline=None)
@given(st.text())
def test_a_native_string_gives_its_text_back(text: str) -> None:
    """The two directions are inverses, lone surrogates apart."""
    plain = text.encode("utf-8", "ignore").decode()
    assert as_text(as_native(plain)) == plain


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_have_a_text(data: bytes) -> None:
    """What is not UTF-8 is read as latin-1."""
    assert isinstance(as_text(data.decode("latin-1")), str)


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        pytest.param("abc", ["abc"], id="ASCII has one reading"),
        pytest.param("\xc3\xa1", ["á", "\xc3\xa1"], id="UTF-8 and latin-1"),
        pytest.param("\xe1", ["á"], id="latin-1 alone"),
        pytest.param("\xc3\xa1\xe1", ["áá", "\xc3\xa1\xe1"], id="a mixture"),
    ],
)
def test_bytes_are_read_in_both_ways(native: str, expected: list[str]) -> None:
    """Old platforms are latin-1, new ones UTF-8."""
    assert list(readings(native)) == expected


@settings(deadline=None)
@given(st.text(), st.text())
def test_what_standard_comparison_finds_equal_is_equal(one: str, other: str) -> None:
    """NFKC and casefold is the least that is forgotten."""
    for text in (one, other, one + other):
        usual = unicodedata.normalize("NFKC", text).casefold()
        assert fold(text) == fold(usual)


def test_every_character_is_folded_at_least_as_usual() -> None:
    """Greek alone has 65 characters for which the order of the foldings matters."""
    for character in map(chr, range(0x80, 0xD800)):
        usual = unicodedata.normalize("NFKC", character).casefold()
        assert fold(character) == fold(usual) == fold(fold(character)) == fold(character.upper())


@settings(deadline=None)
@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    """Patterns are folded once and compared with names folded once."""
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("EXCEL", "excel", id="case"),
        pytest.param("Straße", "strasse", id="sharp s"),
        pytest.param("İstanbul ıı", "istanbul II", id="dotted and dotless i"),
        pytest.param("Ñandú", "nandu", id="accents"),
        pytest.param("n\u0303", "ñ", id="decomposed"),
        pytest.param("ｅｘｃｅｌ", "excel", id="full width"),
        pytest.param("ex\u00adc\u200bel", "excel", id="invisible characters"),
        pytest.param("1º", "1o", id="ordinal"),
    ],
)
def test_careless_eyes_see_no_difference(one: str, other: str) -> None:
    """Databases and file systems each forget one of these."""
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("excel", "excel-2"), ("a", "b"), ("o", "0"), ("ab", "a b")])
def test_other_names_stay_other_names(one: str, other: str) -> None:
    """Folding does not gate everything."""
    assert fold(one) != fold(other)


def test_every_round_of_decoding_is_told() -> None:
    """A name may be read at any depth."""
    assert fully_decoded("%2569d%u0064") == ["%2569d%u0064", "%69dd", "idd"]
