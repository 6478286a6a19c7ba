"""Does somebody leave the platform with a session that SENCE still counts as open?"""

from __future__ import annotations

from sence_gate.cookies import Mark
from sence_gate.errors import IdentityUnavailable, StoreUnavailable, UntrustworthyIdentity
from sence_gate.gate.decisions import Visit
from sence_gate.gate.parts import Parts, is_running
from sence_gate.gate.sending import closables
from sence_gate.learners import NO_LEARNERS
from sence_gate.protocol.session import Session


def leaving(parts: Parts, visit: Visit) -> tuple[Session, ...]:
    """Return the open sessions that this browser would leave behind; none when it was asked just now.

    Nothing that goes wrong here keeps anybody from leaving. Only sessions that this
    browser has in a cookie count: one that keeps no cookies would be asked for ever.
    """
    if not parts.cookies.read_sessions(visit.cookies) or _was_asked(parts, visit):
        return ()
    try:
        who = visit.identity()
        if who in NO_LEARNERS:
            return ()
        found = closables(parts, who, visit)
    except (StoreUnavailable, IdentityUnavailable, UntrustworthyIdentity):
        return ()
    now = parts.now()
    return tuple(each for each in found if is_running(each, now))


def _was_asked(parts: Parts, visit: Visit) -> bool:
    return parts.cookies.read_mark(visit.cookies, Mark.LEAVING, "1") is not None
