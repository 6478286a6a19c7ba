"""What machines ask: the bar's `/estado`, `/ping`, `/ready` and the static files."""

from __future__ import annotations

import json
from datetime import datetime

from werkzeug.wrappers import Response

from sence_gate.courses import Course
from sence_gate.errors import StoreUnavailable, UnreadablePath, UntrustworthyIdentity
from sence_gate.gate.parts import is_past
from sence_gate.gate.visitors import Watched
from sence_gate.learners import Standing
from sence_gate.navigation import is_local
from sence_gate.paths import Target
from sence_gate.protocol.session import Session, State
from sence_gate.site.desk import Desk
from sence_gate.site.exchange import PRIVATE, RETRY_AFTER, Exchange

# To whom the bar has nothing to say.
AWAY = (Standing.NOBODY, Standing.EXEMPT, Standing.IMPERSONATED)
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
        return _json(_state(x, x.given("url")))
    except StoreUnavailable:
        response = _json({"state": "unreachable"}, 503)
        response.headers["Retry-After"] = str(RETRY_AFTER)
        return response


def _state(x: Exchange, url: str) -> dict[str, object]:
    nothing: dict[str, object] = {"state": "none"}
    course = _course_at(x, url)
    if course is None:
        return nothing
    try:
        who = x.identity()
    except UntrustworthyIdentity:
        return nothing
    session = None if who in AWAY else x.desk.gate.session_in(course, who, x.visit)
    if session is None or session.deadline is None:
        return nothing
    return _told(x, course, session, session.deadline, url)


def _told(x: Exchange, course: Course, session: Session, deadline: datetime, url: str) -> dict[str, object]:
    now = x.desk.gate.parts.now()
    is_over = session.state is not State.OPEN or is_past(session, now)
    return {
        "course": course.id,
        "name": course.name,
        "state": "expired" if is_over else "open",
        "remaining": max(0, int((deadline - now).total_seconds())),
        "warning": course.warning_minutes * 60,
        "close_url": x.desk.close_url(course.id),
        "start_url": x.desk.start_url(course.id, url),
    }


def _course_at(x: Exchange, url: str) -> Course | None:
    try:
        return x.desk.gate.parts.rules.match(Target.from_url(url)) if is_local(url) else None
    except UnreadablePath:
        return None


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
    return ["the clock of this host is before 2024"] if x.desk.gate.parts.now().year < 2024 else []


def _text(text: str, status: int) -> Response:
    return Response(text, status, headers=PRIVATE, mimetype="text/plain")


def _json(values: dict[str, object], status: int = 200) -> Response:
    return Response(json.dumps(values), status, headers=PRIVATE, mimetype="application/json")
