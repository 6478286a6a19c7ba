"""A small platform under a mount path, with a scripted gate, for the bar in a browser."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

STATIC = Path(__file__).parents[2] / "sence_gate" / "static"
SCRIPT = STATIC / "banner.js"
TAG = '<script src="/campus/_sence/banner.js" defer></script>'
HEAD = f'<!doctype html><html lang="es"><head>{TAG}'
COURSE = (
    f"{HEAD}<title>Curso</title></head><body>{'<p>Contenido</p>' * 60}<button id=last>Enviar</button></body>"
)
FRAMED = f"{HEAD}</head><body><iframe src='/campus/cursos/excel/'></iframe></body>"
OWN_PAGE = '<!doctype html><html lang="es"><title>Listo</title><script src="pages.js" defer></script>'
STRICT = "default-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
OPEN: dict[str, object] = {
    "course": "excel",
    "name": "Excel básico",
    "state": "open",
    "remaining": 5391,
    "warning": 600,
    "close_url": "/campus/_sence/cierre?curso=excel",
    "start_url": "/campus/_sence/inicio?curso=excel",
}
EXPIRED = OPEN | {"state": "expired", "remaining": 0}
NEEDED = {"state": "needed"} | {key: OPEN[key] for key in ("course", "name", "start_url")}
NONE: dict[str, object] = {"state": "none"}


def course(body: str, *, style: str = "", before: str = "") -> str:
    """Return a long page of the course with *body* at its end, and *before* ahead of the bar's script."""
    head = f'<!doctype html><html lang="es"><head>{before}{TAG}<style>{style}</style>'
    return f"{head}<title>Curso</title></head><body>{'<p>Contenido</p>' * 60}{body}</body>"


@dataclass
class Campus:
    """A platform under `/campus`, and what its gate says."""

    answer: dict[str, object] | None = None  # `None`: the gate is away
    asked: list[str] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)
    url: str = ""
    answers: dict[str, dict[str, object]] = field(default_factory=dict)  # of pages that differ
    policy: str = STRICT
    slowness: float = 0  # seconds that an answer of the gate takes

    def show(self, page: str) -> None:
        """Let *page* be the course's, with styles and scripts of its own allowed."""
        self.pages["/campus/cursos/excel/"] = page
        self.policy = "default-src 'self' 'unsafe-inline'"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status, media_type, body = self._answer(environ["PATH_INFO"], environ["QUERY_STRING"])
        start_response(status, [("Content-Type", media_type), ("Content-Security-Policy", self.policy)])
        return [body]

    def _answer(self, path: str, query: str) -> tuple[str, str, bytes]:
        match path:
            case "/campus/_sence/banner.js" | "/campus/_sence/pages.js":
                return "200 OK", "text/javascript; charset=utf-8", (STATIC / Path(path).name).read_bytes()
            case "/campus/_sence/estado":
                return self._state(parse_qs(query)["url"][0])
            case "/campus/_sence/vuelta":
                return "200 OK", "text/html; charset=utf-8", OWN_PAGE.encode()
            case "/refused":
                return "401 Unauthorized", "application/problem+json", b'{"status": 401}'
        return "200 OK", "text/html; charset=utf-8", self.pages.get(path, COURSE).encode()

    def _state(self, url: str) -> tuple[str, str, bytes]:
        self.asked.append(url)
        answer = self.answers.get(url, self.answer)
        time.sleep(self.slowness)
        if answer is None:
            return "503 Service Unavailable", "application/json", b'{"state": "unreachable"}'
        return "200 OK", "application/json", json.dumps(answer).encode()
