"""Whose is the session that SENCE confirmed?

SENCE's callback is a cross-site POST and brings no cookie of ours (measured:
neither Lax nor Strict), so it cannot tell whose browser it came through. The
request after it can: the session is bound to the browser that began the attempt,
or to the learner that a trusted source names. Everybody else gets nothing.
"""

from __future__ import annotations

from datetime import datetime

from sence_gate.cookies import Attempt, Mark, tag_of
from sence_gate.errors import StoreUnavailable
from sence_gate.gate.decisions import Bound, Landing, NotConfirmed, NotYours, Over, Visit
from sence_gate.gate.parts import Parts, admits, is_of, is_run, is_running, told_later
from sence_gate.learners import Identity
from sence_gate.protocol.rut import Rut
from sence_gate.protocol.session import Session, State

SEEN_SECONDS = 3600  # for which a closed session's page can be reloaded


def land(parts: Parts, tag: str, who: Identity, visit: Visit) -> Landing:
    """Return what this browser may make of the attempt *tag* after SENCE answered.

    Can be asked again: a reloaded page lands in the same place.

    Raises:
        StoreUnavailable: and the callback's cookie is not here to believe.
    """
    now = parts.now()
    begun_here = _begun_here(parts, tag, visit, now)
    attempt = begun_here if begun_here and is_run(begun_here.attendance.run_alumno, who) else None
    confirmed = parts.cookies.read_confirmed(visit.cookies, tag)
    is_named = confirmed and isinstance(who, Rut) and is_of(confirmed, who)
    ours = attempt or _kept(parts, tag, who, visit) or (confirmed if is_named else None)
    if ours is None:
        seen = _seen_closed(parts, tag, who, visit, now)
        return seen or NotYours(is_other_account=begun_here is not None)
    wanted = attempt.wanted if attempt else ""
    session = _current(parts, ours.id_sesion_alumno, confirmed)
    if session is None or session.opened is None:
        return NotConfirmed(ours.course, wanted)
    return _landed(parts, session, wanted, now)


def _landed(parts: Parts, session: Session, wanted: str, now: datetime) -> Landing:
    tag = tag_of(session.id_sesion_alumno)
    kept, carried, begun = (
        parts.cookies.session(session, now),
        parts.cookies.removal(f"c-{tag}"),
        parts.cookies.removal(f"a-{tag}"),
    )
    if session.state is State.CLOSED:
        closed = parts.cookies.mark(Mark.CLOSED, tag, [session.id_sesion_alumno], seconds=SEEN_SECONDS)
        return Over(session, (parts.cookies.removal(f"s-{session.course}"), carried, begun, closed))
    if admits(parts, session, now):
        return Bound(session, wanted, (kept, carried))
    if is_running(session, now):  # confirmed by the test system, which the course has left meanwhile
        return NotConfirmed(session.course, wanted)
    # An ended session keeps its cookie: it can still be closed late.
    return Over(session, (kept, carried, begun))


def _seen_closed(parts: Parts, tag: str, who: Identity, visit: Visit, now: datetime) -> Landing | None:
    """Return the end of a session once more to the browser that saw it: the page was reloaded."""
    for id_sesion_alumno in parts.cookies.read_mark(visit.cookies, Mark.CLOSED, tag) or ():
        session = parts.store.get(id_sesion_alumno)
        if session and session.opened and is_of(session, who):
            return _landed(parts, session, "", now)
    return None


def _begun_here(parts: Parts, tag: str, visit: Visit, now: datetime) -> Attempt | None:
    attempts = parts.cookies.read_attempts(visit.cookies, now)
    return next((each for each in attempts if each.tag == tag), None)


def _kept(parts: Parts, tag: str, who: Identity, visit: Visit) -> Session | None:
    sessions = parts.cookies.read_sessions(visit.cookies)
    return next(
        (each for each in sessions if tag_of(each.id_sesion_alumno) == tag and is_of(each, who)), None
    )


def _current(parts: Parts, id_sesion_alumno: str, confirmed: Session | None) -> Session | None:
    try:
        current = parts.store.get(id_sesion_alumno)
    except StoreUnavailable:
        if confirmed is None:
            raise
        return confirmed
    return told_later(current, confirmed) if confirmed else current
