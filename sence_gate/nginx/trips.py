"""Where a request ends: nginx may write its address anew, send it on inside, and hand over another.

The gate is asked about the address that the browser sent (`$request_uri`), whatever
nginx made of it; so a trip keeps both. What an `if` would do is taken to be possible.
Source: nginx.org, ngx_http_rewrite_module, `try_files`, `error_page` and `proxy_pass`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sence_gate.nginx.file import Block, Place, Server, searched

MOST_TURNS = 10  # as nginx itself: then it answers 500
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_ELSEWHERE = ("http://", "https://", "$scheme")  # a redirect, which comes back as a request of its own
_REFUSED = {"401", "403"}  # what nginx makes of the gate's no


@dataclass(frozen=True, slots=True)
class Trip:
    """A request on its way: the address that holds now, whether the gate was asked, and what changed it."""

    sent: str  # path and query
    path: str
    query: str = ""
    is_asked: bool = False
    is_inside: bool = False  # sent on by nginx itself
    by: str = ""  # file:line of what sent it on, or wrote its address anew
    place: Place | None = None  # where it ended
    file: str = ""  # what nginx would show there by itself
    is_changed: bool = False  # by a rewrite of this very location


def trips(server: Server, sent: str) -> Iterator[Trip]:
    """Yield where a request for the path and query *sent* may end: at another server, or at a file."""
    path, _, query = sent.partition("?")
    merges = server.place.value("merge_slashes") != "off"
    start = Trip(sent, re.sub("/{2,}", "/", path) if merges else path, query)
    for written in _written(server.place, start):
        yield from _found(server, replace(written, is_changed=False), MOST_TURNS)


def _found(server: Server, trip: Trip, turns: int) -> Iterator[Trip]:
    location = server.answering(trip.path)
    if location and (trip.is_inside or not location.own("internal")):
        yield from _at(server, location, trip, turns)


def _at(server: Server, location: Place, trip: Trip, turns: int) -> Iterator[Trip]:
    """Yield where *trip* ends once *location* has it; an address that was changed is looked for anew."""
    if turns == 0:
        return
    for written in _written(location, trip):
        if written.path != trip.path and not written.is_changed:
            yield from _found(server, replace(written, is_inside=True), turns - 1)
            continue
        here = replace(written, is_asked=written.is_asked or bool(location.asks()), place=location)
        if location.own("try_files"):
            *_, last = location.own("try_files")[-1]
            yield from _sent_on(server, here, last, location.where("try_files"), turns)
        if location.passes_on():
            yield replace(here, path=_handed_over(location, here))
        else:
            yield replace(here, file=_file(location, here.path))
        for *codes, target in location.all("error_page"):
            if _REFUSED & set(codes) and location.asks():
                refused = replace(here, is_asked=False)
                yield from _sent_on(server, refused, target, location.where("error_page"), turns)
            elif "404" in codes and not location.passes_on():
                yield from _sent_on(server, here, target, location.where("error_page"), turns)


def _sent_on(server: Server, trip: Trip, target: str, by: str, turns: int) -> Iterator[Trip]:
    trip = replace(trip, is_inside=True, is_changed=False, by=by)
    if target.startswith("@"):
        named = [each for each in server.locations if each.name == target]
        for location in named[:1]:
            yield from _at(server, location, trip, turns - 1)
    elif target.startswith(("/", "$")):
        path, query = _expanded(target, trip)
        yield from _found(server, replace(trip, path=path, query=query), turns - 1)


def _written(place: Place, trip: Trip) -> Iterator[Trip]:
    """Yield *trip* after the rewrites of *place*, with and without those of each `if`; none for an answer."""
    branches = [each for each in place.block if each["directive"] == "if"]
    for chosen in (None, *branches):
        steps: Block = []
        for each in place.block:
            if each["directive"] != "if":
                steps.append(each)
            elif each is chosen:
                steps += each["block"]
        written = _rewritten(steps, place, trip)
        if written is not None:
            yield written


def _rewritten(steps: Block, place: Place, trip: Trip) -> Trip | None:
    for step in steps:
        match step["directive"], step["args"]:
            case "return", _:
                return None
            case "break", _:
                return replace(trip, is_changed=True)
            case "rewrite", [pattern, target, *flag]:
                found = searched(pattern, trip.path)
                if found is None:
                    continue
                if target.startswith(_ELSEWHERE) or flag in (["redirect"], ["permanent"]):
                    return None
                path, query = _expanded(target, trip, found)
                # What was asked for goes on behind what is written, unless that ends in a question mark.
                kept = "" if target.endswith("?") else trip.query
                query = "&".join(filter(None, (query.rstrip("?"), kept)))
                trip = replace(trip, path=path, query=query, by=_line(step, place))
                trip = replace(trip, is_changed=flag == ["break"])
                if flag:
                    return trip
    return trip


def _handed_over(location: Place, trip: Trip) -> str:
    """Return the path that the other server gets."""
    passed = location.own("proxy_pass")
    target = passed[-1][0].partition("://")[2] if passed and passed[-1] else ""
    if "$uri" in target or "$request_uri" in target:
        path = target[min(target.find(each) for each in "/$" if each in target) :]
        return _expanded(path, trip)[0]
    _, slash, path = target.partition("/")
    if not slash or trip.is_changed or location.modifier.startswith("~"):
        return trip.path
    return f"/{path}{trip.path.removeprefix(location.name)}"


def _file(location: Place, path: str) -> str:
    if aliases := location.all("alias"):
        is_prefix = location.modifier in ("", "^~", "=") and path.startswith(location.name)
        return f"{aliases[-1][0]}{path.removeprefix(location.name)}" if is_prefix else ""
    root = location.value("root")
    return f"{root.rstrip('/')}{path}" if root else ""


def _expanded(target: str, trip: Trip, found: re.Match[str] | None = None) -> tuple[str, str]:
    """Return the path and the query that *target* is, with what its variables stand for."""
    known = {"uri": trip.path, "request_uri": trip.sent, "args": trip.query, "query_string": trip.query}
    if found:
        known |= {str(number): text or "" for number, text in enumerate(found.groups(), 1)}
        known |= {name: text or "" for name, text in found.groupdict().items()}
    path, _, query = _VARIABLE.sub(lambda name: known.get(name[1] or name[2], ""), target).partition("?")
    return path, query


def _line(directive: dict[str, Any], place: Place) -> str:
    return f"{directive.get('file', place.line.partition(':')[0])}:{directive['line']}"
