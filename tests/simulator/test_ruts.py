"""RUTs on the wire are strict, typed ones are not."""

from __future__ import annotations

import pytest

from sence_gate.simulator.ruts import canonical, is_rut, masked


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("12345678-5", id="eight digits"),
        pytest.param("9876543-3", id="seven digits"),
        pytest.param("10000013-K", id="capital k"),
        pytest.param("10000013-k", id="small k"),
    ],
)
def test_takes_the_format_of_the_manual(text: str) -> None:
    """`xxxxxxxx-x` with the right check digit is a RUT."""
    assert is_rut(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("12345678-6", id="wrong check digit"),
        pytest.param("12.345.678-5", id="dots"),
        pytest.param("123456785", id="no hyphen"),
        pytest.param("09876543-3", id="leading zero"),
        pytest.param(" 12345678-5", id="blank before"),
        pytest.param("12345678-5\n", id="line end"),
        pytest.param("１２３４５６７８-5", id="full-width digits"),
        pytest.param("", id="empty"),
    ],
)
def test_refuses_everything_else(text: str) -> None:
    """Errors 207 and 209 begin here."""
    assert not is_rut(text)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param("12.345.678-5", "12345678-5", id="dots"),
        pytest.param("123456785", "12345678-5", id="no hyphen"),
        pytest.param(" 10000013-k ", "10000013-K", id="small k"),
    ],
)
def test_a_typed_run_is_made_canonical(typed: str, expected: str) -> None:
    """The login takes a RUN as people write it."""
    assert canonical(typed) == expected


@pytest.mark.parametrize("text", [pytest.param("", id="empty"), pytest.param("-", id="hyphen")])
def test_what_is_no_run_stays_none(text: str) -> None:
    """The canonical form of nothing is refused like nothing."""
    assert not is_rut(canonical(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("12345678-5", "•••••678-5", id="a run"),
        pytest.param("1-9", "•••••", id="too short to show any of it"),
        pytest.param("secreto", "•••••", id="no run"),
        pytest.param("", "", id="nothing sent"),
    ],
)
def test_masked_shows_the_end_of_a_run_only(text: str, expected: str) -> None:
    """Enough to tell two learners apart, never a whole RUN."""
    assert masked(text) == expected
