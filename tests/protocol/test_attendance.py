"""The rules of codes and tokens, case by case."""

from __future__ import annotations

import pytest

from sence_gate.protocol.attendance import (
    Attendance,
    Environment,
    close_url,
    code_faults,
    start_url,
    text_fault,
    token_faults,
)
from sence_gate.protocol.rut import Rut

_TEST, _PRODUCTION = Environment.TEST, Environment.PRODUCTION


@pytest.mark.parametrize(
    ("base_url", "environment", "system"),
    [
        pytest.param("https://sistemas.sence.cl", Environment.TEST, "rcetest", id="test"),
        pytest.param("https://sistemas.sence.cl", Environment.PRODUCTION, "rce", id="production"),
        pytest.param("https://sistemas.sence.cl/", Environment.TEST, "rcetest", id="slash at the end"),
    ],
)
def test_the_urls_are_those_of_anexo_1(base_url: str, environment: Environment, system: str) -> None:
    """Test and production differ in one word of the path."""
    root = f"https://sistemas.sence.cl/{system}/Registro"

    assert start_url(base_url, environment) == f"{root}/IniciarSesion"
    assert close_url(base_url, environment) == f"{root}/CerrarSesion"


@pytest.mark.parametrize(
    ("environment", "cod_sence", "codigo_curso", "linea"),
    [
        pytest.param(_PRODUCTION, "1237894560", "5123456", 3, id="line 3"),
        pytest.param(_PRODUCTION, "", "RLAB-19-02-08-0071-1", 1, id="line 1 has no cod_sence"),
        pytest.param(_PRODUCTION, "1237894560", "12", 6, id="line 6 takes short codes"),
        pytest.param(_PRODUCTION, "1237894560", "x" * 50, 3, id="longest codigo_curso"),
        pytest.param(_TEST, "-1", "-1", 3, id="both wild in test"),
        pytest.param(_TEST, "-1", "5123456", 3, id="cod_sence wild in test"),
        pytest.param(_TEST, "1237894560", "-1", 6, id="codigo_curso wild in test"),
        pytest.param(_TEST, "", "-1", 1, id="line 1 wild in test"),
    ],
)
def test_codes_of_the_manual_pass(
    environment: Environment, cod_sence: str, codigo_curso: str, linea: int
) -> None:
    """What the manual allows is not refused."""
    assert code_faults(environment, cod_sence, codigo_curso, linea) == ()


