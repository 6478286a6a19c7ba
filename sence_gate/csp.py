"""A page's Content-Security-Policy, and what our script needs of it.

A page may carry several policies, and what is allowed must be allowed by each.
Our script asks for two things: to be loaded (`script-src-elem`, else
`script-src`, else `default-src`) and to fetch one URL (`connect-src`, else
`default-src`). A policy that grants both stays as it is, byte for byte. Where it
has a nonce, our tag borrows it; otherwise exactly our URL is added, nothing else.

Source: CSP level 3, 2.2 (parsing), 6.7 (matching), 6.7.1.1 (`strict-dynamic`).
Deliberately not here: `Content-Security-Policy-Report-Only`, which forbids
nothing, and how policies in `<meta>` are found (`meta_policy`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import unquote, urlsplit


class Blocked(StrEnum):
    """Why a page's policy leaves no room for the bar."""

    SANDBOX = "sandboxed page"  # no scripts, or no cookies for their requests
    STRICT_DYNAMIC = "strict-dynamic without a nonce"  # URLs count for nothing there
    INTEGRITY = "integrity required"


@dataclass(frozen=True, slots=True)
class Needs:
    """The two URLs that a page must admit, absolute and without query."""

    script: str
    connect: str


@dataclass(frozen=True, slots=True)
class Admission:
    """The header values to send, and the nonce that our tag must carry (or none)."""

    policies: tuple[str, ...]
    nonce: str = ""


# Not `str.split`: a browser parts at these alone, and takes a no-break space for part of a word.
_WORDS = re.compile(r"[^\t\n\f\r ]+")
_HOST_SOURCE = re.compile(
    r"(?:([a-z][a-z0-9+.-]*)://)?((?:\*\.)?[a-z0-9_.-]+)(?::([0-9]+|\*))?(/.*)?", re.IGNORECASE
)
_PORTS = {"http": 80, "https": 443}

# Anything else is no nonce for a browser, and must not reach an attribute of ours.
_NONCE = re.compile(r"'nonce-([A-Za-z0-9+/_-]+={0,2})'", re.IGNORECASE)


@lru_cache(maxsize=64)
def admit(values: tuple[str, ...], needs: Needs) -> Admission | Blocked:
    """Return the header *values* with room for *needs*, or what leaves no room.

    A value may hold several policies, joined by commas.
    """
    policies = [value.split(",") for value in values]
    nonce = next(filter(None, (_nonce_needed(p, needs) for value in policies for p in value)), "")
    admitted = []
    for value in policies:
        answers = [_admit_one(policy, needs, nonce) for policy in value]
        for answer in answers:
            if isinstance(answer, Blocked):
                return answer
        admitted.append(",".join(answers))
    return Admission(tuple(admitted), nonce)


def lets_connect(policy: str, needs: Needs) -> bool:
    """Tell whether a page with this *policy* may fetch the bar's state."""
    name, sources = _governing(_directives(policy), "connect-src", "default-src")
    return not name or _lists(sources, needs.connect)


def _admit_one(policy: str, needs: Needs, nonce: str) -> str | Blocked:
    directives = _directives(policy)
    if blocked := _blocked(directives):
        return blocked
    changes = {}
    name, sources = _script_sources(directives)
    if name and not _loads(sources, needs.script, nonce):
        if _has(sources, "'strict-dynamic'"):
            return Blocked.STRICT_DYNAMIC
        changes["script-src" if name == "default-src" else name] = _with(sources, needs.script)
    name, sources = _governing(directives, "connect-src", "default-src")
    if name and not _lists(sources, needs.connect):
        changes["connect-src"] = _with(sources, needs.connect)
    return _rewrite(policy, changes) if changes else policy


def _nonce_needed(policy: str, needs: Needs) -> str:
    """Return the nonce of *policy* when only that loads our script, else nothing."""
    name, sources = _script_sources(_directives(policy))
    nonces = [found[1] for source in sources if (found := _NONCE.fullmatch(source))]
    if not name or not nonces or _loads(sources, needs.script, ""):
        return ""
    return nonces[0]


def _blocked(directives: dict[str, list[str]]) -> Blocked | None:
    sandbox = directives.get("sandbox")
    if sandbox is not None and not (_has(sandbox, "allow-scripts") and _has(sandbox, "allow-same-origin")):
        return Blocked.SANDBOX
    return Blocked.INTEGRITY if _has(directives.get("require-sri-for", []), "script") else None


def _directives(policy: str) -> dict[str, list[str]]:
    """Return name to values; the first of two with one name counts (2.2.1)."""
    directives: dict[str, list[str]] = {}
    for directive in policy.split(";"):
        if words := _WORDS.findall(directive):
            directives.setdefault(words[0].lower(), words[1:])
    return directives


def _script_sources(directives: dict[str, list[str]]) -> tuple[str, list[str]]:
    return _governing(directives, "script-src-elem", "script-src", "default-src")


def _governing(directives: dict[str, list[str]], *names: str) -> tuple[str, list[str]]:
    """Return the first of *names* that the policy has; no name when it says nothing."""
    return next(((name, directives[name]) for name in names if name in directives), ("", []))


def _loads(sources: list[str], url: str, nonce: str) -> bool:
    """Tell whether a script tag of the page's own HTML may load *url* (6.7.1.1)."""
    if any((found := _NONCE.fullmatch(source)) and found[1] == nonce for source in sources):
        return True
    return not _has(sources, "'strict-dynamic'") and _lists(sources, url)


def _lists(sources: list[str], url: str) -> bool:
    """Tell whether one of *sources* matches *url*, which is our own (6.7.2.8)."""
    return any(source.lower() in {"'self'", "*"} or _matches(source, url) for source in sources)


def _matches(source: str, url: str) -> bool:
    ours = urlsplit(url)
    if source.endswith(":"):
        return source[:-1].lower() in {"http", ours.scheme}
    found = _HOST_SOURCE.fullmatch(source)
    if found is None:
        return False
    scheme, host, port, path = found.groups()
    return (
        (scheme or ours.scheme).lower() in {"http", ours.scheme}
        and _is_host(host.lower(), ours.hostname or "")
        and _is_port(port, ours.port or _PORTS[ours.scheme], _PORTS[ours.scheme])
        and _is_path(unquote(path or "/"), ours.path)
    )


def _is_host(pattern: str, host: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


def _is_port(pattern: str | None, port: int, usual: int) -> bool:
    return port == usual if pattern is None else pattern in {"*", str(port)}


def _is_path(pattern: str, path: str) -> bool:
    return path.startswith(pattern) if pattern.endswith("/") else path == pattern


def _has(words: list[str], keyword: str) -> bool:
    return any(word.lower() == keyword for word in words)


def _with(sources: list[str], url: str) -> list[str]:
    return [source for source in sources if source.lower() != "'none'"] + [url]


def _rewrite(policy: str, changes: dict[str, list[str]]) -> str:
    """Return *policy* with the lists of *changes*, everything else as it was written."""
    left = dict(changes)
    parts = []
    for directive in policy.rstrip("; ").split(";"):
        name = "".join(_WORDS.findall(directive)[:1]).lower()
        sources = left.pop(name, None)
        parts.append(directive if sources is None else f" {name} {' '.join(sources)}")
    parts += [f" {name} {' '.join(sources)}" for name, sources in left.items()]
    return ";".join(parts).strip()
