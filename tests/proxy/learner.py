"""A person with a browser before a served gate, who goes through SENCE's start and close."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sence_gate.demo.browser import Browser
from sence_gate.demo.forms import Form
from sence_gate.demo.page import Page
from sence_gate.demo.transport import HttpTransport, Request, Response
from sence_gate.simulator.registry import DEMO_KEY

RUN = "11111111-1"


@dataclass(frozen=True)
class Learner:
    """A person with a browser at the public address."""

    url: str
    tab: Browser

    def ask(self, path: str) -> Page:
        """Type an address."""
        return self.tab.goto(self.url + path)

    def start(self, path: str) -> Page:
        """Ask for *path*, and go through SENCE's start to it."""
        self.ask(path)
        self.tab.submit(run=RUN)
        self.tab.submit()
        self.tab.submit(run=RUN, clave=DEMO_KEY, accion="ingresar")
        self.tab.submit()
        return self.tab.follow("Entrar al curso")

    def close(self, course: str) -> None:
        """Go through SENCE's close of *course*."""
        self.ask(f"/_sence/cierre?curso={course}")
        self.tab.submit()
        self.tab.submit()
        self.tab.submit(run=RUN, clave=DEMO_KEY, accion="ingresar")
        self.tab.submit()

    def cookies(self, path: str) -> str:
        """Return the Cookie header that the browser would send to *path*."""
        return self.tab.jar.header_for(self.url + path, now=time.time())

    def get(self, path: str, **headers: str) -> Response:
        """Ask for *path* as a program of this browser would, with headers of its own."""
        sent = {"Cookie": self.cookies(path), "Accept": "application/pdf", **headers}
        return HttpTransport()(Request("GET", self.url + path, tuple(sent.items())))


def with_field(name: str) -> Callable[[Form], bool]:
    """Return what finds the form that has the field *name*."""

    def is_meant(form: Form) -> bool:
        return any(control.name == name for control in form.controls)

    return is_meant
