"""A cookie jar with the rules of browsers, SameSite among them.

The standard library's jar is older than SameSite and prefixes, and those two
decide whether a learner who comes back from another site is recognised.

Source: RFC 6265bis (draft-ietf-httpbis-rfc6265bis), named section by section
below; where browsers differ from it the jar does what Chromium 156 was seen to
do: Secure cookies are taken and sent on http://localhost and http://127.0.0.1,
prefixes count in any case, and a new value makes a cookie younger.
What a single cookie is stands in `cookie`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, assert_never

from sence_gate.demo.cookie import Cookie, SameSite, parse_set_cookie, path_covers, refusal
from sence_gate.demo.sites import is_trustworthy, is_within, site_of

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_PER_HOST = 180  # section 6.1 asks for 50 or more; Chromium keeps 180
LAX_POST_SECONDS = 120  # section 5.6.7.2, and the measured absence at 130 s
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class CookieJar:
    """The cookies of one browser, shared by its tabs.

    With *lax_post*, a cookie without SameSite that is younger than two minutes also goes
    with a cross-site POST of a whole page (section 5.6.7.2), as in Chromium.
    """

    def __init__(self, *, lax_post: bool = True) -> None:
        self._lax_post = lax_post
        self._cookies: dict[tuple[str, str, bool, str], Cookie] = {}

    def store(
        self,
        url: str,
        set_cookie_headers: Iterable[str],
        *,
        initiator_site: str | None = None,
        is_navigation: bool = True,
        now: float,
    ) -> tuple[str, ...]:
        """Keep what a browser would keep of an answer of *url* (section 5.7).

        *initiator_site* is the site whose page made the request, None when the person did.
        Returns why the others were refused, one reason each.
        """
        is_own = is_navigation or initiator_site in {None, site_of(url)}
        reasons = (self._keep(url, header, is_own=is_own, now=now) for header in set_cookie_headers)
        return tuple(reason for reason in reasons if reason)

    def header_for(
        self,
        url: str,
        *,
        method: str = "GET",
        initiator_site: str | None = None,
        is_navigation: bool = True,
        now: float,
    ) -> str:
        """Return the Cookie header for a request; empty when no cookie goes (section 5.8.3)."""
        sent = [cookie for cookie in self.cookies(now) if cookie.is_for(url)]
        if initiator_site not in {None, site_of(url)}:
            crossing = partial(self._crosses, now=now, is_safe=method in SAFE_METHODS)
            sent = [c for c in sent if c.same_site is SameSite.NONE or (is_navigation and crossing(c))]
        sent.sort(key=lambda cookie: (-len(cookie.path), cookie.created))
        return "; ".join(f"{cookie.name}={cookie.value}" if cookie.name else cookie.value for cookie in sent)

    def cookies(self, now: float) -> tuple[Cookie, ...]:
        """Return what is kept and not past its time, the oldest first."""
        gone = [
            key
            for key, cookie in self._cookies.items()
            if cookie.expires is not None and cookie.expires <= now
        ]
        for key in gone:
            del self._cookies[key]
        return tuple(self._cookies.values())

    def clear(self) -> None:
        """Forget everything, as a person can order."""
        self._cookies.clear()

    def _keep(self, url: str, header: str, *, is_own: bool, now: float) -> str | None:
        cookie = parse_set_cookie(url, header, now)
        if isinstance(cookie, str):
            return cookie
        reason = refusal(url, cookie) or self._conflict(url, cookie, is_own=is_own)
        if reason:
            return reason
        before = self._cookies.get(cookie.key)
        if before and before.value == cookie.value:
            cookie = replace(cookie, created=before.created)
        else:
            self._cookies.pop(cookie.key, None)
        self._cookies[cookie.key] = cookie
        self._make_room(cookie.host, now)
        return None

    def _conflict(self, url: str, cookie: Cookie, *, is_own: bool) -> str | None:
        if not is_own and cookie.same_site is not SameSite.NONE:
            return f"{cookie.name}: SameSite, and the request was another site's"
        if not cookie.secure and not is_trustworthy(url) and self._hides_secure(cookie):
            return f"{cookie.name}: would replace a Secure cookie"
        return None

    def _hides_secure(self, cookie: Cookie) -> bool:
        return any(
            kept.secure
            and kept.name == cookie.name
            and (is_within(kept.host, cookie.host) or is_within(cookie.host, kept.host))
            and path_covers(kept.path, cookie.path)
            for kept in self._cookies.values()
        )

    def _make_room(self, host: str, now: float) -> None:
        kept = [cookie for cookie in self.cookies(now) if cookie.host == host]
        for cookie in sorted(kept, key=lambda cookie: (cookie.secure, cookie.created))[:-MAX_PER_HOST]:
            del self._cookies[cookie.key]

    def _crosses(self, cookie: Cookie, now: float, *, is_safe: bool) -> bool:
        """Tell whether *cookie* goes with a whole page that another site asked for."""
        match cookie.same_site:
            case SameSite.NONE:
                return True
            case SameSite.STRICT:
                return False
            case SameSite.LAX:
                return is_safe
            case SameSite.UNSPECIFIED:
                return is_safe or (self._lax_post and now - cookie.created <= LAX_POST_SECONDS)
            case _:
                assert_never(cookie.same_site)
