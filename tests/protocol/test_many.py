"""RUNs by the hundred thousand: as `Rut.parse` reads them, and stricter where nobody looks."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum.cl.rut import calc_check_digit

from sence_gate.errors import InvalidRut
from sence_gate.protocol.many import number_of, run_number, rut_of
from sence_gate.protocol.rut import Rut

numbers = st.integers(1, 99_999_999)


def written(number: int) -> str:
    """Return a number with the check digit of python-stdnum."""
    return f"{number}-{calc_check_digit(str(number))}"


@given(numbers)
@example(1)
@example(9_999)
@example(10_000)
@example(99_999_999)
@example(10_000_013)  # K
def test_every_number_is_read_with_its_check_digit_and_no_other(number: int) -> None:
    """The halves of a number give the digit of the whole."""
    text = written(number)
    assert run_number(text) == number
    for digit in set("0123456789K") - {text[-1]}:
        with pytest.raises(InvalidRut):
            run_number(f"{number}-{digit}")


@given(numbers)
def test_a_number_and_its_run_lead_to_one_another(number: int) -> None:
    """What a sheet keeps is found by what the platform says."""
    assert number_of(rut_of(number)) == number
    assert str(rut_of(number)) == written(number)


@given(st.text(max_size=15) | st.from_regex(r"[\d.kK -]{6,13}", fullmatch=True))
def test_nothing_is_read_that_the_form_would_refuse(text: str) -> None:
    """One idea of what a RUN is; a sheet is stricter, and never laxer."""
    try:
        number = run_number(text)
    except InvalidRut as fault:
        assert len(text) < 3 or text not in str(fault)  # noqa: PT017 - both ways are fine, and both are looked at
        return
    assert number_of(Rut.parse(text)) == number


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("12345678-5", id="canonical"),
        pytest.param("12.345.678-5", id="with dots"),
        pytest.param(" 12.345.678 - 5 ", id="with blanks"),
        pytest.param("12\u00a0345\u00a0678-5", id="with blanks that do not break"),
        pytest.param("123456785", id="without a hyphen"),
        pytest.param("012345678-5", id="with a zero"),
        pytest.param("１２３４５６７８-5", id="in wide digits"),
        pytest.param("12345678\u20135", id="with a dash"),
    ],
)
def test_usual_spellings_are_one_number(text: str) -> None:
    """As people and spreadsheets write them."""
    assert run_number(text) == 12345678


@pytest.mark.parametrize("text", ["10000013-K", "10000013-k", "10.000.013-k", "10000013K", "10000013k"])
def test_k_has_two_sizes(text: str) -> None:
    """Small or large, with or without a hyphen."""
    assert run_number(text) == 10000013


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("12345678", "may lack its check digit", id="eight digits"),
        pytest.param("1234567", "may lack its check digit", id="seven digits"),
        pytest.param("12.345.678", "may lack its check digit", id="eight digits with dots"),
        pytest.param("1,2E+07", "was rounded", id="rounded by a Chilean Excel"),
        pytest.param("1.2E+07", "was rounded", id="rounded"),
        pytest.param("1,23456785E8", "was rounded", id="in scientific notation"),
        pytest.param("12345678-4", "check digit is wrong", id="a slip"),
        pytest.param("0-0", "is no RUN", id="zero"),
        pytest.param("", "is no RUN", id="nothing"),
        pytest.param("#N/A", "is no RUN", id="an error of a formula"),
        pytest.param("9" * 100_000, "is no RUN", id="a hundred thousand digits"),
    ],
)
def test_what_may_be_another_number_is_refused(text: str, words: str) -> None:
    """A wrong learner would be enrolled, and nobody would see it."""
    with pytest.raises(InvalidRut, match=words):
        run_number(text)
