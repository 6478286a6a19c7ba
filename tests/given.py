"""A gate over a real store, in front of a platform that notes what it is asked.

A browser here keeps no cookies: every test says which ones come along. Both sides of
the gate are watched by `wsgiref.validate`, and every answer is searched for what
no page but the hand-off may show.
"""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from http.cookies import SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from wsgiref.validate import validator

import pytest
from werkzeug.test import Client, TestResponse, run_wsgi_app
from werkzeug.wrappers import Request

from sence_gate.config import Learner, LearnerSource
from sence_gate.cookies import Attempt, SetCookie
from sence_gate.errors import StoreUnavailable
from sence_gate.middleware import SenceGate
from sence_gate.protocol.messages import Attendance
from sence_gate.protocol.session import Session
from sence_gate.stores.base import Entry, Kind, Store
from sence_gate.stores.sqlite import SqliteStore
from tests.samples import KEYS, NOW, OTEC, RUN, Clock, config, session

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HOME = "https://campus.otec.cl"
SENCE = "https://sistemas.sence.cl"
COURSE = "/cursos/excel/leccion/3"
ID_SESION_SENCE = "987654321"
TRUSTED = Learner(LearnerSource.ENVIRON)  # the platform's own REMOTE_USER

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)"')
_ACTION = re.compile(r'<form method="post" action="([^"]*)"')
_ATTEMPT_ID = re.compile(r"[a-z0-9-]+\.[0-9a-f]{8}\.[A-Za-z0-9_-]{16,}\.")
_RUNS = ("12345678-5", "123456785", "12.345.678", "11111111")
_SECRET = (OTEC.token, *KEYS)


