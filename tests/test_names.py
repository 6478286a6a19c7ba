"""What platforms take for the same name."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sence_gate.names import could_be, fold, kept_as
from tests.timing import quickest


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
        pytest.param("exceł", "excel", id="l with stroke"),
        pytest.param("seguriđad", "seguridad", id="d with stroke"),
        pytest.param("øħŧ", "oht", id="other strokes"),
        pytest.param("æro œuvre", "aero oeuvre", id="letters joined"),
        pytest.param("ðþŋ", "dthn", id="letters of Iceland and of the Sami"),
        pytest.param("exc\u0364l", "excel", id="a small letter above"),
        pytest.param("🅔🆇cel 🆔", "excel id", id="letters in squares"),
        pytest.param("٥५๕⁵➄〥༮", "5555555", id="digits of other scripts"),
        pytest.param("a‐b−c", "a-b-c", id="hyphens"),
        pytest.param("εxcεl", "excel", id="best fit of Greek"),
        pytest.param("🍣", "🍺", id="beyond the first plane"),
    ],
)
def test_careless_eyes_see_no_difference(one: str, other: str) -> None:
    """Databases and file systems each forget one of these."""
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("excel", "excel-2"), ("a", "b"), ("o", "0"), ("ab", "a b")])
def test_other_names_stay_other_names(one: str, other: str) -> None:
    """Folding does not gate everything."""
    assert fold(one) != fold(other)


@pytest.mark.parametrize("one", ["日本", "ж", "курс", "ñ日", "🍣"])
def test_letters_of_other_scripts_are_no_wildcard(one: str) -> None:
    """They are themselves or nothing: pages in other scripts stay free beside a course."""
    assert could_be(one) <= {fold(one), "n"}


@pytest.mark.parametrize("name", ["excel", "Ñandú", "5-excel", "lingüística", "日本", "a.b c", "05", "🍣"])
def test_a_name_could_be_itself(name: str) -> None:
    """However it is kept, it is found."""
    assert set(kept_as(name)) <= could_be(name)


SPELLINGS_OF_5 = [
    pytest.param("5", id="itself"),
    pytest.param("05", id="a leading zero"),
    pytest.param("0000000000000000000005", id="many leading zeros"),
    pytest.param("٥", id="Arabic-Indic"),
    pytest.param("５", id="full width"),
    pytest.param("0५", id="mixed scripts"),
    pytest.param("0_5", id="underscore of Python"),
    pytest.param("+5", id="plus"),
    pytest.param("-5", id="minus, which absint takes off"),
    pytest.param(" 5 ", id="spaces"),
    pytest.param("\u00a05", id="no-break space"),
    pytest.param("5abc", id="letters after it, as PHP casts"),
    pytest.param("5-excel", id="a slug after it, as Rails casts"),
    pytest.param("5日本", id="foreign letters after it"),
    pytest.param("5.0", id="a real number"),
    pytest.param("5.9", id="cut off"),
    pytest.param("4.6", id="rounded"),
    pytest.param("4.99999999999999999999", id="rounded while it is read"),
    pytest.param("5e0", id="exponent"),
    pytest.param("50e-1", id="negative exponent"),
    pytest.param(".5e1", id="no digit before the point"),
    pytest.param("0x05", id="hexadecimal"),
    pytest.param("0o5", id="octal"),
    pytest.param("0b101xyz", id="binary"),
    pytest.param("4294967301", id="in 32 bits"),
    pytest.param("-4294967291", id="negative in 32 bits"),
    pytest.param("18446744073709551621", id="in 64 bits"),
    pytest.param(str(10**70 * 2**64 + 5), id="very long in 64 bits"),
]


@pytest.mark.parametrize("name", SPELLINGS_OF_5)
def test_whatever_some_language_casts_to_a_number_could_be_it(name: str) -> None:
    """Routers, languages and databases each have their own cast."""
    assert kept_as("5") == kept_as("005") == kept_as("٥")[:1] == ("5",)
    assert "5" in could_be(name)


@pytest.mark.parametrize("name", ["6", "50", "15", "a5", "curso-5", "five", "", ".", "1e999", "_5"])
def test_other_numbers_and_names_are_not_that_number(name: str) -> None:
    """A number stands at the beginning, and has one value."""
    assert "5" not in could_be(name)


def test_separators_of_thousands_are_skipped() -> None:
    """And digits before them are a number too."""
    assert {"1", "1000"} <= could_be("1,000") & could_be("1_000")


UUID = "3f2a8c1e-0b5d-4e6f-8a9b-0c1d2e3f4a5b"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(UUID.replace("-", ""), id="no hyphens"),
        pytest.param("{" + UUID + "}", id="braces"),
        pytest.param("(" + UUID + ")", id="parentheses"),
        pytest.param("urn:uuid:" + UUID, id="URN"),
        pytest.param("URN:UUID:{" + UUID.upper() + "}", id="everything at once"),
        pytest.param("-".join(UUID.replace("-", "")[at : at + 4] for at in range(0, 32, 4)), id="PostgreSQL"),
        pytest.param(UUID.replace("3f2a8", "３f２a８"), id="full-width digits"),
    ],
)
def test_a_uuid_could_be_spelled_otherwise(name: str) -> None:
    """Parsers of UUIDs take hyphens, braces and prefixes off; either spelling may be the configured one."""
    assert set(kept_as(UUID)) == set(kept_as(name)) <= could_be(name) & could_be(UUID)


@pytest.mark.parametrize("name", [UUID[:-1], UUID + "0", "g" + UUID[1:], UUID[::-1]])
def test_other_uuids_are_other_names(name: str) -> None:
    """All 32 digits count."""
    assert not set(kept_as(UUID)) & could_be(name)


@pytest.mark.parametrize(
    ("kept", "name"),
    [
        pytest.param("paso", "paßo", id="sharp s as one letter"),
        pytest.param("passo", "paßo", id="sharp s as two"),
        pytest.param("straße", "strase", id="a configured sharp s"),
        pytest.param("uebung", "Übung", id="German phone books"),
        pytest.param("python", "püthon", id="Swedish ü"),
        pytest.param("python", "pu\u0308thon", id="Swedish ü, decomposed"),
        pytest.param("lingüística", "lingyistica", id="a configured ü"),
        pytest.param("excel", "exc日el", id="an unknown letter is dropped"),
        pytest.param("excel", "éxc\u0142el", id="a letter with a stroke is dropped"),
        pytest.param("excel", "ｅxc\u0142el", id="and full-width letters beside it are kept"),
        pytest.param("5000000000", str(2**64 + 5_000_000_000), id="a long number in 64 bits"),
        pytest.param("excel", "ex\u0640cel", id="tatweel is ignored"),
        pytest.param("excel", "ex\ufe70cel", id="a mark of its own is ignored"),
        pytest.param("excel-basico", "-Excel. Bási!co-", id="what a slugifier makes of it"),
    ],
)
def test_single_platforms_see_no_difference(kept: str, name: str) -> None:
    """Each of these is one collation, or one way to look up."""
    assert set(kept_as(kept)) & could_be(name)


@settings(deadline=None)
@given(st.text(max_size=12), st.text("5.é日-üßa0x_e", max_size=24))
@example("5000000000000000000001", "-4294967291")
def test_the_comparison_is_closed(name: str, other: str) -> None:
    """What a key could be, all names kept under it could be: else `covers` would be wrong."""
    for text in (name, other):
        assert all(could_be(key) <= could_be(text) for key in could_be(text))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("".join(map(chr, range(0x4E00, 0x4E00 + 10_000))), id="ten thousand letters"),
        pytest.param("ü" * 15_000, id="one letter"),
        pytest.param("9" * 30_000, id="digits"),
        pytest.param("0x" + "f" * 30_000, id="hexadecimal digits"),
        pytest.param("5e" + "9" * 30_000, id="exponent"),
        pytest.param("u" + "\u0301\u0323" * 8_000, id="combining marks in the wrong order"),
    ],
)
def test_a_hostile_name_costs_little(name: str) -> None:
    """Comparing is linear in the length, whatever the letters."""
    assert quickest(lambda: could_be(name)) < 0.2


@pytest.mark.parametrize("name", ["0", "00", "+0", "0.0", "٠"])
def test_zero_is_a_number_as_any_other(name: str) -> None:
    """A course at `/cursos/0` is found."""
    assert set(kept_as("0")) & could_be(name)
