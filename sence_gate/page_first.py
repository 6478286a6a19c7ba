"""A page that is asked for first, and shown only to whom it may be shown.

Where the address does not name the course, the platform's own page does
(`[[shared]]` with `page`): the platform is asked, its answer held back, and the
gate decides about the courses that it names. Of an answer that may not be shown
nothing passes but its cookies, and the head of a redirect within the site, for
where it leads is judged by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sence_gate.admitted import PrivateHead, without_ours
from sence_gate.errors import StoreUnavailable, UntrustworthyIdentity
from sence_gate.gate.decisions import Admitted, Exempt, Untouched
from sence_gate.holding import Answer, Held, ask
from sence_gate.site import refusing
from sence_gate.site.barring import turned_away
from sence_gate.tags import Unread

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from werkzeug.wrappers import Response

    from sence_gate.gate import Gate
    from sence_gate.gate.decisions import PageNeeded, Settled, Visit
    from sence_gate.site import Site


@dataclass(frozen=True, slots=True)
class Shown:
    """The page may be shown, as *decision* says; *platform* gives it once more."""

    decision: Untouched | Exempt | Admitted
    platform: WSGIApplication


class PageFirst:
    """Ask *application* before the gate decides."""

    def __init__(self, gate: Gate, site: Site, application: WSGIApplication) -> None:
        self._gate, self._site, self._application = gate, site, application
        self._origin = gate.parts.config.origin
        self._cookie_prefix = gate.parts.cookies.prefix

    def ask(self, needed: PageNeeded, visit: Visit, environ: WSGIEnvironment) -> Shown | WSGIApplication:
        """Return the page that may be shown, or what is answered in its place."""
        held, answer = ask(needed.pattern, self._origin, self._application, environ)
        try:
            decision = self._decided(needed, answer, visit)
        except (UntrustworthyIdentity, StoreUnavailable) as fault:
            return self._instead(held, refusing.obstacle(self._site.exchange(environ, visit), fault))
        if isinstance(decision, Untouched | Exempt | Admitted):
            return Shown(decision, held)
        if answer is Unread.MOVED:
            return _Head(held, self._cookie_prefix)
        return self._instead(held, turned_away(self._site.exchange(environ, visit), decision))

    def _decided(self, needed: PageNeeded, answer: Answer, visit: Visit) -> Settled:
        if isinstance(answer, Unread):
            return self._gate.decide_among(needed.rule, visit)
        return self._gate.decide_named(needed.rule, answer, visit)

    def _instead(self, held: Held, response: Response) -> Response:
        for header in without_ours(held.discard(), self._cookie_prefix):
            response.headers.add(*header)
        return response


@dataclass(frozen=True, slots=True)
class _Head:
    """The head of a redirect, as an application."""

    held: Held
    cookie_prefix: str

    def __call__(self, _environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        private = PrivateHead(start_response, [], self.cookie_prefix)
        return self.held.replay_head(private.start_response)
