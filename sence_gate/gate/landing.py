"""Whose is the session that SENCE confirmed?

SENCE's callback is a cross-site POST and brings no cookie of ours (measured:
neither Lax nor Strict), so it cannot tell whose browser it came through. The
request after it can: the session is bound to the browser that began the attempt,
or to the learner that a trusted source names. Everybody else gets nothing.
"""

from __future__ import annotations

from datetime import datetime

from sence_gate.cookies import Attempt, SetCookie, tag_of
from sence_gate.errors import StoreUnavailable
from sence_gate.gate.decisions import Bound, Landing, NotConfirmed, NotYours, Over, Visit
from sence_gate.gate.parts import Parts, is_of, is_past, is_run
from sence_gate.learners import Identity
from sence_gate.protocol.rut import Rut
from sence_gate.protocol.session import Session, State


def land(parts: Parts, tag: str, who: Identity, visit: Visit) -> Landing:
    """Return what this browser may make of the attempt *tag* after SENCE answered.

    Can be asked again: a reloaded page lands in the same place.

    Raises:
        StoreUnavailable: and the callback's cookie is not here to believe.
    """
    now = parts.now()
    attempt = _begun_here(parts, tag, who, visit, now)
    confirmed = parts.cookies.read_confirmed(visit.cookies, tag)
    kept = _kept(parts, tag, who, visit)
    if attempt:
        session = _current(parts, attempt.id_sesion_alumno, confirmed)
    elif kept:
        session = _current(parts, kept.id_sesion_alumno, confirmed)
    elif confirmed and isinstance(who, Rut) and is_of(confirmed, who):
        session = _current(parts, confirmed.id_sesion_alumno, confirmed)
    else:
        return NotYours()
    return _landed(parts, attempt, session, now)


def _landed(parts: Parts, attempt: Attempt | None, session: Session | None, now: datetime) -> Landing:
    wanted = attempt.wanted if attempt else ""
    if session is None:
        return NotConfirmed(attempt.course if attempt else "", wanted)
    if session.opened is None:
        return NotConfirmed(session.course, wanted)
    tag = tag_of(session.id_sesion_alumno)
    if session.state is State.OPEN and not is_past(session, now):
        return Bound(
            session, wanted, (parts.cookies.session(session, now), parts.cookies.removal(f"c-{tag}"))
        )
    return Over(session, _removals(parts, session, tag))


def _removals(parts: Parts, session: Session, tag: str) -> tuple[SetCookie, ...]:
    # An ended session keeps its cookie: it can still be closed late.
    names = ["c-", "a-"] if session.state is State.EXPIRED else ["c-", "a-", "s-"]
    ends = {"c-": tag, "a-": tag, "s-": session.course}
    return tuple(parts.cookies.removal(f"{name}{ends[name]}") for name in names)


def _begun_here(parts: Parts, tag: str, who: Identity, visit: Visit, now: datetime) -> Attempt | None:
    attempts = parts.cookies.read_attempts(visit.cookies, now)
    return next(
        (each for each in attempts if each.tag == tag and is_run(each.attendance.run_alumno, who)), None
    )


def _kept(parts: Parts, tag: str, who: Identity, visit: Visit) -> Session | None:
    sessions = parts.cookies.read_sessions(visit.cookies)
    return next(
        (each for each in sessions if tag_of(each.id_sesion_alumno) == tag and is_of(each, who)), None
    )


def _current(parts: Parts, id_sesion_alumno: str, confirmed: Session | None) -> Session | None:
    try:
        return parts.store.get(id_sesion_alumno)
    except StoreUnavailable:
        if confirmed is None:
            raise
        return confirmed
