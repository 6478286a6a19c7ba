"""What the settings outside of `[[courses]]`, `[otec]` and `[learner]` must satisfy before the first request.

Each function judges one part and adds what it finds to the faults; none changes
or returns anything. The reasons are SENCE's limits and the attacks that a lax
setting would allow: a header that everybody can send, a key that can be guessed,
an address that anybody on the way can change. No value stands in a fault.
"""

from __future__ import annotations

import re

from sence_gate.config.faults import Faults
from sence_gate.config.model import CALLBACK_PATHS, Platform
from sence_gate.config.shape import Settings
from sence_gate.config.urls import (
    file_fault,
    is_https,
    is_loopback,
    normal_origin,
    normal_upstream,
    normal_url,
    store_faults,
)
from sence_gate.forwarded import HOST
from sence_gate.learners.sources import peer_of
from sence_gate.protocol.fields import URL_MAX

KEY_MIN = 32
_KEY_DISTINCT = 8  # 32 random hex digits have fewer with a chance of about 1 in 10**9
_PLACEHOLDER = re.compile(
    r"change.?me|replace|placeholder|example|secret|default|ejemplo|cambia", re.IGNORECASE
)
NEW_KEY = 'make one with: python -c "import secrets; print(secrets.token_urlsafe(48))"'

_PREFIX = re.compile(r"(/[a-z0-9_-]+)+")
DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")

_RECHECK_MAX = 3600.0
_TIMEOUT_MAX = 3600.0


def judge(settings: Settings, faults: Faults) -> None:
    """Add to *faults* everything that is wrong outside of courses, OTECs and learners."""
    _judge_public_url(settings, faults)
    _judge_prefix(settings, faults)
    _judge_secret_keys(settings.secret_keys, faults)
    _judge_peers("trusted_proxies", settings.trusted_proxies, faults)
    _judge_peers("metrics.allow", settings.metrics.allow, faults)
    _judge_store(settings, faults)
    _judge_sence(settings, faults)
    _judge_platform(settings.platform, faults)


def _judge_public_url(settings: Settings, faults: Faults) -> None:
    if not settings.public_url:
        faults.add(
            "public_url", "is missing — write the address that browsers use, like https://campus.otec.cl"
        )
        return
    url, problems = normal_url(settings.public_url)
    for problem in problems:
        faults.add("public_url", problem)
    if url and not (is_https(url) or is_loopback(url) or settings.insecure_cookies):
        faults.add(
            "public_url",
            "is http: anybody on the way could take a session — use https (or insecure_cookies = true)",
        )
    longest = max(len(f"{url}{settings.prefix}{path}") for path in CALLBACK_PATHS.values())
    if url and longest > URL_MAX:
        faults.add(
            "public_url",
            f"makes callback addresses of {longest} characters and SENCE takes {URL_MAX}"
            " — shorten public_url or prefix",
        )


def _judge_prefix(settings: Settings, faults: Faults) -> None:
    if not _PREFIX.fullmatch(settings.prefix):
        faults.add("prefix", 'is not like "/_sence" — use small letters, digits, _ and - after each slash')


def _judge_secret_keys(keys: tuple[str, ...], faults: Faults) -> None:
    if not keys:
        faults.add("secret_keys", f"is missing — {NEW_KEY}")
    for index, key in enumerate(keys):
        place = f"secret_keys[{index}]"
        if len(key) < KEY_MIN:
            faults.add(place, f"has fewer than {KEY_MIN} characters — {NEW_KEY}")
        elif can_be_guessed(key):
            faults.add(place, f"can be guessed — {NEW_KEY}")
        if key in keys[:index]:
            faults.add(place, "is there twice — keep the first")


def can_be_guessed(key: str) -> bool:
    """Tell whether somebody could come upon *key* by trying."""
    is_repetition = key in (key + key)[1:-1]
    return is_repetition or len(set(key)) < _KEY_DISTINCT or _PLACEHOLDER.search(key) is not None


def _judge_peers(place: str, peers: tuple[str, ...], faults: Faults) -> None:
    for index, peer in enumerate(peers):
        try:
            peer_of(peer)
        except ValueError:
            faults.add(
                f"{place}[{index}]",
                'is not an address or a network without host bits — write it like "10.0.0.7" or "10.0.0.0/8"',
            )


def _judge_platform(platform: Platform, faults: Faults) -> None:
    if platform.wsgi and not DOTTED.fullmatch(platform.wsgi):
        faults.add("platform.wsgi", 'is not of the form "package.module:application" — write it so')
    if platform.wsgi and platform.upstream:
        faults.add("platform.upstream", "stands beside wsgi — keep the one that is meant")
    for fault in normal_upstream(platform.upstream)[1]:
        faults.add("platform.upstream", fault)
    if platform.ca and not platform.upstream.startswith("https:"):
        faults.add("platform.ca", 'is given but not used — write upstream = "https://…", or remove it')
    if platform.host and not HOST.fullmatch(platform.host):
        faults.add("platform.host", "is no host name — write it like campus.interno, or campus.interno:8080")
    if not 1 <= platform.timeout_seconds <= _TIMEOUT_MAX:
        faults.add("platform.timeout_seconds", f"is not between 1 and {_TIMEOUT_MAX:.0f} — write 60")


def _judge_store(settings: Settings, faults: Faults) -> None:
    for fault in store_faults(settings.store.url):
        faults.add("store.url", fault)
    if fault := file_fault(settings.store.spool):
        faults.add("store.spool", fault)
    if not 0 <= settings.store.recheck_seconds <= _RECHECK_MAX:
        faults.add("store.recheck_seconds", f"is not between 0 and {_RECHECK_MAX:.0f} — write 5 or less")


def _judge_sence(settings: Settings, faults: Faults) -> None:
    url, problems = normal_origin(settings.sence.base_url)
    for problem in problems:
        faults.add("sence.base_url", problem)
    if url and not (is_https(url) or is_loopback(url)):
        faults.add("sence.base_url", "is http: the OTEC's token would travel readable — use https")
    for index, origin in enumerate(settings.sence.origins):
        for problem in normal_origin(origin)[1]:
            faults.add(f"sence.origins[{index}]", problem)
