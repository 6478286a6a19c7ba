"""The demonstration campus: a platform as OTECs have them, that knows of nothing in front of it."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

import html5lib
import pytest
from werkzeug.test import run_wsgi_app

import sence_gate.demo
from sence_gate.demo.classroom import Gradebook, load_courses
from sence_gate.demo.journey import resolve
from sence_gate.demo.platform import COOKIE, Campus
from tests.browser import Browser, Request, Response, WsgiTransport, environ_of

HOST = "http://localhost:8000"
MOUNTS = [pytest.param("", id="at the root"), pytest.param("/campus", id="under a mount path")]
COURSE = "/cursos/excel"
OWN_FILES = ("platform.py", "course_pages.py", "exchange.py", "classroom.py", "campus")


def visit(mount: str = "", *, user: str = "maria", campus: Campus | None = None) -> Browser:
    """Return a browser at the home page, with *user* logged in when there is one."""
    browser = Browser(WsgiTransport({HOST + mount: campus or Campus(key="k", pause=0)}))
    browser.goto(f"{HOST}{mount}/")
    if user:
        browser.goto(f"{HOST}{mount}/ingresar")
        browser.submit(-1, usuario=user, clave=f"{user}-demo")
    return browser


def ask(path: str, method: str = "GET", *, body: bytes = b"", **headers: str) -> Response:
    """Return one answer of a fresh campus, for a user who is logged in."""
    browser = visit()
    cookie = browser.jar.header_for(HOST, now=0)
    given = {"Cookie": cookie, **{name.replace("_", "-"): value for name, value in headers.items()}}
    transport = WsgiTransport({HOST: Campus(key="k", pause=0)})
    return transport(Request(method, HOST + path, tuple(given.items()), body))


def test_it_knows_of_nothing_in_front_of_it() -> None:
    """No line names the product or the RUN: the campus stands for any platform."""
    folder = Path(sence_gate.demo.__file__).parent
    roots = [folder / name for name in OWN_FILES]
    files = [path for root in roots for path in ([root] if root.is_file() else root.rglob("*.*"))]
    found = [path.name for path in files if re.search(r"(?i:sence)|\bRUN\b", path.read_text("utf-8"))]

    assert (found, len(files) > 20) == ([], True)


@pytest.mark.parametrize("mount", MOUNTS)
@pytest.mark.parametrize(
    ("path", "title"),
    [
        pytest.param("/", "Inicio · Campus Demo", id="cover"),
        pytest.param("/catalogo", "Catálogo · Campus Demo", id="catalogue"),
        pytest.param("/ingresar", "Ingresar · Campus Demo", id="login"),
        pytest.param("/cursos/excel/publico/", "Programa de Excel básico · Campus Demo", id="programme"),
    ],
)
def test_public_pages(mount: str, path: str, title: str) -> None:
    """Anybody may read them, and they set no cookie."""
    browser = visit(mount, user="")
    page = browser.goto(HOST + mount + path)

    assert (page.status, page.title, browser.jar.cookies(0)) == (200, title, ())


@pytest.mark.parametrize("mount", MOUNTS)
def test_every_link_leads_somewhere(mount: str) -> None:
    """From the home page on, each address in a page of the campus exists."""
    browser = visit(mount)
    todo, done = [f"{HOST}{mount}/"], set[str]()
    while todo:
        page = browser.goto(url := todo.pop())
        assert page.status == 200, url
        done.add(url)
        named = (
            re.findall(r'(?:src|href|data-progreso|data-glosario)="([^"#]+)', page.text) if page.title else []
        )
        todo += {resolve(url, unescape(name)) for name in named} - done - set(todo)

    assert len(done) > 35


@pytest.mark.parametrize("mount", MOUNTS)
def test_login_leads_to_the_page_that_was_wanted(mount: str) -> None:
    """The address with its query comes back after the login."""
    browser = visit(mount, user="")
    wanted = f"{HOST}{mount}{COURSE}/leccion/2?vista=resumen"
    assert browser.goto(wanted).title == "Ingresar · Campus Demo"
    browser.submit(usuario=" Pedro ", clave="pedro-demo")

    assert (browser.page.url, browser.page.title) == (wanted, "Fórmulas y referencias · Excel básico")


def test_the_login_page_shows_the_demonstration_accounts() -> None:
    """Nobody has to look a password up."""
    text = visit(user="").goto(f"{HOST}/ingresar").text

    assert all(f"<code>{name}-demo</code>" in text for name in ("maria", "pedro", "carla"))


@pytest.mark.parametrize(
    ("usuario", "clave"),
    [
        pytest.param("maria", "pedro-demo", id="somebody else's password"),
        pytest.param("maria", "", id="no password"),
        pytest.param("nadie", "nadie-demo", id="unknown user"),
        pytest.param("<b>", "ñ", id="odd letters"),
    ],
)
def test_a_wrong_password(usuario: str, clave: str) -> None:
    """The form comes back with the name and a word about it; no cookie is set."""
    browser = visit(user="")
    browser.goto(f"{HOST}/ingresar?siguiente=/catalogo")
    page = browser.submit(usuario=usuario, clave=clave)

    assert (page.status, browser.jar.cookies(0)) == (403, ())
    assert page.forms[0].fields == {"siguiente": "/catalogo", "usuario": usuario, "clave": ""}


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param("https://malo.cl/", id="another site"),
        pytest.param("//malo.cl/", id="two slashes"),
        pytest.param("/\\malo.cl/", id="backslash"),
        pytest.param("/a\r\nSet-Cookie: a=1", id="line end"),
        pytest.param("javascript:alert(1)", id="script"),
        pytest.param("", id="nothing"),
    ],
)
def test_the_login_leads_nowhere_else(wanted: str) -> None:
    """Whatever stands in the form, the way leads to a path of this host."""
    browser = visit(user="")
    browser.goto(f"{HOST}/ingresar")
    page = browser.submit(usuario="maria", clave="maria-demo", siguiente=wanted)

    assert page.url == f"{HOST}/"


@pytest.mark.parametrize("mount", MOUNTS)
def test_the_cookie(mount: str) -> None:
    """It is the platform's own: Strict, HttpOnly, for its mount path, without Secure on http."""
    browser = visit(mount)
    sets = [value for hop in browser.history for name, value in hop.headers if name == "Set-Cookie"]

    assert re.sub(r"=maria\.\w+", "=…", sets[0]) == (
        f"{COOKIE}=…; Path={mount or '/'}; HttpOnly; SameSite=Strict"
    )


