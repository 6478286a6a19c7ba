"""The demonstration walked by itself: a browser without a screen takes the whole trip.

Each step says what it proves, and the next is taken only when it held. The browser
obeys SameSite, so what breaks a login in Chromium breaks this walk too.
"""

from __future__ import annotations

import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sence_gate.demo.browser import Browser, Hop
from sence_gate.demo.page import Page
from sence_gate.demo.servers import Demo
from sence_gate.demo.transport import HttpTransport
from sence_gate.simulator.registry import DEMO_KEY
from sence_gate.stores.base import Entry, Kind
from sence_gate.stores.sqlite import SqliteStore

RUN = "11.111.111-1"
USER, PASSWORD = "maria", "maria-demo"  # shown on the campus's own login page
LESSON = "/cursos/excel/leccion/1?vista=completa"

# What the ledger of the walk must hold, in this order: the second START_OK is a replay.
EXPECTED = (Kind.START_SENT, Kind.START_OK, Kind.START_OK, Kind.CLOSE_SENT, Kind.CLOSE_OK)

Echo = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the trip: what is done, and what must hold afterwards."""

    proves: str
    act: Callable[[], object]
    holds: Callable[[], bool]


def walk(demo: Demo, edition: str, echo: Echo) -> int:
    """Walk the whole trip through *demo*, telling each hop; return the exit code."""
    browser, stranger = Browser(HttpTransport()), Browser(HttpTransport())
    echo(f"Campus y compuerta: {demo.campus} · Simulador de SENCE: {demo.simulator} · Edición: {edition}\n")
    shown = 0
    for number, step in enumerate(_steps(demo, browser, stranger), 1):
        before = (len(browser.history), len(stranger.history))
        step.act()
        echo(f"{number:2}. {step.proves}")
        for hop in (*browser.history[before[0] :], *stranger.history[before[1] :]):
            echo(f"      {_line(hop)}")
        if not step.holds():
            echo(
                f"\nFALLÓ el paso {number}. La última página fue: {browser.page.url} ({browser.page.status})"
            )
            return 1
        shown = number
    return _tell_ledger(demo, echo, shown)


def _steps(demo: Demo, browser: Browser, stranger: Browser) -> Iterator[Step]:
    answers: list[Page] = []
    yield from _to_the_start(demo, browser)
    yield from _through_sence(demo, browser, answers)
    yield from _in_the_course(demo, browser)
    yield from _another_browser(demo, stranger, answers)
    yield from _to_the_close(demo, browser)


def _to_the_start(demo: Demo, browser: Browser) -> Iterator[Step]:
    yield Step(
        "Una página que no es de un curso pasa intacta: sin barra y sin cookies nuestras.",
        lambda: browser.goto(f"{demo.campus}/"),
        lambda: (
            browser.page.status == 200
            and "banner.js" not in browser.page.text
            and not _ours(browser.history[-1])
        ),
    )
    browser.goto(f"{demo.campus}/ingresar")
    yield Step(
        "La persona ingresa a la plataforma, que no sabe nada de SENCE.",
        lambda: browser.submit(usuario=USER, clave=PASSWORD),
        lambda: browser.page.status == 200,
    )
    yield Step(
        "La presentación pública del curso se ve sin sesión: es una excepción de la configuración.",
        lambda: browser.goto(f"{demo.campus}/cursos/excel/publico/"),
        lambda: browser.page.status == 200 and "banner.js" not in browser.page.text,
    )
    yield Step(
        "Sin sesión SENCE, la lección no se muestra: el navegador llega a la página de inicio.",
        lambda: browser.goto(demo.campus + LESSON),
        lambda: "/_sence/inicio" in browser.page.url and browser.page.status == 200,
    )
    yield Step(
        "Un RUN con el dígito verificador malo se corrige aquí; nada viaja a SENCE.",
        lambda: browser.submit(run="11.111.111-2"),
        lambda: browser.page.status == 422 and browser.page.url.startswith(demo.campus),
    )


def _through_sence(demo: Demo, browser: Browser, answers: list[Page]) -> Iterator[Step]:
    yield Step(
        "Con el RUN correcto, la página de paso lleva los nueve parámetros del manual.",
        lambda: browser.submit(run=RUN),
        lambda: len(browser.page.forms[0].fields) == 9,
    )
    yield Step(
        "El navegador los envía por POST a IniciarSesion, que está en otro sitio.",
        browser.submit,
        lambda: browser.page.url.startswith(demo.simulator) and browser.page.status == 200,
    )
    yield Step(
        "Una clave equivocada se queda en SENCE.",
        lambda: browser.submit(run=RUN, clave="equivocada"),
        lambda: browser.page.url.startswith(demo.simulator),
    )
    yield Step(
        "Con la clave correcta, SENCE prepara su respuesta.",
        lambda: browser.submit(run=RUN, clave=DEMO_KEY),
        lambda: "IdSesionSence" in browser.page.forms[0].fields,
    )
    answers.append(browser.page)
    yield Step(
        "La respuesta llega por POST desde otro sitio y sin cookies; la página siguiente sí las trae"
        " y une la sesión con este navegador.",
        browser.submit,
        lambda: (
            not browser.history[-2].cookies
            and bool(browser.history[-1].cookies)
            and "/vuelta" in browser.page.url
        ),
    )


def _in_the_course(demo: Demo, browser: Browser) -> Iterator[Step]:
    answers: list[str] = []
    yield Step(
        "La persona vuelve a la lección exacta que quería, con la barra y con su ingreso"
        " (una cookie SameSite=Strict) intacto.",
        lambda: browser.follow("Entrar al curso"),
        lambda: browser.page.url == demo.campus + LESSON and "/_sence/banner.js" in browser.page.text,
    )
    yield Step(
        "La barra pregunta cuánto queda.",
        lambda: answers.append(browser.fetch(f"/_sence/estado?url={LESSON}").text),
        lambda: '"state": "open"' in answers[-1],
    )
    yield Step(
        "El otro curso sigue cerrado: a un script se le responde 401 con la dirección del inicio.",
        lambda: browser.fetch("/cursos/seguridad/api/progreso"),
        lambda: browser.history[-1].status == 401,
    )


def _another_browser(demo: Demo, stranger: Browser, answers: list[Page]) -> Iterator[Step]:
    stranger.page = answers[0]
    yield Step(
        "Otro navegador que repite la respuesta de SENCE no recibe la sesión, y el registro no se duplica.",
        stranger.submit,
        lambda: stranger.page.status == 403,
    )
    yield Step(
        "Para ese navegador la lección sigue cerrada.",
        lambda: stranger.goto(demo.campus + LESSON),
        lambda: "/_sence/inicio" in stranger.page.url,
    )


def _to_the_close(demo: Demo, browser: Browser) -> Iterator[Step]:
    yield Step(
        "Salir de la plataforma con la sesión abierta pregunta primero si se cierra en SENCE.",
        lambda: browser.submit(lambda form: form.action.endswith("/salir")),
        lambda: browser.page.status == 200 and browser.page.title.startswith("Antes de salir"),
    )
    yield Step(
        "El botón de la barra muestra qué va a pasar.",
        lambda: browser.goto(f"{demo.campus}/_sence/cierre?curso=excel"),
        lambda: browser.page.status == 200,
    )
    yield Step(
        "El cierre lleva los diez parámetros, con el IdSesionSence del inicio.",
        browser.submit,
        lambda: len(browser.page.forms[0].fields) == 10,
    )
    yield Step(
        "SENCE pide la clave otra vez.",
        browser.submit,
        lambda: browser.page.url.startswith(demo.simulator),
    )
    yield Step(
        "SENCE prepara la confirmación del cierre.",
        lambda: browser.submit(run=RUN, clave=DEMO_KEY),
        lambda: "GlosaError" not in browser.page.forms[0].fields,
    )
    yield Step(
        "El cierre queda confirmado.",
        browser.submit,
        lambda: "/vuelta" in browser.page.url and "cerrada" in browser.page.title.lower(),
    )
    yield Step(
        "La lección pide registrar la asistencia otra vez.",
        lambda: browser.goto(demo.campus + LESSON),
        lambda: "/_sence/inicio" in browser.page.url,
    )


def _tell_ledger(demo: Demo, echo: Echo, steps: int) -> int:
    store = SqliteStore(demo.folder / "ledger.sqlite")
    entries = tuple(store.ledger())
    store.close()
    echo("\nEl libro de este viaje:")
    for entry in entries:
        echo(f"      {_entry_line(entry)}")
    kinds = tuple(entry.kind for entry in entries)
    if kinds != EXPECTED:
        echo(f"\nFALLÓ: el libro debía decir {', '.join(EXPECTED)}")
        return 1
    echo(f"\nLos {steps} pasos se cumplieron.")
    return 0


def _line(hop: Hop) -> str:
    cookies = f"  cookies: {', '.join(hop.cookies)}" if hop.cookies else ""
    return f"{hop.method:4} {hop.url[:96]} → {hop.status}{cookies}"


def _entry_line(entry: Entry) -> str:
    flags = f"  [{', '.join(entry.flags)}]" if entry.flags else ""
    return f"{entry.at:%H:%M:%S} UTC  {entry.kind:<11}  curso {entry.course}{flags}"


def _ours(hop: Hop) -> bool:
    return any(name.lower() == "set-cookie" and "_sence" in value for name, value in hop.headers)


def invitation(demo: Demo, edition: str) -> str:
    """Return what to open, what to type and what to look at."""
    key = "Clave SENCE" if edition == "clave-sence" else "Clave Única"
    return f"""
  Abre     {demo.campus}
  Ingresa  usuario {USER}, contraseña {PASSWORD} (es la plataforma: no sabe nada de SENCE)
  Entra    al curso «Excel básico» y escribe el RUN {RUN}
  En SENCE (simulado, {demo.simulator}) usa el mismo RUN y la {key}: {DEMO_KEY}

  Mira     · la barra al pie de cada página del curso, con el tiempo que queda
           · {demo.campus}/_sence/  tus sesiones abiertas, sin JavaScript
           · {demo.simulator}/  lo que vio SENCE
           · {demo.config}  la configuración de la compuerta
           · {_command()} explain /cursos/excel/leccion/1 --config {demo.config}

  Ctrl-C para terminar.
"""


def _command() -> str:
    """Return how this command line is called from here: `make demo` puts it on nobody's path."""
    beside = Path(sys.executable).with_name("sence-gate")
    return "sence-gate" if shutil.which("sence-gate") or not beside.exists() else str(beside)


def wait_for_interrupt() -> None:
    """Return when the person presses Ctrl-C, or the process is asked to end."""
    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: ended.set())
    ended.wait()
