"""What only the gate may say, taken out of a request before the platform sees it.

Headers that the gate itself sets (`X-Sence-*`) are the platform's proof of a
session: no client writes them. The header that names the learner is believed from
a trusted proxy alone. And our cookies are ours: a platform that never sees them
cannot log, echo or send them on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sence_gate.learners.sources import Network, is_trusted

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from sence_gate.cookies import Cookies

# WSGI writes both spellings of a header (`-`, `_`) alike.
OURS = ("HTTP_X_SENCE_RUN", "HTTP_X_SENCE_COURSE", "HTTP_X_SENCE_SESSION")


class Incoming:
    """Clean requests of what is ours.

    Args:
        cookies: know which are ours.
        claim: the WSGI variable of the header that names the learner; empty where none does.
        trusted: the proxies that may send it.
    """

    __slots__ = ("_claim", "_cookies", "_trusted")

    def __init__(self, cookies: Cookies, claim: str, trusted: Sequence[Network | str]) -> None:
        self._cookies, self._claim, self._trusted = cookies, claim, trusted

    def clean(self, environ: WSGIEnvironment) -> Mapping[str, tuple[str, ...]]:
        """Take our cookies and headers out of *environ*, and return the cookies: values by name."""
        for key in OURS:
            if key in environ:
                del environ[key]
        if self._claim in environ and not is_trusted(environ, self._trusted):
            del environ[self._claim]
        header = environ.get("HTTP_COOKIE")
        if header is None:
            return {}
        ours, rest = self._cookies.split(header)
        if rest != header:
            _replace(environ, "HTTP_COOKIE", rest)
        return ours


def _replace(environ: WSGIEnvironment, key: str, value: str) -> None:
    if value:
        environ[key] = value
    else:
        del environ[key]
