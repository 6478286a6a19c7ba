"""What does a callback of SENCE change?

The one loop that joins the table of `protocol.session` with the store: read,
apply, swap, and again when another worker was faster. Every callback that changes a
session is kept. One that changes nothing (a replay, a quarantined one) adds its line
to the ledger while there are few of them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sence_gate.cookies import SKEW, SetCookie, course_of, issued_at
from sence_gate.courses import USUAL_MINUTES
from sence_gate.errors import IllegalTransition, RemoteProtocolError, StoreAway, StoreUnavailable
from sence_gate.gate.admission import entry_of
from sence_gate.gate.decisions import Outcome, Receipt
from sence_gate.gate.judgement import Suspect, judge, rebuild, signals
from sence_gate.gate.noting import kept_of, note
from sence_gate.gate.parts import Parts
from sence_gate.protocol.fields import Message
from sence_gate.protocol.messages import Callback, parse_callback
from sence_gate.protocol.session import Event, Session, State
from sence_gate.stores.base import REBUILT, SAME, Entry, Kind

REBUILT_WITHIN = timedelta(days=7)  # what was purged since must not open again from an old page
RACES = 50  # lost in a row: more than there are workers, so something else is wrong


def receive(parts: Parts, message: Message, body: bytes, origin: str, incident: str) -> Receipt:
    """Apply a callback once, and keep it; of those that change nothing the first of an attempt.

    Args:
        message: what the URL says that SENCE reports.
        body: as it arrived, cut at the first byte over `MAX_BODY`.
        origin: the Origin header, or "".

    Raises:
        StoreUnavailable: nothing was changed or kept; the browser must send it again.
    """
    now = parts.now()
    stray = Entry(now, Kind.UNMATCHED, flags=(message.value,), incident=incident)
    try:
        callback = parse_callback(body)
    except RemoteProtocolError as fault:
        parts.store.note_unmatched(replace(stray, raw=fault.raw, reason=fault.reason))
        return Receipt(Outcome.MALFORMED)
    known, away = _look(parts, callback.id_sesion_alumno)
    session = known or _rebuilt(parts, message, callback, now)
    if session is None and away:
        raise away
    if session is None:
        parts.store.note_unmatched(replace(stray, raw=callback.raw))
        return Receipt(Outcome.UNMATCHED, glosas=callback.glosas)
    flags = signals(message, session, origin, _origins(parts), now)
    about = entry_of(Kind(message.value), session, now)
    entry = replace(about, raw=callback.raw, flags=flags, incident=incident)
    return _judged(parts, message, callback, session, entry)


def _look(parts: Parts, id_sesion_alumno: str) -> tuple[Session | None, StoreAway | None]:
    """Return what the store knows of an attempt, and why it cannot say so now."""
    try:
        return parts.store.get(id_sesion_alumno), None
    except StoreAway as fault:
        return None, fault


def _rebuilt(parts: Parts, message: Message, callback: Callback, now: datetime) -> Session | None:
    course = parts.courses.get(course_of(callback.id_sesion_alumno))
    minutes = course.minutes if course else USUAL_MINUTES
    if not _is_young(callback.id_sesion_alumno, now):
        return None
    return rebuild(message, callback, parts.ids, parts.otecs, minutes)


def _is_young(id_sesion_alumno: str, now: datetime) -> bool:
    """Tell whether an attempt may still be taken up without the store knowing it."""
    issued = issued_at(id_sesion_alumno)
    return issued is not None and -SKEW <= now - issued <= REBUILT_WITHIN


def _origins(parts: Parts) -> frozenset[str]:
    # Ours too: the page of a full disk sends the fields again.
    sence = parts.config.sence
    return frozenset({sence.base_url, *sence.origins, parts.config.origin, "null", ""})


def _judged(parts: Parts, message: Message, callback: Callback, session: Session, entry: Entry) -> Receipt:
    event = judge(message, callback, session)
    if isinstance(event, Suspect):
        return _kept(parts, Kind.QUARANTINED, event.reason, Receipt(Outcome.QUARANTINED, session), entry)
    try:
        after, is_kept = _apply(parts, event, session, entry)
    except IllegalTransition as fault:
        return _kept(parts, Kind.ILLEGAL, str(fault), Receipt(Outcome.ILLEGAL, session), entry)
    return Receipt(Outcome.APPLIED, after, callback.glosas, _answer(parts, message, after), is_kept)


def _kept(parts: Parts, kind: Kind, reason: str, receipt: Receipt, entry: Entry) -> Receipt:
    flags = (*entry.flags, entry.kind.value)
    is_kept = note(parts, replace(entry, kind=kind, reason=reason, flags=flags))
    return replace(receipt, is_kept=is_kept)


def _apply(parts: Parts, event: Event, session: Session, entry: Entry) -> tuple[Session, bool]:
    """Return the session after *event*, and whether the ledger has a line of it."""
    for _ in range(RACES):
        known, away = _look(parts, session.id_sesion_alumno)
        before = known or session
        after = before.apply(event, entry.at)
        odd = (SAME,) if after is before else () if known or away else (REBUILT,)
        line: Entry | None = replace(entry, flags=(*entry.flags, *odd))
        # A spool tells of no refusal that it keeps: in an outage each of them is the first.
        if line and (after is before or (away and after.state is State.FAILED)):
            line = kept_of(parts, line)
        if line is None:
            return after, False
        # A replay too is written against the state that it was judged by: the ledger can be replayed.
        if parts.store.swap(known, after, line):
            parts.recheck.forget(after)
            return after, True
    raise StoreUnavailable("a session changes faster than it can be written")


def _answer(parts: Parts, message: Message, after: Session) -> tuple[SetCookie, ...]:
    is_start = message is Message.START_OK and after.state is State.OPEN
    return (parts.cookies.confirmed(after),) if is_start else ()
