"""`/inicio` and `/vuelta`: to SENCE and back."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from werkzeug.wrappers import Response

from sence_gate.chile import until_text
from sence_gate.cookies import tag_of
from sence_gate.courses import Course
from sence_gate.errors import InvalidRut
from sence_gate.gate.decisions import (
    AlreadyOpen,
    Bound,
    Exempt,
    HandOff,
    NoLongerOpen,
    NotConfirmed,
    NotEnrolled,
    NotYetOpen,
    NotYours,
    Over,
)
from sence_gate.gate.parts import admits
from sence_gate.learners import NO_LEARNERS, Identity, Standing
from sence_gate.navigation import is_from_us
from sence_gate.pages import (
    CallbackHelpPage,
    Cause,
    ClosedPage,
    Credential,
    HandOffPage,
    OpenSession,
    OverPage,
    RegisteredPage,
    StartPage,
    WrongBrowserPage,
)
from sence_gate.protocol.messages import Environment
from sence_gate.protocol.rut import Rut
from sence_gate.protocol.session import Session, State
from sence_gate.site import choosing, contingency, leaving
from sence_gate.site.barring import barred
from sence_gate.site.exchange import Exchange


def show_start(x: Exchange) -> Response:
    """Answer GET `/inicio`: what will happen, and the button. Makes no state."""
    course = x.course()
    if course is None:
        return choosing.show_choice(x)
    wanted = wanted_in(x, course)
    who = x.identity()
    if who in NO_LEARNERS:
        # There the platform shows its login, or the page itself.
        return _go_on(x, course, wanted, "not_recognised")
    session, parts = x.desk.gate.session_in(course, who, x.visit), x.desk.gate.parts
    if session and admits(parts, session, parts.now()):
        return _go_on(x, course, wanted, "already_open", session.opened)
    match x.desk.gate.bars(course, who):
        case None:
            pass
        case Exempt():
            return x.redirect(wanted)
        case why:
            return barred(x, why)
    if not x.given(contingency.ANYWAY) and (bypass := x.desk.gate.contingency(course)):
        return contingency.show(x, course, wanted, who, bypass)
    return x.page(start_page(x, course, wanted, who), 200, (x.desk.probe,))


def _go_on(
    x: Exchange, course: Course, wanted: str, cause: Cause, opened: datetime | None = None
) -> Response:
    return x.diagnosis(cause, course, wanted) if x.was_just_refused(opened) else x.redirect(wanted)


def start(x: Exchange) -> Response:
    """Answer POST `/inicio`: make the attempt and hand the browser over to SENCE."""
    course = x.course()
    if course is None:
        return x.problem("not_found", 404)
    wanted = wanted_in(x, course)
    if not is_from_us(x.environ, x.desk.gate.parts.config.origin):
        return x.foreign(x.desk.start_url(course.id, wanted))
    who = x.identity()
    match who:
        case Rut() as run:
            return _hand_off(x, course, run, wanted)
        case Standing.NOBODY | Standing.EXEMPT | Standing.IMPERSONATED:
            return x.redirect(wanted)  # there the platform shows its login, or the page itself
        case Standing.UNKNOWN:
            return _asked(x, course, wanted, who)
        case _:
            assert_never(who)


def _asked(x: Exchange, course: Course, wanted: str, who: Identity) -> Response:
    if not x.visit.cookies:
        # The answer could not be bound to this browser, and SENCE would have one more open session.
        return x.diagnosis("no_cookies", course, x.desk.start_url(course.id, wanted))
    typed = x.given("run")
    try:
        run = Rut.parse(typed)
    except InvalidRut as fault:
        return x.page(start_page(x, course, wanted, who, typed=typed[:20], fault=str(fault)), 422)
    return _hand_off(x, course, run, wanted)


def _hand_off(x: Exchange, course: Course, run: Rut, wanted: str) -> Response:
    answer = x.desk.gate.begin(course, run, wanted, x.visit)
    match answer:
        case AlreadyOpen():
            return x.redirect(wanted, answer.set_cookies)
        case Exempt():
            return x.redirect(wanted)
        case NotEnrolled() | NotYetOpen() | NoLongerOpen():
            is_typed = x.identity() is Standing.UNKNOWN
            return barred(x, answer, retry_url=x.desk.start_url(course.id, wanted) if is_typed else "")
        case HandOff():
            page = HandOffPage(
                kind="start",
                course_name=course.name,
                otec_name=course.otec.name,
                action=answer.action,
                fields=answer.fields,
                back_url=x.desk.start_url(course.id, wanted),
                incident=x.incident,
            )
            return x.hand_off(page, answer.set_cookies)
        case _:
            assert_never(answer)


def show_return(x: Exchange) -> Response:
    """Answer GET `/vuelta`: bind the session to this browser, and go on to what the learner wanted.

    A 200 page and not a redirect: begun from our own page, the next request
    brings the platform's SameSite=Strict cookies too.
    """
    tag = x.given("i")[:16]
    if not tag:  # typed or kept by hand: no answer of SENCE's leads here without it
        return x.page(CallbackHelpPage(back_url=x.desk.root, incident=x.incident))
    landing = x.desk.gate.land(tag, x.identity(), x.visit)
    match landing:
        case Bound():
            return x.page(_registered(x, landing), 200, landing.set_cookies)
        case Over():
            return _over(x, landing)
        case NotConfirmed():
            return x.redirect(_again(x, landing))
        case NotYours(is_other_account=True):
            return x.diagnosis("other_account", None, x.desk.root)
        case NotYours():
            page = WrongBrowserPage(start_url=x.desk.root, incident=x.incident)
            return x.page(page, 403)
        case _:
            assert_never(landing)


def _registered(x: Exchange, landing: Bound) -> RegisteredPage:
    session = landing.session
    return RegisteredPage(
        course_name=x.desk.course_name(session.course),
        otec_name=x.desk.otec_name(session.course),
        continue_url=landing.wanted or x.desk.first_path(session.course),
        until=until_text(session),
        test_environment=session.attendance.environment is Environment.TEST,
        incident=x.incident,
    )


def _over(x: Exchange, landing: Over) -> Response:
    session = landing.session
    name, otec_name = x.desk.course_name(session.course), x.desk.otec_name(session.course)
    if session.state is State.CLOSED:
        way_out = leaving.exit_of(x, tag_of(session.id_sesion_alumno))
        page = ClosedPage(
            course_name=name,
            otec_name=otec_name,
            back_url=x.desk.root,
            next_open=open_sessions(x, without=session),
            close_action=f"{x.desk.home}/cierre",
            leave_url=way_out.url if way_out else "",
            by_form=way_out is not None and way_out.is_post,
            leave_fields=way_out.fields if way_out else (),
            incident=x.incident,
        )
        return (x.unbound if way_out else x.page)(page, set_cookies=landing.set_cookies)
    over = OverPage(
        course_name=name,
        otec_name=otec_name,
        start_url=x.desk.start_url(session.course, x.desk.first_path(session.course)),
        close_url=x.desk.close_url(session.course),
        incident=x.incident,
    )
    return x.page(over, 200, landing.set_cookies)


def _again(x: Exchange, landing: NotConfirmed) -> str:
    return x.desk.start_url(landing.course, landing.wanted or x.desk.first_path(landing.course))


def open_sessions(x: Exchange, without: Session | None = None) -> tuple[OpenSession, ...]:
    """Return the lines of the learner's list of sessions."""
    sessions = x.desk.gate.sessions(x.identity(), x.visit)
    shown = (session for session in sessions if without is None or session.course != without.course)
    return tuple(
        OpenSession(name=x.desk.course_name(each.course), until=until_text(each), curso=each.course)
        for each in shown
    )


