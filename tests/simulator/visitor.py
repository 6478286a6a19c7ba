"""A browser without cookies or script that visits the simulator, for tests.

Every request passes through `wsgiref.validate`, so each test also says that
the simulator speaks WSGI properly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from wsgiref.validate import validator

import html5lib
from werkzeug.test import Client

from sence_gate.simulator import sample

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

    from werkzeug.test import TestResponse

    from sence_gate.simulator.app import Simulator

RUN = "12345678-5"
RUN_WITH_K = "10000013-K"
START = "/rcetest/Registro/IniciarSesion"
CLOSE = "/rcetest/Registro/CerrarSesion"
URL_RETOMA = "https://campus.otec.cl/inicio/ok"
URL_ERROR = "https://campus.otec.cl/inicio/error"

_START: Mapping[str, str] = {
    "RutOtec": sample.OTEC_RUT,
    "Token": sample.TOKEN,
    "CodSence": sample.COD_SENCE,
    "CodigoCurso": sample.CODIGO_CURSO,
    "LineaCapacitacion": "3",
    "RunAlumno": RUN,
    "IdSesionAlumno": "excel.1773154800.abc",
    "UrlRetoma": URL_RETOMA,
    "UrlError": URL_ERROR,
}


def start_fields(**changes: str | None) -> dict[str, str]:
    """Return the nine parameters of a good start with *changes*; None leaves one out."""
    return {name: value for name, value in {**_START, **changes}.items() if value is not None}


def close_fields(id_sesion_sence: str, **changes: str | None) -> dict[str, str]:
    """Return the ten parameters of a good close with *changes*."""
    return start_fields(**{"IdSesionSence": id_sesion_sence, **changes})


@dataclass
class Clock:
    """A clock that stands still until it is moved; it begins at noon of a winter day in Chile."""

    now: float = 1_783_008_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Form:
    """A form of a page: where it goes and what it carries."""

    action: str
    fields: dict[str, str]
    attributes: Mapping[str, str] = field(default_factory=dict)


class Page:
    """One answer, with its form."""

    def __init__(self, response: TestResponse) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.text = response.get_data(as_text=True)
        self.tree: Element = html5lib.parse(self.text, namespaceHTMLElements=False)

    @property
    def form(self) -> Form:
        """The only form of the page."""
        (form,) = self.tree.iter("form")
        inputs = [each.attrib for each in form.iter("input") if "name" in each.attrib]
        fields = {each["name"]: each.get("value", "") for each in inputs}
        return Form(form.attrib["action"], fields, form.attrib)

    @property
    def asks_for_the_key(self) -> bool:
        """Whether the page is a login."""
        return any(each.attrib.get("name") == "clave" for each in self.tree.iter("input"))


class Visitor:
    """A learner in front of the simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self.client = Client(validator(simulator))

    def open(self, path: str, **options: Any) -> Page:
        """Return the page at *path*."""
        return Page(self.client.open(path, buffered=True, **options))

    def post(self, path: str, fields: Mapping[str, str]) -> Page:
        """Return the page that answers the form *fields*."""
        return self.open(path, method="POST", data=dict(fields))

    def log_in(self, login: Page, run: str = RUN, key: str = "clave123", action: str = "ingresar") -> Page:
        """Return the page that follows typing *run* and *key* at *login*."""
        typed = {"run": run, "clave": key, "accion": action}
        return self.post(login.form.action, {**login.form.fields, **typed})

    def start(self, run: str = RUN, **changes: str | None) -> str:
        """Open a session and return its IdSesionSence."""
        login = self.post(START, start_fields(RunAlumno=run, **changes))
        return self.log_in(login, run).form.fields["IdSesionSence"]
