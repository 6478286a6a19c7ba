"""What do the buttons send to SENCE?

A start makes an attempt, or takes up a young one of this browser, so that two
tabs are one session. A close repeats what the start sent, whatever the
configuration says by now; only the token is today's. Both are written down before
anything is sent: SENCE cannot be asked afterwards.
Source: manual 1.1.6, sections 3.2 and 3.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import accumulate, islice

from sence_gate.cookies import LATE_CLOSE, MAX_ATTEMPTS, MAX_WANTED, RESEND_WITHIN, Attempt, SetCookie
from sence_gate.courses import Course
from sence_gate.enrolments import Enrolment
from sence_gate.gate import enrolling
from sence_gate.gate.admission import attempts_of, entry_of, held, told_if_there, vain
from sence_gate.gate.decisions import (
    AlreadyOpen,
    Barred,
    Exempt,
    HandOff,
    NothingToClose,
    UnknownOtec,
    Visit,
)
from sence_gate.gate.noting import note
from sence_gate.gate.parts import Parts, admits, counts, is_of, named_by
from sence_gate.learners import Identity
from sence_gate.protocol.fields import Message
from sence_gate.protocol.messages import Attendance, CloseForm, StartForm, close_url, start_url
from sence_gate.protocol.rut import Rut
from sence_gate.protocol.session import Session, State
from sence_gate.stores.base import Kind


def begin(
    parts: Parts, course: Course, run: Rut, wanted: str, visit: Visit
) -> HandOff | AlreadyOpen | Exempt | Barred:
    """Return what the start button posts to SENCE for the learner *run*, if the learner may start.

    Args:
        wanted: the path and query that the learner asked for; local and not too long, as `is_local` tells.

    Raises:
        StoreUnavailable: nothing was written down, so nothing may be sent.
    """
    now = parts.now()
    if already := _open_already(parts, course, run, visit, now):
        return AlreadyOpen(already, (parts.cookies.session(already, now),))
    terms = enrolling.terms(parts.registers, course, run, now)
    if not isinstance(terms, Enrolment):
        return terms
    sent = _attendance(course, run, terms)
    for attempt, known in _earlier(parts, course, run, visit, now):
        is_young = now - attempt.issued < RESEND_WITHIN and attempt.attendance == sent
        if is_young and (known is None or known.opened is None):
            return _start(parts, course, replace(attempt, wanted=wanted), known, visit)
    fresh = Attempt(parts.ids.issue(course.id, sent, now), course.id, sent, now, wanted)
    return _start(parts, course, fresh, None, visit)


def close(parts: Parts, course: str, who: Identity, visit: Visit) -> HandOff | NothingToClose | UnknownOtec:
    """Return what the close button posts to SENCE for this browser's session in *course*.

    Args:
        course: a course id, which need not be in the configuration any more.

    Raises:
        StoreUnavailable: nothing was written down, so nothing may be sent.
    """
    now = parts.now()
    session = closable(parts, course, who, visit, now)
    if session is None:
        return NothingToClose(vain(parts, course, visit))
    otec = parts.otecs.get(session.attendance.rut_otec)
    if otec is None:
        return UnknownOtec(session)
    form = CloseForm(
        session.attendance,
        otec.token,
        session.id_sesion_alumno,
        parts.config.callback_url(Message.CLOSE_OK),
        parts.config.callback_url(Message.CLOSE_ERROR),
        session.id_sesion_sence or "",
    )
    note(parts, replace(entry_of(Kind.CLOSE_SENT, session, now), raw=form.recorded_fields()))
    action = close_url(parts.config.sence.base_url, session.attendance.environment)
    return HandOff(action, form.wire_fields())


def closable(parts: Parts, course: str, who: Identity, visit: Visit, now: datetime) -> Session | None:
    """Return the visitor's session in *course* that SENCE does not know as closed, if there is one.

    One that counts goes before one of the test system that the course has left behind.
    """
    other: Session | None = None
    for session, _ in held(parts, course, who, visit, now):
        if _can_close(session, now):
            if counts(parts, session):
                return session
            other = other or session
    return other


def _can_close(session: Session, now: datetime) -> bool:
    # A store that is asked by RUN tells of sessions that nobody closed for months; a browser forgets them.
    is_kept = session.deadline is not None and now < session.deadline + LATE_CLOSE
    return is_kept and session.state in (State.OPEN, State.EXPIRED)


def closables(parts: Parts, who: Identity, visit: Visit) -> tuple[Session, ...]:
    """Return every session that this browser could close, in the order of their courses."""
    now = parts.now()
    kept = parts.cookies.read_sessions(visit.cookies)
    courses = sorted({session.course for session in kept if is_of(session, who)})
    found = (closable(parts, course, who, visit, now) for course in courses)
    return tuple(session for session in found if session)


def young_attempt(parts: Parts, course: str, who: Identity, visit: Visit) -> Attempt | None:
    """Return this browser's newest attempt in *course* that would be sent again."""
    now = parts.now()
    attempts = attempts_of(parts, course, who, visit, now)
    return next((each for each in attempts if now - each.issued < RESEND_WITHIN), None)


