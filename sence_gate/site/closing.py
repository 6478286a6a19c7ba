"""`/cierre` and `/`: the close button, with and without JavaScript."""

from __future__ import annotations

from typing import assert_never

from werkzeug.wrappers import Response

from sence_gate.gate.decisions import HandOff, NothingToClose, UnknownOtec
from sence_gate.gate.parts import is_past
from sence_gate.navigation import is_from_us
from sence_gate.pages import ClosePage, HandOffPage, SessionsPage, duration
from sence_gate.protocol.session import Session
from sence_gate.site import leaving
from sence_gate.site.exchange import Exchange
from sence_gate.site.starting import open_sessions


def show_close(x: Exchange) -> Response:
    """Answer GET `/cierre`: are you sure?"""
    course = x.given("curso")
    session = _session_in(x, course)
    if session is None:
        return show_sessions(x)
    page = ClosePage(
        course_name=x.desk.course_name(course),
        otec_name=x.desk.otec_name(course),
        action=f"{x.desk.home}/cierre",
        curso=course,
        remaining=_remaining(x, session),
        back_url=x.desk.first_path(course),
        incident=x.incident,
    )
    return x.page(page)


def close(x: Exchange) -> Response:
    """Answer POST `/cierre`: hand the browser over to SENCE."""
    course = x.given("curso")
    if not is_from_us(x.environ, x.desk.gate.parts.config.origin):
        return x.foreign(x.desk.close_url(course))
    way_out, session = leaving.exit_given(x), _session_in(x, course)
    answer = x.desk.gate.close(course, x.identity(), x.visit)
    match answer:
        case HandOff():
            remembered = leaving.remembered(x, session, way_out) if session and way_out else ()
            page = HandOffPage(
                kind="close",
                course_name=x.desk.course_name(course),
                otec_name=x.desk.otec_name(course),
                action=answer.action,
                fields=answer.fields,
                back_url=x.desk.first_path(course),
                incident=x.incident,
            )
            return x.hand_off(page, (*answer.set_cookies, *remembered))
        case NothingToClose():
            return x.with_cookies(show_sessions(x), answer.set_cookies)
        case UnknownOtec():
            return x.problem("unknown_otec", 409)
        case _:
            assert_never(answer)


def show_sessions(x: Exchange) -> Response:
    """Answer GET `/`: the learner's sessions, each with its close button."""
    page = SessionsPage(
        sessions=open_sessions(x),
        close_action=f"{x.desk.home}/cierre",
        back_url=x.desk.root,
        incident=x.incident,
    )
    return x.page(page)


def _session_in(x: Exchange, course: str) -> Session | None:
    who = x.identity()
    return next((each for each in x.desk.gate.sessions(who, x.visit) if each.course == course), None)


def _remaining(x: Exchange, session: Session) -> str:
    now = x.desk.gate.parts.now()
    if session.deadline is None or is_past(session, now):
        return ""
    return duration(max(1, int((session.deadline - now).total_seconds() // 60)))
