"""What was kept during an outage, applied onto what the shared store holds by now.

The shared store may have moved on: another host reached it, or it lost everything.
So nothing is overwritten: the event that an entry tells of is applied by the table of
`protocol.session`, at the moment when it happened. An event that is older than the
state it meets is noted in the session and does not undo what came after it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sence_gate.protocol.session import (
    REMEMBERED,
    Closed,
    CloseRefused,
    Event,
    Session,
    Started,
    StartRefused,
    State,
    TimedOut,
)
from sence_gate.stores.base import Entry, Kind


def event_of(entry: Entry, after: Session) -> Event | None:
    """Return what *entry* reports, when *after* is what it made of the session; None: no change."""
    match entry.kind:
        case Kind.START_OK:
            return Started(after.id_sesion_sence or "")
        case Kind.START_ERROR:
            return StartRefused()
        case Kind.CLOSE_OK:
            return Closed(after.closes[-1] if after.closes else "")
        case Kind.CLOSE_ERROR:
            return CloseRefused()
        case Kind.TIMED_OUT:
            return TimedOut()
        case _:
            return None


def merged(current: Session, event: Event, at: datetime) -> Session:
    """Return *current* after an *event* of the moment *at*, which may lie before what *current* knows.

    The very same object when the event tells nothing new.

    Raises:
        IllegalTransition: SENCE cannot have meant this in that state.
    """
    is_older = current.opened is not None and current.since > at
    match event:
        case Started(id_sesion_sence) if is_older and current.apply(event, at) is not current:
            return _with_older_start(current, id_sesion_sence, at)
        case Closed(fecha_hora) if is_older and current.state is State.OPEN:
            return _with_older_close(current, fecha_hora)
        case TimedOut() if current.deadline is None or at < current.deadline:
            return current  # our clock's guess about a session that SENCE opened again
        case _:
            return current.apply(event, at)


def _with_older_start(current: Session, id_sesion_sence: str, at: datetime) -> Session:
    version = current.version + 1
    if current.id_sesion_sence is None:  # built from a close alone: this is the start that it lacked
        return replace(current, id_sesion_sence=id_sesion_sence, opened=at, version=version)
    earlier = (*current.earlier, id_sesion_sence)[-REMEMBERED:]
    return replace(current, earlier=earlier, version=version)


def _with_older_close(current: Session, fecha_hora: str) -> Session:
    if fecha_hora in current.closes:
        return current
    closes = (*current.closes, fecha_hora)[-REMEMBERED:]
    return replace(current, closes=closes, version=current.version + 1)
