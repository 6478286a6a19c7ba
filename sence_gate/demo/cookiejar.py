"""A cookie jar with the rules of browsers, SameSite among them.

The standard library's jar is older than SameSite and prefixes, and those two
decide whether a learner who comes back from another site is recognised.

Source: RFC 6265bis (draft-ietf-httpbis-rfc6265bis), named section by section
below; where browsers differ from it the jar does what Chromium 156 was seen to
do: Secure cookies are taken and sent on http://localhost and http://127.0.0.1,
prefixes count in any case, and a new value makes a cookie younger.
Not here: HttpOnly (nothing runs scripts) and Partitioned (nothing is embedded).
The public suffix list is approximated: a site is the last two labels of a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from http.cookiejar import http2time  # type: ignore[attr-defined]  # public, and missing in typeshed
from ipaddress import ip_address
from typing import TYPE_CHECKING, assert_never
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_PAIR = 4096  # bytes of name and value together, section 5.7 step 6
MAX_ATTRIBUTE = 1024  # a longer attribute is ignored, section 5.6
MAX_PER_HOST = 180  # section 6.1 asks for 50 or more; Chromium keeps 180
MAX_AGE = 400 * 86400  # seconds, section 5.5
LAX_POST_SECONDS = 120  # section 5.6.7.2, and the measured absence at 130 s
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class SameSite(StrEnum):
    """The attribute of section 5.6.7; without it browsers treat a cookie almost as Lax."""

    STRICT = "strict"
    LAX = "lax"
    NONE = "none"
    UNSPECIFIED = ""


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie as a browser keeps it; `expires` None means until the browser is closed."""

    name: str
    value: str = field(repr=False)
    host: str
    host_only: bool
    path: str
    secure: bool
    same_site: SameSite
    created: float
    expires: float | None

    @property
    def key(self) -> tuple[str, str, bool, str]:
        """Return what a later cookie must share to replace this one (section 5.7)."""
        return self.name, self.host, self.host_only, self.path

    def is_for(self, url: str) -> bool:
        """Tell whether host, path and scheme of *url* let the cookie go there (section 5.8.3)."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        is_host = host == self.host if self.host_only else _is_within(host, self.host)
        return (
            is_host
            and _path_covers(self.path, parts.path or "/")
            and (not self.secure or is_trustworthy(url))
        )


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
            and (_is_within(kept.host, cookie.host) or _is_within(cookie.host, kept.host))
            and _path_covers(kept.path, cookie.path)
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


def site_of(url: str) -> str:
    """Return scheme and registrable domain of *url*; ports do not matter (section 5.2)."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    name = host if _is_ip(host) else ".".join(host.split(".")[-2:])
    return f"{parts.scheme}://{name}"


def is_trustworthy(url: str) -> bool:
    """Tell whether *url* counts as secure: https, or this very machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    is_local = ip_address(host).is_loopback if _is_ip(host) else _is_within(host, "localhost")
    return parts.scheme == "https" or is_local


def parse_set_cookie(url: str, header: str, now: float) -> Cookie | str:
    """Return the cookie that *header* describes, or why it describes none (sections 5.6 and 5.7)."""
    if CONTROL.search(header):
        return "a control character"
    pair, *attributes = header.split(";")
    name, equals, value = (part.strip(" ") for part in pair.partition("="))
    if not equals:
        name, value = "", name
    if not name and not value:
        return "neither name nor value"
    if len((name + value).encode()) > MAX_PAIR:
        return f"{name[:40]}: more than {MAX_PAIR} bytes"
    given = _attributes(attributes)
    scope = _scope(given.get("domain", ""), urlsplit(url).hostname or "")
    if scope is None:
        return f"{name}: Domain is not of this host"
    if given.get("domain") and name.lower().startswith("__host-"):
        return f"{name}: the prefix allows no Domain"
    return Cookie(
        name,
        value,
        *scope,
        path=given["path"] if given.get("path", "").startswith("/") else _default_path(url),
        secure="secure" in given,
        same_site=_same_site(given.get("samesite", "")),
        created=now,
        expires=_expires(given, now),
    )


def refusal(url: str, cookie: Cookie) -> str | None:
    """Return why a browser refuses *cookie* from *url*, whatever it keeps already (sections 5.4, 5.7)."""
    # A cookie without a name is sent as its bare value, and could pass for a prefixed one.
    label = (cookie.name or cookie.value).lower()
    is_prefixed = label.startswith(("__secure-", "__host-"))
    if is_prefixed and not cookie.name:
        return "no name, and a value that reads as a prefix"
    if cookie.secure and not is_trustworthy(url):
        return f"{cookie.name}: Secure over plain http"
    if is_prefixed and not cookie.secure:
        return f"{cookie.name}: the prefix needs Secure"
    if label.startswith("__host-") and cookie.path != "/":
        return f"{cookie.name}: the prefix needs Path=/"
    if cookie.same_site is SameSite.NONE and not cookie.secure:
        return f"{cookie.name}: SameSite=None needs Secure"
    return None


def _attributes(parts: Iterable[str]) -> dict[str, str]:
    pairs = (part.partition("=") for part in parts)
    return {
        name.strip(" ").lower(): value.strip(" ")
        for name, _, value in pairs
        if len(value.strip(" ")) <= MAX_ATTRIBUTE
    }


def _scope(domain: str, host: str) -> tuple[str, bool] | None:
    """Return where the cookie goes and whether to that host alone; None when it may not be set."""
    domain = domain.removeprefix(".").lower()
    if not domain or (domain == host and (_is_ip(host) or "." not in host)):
        return host, True
    return (domain, False) if "." in domain and _is_within(host, domain) else None


def _same_site(text: str) -> SameSite:
    return SameSite(text.lower()) if text.lower() in set(SameSite) else SameSite.UNSPECIFIED


def _expires(given: dict[str, str], now: float) -> float | None:
    if re.fullmatch(r"-?[0-9]+", given.get("max-age", "")):
        return now + min(int(given["max-age"]), MAX_AGE)
    moment = http2time(given.get("expires", ""))
    return None if moment is None else min(moment, now + MAX_AGE)


def _default_path(url: str) -> str:
    directory = urlsplit(url).path.rpartition("/")[0]
    return directory if directory.startswith("/") else "/"


def _path_covers(cookie_path: str, path: str) -> bool:
    return path == cookie_path or path.startswith(f"{cookie_path.removesuffix('/')}/")


def _is_within(host: str, domain: str) -> bool:
    return host == domain or (host.endswith(f".{domain}") and not _is_ip(host))


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
