"""What the manual fixes, as tables: addresses, parameters, lengths, lines and errors.

Two editions differ in the login and in the list of errors, so each has its
own `Manual`. The wording of the errors is SENCE's own. Decided here because
the older edition is silent: a cause that only the newer one names is reported
by the older with the nearest code it has (`NEAREST`).

Written from the text of the manual alone; the gate has tables of its own, so
that a misreading on one side shows as a disagreement.
Sources: the undated manual with Clave SENCE and manual 1.1.6; sections 2, 3.2,
3.3 and annexes 1, 2 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Edition(StrEnum):
    """The two logins that SENCE has had."""

    CLAVE_SENCE = "clave-sence"
    CLAVE_UNICA = "clave-unica"


class Environment(StrEnum):
    """The first segment of SENCE's addresses (annex 1)."""

    TEST = "rcetest"
    PRODUCTION = "rce"


class Action(StrEnum):
    """The last segment of SENCE's addresses (annex 1)."""

    START = "IniciarSesion"
    CLOSE = "CerrarSesion"


WILDCARD = "-1"
"""Switches off the checks of a code, in the test environment only (section 4)."""

SOCIAL_PROGRAMMES = "1"
FPT = "6"

_SENT = ("RutOtec", "Token", "CodSence", "CodigoCurso", "LineaCapacitacion", "RunAlumno", "IdSesionAlumno")
RETURN_URLS = ("UrlRetoma", "UrlError")

FORMS: Mapping[Action, tuple[str, ...]] = {
    Action.START: (*_SENT, *RETURN_URLS),
    Action.CLOSE: (*_SENT, "IdSesionSence", *RETURN_URLS),
}

_START_OK = (
    "CodSence",
    "CodigoCurso",
    "IdSesionAlumno",
    "IdSesionSence",
    "RunAlumno",
    "FechaHora",
    "ZonaHoraria",
    "LineaCapacitacion",
)
_CLOSE_OK = tuple(name for name in _START_OK if name != "IdSesionSence")

ANSWERS: Mapping[tuple[Action, bool], tuple[str, ...]] = {
    (Action.START, True): _START_OK,
    (Action.START, False): (*_START_OK, "GlosaError"),
    (Action.CLOSE, True): _CLOSE_OK,
    (Action.CLOSE, False): (*_CLOSE_OK, "GlosaError"),
}
"""The names that come back, by action and success."""

LENGTHS: Mapping[str, int] = {
    "RutOtec": 10,
    "Token": 36,
    "CodSence": 10,
    "CodigoCurso": 50,
    "RunAlumno": 10,
    "IdSesionAlumno": 149,
    "IdSesionSence": 149,
    "UrlRetoma": 100,
    "UrlError": 100,
    "FechaHora": 19,
    "ZonaHoraria": 100,
}
SHORTEST_CODIGO_CURSO = 7

_REPORT = "se debe reportar al SENCE con la mayor cantidad de antecedentes disponibles"
_PARAMETERS = "(ej. enviar parámetros de inicio o cierre de sesión según corresponda)"

_BOTH_EDITIONS: Mapping[int, str] = {
    200: "El POST tiene uno o más parámetros mandatorios sin información. Esto también ocurre cuando un "
    "parámetro está mal escrito (por ejemplo, RutAlumno en lugar de RunAlumno), o cuando se ingresan sólo "
    "espacios en blanco en un parámetro obligatorio.",
    201: "La URL de Retoma y/o URL de Error no tienen información. Ambos parámetros son obligatorios en "
    "todos los POST.",
    202: "La URL de Retoma tiene formato incorrecto.",
    203: "La URL de Error tiene formato incorrecto.",
    204: "El Código SENCE tiene menos de 10 caracteres y/o no es código válido.",
    205: "El Código Curso tiene menos de 7 caracteres y/o no es código válido.",
    206: "La línea de capacitación es incorrecta.",
    207: "El Run Alumno tiene formato incorrecto, o tiene el dígito verificador incorrecto.",
    208: "El Run Alumno no está autorizado para realizar el curso.",
    209: "El Rut OTEC tiene formato incorrecto, o tiene el dígito verificador incorrecto.",
    211: "El Token no pertenece al OTEC.",
    212: "El Token no está vigente.",
    300: f"Error interno no clasificado, {_REPORT}.",
    301: "No se pudo registrar el ingreso o cierre de sesión. Esto ocurre cuando la Línea de Capacitación es "
    "incorrecta, o el Código de Curso es incorrecto.",
    302: f"No se pudo validar la información del Organismo, {_REPORT}.",
    303: "El Token no existe, o su formato es incorrecto.",
    304: f"No se pudieron verificar los datos enviados, {_REPORT}.",
    305: f"No se pudo registrar la información, {_REPORT}.",
    306: "El Código Curso no corresponde al Código SENCE.",
}

