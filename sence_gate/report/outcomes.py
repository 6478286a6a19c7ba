"""One row of a report as a value: how one SENCE session ended, or what went wrong.

Which moment is whose: `start` and `close` are when the callback reached us; FechaHora
is what SENCE wrote into it, as text, for nobody says what it means in a close (manual
1.1.6, section 3.3, describes it as the start's).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sence_gate.protocol.glosas import glosa
from sence_gate.protocol.messages import Callback, Environment
from sence_gate.stores.base import Kind

_CLOSES = frozenset({Kind.CLOSE_OK.value, Kind.CLOSE_ERROR.value})  # flags of what was not applied


class Outcome(StrEnum):
    """How a row ended, as the report says it."""

    CLOSED = "cerrada"
    OPEN = "abierta"
    NOT_CLOSED = "sin cierre"
    START_REFUSED = "inicio rechazado"
    CLOSE_REFUSED = "cierre rechazado"
    UNANSWERED = "sin respuesta"
    QUARANTINED = "en cuarentena"
    ILLEGAL = "fuera de orden"
    PASSED = "pasó por contingencia"


@dataclass(frozen=True, slots=True)
class Background:
    """What the ledger does not say.

    `environment_of` gets the id of an attempt and what was sent or answered first, if
    anything was; None means that nobody knows any more.
    """

    now: datetime
    minutes_of: Callable[[str], int]
    environment_of: Callable[[str, Callback | None], Environment | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One SENCE session, or one thing that went wrong. `moment` is what places it in a day."""

    course: str
    run: str = field(repr=False)
    id_sesion_alumno: str = field(repr=False)
    outcome: Outcome
    moment: datetime
    environment: Environment | None = None
    codigo_curso: str = ""
    id_sesion_sence: str = field(default="", repr=False)
    start: datetime | None = None
    close: datetime | None = None
    fecha_hora_start: str = ""
    fecha_hora_close: str = ""
    glosas: tuple[int, ...] = ()
    reason: str = ""
    flags: tuple[str, ...] = ()
    incident: str = ""

    @property
    def minutes(self) -> int | None:
        """How long the session lasted by our clock, in whole minutes; None when an end is missing."""
        if self.start is None or self.close is None:
            return None
        return max(0, int((self.close - self.start) / timedelta(minutes=1)))

    @property
    def is_about_close(self) -> bool:
        """Whether what went wrong is a close."""
        return self.outcome is Outcome.CLOSE_REFUSED or not _CLOSES.isdisjoint(self.flags)

    @property
    def words(self) -> tuple[str, ...]:
        """What each code means and what to do, for the operator."""
        return tuple(glosa(code).operator for code in self.glosas)
