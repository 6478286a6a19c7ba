"""What the demonstration campus teaches, to whom, and who has seen what.

Courses and accounts are read once from TOML files beside the pages; progress
lives in memory, behind one lock, because servers call from several threads.

Nothing here knows of HTTP: `platform` shows it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from hmac import compare_digest
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FILES = Path(__file__).with_name("campus")


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an account on the campus."""

    usuario: str
    nombre: str
    clave: str = field(repr=False)
    rol: str

    @property
    def pila(self) -> str:
        """Return the name used to greet."""
        return self.nombre.split()[0]

    @property
    def iniciales(self) -> str:
        """Return the letters of the avatar."""
        return "".join(word[0] for word in self.nombre.split())


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a lesson; its id is the fragment of its URL."""

    id: str
    titulo: str
    texto: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson of a course."""

    titulo: str
    minutos: int
    idea: str
    secciones: tuple[Section, ...]
    figura: str = ""
    figura_texto: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the final test; `correcta` counts from 0."""

    texto: str
    opciones: tuple[str, ...]
    correcta: int


@dataclass(frozen=True, slots=True)
class Course:
    """Everything that the campus shows of one course."""

    id: str
    nombre: str
    resumen: str
    horas: int
    nivel: str
    relatora: str
    descarga: str
    descarga_titulo: str
    lecciones: tuple[Lesson, ...]
    preguntas: tuple[Question, ...]
    glosario: tuple[Mapping[str, str], ...]
    clase: tuple[Mapping[str, str], ...]

    def unanswered(self, answers: Mapping[str, str]) -> list[int]:
        """Return the numbers of the questions that *answers* leaves out."""
        return [number for number, _ in enumerate(self.preguntas, 1) if not answers.get(f"p{number}")]

    def mark(self, answers: Mapping[str, str]) -> int:
        """Return how many of *answers* (`p1`, `p2` …: index of the option) are right."""
        pairs = enumerate(self.preguntas, 1)
        return sum(answers.get(f"p{number}") == str(question.correcta) for number, question in pairs)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one user is in one course."""

    vistas: tuple[int, ...]
    total: int

    @property
    def porcentaje(self) -> int:
        """Return the share of lessons seen, from 0 to 100."""
        return round(100 * len(self.vistas) / self.total)

    @property
    def siguiente(self) -> int:
        """Return the first lesson not seen yet; the last when all are."""
        return next((number for number in range(1, self.total) if number not in self.vistas), self.total)


class Gradebook:
    """Lessons seen and tests taken, by user and course; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: dict[tuple[str, str], frozenset[int]] = {}
        self._marks: dict[tuple[str, str], int] = {}

    def progress(self, user: str, course: Course) -> Progress:
        """Return how far *user* is in *course*."""
        seen = self._seen.get((user, course.id), frozenset())
        return Progress(tuple(sorted(seen)), len(course.lecciones))

    def see(self, user: str, course: Course, lesson: int) -> None:
        """Remember that *user* finished *lesson*, counted from 1."""
        key = (user, course.id)
        with self._lock:
            self._seen[key] = self._seen.get(key, frozenset()) | {lesson}

    def grade(self, user: str, course: Course, right: int) -> None:
        """Remember the result of the latest test of *user*."""
        with self._lock:
            self._marks[user, course.id] = right

    def result(self, user: str, course: Course) -> int | None:
        """Return the latest result of *user*; None before the first test."""
        return self._marks.get((user, course.id))


def load_courses() -> dict[str, Course]:
    """Return the courses of the campus by id, in the order of their files."""
    read = (tomllib.loads(path.read_text("utf-8")) for path in sorted((FILES / "cursos").glob("*.toml")))
    return {data["id"]: _course(data) for data in read}


def load_users() -> dict[str, User]:
    """Return the accounts of the campus by user name."""
    data = tomllib.loads((FILES / "usuarios.toml").read_text("utf-8"))
    return {usuario: User(usuario, **account) for usuario, account in data.items()}


def log_in(users: Mapping[str, User], usuario: str, clave: str) -> User | None:
    """Return the user whose name and password these are, or None."""
    user = users.get(usuario.strip().lower())
    if user is None or not compare_digest(user.clave.encode(), clave.encode()):
        return None
    return user


def _course(data: dict[str, Any]) -> Course:
    lessons = tuple(_lesson(item) for item in data.pop("lecciones"))
    questions = tuple(
        Question(item["texto"], tuple(item["opciones"]), item["correcta"]) for item in data.pop("preguntas")
    )
    glossary, spoken = tuple(data.pop("glosario")), tuple(data.pop("clase"))
    return Course(lecciones=lessons, preguntas=questions, glosario=glossary, clase=spoken, **data)


def _lesson(data: dict[str, Any]) -> Lesson:
    sections = tuple(
        Section(item["id"], item["titulo"], tuple(item["texto"])) for item in data.pop("secciones")
    )
    return Lesson(secciones=sections, **data)
