"""What can be told before the first learner about the source that will name them.

A platform that is asked by HTTP is asked here without a cookie: it must say that
nobody is logged in. Whatever else it says would shut the gate, or make everybody one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sence_gate.config import Config, LearnerSource
from sence_gate.errors import IdentityUnavailable
from sence_gate.forwarded import Forwarded
from sence_gate.learners import Claim
from sence_gate.learners.asking import over_http
from sence_gate.learners.whoami import as_json, as_text, reader
from sence_gate.upstream import Upstream

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

STRANGER: WSGIEnvironment = {"REQUEST_METHOD": "GET", "REMOTE_ADDR": "127.0.0.1"}


def look(config: Config) -> Iterator[tuple[str, str, str]]:
    """Yield what is worth knowing: level, place, and what it means with what to do."""
    if config.learner.source is LearnerSource.ENVIRON:
        text = (
            f"a visitor without {config.learner.key} passes as not logged in — once learners came, see /ready"
        )
        yield "ok", "learner.key", text
    if config.learner.source is LearnerSource.WHOAMI and config.platform.upstream:
        yield _asked(config)


def _asked(config: Config) -> tuple[str, str, str]:
    learner, platform = config.learner, config.platform
    upstream = Upstream(platform.upstream, ca=platform.ca, seconds=learner.timeout_seconds)
    forwarded = Forwarded(config.public_url, platform.host, config.trusted_proxies)
    ask = over_http(upstream, learner.url, forwarded, learner.timeout_seconds)
    understand, where = (as_json, learner.json) if learner.json else (as_text, learner.regex)
    try:
        who = reader(ask, understand, where, learner.nobody)(STRANGER)
    except IdentityUnavailable as fault:
        text = f"asked without a cookie, the platform did not say that nobody is logged in: {fault}"
        return (
            "error",
            "learner.url",
            f"{text} — see whether it runs, correct the address, or describe it in nobody",
        )
    finally:
        upstream.close()
    if isinstance(who, Claim):
        text = "asked without a cookie, the platform named somebody: every visitor would be that one"
        return "error", "learner.url", f"{text} — choose an address that tells who is logged in"
    return "ok", "learner.url", "asked without a cookie, the platform said that nobody is logged in"
