"""What happened in one attempt: its entries, read as rows.

An attempt may hold several SENCE sessions: a second start replaces the first, and a
closed one may be opened again. Each is a row, with a close or "sin cierre". Each refusal
of SENCE, and each answer that was kept without being applied, is a row of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sence_gate.errors import RemoteProtocolError
from sence_gate.protocol.fields import UNKNOWN_CODE
from sence_gate.protocol.glosas import glosa
from sence_gate.protocol.messages import Callback, callback_of
from sence_gate.report.outcomes import Background, Outcome, Row
from sence_gate.stores.base import SAME, Entry, Kind

_EMPTY = Callback("", "", "", "", "", "", "", "", (), ())
# By how much a clock may be set back, or two hosts differ, between a start and its close.
CLOCKS_DIFFER = timedelta(minutes=10)

# What no callback brought. It is told by its time; a callback is told by its fields.
SENT_BY_US = frozenset(
    {Kind.START_SENT, Kind.CLOSE_SENT, Kind.TIMED_OUT, Kind.GRACE, Kind.BYPASS, Kind.PASSED}
)


@dataclass(slots=True)
class _Sitting:
    """One SENCE session, while its entries are read."""

    id_sesion_sence: str
    start: Entry | None = None
    close: Entry | None = None
    fecha_hora_start: str = ""
    fecha_hora_close: str = ""
    replaced_by: str = ""
    is_ended: bool = False
    is_close_unanswered: bool = False
    has_grace: bool = False

    def row(self, base: Row, background: Background) -> Row:
        told = [each for each in (self.start, self.close) if each]
        start = self.start.at if self.start else None
        close = self.close.at if self.close else None
        outcome, reason = self._end(start, base.course, background)
        flags = [flag for each in told for flag in each.flags] + ["grace"] * self.has_grace
        return replace(
            base,
            outcome=outcome,
            reason=reason,
            moment=start or close or base.moment,
            id_sesion_sence=self.id_sesion_sence,
            start=start,
            close=close,
            fecha_hora_start=self.fecha_hora_start,
            fecha_hora_close=self.fecha_hora_close,
            flags=tuple(dict.fromkeys(flags)),
            incident=told[0].incident if told else "",
        )

    def _end(self, start: datetime | None, course: str, background: Background) -> tuple[Outcome, str]:
        if self.close:
            return Outcome.CLOSED, ""
        if self.replaced_by:
            return Outcome.NOT_CLOSED, f"otro inicio la reemplazó: IdSesionSence {self.replaced_by}"
        unanswered = "se pidió el cierre y SENCE no respondió" if self.is_close_unanswered else ""
        length = timedelta(minutes=background.minutes_of(course))
        is_past = start is None or start + length <= background.now
        return Outcome.NOT_CLOSED if self.is_ended or is_past else Outcome.OPEN, unanswered


class _Story:
    """The entries of one attempt, read one after the other."""

    def __init__(self) -> None:
        self.sittings: dict[str, _Sitting] = {}
        self.current: _Sitting | None = None
        self.asked = ""  # the id whose close was sent last
        self.failures: list[tuple[Outcome, Entry, Callback]] = []
        self.echoed: Callback | None = None

    def take(self, entry: Entry) -> None:
        if entry.kind in SENT_BY_US and entry.kind is not Kind.CLOSE_SENT and self.echoed:
            self._noted(entry.kind)
            return
        callback = told_by(entry)
        if self.echoed is None and entry.raw and entry.kind is not Kind.QUARANTINED:
            self.echoed = callback
        match entry.kind:
            case Kind.START_OK:
                self._started(entry, callback)
            case Kind.CLOSE_SENT:
                self._close_asked(callback)
            case Kind.CLOSE_OK:
                self._closed(entry, callback)
            case Kind.START_ERROR:
                self.failures.append((Outcome.START_REFUSED, entry, callback))
            case Kind.CLOSE_ERROR:
                self.failures.append((Outcome.CLOSE_REFUSED, entry, callback))
                self._close_refused(callback)
            case Kind.QUARANTINED:
                self.failures.append((Outcome.QUARANTINED, entry, callback))
            case Kind.ILLEGAL:
                self.failures.append((Outcome.ILLEGAL, entry, callback))
            case _:
                self._noted(entry.kind)

    def _started(self, entry: Entry, callback: Callback) -> None:
        if SAME in entry.flags or self._has_started(callback):
            return
        if self.current:
            self.current.replaced_by = callback.id_sesion_sence
        self._own_close(entry, callback)
        self.current = self._sitting(callback)
        self.current.start, self.current.fecha_hora_start = entry, callback.fecha_hora

    def _has_started(self, callback: Callback) -> bool:
        known = self.sittings.get(callback.id_sesion_sence)
        return known is not None and known.start is not None

    def _own_close(self, entry: Entry, callback: Callback) -> None:
        """Take a close that seems to lie just before its own start for the close of this one."""
        early = self.sittings.get("")
        is_ours = early and early.close and entry.at - early.close.at <= CLOCKS_DIFFER
        if early and is_ours and not self.current:
            del self.sittings[""]
            early.id_sesion_sence = callback.id_sesion_sence
            self.sittings.setdefault(callback.id_sesion_sence, early)

    def _close_asked(self, callback: Callback) -> None:
        self.asked = callback.id_sesion_sence
        if sitting := self._meant(callback):
            sitting.is_close_unanswered = True

    def _closed(self, entry: Entry, callback: Callback) -> None:
        # A close that names a session which has none yet is none's replay, whatever the attempt was by then.
        if SAME in entry.flags and callback.id_sesion_sence not in self.sittings:
            return
        sitting = self._meant(callback) or self._sitting(callback)
        if sitting.close is None:
            sitting.close, sitting.fecha_hora_close = entry, callback.fecha_hora

    def _meant(self, callback: Callback) -> _Sitting | None:
        """Return the session that an answer to a close is about: the one it names, or whose close was sent.

        SENCE's confirmation names none (manual 1.1.6, section 3.3), and a second start may come before it.
        """
        named = self.sittings.get(callback.id_sesion_sence) if callback.id_sesion_sence else None
        asked = self.sittings.get(self.asked)
        return named or (asked if asked and not asked.close else self.current)

    def _sitting(self, callback: Callback) -> _Sitting:
        return self.sittings.setdefault(callback.id_sesion_sence, _Sitting(callback.id_sesion_sence))

    def _close_refused(self, callback: Callback) -> None:
        if sitting := self._meant(callback):
            sitting.is_close_unanswered = False
            sitting.is_ended |= any(glosa(code).releases for code in callback.glosas)

    def _noted(self, kind: Kind) -> None:
        if self.current:
            self.current.is_ended |= kind is Kind.TIMED_OUT
            self.current.has_grace |= kind is Kind.GRACE


def rows_of(entries: Iterable[Entry], background: Background) -> Iterator[Row]:
    """Yield what the *entries* of one attempt tell, in the order in which it happened.

    Args:
        entries: at least one, in the order of their time, each callback once.
    """
    every = list(entries)
    yield from (_passed(entry) for entry in every if entry.kind is Kind.PASSED)
    told = [entry for entry in every if entry.kind not in (Kind.PASSED, Kind.BYPASS)]
    if not told:  # these belong to no attempt
        return
    story = _Story()
    for entry in told:
        story.take(entry)
    base = _base(told, story, background)
    rows = [sitting.row(base, background) for sitting in story.sittings.values()]
    rows += [_failure(base, *each) for each in story.failures]
    is_silent = all(entry.kind is Kind.START_SENT for entry in told)
    yield from sorted(rows, key=lambda row: row.moment) if not is_silent else [base]


def _base(told: list[Entry], story: _Story, background: Background) -> Row:
    first = told[0]
    return Row(
        first.course,
        first.run,
        first.id_sesion_alumno,
        Outcome.UNANSWERED,
        first.at,
        background.environment_of(first.id_sesion_alumno, story.echoed),
        story.echoed.codigo_curso if story.echoed else "",
    )


def _passed(entry: Entry) -> Row:
    return Row(
        entry.course,
        entry.run,
        "",
        Outcome.PASSED,
        entry.at,
        reason=entry.reason,
        flags=entry.flags,
        incident=entry.incident,
    )


def _failure(base: Row, outcome: Outcome, entry: Entry, callback: Callback) -> Row:
    is_refusal = outcome in (Outcome.START_REFUSED, Outcome.CLOSE_REFUSED)
    row = replace(
        base,
        outcome=outcome,
        moment=entry.at,
        id_sesion_sence=callback.id_sesion_sence,
        glosas=callback.glosas or ((UNKNOWN_CODE,) if is_refusal else ()),
        reason=entry.reason,
        flags=tuple(flag for flag in entry.flags if flag != SAME),
        incident=entry.incident,
    )
    if row.is_about_close:
        return replace(row, fecha_hora_close=callback.fecha_hora)
    return replace(row, fecha_hora_start=callback.fecha_hora)


def told_by(entry: Entry) -> Callback:
    """Return the fields of *entry* as the gate read them; all empty when there are none."""
    try:
        return callback_of(entry.raw, entry.raw)
    except RemoteProtocolError:
        return _EMPTY
