"""What stands in each column of a report, and what the column is called.

The names are Spanish, for those who read them at an OTEC, and stable, for the
programs that read them too. One table for CSV and JSON: a column that is added
stands in both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from sence_gate.chile import CHILE
from sence_gate.errors import InvalidRut
from sence_gate.protocol.rut import Rut
from sence_gate.report.outcomes import Outcome, Row
from sence_gate.report.totals import Total

T = TypeVar("T")
Value = str | int | None | tuple[str, ...] | tuple[int, ...]


class Column(NamedTuple, Generic[T]):
    """A column's name, and its value for one row."""

    name: str
    value: Callable[[T], Value]


def iso(moment: datetime | None) -> str | None:
    """Return *moment* in Chile's time with its zone, to the second."""
    return None if moment is None else moment.astimezone(CHILE).isoformat(timespec="seconds")


ATTENDANCE: tuple[Column[Row], ...] = (
    Column("dia", lambda row: str(row.moment.astimezone(CHILE).date())),
    Column("curso", lambda row: row.course),
    Column("codigo_curso", lambda row: row.codigo_curso),
    Column("ambiente", lambda row: row.environment),
    Column("run_alumno", lambda row: row.run),
    Column("resultado", lambda row: row.outcome),
    Column("momento", lambda row: iso(row.moment)),
    Column("inicio", lambda row: iso(row.start)),
    Column("cierre", lambda row: iso(row.close)),
    Column("minutos", lambda row: row.minutes),
    Column("fecha_hora_inicio", lambda row: row.fecha_hora_start),
    Column("fecha_hora_cierre", lambda row: row.fecha_hora_close),
    Column("id_sesion_sence", lambda row: row.id_sesion_sence),
    Column("glosas", lambda row: row.glosas),
    Column("explicacion", lambda row: row.words),
    Column("motivo", lambda row: row.reason),
    Column("senales", lambda row: row.flags),
    Column("id_sesion_alumno", lambda row: row.id_sesion_alumno),
    Column("incidente", lambda row: row.incident),
)

COUNTED = {
    "cerradas": Outcome.CLOSED,
    "abiertas": Outcome.OPEN,
    "sin_cierre": Outcome.NOT_CLOSED,
    "inicios_rechazados": Outcome.START_REFUSED,
    "cierres_rechazados": Outcome.CLOSE_REFUSED,
    "sin_respuesta": Outcome.UNANSWERED,
    "en_cuarentena": Outcome.QUARANTINED,
    "fuera_de_orden": Outcome.ILLEGAL,
    "por_contingencia": Outcome.PASSED,
}


def _counted(name: str, outcome: Outcome) -> Column[Total]:
    return Column(name, lambda total: total.counts[outcome])


BY_COURSE: tuple[Column[Total], ...] = (
    Column("curso", lambda total: total.course),
    Column("ambiente", lambda total: total.environment),
    Column("personas", lambda total: total.learners),
    Column("sesiones", lambda total: total.sessions),
    Column("minutos", lambda total: total.minutes),
    *(_counted(name, outcome) for name, outcome in COUNTED.items()),
)
BY_DAY: tuple[Column[Total], ...] = (
    Column("dia", lambda total: None if total.day is None else str(total.day)),
    *BY_COURSE,
)


def masked(row: Row) -> Row:
    """Return *row* without the learner's RUN."""
    try:
        return replace(row, run=Rut(row.run).masked)
    except InvalidRut:
        return replace(row, run="***")
