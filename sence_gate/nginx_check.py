"""What in an nginx configuration would open the gate, or shut it for everybody.

The recipe is examples/nginx; here stands why each line of it is there. An error is
what lets somebody past the gate or keeps learners out; a warning is what learners
or the platform would notice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from sence_gate.check import Finding, Level
from sence_gate.config import CALLBACK_PATHS, Config, LearnerSource
from sence_gate.courses import Course
from sence_gate.described import Dialect
from sence_gate.nginx_file import Place, Server, read_servers
from sence_gate.patterns import is_literal
from sence_gate.protocol.fields import Message

TOLD = ("x-sence-run", "x-sence-course", "x-sence-session")
_DECODED = re.compile(r"\$\{?(uri|document_uri)\b")
_SETS = {
    "proxy_pass": ("proxy_set_header", "{}"),
    "grpc_pass": ("grpc_set_header", "{}"),
    "fastcgi_pass": ("fastcgi_param", "http_{}"),
    "uwsgi_pass": ("uwsgi_param", "http_{}"),
    "scgi_pass": ("scgi_param", "http_{}"),
}


def check_nginx(config: Config, path: Path) -> tuple[Finding, ...]:
    """Return what is worth knowing of the nginx configuration in *path*; nothing when all is well.

    Raises:
        ConfigurationError: it cannot be read.
    """
    asking = [server for server in read_servers(path) if any(map(_question, server.locations))]
    findings = [each for server in asking for each in _server(config, server)]
    if config.forward_auth.dialect is not Dialect.NGINX:
        findings.insert(0, _error("forward_auth.dialect", 'is not "nginx" — write it under [forward_auth]'))
    if not asking:
        remedy = f"write `auth_request {_home(config)}/auth;` where the platform is served"
        findings.append(_error(str(path), f"nothing asks the gate — {remedy}"))
    return tuple(dict.fromkeys(findings))


def _server(config: Config, server: Server) -> Iterator[Finding]:
    for location in server.locations:
        if question := _question(location):
            yield from _asks(config, location)
            yield from _asked(config, server, location, question)
        if _is_platform(config, server, location):
            yield from _told(location)
            yield from _beside(config, location)
    yield from _callbacks(config, server)
    yield from _courses(config, server)
    if server.place.value("underscores_in_headers") == "on":
        text = "lets X_Original_URL pass for X-Original-URL — take `underscores_in_headers on` away"
        yield _error(server.place.line, text)


def _asks(config: Config, location: Place) -> Iterator[Finding]:
    """Judge the location that asks."""
    if location.value("satisfy") == "any":
        yield _error(location.line, "`satisfy any` lets pass whom the gate refuses — write `satisfy all`")
    if not any("401" in args for args in location.all("error_page")):
        text = "shows learners a bare 401 — write `error_page 401 403 500 = @sence;` as in examples/nginx"
        yield _warning(location.line, text)
    if config.logout_paths and not any("403" in args for args in location.all("error_page")):
        text = "lets nobody with an open session log out — write `error_page 401 403 500 = @sence;`"
        yield _error(location.line, text)


def _asked(config: Config, server: Server, asking: Place, question: str) -> Iterator[Finding]:
    """Judge the location that is asked."""
    location = server.answering(question)
    if location is None or location is asking or not location.passes_on():
        text = f"asks {question}, which no location of its own hands to the gate — see examples/nginx"
        yield _error(asking.line, text)
        return
    if not location.own("internal"):
        yield _error(location.line, "can be asked by any visitor — write `internal;` in it")
    if not _reached(location, question).endswith(f"{config.prefix}/auth"):
        yield _error(location.line, f"does not ask the gate at {config.prefix}/auth — correct proxy_pass")
    yield from _described(location)
    yield from _identified(config, location)
    if location.value("proxy_cache") not in ("", "off") and "cookie" not in location.value("proxy_cache_key"):
        yield _error(location.line, "keeps one learner's answer for all — write `proxy_cache off;`")


def _described(location: Place) -> Iterator[Finding]:
    headers = location.sets("proxy_set_header")
    url = headers.get("x-original-url", "")
    remedy = "write `proxy_set_header X-Original-URL $scheme://$http_host$request_uri;`"
    if not url:
        yield _error(location.line, f"lets a visitor say which address is judged — {remedy}")
    elif _DECODED.search(url):
        yield _error(location.line, f"has the gate judge an address that nginx has decoded ($uri) — {remedy}")
    elif "$request_uri" not in url or not re.match(r"(\$scheme|https?)://\$(http_)?host", url):
        yield _error(location.line, f"does not tell the whole address — {remedy}")
    if headers.get("x-original-method") != "$request_method":
        text = "does not tell the method — write `proxy_set_header X-Original-Method $request_method;`"
        yield _error(location.line, text)
    if location.value("proxy_pass_request_body") != "off" or headers.get("content-length") != "":
        text = "promises a body that does not come, so forms hang — write `proxy_pass_request_body off;`"
        yield _warning(location.line, f'{text} and `proxy_set_header Content-Length "";`')


def _identified(config: Config, location: Place) -> Iterator[Finding]:
    headers, learner = location.sets("proxy_set_header"), config.learner
    is_closed = location.value("proxy_pass_request_headers") == "off"
    if is_closed and "cookie" not in headers:
        text = (
            "keeps the cookies back, so nobody has a session — write `proxy_set_header Cookie $http_cookie;`"
        )
        yield _error(location.line, text)
    if config.forward_auth.secret and "x-sence-gate-secret" not in headers:
        yield _error(location.line, "sends no X-Sence-Gate-Secret, and one is configured — set it")
    if learner.source is LearnerSource.HEADER and learner.name.lower() not in headers:
        what = "names nobody, so everybody passes" if is_closed else "lets visitors say who they are"
        yield _error(location.line, f"{what} — write `proxy_set_header {learner.name} …;`")


def _told(location: Place) -> Iterator[Finding]:
    """Judge what a platform is told of the session: in every spelling, since WSGI and CGI know one only."""
    directive, form = _SETS[location.passes_on()]
    given = {name.replace("_", "-") for name in location.sets(directive)}
    if missing := [name for name in TOLD if form.format(name).replace("_", "-") not in given]:
        text = f"passes on what a visitor wrote as {', '.join(missing)} — set them as in examples/nginx"
        yield _warning(location.line, text)


def _beside(config: Config, location: Place) -> Iterator[Finding]:
    """Judge a way to the platform on which nobody is asked; a neighbour's auth_request does not hold."""
    if _question(location) or location.modifier == "=":
        return
    text = f"{' '.join(location.args)} reaches the platform without asking, whatever it reads in such a path"
    remedy = f"write `auth_request {_home(config)}/auth;` in server {{ }}, so that it holds everywhere"
    # An expression (PHP's) takes requests from every prefix.
    told = _error if location.modifier.startswith("~") else _warning
    yield told(location.line, f"{text} — {remedy}")


