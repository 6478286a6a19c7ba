"""From an answer of the platform to one for the browser.

What belongs to the connection behind us stays there. An address of the platform's own
(it may know itself as http://127.0.0.1:8080) becomes the public one; an address that is
relative, or somebody else's, is left alone. Everything else passes as it came, in order.
Source: RFC 9110, sections 7.6.1 and 10.2.2; HTML, section 4.2.5.3 (Refresh).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sence_gate.proxy.requests import HOP_BY_HOP

if TYPE_CHECKING:
    from sence_gate.config import Config

Headers = list[tuple[str, str]]

# The server in front says its own name and time; Alt-Svc would lead browsers around the gate.
_DROPPED = HOP_BY_HOP | {"server", "date", "alt-svc"}
_ADDRESSES = frozenset({"location", "content-location", "refresh"})
_ABSOLUTE = re.compile(r"(?:https?:)?//([^/?#\\]*)(.*)", re.IGNORECASE | re.DOTALL)
_REFRESH = re.compile(r"(\s*[\d.]*\s*[;,]?\s*(?:url\s*=\s*)?[\"']?)(.*)", re.IGNORECASE | re.DOTALL)
_DEFAULT_PORT = re.compile(r":(?:80|443)?\Z")


class Rewriter:
    """Make the browser's headers, for one configuration; *authority* is the platform's own."""

    def __init__(self, config: Config, authority: str) -> None:
        self._origin, self._mount = config.origin, config.mount
        names = (authority, config.platform.host, urlsplit(config.public_url).netloc)
        self._ours = frozenset(_plain(name) for name in names if name)

    def headers(self, headers: Headers, status: int, target: str) -> Headers:
        """Return what the browser gets of *headers*, which answer a request for *target*."""
        dropped = _DROPPED
        kept: Headers = []
        for name, value in headers:
            lower = name.lower()
            if lower == "connection":
                dropped = dropped | {each.strip().lower() for each in value.split(",")}
            elif lower in _ADDRESSES:
                kept.append((name, self._rewritten(lower, value, target)))
            elif lower not in dropped and not (status == 204 and lower == "content-length"):
                kept.append((name, value))
        return kept if dropped is _DROPPED else [each for each in kept if each[0].lower() not in dropped]

    def _rewritten(self, name: str, value: str, target: str) -> str:
        before, address = "", value
        if name == "refresh" and (parts := _REFRESH.fullmatch(value)):
            before, address = parts.groups()
        found = _ABSOLUTE.fullmatch(address)
        if found is None or _plain(found[1]) not in self._ours:
            return value
        # A front server may have taken the mount path off: then the platform does not know of it.
        mount = "" if self._has_mount(target) else self._mount
        return f"{before}{self._origin}{mount}{found[2]}"

    def _has_mount(self, target: str) -> bool:
        return target.startswith((f"{self._mount}/", f"{self._mount}?")) or target == self._mount


def _plain(authority: str) -> str:
    return _DEFAULT_PORT.sub("", authority.lower())
