"""What platforms do to names: decoding."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sence_gate.spellings import as_native, as_text, fully_decoded, readings


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


def test_every_round_of_decoding_is_told() -> None:
    """A name may be read at any depth."""
    assert fully_decoded("%2569d%u0064") == ["%2569d%u0064", "%69dd", "idd"]
