"""What a configuration of nginx does to learners and to the gate: tried with visitors, and told as words.

Nothing here knows why a configuration is bad. A lesson that the platform hands to
somebody without a session is a hole, whatever let the request through.
"""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from waitress import create_server

from sence_gate.config import ForwardAuth
from sence_gate.config import Platform as PlatformSettings
from sence_gate.courses import CourseRules
from sence_gate.described import Dialect
from sence_gate.errors import UnreadablePath
from sence_gate.forwarded import MISLEADING
from sence_gate.nginx.platform import TOLD
from sence_gate.paths import Target
from tests.doors import servers
from tests.doors.platform import NAMES, served
from tests.doors.site import Answer
from tests.given import Campus
from tests.ports import LOOPBACK, free_ports
from tests.samples import ID_SESION_ALUMNO, OTHER_RUN, RUN, attendance

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


HOST = "campus.otec.cl"
LESSON = "/cursos/excel/leccion/3"
FREE = "/catalogo"
PAGE = "/pagina"  # of HTML, packed for whoever takes that
WHO = "/api/yo"  # where the platform says who is logged in
THIRD = "22222222-2"  # who has no session
BODY = "un video del curso"  # of a file that nginx serves by itself
# Somebody passes, or nobody does; of anything else a learner or the platform would take notice.
GRAVE = ("opens /cursos", "opens //", "opens /antes", "opens /interno", "shuts", "hangs", "does not", "loses")
_PATIENCE = 3.0  # seconds; what takes longer hangs

# Addresses that a visitor without a session tries. Those of `beside` are tried too.
TRIED = (
    LESSON,
    "/cursos/excel/",
    "/cursos/excel/a.php",
    "/cursos/excel/a.mp4",
    "//cursos//excel/a",
    "/static/..;/cursos/excel/a",
    "/antes/excel/a",
    "/interno/cursos/excel/a",
    "/static/a.css",
)
# What makes a request something else than a page, and how such a one is refused.
_OTHER_KINDS = (
    ("Sec-Fetch-Mode: cors", 401),
    ("Sec-Fetch-Dest: iframe", 401),
    ("X-Requested-With: XMLHttpRequest", 401),
    ("HX-Request: true", 401),
    ("X-PJAX: true", 401),
    ("Turbo-Frame: a", 401),
    ("Upgrade: websocket", 401),
    ("Accept: application/json", 401),
)
# What a visitor writes in the hope that the gate judges another request.
_SPOOFED = {"X-Original-URL": f"https://{HOST}{FREE}", "X-Original-Method": "OPTIONS"}
_ODD = ("X_Sence_Run", "X.Sence.Run", "X_Original_URL", "X.Original.URL")
_MINE = "/de-un-visitante"


@dataclass
class Echo:
    """A platform that keeps what reached it, and says in its page whose page it is."""

    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, without a word about caches."""
        headers = {name: str(environ.get(f"HTTP_{_key(name)}", "")) for name in environ[NAMES]}
        self.seen.append((environ["RAW_URI"], headers))
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if environ["PATH_INFO"] == WHO:
            return _who(environ.get("HTTP_AUTHORIZATION"), start_response)
        if environ["PATH_INFO"] == PAGE:
            return _page("gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""), start_response)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"de {environ.get('HTTP_X_SENCE_RUN', '')}".encode()]


def _key(name: str) -> str:
    return name.replace("-", "_").upper()


def _page(is_packed: bool, start_response: StartResponse) -> Iterable[bytes]:
    page = b"<html><head></head></html>"
    headers = [("Content-Type", "text/html"), *[("Content-Encoding", "gzip")] * is_packed]
    start_response("200 OK", headers)
    return [gzip.compress(page) if is_packed else page]


def _who(token: str | None, start_response: StartResponse) -> Iterable[bytes]:
    """Say who is logged in: by a token, and not by a cookie."""
    start_response("200 OK" if token else "401 Unauthorized", [("Content-Type", "application/json")])
    return [json.dumps({"run": THIRD}).encode() if token else b"{}"]


@dataclass(frozen=True)
class Ground:
    """Where configurations are tried: a real gate, a platform, and two learners with open sessions."""

    campus: Campus
    platform: Echo
    gate: int
    upstream: int
    learner: str
    other: str

    def edits(self, port: int) -> dict[str, str]:
        """Return what stands in the example in place of its own ports, and what must be written there."""
        return {
            f"{LOOPBACK}:8002": f"{LOOPBACK}:{self.gate}",
            f"{LOOPBACK}:8001": f"{LOOPBACK}:{self.upstream}",
            "listen 8000;": f"listen {LOOPBACK}:{port};",
        }


@contextmanager
def _kept_alive(application: WSGIApplication, port: int) -> Iterator[None]:
    """Serve by a server that keeps connections open and waits for bodies, as most do."""
    server = create_server(application, host=LOOPBACK, port=port, threads=4)
    thread = Thread(target=server.run)
    thread.start()
    try:
        yield
    finally:
        server.close()
        thread.join()


@contextmanager
def ground(folder: Path, **changes: Any) -> Iterator[Ground]:
    """Run gate and platform until the block ends; *changes* are those of the gate's settings."""
    gate, upstream = free_ports(2)
    changes |= {"platform": PlatformSettings(upstream=f"http://{LOOPBACK}:{upstream}")}
    dialect = ForwardAuth(Dialect.NGINX)
    campus = Campus(folder, forward_auth=dialect, trusted_proxies=(ip_network(LOOPBACK),), **changes)
    platform = Echo()
    other = f"{ID_SESION_ALUMNO[:-2]}EF"
    learners = (
        campus.hold(),
        campus.hold(id_sesion_alumno=other, attendance=attendance(run_alumno=OTHER_RUN)),
    )
    with ExitStack() as stack:
        stack.callback(campus.store.close)
        stack.enter_context(_kept_alive(campus.door, gate))
        stack.enter_context(served(platform, upstream))
        yield Ground(campus, platform, gate, upstream, *learners)


