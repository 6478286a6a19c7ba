"""What all requests for the gate's own URLs share: its parts, its pages, and its addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from werkzeug.http import dump_cookie

from sence_gate.cookies import Mark, SetCookie
from sence_gate.gate import Gate
from sence_gate.gate.parts import entrance
from sence_gate.learners import Source
from sence_gate.logout import LogoutPaths
from sence_gate.navigation import is_below, is_guarded_by, is_local
from sence_gate.pages import Pages
from sence_gate.site.files import StaticFile

PROBE_SECONDS = 24 * 3600  # that a start page may stand open
REFUSED = "rechazo"  # in the query of a start page: when the course was refused, seconds since the epoch


@dataclass(frozen=True, slots=True)
class Desk:
    """What every page of the site needs; one for all requests.

    `home` is where the gate's URLs live for a browser: mount and prefix.
    """

    gate: Gate
    pages: Pages
    source: Source
    home: str
    files: Mapping[str, StaticFile]
    logout: LogoutPaths

    @property
    def probe(self) -> SetCookie:
        """The cookie by which a form knows whether its browser keeps cookies."""
        return self.gate.parts.cookies.mark(Mark.PROBE, "1", seconds=PROBE_SECONDS)

    @property
    def root(self) -> str:
        """The platform's front page."""
        return f"{self.gate.parts.config.mount}/"

    def start_url(self, course: str, wanted: str) -> str:
        """Return the local URL of the start page."""
        return f"{self.home}/inicio?{urlencode({'curso': course, 'volver': wanted})}"

    def refused_url(self, course: str, wanted: str) -> str:
        """Return the start page's URL for whoever is turned away from the course now."""
        return f"{self.start_url(course, wanted)}&{REFUSED}={int(self.gate.parts.now().timestamp())}"

    def close_url(self, course: str) -> str:
        """Return the local URL of the page that offers the close."""
        return f"{self.home}/cierre?{urlencode({'curso': course})}"

    def course_name(self, course: str) -> str:
        """Return how learners know a course; its id when it is not configured any more."""
        known = self.gate.parts.courses.get(course)
        return known.name if known else course

    def otec_name(self, course: str) -> str:
        """Return the name of a course's OTEC, or ""."""
        known = self.gate.parts.courses.get(course)
        return known.otec.name if known else ""

    def first_path(self, course: str) -> str:
        """Return a page of a course to go to."""
        return entrance(self.gate.parts, course)

    def cookie_headers(self, set_cookies: Iterable[SetCookie]) -> list[tuple[str, str]]:
        """Return the Set-Cookie headers for cookies of ours."""
        secure = self.gate.parts.config.secure
        return [("Set-Cookie", _dumped(each, secure=secure)) for each in set_cookies]

    def local_return(self, wanted: str, course: str) -> str:
        """Return *wanted* if it is a local URL of *course*, else a page of it."""
        is_fine = is_local(wanted) and is_guarded_by(course, wanted, self.gate.parts.rules)
        # A course may guard the whole platform; our own pages would lead back to themselves for ever.
        return wanted if is_fine and not is_below(self.home, wanted) else self.first_path(course)


def _dumped(cookie: SetCookie, *, secure: bool) -> str:
    return dump_cookie(
        cookie.name,
        cookie.value,
        max_age=cookie.max_age,
        path="/",
        secure=secure,
        httponly=True,
        samesite="Lax",
    )
