"""The door for front servers that ask: may this request pass? Yes is 204.

`/auth` answers Caddy and Traefik with what the browser is to see: they hand every
refusal on as it is. nginx understands 401 and 403 alone, takes no body and no
cookie, and gets the address of the start page in a header; what a script, a frame or
a form must see it fetches from `/auth/answer`, where the same question has the whole answer.

The platform behind learns who it is from X-Sence-Run, -Course and -Session. They are
always sent, so that what a visitor wrote there is overwritten in any case.
Source: docs/deploy.md, "Forward auth", for each server's side of the contract.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, assert_never

from werkzeug.wrappers import Response

from sence_gate.announced import NONE, announced
from sence_gate.courses import Course
from sence_gate.described import KEYS, Described, Dialect, reader
from sence_gate.errors import Misdescribed, StoreUnavailable, UnreadablePath, UntrustworthyIdentity
from sence_gate.gate.decisions import (
    Admitted,
    ChoiceNeeded,
    Exempt,
    NoLongerOpen,
    NotEnrolled,
    NotYetOpen,
    PageNeeded,
    Settled,
    StartNeeded,
    Untouched,
    Visit,
)
from sence_gate.gate.visitors import Asked
from sence_gate.learners import Standing
from sence_gate.learners.sources import ask, is_trusted
from sence_gate.paths import Target, is_plain
from sence_gate.protocol.session import Session
from sence_gate.shared import Shared
from sence_gate.site import Site, refusing
from sence_gate.site.barring import barred
from sence_gate.site.choosing import choice_url
from sence_gate.site.exchange import PRIVATE, Exchange

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from sence_gate.config import Config

log = logging.getLogger("sence_gate")

AUTH, ANSWER = "/auth", "/auth/answer"  # below the prefix
SECRET = "HTTP_X_SENCE_GATE_SECRET"  # noqa: S105 - the name of the header
START = "X-Sence-Start"
LONGEST_REMEMBERED = 512  # characters of a description that is worth remembering in memory
MOST_LOCATION = 3_000  # characters: nginx reads all headers of an answer into 4 kB


Headers = list[tuple[str, str]]
Understood = tuple[Described, Target, Course | Shared | None]


class ForwardAuth:
    """Answer front servers for *site*, whose settings must name a dialect.

    Args:
        note: told of every visitor whom SENCE does not concern.
    """

    def __init__(self, site: Site, note: Callable[[Exempt], None]) -> None:
        self._note = note
        self._site, self._desk = site, site.desk
        self._gate = site.desk.gate
        config = site.desk.gate.parts.config
        self._dialect = config.forward_auth.dialect or Dialect.FORWARD
        self._read = reader(self._dialect, config.origin)
        self._secret = config.forward_auth.secret.encode()
        # The same few addresses ask all day, about the same pages.
        trusted = config.trusted_proxies
        self._trusts = lru_cache(64)(lambda address: is_trusted({"REMOTE_ADDR": address}, trusted))
        self._has_logout = bool(site.desk.logout)
        self._is_asking = site.desk.source is ask
        self._keys = KEYS[self._dialect]
        self._understood = lru_cache(2_048)(self._understand)

    def ask(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one question of the front server."""
        verdict = self._judge(environ)
        if isinstance(verdict, Response):
            answer = self._brief(verdict) if self._dialect is Dialect.NGINX else verdict
            return answer(environ, start_response)
        start_response("204 No Content", verdict)
        return ()

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer what the browser must see, to a front server that was just refused."""
        verdict = self._judge(environ)
        if not isinstance(verdict, Response):
            # A session came in between, or the front server tells two stories: a redirect could go round.
            described, target, _ = self._describe(environ)
            visit = self._visit(environ, described, target)
            verdict = refusing.unavailable(self._exchanged(environ, described, visit))
        return verdict(environ, start_response)

    def _judge(self, environ: WSGIEnvironment) -> Headers | Response:
        try:
            self._believe(environ)
            described, target, guard = self._describe(environ)
        except Misdescribed as fault:
            return self._misdescribed(environ, fault)
        if self._has_logout and (offer := self._offer(environ, described, target)):
            return offer
        cookies = environ.get("HTTP_COOKIE", "")
        if self._is_asking and isinstance(guard, Course):
            told = self._gate.told_before(cookies, guard)
            if told:
                return [*told]
        visit = self._visit(environ, described, target)
        try:
            decision = self._decided(visit)
        except (UnreadablePath, UntrustworthyIdentity, StoreUnavailable) as fault:
            return _unnamed(refusing.obstacle(self._exchanged(environ, described, visit), fault))
        if self._is_asking and isinstance(decision, Admitted):
            self._gate.remember(cookies, decision, _named(decision.session))
        return self._verdict(environ, described, visit, decision)

    def _offer(self, environ: WSGIEnvironment, described: Described, target: Target) -> Response | None:
        """Return the page that offers to close at SENCE before a logout, if a session would be left open.

        A question brings no fields along: a logout by a form is not held up.
        """
        is_logout = self._desk.logout.holds(target.path_info, target.query_string)
        if described.has_body or not is_logout:
            return None
        offer = self._site.offer(described.environ(environ), self._visit(environ, described, target))
        if offer is None:
            return None
        offer.status_code = 403  # what front servers show; 2xx would let the logout pass
        return _unnamed(offer)

    def _verdict(
        self, environ: WSGIEnvironment, described: Described, visit: Visit, decision: Settled
    ) -> Headers | Response:
        match decision:
            case Untouched():
                return [*_named(None)]
            case Exempt():
                self._note(decision)
                return [*_named(None, decision.course.id)]
            case Admitted():
                return [*_named(decision.session), *self._cookies(decision)]
            case StartNeeded() | ChoiceNeeded():
                if self._is_own(described):
                    return [*_named(None)]
                return _unnamed(self._refusal(self._exchanged(environ, described, visit), decision))
            case NotEnrolled() | NotYetOpen() | NoLongerOpen():
                if self._is_own(described):
                    return [*_named(None)]
                return _unnamed(barred(self._exchanged(environ, described, visit), decision))
            case _:
                assert_never(decision)

    def _decided(self, visit: Visit) -> Settled:
        decision = self._gate.decide(visit)
        if isinstance(decision, PageNeeded):  # no page is seen here
            return self._gate.decide_among(decision.rule, visit)
        return decision

    def _refusal(self, x: Exchange, needed: StartNeeded | ChoiceNeeded) -> Response:
        response = refusing.refuse(x, needed)
        response.headers[START] = self._entrance(needed)
        return response

    def _entrance(self, needed: StartNeeded | ChoiceNeeded) -> str:
        if isinstance(needed, ChoiceNeeded):
            return choice_url(self._desk, needed.rule, "")
        course = needed.course.id
        return self._desk.start_url(course, self._desk.first_path(course))

    def _brief(self, whole: Response) -> Response:
        """Return *whole* as nginx can take it; any other status than these it would make a 500."""
        if START not in whole.headers:
            return _bare(503 if whole.status_code == 503 else 403)
        start_url = whole.headers[START]
        response = _bare(401)
        response.headers[START] = start_url
        if wanted := whole.headers.get("Location"):
            response.headers["Location"] = wanted if len(wanted) <= MOST_LOCATION else start_url
        return response

    def _cookies(self, admitted: Admitted) -> Headers:
        # nginx could pass one cookie on at most; the session is found again without it.
        return [] if self._dialect is Dialect.NGINX else self._desk.cookie_headers(admitted.set_cookies)

    def _believe(self, environ: WSGIEnvironment) -> None:
        asker = environ.get("REMOTE_ADDR", "")
        if not self._trusts(asker):
            raise Misdescribed(f"{asker or 'unix'} asked, and is not among trusted_proxies")
        if self._secret and not self._knows_secret(environ.get(SECRET, "")):
            raise Misdescribed("X-Sence-Gate-Secret is missing or wrong")

    def _knows_secret(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("latin-1", "replace"), self._secret)

    def _describe(self, environ: WSGIEnvironment) -> Understood:
        values = tuple(map(environ.get, self._keys))
        is_short = len(values[0] or "") <= LONGEST_REMEMBERED
        return self._understood(*values) if is_short else self._understand(*values)

    def _understand(self, *values: str | None) -> Understood:
        """Return what these values of `KEYS` describe, and the reading of it that a course guards."""
        given = {key: value for key, value in zip(self._keys, values, strict=True) if value is not None}
        described = self._read(given)
        readings = list(described.readings())
        guards = [self._guard(each) for each in readings]
        # Without a comma in the path there is one reading.
        first = next((number for number, guard in enumerate(guards) if guard), 0)
        guard = guards[first]
        return described, readings[first], None if isinstance(guard, UnreadablePath) else guard

    def _guard(self, target: Target) -> Course | Shared | UnreadablePath | None:
        try:
            return self._gate.parts.rules.match(target)
        except UnreadablePath as fault:  # the gate finds it out again, and says so
            return fault

    def _visit(self, environ: WSGIEnvironment, described: Described, target: Target) -> Visit:
        header = environ.get("HTTP_COOKIE")
        cookies = self._gate.parts.cookies.split(header)[0] if header else {}
        if self._is_asking:  # whoever is asked says nothing by the request: it need not be made
            return Visit(target, described.method, cookies, lambda: Standing.UNKNOWN)
        source = self._desk.source
        who = Asked(lambda asked: source(described.environ(asked)), environ)
        return Visit(target, described.method, cookies, who)

    def _is_own(self, described: Described) -> bool:
        """Tell whether the request is for a page of ours, in a spelling that nobody reads otherwise."""
        path = described.uri.partition("?")[0]
        return is_plain(path) and f"{path}/".startswith(f"{self._desk.home}/")

    def _exchanged(self, environ: WSGIEnvironment, described: Described, visit: Visit) -> Exchange:
        return self._site.exchange(described.environ(environ), visit)

    def _misdescribed(self, environ: WSGIEnvironment, fault: Exception) -> Response:
        x = self._site.exchange(environ, Visit(Target.from_url("/"), "GET", {}, lambda: Standing.NOBODY))
        log.warning("forward auth: %s; 403 (%s)", fault, x.incident)
        return _unnamed(x.problem("misdescribed", 403))


def asked_at(site: Site, note: Callable[[Exempt], None], config: Config) -> Mapping[str, WSGIApplication]:
    """Return what answers front servers, by path; nothing where none is set to ask."""
    if not config.forward_auth.dialect:
        return {}
    door = ForwardAuth(site, note)
    # A front server may have taken the mount path off.
    homes = {config.prefix, config.mount + config.prefix}
    return {home + path: each for home in homes for path, each in ((AUTH, door.ask), (ANSWER, door.answer))}


def _unnamed(response: Response) -> Response:
    response.headers.update(_named(None))
    return response


def _bare(status: int) -> Response:
    return _unnamed(Response(status=status, headers=PRIVATE, mimetype="text/plain"))


def _named(session: Session | None, course: str = NONE) -> tuple[tuple[str, str], ...]:
    """Return the headers that tell the platform whose session it is, and of which course the page."""
    return (("Cache-Control", "no-store, private"), *announced(session, course))