def harms(place: Ground, home: Path) -> set[str]:
    """Return what the nginx configuration in *home* (campus.conf and what it includes) does."""
    try:
        with visited(place, home) as visits:
            return set(visits.harms())
    except pytest.fail.Exception:
        return {"does not start"}


@contextmanager
def visited(place: Ground, home: Path) -> Iterator[Visits]:
    """Run nginx with the configuration in *home*, which is given the ports of *place*."""
    (port,) = free_ports(1)
    for path in home.glob("*.conf"):
        text = path.read_text(encoding="utf-8")
        for old, new in place.edits(port).items():
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
    _files(home)
    with servers.nginx_with(home, "campus.conf", port):
        yield Visits(place, port)


def _files(home: Path) -> None:
    """Write files that nginx may serve by itself, below the folder that it takes for its root."""
    home.chmod(0o755)
    for name in ("cursos/excel/a.mp4", "cursos/excel/a", "static/a.css", "cursos/excel/a.php"):
        path = home / "html" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(BODY if "excel" in name else "", encoding="utf-8")


class Visits:
    """Visitors of one nginx."""

    def __init__(self, place: Ground, port: int) -> None:
        self._place, self._port = place, port
        config = place.campus.config
        self._rules = CourseRules(config.courses, config.mount, config.shared)

    def harms(self) -> Iterator[str]:
        """Yield a word for each harm that was seen."""
        seen = self._place.platform.seen
        # First the two who have sessions, so that whatever caches has something to show.
        if self.ask(LESSON, self._place.learner).status != 200:
            yield "shuts"
        if self.ask(FREE).status != 200:
            yield "shuts"
        if f"de {RUN.canonical}" in self.ask(LESSON, self._place.other).body:
            yield "mixes"
        if self.ask(LESSON, self._place.learner, method="POST", body="a=1").status != 200:
            yield "hangs"
        if "/_sence/banner.js" not in self.ask(PAGE, headers={"Accept-Encoding": "gzip"}).body:
            yield "shows no bar"
        seen.clear()
        callback = self.ask("/_sence/inicio/ok", method="POST", body="GlosaError=1")
        if seen or "No reconocimos esta respuesta" not in callback.body:
            yield "loses answers"
        yield from self._without_session()
        yield from self._elsewhere()
        yield from self._told()
        yield from self._refused()

    def _without_session(self) -> Iterator[str]:
        seen = self._place.platform.seen
        for told in ({}, _SPOOFED):
            for method in ("GET", "POST"):
                for target in TRIED:
                    seen.clear()
                    answer = self.ask(target, method=method, headers=told)
                    if BODY in answer.body or any(map(self._is_lesson, (each for each, _ in seen))):
                        yield f"opens {target}"

    def _elsewhere(self) -> Iterator[str]:
        self._place.platform.seen.clear()
        self.ask(LESSON, host="otro.cl")
        if self._place.platform.seen:
            yield "opens //otro.cl"

    def _refused(self) -> Iterator[str]:
        answer = self.ask(LESSON, headers={"Accept": "text/html"})
        if answer.status == 401:
            yield "shows a bare page"
        elif answer.status != 303:
            yield "shuts: no start"
        for header, status in _OTHER_KINDS:
            name, _, value = header.partition(": ")
            if self.ask(LESSON, headers={name: value}).status != status:
                yield f"takes {header} for a page"
        form = self.ask(LESSON, method="POST", body="a=1")
        if form.status != 403 or "no enviamos nada" not in form.body:
            yield "takes a form for something else"
        if self.ask("/_sence/auth").status not in (403, 404):
            yield "lets visitors ask"

    def _told(self) -> Iterator[str]:
        """Yield what the platform was told by a visitor."""
        names = (*MISLEADING, *TOLD, *_ODD)
        for target, cookie in ((FREE, ""), (LESSON, self._place.learner), ("/static/a", "")):
            self._place.platform.seen.clear()
            self.ask(target, cookie, headers=dict.fromkeys(names, _MINE))
            for _, headers in self._place.platform.seen:
                yield from (f"passes {each}" for each in _ODD if each.lower() in headers)
                yield from (
                    f"passes {each}" for each in (*MISLEADING, *TOLD) if _MINE in headers.get(each, "")
                )

    def _is_lesson(self, target: str) -> bool:
        try:
            return self._rules.match(Target.from_url(target)) is not None
        except UnreadablePath:
            return True

    def ask(self, target: str, cookie: str = "", **more: Any) -> Answer:
        """Return the answer to one request."""
        return asked(self._port, target, cookie, **more)


def asked(
    port: int,
    target: str,
    cookie: str = "",
    *,
    method: str = "GET",
    body: str = "",
    headers: Mapping[str, str] | None = None,
    host: str = HOST,
) -> Answer:
    """Return the answer to one request; that of status 0 did not come in time."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close"]
    lines += [f"Cookie: {cookie}"] if cookie else []
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += [f"Content-Length: {len(body)}"] if body else []
    lines += ["Content-Type: application/x-www-form-urlencoded"] if body else []
    received = b""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=_PATIENCE) as connection:
            connection.sendall("\r\n".join([*lines, "", body]).encode("latin-1"))
            while piece := connection.recv(65_536):
                received += piece
    except TimeoutError:
        return Answer(0, "", "")
    return Answer.of(received)
