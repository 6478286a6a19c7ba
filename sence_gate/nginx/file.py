"""An nginx configuration, as far as it must be known: which location answers, and what holds in it.

nginx takes over a directive from the level above; of those that may stand several
times (`proxy_set_header`) all or none. The locations of a server are tried as nginx
tries them: exact, longest prefix, then expressions in their order unless `^~` forbids it;
and those that stand in a location before those that stand beside it.
Source: nginx.org, ngx_http_core_module (`location`) and ngx_http_proxy_module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from sence_gate.errors import ConfigurationError

Block = list[dict[str, Any]]

PASSES = ("proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass")


@dataclass(frozen=True, slots=True)
class Place:
    """A server or a location: its own directives, and what it stands in."""

    kind: str
    args: tuple[str, ...]
    line: str  # file:line
    block: Block
    above: Place | None = None

    @property
    def name(self) -> str:
        """The location as it is written, without its modifier."""
        return self.args[-1] if self.args else ""

    @property
    def modifier(self) -> str:
        """What stands before the location: "", "=", "^~", "~" or "~*"."""
        return self.args[0] if len(self.args) > 1 else ""

    def own(self, directive: str) -> list[list[str]]:
        """Return the arguments of each *directive* written here."""
        return [each["args"] for each in self.block if each["directive"] == directive]

    def all(self, directive: str) -> list[list[str]]:
        """Return the arguments of each *directive* that holds here."""
        own = self.own(directive)
        return own if own or self.above is None else self.above.all(directive)

    def value(self, directive: str) -> str:
        """Return the arguments of the last *directive* that holds here, or ""."""
        found = self.all(directive)
        return " ".join(found[-1]) if found else ""

    def where(self, directive: str) -> str:
        """Return file and line of the last *directive* written here, or of the place itself."""
        found = [each for each in self.block if each["directive"] == directive]
        return _line(found[-1], self.line) if found else self.line

    def displaced(self, directive: str) -> str:
        """Return where the lines of *directive* stand that do not hold here, because of own ones; or ""."""
        above = self.above
        while above is not None and not above.own(directive):
            above = above.above
        return above.where(directive) if above is not None and self.own(directive) else ""

    def inside(self, *names: str) -> list[Place]:
        """Return the blocks of these names that stand directly in here."""
        return [_place(each, self) for each in self.block if each["directive"] in names]

    def sets(self, directive: str) -> dict[str, str]:
        """Return what `proxy_set_header` and its like set here, by name in small letters."""
        return {args[0].lower(): " ".join(args[1:]) for args in self.all(directive) if args}

    def passes_on(self) -> str:
        """Return the directive that hands a request to another server here, or ""."""
        return next((each for each in PASSES if self.own(each)), "")

    def passed_to(self) -> str:
        """Return the server that a request is handed to here, without a scheme and a path."""
        found = self.own(self.passes_on())
        target = found[-1][0] if found and found[-1] else ""
        return target.partition("://")[2].partition("/")[0] if "://" in target else target

    def addresses(self) -> set[str]:
        """Return where a request may go from here: for the name of an `upstream`, its servers."""
        top = self
        while top.above is not None:
            top = top.above
        blocks = [each for place in (top, *top.inside("http")) for each in place.inside("upstream")]
        name = self.passed_to()
        found = {args[0] for each in blocks if each.name == name for args in each.own("server") if args}
        return {address(each) for each in (found or {name}) if each}

    def asks(self) -> str:
        """Return whom this location asks before it answers a visitor, or ""."""
        asked = self.value("auth_request")
        return "" if asked == "off" or self.own("internal") else asked


@dataclass(frozen=True, slots=True)
class Server:
    """One `server` block with its locations, nested ones too."""

    place: Place
    locations: tuple[Place, ...]

    def answering(self, path: str) -> Place | None:
        """Return the location that answers *path*."""
        return self._within(self.place, path)[0]

    def _within(self, place: Place, path: str) -> tuple[Place | None, bool]:
        """Return what answers *path* in *place*, and whether no expression beside it may outrank that."""
        inside = [each for each in self.locations if each.above is place]
        if exact := next((each for each in inside if each.modifier == "=" and each.name == path), None):
            return exact, True
        prefixes = [each for each in inside if each.modifier in ("", "^~") and path.startswith(each.name)]
        found = longest = max(prefixes, key=lambda each: len(each.name), default=None)
        if longest:
            deeper, is_final = self._within(longest, path)
            found = deeper or longest
            if is_final:
                return found, True
        if not (longest and longest.modifier == "^~"):
            for each in inside:
                if _matches(each, path):
                    return self._within(each, path)[0] or each, True
        return found, False


def read_servers(path: Path) -> tuple[Server, ...]:
    """Return the servers of the file *path* and of what it includes.

    Raises:
        ConfigurationError: it cannot be read, has no server, or crossplane is not installed.
    """
    try:
        parse = import_module("crossplane").parse
    except ImportError:
        text = "needs crossplane — run: pip install '.[nginx]' in the checkout"
        raise ConfigurationError((f"--proxy {text}",)) from None
    # A file that is included, with servers alone, is as good as a main file.
    found = parse(str(path), combine=True, check_ctx=False, check_args=False)
    if errors := found["errors"]:
        raise ConfigurationError(tuple(dict.fromkeys(map(_unreadable, errors))))
    top = Place("main", (), str(path), found["config"][0]["parsed"])
    servers = tuple(_servers(top))
    if not servers:
        text = "holds no server of nginx's — name nginx.conf, or the file that has `server { … }`"
        raise ConfigurationError((f"{path}: {text}; those of Caddy and Traefik are not read",))
    return servers


def searched(expression: str, path: str, flags: int = 0) -> re.Match[str] | None:
    """Return where *expression* holds in *path*, or None; of Perl's expressions not all are Python's."""
    try:
        return re.search(re.sub(r"\(\?<(?![=!])", "(?P<", expression), path, flags)
    except re.error:
        return None


def _unreadable(found: dict[str, Any]) -> str:
    reason = str(found["error"] or "cannot be read as nginx's")
    # nginx looks for what is included beside its main file, whichever file names it.
    is_missing = isinstance(found["error"], OSError) or "No such file" in reason
    remedy = "name the main file (nginx.conf), or correct the include" if is_missing else "correct it"
    return f"{found['file']}: {reason} — {remedy}"


def address(written: str) -> str:
    """Return host and port in one spelling."""
    return re.sub(r"^(localhost|\[::1\])(?=:|$)", "127.0.0.1", written)


def _servers(place: Place) -> Iterator[Server]:
    for server in place.inside("server"):
        yield Server(server, tuple(_locations(server)))
    for http in place.inside("http"):
        yield from _servers(http)


def _locations(place: Place) -> Iterator[Place]:
    for location in place.inside("location"):
        yield location
        yield from _locations(location)


def _place(directive: dict[str, Any], above: Place) -> Place:
    kind, args = directive["directive"], tuple(directive["args"])
    return Place(kind, args, _line(directive, above.line), directive.get("block", []), above)


def _line(directive: dict[str, Any], near: str) -> str:
    return f"{directive.get('file', near.partition(':')[0])}:{directive['line']}"


def _matches(location: Place, path: str) -> bool:
    return location.modifier in ("~", "~*") and bool(
        searched(location.name, path, re.IGNORECASE if location.modifier == "~*" else 0)
    )
