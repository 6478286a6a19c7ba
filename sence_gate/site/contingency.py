"""`/contingencia`: into the course without SENCE, while a contingency is in force."""

from __future__ import annotations

from typing import assert_never

from werkzeug.wrappers import Response

from sence_gate.chile import moment_text
from sence_gate.courses import Course
from sence_gate.errors import InvalidRut
from sence_gate.gate.decisions import Exempt, NoContingency, NoLongerOpen, NotEnrolled, NotYetOpen, Passed
from sence_gate.learners import Identity, Standing
from sence_gate.navigation import is_from_us
from sence_gate.pages import ContingencyPage
from sence_gate.protocol.rut import Rut
from sence_gate.site.barring import barred
from sence_gate.site.exchange import Exchange
from sence_gate.stores.base import Bypass

ANYWAY = "sence"  # in the query of a start page: the learner wants to try SENCE all the same


def show(
    x: Exchange,
    course: Course,
    wanted: str,
    who: Identity,
    bypass: Bypass,
    *,
    typed: str = "",
    fault: str = "",
) -> Response:
    """Return the page that stands in the place of the start page."""
    page = ContingencyPage(
        course_name=course.name,
        otec_name=course.otec.name,
        until=moment_text(bypass.until, x.desk.gate.parts.now()),
        ask_run=who is Standing.UNKNOWN,
        run_value=typed,
        run_error=fault,
        action=f"{x.desk.home}/contingencia",
        curso=course.id,
        volver=wanted,
        sence_url=f"{x.desk.start_url(course.id, wanted)}&{ANYWAY}=1",
        incident=x.incident,
    )
    return x.page(page, 422 if fault else 200, (x.desk.probe,))


def enter(x: Exchange) -> Response:
    """Answer POST `/contingencia`: let the learner into the course, and write it down."""
    course = x.course()
    if course is None:
        return x.problem("not_found", 404)
    wanted = x.desk.local_return(x.given("volver"), course.id)
    start_url = x.desk.start_url(course.id, wanted)
    if not is_from_us(x.environ, x.desk.gate.parts.config.origin):
        return x.foreign(start_url)
    who = x.identity()
    match who:
        case Rut() as run:
            return _enter(x, course, run, wanted)
        case Standing.UNKNOWN:
            return _asked(x, course, wanted, who)
        case Standing.NOBODY | Standing.EXEMPT | Standing.IMPERSONATED:
            return x.redirect(wanted)
        case _:
            assert_never(who)


def _asked(x: Exchange, course: Course, wanted: str, who: Identity) -> Response:
    start_url = x.desk.start_url(course.id, wanted)
    if not x.visit.cookies:
        return x.diagnosis("no_cookies", course, start_url)
    bypass = x.desk.gate.contingency(course)
    if bypass is None:
        return x.redirect(start_url)
    typed = x.given("run")
    try:
        run = Rut.parse(typed)
    except InvalidRut as fault:
        return show(x, course, wanted, who, bypass, typed=typed[:20], fault=str(fault))
    return _enter(x, course, run, wanted)


def _enter(x: Exchange, course: Course, run: Rut, wanted: str) -> Response:
    answer = x.desk.gate.pass_by(course, run, x.visit, x.incident)
    start_url = x.desk.start_url(course.id, wanted)
    match answer:
        case Passed():
            # A 303 that a form of ours began is same-site: the platform's Strict cookies ride along.
            return x.redirect(wanted, answer.set_cookies)
        case NoContingency():
            return x.redirect(start_url)
        case Exempt():
            return x.redirect(wanted)
        case NotEnrolled() | NotYetOpen() | NoLongerOpen():
            return barred(x, answer, retry_url=start_url if x.identity() is Standing.UNKNOWN else "")
        case _:
            assert_never(answer)
