"""A small platform under a mount path, with a scripted gate, for the bar in a browser."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SCRIPT = Path(__file__).parent.parent / "sence_gate" / "static" / "banner.js"
HEAD = '<!doctype html><html lang="es"><head><script src="/campus/_sence/banner.js" defer></script>'
COURSE = (
    f"{HEAD}<title>Curso</title></head><body>{'<p>Contenido</p>' * 60}<button id=last>Enviar</button></body>"
)
FRAMED = f"{HEAD}</head><body><iframe src='/campus/cursos/excel/'></iframe></body>"
FRAMESET = f"{HEAD}</head><frameset cols='20%,*'><frame src='/menu'><frame src='/texto'></frameset>"
STRICT = "default-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
OPEN: dict[str, object] = {
    "course": "excel",
    "name": "Excel básico",
    "state": "open",
    "remaining": 5391,
    "warning": 600,
    "close_url": "/campus/_sence/cierre?curso=excel",
}
EXPIRED = OPEN | {"state": "expired", "remaining": 0, "start_url": "/campus/_sence/inicio?curso=excel"}


@dataclass
class Campus:
    """A platform under `/campus`, and what its gate says."""

    answer: dict[str, object] | None = None  # `None`: the gate is away
    asked: list[str] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)
    url: str = ""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status, media_type, body = self._answer(environ["PATH_INFO"], environ["QUERY_STRING"])
        start_response(status, [("Content-Type", media_type), ("Content-Security-Policy", STRICT)])
        return [body]

    def _answer(self, path: str, query: str) -> tuple[str, str, bytes]:
        match path:
            case "/campus/_sence/banner.js":
                return "200 OK", "text/javascript; charset=utf-8", SCRIPT.read_bytes()
            case "/campus/_sence/estado":
                self.asked.append(parse_qs(query)["url"][0])
                if self.answer is None:
                    return "503 Service Unavailable", "application/json", b'{"state": "unreachable"}'
                return "200 OK", "application/json", json.dumps(self.answer).encode()
            case "/refused":
                problem = {"start_url": "/campus/_sence/inicio?curso=excel"}
                return "401 Unauthorized", "application/problem+json", json.dumps(problem).encode()
            case "/foreign":
                return "401 Unauthorized", "application/problem+json", b'{"start_url": "https://otro.cl/x"}'
        return "200 OK", "text/html; charset=utf-8", self.pages.get(path, COURSE).encode()
