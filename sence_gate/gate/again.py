"""What was decided about a browser in a course, while it would be decided alike.

A page brings sixty questions, which differ in their address alone. What a cookie says
and which course a path belongs to does not change; what does, is looked at each time:
whether the store's word is still fresh, and the clock. Only where learners are asked for
their RUN: any other source is asked anew.
"""

from __future__ import annotations

from datetime import datetime

from sence_gate.courses import Course
from sence_gate.gate.decisions import Admitted
from sence_gate.gate.parts import Parts

MOST = 2_048
LONGEST = 2_048  # characters of a Cookie header that is worth remembering in memory


class Again:
    """Remember admissions by the whole Cookie header and the course."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._seen: dict[tuple[str, str], tuple[Admitted, datetime]] = {}

    def look(self, cookie_header: str, course: Course) -> Admitted | None:
        """Return the admission that `admission.decide` would come to, if that is certain."""
        seen = self._seen.get((cookie_header, course.id))
        if seen is None:
            return None
        admitted, deadline = seen
        session, parts = admitted.session, self._parts
        # The very object: another one would be another word of the store.
        is_fresh = parts.recheck.remembered(session.id_sesion_alumno) is session
        return admitted if is_fresh and parts.now() < deadline else None

    def keep(self, cookie_header: str, admitted: Admitted) -> None:
        """Remember an admission that rests on the cookie alone."""
        rests_on_cookie = not (admitted.set_cookies or admitted.is_grace)
        deadline = admitted.session.deadline
        if deadline is None or not rests_on_cookie or len(cookie_header) > LONGEST:
            return
        if len(self._seen) >= MOST:
            self._seen.clear()  # cheaper than to know which was used last, and safe between threads
        self._seen[cookie_header, admitted.course.id] = admitted, deadline
