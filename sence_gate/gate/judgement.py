"""What a callback means: the judgement, without store or clock.

The URL decides what SENCE reports (start or close, success or error); the
fields only confirm it. Anything that does not confirm it is kept and opens
nothing. A callback is unsigned and comes through the learner's own browser: what
is checked here stops mistakes and strangers, not the learner.
Source: manual 1.1.6, sections 3.2 and 3.3; field facts on what SENCE leaves out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sence_gate.cookies import AttemptIds, course_of, issued_at
from sence_gate.errors import RemoteProtocolError
from sence_gate.protocol.fields import Message
from sence_gate.protocol.messages import Attendance, Callback, Environment, id_sesion_sence_faults
from sence_gate.protocol.rut import Rut
from sence_gate.protocol.session import Closed, CloseRefused, Event, Session, Started, StartRefused, State

LATE = timedelta(minutes=30)  # Clave SENCE gives three minutes (manual, section 2); Clave Única any time
QUICK = timedelta(seconds=3)  # nobody logs in as fast as that


@dataclass(frozen=True, slots=True)
class Suspect:
    """The callback contradicts itself, or what was sent: keep it, apply nothing."""

    reason: str


def judge(message: Message, callback: Callback, session: Session) -> Event | Suspect:
    """Return what SENCE reports of *session* with this *callback*.

    Raises:
        ValueError: *message* is one that we send.
    """
    if differing := callback.differs_from(session.attendance):
        return Suspect("differs from what was sent: " + ", ".join(differing))
    match message:
        case Message.START_OK:
            return _start_confirmed(callback)
        case Message.START_ERROR:
            return StartRefused()
        case Message.CLOSE_OK:
            return _close_confirmed(callback, session)
        case Message.CLOSE_ERROR:
            return CloseRefused()
        case Message.START | Message.CLOSE:
            raise ValueError(f"{message} is sent, never received")


def _start_confirmed(callback: Callback) -> Event | Suspect:
    if callback.glosas:
        return Suspect("an error code on the success URL")
    if faults := id_sesion_sence_faults(callback.id_sesion_sence):
        return Suspect("; ".join(f"{name}: {text}" for name, text in faults))
    return Started(callback.id_sesion_sence)


def _close_confirmed(callback: Callback, session: Session) -> Event | Suspect:
    if callback.glosas:
        return Suspect("an error code on the success URL")
    # The manual's table lacks IdSesionSence here; where it comes, it must be ours.
    known = ("", session.id_sesion_sence, *session.earlier)
    if session.id_sesion_sence and callback.id_sesion_sence not in known:
        return Suspect("confirms the close of another id_sesion_sence")
    return Closed(callback.fecha_hora)


def rebuild(
    message: Message, callback: Callback, ids: AttemptIds, otecs: Iterable[Rut], minutes: int
) -> Session | None:
    """Return the session that *callback* belongs to, from its own fields alone.

    For when the store has lost the attempt: the mac of the attempt id covers
    what SENCE echoes. Environment and OTEC are not echoed, so each is tried.
    What SENCE closes was open once: taken as ended, which admits nobody.
    None when no key of ours made the id for these values.
    """
    issued = issued_at(callback.id_sesion_alumno)
    if issued is None:
        return None
    for rut_otec in otecs:
        for environment in Environment:
            attendance = _echoed(callback, environment, rut_otec)
            if attendance and ids.verify(callback.id_sesion_alumno, attendance):
                course = course_of(callback.id_sesion_alumno)
                begun = Session.begun(callback.id_sesion_alumno, course, attendance, minutes, issued)
                is_close = message in (Message.CLOSE_OK, Message.CLOSE_ERROR)
                return replace(begun, state=State.EXPIRED, opened=issued) if is_close else begun
    return None


def _echoed(callback: Callback, environment: Environment, rut_otec: Rut) -> Attendance | None:
    try:
        return callback.attendance(environment, rut_otec)
    except RemoteProtocolError:
        return None


def signals(
    message: Message, session: Session, origin: str, accepted: frozenset[str], now: datetime
) -> tuple[str, ...]:
    """Return what is odd about a callback: flags for the ledger, never a refusal.

    An Origin proves nothing about a form that travels through the learner's own
    browser, and SENCE's login may live on hosts that nobody told us of.
    """
    age = now - (issued_at(session.id_sesion_alumno) or now)
    is_start = message in (Message.START_OK, Message.START_ERROR)
    odd = {
        "foreign_origin": origin not in accepted,
        "quick": is_start and age < QUICK,
        "late": is_start and age > LATE,
    }
    return tuple(flag for flag, is_so in odd.items() if is_so)
