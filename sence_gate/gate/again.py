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
from sence_gate.gate.recheck import Seen

MOST = 2_048
LONGEST = 2_048  # characters of a Cookie header that is worth remembering in memory

Told = tuple[tuple[str, str], ...]  # headers: what a door says of an admission


class Again:
    """Remember admissions by the whole Cookie header and the course."""

    def __init__(self, parts: Parts) -> None:
        self._now, self._recheck = parts.now, parts.recheck
        self._seen: dict[tuple[str, str], tuple[Told, Seen, datetime, datetime]] = {}

    def look(self, cookie_header: str, course: Course) -> Told | None:
        """Return what was told of the admission that `admission.decide` would come to, if that is certain."""
        kept = self._seen.get((cookie_header, course.id))
        if kept is None:
            return None
        told, seen, first, last = kept
        return told if self._recheck.counts(seen) and first < self._now() < last else None

    def keep(self, cookie_header: str, admitted: Admitted, told: Told) -> None:
        """Remember what was *told* of an admission, if that rests on the cookie alone."""
        rests_on_cookie = not (admitted.set_cookies or admitted.is_grace)
        opened, deadline = admitted.session.opened, admitted.session.deadline
        seen = self._recheck.look_at(admitted.session)
        if not (seen and opened and deadline and rests_on_cookie and len(cookie_header) <= LONGEST):
            return
        if len(self._seen) >= MOST:
            self._seen.clear()  # cheaper than to know which was used last, and safe between threads
        first = opened - (deadline - opened)  # a clock before it is not to be believed: `parts.is_past`
        self._seen[cookie_header, admitted.course.id] = told, seen, first, deadline
