"""The table of wire parameters against the tables of the manual."""

from __future__ import annotations

import pytest

from sence_gate.protocol.fields import (
    COD_SENCE_LENGTH,
    CODIGO_CURSO_MIN,
    FIELDS,
    LINEAS,
    Kind,
    Message,
    fields_of,
)

# Manual 1.1.6, sections 3.2 and 3.3, table by table and in their order.
_MANUAL = {
    Message.START: (
        "RutOtec Token CodSence CodigoCurso LineaCapacitacion RunAlumno IdSesionAlumno UrlRetoma UrlError"
    ),
    Message.START_OK: (
        "CodSence CodigoCurso IdSesionAlumno IdSesionSence RunAlumno FechaHora ZonaHoraria LineaCapacitacion"
    ),
    Message.START_ERROR: (
        "CodSence CodigoCurso IdSesionAlumno IdSesionSence RunAlumno FechaHora ZonaHoraria LineaCapacitacion "
        "GlosaError"
    ),
    Message.CLOSE: (
        "RutOtec Token CodSence CodigoCurso LineaCapacitacion RunAlumno IdSesionAlumno IdSesionSence "
        "UrlRetoma UrlError"
    ),
    Message.CLOSE_OK: "CodSence CodigoCurso IdSesionAlumno RunAlumno FechaHora ZonaHoraria LineaCapacitacion",
    Message.CLOSE_ERROR: (
        "CodSence CodigoCurso IdSesionAlumno RunAlumno FechaHora ZonaHoraria LineaCapacitacion GlosaError"
    ),
}

# The column "Largo"; None where it is empty.
_LENGTHS = {
    "RutOtec": 10,
    "Token": 36,
    "CodSence": 10,
    "CodigoCurso": 50,
    "LineaCapacitacion": None,
    "RunAlumno": 10,
    "IdSesionAlumno": 149,
    "IdSesionSence": 149,
    "UrlRetoma": 100,
    "UrlError": 100,
    "FechaHora": 19,
    "ZonaHoraria": 100,
    "GlosaError": None,
}


@pytest.mark.parametrize("message", Message)
def test_each_message_has_the_fields_of_its_table_in_order(message: Message) -> None:
    """Every wire name of the manual's six tables is there, and no other."""
    assert [row.wire for row in fields_of(message)] == _MANUAL[message].split()


def test_each_length_is_the_manuals() -> None:
    """The limits are those of the column Largo."""
    assert {row.wire: row.max_length for row in FIELDS} == _LENGTHS


def test_only_the_line_and_the_error_are_integers() -> None:
    """The types are those of the column Tipo."""
    integers = {row.wire for row in FIELDS if row.kind is Kind.INTEGER}
    assert integers == {"LineaCapacitacion", "GlosaError"}


def test_our_name_is_the_manuals_in_snake_case() -> None:
    """One word per idea: who knows the manual's name knows ours."""
    for row in FIELDS:
        assert "".join(word.capitalize() for word in row.name.split("_")) == row.wire


def test_every_row_says_where_the_manual_tells_about_it() -> None:
    """A reader can look each field up."""
    assert all(row.section[0].isdigit() for row in FIELDS)


def test_the_limits_that_no_table_can_tell() -> None:
    """The three lines, the exact length of one code and the least of the other."""
    assert tuple(LINEAS) == (1, 3, 6)
    assert (COD_SENCE_LENGTH, CODIGO_CURSO_MIN) == (10, 7)
