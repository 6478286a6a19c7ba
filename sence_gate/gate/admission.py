"""May this request reach the platform?

A session counts for a visitor when this browser began the attempt, or when a
source that the operator trusts names the same RUN; one of the test system does not
count in a course that is in production by now (`parts.admits`). The store is the authority;
while it is away, a genuine cookie is believed until its deadline, so that nobody
is thrown out of a quiz by a restart of the store; or, with `on_failure = "refuse"`,
nobody is admitted whom the store does not know. Starts and closes go on either way.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from sence_gate.config import OnFailure
from sence_gate.cookies import MAX_ATTEMPTS, Attempt, SetCookie
from sence_gate.courses import Course
from sence_gate.errors import StoreAway, StoreUnavailable
from sence_gate.gate import bypassing, enrolling
from sence_gate.gate.decisions import Admitted, Barred, Exempt, Settled, StartNeeded, Untouched, Visit
from sence_gate.gate.noting import note
from sence_gate.gate.parts import Parts, admits, counts, is_of, is_past, is_run, told_later
from sence_gate.learners import Identity, Standing
from sence_gate.protocol.rut import Rut
from sence_gate.protocol.session import Session, State, TimedOut
from sence_gate.stores.base import Entry, Kind

log = logging.getLogger("sence_gate")

UNTOUCHED = Untouched()
# What a learner would lose; other words of the method are not worth a late pass.
SAVING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# They neither use nor make a session.
PASSING = {Standing.EXEMPT: "learner.exempt", Standing.IMPERSONATED: "impersonated"}

Found = tuple[Session, tuple[SetCookie, ...]]


def decide(parts: Parts, course: Course, visit: Visit) -> Settled:
    """Return whether *visit*, to a page of *course*, passes untouched, is admitted, or needs a start first.

    Raises:
        UntrustworthyIdentity: the platform names the visitor, but not by a RUN.
        StoreUnavailable: and there is no cookie to believe meanwhile, or none is to be believed.
    """
    who = visit.identity()
    if who is Standing.NOBODY:
        return UNTOUCHED
    if who in PASSING:
        return Exempt(course, PASSING[who])
    now = parts.now()
    terms = enrolling.terms(parts.registers, course, who, now) if isinstance(who, Rut) else None
    if isinstance(terms, Exempt):
        return terms
    over: Session | None = None
    is_strict = parts.config.store.on_failure is OnFailure.REFUSE
    for session, set_cookies in held(parts, course.id, who, visit, now, is_strict=is_strict):
        if admits(parts, session, now):
            return Admitted(course, session, set_cookies)
        over = over or session
    if over and _passes_late(parts, course, over, visit, now):
        return Admitted(course, over, is_grace=True)
    if isinstance(terms, Barred):
        return terms
    if bypassing.has_passed(parts, course.id, who, visit, now):
        return Exempt(course, bypassing.WHY)
    return _refused(parts, course, visit)


def held(
    parts: Parts, course: str, who: Identity, visit: Visit, now: datetime, *, is_strict: bool = False
) -> Iterator[Found]:
    """Yield the sessions in *course* that count for this visitor, open or ended, the likeliest first.

    With each come the cookies that make it the first the next time. Nothing is
    believed without the store when *is_strict*.
    """
    kept = parts.cookies.read_session(visit.cookies, course)
    if kept and is_of(kept, who) and (current := _believed(parts, kept, is_strict=is_strict)):
        yield current, ()
    look = _told if is_strict else told_if_there
    for attempt in attempts_of(parts, course, who, visit, now):
        current = look(partial(parts.recheck.get, attempt.id_sesion_alumno))
        if current and current.opened:
            yield current, (parts.cookies.session(current, now),)
    if isinstance(who, Rut) and (current := look(partial(parts.recheck.find_open, who.canonical, course))):
        yield current, (parts.cookies.session(current, now),)


def told_if_there(ask: Callable[[], Session | None]) -> Session | None:
    """Return what the store says, or None while the shared store is away: a start can be made."""
    try:
        return ask()
    except StoreAway:
        return None


def attempts_of(parts: Parts, course: str, who: Identity, visit: Visit, now: datetime) -> list[Attempt]:
    """Return the attempts of this browser that the visitor may have made in *course*, newest first."""
    attempts = parts.cookies.read_attempts(visit.cookies, now)[:MAX_ATTEMPTS]
    return [each for each in attempts if each.course == course and is_run(each.attendance.run_alumno, who)]


def vain(parts: Parts, course: str, visit: Visit) -> tuple[SetCookie, ...]:
    """Return the removal of this browser's session cookie in *course*, when nothing can come of it any more.

    An ended session keeps its cookie: it can still be closed.
    """
    kept = parts.cookies.read_session(visit.cookies, course)
    is_vain = kept and _is_gone(_believed(parts, kept))
    return (parts.cookies.removal(f"s-{course}"),) if is_vain else ()


def time_out(parts: Parts, session: Session, now: datetime) -> None:
    """Write down that our clock ended *session*; the next request does it if this one cannot."""
    after = session.apply(TimedOut(), now)
    if after is session:
        return
    try:
        parts.store.swap(session, after, entry_of(Kind.TIMED_OUT, session, now))
    except StoreUnavailable as fault:
        log.warning("the end of a session was not written down: %s", fault)
    parts.recheck.forget(session)


def entry_of(kind: Kind, session: Session, now: datetime, reason: str = "") -> Entry:
    """Return a ledger entry about *session*."""
    run = session.attendance.run_alumno.canonical
    return Entry(now, kind, session.id_sesion_alumno, session.course, run, reason=reason)


def _told(ask: Callable[[], Session | None]) -> Session | None:
    return ask()


def _believed(parts: Parts, kept: Session, *, is_strict: bool = False) -> Session | None:
    try:
        current = parts.recheck.get(kept.id_sesion_alumno)
        return current if is_strict else told_later(current, kept)
    except StoreUnavailable as fault:
        if is_strict:
            raise
        if not isinstance(fault, StoreAway):  # that was told when it began
            log.warning("the store is away, a cookie is believed: %s", fault)
        return kept


def _refused(parts: Parts, course: Course, visit: Visit) -> StartNeeded:
    useless = parts.cookies.useless(visit.cookies, parts.now())
    return StartNeeded(course, (*useless, *vain(parts, course.id, visit)))


def _is_gone(session: Session | None) -> bool:
    return session is None or session.state is State.CLOSED


def _passes_late(parts: Parts, course: Course, over: Session, visit: Visit, now: datetime) -> bool:
    """Write down that the session ended, and tell whether this request may pass all the same."""
    is_grace = not is_past(over, now - timedelta(minutes=course.grace_minutes))
    if is_past(over, now):
        time_out(parts, over, now)
    is_loss = visit.method in SAVING and over.state is not State.CLOSED
    if not (is_loss and is_grace and counts(parts, over)):
        return False
    _flag(parts, over, visit, now)
    return True


def _flag(parts: Parts, session: Session, visit: Visit, now: datetime) -> None:
    path = visit.target.path_info[:200]
    try:
        note(parts, entry_of(Kind.GRACE, session, now, f"{visit.method} {path}"))
    except StoreUnavailable as fault:
        log.warning("a form that passed after the end was not written down: %s", fault)