def test_the_cookie_is_secure_on_https() -> None:
    """Behind https the cookie never goes over http."""
    browser = Browser(WsgiTransport({"https://campus.otec.cl": Campus(key="k")}))
    browser.goto("https://campus.otec.cl/ingresar")
    browser.submit(usuario="maria", clave="maria-demo")

    assert browser.jar.cookies(0)[0].secure


@pytest.mark.parametrize(
    "cookie",
    [
        pytest.param("", id="none"),
        pytest.param(f"{COOKIE}=maria", id="unsigned"),
        pytest.param(f"{COOKIE}=maria.00", id="wrongly signed"),
        pytest.param(f"{COOKIE}=ñ", id="not ASCII"),
        pytest.param(f"{COOKIE}", id="no value"),
    ],
)
def test_a_forged_cookie_is_nobody(cookie: str) -> None:
    """Only what the campus signed logs somebody in."""
    assert ask(f"{COURSE}/", Cookie=cookie.encode().decode("latin-1")).status == 303


def test_a_cookie_of_another_key_is_nobody() -> None:
    """Two campuses do not share users unless they share the key."""
    browser = visit()
    other = Browser(WsgiTransport({HOST: Campus(key="otra")}), jar=browser.jar)

    assert other.goto(f"{HOST}{COURSE}/").title == "Ingresar · Campus Demo"


def test_other_cookies_do_not_disturb() -> None:
    """What other programs left on localhost, even odd, keeps nobody out."""
    browser = visit()
    own = browser.jar.header_for(HOST, now=0)

    assert ask("/api/yo", Cookie=f'{{"a": 1}}; b[]="; {own}; x').status == 200


def test_logout() -> None:
    """The cookie goes, and the course asks for a login again."""
    browser = visit()
    browser.submit(0)

    assert (browser.jar.cookies(0), browser.page.url) == ((), f"{HOST}/")
    assert browser.goto(f"{HOST}{COURSE}/").title == "Ingresar · Campus Demo"


def test_a_strict_cookie_does_not_come_from_another_site() -> None:
    """A link elsewhere shows the login, one step inside the campus shows the course."""
    browser = visit()

    def elsewhere(_environ: object, start_response: object) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/html")])  # type: ignore[operator]  # a WSGI callable
        return [f'<a href="{HOST}{COURSE}/">Curso</a>'.encode()]

    transport = WsgiTransport({HOST: Campus(key="k"), "http://127.0.0.1:1": elsewhere})
    guest = Browser(transport, jar=browser.jar)
    guest.goto("http://127.0.0.1:1/")

    assert guest.follow("Curso").title == "Ingresar · Campus Demo"
    assert guest.follow("Campus Demo").text.count("Hola, María") == 1


