"""The tables say what the two editions of the manual say."""

from __future__ import annotations

import pytest

from sence_gate.simulator.tables import ANSWERS, FORMS, LENGTHS, MANUALS, NEAREST, Action, Edition


def test_errors_of_clave_sence() -> None:
    """The older edition has 100, 200 to 212 and 300 to 306."""
    assert set(MANUALS[Edition.CLAVE_SENCE].errors) == {100, *range(200, 213), *range(300, 307)}


def test_errors_of_clave_unica() -> None:
    """Edition 1.1.6 drops 100 and 210, and ends with 313."""
    expected = {*range(200, 213), *range(300, 314)} - {210}

    assert set(MANUALS[Edition.CLAVE_UNICA].errors) == expected


@pytest.mark.parametrize(
    ("action", "names"),
    [pytest.param(Action.START, 9, id="start"), pytest.param(Action.CLOSE, 10, id="close")],
)
def test_forms_have_the_parameters_of_the_manual(action: Action, names: int) -> None:
    """A start has nine parameters, a close ten."""
    assert len(FORMS[action]) == names


@pytest.mark.parametrize(
    ("action", "succeeds", "names"),
    [
        pytest.param(Action.START, True, 8, id="start"),
        pytest.param(Action.START, False, 9, id="start refused"),
        pytest.param(Action.CLOSE, True, 7, id="close"),
        pytest.param(Action.CLOSE, False, 8, id="close refused"),
    ],
)
def test_answers_have_the_fields_of_the_manual(action: Action, succeeds: bool, names: int) -> None:
    """Each of the four answers has as many fields as its table in sections 3.2 and 3.3."""
    assert len(ANSWERS[action, succeeds]) == names


def test_every_text_has_its_length() -> None:
    """LineaCapacitacion and GlosaError are integers; everything else has a length."""
    names = {name for table in (*FORMS.values(), *ANSWERS.values()) for name in table}

    assert names - set(LENGTHS) == {"LineaCapacitacion", "GlosaError"}


@pytest.mark.parametrize("edition", [pytest.param(each, id=each) for each in Edition])
def test_every_cause_has_a_code_in_every_edition(edition: Edition) -> None:
    """A cause that only one edition names is reported by the other with a code that it has."""
    manual = MANUALS[edition]

    assert {manual.code(cause) for cause in NEAREST} <= set(manual.errors)


def test_a_code_that_no_manual_has_is_described_as_such() -> None:
    """A scripted code need not exist, and its page says so."""
    assert "no figura" in MANUALS[Edition.CLAVE_SENCE].describe("999")
