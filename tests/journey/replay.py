"""The ledger read back: the sessions that it tells of, by the table of `protocol.session` alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sence_gate.cookies import issued_at
from sence_gate.protocol.messages import Attendance, Environment
from sence_gate.protocol.rut import Rut
from sence_gate.protocol.session import Closed, CloseRefused, Event, Session, Started, StartRefused, TimedOut
from sence_gate.stores.base import Entry, Kind


def told(session: Session) -> tuple[object, ...]:
    """Return what must be the same in ledger and store."""
    return (
        session.course,
        session.state,
        session.id_sesion_sence,
        session.opened,
        session.earlier,
        session.attendance,
    )


def id_of(entry: Entry) -> str:
    """Return the IdSesionSence that came with *entry*."""
    return dict(entry.raw).get("IdSesionSence", "")


def replayed(ledger: Iterable[Entry], minutes: Mapping[str, int]) -> dict[str, Session]:
    """Return the sessions that *ledger* alone tells of, by attempt; *minutes* by course."""
    sessions: dict[str, Session] = {}
    for entry in ledger:
        key = entry.id_sesion_alumno
        if entry.kind is Kind.START_SENT:
            sessions.setdefault(key, begun(entry, minutes[entry.course]))
        elif event := event_of(entry):
            sessions[key] = sessions[key].apply(event, entry.at)
    return sessions


def begun(entry: Entry, minutes: int) -> Session:
    """Return the session that a start of *minutes* makes."""
    sent = dict(entry.raw)
    attendance = Attendance(
        Environment.TEST,
        Rut.parse(sent["RutOtec"]),
        Rut.parse(sent["RunAlumno"]),
        sent["CodSence"],
        sent["CodigoCurso"],
        int(sent["LineaCapacitacion"]),
    )
    issued = issued_at(entry.id_sesion_alumno) or entry.at
    return Session.begun(entry.id_sesion_alumno, entry.course, attendance, minutes, issued)


def event_of(entry: Entry) -> Event | None:
    """Return what *entry* reports; None for what changes nothing."""
    match entry.kind:
        case Kind.START_OK:
            return Started(id_of(entry))
        case Kind.START_ERROR:
            return StartRefused()
        case Kind.CLOSE_OK:
            return Closed(dict(entry.raw).get("FechaHora", ""))
        case Kind.CLOSE_ERROR:
            return CloseRefused()
        case Kind.TIMED_OUT:
            return TimedOut()
        case _:
            return None
