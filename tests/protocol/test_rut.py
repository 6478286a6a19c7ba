"""RUNs and RUTs: one value for every spelling, and nothing that gives a person away."""

from __future__ import annotations

import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sence_gate.errors import InvalidRut
from sence_gate.protocol.rut import Rut

_SPELLINGS = st.builds(
    lambda number, template: template.format(number=number),
    st.integers(0, 10**9),
    st.sampled_from(["{number}", "{number}-0", "{number:,}-K", "0{number}-5", " {number} k"]),
)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        pytest.param("12345670-K", "12345670-K", id="canonical"),
        pytest.param("12.345.670-k", "12345670-K", id="dots and small k"),
        pytest.param("12345670K", "12345670-K", id="no hyphen"),
        pytest.param("012345670-K", "12345670-K", id="leading zero"),
        pytest.param("000012.345.670-K", "12345670-K", id="many leading zeros"),
        pytest.param("１２３４５６７０－ｋ", "12345670-K", id="full width"),
        pytest.param(" \t12345678-5\r\n", "12345678-5", id="blanks around"),
        pytest.param("12 345 678 - 5", "12345678-5", id="blanks inside"),
        pytest.param("12\u00a0345\u00a0678–5", "12345678-5", id="no-break blanks and a dash"),
        pytest.param("CL12345678-5", "12345678-5", id="country prefix"),
        pytest.param("5.126.663-3", "5126663-3", id="seven digits"),
        pytest.param("999.999-k", "999999-K", id="under one million"),
        pytest.param("1-9", "1-9", id="the smallest"),
    ],
)
def test_every_usual_spelling_is_one_number(text: str, canonical: str) -> None:
    """However a number is written, SENCE is sent the one form of its manual."""
    assert str(Rut.parse(text)) == canonical


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("   ", id="blank"),
        pytest.param("-", id="hyphen alone"),
        pytest.param("5", id="one character"),
        pytest.param("0-0", id="zero"),
        pytest.param("12345678-K", id="wrong check digit"),
        pytest.param("12345678-", id="no check digit"),
        pytest.param("123456789-2", id="nine digits"),
        pytest.param("1234567A-5", id="letter inside"),
        pytest.param("12345678\n-5", id="line break inside"),
        pytest.param("12345678-5\x00", id="NUL"),
        pytest.param("١٢٣٤٥٦٧٨-5", id="digits of another script"),
        pytest.param("\ud800", id="lone surrogate"),
        pytest.param("5" * 1_000_000, id="huge"),
        pytest.param(" " * 50 + "12345678-5", id="absurdly padded"),
        pytest.param("juan.perez", id="a user name"),
    ],
)
def test_what_is_not_a_number_is_refused(text: str) -> None:
    """Anything else is an `InvalidRut`, never another exception."""
    with pytest.raises(InvalidRut):
        Rut.parse(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("hola", "Escribe el RUN completo", id="unreadable"),
        pytest.param("12.345.678-9", "dígito verificador no corresponde", id="check digit"),
    ],
)
def test_a_refusal_tells_the_learner_what_to_do_and_keeps_the_value_to_itself(text: str, words: str) -> None:
    """The sentence is for a page, and neither it nor its traceback quotes the input."""
    with pytest.raises(InvalidRut, match=words) as caught:
        Rut.parse(text)

    shown = "".join(traceback.format_exception_only(caught.value)) + repr(caught.value)
    assert text not in shown
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "canonical", ["12.345.678-5", "12345678-k", "012345678-5", "12345678-5\n", "12345678-1"]
)
def test_a_rut_cannot_be_made_from_another_form(canonical: str) -> None:
    """Whoever holds a `Rut` holds a canonical number: a store's garbage is refused."""
    with pytest.raises(InvalidRut):
        Rut(canonical)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        pytest.param("12345678-5", "12.***.***-*", id="eight digits"),
        pytest.param("5126663-3", "5.***.***-*", id="seven digits"),
        pytest.param("999999-K", "0.***.***-*", id="a short number is hidden whole"),
    ],
)
def test_masked_and_repr_show_the_millions_alone(text: str, masked: str) -> None:
    """Logs and pages can show a number without naming anybody."""
    rut = Rut.parse(text)

    assert rut.masked == masked
    assert repr(rut) == f"Rut({masked})"


def test_the_message_of_sence_has_room_for_every_rut() -> None:
    """The field has ten characters; eight digits, the hyphen and the check digit fill it."""
    assert len(str(Rut.parse("99.999.999-9"))) == 10


@given(st.text() | _SPELLINGS)
def test_any_text_is_a_rut_or_invalid_and_a_rut_reads_itself_back(text: str) -> None:
    """No text raises anything else, and the canonical form is stable."""
    try:
        rut = Rut.parse(text)
    except InvalidRut:
        return
    assert Rut.parse(str(rut)) == rut == Rut(str(rut))


@given(st.integers(1, 99_999_999))
def test_every_number_has_exactly_one_check_digit(number: int) -> None:
    """Of the eleven candidates one is taken, and a small k is the same as a capital."""
    taken = set()
    for digit in "0123456789Kk":
        try:
            taken.add(Rut.parse(f"{number}{digit}"))
        except InvalidRut:
            continue
    assert len(taken) == 1
