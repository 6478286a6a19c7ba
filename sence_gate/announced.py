"""What the gate tells the platform of a session, as headers of a request.

They are always sent, with "-" where there is no session: some front servers let a
visitor's own header through where the gate's is missing. Nobody else may say them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote

from sence_gate.protocol.session import Session

PREFIX = "x-sence-"
NONE = "-"  # an empty one would leave the visitor's header in place in old Caddys (GHSA-7r4p-vjf4-gxv4)
_SAFE = re.compile(r"[!-~]{1,149}")


def announced(session: Session | None, course: str = NONE) -> tuple[tuple[str, str], ...]:
    """Return X-Sence-Run, X-Sence-Course and X-Sence-Session for *session*.

    Args:
        course: whose page it is where there is no session: caches must not keep that either.
    """
    if session is None:
        return _headers(NONE, course, NONE)
    told = session.id_sesion_sence or NONE
    return _headers(session.attendance.run_alumno.canonical, session.course, told)


@lru_cache(2_048)
def _headers(run: str, course: str, session: str) -> tuple[tuple[str, str], ...]:
    # What SENCE calls the session is SENCE's text: whatever stands in it must stay inside the header.
    told = session if _SAFE.fullmatch(session) else quote(session, safe="")
    return ("X-Sence-Run", run), ("X-Sence-Course", course), ("X-Sence-Session", told)