def test_who() -> None:
    """The platform tells its own scripts who is logged in."""
    known = ask("/api/yo")
    unknown = visit(user="").fetch("/api/yo")

    assert json.loads(known.text) == {"usuario": "maria", "nombre": "María Soto"}
    assert (unknown.status, json.loads(unknown.text)) == (401, {"usuario": None})


# Inside a course


@pytest.mark.parametrize("mount", MOUNTS)
def test_lessons(mount: str) -> None:
    """A lesson has its sections as fragments, a summary, and a way on and back."""
    browser = visit(mount)
    page = browser.goto(f"{HOST}{mount}{COURSE}/leccion/2?vista=completa#referencias")
    assert '<section id="referencias">' in page.text
    assert '<section id="referencias">' not in browser.follow("Resumen").text

    assert browser.follow("Siguiente").url == f"{HOST}{mount}{COURSE}/leccion/3?vista=resumen"
    assert browser.follow("Anterior").title.startswith("Fórmulas")


def test_progress() -> None:
    """A lesson marked as seen leads on, and the script's call tells it."""
    browser = visit()
    browser.goto(f"{HOST}{COURSE}/leccion/4?vista=completa")
    assert json.loads(browser.fetch(f"{COURSE}/api/progreso").text)["vistas"] == []
    browser.submit(-1)

    assert browser.page.url == f"{HOST}{COURSE}/"
    progress = json.loads(browser.fetch("api/progreso").text)
    assert progress == {"curso": "excel", "vistas": [4], "total": 4, "porcentaje": 25}


def test_the_home_page_shows_progress() -> None:
    """Each user sees his own."""
    campus = Campus(key="k")
    maria = visit(campus=campus)
    maria.goto(f"{HOST}{COURSE}/leccion/1")
    maria.submit(-1)

    assert "1 de 4 lecciones" in maria.goto(f"{HOST}/").text
    assert "1 de 4 lecciones" not in visit(user="pedro", campus=campus).goto(f"{HOST}/").text


@pytest.mark.parametrize(
    ("answers", "text"),
    [
        pytest.param({"p1": "1", "p2": "1", "p3": "0", "p4": "2"}, "Aprobaste la prueba", id="all right"),
        pytest.param({"p1": "1", "p2": "1", "p3": "0", "p4": "0"}, "3 de 4 correctas", id="three right"),
        pytest.param({"p1": "0", "p2": "0", "p3": "0", "p4": "0"}, "vuelve a intentarlo", id="one right"),
    ],
)
def test_quiz(answers: dict[str, str], text: str) -> None:
    """The answers are posted, the result is a page that can be reloaded."""
    browser = visit()
    browser.goto(f"{HOST}{COURSE}/quiz")
    browser.submit(-1, **answers)

    assert [hop.status for hop in browser.history[-2:]] == [303, 200]
    assert text in browser.reload().text


def test_quiz_with_answers_left_out() -> None:
    """The page comes back with what was answered, nothing is marked."""
    browser = visit()
    browser.goto(f"{HOST}{COURSE}/quiz")
    page = browser.submit(-1, p2="1", comentario="¿Y la <b>dos</b>?")

    assert (page.status, "Te falta responder: 1, 3, 4." in page.text) == (422, True)
    assert page.forms[-1].fields == {"p2": "1", "comentario": "¿Y la <b>dos</b>?"}
    assert "Aún no rindes" in browser.goto(f"{HOST}{COURSE}/quiz/resultado").text


def test_download() -> None:
    """A file is saved under its name, with its size and a tag to ask again with."""
    response = ask(f"{COURSE}/descarga/planilla-de-practica.csv")
    again = ask(f"{COURSE}/descarga/planilla-de-practica.csv", If_None_Match=response.header("ETag"))

    assert response.header("Content-Disposition") == 'attachment; filename="planilla-de-practica.csv"'
    assert (response.media_type, response.header("Content-Length")) == ("text/csv", str(len(response.body)))
    assert response.text.startswith("\ufeffFecha;Región;")
    assert (again.status, again.body, again.header("ETag")) == (304, b"", response.header("ETag"))


