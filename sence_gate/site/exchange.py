"""One request for the gate's own URLs, and the answers that all of them share.

Every answer of ours is private and never stored, runs no inline script, and can be
framed by nobody; two pages differ, and say why where they are made.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from werkzeug.datastructures import Headers
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import get_input_stream

from sence_gate.cookies import SKEW, SetCookie
from sence_gate.courses import Course
from sence_gate.gate.decisions import Visit
from sence_gate.learners import Identity
from sence_gate.navigation import is_from_us
from sence_gate.pages import Cause, DiagnosisPage, Page, Problem, ProblemPage
from sence_gate.protocol.messages import MAX_BODY
from sence_gate.site.desk import REFUSED, Desk

if TYPE_CHECKING:
    from datetime import datetime

    from _typeshed.wsgi import WSGIEnvironment

log = logging.getLogger("sence_gate")

RETRY_AFTER = 10  # seconds
CIRCLE_SECONDS = 10  # no redirect leads back to the course so soon, by whichever host's clock
CLOSED_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'"
PRIVATE = {
    "Cache-Control": "no-store, private",
    "Pragma": "no-cache",
    "X-Accel-Expires": "0",
    "Vary": "Cookie",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)  # no slots: the body can be read only once, and is kept
class Exchange:
    """One request and the means to answer it. `incident` is the id that page, log and ledger share."""

    desk: Desk
    request: Request
    visit: Visit
    incident: str = field(default_factory=lambda: secrets.token_hex(4))

    @property
    def environ(self) -> WSGIEnvironment:
        """The WSGI environment of the request."""
        return self.request.environ

    def identity(self) -> Identity:
        """Return who the source says is visiting.

        Raises:
            UntrustworthyIdentity: a name is claimed that is not a RUN.
        """
        return self.visit.identity()

    def course(self) -> Course | None:
        """Return the course that the request names in its query or form, if it is configured."""
        return self.desk.gate.parts.courses.get(self.given("curso"))

    def given(self, name: str) -> str:
        """Return a field of the form that was posted, else of the query; "" where there is none."""
        return (self.fields if self.request.method == "POST" else self.query).get(name, "")

    def was_just_refused(self, opened: datetime | None = None) -> bool:
        """Tell whether the visitor was turned away from the course a moment ago.

        Whoever would be sent back there now goes round in circles: source or store see
        the same visitor otherwise here than there (R10).

        Args:
            opened: when the session began that leads into the course. Where that was after
                the visitor was turned away, another tab was faster, and there is no circle.
        """
        told = self.query.get(REFUSED, "")
        moment = int(told) if told.isdecimal() and len(told) < 12 else 0
        age = self.desk.gate.parts.now().timestamp() - moment
        skew = 0.0 if opened and opened.timestamp() > moment else SKEW.total_seconds()
        return -SKEW.total_seconds() <= age <= CIRCLE_SECONDS + skew

    @cached_property
    def query(self) -> dict[str, str]:
        """The fields of the query, whatever bytes stand in it."""
        return _fields(self.environ.get("QUERY_STRING", "").encode("latin-1", "replace"))

    @cached_property
    def fields(self) -> dict[str, str]:
        """The fields of a form of ours, as browsers post them.

        Raises:
            RequestEntityTooLarge: no page of ours posts as much.
        """
        if len(self.body) > MAX_BODY:
            raise RequestEntityTooLarge
        return _fields(self.body)

    @cached_property
    def body(self) -> bytes:
        """The body, cut at the first byte over `MAX_BODY`; nothing when it broke off."""
        # Not the request's own stream: of a body that is too large it gives nothing to keep.
        stream = get_input_stream(self.environ)
        pieces, room = [], MAX_BODY + 1
        try:
            while room and (piece := stream.read(room)):
                pieces.append(piece)
                room -= len(piece)
        except ClientDisconnected:
            return b""
        body = b"".join(pieces)
        # Servers that end the stream themselves do not say when it ended too early.
        return body if len(body) >= min(self._announced(), MAX_BODY + 1) else b""

    def _announced(self) -> int:
        length = self.environ.get("CONTENT_LENGTH", "")
        return int(length) if length.isdecimal() and len(length) < 19 else 0

    def page(self, page: Page, status: int = 200, set_cookies: Iterable[SetCookie] = ()) -> Response:
        """Return a page of ours; whoever reads out its incident is found in the log."""
        log.info("answered with %s, %s (%s)", page.template, status, self.incident)
        response = Response(self.desk.pages.render(page), status, mimetype="text/html")
        _close_up(response, f"{CLOSED_POLICY}; form-action 'self'; frame-ancestors 'none'", "DENY")
        return self.with_cookies(response, set_cookies)

    def hand_off(self, page: Page, set_cookies: Iterable[SetCookie]) -> Response:
        """Return a page that posts to SENCE.

        Without `form-action`: Chromium enforces it on every redirect, and SENCE's
        login may live on other hosts. With a policy that sends our origin along: a
        stricter one would make SENCE see `Origin: null`.
        """
        response = self.unbound(page, set_cookies)
        response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
        return response

    def unbound(self, page: Page, set_cookies: Iterable[SetCookie] = ()) -> Response:
        """Return a page whose form may be redirected anywhere: a logout ends at whatever keeps the login."""
        response = self.page(page, 200, set_cookies)
        response.headers["Content-Security-Policy"] = f"{CLOSED_POLICY}; frame-ancestors 'none'"
        return response

    def framed(self, page: Page, status: int) -> Response:
        """Return a page that stands in a frame of the platform, in place of what it framed."""
        response = self.page(page, status)
        _close_up(response, f"{CLOSED_POLICY}; form-action 'self'; frame-ancestors 'self'", "SAMEORIGIN")
        return response

    def problem(self, name: Problem, status: int, *, again: str = "") -> Response:
        """Return the page of a problem with a way back; or *again*, where trying once more may help."""
        page = ProblemPage(
            problem=name,
            link_url=again or self.desk.root,
            link_label="Intentar otra vez" if again else "Ir a la plataforma",
            incident=self.incident,
        )
        return self.page(page, status)

    def problem_json(self, title: str, status: int, **more: str) -> Response:
        """Return a problem that a script of the platform, or the bar, can act on (RFC 9457)."""
        problem = {"type": "about:blank", "title": title, "status": status, **more, "incident": self.incident}
        response = Response(json.dumps(problem), status, headers=PRIVATE)
        response.content_type = "application/problem+json"
        return response

    def foreign(self, url: str) -> Response:
        """Return the page for a POST that another site began; *url* is where to begin it here."""
        config = self.desk.gate.parts.config
        if config.secure and is_from_us(self.environ, config.origin.replace("https:", "http:", 1)):
            # No browser keeps a Secure cookie over http, however often the learner tries.
            return self.diagnosis("not_secure", None, config.origin + url)
        page = ProblemPage(
            problem="foreign_post", link_url=url, link_label="Continuar aquí", incident=self.incident
        )
        return self.page(page, 403)

    def diagnosis(self, cause: Cause, course: Course | None, link_url: str) -> Response:
        """Return the page that stops a trip which would lead round in circles, and says why."""
        log.warning("a trip was stopped: %s (%s)", cause, self.incident)
        page = DiagnosisPage(
            cause=cause,
            course_name=course.name if course else "",
            otec_name=course.otec.name if course else "",
            link_url=link_url,
            incident=self.incident,
        )
        return self.page(page, 200 if cause == "already_open" else 403)

    def redirect(self, url: str, set_cookies: Iterable[SetCookie] = ()) -> Response:
        """Return a 303: whatever the request was, the next one is a GET (never 307: it would post again)."""
        response = _Redirect(status=303, headers={"Location": url})
        _close_up(response, CLOSED_POLICY, "DENY")
        return self.with_cookies(response, set_cookies)

    def with_cookies(self, response: Response, set_cookies: Iterable[SetCookie]) -> Response:
        """Add our cookies to *response*."""
        for header in self.desk.cookie_headers(set_cookies):
            response.headers.add(*header)
        return response


class _Redirect(Response):
    # werkzeug would quote what browsers send bare, such as the brackets of `?a[]=1`.
    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        headers = super().get_wsgi_headers(environ)
        headers["Location"] = self.headers["Location"]
        return headers


def _fields(encoded: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(encoded.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return {}
    return dict(reversed(pairs))  # of twins the first counts


def _close_up(response: Response, policy: str, frame: str) -> None:
    response.headers.update(PRIVATE)
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Frame-Options"] = frame
    response.headers["Referrer-Policy"] = "same-origin"
