"""How a request for the platform is refused, by the kind of request that it is.

The platform is not called in any of these cases, and the body is not read: what
the learner typed is still in the browser, which can send it again.
"""

from __future__ import annotations

import logging
from typing import assert_never

from werkzeug.wrappers import Response

from sence_gate.errors import (
    IdentityUnavailable,
    UnreadablePath,
    UntrustworthyIdentity,
    UnusableRequest,
    UpstreamAway,
    UpstreamFault,
    UpstreamSlow,
)
from sence_gate.gate.decisions import StartNeeded
from sence_gate.navigation import Kind, kind_of, wanted_of
from sence_gate.pages import FramePage, IdentityPage, PostRefusedPage, Problem, UnavailablePage
from sence_gate.site.exchange import PRIVATE, RETRY_AFTER, Exchange

log = logging.getLogger("sence_gate")

_PLATFORM_FAULTS: dict[type[Exception], tuple[Problem, int, str]] = {
    UnusableRequest: ("unusable_request", 400, "El pedido llegó incompleto o mal formado"),
    UpstreamAway: ("platform_away", 502, "La plataforma no responde"),
    UpstreamSlow: ("platform_slow", 504, "La plataforma no alcanzó a responder"),
}


def refuse(x: Exchange, needed: StartNeeded) -> Response:
    """Answer a gated request that has no open session."""
    course = needed.course
    kind = kind_of(x.environ)
    # A frame or a script asks for a part of a page; the learner goes back to the course.
    wanted = wanted_of(x.visit.target) if kind is Kind.PAGE else ""
    back = x.desk.local_return(wanted, course.id)
    start_url = x.desk.start_url(course.id, back)
    match kind:
        case Kind.PAGE:
            response = x.redirect(x.desk.refused_url(course.id, back))
        case Kind.FRAME:
            response = x.framed(
                FramePage(course_name=course.name, start_url=start_url, incident=x.incident), 401
            )
        case Kind.SCRIPT:
            response = _problem_json(x, course.name, start_url)
        case Kind.FORM:
            page = PostRefusedPage(
                course_name=course.name,
                otec_name=course.otec.name,
                start_url=start_url,
                incident=x.incident,
            )
            response = x.page(page, 403)
        case _:
            assert_never(kind)
    return x.with_cookies(response, needed.set_cookies)


def obstacle(x: Exchange, fault: Exception) -> Response:
    """Answer a request about which nothing could be decided, because of *fault*."""
    log.warning("a request was refused: %s (%s)", fault, x.incident)
    match fault:
        case UnreadablePath():
            return unreadable(x)
        case UntrustworthyIdentity() if not isinstance(fault, IdentityUnavailable):
            return untrustworthy(x)
        case _:
            return unavailable(x)


def unavailable(x: Exchange) -> Response:
    """Answer a gated request, or one for a page of ours, while the store is away."""
    if kind_of(x.environ) is Kind.SCRIPT:
        response = Response('{"title":"Servicio no disponible","status":503}', 503, headers=PRIVATE)
        response.content_type = "application/problem+json"
    else:
        is_page = x.request.method in ("GET", "HEAD")
        action = wanted_of(x.visit.target) if is_page else x.desk.root
        response = x.page(UnavailablePage(action=action, retry_after=RETRY_AFTER, incident=x.incident), 503)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def without_platform(x: Exchange, fault: UnusableRequest | UpstreamFault) -> Response:
    """Answer a request that the platform behind the proxy did not."""
    problem, status, title = _PLATFORM_FAULTS[type(fault)]
    if kind_of(x.environ) is Kind.SCRIPT:
        return x.problem_json(title, status)
    is_page = x.request.method in ("GET", "HEAD")
    return x.problem(problem, status, again=wanted_of(x.visit.target) if is_page else "")


def unreadable(x: Exchange) -> Response:
    """Answer a path that no careful server serves."""
    return x.problem("unreadable_address", 400)


def untrustworthy(x: Exchange) -> Response:
    """Answer a visitor whom the platform names by something that is not a RUN."""
    return x.page(IdentityPage(otec_name="", back_url=x.desk.root, incident=x.incident), 403)


def _problem_json(x: Exchange, course_name: str, start_url: str) -> Response:
    log.info("refused a script, 401 (%s)", x.incident)
    detail = f"Registra tu asistencia a {course_name} y vuelve a intentarlo."
    title = "Falta registrar la asistencia en SENCE"
    return x.problem_json(title, 401, detail=detail, start_url=start_url)
