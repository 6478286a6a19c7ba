"""The simulator as a WSGI application: SENCE's four addresses and a few of its own.

    POST /rcetest/Registro/IniciarSesion, /rcetest/Registro/CerrarSesion
    POST /rce/Registro/IniciarSesion,     /rce/Registro/CerrarSesion
    POST /ingreso         RUN and key typed at the login, or the login given up
    GET  /vencido         where the login page goes when its time is over
    GET  /                what it saw; /visto.json the same for tests
    GET, POST /control    scripts a behaviour, by form or JSON
    GET  /static/…        its style sheet and script

It keeps everything in memory, sets no cookie and calls nobody: what reaches the
platform is sent by the learner's browser. It is for development; nothing here
is meant to face the internet.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, assert_never

from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    MethodNotAllowed,
    NotFound,
    UnsupportedMediaType,
)
from werkzeug.wrappers import Request, Response

from sence_gate.simulator.behaviour import MANUAL_BEHAVIOUR, Behaviour, Scripts
from sence_gate.simulator.control import Order, read_order
from sence_gate.simulator.desk import AskLogin, Desk, Held, NowhereToReturn, SendBack, Step, UnknownLogin
from sence_gate.simulator.pages import Pages
from sence_gate.simulator.posts import Post, parse_form
from sence_gate.simulator.ruts import masked
from sence_gate.simulator.sample import sample_registry
from sence_gate.simulator.sessions import LASTS
from sence_gate.simulator.tables import MANUALS, Action, Edition, Environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from sence_gate.simulator.registry import Registry

LARGEST_BODY = 16 * 1024

_ENTRANCES: Mapping[str, tuple[Environment, Action]] = {
    f"/{environment}/Registro/{action}": (environment, action)
    for environment in Environment
    for action in Action
}
_STATIC: Mapping[str, str] = {
    "simulator.css": "text/css; charset=utf-8",
    "return.js": "text/javascript; charset=utf-8",
}
_FAILURES: Mapping[int, str] = {
    400: "No se entiende lo que llegó.",
    403: "El control sólo se usa desde esta misma página, o sin navegador.",
    404: "Aquí no hay nada: revisa la dirección en el Anexo 1 del manual.",
    405: "Esta dirección no se usa así: SENCE recibe los parámetros por POST.",
    413: "El formulario es demasiado grande.",
    415: "SENCE recibe formularios (application/x-www-form-urlencoded).",
}
_FORGOTTEN = "Ese ingreso no existe o ya se olvidó: vuelve al curso y empieza otra vez."


@dataclass(frozen=True, slots=True)
class _Route:
    methods: frozenset[str]
    handler: Callable[[Request], Response]


_GET = frozenset({"GET", "HEAD"})
_POST = frozenset({"POST"})


class _BoundedRequest(Request):
    max_content_length = LARGEST_BODY


class Simulator:
    """A SENCE to develop against.

    *edition* is `clave-sence` or `clave-unica`; *behaviour* is how every POST
    is answered that no script covers; *session_seconds* is after how long SENCE
    gives a session up.

    Raises:
        ValueError: there is no such edition.
    """

    def __init__(
        self,
        *,
        edition: str = Edition.CLAVE_SENCE,
        registry: Registry | None = None,
        clock: Callable[[], float] = time.time,
        behaviour: Behaviour = MANUAL_BEHAVIOUR,
        session_seconds: float = LASTS,
    ) -> None:
        self.edition = Edition(edition)
        self.registry = registry or sample_registry()
        manual = MANUALS[self.edition]
        self._scripts = Scripts(behaviour)
        self._desk = Desk(manual, self.registry, clock, self._scripts, session_seconds)
        self._pages = Pages(manual)
        self._routes = self._all_routes()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333); whatever arrives, never with a 500."""
        request = _BoundedRequest(environ)
        try:
            response = self._route(request).handler(request)
        except HTTPException as error:
            response = self._failure(request, error)
        return response(environ, start_response)

    def script(self, run: str, behaviour: Behaviour | None) -> None:
        """Answer every POST of *run* with *behaviour*; None returns to the default.

        Raises:
            ValueError: *run* is no RUN.
        """
        self._scripts.script(run, behaviour)

    def queue(self, behaviour: Behaviour) -> None:
        """Answer the next POST with *behaviour*, whoever sends it."""
        self._scripts.queue(behaviour)

    def clear_scripts(self) -> None:
        """Return to the default behaviour for everybody."""
        self._scripts.clear()

    def _all_routes(self) -> Mapping[str, _Route]:
        own = {
            "/": _Route(_GET, self._home),
            "/visto.json": _Route(_GET, self._seen),
            "/ingreso": _Route(_POST, self._log_in),
            "/vencido": _Route(_GET, self._resume),
            "/control": _Route(_GET | _POST, self._control),
        }
        static = {f"/static/{name}": _Route(_GET, self._file(name)) for name in _STATIC}
        return own | static | {path: _Route(_POST, self._receive) for path in _ENTRANCES}

    def _route(self, request: Request) -> _Route:
        route = self._routes.get(request.path)
        if route is None:
            raise NotFound
        if request.method not in route.methods:
            raise MethodNotAllowed(sorted(route.methods))
        return route

    def _receive(self, request: Request) -> Response:
        environment, action = _ENTRANCES[request.path]
        return self._show(request, self._desk.receive(Post(environment, action, _form(request))))

    def _log_in(self, request: Request) -> Response:
        form = _form(request)
        login_id = form.get("ingreso", "")
        if form.get("accion") == "cancelar":
            return self._show(request, self._desk.cancel(login_id))
        return self._show(request, self._desk.log_in(login_id, form.get("run", ""), form.get("clave", "")))

    def _resume(self, request: Request) -> Response:
        return self._show(request, self._desk.resume(request.args.get("ingreso", "")))

    def _show(self, request: Request, step: Step) -> Response:
        root = request.root_path
        match step:
            case AskLogin():
                return self._pages.login(root, step)
            case SendBack(callback):
                return self._pages.send_back(root, callback)
            case Held():
                return self._pages.held(root)
            case NowhereToReturn(codes):
                return self._pages.nowhere_to_return(root, codes)
            case UnknownLogin():
                return self._pages.failure(root, 404, _FORGOTTEN)
            case _:
                assert_never(step)

    def _home(self, request: Request) -> Response:
        return self._pages.home(
            request.root_path, self.registry, self._desk.seen(), self._desk.open_sessions()
        )

    def _seen(self, _request: Request) -> Response:
        sessions = [
            asdict(each) | {"run_alumno": masked(each.run_alumno)} for each in self._desk.open_sessions()
        ]
        entries = [asdict(each) for each in self._desk.seen()]
        return self._pages.data({"edition": self.edition, "seen": entries, "open_sessions": sessions})

    def _control(self, request: Request) -> Response:
        if request.method != "POST":
            return self._pages.control(request.root_path)
        # A page elsewhere could otherwise script the simulator through the developer's browser.
        here = request.host_url.rstrip("/")
        if request.headers.get("Origin", here) != here:
            raise Forbidden
        if not request.is_json and not _is_form(request):
            raise UnsupportedMediaType
        try:
            self._carry_out(read_order(request.get_data(), is_json=request.is_json))
        except ValueError as error:
            return self._controlled(request, str(error), 400)
        return self._controlled(request, "Anotado.", 200)

    def _carry_out(self, order: Order) -> None:
        if order.clear:
            self.clear_scripts()
        elif order.run:
            self.script(order.run, order.behaviour)
        else:
            self.queue(order.behaviour or MANUAL_BEHAVIOUR)

    def _controlled(self, request: Request, notice: str, status: int) -> Response:
        if request.is_json:
            return self._pages.data({"ok": status == 200, "notice": notice}, status)
        return self._pages.control(request.root_path, notice, status)

    def _file(self, name: str) -> Callable[[Request], Response]:
        content = files("sence_gate.simulator").joinpath("static", name).read_bytes()
        return lambda _request: self._pages.file(content, _STATIC[name])

    def _failure(self, request: Request, error: HTTPException) -> Response:
        status = error.code or 400
        response = self._pages.failure(request.root_path, status, _FAILURES.get(status, _FAILURES[400]))
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(error.valid_methods)
        return response


def _is_form(request: Request) -> bool:
    # An empty POST has no type, and is a form without parameters.
    return request.mimetype in {"", "application/x-www-form-urlencoded"}


def _form(request: Request) -> dict[str, str]:
    if not _is_form(request):
        raise UnsupportedMediaType
    try:
        return parse_form(request.get_data())
    except ValueError as error:
        raise BadRequest from error
