"""A campus with `/mod/` for two courses, whose platform answers as a test says."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from sence_gate.shared import Shared, page_pattern
from tests.given import HOME, Campus
from tests.samples import course

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LESSON = "/mod/quiz/view.php?id=123"
BODY_CLASS = r'class="[^"]*\bcourse-(?P<key>\d+)\b'
HTML = ("Content-Type", "text/html; charset=utf-8")
SECRET = "Pregunta secreta"
COURSES = (
    course(key="5"),
    course(id="seguridad", name="Seguridad", paths=("/cursos/seguridad/",), exceptions=(), key="7"),
)
BY_PAGE = Shared(
    ("/mod/",),
    ("excel", "seguridad"),
    page=page_pattern(BODY_CLASS),
    keys=(("5", "excel"), ("7", "seguridad")),
)
BY_ANY = Shared(("/mod/",), ("excel", "seguridad"))


def page(classes: str = "path-mod course-5", *, head: str = "", before: str = "<!doctype html>") -> bytes:
    """Return a page of the platform with these *classes*."""
    text = f'{before}<html><head><title>Prueba</title>{head}</head><body id="x" class="{classes}">{SECRET}'
    return text.encode() + b"." * 3000 + b"</body></html>"


def answering(
    body: bytes, *headers: tuple[str, str], status: str = "200 OK", size: int = 0
) -> WSGIApplication:
    """Return a platform that answers *body*, in pieces of *size*."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)] if size else [body]

    def platform(_environ: Any, start_response: Any) -> Any:
        start_response(status, list(headers or (HTML,)))
        return list(pieces)

    return platform


def zipped(body: bytes) -> bytes:
    """Return *body* as a platform compresses it."""
    return gzip.compress(body, mtime=0)


class SharedCampus(Campus):
    """The campus; `learner` is the cookie of an open session in "excel"."""

    def __init__(self, tmp_path: Path, *rules: Shared, **changes: Any) -> None:
        super().__init__(tmp_path, courses=COURSES, shared=rules or (BY_PAGE,), **changes)

    def serves(self, platform: WSGIApplication) -> None:
        """Let *platform* answer from now on."""
        self.platform.instead = platform
        self.platform.calls.clear()

    def raw(self, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str], bytes]:
        """Return status, headers and body of an answer that need not be text."""
        environ = EnvironBuilder(url, HOME, headers=list(headers.items())).get_environ()
        pieces, status, answered = run_wsgi_app(self._app, environ, buffered=True)
        return status, dict(answered), b"".join(pieces)

    @property
    def learner(self) -> str:
        """The cookie of whoever has an open session in "excel"."""
        return self.hold()


@pytest.fixture(name="shared")
def campus_by_page(tmp_path: Path) -> Iterator[SharedCampus]:
    """Return a campus whose gate reads the course from the page."""
    campus = SharedCampus(tmp_path)
    yield campus
    campus.store.close()


@pytest.fixture(name="any_course")
def campus_by_any(tmp_path: Path) -> Iterator[SharedCampus]:
    """Return a campus whose gate admits with any of the courses."""
    campus = SharedCampus(tmp_path, BY_ANY)
    yield campus
    campus.store.close()
