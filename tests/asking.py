"""A front server that asks the gate, in either dialect, without a network between them."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from sence_gate.config import ForwardAuth
from sence_gate.described import Dialect
from tests.given import HOME, Campus

PROXY = "10.0.0.7"
PROXIES = (ip_network("10.0.0.0/8"),)
PAGE = {"Accept": "text/html"}
DIALECTS = ("nginx", "forward")


def asked_campus(tmp_path: Path, dialect: str, *, secret: str = "", **changes: Any) -> Campus:
    """Return a campus whose gate answers front servers of *dialect*."""
    settings = ForwardAuth(Dialect(dialect), secret)
    return Campus(tmp_path, forward_auth=settings, trusted_proxies=PROXIES, **changes)


def description(dialect: str, uri: str, method: str = "GET", host: str = "campus.otec.cl") -> dict[str, str]:
    """Return the headers with which a front server describes a request."""
    if dialect == "nginx":
        return {"X-Original-URL": f"https://{host}{uri}", "X-Original-Method": method}
    forwarded = {"Method": method, "Proto": "https", "Host": host, "Uri": uri}
    return {f"X-Forwarded-{name}": value for name, value in forwarded.items()}


def ask(campus: Campus, uri: str, method: str = "GET", *, path: str = "/auth", **more: Any) -> TestResponse:
    """Ask whether this request may pass; *headers* are put over the usual ones, None takes one away."""
    dialect = campus.config.forward_auth.dialect
    assert dialect
    given = description(dialect, uri, method) | PAGE | more.pop("headers", {})
    headers = {name: value for name, value in given.items() if value is not None}
    environ = {"REMOTE_ADDR": PROXY} | more.pop("environ", {})
    return campus.ask(f"{campus.config.mount}/_sence{path}", headers=headers, environ=environ, **more)


def told(response: TestResponse) -> tuple[str, ...]:
    """Return what the platform learns: RUN, course, session."""
    return tuple(
        ",".join(response.headers.getlist(f"X-Sence-{name}")) for name in ("Run", "Course", "Session")
    )


__all__ = ["DIALECTS", "HOME", "PAGE", "PROXIES", "PROXY", "ask", "asked_campus", "description", "told"]
