"""SENCE's callbacks: cross-site POSTs that come without any cookie of ours.

What SENCE confirmed goes on to `/vuelta` by a 303, where the cookies are. What it
refused is answered at once, from the table of error codes. A full disk or a locked
database gets a page that keeps the fields and sends them again: SENCE does not.
"""

from __future__ import annotations

import logging
from typing import assert_never

from werkzeug.wrappers import Response

from sence_gate.config import CALLBACK_PATHS
from sence_gate.cookies import tag_of
from sence_gate.errors import RemoteProtocolError, StoreUnavailable
from sence_gate.gate.decisions import Outcome, Receipt
from sence_gate.gate.parts import admits
from sence_gate.pages import CallbackHelpPage, ErrorPage, UnavailablePage
from sence_gate.protocol.fields import Message
from sence_gate.protocol.glosa import Glosa
from sence_gate.protocol.glosas import leading
from sence_gate.protocol.messages import MAX_BODY, parse_callback
from sence_gate.protocol.session import Session, State
from sence_gate.site.exchange import RETRY_AFTER, Exchange

log = logging.getLogger("sence_gate")

CALLBACKS = {path: message for message, path in CALLBACK_PATHS.items()}
ERRORS = frozenset({Message.START_ERROR, Message.CLOSE_ERROR})


def take(x: Exchange, path: str) -> Response:
    """Answer SENCE's POST to *path*."""
    message, body = CALLBACKS[path], x.body
    try:
        receipt = x.desk.gate.receive(message, body, x.environ.get("HTTP_ORIGIN", ""), x.incident)
    except StoreUnavailable as fault:
        log.error(
            "callback %s not kept, the browser is asked to send it again: %s (%s)", message, fault, x.incident
        )
        return _send_again(x, path, body)
    log.info("callback %s: %s (%s)", message, receipt.outcome, x.incident)
    return _answer(x, message, receipt, is_too_large=len(body) > MAX_BODY)


def explain(x: Exchange) -> Response:
    """Answer a GET of a callback's address: somebody pressed enter in the address bar."""
    return x.page(CallbackHelpPage(back_url=x.desk.root, incident=x.incident))


def _answer(x: Exchange, message: Message, receipt: Receipt, *, is_too_large: bool) -> Response:
    if message in ERRORS and receipt.outcome is not Outcome.MALFORMED and not _is_settled(message, receipt):
        return _refused(x, message, receipt)
    match receipt.outcome:
        case Outcome.APPLIED:
            return x.redirect(f"{x.desk.home}/vuelta?i={_tag(receipt)}", receipt.set_cookies)
        case Outcome.MALFORMED:
            return x.problem("too_large", 413) if is_too_large else x.problem("malformed_callback", 400)
        case Outcome.UNMATCHED:
            return x.problem("unknown_callback", 404)
        case Outcome.QUARANTINED:
            return x.problem("mismatched_callback", 409)
        case Outcome.ILLEGAL:
            return x.problem("unexpected_callback", 409)
        case _:
            assert_never(receipt.outcome)


def _tag(receipt: Receipt) -> str:
    return tag_of(receipt.session.id_sesion_alumno) if receipt.session else ""


def _is_settled(message: Message, receipt: Receipt) -> bool:
    """Tell whether an error comes after SENCE had confirmed what the learner tried: a reloaded old page."""
    session = receipt.session
    if session is None or receipt.outcome is not Outcome.APPLIED:
        return False
    return session.opened is not None if message is Message.START_ERROR else session.state is State.CLOSED


def _refused(x: Exchange, message: Message, receipt: Receipt) -> Response:
    glosa = leading(receipt.glosas)
    happened, advice = glosa.happened_and_advice
    session = receipt.session
    course = session.course if session else ""
    page = ErrorPage(
        kind="start" if message is Message.START_ERROR else "close",
        course_name=x.desk.course_name(course),
        otec_name=x.desk.otec_name(course),
        what_happened=happened,
        what_to_do=advice,
        whose_turn=glosa.blame.value,
        operator_note=_note(glosa, receipt.glosas),
        incident=x.incident,
        **_way_out(x, message, session, glosa),
    )
    return x.page(page)


def _way_out(x: Exchange, message: Message, session: Session | None, glosa: Glosa) -> dict[str, str]:
    if session is None:
        return {"retry_url": x.desk.root, "retry_label": "Ir a la plataforma"}
    course, back_url = session.course, x.desk.first_path(session.course)
    # As long as it lets its learner in, a start would lead into the course and not to the close.
    parts = x.desk.gate.parts
    is_over = not admits(parts, session, parts.now())
    if message is Message.START_ERROR or (glosa.releases and is_over):
        # Without `volver`: the browser remembers the page that it wanted, this request cannot know it.
        return {"retry_url": f"{x.desk.home}/inicio?curso={course}", "retry_label": "Intentar otra vez"}
    way = {"retry_url": x.desk.close_url(course), "retry_label": "Intentar otra vez", "back_url": back_url}
    if x.desk.logout:
        # This request came from SENCE and brings no cookie: whether the learner was leaving is known there.
        tag = tag_of(session.id_sesion_alumno)
        way |= {"back_url": f"{x.desk.home}/salir?i={tag}", "back_label": "Seguir sin cerrar"}
    return way


def _note(glosa: Glosa, codes: tuple[int, ...]) -> str:
    listed = ", ".join(str(code) for code in codes) or "ningún código"
    return f"SENCE informó {listed}. {glosa.operator}"


def _send_again(x: Exchange, path: str, body: bytes) -> Response:
    try:
        raw = parse_callback(body).raw
    except RemoteProtocolError:
        raw = ()
    page = UnavailablePage(
        action=f"{x.desk.home}{path}", fields=raw, retry_after=RETRY_AFTER, incident=x.incident
    )
    response = x.page(page, 503)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response
