"""The door in process: a WSGI application in front of a WSGI application.

    application = SenceGate(application, "sence-gate.toml")

A request is one of three: for the gate's own URLs, for a page that no course
guards, or gated. The second is the common one and leaves here after a look at its
path. The platform is called with the environ that came, less our cookies and any
header that only the gate may set.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from sence_gate.admitted import PrivateHead
from sence_gate.banner import Banner, insert
from sence_gate.banner_request import wants_banner
from sence_gate.config import Config, LearnerSource, load_config
from sence_gate.csp import Needs
from sence_gate.errors import (
    StoreUnavailable,
    UnreadablePath,
    UntrustworthyIdentity,
    UnusableRequest,
    UpstreamBrokeOff,
    UpstreamFault,
)
from sence_gate.forward_auth import asked_at
from sence_gate.gate import Gate, utc_now
from sence_gate.gate.decisions import (
    Admitted,
    ChoiceNeeded,
    Decision,
    Exempt,
    NoLongerOpen,
    NotEnrolled,
    NotYetOpen,
    PageNeeded,
    StartNeeded,
    Untouched,
    Visit,
)
from sence_gate.gate.visitors import Asked, source_of
from sence_gate.incoming import Incoming
from sence_gate.learners.sources import header_key
from sence_gate.page_first import PageFirst, Shown
from sence_gate.paths import Target
from sence_gate.site import Site, refusing
from sence_gate.site.barring import turned_away
from sence_gate.stores import open_store

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from werkzeug.wrappers import Response

    from sence_gate.stores.base import Store

log = logging.getLogger("sence_gate")

SESSION_KEY = "sence_gate.session"  # in environ, for a platform that does want to know


class SenceGate:
    """Guard *application* as *config* says.

    Args:
        application: None when a front server asks by forward auth: then everything but the
            gate's own URLs is 404.
        config: a checked `Config`, the path of a sence-gate.toml, or its keys as a mapping.
        store: for applications that bring their own.
        clock: returns aware UTC.

    Raises:
        ConfigurationError: with every fault; nothing was started.
    """

    def __init__(
        self,
        application: WSGIApplication | None,
        config: Config | Mapping[str, object] | str | Path,
        *,
        store: Store | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.config = config if isinstance(config, Config) else load_config(config, os.environ)
        kept = self.config.store
        self.gate = Gate(self.config, store or open_store(kept.url, kept.spool), clock)
        self.skipped: Counter[str] = Counter()  # pages that took no bar, by reason
        self._cookie_prefix = self.gate.parts.cookies.prefix
        self.exempted: Counter[str] = Counter()  # requests that passed without SENCE, by course and reason
        self._source = source_of(self.config, application)
        self._site = Site(self.gate, self._source)
        self._is_alone = application is None
        self.application = application or self._site.nowhere
        self._banner = Banner(self._site.tag, Needs(self._site.script_url, self._site.state_url), self._skip)
        self._banners: dict[str, Banner] = {}  # of pages that name their course
        self._incoming = Incoming(self.gate.parts.cookies, self._claim(), self.config.trusted_proxies)
        self._page_first = PageFirst(self.gate, self._site, self.application)
        self._logout = self._site.desk.logout
        self._has_logout = bool(self._logout)
        self._lets_pass = self._fast_way(has_platform=application is not None)
        self._prefix = self.config.prefix
        self._asked = asked_at(self._site, self._note, self.config)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        if ask := self._asked.get(path):
            return ask(environ, start_response)
        cookies = self._incoming.clean(environ)
        if self._prefix not in path and self._lets_pass(environ):
            return self.application(environ, start_response)
        target = Target.from_environ(environ)
        own = self._own_path(target)
        visit = Visit(target, environ["REQUEST_METHOD"], cookies, Asked(self._source, environ))
        if own is not None:
            return self._site.answer(environ, visit, own)(environ, start_response)
        if self._is_alone:
            return self.application(environ, start_response)
        if self._has_logout and self._is_logout(environ) and (offer := self._site.offer(environ, visit)):
            return offer(environ, start_response)
        try:
            decision = self.gate.decide(visit)
        except (UnreadablePath, UntrustworthyIdentity, StoreUnavailable) as fault:
            return refusing.obstacle(self._site.exchange(environ, visit), fault)(environ, start_response)
        return self._carry_out(decision, visit, environ, start_response, self.application)

    def _carry_out(
        self,
        decision: Decision,
        visit: Visit,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        platform: WSGIApplication,
    ) -> Iterable[bytes]:
        match decision:
            case Untouched():
                return platform(environ, start_response)
            case Exempt():
                self._note(decision)
                # A cache that kept it would show it to those whom SENCE does concern.
                return platform(environ, PrivateHead(start_response, [], self._cookie_prefix).start_response)
            case Admitted():
                return self._admit(decision, environ, start_response, platform)
            case StartNeeded() | ChoiceNeeded() | NotEnrolled() | NotYetOpen() | NoLongerOpen():
                x = self._site.exchange(environ, visit)
                return turned_away(x, decision)(environ, start_response)
            case PageNeeded():
                answer = self._page_first.ask(decision, visit, environ)
                if isinstance(answer, Shown):
                    return self._carry_out(answer.decision, visit, environ, start_response, answer.platform)
                return answer(environ, start_response)
            case _:
                assert_never(decision)

    def explain(
        self, environ: WSGIEnvironment, fault: UnusableRequest | UpstreamFault | UpstreamBrokeOff
    ) -> Response:
        """Return the page, or the answer for a script, that says why the platform's is missing."""
        visit = Visit(
            Target.from_environ(environ), environ["REQUEST_METHOD"], {}, Asked(self._source, environ)
        )
        x = self._site.exchange(environ, visit)
        log.warning("no answer of the platform was passed on: %s (%s)", fault, x.incident)
        return refusing.without_platform(x, fault)

    def _admit(
        self,
        admitted: Admitted,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        platform: WSGIApplication,
    ) -> Iterable[bytes]:
        environ[SESSION_KEY] = admitted.session
        private = PrivateHead(
            start_response, self._site.cookie_headers(admitted.set_cookies), self._cookie_prefix
        )
        if wants_banner(environ):
            return insert(self._banner_for(admitted), platform, environ, private.start_response)
        return platform(environ, private.start_response)

    def _banner_for(self, admitted: Admitted) -> Banner:
        """Return what goes into the page; one that named its course tells the bar which it is."""
        if not admitted.is_named:
            return self._banner
        if admitted.course.id not in self._banners:
            tag = self._site.tag_naming(admitted.course.id)
            self._banners[admitted.course.id] = replace(self._banner, tag=tag)
        return self._banners[admitted.course.id]

    def _fast_way(self, *, has_platform: bool) -> Callable[[WSGIEnvironment], bool]:
        if not has_platform:
            return _always
        rules_let = self.gate.parts.rules.lets_pass
        if not self._has_logout:
            return rules_let
        return lambda environ: rules_let(environ) and not self._is_logout(environ)

    def _is_logout(self, environ: WSGIEnvironment) -> bool:
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        return self._logout.holds(path, environ.get("QUERY_STRING", ""))

    def _own_path(self, target: Target) -> str | None:
        path = target.script_name + target.path_info
        mount, prefix = self.config.mount, self.config.prefix
        # A front server may have taken the mount path off.
        if mount and path.startswith(f"{mount}/"):
            path = path[len(mount) :]
        if path == prefix or path.startswith(f"{prefix}/"):
            return path[len(prefix) :]
        return None

    def _claim(self) -> str:
        learner = self.config.learner
        return header_key(learner.name) if learner.source is LearnerSource.HEADER else ""

    def _note(self, exempt: Exempt) -> None:
        what = f"{exempt.course.id}: {exempt.why}"
        self.exempted[what] += 1
        if self.exempted[what] == 1:  # the counter knows how often
            log.info("a request passed without SENCE (%s); further ones are only counted", what)

    def _skip(self, reason: str) -> None:
        self.skipped[reason] += 1
        self.gate.metrics.count("pages_without_bar", reason)


def _always(_environ: WSGIEnvironment) -> bool:
    return True