class Platform:
    """A WSGI application that answers every request alike and keeps what came."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []
        self.headers = [("Content-Type", "text/html; charset=utf-8")]
        self.page = b"<!doctype html><html><head><title>Campus</title></head><body>Hola</body></html>"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Answer one request."""
        self.calls.append(dict(environ))
        self.bodies.append(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        start_response("200 OK", list(self.headers))
        return [self.page]


class WatchedStore:
    """A real store that counts the looks at sessions, and can be away."""

    def __init__(self, path: Path) -> None:
        self.real = SqliteStore(path)
        self.is_away = False
        self.looks = 0

    def get(self, id_sesion_alumno: str) -> Session | None:
        """Look, and be counted."""
        self.looks += 1
        return self._here().get(id_sesion_alumno)

    def find_open(self, run: str, course: str) -> Session | None:
        """Look, and be counted."""
        self.looks += 1
        return self._here().find_open(run, course)

    def swap(self, before: Session | None, after: Session, entry: Entry) -> bool:
        """Pass on."""
        return self._here().swap(before, after, entry)

    def record(self, entry: Entry) -> None:
        """Pass on."""
        self._here().record(entry)

    def note_unmatched(self, entry: Entry) -> None:
        """Pass on."""
        self._here().note_unmatched(entry)

    def unmatched(self) -> tuple[int, tuple[Entry, ...]]:
        """Pass on."""
        return self._here().unmatched()

    def ledger(self, since: datetime | None = None, until: datetime | None = None) -> Iterator[Entry]:
        """Pass on."""
        return self._here().ledger(since, until)

    def forget(self, before: datetime, *, pretend: bool = False) -> int:
        """Pass on."""
        return self._here().forget(before, pretend=pretend)

    def ping(self) -> None:
        """Pass on."""
        self._here().ping()

    def close(self) -> None:
        """Pass on, even when away."""
        self.real.close()

    def _here(self) -> Store:
        if self.is_away:
            raise StoreUnavailable("/var/lib/gate.sqlite: the store of the tests is away")
        return self.real


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


class Campus:
    """A platform behind a gate, the store, the clock, and whoever asks.

    Any change of the settings can be given: `Campus(tmp_path, prefix="/_otro")`.
    """

    def __init__(self, tmp_path: Path, **changes: Any) -> None:
        self.clock = Clock()
        self.platform = Platform()
        self.store = WatchedStore(tmp_path / "gate.sqlite")
        self.configure(**changes)

    def configure(self, **changes: Any) -> None:
        """Start the gate again, as after a change of the settings: same store, same platform."""
        self.config = config(**changes)
        self.door = SenceGate(validator(self.platform), self.config, store=self.store, clock=self.clock)
        self.gate = self.door.gate
        self._app = validator(self.door)
        self._client = Client(self._app, use_cookies=False)

    def ask(
        self, url: str, method: str = "GET", *, cookies: str = "", user: str = "", **more: Any
    ) -> TestResponse:
        """Return the answer to one request; *user* is whom the platform's REMOTE_USER names."""
        headers = {"Cookie": cookies} if cookies else {}
        headers |= more.pop("headers", {})
        environ = {"REMOTE_USER": user} if user else {}
        environ |= more.pop("environ", {})
        response = self._client.open(
            url,
            method=method,
            base_url=HOME,
            headers=headers,
            environ_overrides=environ,
            buffered=True,
            **more,
        )
        assert_discreet(response)
        return response

    def run(self, environ: WSGIEnvironment) -> TestResponse:
        """Return the answer to a request that only an environ can describe."""
        body, status, headers = run_wsgi_app(self._app, environ, buffered=True)
        response = TestResponse(body, status, headers, Request({}, populate_request=False))
        assert_discreet(response)
        return response

    def press(self, url: str, form: Mapping[str, str], **more: Any) -> TestResponse:
        """Return the answer to a button on one of the gate's own pages."""
        headers = {"Origin": self.config.origin} | more.pop("headers", {})
        return self.ask(url, "POST", data=dict(form), headers=headers, **more)

    def begin(self, run: str = str(RUN), course: str = "excel", volver: str = COURSE, **more: Any) -> Trip:
        """Press the start button and return what goes to SENCE."""
        form = {"curso": course, "volver": volver, "run": run}
        return trip(self.press("/_sence/inicio", form, **more), more.get("cookies", ""))

    def call_back(self, path: str, fields: Mapping[str, str], **more: Any) -> TestResponse:
        """Let SENCE answer: a cross-site POST without cookies."""
        headers = {"Origin": SENCE} | more.pop("headers", {})
        return self.ask(f"/_sence{path}", "POST", data=dict(fields), headers=headers, **more)

    def open_up(self, **more: Any) -> tuple[Trip, str]:
        """Make a whole start, from the button to `/vuelta`; return the trip and the cookies after it."""
        begun = self.begin(**more)
        self.clock.move(seconds=40)
        confirmed = self.call_back("/inicio/ok", answer(begun))
        cookies = kept(begun.cookies, confirmed)
        landed = self.ask(confirmed.location or "", cookies=cookies)
        assert landed.status_code == 200
        return begun, kept(cookies, landed)

    def close_up(self, cookies: str, course: str = "excel", **more: Any) -> Trip:
        """Press the close button and return what goes to SENCE."""
        return trip(self.press("/_sence/cierre", {"curso": course}, cookies=cookies, **more), cookies)

    def hold(self, **changes: Any) -> str:
        """Store a session of the samples with *changes*, and return the cookie that goes with it."""
        held = session(**changes)
        assert self.store.real.swap(None, held, Entry(NOW, Kind.START_OK))
        return header(self.gate.parts.cookies.session(held, NOW))

    def attempt(self, sent: Attendance, id_sesion_alumno: str, wanted: str = COURSE) -> str:
        """Return the cookie of the browser that began an attempt."""
        course = id_sesion_alumno.partition(".")[0]
        return header(self.gate.parts.cookies.attempt(Attempt(id_sesion_alumno, course, sent, NOW, wanted)))

    def session(self, id_sesion_alumno: str) -> Session:
        """Return what the store holds of an attempt, which must be there."""
        found = self.store.real.get(id_sesion_alumno)
        assert found
        return found

    def entries(self, *kinds: Kind) -> list[Entry]:
        """Return the ledger, or its entries of *kinds*."""
        return [entry for entry in self.store.real.ledger() if not kinds or entry.kind in kinds]


@pytest.fixture(name="campus")
def plain_campus(tmp_path: Path) -> Iterator[Campus]:
    """Return a campus that asks learners for their RUN."""
    campus = Campus(tmp_path)
    yield campus
    campus.store.close()


@pytest.fixture(name="school")
def trusted_campus(tmp_path: Path) -> Iterator[Campus]:
    """Return a campus whose platform names the learner by RUN."""
    campus = Campus(tmp_path, learner=TRUSTED)
    yield campus
    campus.store.close()


@pytest.fixture(name="discreet", autouse=True)
def discreet_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Search all that a test logs for what no log may hold (D6)."""
    caplog.set_level(logging.DEBUG)
    yield
    for record in caplog.get_records("call"):
        assert_clean(record.getMessage(), (*_RUNS, ID_SESION_SENCE, *_SECRET))


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
    assert_clean(response.headers.get("Location", ""), (*_RUNS, ID_SESION_SENCE, *_SECRET))
    is_resent = response.status_code == 503 and 'method="post"' in response.text
    is_hand_off = "data-autosubmit" in response.text
    assert_clean(response.text, () if is_hand_off else _SECRET)
    if not (is_hand_off or is_resent):
        # The page that asks for a RUN shows an example of one.
        runs = () if 'id="run"' in response.text else _RUNS
        assert_clean(response.text, (*runs, ID_SESION_SENCE))


def assert_clean(text: str, forbidden: tuple[str, ...]) -> None:
    """Fail when *text* holds one of *forbidden*, or an attempt id where anything is forbidden."""
    shown = [word for word in forbidden if word.lower() in text.lower()]
    assert not shown, f"{shown} in {text[:200]}"
    assert not (ID_SESION_SENCE in forbidden and _ATTEMPT_ID.search(text)), text[:200]
