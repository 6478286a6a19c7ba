"""A platform with Moodle's addresses and body classes, and nothing else of it.

Its lessons and files do not name the course: `/mod/quiz/view.php?id=123` is of the
course that the platform's own tables say. Whoever is not logged in is sent to the
login, with the page that PHP goes on to print after a redirect.
Source: Moodle 4.5, as its pages look from outside.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

EXCEL, SEGURIDAD, COCINA = "5", "7", "9"
COURSES = {EXCEL: "Excel básico", SEGURIDAD: "Seguridad en el trabajo", COCINA: "Cocina para todos"}
MODULES = {"123": EXCEL, "124": EXCEL, "231": SEGURIDAD, "301": COCINA}  # cmid -> course
CONTEXTS = {"1": "1", "153": EXCEL, "171": SEGURIDAD, "190": COCINA}  # of files; 1 is the site
ATTEMPTS = {"41": "123", "42": "231"}  # attempt of a quiz -> cmid

VIEW = f"/course/view.php?id={EXCEL}"
QUIZ = "/mod/quiz/view.php?id=123"
ATTEMPT = "/mod/quiz/attempt.php?attempt=41&cmid=123"
PROCESS = "/mod/quiz/processattempt.php?cmid=123"
FILE = "/pluginfile.php/153/mod_resource/content/1/file.pdf"
OTHER_QUIZ = "/mod/quiz/view.php?id=231"
FREE_QUIZ = "/mod/quiz/view.php?id=301"
OTHER_FILE = "/pluginfile.php/171/mod_resource/content/1/file.pdf"
SCO = "/mod/scorm/loadSCO.php?a=3&scoid=9"
H5P_FILE = "/pluginfile.php/1/core_h5p/content/12/images/foto.jpg"
LOGO = "/pluginfile.php/1/core_admin/logocompact/300x300/1715008000/logo.png"
CARD = "/pluginfile.php/171/course/overviewfiles/portada.jpg"

PAGE = """<!DOCTYPE html>

<html  dir="ltr" lang="es" xml:lang="es">
<head>
    <title>{name}: {title} | Campus</title>
    <meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
<meta name="keywords" content="moodle, {name}: {title} | Campus" />
<script>
//<![CDATA[
var M = {{}}; M.yui = {{}};
M.cfg = {{"wwwroot":"http:\\/\\/localhost:8000","sesskey":"Zk3wQ1","courseId":{course}}};
//]]>
</script>
<!-- class="course-{decoy}" -->
</head>
<body  id="page-{id}" class="format-topics limitedwidth  {paths} chrome dir-ltr lang-es localhost \
pagelayout-incourse course-{course} context-153{cmid} category-1 drag-ratings">
<h1>{name}</h1><p>{text}</p>
<form method="post" action="{process}"><input type="hidden" name="sesskey" value="Zk3wQ1">
<input name="respuesta" value=""><button type="submit">Terminar</button></form>
</body></html>"""
# What scorm prints before the learner's package; no header of Moodle's, and no class.
LOAD_SCO = """<!DOCTYPE html>
<html><head><title>LoadSCO</title><script>function doredirect() {}</script></head>
<body onload="doredirect();"><p>Pregunta secreta</p></body></html>"""
LOGIN = """<!DOCTYPE html>
<html><head><title>Entrar al sitio</title></head>
<body id="page-login-index" class="format-site path-login pagelayout-login course-1 context-1 notloggedin">
<form method="post" action="/login/index.php"><input name="username"><input name="password" type="password">
<button type="submit">Acceder</button></form></body></html>"""

Fields = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What a page function answers."""

    body: str | bytes
    status: str = "200 OK"
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "text/html; charset=utf-8"


