"""A training body, courses, sessions and moments that tests build on.

Every value has the shape that SENCE takes, and stands for nobody. A test names what
matters to it (`session(state=State.CLOSED)`) and leaves the rest to these.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sence_gate.config import Config
from sence_gate.courses import Course, Otec
from sence_gate.protocol.messages import Attendance, Environment
from sence_gate.protocol.rut import Rut
from sence_gate.protocol.session import Session, State

NOW = datetime(2024, 5, 6, 15, 30, tzinfo=UTC)
RUN = Rut("12345678-5")
OTHER_RUN = Rut("11111111-1")
KEYS = ("the-newest-key-of-the-tests-0123456789", "the-older-key-of-the-tests-0123456789")  # newest first
OTEC = Otec(Rut("76543210-3"), "A1B2C3D4-E5F6-7890-ABCD-EF1234567", "OTEC de Prueba")
ID_SESION_ALUMNO = (
    f"excel.{int(NOW.timestamp()):x}.Zm9ybSBhIG5vbmNlIGhl.0123456789-abcdef_ghijklmnopqrstuvwxyzABCD"
)

_EXCEL = Course(
    id="excel",
    name="Excel básico",
    paths=("/cursos/excel/",),
    exceptions=("/cursos/excel/publico/",),
    cod_sence="1237894560",
    codigo_curso="5123456",
    linea_capacitacion=3,
    otec=OTEC,
)
_SEGURIDAD = replace(
    _EXCEL,
    id="seguridad",
    name="Seguridad en el trabajo",
    paths=("/cursos/seguridad/",),
    exceptions=(),
    cod_sence="1237894561",
    codigo_curso="5123457",
)
_ATTENDANCE = Attendance(Environment.TEST, OTEC.rut, RUN, "1237894560", "5123456", 3)
_SESSION = Session(
    id_sesion_alumno=ID_SESION_ALUMNO,
    course="excel",
    attendance=_ATTENDANCE,
    minutes=180,
    state=State.OPEN,
    since=NOW,
    id_sesion_sence="987654321",
    opened=NOW,
    version=2,
)
_CONFIG = Config(
    public_url="https://campus.otec.cl",
    secret_keys=KEYS,
    courses=(_EXCEL, _SEGURIDAD),
    environment=Environment.TEST,
)


class Clock:
    """A clock that stands still until it is moved; call it for the time."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now

    def __call__(self) -> datetime:
        """Return the time, aware and in UTC."""
        return self._now

    def move(self, *, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Let this much time pass."""
        self._now += timedelta(hours=hours, minutes=minutes, seconds=seconds)


def course(**changes: Any) -> Course:
    """Return the course "excel", with *changes* to its fields."""
    return replace(_EXCEL, **changes)


def attendance(**changes: Any) -> Attendance:
    """Return what is sent for RUN in "excel", with *changes* to its fields."""
    return replace(_ATTENDANCE, **changes)


def session(**changes: Any) -> Session:
    """Return RUN's session in "excel", open since NOW, with *changes* to its fields."""
    return replace(_SESSION, **changes)


def config(**changes: Any) -> Config:
    """Return checked settings with the courses "excel" and "seguridad", with *changes* to its fields."""
    return replace(_CONFIG, **changes)
