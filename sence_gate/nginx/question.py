"""How nginx asks the gate: what is told of the request in question, and who can make it up.

What a learner's browser sent reaches the gate only as far as the question takes it
along; what the question does not set, a visitor may set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sence_gate.check import Finding, Level
from sence_gate.config import Config, LearnerSource
from sence_gate.nginx.file import Place, Server

_DECODED = re.compile(r"\$\{?(uri|document_uri)\b")
URL = "write `proxy_set_header X-Original-URL $scheme://$http_host$request_uri;`"
# By these the gate tells a page from a script, a frame, a form and a socket (sence_gate.navigation).
KIND = (
    "accept", "content-type", "upgrade", "x-requested-with", "sec-fetch-dest", "sec-fetch-mode",
    "hx-request", "x-pjax", "turbo-frame",
)  # fmt: skip
# By these it offers the close before a logout, and only once (sence_gate.site.leaving).
LEAVING = ("referer", "sec-fetch-site", "sec-purpose")
# By these a platform, or a function of the operator's, is asked who is visiting.
VISITOR = ("authorization", "user-agent")
_ASKED_BY_REQUEST = (LearnerSource.WHOAMI, LearnerSource.IMPORT)


def question(config: Config, server: Server, asking: Place) -> Iterator[Finding]:
    """Judge how *asking* asks, and the location that hands its question to the gate."""
    path = asking.asks()
    location = server.answering(path)
    if location is None or location is asking or not location.passes_on():
        text = f"asks {path}, which no location of its own hands to the gate — see examples/nginx"
        yield Finding(Level.ERROR, asking.line, text)
        return
    if not location.own("internal"):
        text = "can be asked by any visitor — write `internal;` in it"
        yield Finding(Level.ERROR, location.line, text)
    if not _reached(location, path).endswith(f"{config.prefix}/auth"):
        text = f"does not ask the gate at {config.prefix}/auth — correct proxy_pass"
        yield Finding(Level.ERROR, location.line, text)
    yield from _described(location)
    yield from _told(config, location)
    yield from _identified(config, location)
    yield from _kept(location)


def answer(config: Config, location: Place) -> Iterator[Finding]:
    """Judge the location that fetches what a refused visitor is to see."""
    if location.asks():
        text = "asks again, so that learners see a bare 401 — write `auth_request off;` in it"
        yield Finding(Level.ERROR, location.line, text)
    headers = location.sets("proxy_set_header")
    if not headers.get("x-original-url") or not headers.get("x-original-method"):
        text = f"fetches no start page, and learners see a bare 403 — {URL} and X-Original-Method"
        yield Finding(Level.ERROR, location.line, text)
    if missing := _missing(location, KIND):
        text = "answers scripts, frames and forms with a redirect"
        yield Finding(Level.WARNING, location.line, f"{text} — {_lines(missing)}")
    if config.logout_paths and (missing := _missing(location, LEAVING)):
        text = "makes a learner who logs out come to the offer of the close again and again"
        yield Finding(Level.ERROR, location.line, f"{text} — {_lines(missing)}")


def _described(location: Place) -> Iterator[Finding]:
    headers = location.sets("proxy_set_header")
    url = headers.get("x-original-url", "")
    told = f"{_displaced(location)} — {URL}"
    if not url:
        yield Finding(Level.ERROR, location.line, f"lets a visitor say which address is judged{told}")
    elif _DECODED.search(url):
        text = f"has the gate judge an address that nginx has decoded ($uri){told}"
        yield Finding(Level.ERROR, location.line, text)
    elif "$request_uri" not in url or not re.match(r"(\$scheme|https?)://\$(http_)?host", url):
        yield Finding(Level.ERROR, location.line, f"does not tell the whole address{told}")
    if headers.get("x-original-method") != "$request_method":
        text = "does not tell the method — write `proxy_set_header X-Original-Method $request_method;`"
        yield Finding(Level.ERROR, location.line, text)
    if headers.get("content-length") != "":
        line = '`proxy_set_header Content-Length "";`'
        text = f"promises a body that does not come, so forms hang — write {line}"
        yield Finding(Level.ERROR, location.line, text)


def _told(config: Config, location: Place) -> Iterator[Finding]:
    is_by_query = any(branch.query for course in config.courses for branch in course.branches)
    headers = location.sets("proxy_set_header")
    is_told = headers.get("x-original-body") or (not _is_closed(location) and "content-length" not in headers)
    if is_by_query and not is_told:
        text = "judges by the address alone what a platform may read from fields in a body"
        line = "write `proxy_set_header X-Original-Body $content_length$http_transfer_encoding;`"
        yield Finding(Level.ERROR, location.line, f"{text} — {line}")


def _identified(config: Config, location: Place) -> Iterator[Finding]:
    headers, learner = location.sets("proxy_set_header"), config.learner
    if missing := _missing(location, ("cookie",)):
        text = f"keeps the cookies back, so nobody has a session — {_lines(missing)}"
        yield Finding(Level.ERROR, location.line, text)
    if learner.source in _ASKED_BY_REQUEST and (missing := _missing(location, VISITOR)):
        text = "takes for nobody, who passes, whoever is logged in by more than cookies"
        yield Finding(Level.ERROR, location.line, f"{text} — {_lines(missing)}")
    if config.forward_auth.secret and "x-sence-gate-secret" not in headers:
        text = "sends no X-Sence-Gate-Secret, and one is configured — set it"
        yield Finding(Level.ERROR, location.line, text)
    if learner.source is LearnerSource.HEADER and learner.name.lower() not in headers:
        is_closed = _is_closed(location)
        what = "names nobody, so everybody passes" if is_closed else "lets visitors say who they are"
        text = f"{what} — write `proxy_set_header {learner.name} …;`"
        yield Finding(Level.ERROR, location.line, text)


def _kept(location: Place) -> Iterator[Finding]:
    # The gate forbids to keep its answer, and nginx obeys unless it is told not to.
    is_kept = location.value("proxy_cache") not in ("", "off")
    ignored = " ".join(" ".join(each) for each in location.all("proxy_ignore_headers")).lower()
    if is_kept and "cache-control" in ignored and "cookie" not in location.value("proxy_cache_key"):
        text = "keeps one learner's answer for all — write `proxy_cache off;`"
        yield Finding(Level.ERROR, location.line, text)


def _missing(location: Place, names: tuple[str, ...]) -> list[str]:
    """Return which of a browser's headers do not reach the gate."""
    headers, is_closed = location.sets("proxy_set_header"), _is_closed(location)
    return [name for name in names if headers.get(name) == "" or (is_closed and name not in headers)]


def _is_closed(location: Place) -> bool:
    return location.value("proxy_pass_request_headers") == "off"


def _lines(names: list[str]) -> str:
    return f"write {' '.join(f'`proxy_set_header {name.title()} {_variable(name)};`' for name in names)}"


def _variable(name: str) -> str:
    return f"$http_{name.replace('-', '_')}"


def _displaced(location: Place) -> str:
    where = location.displaced("proxy_set_header")
    return f": its own proxy_set_header put those of {where} out of force" if where else ""


def _reached(location: Place, path: str) -> str:
    """Return the path at which the gate is asked."""
    passed = location.own("proxy_pass")
    reached = "/".join(passed[-1][0].split("/")[3:]) if passed and passed[-1] else ""
    return f"/{reached}" if reached else path