def _callbacks(config: Config, server: Server) -> Iterator[Finding]:
    location = server.answering(f"{_home(config)}{CALLBACK_PATHS[Message.START_OK]}")
    remedy = f"write `location {_home(config)}/ {{ auth_request off; proxy_pass …; }}`"
    if location is None or location.name in ("", "/"):
        yield _error(server.place.line, f"sends SENCE's answers to the platform — {remedy}")
    elif _question(location):
        text = f"asks for a session before SENCE's answers, which bring none — {remedy}"
        yield _error(location.line, text)


def _courses(config: Config, server: Server) -> Iterator[Finding]:
    for course in config.courses:
        for path in filter(is_literal, course.paths):
            location = server.answering(_public(config, path))
            if location and location.passes_on() and not _question(location):
                text = f"serves {path} of the course {course.id} without asking — {_remedy(config, course)}"
                yield _error(location.line, text)


def _remedy(config: Config, course: Course) -> str:
    return f"write `auth_request {_home(config)}/auth;` there, or take the path from the course {course.id}"


def _public(config: Config, path: str) -> str:
    mount = config.mount
    return path if path.startswith(f"{mount}/") else mount + path


def _is_platform(config: Config, server: Server, location: Place) -> bool:
    is_ours = location.name.startswith((_home(config), "@")) or location in (
        server.answering(_question(each)) for each in server.locations if _question(each)
    )
    return bool(location.passes_on()) and not is_ours


def _question(location: Place) -> str:
    """Return whom a location asks, or ""."""
    asked = location.value("auth_request")
    return "" if asked == "off" or location.own("internal") else asked


def _reached(location: Place, question: str) -> str:
    """Return the path at which the gate is asked."""
    passed = location.own("proxy_pass")
    path = "/".join(passed[-1][0].split("/")[3:]) if passed and passed[-1] else ""
    return f"/{path}" if path else question


def _home(config: Config) -> str:
    """Return where the gate's pages live for a browser."""
    return config.mount + config.prefix


def _error(where: str, text: str) -> Finding:
    return Finding(Level.ERROR, where, text)


def _warning(where: str, text: str) -> Finding:
    return Finding(Level.WARNING, where, text)
