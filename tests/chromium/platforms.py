"""Platforms of other makes than the demonstration's, small enough to be read at a glance."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from sence_gate.demo.platform import Campus

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'"
)
FRAMESET = """<!doctype html><html lang="es"><head><title>Curso</title></head>
<frameset cols="25%,*"><frame src="menu" title="Menú"><frame src="texto" title="Texto"></frameset></html>"""
OUTER = """<!doctype html><html lang="es"><head><title>Aula</title></head><body><h1>Aula</h1>
<iframe src="/cursos/excel/texto" title="Curso" width="500" height="400"></iframe></body></html>"""
TEXT = '<!doctype html><html lang="es"><head><title>Texto</title></head><body><h1>Texto</h1></body></html>'
SHELL = """<!doctype html><html lang="es"><head><title>Aula</title><script src="/app.js" defer></script>
</head><body><h1>Aula</h1><p id="answer"></p><button id="other">Seguridad</button>
<button id="api">Guardar</button></body></html>"""
SCRIPT = """document.querySelector("#other").onclick = () => {
  history.pushState(null, "", "/cursos/seguridad/app");
};
document.querySelector("#api").onclick = async () => {
  const response = await fetch("/cursos/excel/api");
  document.querySelector("#answer").textContent = response.status;
};"""

PAGES = {
    "/cursos/excel/marcos": FRAMESET,
    "/cursos/excel/menu": TEXT.replace("Texto", "Menú"),
    "/cursos/excel/texto": TEXT,
    "/cursos/excel/": TEXT,
    "/aula": OUTER,
    "/cursos/excel/app": SHELL,
    "/cursos/seguridad/app": SHELL,
    "/cursos/excel/api": "{}",
    "/app.js": SCRIPT,
}


def small(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer one of `PAGES`, to anybody."""
    path = environ["PATH_INFO"]
    media_type = "text/javascript" if path.endswith(".js") else "text/html; charset=utf-8"
    found = PAGES.get(path)
    start_response("404 Not Found" if found is None else "200 OK", [("Content-Type", media_type)])
    return [(found or "").encode()]


def strict() -> WSGIApplication:
    """Return the demonstration's campus with `POLICY` on every page, in place of its own."""
    campus = Campus(key="the campus of the tests", pause=0)

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
            kept = [each for each in headers if each[0] != "Content-Security-Policy"]
            return start_response(status, [*kept, ("Content-Security-Policy", POLICY)])

        return campus(environ, start)

    return application