@pytest.mark.parametrize(
    ("path", "kind", "caching"),
    [
        pytest.param(
            f"{COURSE}/figura/tabla-dinamica.svg", "image/svg+xml", "public, max-age=86400", id="figure"
        ),
        pytest.param(
            "/estatico/campus.css", "text/css", "public, max-age=31536000, immutable", id="style sheet"
        ),
    ],
)
def test_what_caches_may_keep(path: str, kind: str, caching: str) -> None:
    """Images and styles say how long they hold."""
    response = ask(path)

    assert (response.status, response.media_type, response.header("Cache-Control")) == (200, kind, caching)


def test_the_live_class_is_streamed() -> None:
    """It has no length and comes in pieces, each message when it is spoken."""
    campus, spoken = Campus(key="k", pause=0), load_courses()["excel"].clase
    cookie = ("Cookie", visit().jar.header_for(HOST, now=0))
    environ = environ_of(Request("GET", f"{HOST}{COURSE}/clase", (cookie,)))
    body, status, headers = run_wsgi_app(campus, environ)
    pieces = [piece.decode() for piece in body]

    assert (status, headers.get("Content-Length")) == ("200 OK", None)
    places = [next(i for i, piece in enumerate(pieces) if said["texto"] in piece) for said in spoken]
    assert places == sorted(set(places))


def test_the_glossary_is_a_fragment() -> None:
    """HTML without a document around it, for a script to insert."""
    response = ask(f"{COURSE}/glosario")

    assert (response.media_type, response.text[:8]) == ("text/html", "<dl><dt>")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/cursos/excel", 303, id="course without slash"),
        pytest.param("GET", "/nada", 404, id="no such page"),
        pytest.param("GET", "/cursos/word/", 404, id="no such course"),
        pytest.param("GET", f"{COURSE}/nada", 404, id="no such page of a course"),
        pytest.param("GET", f"{COURSE}/leccion/0", 404, id="before the first lesson"),
        pytest.param("GET", f"{COURSE}/leccion/5", 404, id="after the last lesson"),
        pytest.param("POST", f"{COURSE}/leccion/5", 404, id="no such lesson to finish"),
        pytest.param("GET", f"{COURSE}/descarga/matriz-de-riesgos.csv", 404, id="another course's file"),
        pytest.param("GET", f"{COURSE}/figura/logo.svg", 404, id="not a figure"),
        pytest.param("GET", "/estatico/../usuarios.toml", 404, id="outside the static files"),
        pytest.param("GET", "/%FF%00", 404, id="not UTF-8"),
        pytest.param("POST", "/catalogo", 405, id="post to a page"),
        pytest.param("POST", f"{COURSE}/clase", 405, id="post to a page of a course"),
        pytest.param("POST", "/estatico/campus.css", 405, id="post to a file"),
        pytest.param("GET", "/salir", 405, id="logout by link"),
    ],
)
def test_refusals(method: str, path: str, status: int) -> None:
    """What does not exist says so; what does not take a method names those it takes."""
    response = ask(path, method)

    assert (response.status, bool(response.header("Allow"))) == (status, status == 405)


def test_a_form_that_is_too_large() -> None:
    """A body above the limit is refused unread."""
    assert ask(f"{COURSE}/quiz", "POST", body=b"x" * 65537).status == 413


@pytest.mark.parametrize("path", ["/", f"{COURSE}/", f"{COURSE}/clase", "/estatico/campus.css", "/nada"])
def test_head(path: str) -> None:
    """HEAD tells what GET would, without the body."""
    get, head = ask(path), ask(path, "HEAD")

    assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")


@pytest.mark.parametrize("path", [f"{COURSE}/api/progreso", "/cursos/seguridad/api/progreso"])
def test_scripts_of_nobody(path: str) -> None:
    """A script without login gets a 401 in JSON, no login page."""
    response = visit(user="").fetch(path)

    assert (response.status, response.media_type) == (401, "application/json")


@pytest.mark.parametrize(
    "path", ["/", "/catalogo", "/ingresar", f"{COURSE}/", f"{COURSE}/leccion/4", f"{COURSE}/quiz", "/nada"]
)
def test_pages_are_sound(path: str) -> None:
    """A strict HTML parser finds nothing to mend, and no script or style stands in the page."""
    text = ask(path).text
    html5lib.HTMLParser(strict=True).parse(text)

    assert not re.search(r"<script(?! src)|<style|\sstyle=|\son\w+=", text)


def test_many_threads_lose_no_lesson() -> None:
    """Two threads that mark lessons of one user at once keep both."""
    book, course = Gradebook(), load_courses()["excel"]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: book.see("maria", course, number % 4 + 1), range(400)))

    assert book.progress("maria", course).vistas == (1, 2, 3, 4)
