"""nginx before a gate that is the platform's reverse proxy, or stands in its process: nothing is asked.

Whatever comes through the gate is judged there, and by the address that the platform
gets. What is left to judge is what does not come through it.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from sence_gate.check import Finding, Level
from sence_gate.config import Config
from sence_gate.nginx.file import Place, Server, address


def before(config: Config, servers: tuple[Server, ...]) -> Iterator[Finding]:
    """Judge *servers* that hand requests to the gate."""
    platform = address(urlsplit(config.platform.upstream).netloc)
    for server in servers:
        for location in server.locations:
            if platform and platform in location.addresses():
                text = f"leads to the platform at {platform}, and not through the gate"
                remedy = "write the gate's own address in proxy_pass"
                yield Finding(Level.ERROR, location.where(location.passes_on()), f"{text} — {remedy}")
            yield from _kept(location)


def _kept(location: Place) -> Iterator[Finding]:
    # What the gate lets through of a course it marks as private and varying by Cookie; nginx obeys that.
    is_kept = location.value("proxy_cache") not in ("", "off")
    ignored = " ".join(" ".join(each) for each in location.all("proxy_ignore_headers")).lower()
    if location.passes_on() == "proxy_pass" and is_kept and "cache-control" in ignored and "vary" in ignored:
        text = "shows kept lessons to whoever comes, without the gate"
        remedy = "take Cache-Control and Vary out of proxy_ignore_headers, or write `proxy_cache off;`"
        yield Finding(Level.ERROR, location.line, f"{text} — {remedy}")
