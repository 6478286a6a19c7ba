"""What can be told of the platform before the first learner: which one it is, and whether it answers."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from sence_gate.config import Config
from sence_gate.config.urls import is_loopback
from sence_gate.errors import ConfigurationError, UpstreamFault
from sence_gate.upstream import Question, Upstream

_PATIENCE = 10.0  # seconds that a platform may take while an operator waits
_PLACE = "platform.upstream"


def look(config: Config) -> Iterator[tuple[str, str, str]]:
    """Yield what is worth knowing: level, place, and what it means with what to do."""
    platform = config.platform
    if not (platform.wsgi or platform.upstream or config.forward_auth.dialect):
        text = 'names nothing to guard: right where the application says SenceGate(app, "sence-gate.toml")'
        remedy = "for `sence-gate serve` write upstream or wsgi there, or forward_auth.dialect"
        yield "ok", "platform", f"{text} — {remedy}"
    if platform.upstream.startswith("http:") and not is_loopback(platform.upstream):
        text = "is plain http to another machine: passwords travel readable — use https, or loopback"
        yield "warning", _PLACE, text
    if platform.upstream:
        yield _asked(config)


def _asked(config: Config) -> tuple[str, str, str]:
    platform = config.platform
    host = platform.host or urlsplit(config.public_url).netloc
    try:
        upstream = Upstream(platform.upstream, ca=platform.ca, seconds=_PATIENCE)
        with upstream.ask(Question("GET", f"{config.mount}/", [("Host", host)])) as answer:
            return "ok", _PLACE, f"{platform.upstream} answered {answer.status}"
    except ConfigurationError as error:
        place, _, text = error.faults[0].partition(": ")
        return "error", place, text
    except UpstreamFault as error:
        text = f"{error}: learners get a page that says so — start the platform, or correct the address"
        return "warning", _PLACE, text
