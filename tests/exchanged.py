"""What travels in tests: forms, callbacks and cookies; and a search for what must not travel."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from sence_gate.cookies import SetCookie
from tests.samples import KEYS, OTEC

HOME = "https://campus.otec.cl"
SENCE = "https://sistemas.sence.cl"
COURSE = "/cursos/excel/leccion/3"
FREE = "/catalogo"  # of no course
OURS = "__Host-_sence-"  # begins the names of our cookies
ID_SESION_SENCE = "987654321"

# What SENCE could echo otherwise than it was sent, and our name of the field.
WRONG = [
    pytest.param({"RunAlumno": "11111111-1"}, "run_alumno", id="C5, RUN of another learner"),
    pytest.param({"RunAlumno": ""}, "run_alumno", id="C5, no RUN"),
    pytest.param({"CodSence": "1237894569"}, "cod_sence", id="C5, CodSence"),
    pytest.param({"CodigoCurso": "5999999"}, "codigo_curso", id="C5, CodigoCurso"),
    pytest.param({"LineaCapacitacion": "6"}, "linea_capacitacion", id="C5, line"),
    pytest.param({"LineaCapacitacion": "tres"}, "linea_capacitacion", id="C5, a line that is no number"),
]

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)"')
_ACTION = re.compile(r'<form method="post" action="([^"]*)"')
_ATTEMPT_ID = re.compile(r"[a-z0-9-]+\.[0-9a-f]{8}\.[A-Za-z0-9_-]{16,}\.")
RUNS = ("12345678-5", "123456785", "12.345.678", "11111111")
SECRETS = (OTEC.token, *KEYS)


@dataclass(frozen=True)
class Trip:
    """What the start or close button gave: the form for SENCE, and the cookies of this browser."""

    response: TestResponse
    action: str
    fields: dict[str, str]
    cookies: str

    @property
    def id_sesion_alumno(self) -> str:
        """The attempt's id."""
        return self.fields["IdSesionAlumno"]


def trip(response: TestResponse, cookies: str = "") -> Trip:
    """Return the form of a hand-off page."""
    assert "data-autosubmit" in response.text, response.status
    action = _ACTION.search(response.text)
    assert action
    return Trip(response, html.unescape(action[1]), hidden_fields(response), kept(cookies, response))


def hidden_fields(response: TestResponse) -> dict[str, str]:
    """Return the hidden inputs of a page, in their order."""
    return {html.unescape(name): html.unescape(value) for name, value in _HIDDEN.findall(response.text)}


def answer(begun: Trip, **changes: str) -> dict[str, str]:
    """Return the fields with which SENCE confirms *begun*, with *changes*; "" leaves the field empty."""
    echoed = ("CodSence", "CodigoCurso", "IdSesionAlumno", "RunAlumno", "LineaCapacitacion")
    fields = {name: begun.fields[name] for name in echoed}
    fields |= {"IdSesionSence": ID_SESION_SENCE, "FechaHora": "2024-05-06 11:31:00", "ZonaHoraria": "Chile"}
    return fields | changes


def body_of(fields: Mapping[str, str]) -> bytes:
    """Return *fields* as a browser posts them."""
    return urlencode(fields).encode()


def kept(cookies: str, *responses: TestResponse) -> str:
    """Return the Cookie header of a browser that had *cookies* and then got *responses*."""
    jar = dict(pair.split("=", 1) for pair in cookies.split("; ") if pair)
    for response in responses:
        for name, morsel in set_cookies(response).items():
            if morsel == "":
                jar.pop(name, None)
            else:
                jar[name] = morsel
    return "; ".join(f"{name}={value}" for name, value in jar.items())


def set_cookies(response: TestResponse) -> dict[str, str]:
    """Return the cookies that *response* sets, by name; "" for one that it removes."""
    jar: SimpleCookie = SimpleCookie()
    for line in response.headers.getlist("Set-Cookie"):
        jar.load(line)
    return {name: "" if morsel["max-age"] == "0" else morsel.value for name, morsel in jar.items()}


def header(cookie: SetCookie) -> str:
    """Return *cookie* as a browser sends it."""
    return f"{cookie.name}={cookie.value}"


def assert_discreet(response: TestResponse) -> None:
    """Search a page and its address for what only the hand-off, or a resent callback, may show."""
    assert_clean(response.headers.get("Location", ""), (*RUNS, ID_SESION_SENCE, *SECRETS))
    is_resent = response.status_code == 503 and 'method="post"' in response.text
    is_hand_off = "data-autosubmit" in response.text
    assert_clean(response.text, () if is_hand_off else SECRETS)
    if not (is_hand_off or is_resent):
        # The page that asks for a RUN shows an example of one.
        runs = () if 'id="run"' in response.text else RUNS
        assert_clean(response.text, (*runs, ID_SESION_SENCE))


def assert_clean(text: str, forbidden: tuple[str, ...]) -> None:
    """Fail when *text* holds one of *forbidden*, or an attempt id where anything is forbidden."""
    shown = [word for word in forbidden if word.lower() in text.lower()]
    assert not shown, f"{shown} in {text[:200]}"
    assert not (ID_SESION_SENCE in forbidden and _ATTEMPT_ID.search(text)), text[:200]
