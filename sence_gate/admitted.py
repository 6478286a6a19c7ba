"""The head of an admitted answer: kept from shared caches, with our cookies added.

A page behind the gate is its learner's: a shared cache must not keep it, and a
browser must ask the gate again before it shows a page once more. Only what is
needed for that is changed; a stricter word of the platform stays, and its own list
of headers is never touched. Nor does the platform set a cookie with a name of ours:
it could take a learner's session away, or give one a stranger's.
Source: RFC 9111, section 5.2.2; RFC 9213 (what shared caches alone are told);
RFC 6265bis, section 5.7 (cookies without a name).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from sence_gate.cookies import PURPOSES

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse

Headers = list[tuple[str, str]]

_SHARED = frozenset({"public", "s-maxage", "proxy-revalidate", "private", "no-cache"})
_FRESH = frozenset({"max-age", "immutable", "stale-while-revalidate", "stale-if-error"})
_REPLACED = frozenset({"cache-control", "vary", "expires"})
_PAGES = ("text/html", "application/xhtml+xml")
# What shared caches obey before Cache-Control (RFC 9213; nginx, Varnish and Fastly, Akamai, Cloudflare).
_FOR_SHARED = frozenset(
    {
        "cdn-cache-control",
        "x-accel-expires",
        "surrogate-control",
        "edge-control",
        "cloudflare-cdn-cache-control",
    }
)
_JUDGED = _FOR_SHARED | {"content-type", "set-cookie"}
_WORD = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^,])+')  # a comma in quotes parts nothing


class PrivateHead:
    """One admitted response; give the platform its `start_response`.

    Args:
        cookies: the headers that set ours.
        prefix: how the names of our cookies begin.
    """

    __slots__ = ("_cookies", "_prefix", "_start_response")

    def __init__(self, start_response: StartResponse, cookies: Headers, prefix: str) -> None:
        self._start_response = start_response
        self._cookies = cookies
        self._prefix = prefix

    def start_response(
        self, status: str, headers: Headers, exc_info: OptExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        """Pass the platform's head on, made private."""
        changed = made_private(headers, self._prefix) + self._cookies
        # Servers tell two arguments from three: None in the third place is not nothing to all of them.
        if exc_info:
            return self._start_response(status, changed, exc_info)
        return self._start_response(status, changed)


def without_ours(headers: Headers, prefix: str) -> Headers:
    """Return *headers* less the cookies of the platform whose names are ours."""
    return [
        header
        for header in headers
        if not (header[0].lower() == "set-cookie" and _is_ours(header[1], prefix))
    ]


def made_private(headers: Headers, prefix: str) -> Headers:
    """Return a copy of *headers* that no shared cache keeps, and with a page none at all without asking.

    Left out are the cookies of the platform whose names are ours: *prefix*, then what they are for.
    """
    kept: Headers = []
    said: Headers = []
    is_page = True  # unless a type says otherwise: a 304 names none, and browsers guess
    for header in headers:
        key = header[0].lower()
        if key in _REPLACED:
            said.append((key, header[1]))
        elif key not in _JUDGED:
            kept.append(header)
        elif key == "content-type":
            kept.append(header)
            is_page = header[1].lstrip().lower().startswith(_PAGES)
        elif key == "set-cookie" and not (prefix in header[1] and _is_ours(header[1], prefix)):
            kept.append(header)
    kept += _said_instead(tuple(said), is_page)
    return kept


def _is_ours(cookie: str, prefix: str) -> bool:
    # A browser sends back what stands before the semicolon: "=name=value" as "name=value", and
    # with its commas, at which we part the header as some servers join it.
    pieces = cookie.partition(";")[0].split(",")
    names = tuple(f"{prefix}{purpose}-" for purpose in PURPOSES)
    return any(piece.lstrip(" \t=").startswith(names) for piece in pieces)


@lru_cache(256)
def _said_instead(said: tuple[tuple[str, str], ...], is_page: bool) -> Headers:  # noqa: FBT001 - a cache's key
    expires = [] if is_page else [("Expires", value) for key, value in said if key == "expires"]
    control = _control([value for key, value in said if key == "cache-control"], is_page=is_page)
    vary = _vary([value for key, value in said if key == "vary"])
    return [*expires, ("Cache-Control", control), ("Vary", vary)]


def _control(lines: list[str], *, is_page: bool) -> str:
    words = _words(lines)
    names = {_name(word) for word in words}
    dropped = _SHARED | _FRESH if is_page else _SHARED
    asks_again = is_page or "no-cache" in names
    kept = [word for word in words if _name(word) not in dropped]
    return ", ".join(["private", *(["no-cache"] if asks_again else []), *kept])


def _vary(lines: list[str]) -> str:
    # Names of headers alone: a quote means nothing here (RFC 9110, section 12.5.5).
    words = [word.strip() for line in lines for word in line.split(",") if word.strip()]
    return ", ".join(words if {"*", "cookie"} & {word.lower() for word in words} else [*words, "Cookie"])


def _words(lines: list[str]) -> list[str]:
    return [word.strip() for line in lines for word in _WORD.findall(line) if word.strip()]


def _name(word: str) -> str:
    return word.partition("=")[0].strip().lower()
