"""Go through the servers of an nginx configuration that ask the gate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from sence_gate.check import Finding, Level
from sence_gate.config import CALLBACK_PATHS, Config
from sence_gate.courses import CourseRules
from sence_gate.described import Dialect
from sence_gate.nginx.before import before
from sence_gate.nginx.file import Place, Server, read_servers
from sence_gate.nginx.lessons import Lessons
from sence_gate.nginx.platform import kept, satisfied, told, written_into
from sence_gate.nginx.question import answer, question
from sence_gate.paths import Target
from sence_gate.protocol.fields import Message

_LOOPBACK = ("127.", "[::1]", "localhost", "unix:")


def check_nginx(config: Config, path: Path) -> tuple[Finding, ...]:
    """Return what is worth knowing of the nginx configuration in *path*; nothing when all is well.

    Raises:
        ConfigurationError: it cannot be read.
    """
    servers = read_servers(path)
    asking = [server for server in servers if any(each.asks() for each in server.locations)]
    if not asking and config.forward_auth.dialect is None:
        return tuple(dict.fromkeys(before(config, servers)))
    findings = [each for server in asking for each in _server(config, server)]
    findings += _others(config, asking, [server for server in servers if server not in asking])
    if config.forward_auth.dialect is not Dialect.NGINX:
        findings.insert(0, _error("forward_auth.dialect", 'is not "nginx" — write it under [forward_auth]'))
    if not asking:
        remedy = f"write `auth_request {_home(config)}/auth;` where the platform is served"
        findings.append(_error(str(path), f"nothing asks the gate — {remedy}"))
    return tuple(dict.fromkeys(findings))


def _server(config: Config, server: Server) -> Iterator[Finding]:
    gates = {address for each in _answering(server) for address in each.addresses()}
    for location in server.locations:
        if location.asks():
            yield from _asks(config, location)
            yield from question(config, server, location)
            yield from satisfied(location)
        if _is_platform(config, server, location, gates):
            yield from told(location)
            yield from kept(location)
            yield from written_into(location)
            yield from _beside(config, location)
        if location.name.startswith("@") and gates & location.addresses():
            yield from answer(config, location)
    for place in (server.place, *server.locations):
        yield from _refused(place)
    yield from _callbacks(config, server)
    yield from Lessons(config, server, gates).findings()
    yield from _spelt(server.place)


def _others(config: Config, asking: Sequence[Server], others: Sequence[Server]) -> Iterator[Finding]:
    """Judge servers that ask nobody; what listens on loopback alone is no way in."""
    ways = [each for server in asking for each in server.locations if each.asks()]
    guarded = {address for each in ways for address in each.addresses()}
    for server in others:
        ways = [each for each in server.locations if guarded & each.addresses() and not each.own("internal")]
        if ways and not all(args[0].startswith(_LOOPBACK) for args in server.place.own("listen") or [[""]]):
            names = " ".join(server.place.value("server_name").split()) or "this server"
            text = f"{names} reaches the platform at {ways[0].passed_to()} without asking"
            remedy = (
                f"write `auth_request {_home(config)}/auth;` there too, or a redirect to the server that asks"
            )
            yield _error(ways[0].line, f"{text} — {remedy}")


def _asks(config: Config, location: Place) -> Iterator[Finding]:
    """Judge the location that asks."""
    if not any("401" in args for args in location.all("error_page")):
        text = "shows learners a bare 401 — write `error_page 401 403 500 = @sence;` as in examples/nginx"
        yield _warning(location.line, text)
    if config.logout_paths and not any("403" in args for args in location.all("error_page")):
        text = "lets nobody with an open session log out — write `error_page 401 403 500 = @sence;`"
        yield _error(location.line, text)


def _refused(place: Place) -> Iterator[Finding]:
    """Tell of lines with which nginx does not start; it would go on with those it had before."""
    if len(place.own("auth_request")) > 1:
        text = "stands twice in one block, and nginx refuses the file — keep one"
        yield _error(place.where("auth_request"), f"auth_request {text}")
    for inner in place.inside("if", "limit_except"):
        if inner.own("auth_request"):
            text = f"auth_request cannot stand in `{inner.kind}`, and nginx refuses the file"
            yield _error(inner.where("auth_request"), f"{text} — write a location in its place")


def _spelt(place: Place) -> Iterator[Finding]:
    """Judge which names of headers are let in; PHP and WSGI take the odd ones for the plain."""
    if place.value("underscores_in_headers") == "on":
        text = "lets X_Original_URL pass for X-Original-URL — take `underscores_in_headers on` away"
        yield _error(place.line, text)
    if place.value("ignore_invalid_headers") == "off":
        text = "lets X.Sence.Run and X_Sence_Run pass, which PHP takes for X-Sence-Run"
        yield _error(place.line, f"{text} — take `ignore_invalid_headers off` away")


def _beside(config: Config, location: Place) -> Iterator[Finding]:
    """Judge a way to the platform on which nobody is asked; a neighbour's auth_request does not hold."""
    if (
        location.asks()
        or location.modifier == "="
        or location.name.startswith("@")
        or location.own("internal")
    ):
        return
    text = f"{' '.join(location.args)} reaches the platform without asking, whatever it reads in such a path"
    remedy = f"write `auth_request {_home(config)}/auth;` in server {{ }}, so that it holds everywhere"
    # An expression (PHP's) takes requests from every prefix.
    level = Level.ERROR if location.modifier.startswith("~") else Level.WARNING
    yield Finding(level, location.line, f"{text} — {remedy}")


def _callbacks(config: Config, server: Server) -> Iterator[Finding]:
    path = f"{_home(config)}{CALLBACK_PATHS[Message.START_OK]}"
    location = server.answering(path)
    remedy = f"write `location {_home(config)}/ {{ auth_request off; proxy_pass …; }}`"
    if location is None or location.name in ("", "/"):
        yield _error(server.place.line, f"sends SENCE's answers to the platform — {remedy}")
    # The gate says yes to what is its own; but of what a course guards it asks store and source first.
    elif location.asks() and CourseRules(config.courses, config.mount).match(Target.from_url(path)):
        text = f"asks for a session before SENCE's answers, which bring none — {remedy}"
        yield _error(location.line, text)


def _answering(server: Server) -> list[Place]:
    """Return the locations that hand questions to the gate."""
    found = (server.answering(each.asks()) for each in server.locations if each.asks())
    return [each for each in found if each is not None and each.passes_on() and not each.asks()]


def _is_platform(config: Config, server: Server, location: Place, gates: set[str]) -> bool:
    is_ours = location.name.startswith(_home(config)) or location in _answering(server)
    # What nobody but the gate gets is none of the platform's.
    return bool(location.passes_on()) and not is_ours and not gates & location.addresses()


def _home(config: Config) -> str:
    """Return where the gate's pages live for a browser."""
    return config.mount + config.prefix


def _error(where: str, text: str) -> Finding:
    return Finding(Level.ERROR, where, text)


def _warning(where: str, text: str) -> Finding:
    return Finding(Level.WARNING, where, text)
