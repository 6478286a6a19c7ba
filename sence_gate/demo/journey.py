"""One request of a browser and the redirects that it causes.

A `Journey` knows which page began it and tells each server so, as Chromium 156
was seen to: Sec-Fetch-Site is the worst of all hops, Origin turns into `null` at
the first redirect that leaves an origin, Referer only ever gets shorter. Who
began it never changes, and so which SameSite cookies go along.

Source: Fetch (HTTP-redirect fetch, Origin), Fetch Metadata, Referrer Policy, URL.
Not here: Sec-Fetch-User, CORS, CSP (form-action is not enforced).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import quote, urljoin, urlsplit

from sence_gate.demo.sites import is_trustworthy, site_of

DEFAULT_POLICY = "strict-origin-when-cross-origin"
POLICIES = frozenset(
    {
        "no-referrer",
        "no-referrer-when-downgrade",
        "origin",
        "origin-when-cross-origin",
        "same-origin",
        "strict-origin",
        DEFAULT_POLICY,
        "unsafe-url",
    }
)
NEVER_ON_DOWNGRADE = {"no-referrer-when-downgrade", "strict-origin", DEFAULT_POLICY}
CLOSENESS = ("none", "same-origin", "same-site", "cross-site")
ACCEPT_PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@dataclass(frozen=True, slots=True)
class Journey:
    """A request as it leaves now; `depart` makes the first, `redirected` those after it."""

    method: str
    url: str
    initiator: str | None  # URL of the page that began it; None: the person
    is_navigation: bool
    policy: str
    referer: str
    origin: str
    relation: str  # Sec-Fetch-Site
    body: bytes = b""
    content_type: str = ""
    is_fresh: bool = False  # a form or a reload: nothing old from a cache on the way

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Return the headers of this hop, all but Host, Cookie and those of the connection."""
        stated = {
            "Cache-Control": "max-age=0" if self.is_fresh else "",
            "Upgrade-Insecure-Requests": "1" if self.is_navigation else "",
            "Accept": ACCEPT_PAGE if self.is_navigation else "*/*",
            "Accept-Language": "es-CL,es;q=0.9",
            "Origin": self.origin,
            "Referer": self.referer,
            "Content-Type": self.content_type,
            **self._fetch_metadata(),
        }
        return tuple((name, value) for name, value in stated.items() if value)

    def redirected(self, status: int, location: str, policy: str = "") -> Journey:
        """Return the request that a redirect causes; *policy* is the redirecting answer's own, if any."""
        target = resolve(self.url, location)
        if "#" not in target:
            target += "".join(self.url.partition("#")[1:])
        policy = policy or self.policy
        onward = replace(
            self,
            url=target,
            policy=policy,
            referer=referrer(policy, self.referer, target),
            origin="null" if self.origin and origin_of(target) != origin_of(self.url) else self.origin,
            relation=max(self.relation, _relation(self.initiator, target), key=CLOSENESS.index),
        )
        is_get = (status == 303 and self.method != "HEAD") or (status in {301, 302} and self.method == "POST")
        return replace(onward, method="GET", body=b"", content_type="", origin="") if is_get else onward

    def again(self) -> Journey:
        """Return the request that F5 makes where the journey ended: the redirects before are forgotten."""
        return replace(
            self,
            origin=_origin(self.method, self.url, self.initiator, self.policy, is_navigation=True),
            relation=_relation(self.initiator, self.url),
            is_fresh=True,
        )

    def _fetch_metadata(self) -> dict[str, str]:
        if not is_trustworthy(self.url):
            return {}
        mode, dest = ("navigate", "document") if self.is_navigation else ("cors", "empty")
        return {"Sec-Fetch-Site": self.relation, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}


def depart(
    method: str,
    url: str,
    *,
    initiator: str | None = None,
    policy: str = DEFAULT_POLICY,
    body: bytes = b"",
    content_type: str = "",
    is_navigation: bool = True,
) -> Journey:
    """Return the first request of a journey; *policy* is the Referrer-Policy of the page *initiator*."""
    return Journey(
        method,
        url,
        initiator,
        is_navigation,
        policy,
        referer=referrer(policy, initiator or "", url),
        origin=_origin(method, url, initiator, policy, is_navigation=is_navigation),
        relation=_relation(initiator, url),
        body=body,
        content_type=content_type,
        is_fresh=is_navigation and method == "POST",
    )


def origin_of(url: str) -> str:
    """Return scheme, host and port of *url*."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"


def resolve(base: str, reference: str) -> str:
    """Return the absolute URL that a browser reads in *reference*.

    Unlike RFC 3986, browsers take a backslash for a slash and any number of slashes
    for two: what an open redirect is made of (URL standard, special schemes).
    """
    reference = re.sub(r"[\t\r\n]", "", reference.strip("".join(map(chr, range(33)))))
    address = re.split(r"[?#]", reference, maxsplit=1)[0]
    rest = reference[len(address) :]
    address = re.sub(r"^((?:https?:)?)//+", r"\1//", address.replace("\\", "/"), flags=re.IGNORECASE)
    return quote(urljoin(base, address + rest), safe="!#$%&'()*+,/:;=?@[]~|")


def stated_policy(text: str) -> str:
    """Return the last known word of a Referrer-Policy header, or nothing."""
    words = (word.strip().lower() for word in text.split(","))
    return next((word for word in reversed(list(words)) if word in POLICIES), "")


def referrer(policy: str, source: str, target: str) -> str:
    """Return the Referer that *policy* lets a request to *target* carry (Referrer Policy, section 8.3)."""
    if not source or policy == "no-referrer":
        return ""
    if policy in NEVER_ON_DOWNGRADE and is_trustworthy(source) and not is_trustworthy(target):
        return ""
    is_own = origin_of(source) == origin_of(target)
    if policy == "same-origin" and not is_own:
        return ""
    is_short = policy.endswith("origin-when-cross-origin") and not is_own
    if is_short or policy in {"origin", "strict-origin"}:
        return f"{origin_of(source)}/"
    return urlsplit(source)._replace(netloc=urlsplit(origin_of(source)).netloc, fragment="").geturl()


def _origin(method: str, url: str, initiator: str | None, policy: str, *, is_navigation: bool) -> str:
    if initiator is None or method in {"GET", "HEAD"}:
        return ""
    is_hidden = is_navigation and not referrer(policy, initiator, url)
    return "null" if is_hidden else origin_of(initiator)


def _relation(initiator: str | None, url: str) -> str:
    if initiator is None:
        return "none"
    if origin_of(initiator) == origin_of(url):
        return "same-origin"
    return "same-site" if site_of(initiator) == site_of(url) else "cross-site"
