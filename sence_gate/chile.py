"""Time as learners read it: Chile's, whatever the host's zone."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sence_gate.protocol.session import Session

CHILE = ZoneInfo("America/Santiago")


def until_text(session: Session) -> str:
    """Return until when *session* lasts, as "hasta las 21:40"; empty when it was never open."""
    return f"hasta las {session.deadline.astimezone(CHILE):%H:%M}" if session.deadline else ""
