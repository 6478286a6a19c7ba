"""`/auth` against an application that answers 204, and nginx that asks the one or the other.

Beside them, in the same run, the same page from nginx and Apache alone, and from Apache with a
module that looks at a session's cookie.

Each server has one process: on a machine with few cores more of them would measure how
they get out of each other's way, and the client's.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.apache import COOKIE, apache
from benchmarks.load import LOOPBACK, Cost, Rival, costs, free_ports, running
from benchmarks.requests import CAMPUS, Result, session_cookie, settings
from sence_gate import SenceGate

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
GATE, STUB = "sence_gate.wsgi:application", "benchmarks.constant:application"
LEAST = 0.8  # of the rate of a constant 204
ROUNDS = 25  # of these two alone: what they differ by is less than what one round differs from the next
LESSON = "/cursos/c0/leccion.html"
_TOML = """\
public_url = "{campus}"
secret_keys = ["{key}"]
trusted_proxies = ["127.0.0.1"]
[store]
url = "{store}"
[forward_auth]
dialect = "nginx"
[otec]
rut = "{otec[rut]}"
token = "{otec[token]}"
[[courses]]
id = "c0"
name = "Curso 0"
paths = ["/cursos/c0/"]
cod_sence = "-1"
codigo_curso = "-1"
linea_capacitacion = 3
"""
_NGINX = """\
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off; keepalive_requests 1000000;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  root {folder}/pages;
  upstream gate {{ server 127.0.0.1:{gate}; keepalive 32; keepalive_requests 1000000; }}
  upstream stub {{ server 127.0.0.1:{stub}; keepalive 32; keepalive_requests 1000000; }}
  server {{ listen 127.0.0.1:{alone}; }}
  server {{ listen 127.0.0.1:{with_gate}; auth_request /_sence/auth;
    location ^~ /_sence/auth {{ internal; proxy_pass http://gate; include sence-question.conf; }} }}
  server {{ listen 127.0.0.1:{with_stub}; auth_request /_sence/auth;
    location ^~ /_sence/auth {{ internal; proxy_pass http://stub; include sence-question.conf; }} }}
}}
"""


def results() -> list[Result]:
    """Measure everything; two and a half minutes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # nginx's worker is another user
        cookie = f"Cookie: campus=abcdefghijklmnopqrstuvwxyz; {_prepared(folder)}"
        return [each for server in ("granian", "gunicorn") for each in _measured(server, folder, cookie)]


def _prepared(folder: Path) -> str:
    """Write the files, and return the cookie of a learner with an open session."""
    given = settings(folder, 1)
    values = {"campus": CAMPUS, "key": given["secret_keys"][0], "store": given["store"]["url"]}
    toml = _TOML.format(otec=given["otec"], **values)
    (folder / "sence-gate.toml").write_text(toml, encoding="utf-8")
    page = folder / "pages" / LESSON.lstrip("/")
    page.parent.mkdir(parents=True)
    page.write_bytes(b"<!doctype html><title>x</title>" + b"<p>lesson</p>" * 1_500)
    shutil.copy(ROOT / "examples/nginx/sence-question.conf", folder)
    return session_cookie(SenceGate(None, given))


def _measured(server: str, folder: Path, cookie: str) -> Iterator[Result]:
    gate, stub, alone, with_gate, with_stub, httpd, with_cas = ports = free_ports(7)
    names = ("gate", "stub", "alone", "with_gate", "with_stub", "httpd", "with_cas")
    text = _NGINX.format(folder=folder, **dict(zip(names, ports, strict=True)))
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin") or "nginx"
    environ = {"SENCE_GATE_CONFIG": str(folder / "sence-gate.toml"), "PYTHONPATH": str(ROOT)}
    host = "Host: localhost:8000"
    asked = (host, cookie, f"X-Original-URL: {CAMPUS}{LESSON}", "X-Original-Method: GET")
    page = (LESSON, (host, cookie))
    with ExitStack() as stack:
        of_gate, of_stub = (
            stack.enter_context(running(_command(server, target, port), port, folder, **environ))
            for target, port in ((GATE, gate), (STUB, stub))
        )
        main = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
        of_nginx = stack.enter_context(running(main, alone, folder))
        of_apache = stack.enter_context(apache(folder, httpd, with_cas))
        asking = {
            "stub": Rival(stub, "/_sence/auth", asked, (of_stub,)),
            "gate": Rival(gate, "/_sence/auth", asked, (of_gate,)),
        }
        cost = costs(asking, ROUNDS) | costs(
            {
                "nginx, stub": Rival(with_stub, *page, (of_nginx, of_stub)),
                "nginx, gate": Rival(with_gate, *page, (of_nginx, of_gate)),
                "nginx alone": Rival(alone, *page, (of_nginx,)),
                "Apache, CAS": Rival(with_cas, LESSON, (host, COOKIE), (of_apache,)),
                "Apache alone": Rival(httpd, *page, (of_apache,)),
            }
        )
    yield from _told(server, cost)


def _told(server: str, cost: dict[str, Cost]) -> Iterator[Result]:
    for what, ours, theirs, budget in (
        ("/auth against a constant 204", "gate", "stub", 1 / LEAST),
        ("nginx with /auth against nginx with a constant 204", "nginx, gate", "nginx, stub", 1 / LEAST),
        ("nginx with /auth against nginx alone", "nginx, gate", "nginx alone", None),
        ("Apache with mod_auth_cas against Apache alone", "Apache, CAS", "Apache alone", None),
        ("nginx with /auth against Apache with mod_auth_cas", "nginx, gate", "Apache, CAS", None),
    ):
        text = f"{server}: {what} ({cost[ours].micros:.0f} and {cost[theirs].micros:.0f} µs"
        text += f", {cost[ours].rate:.0f} and {cost[theirs].rate:.0f}/s)"
        yield Result(text, cost[ours].over(cost[theirs]), budget, "×")


def _command(server: str, target: str, port: int) -> list[str]:
    if server == "granian":
        options = ["--interface", "wsgi", "--blocking-threads", "1", "--no-ws", "--log-level", "warning"]
        return [str(BIN / "granian"), *options, "--port", str(port), target]
    return [str(BIN / "gunicorn"), "--threads", "16", "--bind", f"{LOOPBACK}:{port}", target]
