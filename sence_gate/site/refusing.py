"""How a request for the platform is refused, by the kind of request that it is.

The platform is not called in any of these cases, and the body is not read: what
the learner typed is still in the browser, which can send it again.
"""

from __future__ import annotations

import logging
from typing import NamedTuple, assert_never

from werkzeug.wrappers import Response

from sence_gate.errors import (
    IdentityUnavailable,
    UnreadablePath,
    UntrustworthyIdentity,
    UnusableRequest,
    UpstreamAway,
    UpstreamBrokeOff,
    UpstreamFault,
    UpstreamSlow,
)
from sence_gate.gate.decisions import ChoiceNeeded, StartNeeded
from sence_gate.navigation import Kind, kind_of, wanted_of
from sence_gate.pages import FramePage, IdentityPage, PostRefusedPage, Problem, UnavailablePage
from sence_gate.site.choosing import choice_url
from sence_gate.site.exchange import RETRY_AFTER, Exchange

log = logging.getLogger("sence_gate")

MOST_NAMED = 3  # courses in one sentence
_PLATFORM_FAULTS: dict[type[Exception], tuple[Problem, int, str]] = {
    UnusableRequest: ("unusable_request", 400, "La solicitud llegó incompleta o mal formada"),
    UpstreamAway: ("platform_away", 502, "La plataforma no responde"),
    UpstreamBrokeOff: ("platform_away", 502, "La respuesta de la plataforma llegó incompleta"),
    UpstreamSlow: ("platform_slow", 504, "La plataforma no alcanzó a responder"),
}


class _Missing(NamedTuple):
    """What the learner is told: the course, or courses, and where the start is.

    `refused_url` is the same for a page that is turned away now.
    """

    course_name: str
    otec_name: str
    start_url: str
    refused_url: str


def refuse(x: Exchange, needed: StartNeeded | ChoiceNeeded) -> Response:
    """Answer a gated request that has no open session."""
    kind = kind_of(x.environ)
    # A frame or a script asks for a part of a page; the learner goes back to the course.
    missing = _missing(x, needed, wanted_of(x.visit.target) if kind is Kind.PAGE else "")
    match kind:
        case Kind.PAGE:
            response = x.redirect(missing.refused_url)
        case Kind.FRAME:
            page = FramePage(
                course_name=missing.course_name, start_url=missing.start_url, incident=x.incident
            )
            response = x.framed(page, 401)
        case Kind.SCRIPT:
            response = _problem_json(x, missing)
        case Kind.FORM:
            refused = PostRefusedPage(
                course_name=missing.course_name,
                otec_name=missing.otec_name,
                start_url=missing.start_url,
                incident=x.incident,
            )
            response = x.page(refused, 403)
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


def _missing(x: Exchange, needed: StartNeeded | ChoiceNeeded, wanted: str) -> _Missing:
    match needed:
        case StartNeeded(course=course):
            back = x.desk.local_return(wanted, course.id)
            start_url, refused_url = x.desk.start_url(course.id, back), x.desk.refused_url(course.id, back)
            return _Missing(course.name, course.otec.name, start_url, refused_url)
        case ChoiceNeeded():
            names = " o ".join(each.name for each in needed.courses[:MOST_NAMED])
            some = names if len(needed.courses) <= MOST_NAMED else "uno de tus cursos"
            choice = choice_url(x.desk, needed.rule, wanted)
            return _Missing(some, "", choice, choice)
        case _:
            assert_never(needed)


def unavailable(x: Exchange) -> Response:
    """Answer a gated request, or one for a page of ours, while the store is away."""
    if kind_of(x.environ) is Kind.SCRIPT:
        response = x.problem_json("Servicio no disponible", 503)
    else:
        is_page = x.request.method in ("GET", "HEAD")
        action = wanted_of(x.visit.target) if is_page else x.desk.root
        response = x.page(UnavailablePage(action=action, retry_after=RETRY_AFTER, incident=x.incident), 503)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def without_platform(x: Exchange, fault: UnusableRequest | UpstreamFault | UpstreamBrokeOff) -> Response:
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
    return x.page(IdentityPage(back_url=x.desk.root, incident=x.incident), 403)


def _problem_json(x: Exchange, missing: _Missing) -> Response:
    log.info("refused a script, 401 (%s)", x.incident)
    detail = f"Registra tu asistencia a {missing.course_name} y vuelve a intentarlo."
    title = "Falta registrar la asistencia en SENCE"
    return x.problem_json(title, 401, detail=detail, start_url=missing.start_url)
