"""Ledgers written by hand: what the gate keeps of one attempt, a line per event."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from hypothesis import strategies as st

from sence_gate.protocol.messages import Callback, Environment
from sence_gate.report import Background, Period, Row, attendance
from sence_gate.stores.base import Entry, Kind
from tests.samples import ID_SESION_ALUMNO, NOW, RUN

ALWAYS = Period()
SENCE_ID = "987654321"
_MINUTES = 180


def environment_of(_id_sesion_alumno: str, told: Callback | None) -> Environment | None:
    """Stand in for the proof by the attempt's id: known when anything was told."""
    return Environment.TEST if told else None


def background(now: datetime = NOW + timedelta(days=1)) -> Background:
    """Return what the ledger does not say, as of *now*."""
    return Background(now, lambda _course: _MINUTES, environment_of)


def line(
    kind: Kind,
    minutes: float = 0,
    *flags: str,
    attempt: str = ID_SESION_ALUMNO,
    run: str = str(RUN),
    **raw: str,
) -> Entry:
    """Return a line of the ledger, *minutes* after NOW; *raw* are SENCE's fields."""
    at = NOW + timedelta(minutes=minutes)
    course = attempt.partition(".")[0]
    fields = {"IdSesionAlumno": attempt, "CodigoCurso": "5123456", **raw} if raw else {}
    return Entry(at, kind, attempt, course, run, tuple(fields.items()), flags)


def sent(minutes: float = 0) -> Entry:
    """Return a start that was sent."""
    return line(Kind.START_SENT, minutes, RunAlumno=str(RUN))


def started(minutes: float = 1, *flags: str, number: str = SENCE_ID, fecha_hora: str = "") -> Entry:
    """Return a confirmed start."""
    return line(Kind.START_OK, minutes, *flags, IdSesionSence=number, FechaHora=fecha_hora)


def closed(
    minutes: float = 91, *flags: str, fecha_hora: str = "2024-05-06 13:01:00", number: str = ""
) -> Entry:
    """Return a confirmed close, which names no session unless *number* is given."""
    return line(Kind.CLOSE_OK, minutes, *flags, FechaHora=fecha_hora, IdSesionSence=number)


def refused(
    kind: Kind = Kind.START_ERROR, minutes: float = 1, glosa: str = "100", fecha_hora: str = "x"
) -> Entry:
    """Return a refusal."""
    return line(kind, minutes, GlosaError=glosa, FechaHora=fecha_hora)


def report(*entries: Entry, now: datetime = NOW + timedelta(days=1), period: Period = ALWAYS) -> list[Row]:
    """Return the rows of a ledger that holds *entries*."""
    return list(attendance(entries, background(now), period))


def told(rows: Iterable[Row]) -> list[tuple[str, str]]:
    """Return how each row ended, and SENCE's number of it."""
    return [(row.outcome.value, row.id_sesion_sence) for row in rows]


_NUMBERS = st.sampled_from(["1", "2", "3"])
_EVENTS = st.one_of(
    st.just(sent()),
    _NUMBERS.map(lambda number: started(number=number)),
    _NUMBERS.map(lambda number: closed(fecha_hora=number)),
    _NUMBERS.map(lambda number: closed(fecha_hora=number, number=number)),
    st.sampled_from(["100", "211;100", ""]).map(lambda glosa: refused(glosa=glosa)),
    st.sampled_from(["301", "300"]).map(lambda glosa: refused(Kind.CLOSE_ERROR, glosa=glosa)),
    st.sampled_from([Kind.TIMED_OUT, Kind.GRACE, Kind.CLOSE_SENT]).map(line),
    st.sampled_from([Kind.QUARANTINED, Kind.ILLEGAL]).map(
        lambda kind: line(kind, 0, "start_ok", RunAlumno="1-9")
    ),
)
# What may happen in one attempt, in whatever order, sensible or not.
STORIES = st.lists(_EVENTS, max_size=8)