def start_page(
    x: Exchange, course: Course, wanted: str, who: Identity, *, typed: str = "", fault: str = ""
) -> StartPage:
    """Return the start page of *course*."""
    attempt = x.desk.gate.attempt_in(course, who, x.visit)
    return StartPage(
        course_name=course.name,
        otec_name=course.otec.name,
        credential=credential_of(x, course),
        ask_run=who is Standing.UNKNOWN,
        run_value=typed,
        run_error=fault,
        action=f"{x.desk.home}/inicio",
        curso=course.id,
        volver=wanted,
        minutes=course.minutes,
        test_environment=course.environment is Environment.TEST,
        pending=attempt is not None and attempt.attendance.environment is course.environment,
        incident=x.incident,
    )


def credential_of(x: Exchange, course: Course) -> Credential:
    """Return the key that SENCE will ask for; its test environment still serves the old one."""
    chosen = x.desk.gate.parts.config.credential
    if chosen is not None:
        return chosen.value
    return "clave_sence" if course.environment is Environment.TEST else "clave_unica"


def wanted_in(x: Exchange, course: Course) -> str:
    """Return where the learner wants to go: the request says, or this browser remembers."""
    attempt = x.desk.gate.attempt_in(course, Standing.UNKNOWN, x.visit)
    wanted = x.given("volver") or (attempt.wanted if attempt else "")
    return x.desk.local_return(wanted, course.id)