class Moodle:
    """The platform; `calls` holds what it was asked, `saved` what learners handed in."""

    def __init__(self, title: str = "Prueba 1") -> None:
        self.calls: list[str] = []
        self.saved: list[tuple[str, str]] = []
        self.title = title  # which learners could choose, in a forum
        self._users: dict[str, str] = {}  # by MoodleSession
        self._wanted: dict[str, str] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
        self.calls.append(f"{environ['REQUEST_METHOD']} {path}{'?' if query else ''}{query}")
        jar: SimpleCookie = SimpleCookie(environ.get("HTTP_COOKIE", ""))
        key = jar["MoodleSession"].value if "MoodleSession" in jar else f"key{len(self._wanted)}"
        fields = {name: values[-1] for name, values in parse_qs(query).items()}
        if environ["REQUEST_METHOD"] == "POST":
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
            posted = {name: values[-1] for name, values in parse_qs(body).items()}
            answer = self._post(path, fields, posted, key)
        else:
            answer = self._get(path, fields, key, environ)
        data = answer.body.encode() if isinstance(answer.body, str) else answer.body
        length = ("Content-Length", str(len(data)))
        cookie = ("Set-Cookie", f"MoodleSession={key}; path=/")
        start_response(
            answer.status, [("Content-Type", answer.content_type), length, cookie, *answer.headers]
        )
        # PHP hands over what its buffer holds: 4096 bytes, or less.
        return (data[at : at + 512] for at in range(0, len(data), 512))

    def _get(self, path: str, fields: Fields, key: str, environ: WSGIEnvironment) -> Answer:
        if path == "/login/index.php":
            return Answer(LOGIN)
        if path == "/login/logout.php":
            self._users.pop(key, None)
            return Answer("", "303 See Other", (("Location", "http://localhost:8000/"),))
        if path == "/":
            return Answer(self._page("1", "site-index", "path-site", "Campus"))
        page = self._pages(path, fields)
        if page is None:
            return Answer(self._page("1", "error", "path-error", "No existe"), "404 Not Found")
        if key not in self._users:
            self._wanted[key] = environ["PATH_INFO"] + "?" + environ.get("QUERY_STRING", "")
            # PHP goes on after header("Location"), unless somebody wrote exit.
            leak = page().body
            return Answer(leak, "303 See Other", (("Location", "http://localhost:8000/login/index.php"),))
        return page()

    def _pages(self, path: str, fields: Fields) -> Callable[[], Answer] | None:
        """Return what makes the page at *path*, if there is one."""
        name, rest = path.rpartition(".php")[0] + ".php", path.rpartition(".php")[2]
        cmid = fields.get("cmid") or ATTEMPTS.get(fields.get("attempt", "")) or fields.get("id", "")
        match name:
            case "/course/view.php" if fields.get("id") in COURSES:
                return lambda: Answer(self._page(fields["id"], "course-view-topics", "path-course", "Curso"))
            case "/mod/forum/index.php" if fields.get("id") in COURSES:
                return lambda: Answer(self._page(fields["id"], "mod-forum-index", "path-mod", "Foros"))
            case "/mod/quiz/view.php" | "/mod/quiz/attempt.php" if cmid in MODULES:
                return lambda: Answer(
                    self._page(MODULES[cmid], "mod-quiz-view", "path-mod path-mod-quiz", "", cmid)
                )
            case "/mod/scorm/loadSCO.php":
                return lambda: Answer(LOAD_SCO)
            case "/pluginfile.php" if _file_argument(rest, fields).split("/")[1] in CONTEXTS:
                course = CONTEXTS[_file_argument(rest, fields).split("/")[1]]
                return lambda: Answer(b"%PDF-1.7 " + course.encode() * 3000, content_type="application/pdf")
            case _:
                return None

    def _page(self, course: str, page_id: str, paths: str, text: str, cmid: str = "") -> str:
        return PAGE.format(
            name=COURSES.get(course, "Campus"),
            title=self.title,
            course=course,
            decoy=EXCEL,
            id=page_id,
            paths=paths,
            cmid=f" cmid-{cmid} cm-type-quiz" if cmid else "",
            text=text or f"Pregunta secreta {cmid}",
            process=f"/mod/quiz/processattempt.php?cmid={cmid}",
        )

    def _post(self, path: str, fields: Fields, posted: Fields, key: str) -> Answer:
        match path:
            case "/login/index.php":
                self._users[key] = posted["username"]
                wanted = self._wanted.get(key, "/")
                return Answer("", "303 See Other", (("Location", f"http://localhost:8000{wanted}"),))
            case "/mod/quiz/processattempt.php":
                self.saved.append((fields["cmid"], posted.get("respuesta", "")))
                view = f"/mod/quiz/view.php?id={fields['cmid']}"
                return Answer("", "303 See Other", (("Location", f"http://localhost:8000{view}"),))
            case "/lib/ajax/service.php":
                return Answer(json.dumps([{"error": False, "data": "[]"}]), content_type="application/json")
            case _:
                return Answer("", "404 Not Found")


def _file_argument(path_info: str, fields: Fields) -> str:
    """Return which file is meant: the path beats `file` where it has three segments (get_file_argument)."""
    in_path = path_info.count("/") > 2
    return (path_info if in_path else fields.get("file") or path_info) or "/"
