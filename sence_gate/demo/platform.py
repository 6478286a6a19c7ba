"""Campus Demo: a small course platform, as a plain WSGI application.

It stands for any learning platform that exists already: it has its own users,
its own cookie (SameSite=Strict, signed) and its own pages, and knows nothing of
whatever is put in front of it. It gives one answer of each kind that such a
platform gives: pages, a form, a JSON call, a download, an image that may be
cached, a page sent piece by piece, a fragment.

Source: PEP 3333. The pages inside a course stand in `course_pages`, what is
taught in `classroom` and `campus/`. Progress is lost when the process ends.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from . import course_pages
from .classroom import Gradebook, User, load_courses, load_users, log_in
from .exchange import Pages, Reply, Request, file_reply, json_reply, see_other

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

COOKIE = "campus_sesion"
MAX_FORM = 64 * 1024
LOCAL_PATH = re.compile(r"/(?![/\\])[^\s\\]*")
COURSE_URL = re.compile(r"/cursos/([a-z]+)(/.*)?")


class Campus:
    """The platform: `application(environ, start_response)`, safe in several threads.

    *key* signs the cookies: processes that serve the same users share it. *pause* is the
    time between two messages of a live class, in seconds.
    """

    def __init__(self, *, key: str, pause: float = 0.1) -> None:
        self._key = key.encode()
        self._pause = pause
        self._users = load_users()
        self._courses = load_courses()
        self._book = Gradebook()
        self._pages = Pages()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        reply = self._answer(Request(environ, self._user(environ)))
        start_response(f"{reply.status.value} {reply.status.phrase}", list(reply.headers))
        if environ["REQUEST_METHOD"] == "HEAD":
            return []
        return [reply.body] if isinstance(reply.body, bytes) else reply.body

    def _answer(self, request: Request) -> Reply:
        if request.length > MAX_FORM:
            return self._pages.error(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if request.path.startswith("/estatico/"):
            return self._static(request)
        if request.path in SITE:
            return self._site(request)
        match = COURSE_URL.fullmatch(request.path)
        if match is None or match[1] not in self._courses:
            return self._pages.error(request, HTTPStatus.NOT_FOUND)
        return self._in_course(request, match[1], match[2] or "")

    # Pages for everybody

    def _site(self, request: Request) -> Reply:
        pages = SITE[request.path]
        if request.method not in pages:
            return self._pages.wrong_method(request, pages)
        return pages[request.method](self, request)

    def _static(self, request: Request) -> Reply:
        asset = self._pages.assets.get(request.path.removeprefix("/estatico/"))
        if asset is None:
            return self._pages.error(request, HTTPStatus.NOT_FOUND)
        if request.method != "GET":
            return self._pages.wrong_method(request, ["GET"])
        return file_reply(request, asset, "public, max-age=31536000, immutable")

    def home(self, request: Request) -> Reply:
        """Show the cover, or the courses of whoever is logged in."""
        courses = list(self._courses.values())
        user = request.user
        done = {course.id: self._book.progress(user.usuario, course) for course in courses} if user else {}
        return self._pages.page(request, "inicio.html", cursos=courses, avances=done)

    def catalogue(self, request: Request) -> Reply:
        """Show every course."""
        return self._pages.page(request, "catalogo.html", cursos=list(self._courses.values()))

    # Pages of a course

    def _in_course(self, request: Request, name: str, path: str) -> Reply:
        course = self._courses[name]
        if not path:
            return see_other(f"{request.base}/cursos/{name}/")
        if path == "/publico/":
            return self._pages.page(request, "programa.html", curso=course)
        if request.user is None:
            return _login_first(request)
        seat = course_pages.Seat(request, request.user, course, self._pages, self._book, self._pause)
        return course_pages.answer(seat, path)

    # Users and their cookie

    def show_login(self, request: Request) -> Reply:
        """Show the login form with its demonstration accounts."""
        return self._login_page(request, request.query.get("siguiente", ""))

    def log_in(self, request: Request) -> Reply:
        """Check name and password and lead to the page that was wanted."""
        name, wanted = request.form.get("usuario", ""), request.form.get("siguiente", "")
        user = log_in(self._users, name, request.form.get("clave", ""))
        if user is None:
            return self._login_page(request, wanted, "El usuario o la contraseña no coinciden.", name)
        target = wanted if LOCAL_PATH.fullmatch(wanted) else f"{request.base}/"
        return see_other(target, _set_cookie(request, self._signed(user.usuario)))

    def log_out(self, request: Request) -> Reply:
        """Forget the cookie and go home."""
        return see_other(f"{request.base}/", _set_cookie(request, "", "; Max-Age=0"))

    def who(self, request: Request) -> Reply:
        """Say who is logged in, as JSON."""
        if request.user is None:
            return json_reply({"usuario": None}, HTTPStatus.UNAUTHORIZED)
        return json_reply({"usuario": request.user.usuario, "nombre": request.user.nombre})

    def _login_page(self, request: Request, wanted: str, error: str = "", name: str = "") -> Reply:
        status = HTTPStatus.FORBIDDEN if error else HTTPStatus.OK
        shown = {"siguiente": wanted, "error": error, "escrito": name, "cuentas": list(self._users.values())}
        return self._pages.page(request, "ingresar.html", status=status, **shown)

    def _signed(self, name: str) -> str:
        return f"{name}.{hmac.new(self._key, name.encode(), sha256).hexdigest()}"

    def _user(self, environ: WSGIEnvironment) -> User | None:
        text = _cookie(environ)
        name = text.partition(".")[0]
        is_ours = hmac.compare_digest(text.encode(), self._signed(name).encode())
        return self._users.get(name) if is_ours else None


def _cookie(environ: WSGIEnvironment) -> str:
    # http.cookies gives up at the first odd cookie, and on localhost other programs leave theirs.
    pairs = (pair.strip().partition("=") for pair in environ.get("HTTP_COOKIE", "").split(";"))
    return next((value for name, _, value in pairs if name == COOKIE), "")


def _set_cookie(request: Request, value: str, more: str = "") -> tuple[str, str]:
    secure = "; Secure" if request.environ["wsgi.url_scheme"] == "https" else ""
    flags = f"Path={request.base or '/'}; HttpOnly; SameSite=Strict{secure}{more}"
    return "Set-Cookie", f"{COOKIE}={value}; {flags}"


def _login_first(request: Request) -> Reply:
    if "/api/" in request.path:
        return json_reply({"error": "Debes ingresar al campus"}, HTTPStatus.UNAUTHORIZED)
    return see_other(f"{request.base}/ingresar?siguiente={quote(request.target, safe='')}")


SITE: dict[str, dict[str, Callable[[Campus, Request], Reply]]] = {
    "/": {"GET": Campus.home},
    "/catalogo": {"GET": Campus.catalogue},
    "/ingresar": {"GET": Campus.show_login, "POST": Campus.log_in},
    "/salir": {"POST": Campus.log_out},
    "/api/yo": {"GET": Campus.who},
}

application = Campus(key=os.environ.get("CAMPUS_KEY") or secrets.token_hex())
