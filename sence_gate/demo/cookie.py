"""One cookie: what a Set-Cookie header says, and whether a browser takes it.

Source: RFC 6265bis (draft-ietf-httpbis-rfc6265bis), named section by section below.
Not here: HttpOnly (nothing runs scripts) and Partitioned (nothing is embedded).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from http.cookiejar import http2time  # type: ignore[attr-defined]  # public, and missing in typeshed
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sence_gate.demo.sites import is_ip, is_trustworthy, is_within

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_PAIR = 4096  # bytes of name and value together, section 5.7 step 6
MAX_ATTRIBUTE = 1024  # a longer attribute is ignored, section 5.6
MAX_AGE = 400 * 86400  # seconds, section 5.5
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
        is_host = host == self.host if self.host_only else is_within(host, self.host)
        return (
            is_host and path_covers(self.path, parts.path or "/") and (not self.secure or is_trustworthy(url))
        )


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


def path_covers(cookie_path: str, path: str) -> bool:
    """Tell whether *path* is *cookie_path* or lies below it (section 5.1.4)."""
    return path == cookie_path or path.startswith(f"{cookie_path.removesuffix('/')}/")


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
    if not domain or (domain == host and (is_ip(host) or "." not in host)):
        return host, True
    return (domain, False) if "." in domain and is_within(host, domain) else None


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
