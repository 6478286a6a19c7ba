"""The pages inside a course of Campus Demo, for users who are logged in.

Each function answers one URL of `ROUTES`; a form that changes something leads
on with 303, so that going back or reloading sends nothing twice.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from .exchange import Pages, Reply, Request, file_reply, json_reply, see_other

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .classroom import Course, Gradebook, User

PASS_MARK = 0.75


@dataclass(frozen=True, slots=True)
class Seat:
    """A user who asks for something inside a course, and what the answer is made of."""

    request: Request
    user: User
    course: Course
    pages: Pages
    book: Gradebook
    pause: float

    @property
    def root(self) -> str:
        """Return the URL path of the course, without a slash at the end."""
        return f"{self.request.base}/cursos/{self.course.id}"

    def page(self, name: str, *, status: HTTPStatus = HTTPStatus.OK, **shown: object) -> Reply:
        """Answer with a template that shows the course."""
        return self.pages.page(self.request, name, status=status, curso=self.course, **shown)

    def missing(self) -> Reply:
        """Answer that there is no such page."""
        return self.pages.error(self.request, HTTPStatus.NOT_FOUND)


def answer(seat: Seat, path: str) -> Reply:
    """Answer *path*, counted from the course's own URL."""
    found = [(method, page, match) for method, rule, page in ROUTES if (match := re.fullmatch(rule, path))]
    for method, page, match in found:
        if method == seat.request.method:
            return page(seat, *match.groups())
    if found:
        return seat.pages.wrong_method(seat.request, [method for method, _, _ in found])
    return seat.missing()


def home(seat: Seat) -> Reply:
    """Show the lessons and materials of the course."""
    return seat.page("curso.html", avance=seat.book.progress(seat.user.usuario, seat.course))


def lesson(seat: Seat, number: str) -> Reply:
    """Show one lesson, whole or summed up (`?vista=resumen`)."""
    place = int(number)
    if not 1 <= place <= len(seat.course.lecciones):
        return seat.missing()
    shown = seat.course.lecciones[place - 1]
    return seat.page("leccion.html", leccion=shown, numero=place, vista=_view(seat.request.query))


def finish_lesson(seat: Seat, number: str) -> Reply:
    """Mark a lesson as seen and go on to the next page."""
    place, last = int(number), len(seat.course.lecciones)
    if not 1 <= place <= last:
        return seat.missing()
    seat.book.see(seat.user.usuario, seat.course, place)
    after = f"leccion/{place + 1}?vista={_view(seat.request.form)}" if place < last else ""
    return see_other(f"{seat.root}/{after}")


def quiz(seat: Seat) -> Reply:
    """Show the final test."""
    return seat.page("quiz.html", respuestas={}, faltan=[])


def answer_quiz(seat: Seat) -> Reply:
    """Mark the answers; ask again for those left out."""
    answers = seat.request.form
    if missing := seat.course.unanswered(answers):
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return seat.page("quiz.html", status=status, respuestas=answers, faltan=missing)
    seat.book.grade(seat.user.usuario, seat.course, seat.course.mark(answers))
    return see_other(f"{seat.root}/quiz/resultado")


def quiz_result(seat: Seat) -> Reply:
    """Show the latest result."""
    right = seat.book.result(seat.user.usuario, seat.course)
    passed = right is not None and right >= PASS_MARK * len(seat.course.preguntas)
    return seat.page("resultado.html", aciertos=right, aprobada=passed)


def progress(seat: Seat) -> Reply:
    """Tell the page's script how far the user is."""
    done = seat.book.progress(seat.user.usuario, seat.course)
    seen = {"vistas": done.vistas, "total": done.total, "porcentaje": done.porcentaje}
    return json_reply({"curso": seat.course.id, **seen})


def live_class(seat: Seat) -> Reply:
    """Send the transcript of a class while it is spoken: no length, many pieces."""
    return seat.pages.stream(seat.request, "clase.html", curso=seat.course, mensajes=_spoken(seat))


def glossary(seat: Seat) -> Reply:
    """Send a fragment of HTML for the lesson's script to insert."""
    return seat.page("glosario.html")


def figure(seat: Seat, name: str) -> Reply:
    """Send an image of a lesson, which any cache may keep for a day."""
    if name not in {lesson.figura for lesson in seat.course.lecciones}:
        return seat.missing()
    return file_reply(seat.request, seat.pages.assets[name], "public, max-age=86400")


def download(seat: Seat, name: str) -> Reply:
    """Send the course's file, to be saved."""
    if name != seat.course.descarga:
        return seat.missing()
    saved = ("Content-Disposition", f'attachment; filename="{name}"')
    return file_reply(seat.request, seat.pages.downloads[name], "private, no-cache", saved)


def _view(fields: Mapping[str, str]) -> str:
    return "resumen" if fields.get("vista") == "resumen" else "completa"


def _spoken(seat: Seat) -> Iterator[Mapping[str, str]]:
    for message in seat.course.clase:
        time.sleep(seat.pause)
        yield message


ROUTES: tuple[tuple[str, str, Callable[..., Reply]], ...] = (
    ("GET", r"/", home),
    ("GET", r"/leccion/([0-9]{1,3})", lesson),
    ("POST", r"/leccion/([0-9]{1,3})", finish_lesson),
    ("GET", r"/quiz", quiz),
    ("POST", r"/quiz", answer_quiz),
    ("GET", r"/quiz/resultado", quiz_result),
    ("GET", r"/api/progreso", progress),
    ("GET", r"/clase", live_class),
    ("GET", r"/glosario", glossary),
    ("GET", r"/figura/([a-z-]+\.svg)", figure),
    ("GET", r"/descarga/([a-z-]+\.csv)", download),
)
