"""The gate around an application, against the application alone.

Each call has a fresh environ, as a server makes it, and runs the answer to its end.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from werkzeug.test import Client, EnvironBuilder

from benchmarks.measure import best_microseconds
from sence_gate import SenceGate
from sence_gate.gate.decisions import HandOff, Visit
from sence_gate.learners import Standing
from sence_gate.paths import Target
from sence_gate.protocol.rut import Rut

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CAMPUS = "http://localhost:8000"
PAGE = (
    b"<!doctype html><html><head><title>x</title></head><body>" + b"<p>lesson</p>" * 1_500 + b"</body></html>"
)
IMAGE = b"\x89PNG" + bytes(2_000)


@dataclass(frozen=True, slots=True)
class Result:
    """One figure against its budget; without one it stands beside the others."""

    name: str
    value: float
    budget: float | None
    unit: str

    @property
    def is_within(self) -> bool:
        """Whether the budget holds."""
        return self.budget is None or self.value <= self.budget


def platform(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with a page or an image, by the end of the path."""
    is_image = environ["PATH_INFO"].endswith(".png")
    body, media = (IMAGE, "image/png") if is_image else (PAGE, "text/html; charset=utf-8")
    start_response("200 OK", [("Content-Type", media), ("Content-Length", str(len(body)))])
    return [body]


def settings(folder: Path, courses: int) -> dict[str, Any]:
    """Return the settings of a gate with so many courses."""
    return {
        "public_url": CAMPUS,
        "secret_keys": ["a key for measuring that is long enough, 0123456789"],
        "store": {"url": f"sqlite:////{folder.as_posix().lstrip('/')}/bench.sqlite"},
        "otec": {"rut": "76543210-3", "token": "5E0CE000-DE00-4A00-8A00-00000000D3A0"},
        "courses": [_course(number) for number in range(courses)],
    }


def _course(number: int) -> dict[str, Any]:
    return {
        "id": f"c{number}",
        "name": f"Curso {number}",
        "paths": [f"/cursos/c{number}/"],
        "cod_sence": "-1",
        "codigo_curso": "-1",
        "linea_capacitacion": 3,
    }


def caller(application: WSGIApplication, path: str, cookie: str = "") -> Callable[[], object]:
    """Return a function that makes one request and reads the answer to its end."""
    is_image = path.endswith(".png")
    environ = EnvironBuilder(path=path, base_url=CAMPUS).get_environ()
    # As browsers say it: an image is no page, and gets no bar.
    environ |= {"HTTP_ACCEPT": "*/*", "HTTP_SEC_FETCH_DEST": "image" if is_image else "document"}
    if cookie:
        environ["HTTP_COOKIE"] = cookie

    def call() -> None:
        answer = application(dict(environ), _ignore)
        for _ in answer:
            pass

    return call


def _ignore(
    _status: str, _headers: list[tuple[str, str]], _exc_info: object = None, /
) -> Callable[[bytes], object]:
    return len


def session_cookie(gate: SenceGate) -> str:
    """Return the Cookie header of a browser with an open session in the first course."""
    course = gate.config.courses[0]
    visit = Visit(Target.from_url("/cursos/c0/"), "GET", {}, lambda: Standing.UNKNOWN)
    sent = gate.gate.begin(course, Rut.parse("11111111-1"), "/cursos/c0/", visit)
    if not isinstance(sent, HandOff):
        raise TypeError("a fresh browser has nothing open")
    echoed = {name: value for name, value in sent.fields if not name.startswith(("Url", "Token", "RutOtec"))}
    client = Client(gate)
    for each in sent.set_cookies:
        client.set_cookie(each.name, each.value, domain="localhost")
    answer = client.post("/_sence/inicio/ok", base_url=CAMPUS, data={**echoed, "IdSesionSence": "S1"})
    landed = client.get(answer.headers["Location"], base_url=CAMPUS)
    pairs = (line.partition(";")[0] for line in landed.headers.getlist("Set-Cookie"))
    return "; ".join(pair for pair in pairs if not pair.endswith("="))


def results() -> list[Result]:
    """Measure everything."""
    with tempfile.TemporaryDirectory() as folder:
        gate = SenceGate(platform, settings(Path(folder), 1))
        crowded = SenceGate(platform, settings(Path(folder), 10_000))
        cookie = f"campus=abcdefghijklmnopqrstuvwxyz; {session_cookie(gate)}"
        # One look at the store serves the whole measurement: that is what is measured.
        calls = {
            "bare image": caller(platform, "/img/logo.png"),
            "outside": caller(gate, "/img/logo.png"),
            "outside, 10,000 courses": caller(crowded, "/img/logo.png"),
            "gated image": caller(gate, "/cursos/c0/logo.png", cookie),
            "bare page": caller(platform, "/cursos/c0/1"),
            "gated page": caller(gate, "/cursos/c0/1", cookie),
        }
        best = best_microseconds(calls)
        return [
            Result(
                "outside courses, over the bare application", best["outside"] - best["bare image"], 1, "µs"
            ),
            Result(
                "gated with cookie, over the bare application",
                best["gated image"] - best["bare image"],
                12,
                "µs",
            ),
            Result("the bar put into a page, over the gated image", _bar(best), 10, "µs"),
            Result("10,000 courses against one", best["outside, 10,000 courses"] / best["outside"], 1.1, "×"),
        ]


def _bar(best: dict[str, float]) -> float:
    return (best["gated page"] - best["bare page"]) - (best["gated image"] - best["bare image"])
