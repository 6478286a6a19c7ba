"""Letting learners pass while SENCE is down: only when somebody said so, for a time, and written down.

A contingency is declared on the command line and kept in the store, so that all
workers of all hosts know of it within `recheck_seconds`. It changes nothing for an
open session, and nothing for whoever may not enter the course at all. Each learner
sees a page that says what is going on, and passes from there: that is the ledger's line.
"""

from __future__ import annotations

from datetime import datetime

from sence_gate.cookies import Mark
from sence_gate.courses import Course
from sence_gate.enrolments import Enrolment
from sence_gate.gate import enrolling
from sence_gate.gate.decisions import Barred, Exempt, NoContingency, Passed, Visit
from sence_gate.gate.parts import Parts, named_by
from sence_gate.learners import Identity
from sence_gate.protocol.rut import Rut
from sence_gate.stores.base import Entry, Kind

WHY = "bypass"  # of the flag in the ledger, and of the counter


def has_passed(parts: Parts, course: str, who: Identity, visit: Visit, now: datetime) -> bool:
    """Tell whether this visitor went in during the contingency that is still in force."""
    texts = parts.cookies.read_mark(visit.cookies, Mark.BYPASS, course)
    if texts is None:
        return False
    bypass = parts.contingencies.of(course, now)
    match texts:
        case (key, run) if bypass is not None and key == bypass.id:
            return not isinstance(who, Rut) or who.canonical == run
        case _:
            return False


def pass_by(
    parts: Parts, course: Course, run: Rut, visit: Visit, incident: str
) -> Passed | NoContingency | Exempt | Barred:
    """Let the learner *run* into *course* without SENCE, and write it down.

    Raises:
        StoreUnavailable: it could not be written down, so nobody passes.
    """
    now = parts.now()
    bypass = parts.contingencies.of(course.id, now)
    if bypass is None:
        return NoContingency()
    terms = enrolling.terms(parts.registers, course, run, now)
    if not isinstance(terms, Enrolment):
        return terms
    flags, reason = (WHY, named_by(visit.identity())), f"{bypass.by}: {bypass.reason}"
    entry = Entry(now, Kind.PASSED, "", course.id, run.canonical, (), flags, reason, incident)
    parts.store.record(entry)
    seconds = max(1, int((bypass.until - now).total_seconds()))
    return Passed((parts.cookies.mark(Mark.BYPASS, course.id, (bypass.id, run.canonical), seconds=seconds),))
