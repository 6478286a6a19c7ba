"""Which course is meant, where the address alone does not say?

Of a path that several courses share there are two answers. By the first rule any
of them will do: an open session in one admits, and without one the learner
chooses. Where the rule can read the course from the platform's page, the page has
the word: each course that it names must have a session, and a page that names
none of ours is none of ours. A page that says nothing follows the first rule where
every page should say something (`unnamed`), and so does what cannot be asked first
(a form, a script's POST: an answer cannot be unsent).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from sence_gate.courses import Course, Rule
from sence_gate.gate import admission, bypassing, enrolling
from sence_gate.gate.admission import UNTOUCHED
from sence_gate.gate.decisions import (
    Admitted,
    Barred,
    ChoiceNeeded,
    Decision,
    Exempt,
    PageNeeded,
    Settled,
    StartNeeded,
    Untouched,
    Visit,
)
from sence_gate.gate.parts import Parts, admits, is_of
from sence_gate.gate.sending import closables
from sence_gate.learners import NO_LEARNERS
from sence_gate.protocol.rut import Rut
from sence_gate.protocol.session import Session
from sence_gate.shared import Shared, Unnamed

# Whoever has no cookie may have a session all the same (another browser); each look is one of the store.
MOST_LOOKED_UP = 50


def decide(parts: Parts, visit: Visit) -> Decision:
    """Return whether *visit* is none of ours, admitted, or what it needs first.

    Raises:
        UnreadablePath: the path is not one that a careful server serves.
        UntrustworthyIdentity, StoreUnavailable: as `admission.decide`.
    """
    rule = parts.rules.match(visit.target)
    match rule:
        case None:
            return UNTOUCHED
        case Course():
            return admission.decide(parts, rule, visit)
        case Shared():
            if rule.page and visit.method == "GET" and visit.identity() not in NO_LEARNERS:
                return PageNeeded(rule, rule.page)
            return among(parts, rule, visit)
        case _:
            assert_never(rule)


def among(parts: Parts, rule: Shared, visit: Visit) -> Settled:
    """Return the decision by the first rule: any of the courses will do.

    Left to choose are the courses that the learner may begin: whom a course's list
    does not concern is not asked for it, and passes only where no other wants a start.

    Raises:
        UntrustworthyIdentity, StoreUnavailable: as `admission.decide`.
    """
    starts: list[StartNeeded] = []
    others: list[Settled] = []
    for number, course in enumerate(_likeliest_first(parts, rule, visit)):
        is_cheap = number < MOST_LOOKED_UP
        decision = admission.decide(parts, course, visit) if is_cheap else _unlooked(parts, course, visit)
        match decision:
            case Admitted() | Exempt(why=bypassing.WHY):
                return decision
            case StartNeeded():
                starts.append(decision)
            case _:
                others.append(decision)
    if not starts:
        # Exempt from all, or barred from the rest: who passes somewhere is no learner anywhere.
        return next((each for each in others if isinstance(each, Untouched | Exempt)), others[0])
    if len(starts) == 1:
        return starts[0]
    set_cookies = dict.fromkeys(each for needed in starts for each in needed.set_cookies)
    return ChoiceNeeded(rule, tuple(needed.course for needed in starts), tuple(set_cookies))


def _unlooked(parts: Parts, course: Course, visit: Visit) -> Exempt | Barred | StartNeeded:
    """Return the decision as if the store held no session of the visitor's."""
    who = visit.identity()
    terms = enrolling.terms(parts.registers, course, who, parts.now()) if isinstance(who, Rut) else None
    return terms if isinstance(terms, Exempt | Barred) else StartNeeded(course)


def named(parts: Parts, rule: Shared, keys: tuple[str, ...], visit: Visit) -> Settled:
    """Return the decision about a page of the platform that names its courses by *keys*.

    An empty key says "none"; no key at all says nothing.

    Raises:
        UntrustworthyIdentity, StoreUnavailable: as `admission.decide`.
    """
    if not keys and rule.unnamed is Unnamed.ANY:
        return among(parts, rule, visit)
    found: Untouched | Exempt | Admitted = UNTOUCHED
    for course in rule.named_by(keys):
        decision = admission.decide(parts, parts.courses[course], visit)
        if not isinstance(decision, Untouched | Exempt | Admitted):
            return decision
        if isinstance(decision, Admitted) and not isinstance(found, Admitted):
            found = decision._replace(is_named=True)
    return found


def shown(parts: Parts, rule: Rule, visit: Visit) -> Settled:
    """Return the decision about a page below *rule* that a browser shows, without asking for it again.

    Whatever its platform said of its course was heard when it was asked for: below a shared
    rule, it said nothing.

    Raises:
        UntrustworthyIdentity, StoreUnavailable: as `admission.decide`.
    """
    if isinstance(rule, Course):
        return admission.decide(parts, rule, visit)
    return named(parts, rule, (), visit) if rule.page else among(parts, rule, visit)


def sessions_at(parts: Parts, rule: Shared, visit: Visit) -> tuple[Session, ...]:
    """Return the sessions of this browser that a page below *rule* may be of; open ones before all others."""
    now = parts.now()
    held = [each for each in closables(parts, visit.identity(), visit) if each.course in rule]
    running = [each for each in held if admits(parts, each, now)]
    return tuple(running or held)


def _likeliest_first(parts: Parts, rule: Shared, visit: Visit) -> Iterator[Course]:
    """Yield the courses of *rule*, first those of which this browser has a cookie."""
    likely = {course for course in _with_cookies(parts, visit) if course in rule}
    yield from (parts.courses[course] for course in sorted(likely))
    yield from (parts.courses[course] for course in rule.courses if course not in likely)


def _with_cookies(parts: Parts, visit: Visit) -> Iterator[str]:
    who = visit.identity()
    yield from (each.course for each in parts.cookies.read_sessions(visit.cookies) if is_of(each, who))
    yield from (each.course for each in parts.cookies.read_attempts(visit.cookies, parts.now()))