@pytest.mark.parametrize(
    ("cod_sence", "codigo_curso", "linea", "field", "words"),
    [
        pytest.param("-1", "5123456", 3, "cod_sence", "only the test environment", id="-1 as cod_sence"),
        pytest.param(
            "1237894560", "-1", 3, "codigo_curso", "only the test environment", id="-1 as codigo_curso"
        ),
        pytest.param("", "-1", 1, "codigo_curso", "only the test environment", id="-1 on line 1"),
        pytest.param("12", "-1", 6, "cod_sence", "exactly 10", id="a short cod_sence on line 6"),
        pytest.param("", "5123456", 3, "cod_sence", "exactly 10", id="no cod_sence on line 3"),
        pytest.param("123789456", "5123456", 3, "cod_sence", "exactly 10", id="nine characters"),
        pytest.param("12378945601", "5123456", 3, "cod_sence", "exactly 10", id="eleven characters"),
        pytest.param(" " * 10, "5123456", 3, "cod_sence", "blank", id="ten blanks"),
        pytest.param("123789456 ", "5123456", 3, "cod_sence", "blanks around", id="a blank at the end"),
        pytest.param("12378\u200b4560", "5123456", 3, "cod_sence", "invisible", id="zero-width blank"),
        pytest.param("1237894560", "5123456", 1, "cod_sence", "leave it out", id="cod_sence on line 1"),
        pytest.param("-1", "5123456", 1, "cod_sence", "leave it out", id="-1 as cod_sence on line 1"),
        pytest.param(" ", "5123456", 1, "cod_sence", "leave it out", id="a blank cod_sence on line 1"),
        pytest.param("1237894560", "", 3, "codigo_curso", "must not be blank", id="no codigo_curso"),
        pytest.param("1237894560", "  ", 6, "codigo_curso", "must not be blank", id="blank on line 6"),
        pytest.param("1237894560", "512345", 3, "codigo_curso", "at least 7", id="six characters"),
        pytest.param("", "512345", 1, "codigo_curso", "at least 7", id="six characters on line 1"),
        pytest.param("1237894560", "x" * 51, 3, "codigo_curso", "at most 50", id="51 characters"),
        pytest.param("1237894560", " 5123456", 3, "codigo_curso", "blanks around", id="blank before"),
        pytest.param("1237894560", "5123\x00456", 3, "codigo_curso", "invisible", id="control character"),
        pytest.param("1237894560", "5123456\u00a0", 3, "codigo_curso", "invisible", id="no-break blank"),
        pytest.param(
            "1237894560", "5123456", 2, "linea_capacitacion", "1 (Programas Sociales), 3", id="line 2"
        ),
    ],
)
def test_codes_against_the_manual_are_told_with_their_field(
    cod_sence: str, codigo_curso: str, linea: int, field: str, words: str
) -> None:
    """Each breach in production names the field and what to do about it."""
    faults = dict(code_faults(_PRODUCTION, cod_sence, codigo_curso, linea))

    assert words in faults[field]


def test_all_faults_of_the_codes_are_told_at_once() -> None:
    """The operator mends everything in one go, and reads no value back."""
    faults = code_faults(_PRODUCTION, "secret", "-1", 9)

    assert [name for name, _ in faults] == ["cod_sence", "codigo_curso", "linea_capacitacion"]
    assert "secret" not in repr(faults)


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("12345678-1234-1234-1234-123456789", id="the manual's sample, 33 characters"),
        pytest.param("A" * 36, id="36 characters"),
        pytest.param(f" {'A' * 36} ", id="36 characters, blanks not counted"),
        pytest.param("  abcd-ef\n", id="blanks around and small letters are mended later"),
    ],
)
def test_a_token_as_sence_issues_them_passes(token: str) -> None:
    """What can be sent, after trimming, is no fault."""
    assert token_faults(token) == ()


@pytest.mark.parametrize(
    ("token", "words"),
    [
        pytest.param("", ["must not be empty"], id="empty"),
        pytest.param(" \n", ["must not be empty"], id="blank"),
        pytest.param("A" * 37, ["at most 36"], id="37 characters"),
        pytest.param("ABCD EFGH", ["inside"], id="blank inside"),
        pytest.param("ABCD\tEFGH", ["inside"], id="tab inside"),
        pytest.param("ABCDÑ", ["inside"], id="not ASCII"),
        pytest.param("Ñ" * 37, ["at most 36", "inside"], id="two faults"),
    ],
)
def test_a_token_that_cannot_be_right_is_told(token: str, words: list[str]) -> None:
    """Each fault is told under the name of the field, without the token."""
    faults = token_faults(token)

    assert [name for name, _ in faults] == ["token"] * len(words)
    assert all(word in text for word, (_, text) in zip(words, faults, strict=True))
    assert not token.strip() or token.strip() not in repr(faults)


def test_a_text_that_fits_has_no_fault() -> None:
    """The limit itself is allowed."""
    assert text_fault("x" * 5, 5) == ""


def test_an_attendance_does_not_show_whose_it_is() -> None:
    """Its `repr` may go to a log."""
    otec, run = Rut.parse("76543210-3"), Rut.parse("12345678-5")
    attendance = Attendance(_TEST, otec, run, "1237894560", "5123456", 3)

    assert "12345678" not in repr(attendance)
    assert "76543210" not in repr(attendance)
