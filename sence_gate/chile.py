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


def until_text(session: Session) -> str:
    """Return until when *session* lasts, as "hasta las 21:40"; empty when it was never open."""
    return f"hasta las {session.deadline.astimezone(CHILE):%H:%M}" if session.deadline else ""