def _attendance(course: Course, run: Rut, terms: Enrolment) -> Attendance:
    return Attendance(
        course.environment,
        course.otec.rut,
        run,
        terms.cod_sence,
        terms.codigo_curso,
        terms.linea_capacitacion,
    )


def _open_already(parts: Parts, course: Course, run: Rut, visit: Visit, now: datetime) -> Session | None:
    # Asked for the visitor, not for *run*: whoever types a RUN has not shown to be that learner.
    for session, _ in held(parts, course.id, visit.identity(), visit, now):
        if admits(parts, session, now) and session.attendance.run_alumno == run:
            return session
    return None


def _earlier(
    parts: Parts, course: Course, run: Rut, visit: Visit, now: datetime
) -> Iterator[tuple[Attempt, Session | None]]:
    for attempt in attempts_of(parts, course.id, run, visit, now):
        yield attempt, told_if_there(partial(parts.store.get, attempt.id_sesion_alumno))


def _start(parts: Parts, course: Course, attempt: Attempt, known: Session | None, visit: Visit) -> HandOff:
    now = parts.now()
    form = StartForm(
        attempt.attendance,
        course.otec.token,
        attempt.id_sesion_alumno,
        parts.config.callback_url(Message.START_OK),
        parts.config.callback_url(Message.START_ERROR),
    )
    session = known or Session.begun(
        attempt.id_sesion_alumno, course.id, attempt.attendance, course.minutes, attempt.issued
    )
    entry = replace(
        entry_of(Kind.START_SENT, session, now),
        raw=form.recorded_fields(),
        flags=(attempt.attendance.environment.value, named_by(visit.identity())),
    )
    if known is not None or not parts.store.swap(None, session, entry):
        note(parts, entry)
    action = start_url(parts.config.sence.base_url, attempt.attendance.environment)
    return HandOff(action, form.wire_fields(), _remembered(parts, attempt, visit, now))


def _remembered(parts: Parts, attempt: Attempt, visit: Visit, now: datetime) -> tuple[SetCookie, ...]:
    others = [each for each in parts.cookies.read_attempts(visit.cookies, now) if each.tag != attempt.tag]
    kept, dropped = others[: MAX_ATTEMPTS - 1], others[MAX_ATTEMPTS - 1 :]
    room = accumulate((len(each.wanted) for each in kept), initial=len(attempt.wanted))
    # Servers refuse requests with more than 8 KiB of headers: the addresses share one's room. Whose has
    # none left comes back to the course; without its cookie it would come back to a stranger.
    forgotten = [
        each for each, length in zip(kept, islice(room, 1, None), strict=True) if length > MAX_WANTED
    ]
    return (
        parts.cookies.attempt(attempt),
        *(parts.cookies.attempt(replace(each, wanted="")) for each in forgotten if each.wanted),
        *(parts.cookies.removal(f"a-{each.tag}") for each in dropped),
    )
