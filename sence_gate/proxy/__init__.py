"""The door for any platform that speaks HTTP: the gate in front, the platform behind.

    application = ReverseProxy(load_config("sence-gate.toml"))

`Proxy` is a WSGI application that asks the platform and passes its answer on as it
comes; `SenceGate` stands around it as around any other. What the platform did not
answer is told by a page of the gate.

A body that breaks off raises in its iterator, so that the server in front breaks
off too: half a page must not look like a page.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from sence_gate.config import Config
from sence_gate.errors import UnusableRequest, UpstreamBrokeOff, UpstreamFault
from sence_gate.gate import utc_now
from sence_gate.middleware import SenceGate
from sence_gate.proxy.answers import Rewriter
from sence_gate.proxy.requests import Translator
from sence_gate.upstream import Answer, Upstream

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from sence_gate.stores.base import Store

log = logging.getLogger("sence_gate")

NO_WEBSOCKET = {
    "type": "about:blank",
    "title": "WebSocket is not passed on",
    "status": 501,
    "detail": "This proxy passes on requests and answers only. For WebSocket put nginx, Caddy or Traefik in"
    " front of the platform and let them ask the gate by forward auth: see docs/deploy.md.",
}


class Proxy:
    """Answer requests with what the platform at `platform.upstream` answers.

    Raises:
        ConfigurationError: `platform.ca` cannot be used.
    """

    def __init__(self, config: Config) -> None:
        platform = config.platform
        self.upstream = Upstream(platform.upstream, ca=platform.ca, seconds=platform.timeout_seconds)
        self._translator = Translator(config)
        self._rewriter = Rewriter(config, self.upstream.address.authority)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request.

        Raises:
            UpstreamFault, UnusableRequest: there is no answer; nothing was sent to the browser.
            UpstreamBrokeOff: nothing of its body came; from the iterable: there is no more of it.
        """
        if "websocket" in environ.get("HTTP_UPGRADE", "").lower():
            return _without_websocket(start_response)
        question = self._translator.question(environ)
        answer = self.upstream.ask(question)
        headers = self._rewriter.headers(answer.headers, answer.status, question.target)
        return _begun(answer, headers, start_response)


class ReverseProxy:
    """The gate around a `Proxy`, for one configuration; arguments as those of `SenceGate`.

    Raises:
        ConfigurationError: with every fault; nothing was started.
    """

    def __init__(
        self, config: Config, *, store: Store | None = None, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self.proxy = Proxy(config)
        self.gate = SenceGate(self.proxy, config, store=store, clock=clock)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        try:
            return self.gate(environ, start_response)
        except (UnusableRequest, UpstreamFault, UpstreamBrokeOff) as fault:
            # Also one that broke off before its first byte, or was held back: nothing of it was sent.
            return self.gate.explain(environ, fault)(environ, start_response)


def _begun(answer: Answer, headers: list[tuple[str, str]], start_response: StartResponse) -> Iterable[bytes]:
    try:
        # Whatever breaks off before its first byte can still be told by a page of ours.
        answer.wait()
        start_response(f"{answer.status} {answer.reason}", headers)
    except BaseException:
        answer.close()
        raise
    return answer


def _without_websocket(start_response: StartResponse) -> Iterable[bytes]:
    log.warning("a WebSocket was refused: the platform needs forward auth for it")
    start_response(
        "501 Not Implemented",
        [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store, private")],
    )
    return [json.dumps(NO_WEBSOCKET).encode()]
