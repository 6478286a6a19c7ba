"""Every parameter that travels between an OTEC and SENCE, one row each.

The only place where SENCE's own spelling of a name stands; everywhere else the
same word is written in snake_case. The rows are the union of all editions of the
manual (the seed edition to 1.1.6), which agree on names, types and lengths:
sections 3.2 (start) and 3.3 (close), with what the annexes add. The editions
differ in the lines, so all of them are here, and in the length of the two URLs:
100 in every edition but 1.1.3, which allowed 200; 100 suits all.

Checking values is the work of `messages`; this module only tells the limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Message(StrEnum):
    """The six forms of the manual: two that we send and the four answers."""

    START = "start"
    START_OK = "start_ok"
    START_ERROR = "start_error"
    CLOSE = "close"
    CLOSE_OK = "close_ok"
    CLOSE_ERROR = "close_error"


class Kind(StrEnum):
    """The manual's column *Tipo*."""

    TEXT = "text"
    INTEGER = "integer"


LINEAS = {
    1: "Programas Sociales",  # Sistema Integrado de Capacitación in the seed edition
    3: "Franquicia Tributaria",  # Impulsa Personas in the seed edition
    6: "FPT",  # since 1.1.6
}
LINEA_WITHOUT_COD_SENCE = 1  # Anexo 5: "dejar en blanco"
LINEA_WITH_SHORT_CODIGO_CURSO = 6  # 1.1.6, section 3.2: "excepto cursos FPT"

COD_SENCE_LENGTH = 10  # exactly: error 204 refuses fewer, the table refuses more
CODIGO_CURSO_MIN = 7
CODIGO_CURSO_MAX = 50
TOKEN_MAX = 36
ID_SESION_MAX = 149
URL_MAX = 100

# Section 4: "deshabilitará las verificaciones asociadas a esos códigos", test only.
ANY_CODE = "-1"

# What an item of the error list that is not a number is read as. SENCE gives no
# error the number 0, and a bare "0" means that there is none.
UNKNOWN_CODE = 0

_SENT = frozenset({Message.START, Message.CLOSE})
_REFUSALS = frozenset({Message.START_ERROR, Message.CLOSE_ERROR})
_ANSWERS = _REFUSALS | {Message.START_OK, Message.CLOSE_OK}
_ALL = _SENT | _ANSWERS


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter: our name, SENCE's, and what the manual's tables say of it.

    `max_length` is None where the manual gives none. `section` is where the manual
    1.1.6 tells most about it.
    """

    name: str
    wire: str
    kind: Kind
    max_length: int | None
    messages: frozenset[Message]
    section: str


# In the order of the two forms that we send; the answers have their own, below.
FIELDS = (
    Field("rut_otec", "RutOtec", Kind.TEXT, 10, _SENT, "3.2"),
    Field("token", "Token", Kind.TEXT, TOKEN_MAX, _SENT, "3.1"),
    Field("cod_sence", "CodSence", Kind.TEXT, COD_SENCE_LENGTH, _ALL, "9, Anexo 4"),
    Field("codigo_curso", "CodigoCurso", Kind.TEXT, CODIGO_CURSO_MAX, _ALL, "9, Anexo 4"),
    Field("linea_capacitacion", "LineaCapacitacion", Kind.INTEGER, None, _ALL, "3.2"),
    Field("run_alumno", "RunAlumno", Kind.TEXT, 10, _ALL, "3.2"),
    Field("id_sesion_alumno", "IdSesionAlumno", Kind.TEXT, ID_SESION_MAX, _ALL, "3.2"),
    Field(
        "id_sesion_sence",
        "IdSesionSence",
        Kind.TEXT,
        ID_SESION_MAX,
        frozenset({Message.START_OK, Message.START_ERROR, Message.CLOSE}),
        "3.3",
    ),
    Field("url_retoma", "UrlRetoma", Kind.TEXT, URL_MAX, _SENT, "3.2"),
    Field("url_error", "UrlError", Kind.TEXT, URL_MAX, _SENT, "3.2"),
    Field("fecha_hora", "FechaHora", Kind.TEXT, 19, _ANSWERS, "3.2"),
    Field("zona_horaria", "ZonaHoraria", Kind.TEXT, 100, _ANSWERS, "3.2"),
    Field("glosa_error", "GlosaError", Kind.INTEGER, None, _REFUSALS, "7, Anexo 2"),
)

_ANSWER_ORDER = (
    "cod_sence",
    "codigo_curso",
    "id_sesion_alumno",
    "id_sesion_sence",
    "run_alumno",
    "fecha_hora",
    "zona_horaria",
    "linea_capacitacion",
    "glosa_error",
)


def fields_of(message: Message) -> tuple[Field, ...]:
    """Return the fields of *message* in the order of the manual's table.

    Source: manual 1.1.6, sections 3.2 and 3.3.
    """
    rows = [row for row in FIELDS if message in row.messages]
    if message in _ANSWERS:
        rows.sort(key=lambda row: _ANSWER_ORDER.index(row.name))
    return tuple(rows)
