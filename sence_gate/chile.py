"""Time as learners read it: Chile's, whatever the host's zone."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sence_gate.protocol.session import Session

CHILE = ZoneInfo("America/Santiago")
_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip


def day_of(now: datetime) -> date:
    """Return the day that it is in Chile at *now*."""
    return now.astimezone(CHILE).date()


def day_text(day: date) -> str:
    """Return *day* in words, as "6 de mayo de 2024"."""
    return f"{day.day} de {_MONTHS[day.month - 1]} de {day.year}"


def moment_text(moment: datetime, now: datetime) -> str:
    """Return *moment* in words, as "hasta las 21:40", or "hasta el 7 de mayo de 2024 a las 09:00"."""
    at = moment.astimezone(CHILE)
    day = "" if day_of(moment) == day_of(now) else f"el {day_text(at.date())} a "
    return f"hasta {day}las {at:%H:%M}"


def until_text(session: Session) -> str:
    """Return until when *session* lasts, as "hasta las 21:40"; empty when it was never open."""
    return f"hasta las {session.deadline.astimezone(CHILE):%H:%M}" if session.deadline else ""
