"""The gate's own URLs, as one small WSGI application that all doors mount.

The table below is the whole of it: path, method, who answers. What goes wrong on
the way (a store that is away, a visitor without a RUN) is answered here too, so
that no page has to.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from sence_gate.cookies import SetCookie
from sence_gate.errors import IdentityUnavailable, StoreUnavailable, UntrustworthyIdentity
from sence_gate.gate import Gate
from sence_gate.gate.decisions import Visit
from sence_gate.learners import Source, Standing
from sence_gate.logout import LogoutPaths
from sence_gate.pages import Look, Pages
from sence_gate.paths import Target
from sence_gate.protocol.messages import MAX_BODY
from sence_gate.site import answering, closing, contingency, leaving, metrics, refusing, starting, status
from sence_gate.site.desk import Desk
from sence_gate.site.exchange import Exchange
from sence_gate.site.files import LOGO, OURS, StaticFile, static_files

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from sence_gate.config import Config

log = logging.getLogger("sence_gate")

Handler = Callable[[Exchange], Response]

ROUTES: Mapping[str, Mapping[str, Handler]] = {
    "": {"GET": closing.show_sessions},
    "/inicio": {"GET": starting.show_start, "POST": starting.start},
    "/vuelta": {"GET": starting.show_return},
    "/cierre": {"GET": closing.show_close, "POST": closing.close},
    "/contingencia": {"POST": contingency.enter},
    "/salir": {"GET": leaving.leave},
    "/estado": {"GET": status.show_state},
    "/metrics": {"GET": metrics.show},
    "/ping": {"GET": status.ping},
    "/ready": {"GET": status.ready},
    **{
        path: {"GET": answering.explain, "POST": partial(answering.take, path=path)}
        for path in answering.CALLBACKS
    },
    **{f"/{name}": {"GET": partial(status.static_file, name=name)} for name in (*OURS, LOGO)},
}


class _Request(Request):
    # werkzeug's own limit does not hold for urlencoded bodies; this one does.
    max_content_length = MAX_BODY + 1


class Site:
    """Answer the requests below the prefix.

    Args:
        gate: where decisions are made.
        source: who is visiting.
    """

    def __init__(self, gate: Gate, source: Source) -> None:
        config = gate.parts.config
        home = config.mount + config.prefix
        files = static_files(config.pages)
        pages = Pages(
            home,
            versions={name: each.version for name, each in files.items()},
            look=_look(config, f"{home}/{LOGO}", files.get(LOGO)),
            folder=config.pages.templates,
        )
        logout = LogoutPaths(config.logout_paths, config.mount)
        self.desk = Desk(gate, pages, source, home, files, logout)
        self._script = f"{home}/banner.js?v={files['banner.js'].version}"
        self.tag = f'<script src="{self._script}" defer></script>'.encode()
        self.script_url, self.state_url = config.url("/banner.js"), config.url("/estado")

    def tag_naming(self, course: str) -> bytes:
        """Return the tag for a page that names its course; the bar could not tell by the address."""
        return f'<script src="{self._script}" data-course="{course}" defer></script>'.encode()

    def cookie_headers(self, set_cookies: Iterable[SetCookie]) -> list[tuple[str, str]]:
        """Return the Set-Cookie headers for cookies of ours."""
        return self.desk.cookie_headers(set_cookies)

    def exchange(self, environ: WSGIEnvironment, visit: Visit) -> Exchange:
        """Return the exchange of one request."""
        return Exchange(self.desk, _Request(environ, populate_request=False), visit)

    def answer(self, environ: WSGIEnvironment, visit: Visit, path: str) -> Response:
        """Return the answer to a request for *path* below the prefix."""
        x = self.exchange(environ, visit)
        handlers = ROUTES.get(path.rstrip("/"))
        if handlers is None:
            return x.problem("not_found", 404)
        method = "GET" if x.request.method == "HEAD" else x.request.method
        handler = handlers.get(method)
        if handler is None:
            return _not_allowed(x, handlers)
        return self.guarded(x, handler)

    def offer(self, environ: WSGIEnvironment, visit: Visit) -> Response | None:
        """Return the answer to a logout that would leave a session open; None lets it pass."""
        return leaving.offer(self.exchange(environ, visit))

    def nowhere(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request for a platform that is not here: the front server should not have sent it."""
        visit = Visit(Target.from_environ(environ), environ["REQUEST_METHOD"], {}, lambda: Standing.NOBODY)
        return self.exchange(environ, visit).problem("no_platform", 404)(environ, start_response)

    def guarded(self, x: Exchange, handler: Handler) -> Response:
        """Return what *handler* answers, or the page for what stood in its way."""
        try:
            return handler(x)
        except StoreUnavailable as fault:
            log.error("the store is away: %s (%s)", fault, x.incident)
            return refusing.unavailable(x)
        except IdentityUnavailable as fault:
            log.error("%s (%s)", fault, x.incident)
            return refusing.unavailable(x)
        except UntrustworthyIdentity as fault:
            log.warning("%s (%s)", fault, x.incident)
            return refusing.untrustworthy(x)
        except HTTPException:  # werkzeug's word for a form that cannot be read
            return x.problem("too_large", 413)


def _look(config: Config, logo_url: str, logo: StaticFile | None) -> Look:
    names = {otec.name for otec in config.otecs}
    return Look(
        name=names.pop() if len(names) == 1 else "",
        logo_url=f"{logo_url}?v={logo.version}" if logo else config.pages.logo_url,
        help=config.pages.help,
    )


def _not_allowed(x: Exchange, handlers: Mapping[str, Handler]) -> Response:
    response = x.problem("not_found", 405)
    response.headers["Allow"] = ", ".join(sorted({*handlers, "HEAD"}))
    return response
