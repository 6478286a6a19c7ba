"""The simulator's pages: plain, in Spanish, and marked so that nobody takes them for SENCE's.

Every page works without script and runs under a policy without inline code.
Only the page that goes back to the platform may post to another site, so it
alone has no `form-action`: Chromium applies that to every redirect that
follows, and a platform is free to redirect. It may also frame that site, to
send an answer twice. Its Origin must not be hidden: SENCE's is not.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from werkzeug.wrappers import Response

from sence_gate.simulator.control import SWITCHES
from sence_gate.simulator.ruts import masked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sence_gate.simulator.callbacks import Callback
    from sence_gate.simulator.desk import AskLogin
    from sence_gate.simulator.registry import Registry
    from sence_gate.simulator.seen import Entry
    from sence_gate.simulator.sessions import Session
    from sence_gate.simulator.tables import Manual

_OWN_FORMS = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_FORMS_ELSEWHERE = (
    "default-src 'none'; style-src 'self'; script-src 'self'; frame-src http: https:; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}
_RESULTS = {
    "login": "pide la clave",
    "wrong key": "clave incorrecta",
    "ok": "registrado",
    "never": "no vuelve",
}
SHOWN_ENTRIES = 50


class Pages:
    """Renders what the desk decided; *root* is the path that the simulator is mounted under."""

    def __init__(self, manual: Manual) -> None:
        self._templates = Environment(
            loader=PackageLoader("sence_gate.simulator"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(manual=manual, results=_RESULTS)
        self._templates.filters["masked"] = masked

    def login(self, root: str, step: AskLogin) -> Response:
        """Return the page that asks for RUN and key."""
        return self._page("login.html", root, step=step)

    def send_back(self, root: str, callback: Callback) -> Response:
        """Return the page whose form goes to the platform."""
        return self._page("return.html", root, policy=_FORMS_ELSEWHERE, callback=callback)

    def held(self, root: str) -> Response:
        """Return the page of a SENCE that never sends the learner back."""
        return self._page("held.html", root)

    def nowhere_to_return(self, root: str, codes: tuple[str, ...]) -> Response:
        """Return the page for a POST whose UrlError cannot be used."""
        return self._page("nowhere.html", root, status=400, codes=codes)

    def failure(self, root: str, status: int, text: str) -> Response:
        """Return the page for a request that is no part of the protocol."""
        return self._page("failure.html", root, status=status, code=status, text=text)

    def control(self, root: str, notice: str = "", status: int = 200) -> Response:
        """Return the page that scripts a behaviour."""
        return self._page(
            "control.html", root, status=status, switches=SWITCHES, notice=notice, is_done=status == 200
        )

    def home(
        self, root: str, registry: Registry, seen: tuple[Entry, ...], sessions: tuple[Session, ...]
    ) -> Response:
        """Return the list of what was seen."""
        return self._page(
            "home.html",
            root,
            registry=registry,
            seen=seen[:SHOWN_ENTRIES],
            total=len(seen),
            sessions=sessions,
        )

    def data(self, value: Mapping[str, object], status: int = 200) -> Response:
        """Return *value* as JSON."""
        return self.file(json.dumps(value).encode(), "application/json", status)

    def file(self, content: bytes, content_type: str, status: int = 200) -> Response:
        """Return *content* as it is."""
        return Response(content, status, {**_HEADERS, "Content-Type": content_type})

    def _page(
        self, template: str, root: str, *, status: int = 200, policy: str = _OWN_FORMS, **values: object
    ) -> Response:
        text = self._templates.get_template(template).render(root=root, **values)
        headers = {**_HEADERS, "Content-Security-Policy": policy, "Content-Type": "text/html; charset=utf-8"}
        return Response(text, status, headers)