_CLAVE_SENCE_ERRORS: Mapping[int, str] = {
    100: "Contraseña incorrecta o el usuario no tiene Clave SENCE.",
    **_BOTH_EDITIONS,
    210: "Expiró el tiempo disponible para el ingreso de RUT y Contraseña. El tiempo disponible es de tres "
    "minutos.",
}

_CLAVE_UNICA_ERRORS: Mapping[int, str] = {
    **_BOTH_EDITIONS,
    304: f"No se pudieron verificar los datos enviados, {_REPORT} {_PARAMETERS}.",
    305: f"No se pudo registrar la información, {_REPORT} {_PARAMETERS}.",
    306: "El Código Curso no corresponde al código SENCE.",
    307: "El Código Curso no tiene modalidad E-learning.",
    308: "El Código Curso no corresponde al RUT OTEC.",
    309: "Las fechas de ejecución comunicadas para el Código Curso no corresponden a la fecha actual.",
    310: "El Código Curso está en estado Terminado o Anulado.",
    311: "Run ingresado en el Login de Clave Única no corresponde con Run alumno informado por el ejecutor.",
    312: "No se pudo completar la autenticación con Clave Única.",
    313: "URL de Cierre de sesión Incorrecta.",
}

NEAREST: Mapping[int, int] = {307: 301, 308: 301, 309: 301, 310: 301, 311: 208, 313: 304}
"""What an edition reports for a cause that has no code in its table."""


@dataclass(frozen=True, slots=True)
class Manual:
    """One edition of the manual: what it checks, says and offers at the login."""

    edition: Edition
    key_name: str
    lines: Mapping[str, str]
    errors: Mapping[int, str]
    links: tuple[tuple[str, str], ...]
    tries: int | None = None
    """Wrong keys before the learner is sent back; None keeps him at the login."""
    seconds: int | None = None
    """Time to type the key; None never sends anybody back."""

    def code(self, cause: int) -> int:
        """Return the code that this edition has for *cause*."""
        return cause if cause in self.errors else NEAREST[cause]

    def describe(self, code: int | str) -> str:
        """Return the manual's sentence for *code*, or say that it has none."""
        known = {str(number): text for number, text in self.errors.items()}
        return known.get(str(code), "Este código no figura en el manual.")


MANUALS: Mapping[Edition, Manual] = {
    Edition.CLAVE_SENCE: Manual(
        edition=Edition.CLAVE_SENCE,
        key_name="Clave SENCE",
        lines={"1": "Sistema Integrado de Capacitación", "3": "Impulsa Personas"},
        errors=_CLAVE_SENCE_ERRORS,
        links=(
            ("Registrar CS", "https://cus.sence.cl/Account/Registrar"),
            ("Recuperar CS", "https://cus.sence.cl/Account/RecuperarClave"),
            ("Cambiar CS", "https://cus.sence.cl/Account/CambiarClave"),
            ("Actualizar Datos", "https://cus.sence.cl/Account/ActualizarDatos"),
        ),
        tries=3,
        seconds=180,
    ),
    Edition.CLAVE_UNICA: Manual(
        edition=Edition.CLAVE_UNICA,
        key_name="ClaveÚnica",
        lines={"1": "Programas Sociales", "3": "Franquicia Tributaria", "6": "FPT"},
        errors=_CLAVE_UNICA_ERRORS,
        links=(("Portal ciudadano (ClaveÚnica)", "https://claveunica.gob.cl/"),),
    ),
}
