"""What SENCE is told of a learner and a course, where, and the rules for its codes.

The one place for these rules: the configuration checks courses with `code_faults`
and OTECs with `token_faults` when it starts; a form asks both again when it is made.
A code of `-1` switches SENCE's own checks of that code off, in the test
environment only; line 1 (social programmes) has no SENCE code even there.
Which code belongs to which course only SENCE knows: errors 204 to 208 and 306.
Source: manual 1.1.6, sections 3.2 and 4, Anexos 1, 4 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sence_gate.protocol.fields import (
    ANY_CODE,
    COD_SENCE_LENGTH,
    CODIGO_CURSO_MAX,
    CODIGO_CURSO_MIN,
    LINEA_WITH_SHORT_CODIGO_CURSO,
    LINEA_WITHOUT_COD_SENCE,
    LINEAS,
    TOKEN_MAX,
)
from sence_gate.protocol.rut import Rut

Faults = tuple[tuple[str, str], ...]


class Environment(StrEnum):
    """SENCE's two systems. The same token serves both (section 4)."""

    TEST = "test"
    PRODUCTION = "production"


_SYSTEM = {Environment.TEST: "rcetest", Environment.PRODUCTION: "rce"}


def start_url(base_url: str, environment: Environment) -> str:
    """Return where a start is posted (Anexo 1); *base_url* as `https://sistemas.sence.cl`."""
    return f"{base_url.rstrip('/')}/{_SYSTEM[environment]}/Registro/IniciarSesion"


def close_url(base_url: str, environment: Environment) -> str:
    """Return where a close is posted (Anexo 1)."""
    return f"{base_url.rstrip('/')}/{_SYSTEM[environment]}/Registro/CerrarSesion"


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who attends what: a start sends it, SENCE echoes it, a close repeats it.

    SENCE echoes all but the first two. On line 1 `cod_sence` is empty.
    """

    environment: Environment
    rut_otec: Rut
    run_alumno: Rut
    cod_sence: str
    codigo_curso: str
    linea_capacitacion: int


def code_faults(
    environment: Environment, cod_sence: str, codigo_curso: str, linea_capacitacion: int
) -> Faults:
    """Return what the manual forbids in these codes, as `(our field name, what to do)`.

    Each field is told its first fault only. The values never stand in the texts.
    Source: manual 1.1.6, sections 3.2 and 4, Anexos 4 and 5.
    """
    checks = (
        ("cod_sence", _cod_sence_fault(environment, cod_sence, linea_capacitacion)),
        ("codigo_curso", _codigo_curso_fault(environment, codigo_curso, linea_capacitacion)),
        ("linea_capacitacion", _linea_fault(linea_capacitacion)),
    )
    return tuple((name, fault) for name, fault in checks if fault)


def _cod_sence_fault(environment: Environment, code: str, linea: int) -> str:
    if linea == LINEA_WITHOUT_COD_SENCE:
        return "line 1 has no cod_sence: leave it out" if code else ""
    if code == ANY_CODE:
        return _any_code_fault(environment)
    if len(code) != COD_SENCE_LENGTH:
        return f"must have exactly {COD_SENCE_LENGTH} characters (only line 1 goes without)"
    return text_fault(code, COD_SENCE_LENGTH)


def _codigo_curso_fault(environment: Environment, code: str, linea: int) -> str:
    if code == ANY_CODE:
        return _any_code_fault(environment)
    fault = text_fault(code, CODIGO_CURSO_MAX)
    if not fault and len(code) < CODIGO_CURSO_MIN and linea != LINEA_WITH_SHORT_CODIGO_CURSO:
        return f"must have at least {CODIGO_CURSO_MIN} characters (only line 6 allows fewer)"
    return fault


def _any_code_fault(environment: Environment) -> str:
    if environment is Environment.TEST:
        return ""
    return 'is "-1", which only the test environment takes: write the real code'


def _linea_fault(linea: int) -> str:
    if linea in LINEAS:
        return ""
    return f"must be {', '.join(f'{number} ({name})' for number, name in LINEAS.items())}"


def token_faults(token: str) -> Faults:
    """Return what is wrong with an OTEC's *token*, as `("token", what to do)`.

    Blanks around it and small letters are no fault: both are mended when it is sent.
    Source: manual 1.1.6, section 3.1 and the tables; its samples have 33 characters,
    so that no exact length is asked for.
    """
    bare = token.strip()
    faults = []
    if not bare:
        faults.append("must not be empty: issue one at https://sistemas.sence.cl/rts")
    if len(bare) > TOKEN_MAX:
        faults.append(f"must have at most {TOKEN_MAX} characters: copy it again")
    if not all("!" <= character <= "~" for character in bare):
        faults.append("holds a blank or an unusual character inside: copy it again")
    return tuple(("token", fault) for fault in faults)


def text_fault(text: str, longest: int) -> str:
    """Return what the manual forbids in a text of at most *longest* characters; "" if nothing."""
    if not text.strip():
        return "must not be blank"
    if not text.isprintable():
        # Also zero-width and no-break blanks, which come along when copied from a PDF or a sheet.
        return "holds an invisible character: type it instead of pasting it"
    if text != text.strip():
        return "has blanks around it: remove them"
    return f"must have at most {longest} characters" if len(text) > longest else ""
