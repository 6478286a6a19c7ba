"""The life of one SENCE session, as a table.

Two rules explain every cell below:

1. What SENCE reports outranks what our clock guessed: a session that we gave
   up on reopens, or closes, when SENCE says so.
2. A replay changes nothing: browsers reload callback pages.

Nothing here reads a clock or a store; `gate.receiving` brings both.
Source: manual 1.1.6, sections 2, 3.2 and 3.3.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sence_gate.errors import IllegalTransition
from sence_gate.protocol.messages import Attendance

MINUTE = timedelta(minutes=1)
REMEMBERED = 20  # ids and closes of one attempt; who makes more of them forges his own


class State(StrEnum):
    """Where a session stands, as far as SENCE and our clock have told."""

    PENDING = "pending"  # the learner was sent to SENCE; no answer yet
    OPEN = "open"
    FAILED = "failed"
    EXPIRED = "expired"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Started:
    """SENCE opened the session (POST to UrlRetoma; manual 1.1.6, section 3.2)."""

    id_sesion_sence: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StartRefused:
    """SENCE did not open the session (POST to UrlError; section 3.2)."""


@dataclass(frozen=True, slots=True)
class Closed:
    """SENCE closed the session (POST to UrlRetoma of the close; section 3.3).

    The confirmation lacks IdSesionSence; FechaHora tells one close from another.
    """

    fecha_hora: str = ""


@dataclass(frozen=True, slots=True)
class CloseRefused:
    """SENCE did not close the session (POST to UrlError of the close; section 3.3)."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """Our deadline passed. The manual gives no length of a session."""


Event = Started | StartRefused | Closed | CloseRefused | TimedOut
EventType = type[Started] | type[StartRefused] | type[Closed] | type[CloseRefused] | type[TimedOut]

# A pair that is missing here is illegal: nothing can be closed before it was open.
TRANSITIONS: dict[State, dict[EventType, State]] = {
    State.PENDING: {
        Started: State.OPEN,
        StartRefused: State.FAILED,
        TimedOut: State.PENDING,
    },
    State.OPEN: {
        Started: State.OPEN,
        StartRefused: State.OPEN,
        Closed: State.CLOSED,
        CloseRefused: State.OPEN,
        TimedOut: State.EXPIRED,
    },
    State.FAILED: {
        Started: State.OPEN,
        StartRefused: State.FAILED,
        TimedOut: State.FAILED,
    },
    State.EXPIRED: {
        Started: State.OPEN,
        StartRefused: State.EXPIRED,
        Closed: State.CLOSED,
        CloseRefused: State.EXPIRED,
        TimedOut: State.EXPIRED,
    },
    State.CLOSED: {
        Started: State.OPEN,
        StartRefused: State.CLOSED,
        Closed: State.CLOSED,
        CloseRefused: State.CLOSED,
        TimedOut: State.CLOSED,
    },
}


@dataclass(frozen=True, slots=True)
class Session:
    """One attendance of one learner in one course. Immutable.

    `minutes` is how long it may last once open. `since` is when the state was
    reached. `version` counts the changes, so that a store can tell who won.
    `earlier` holds the ids that a newer start of the same attempt replaced: SENCE
    knows them as sessions without a close, and their reloaded pages are replays.
    `closes` holds the FechaHora of the closes that were confirmed, for the same use.
    """

    id_sesion_alumno: str = field(repr=False)
    course: str
    attendance: Attendance
    minutes: int
    state: State
    since: datetime
    id_sesion_sence: str | None = field(default=None, repr=False)
    opened: datetime | None = None
    earlier: tuple[str, ...] = field(default=(), repr=False)
    closes: tuple[str, ...] = ()
    version: int = 1

    @classmethod
    def begun(
        cls, id_sesion_alumno: str, course: str, attendance: Attendance, minutes: int, now: datetime
    ) -> Session:
        """Return the session of an attempt that is about to be sent to SENCE."""
        return cls(id_sesion_alumno, course, attendance, minutes, State.PENDING, now)

    @property
    def deadline(self) -> datetime | None:
        """When our clock ends the session; None as long as it was never open."""
        return None if self.opened is None else self.opened + MINUTE * self.minutes

    def apply(self, event: Event, now: datetime) -> Session:
        """Return the session after *event*; the very same object for a replay.

        Raises:
            IllegalTransition: SENCE cannot have meant this in our state.
        """
        try:
            state = TRANSITIONS[self.state][type(event)]
        except KeyError:
            raise IllegalTransition(f"{type(event).__name__} in state {self.state}") from None
        if isinstance(event, Started):
            return self._started(event.id_sesion_sence, now)
        if state is self.state or self._has_seen(event):
            return self
        closes = (*self.closes, event.fecha_hora)[-REMEMBERED:] if isinstance(event, Closed) else self.closes
        return replace(self, state=state, since=now, closes=closes, version=self.version + 1)

    def _has_seen(self, event: Event) -> bool:
        return isinstance(event, Closed) and event.fecha_hora != "" and event.fecha_hora in self.closes

    def _started(self, id_sesion_sence: str, now: datetime) -> Session:
        if id_sesion_sence == self.id_sesion_sence or id_sesion_sence in self.earlier:
            return self
        replaced = () if self.id_sesion_sence is None else (self.id_sesion_sence,)
        return replace(
            self,
            state=State.OPEN,
            since=now,
            id_sesion_sence=id_sesion_sence,
            opened=now,
            earlier=(*self.earlier, *replaced)[-REMEMBERED:],
            version=self.version + 1,
        )
