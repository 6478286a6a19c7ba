"""What machines ask: the bar's `/estado`, `/ping`, `/ready` and the static files."""

from __future__ import annotations

import json

from werkzeug.wrappers import Response

from sence_gate.clock import EARLIEST, is_set
from sence_gate.courses import Rule
from sence_gate.errors import IdentityUnavailable, StoreUnavailable, UntrustworthyIdentity
from sence_gate.gate.decisions import ChoiceNeeded, StartNeeded
from sence_gate.gate.parts import admits
from sence_gate.gate.visitors import Watched
from sence_gate.learners import NO_LEARNERS
from sence_gate.protocol.session import Session
from sence_gate.shared import Shared
from sence_gate.site.choosing import choice_url, rule_at
from sence_gate.site.desk import Desk
from sence_gate.site.exchange import PRIVATE, RETRY_AFTER, Exchange

NOTHING: dict[str, object] = {"state": "none"}
FOREVER = "public, max-age=31536000, immutable"


def static_file(x: Exchange, name: str) -> Response:
    """Answer one of our files; for good when the address names its very version."""
    found = x.desk.files.get(name)
    if found is None:  # there is no logo
        return x.problem("not_found", 404)
    response = Response(found.content, content_type=found.media_type)
    is_exact = x.given("v") == found.version
    response.headers["Cache-Control"] = FOREVER if is_exact else "public, max-age=60"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    # An SVG that is opened by itself is a document on our origin, and may hold scripts.
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response


def show_state(x: Exchange) -> Response:
    """Answer GET `/estado`: what the bar shows on a page."""
    try:
        return _json(_state(x, x.given("url"), x.given("curso")))
    except (StoreUnavailable, IdentityUnavailable):
        response = _json({"state": "unreachable"}, 503)
        response.headers["Retry-After"] = str(RETRY_AFTER)
        return response


def _state(x: Exchange, url: str, named: str) -> dict[str, object]:
    rule = _rule(x, url, named)
    try:
        if rule is None or x.identity() in NO_LEARNERS:
            return NOTHING
    except IdentityUnavailable:
        raise  # nothing to show would take the bar away
    except UntrustworthyIdentity:
        return NOTHING
    match _sessions_at(x, rule):
        case ():
            return _told_missing(x, rule, url)
        case (only,):
            return _told(x, only, url)
        case several:
            return _told_together(x, several)


def _rule(x: Exchange, url: str, named: str) -> Rule | None:
    """Return what guards the page at *url*; *named* is the course that it named itself, or ""."""
    rule = rule_at(x.desk, url)
    is_named = isinstance(rule, Shared) and named in rule
    return x.desk.gate.parts.courses[named] if is_named else rule


def _sessions_at(x: Exchange, rule: Rule) -> tuple[Session, ...]:
    if isinstance(rule, Shared):
        return x.desk.gate.sessions_at(rule, x.visit)
    session = x.desk.gate.session_in(rule, x.identity(), x.visit)
    return (session,) if session and session.deadline else ()


def _told_missing(x: Exchange, rule: Rule, url: str) -> dict[str, object]:
    """Return where to start, if the page at *url* would be refused now; no more than the refusal tells."""
    match x.desk.gate.shown(rule, x.visit):
        case StartNeeded(course=course):
            told, start_url = (course.id, course.name), x.desk.start_url(course.id, url)
        case ChoiceNeeded(rule=shared):
            told, start_url = ("", "Elige tu curso"), choice_url(x.desk, shared, url)
        case _:
            return NOTHING
    return {"course": told[0], "name": told[1], "state": "needed", "start_url": start_url}


def _told(x: Exchange, session: Session, url: str) -> dict[str, object]:
    course = x.desk.gate.parts.courses[session.course]
    return {
        "course": course.id,
        "name": course.name,
        "state": "expired" if _is_over(x, session) else "open",
        "remaining": _remaining(x, session),
        "warning": course.warning_minutes * 60,
        "close_url": x.desk.close_url(course.id),
        "start_url": x.desk.start_url(course.id, url),
    }


def _told_together(x: Exchange, sessions: tuple[Session, ...]) -> dict[str, object]:
    """Return the state of a page that may be of several courses: it names all, and leads to their list."""
    courses = [x.desk.gate.parts.courses[session.course] for session in sessions]
    return {
        "course": " ".join(course.id for course in courses),
        "name": " · ".join(course.name for course in courses),
        "state": "expired" if all(_is_over(x, session) for session in sessions) else "open",
        "remaining": min(_remaining(x, session) for session in sessions),
        "warning": max(course.warning_minutes for course in courses) * 60,
        "close_url": f"{x.desk.home}/",
        "start_url": f"{x.desk.home}/",
    }


def _is_over(x: Exchange, session: Session) -> bool:
    parts = x.desk.gate.parts
    return not admits(parts, session, parts.now())


def _remaining(x: Exchange, session: Session) -> int:
    if session.deadline is None or _is_over(x, session):
        return 0
    return int((session.deadline - x.desk.gate.parts.now()).total_seconds())


def ping(_x: Exchange) -> Response:
    """Answer GET `/ping`: this process is alive."""
    return _text("ok\n", 200)


def ready(x: Exchange) -> Response:
    """Answer GET `/ready`: the store can be read and written, and the clock is sane."""
    reasons = [*_store_reasons(x), *_clock_reasons(x)]
    notes = [f"note: {note}" for note in _notes(x.desk)]
    return _text("\n".join([*(reasons or ["ok"]), *notes]) + "\n", 503 if reasons else 200)


def _notes(desk: Desk) -> tuple[str, ...]:
    """Return what the operator should look at although all works; names nobody."""
    of_the_source = desk.source.notes if isinstance(desk.source, Watched) else ()
    return (*of_the_source, *desk.gate.notes)


def _store_reasons(x: Exchange) -> list[str]:
    try:
        x.desk.gate.parts.store.ping()
    except StoreUnavailable:
        # The reason names paths and hosts: it belongs in the log, not on a public address.
        return ["the store cannot be read and written; see the log"]
    return []


def _clock_reasons(x: Exchange) -> list[str]:
    told = f"the clock of this host is before {EARLIEST.year}: set it, or let NTP do it"
    return [] if is_set(x.desk.gate.parts.now()) else [told]


def _text(text: str, status: int) -> Response:
    return Response(text, status, headers=PRIVATE, mimetype="text/plain")


def _json(values: dict[str, object], status: int = 200) -> Response:
    return Response(json.dumps(values), status, headers=PRIVATE, mimetype="application/json")
