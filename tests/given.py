"""A gate over a real store, in front of a platform that notes what it is asked.

A browser here keeps no cookies: every test says which ones come along. Both sides of
the gate are watched by `wsgiref.validate`, and every answer is searched for what
no page but the hand-off may show.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from wsgiref.validate import validator

import pytest
from werkzeug.test import Client, TestResponse, run_wsgi_app
from werkzeug.wrappers import Request

from sence_gate.clock import EARLIEST, is_set
from sence_gate.config import Learner, LearnerSource
from sence_gate.cookies import Attempt, Mark
from sence_gate.errors import StoreUnavailable
from sence_gate.gate.decisions import Receipt
from sence_gate.middleware import SenceGate
from sence_gate.pages import Look, Pages
from sence_gate.protocol.fields import Message
from sence_gate.protocol.messages import Attendance
from sence_gate.protocol.session import Session
from sence_gate.stores.base import Bypass, Entry, Kind, Store
from sence_gate.stores.sqlite import SqliteStore
from tests.exchanged import (
    COURSE,
    FREE,
    HOME,
    ID_SESION_SENCE,
    OURS,
    RUNS,
    SECRETS,
    SENCE,
    WRONG,
    Trip,
    answer,
    assert_clean,
    assert_discreet,
    body_of,
    header,
    hidden_fields,
    kept,
    set_cookies,
    trip,
)
from tests.samples import NOW, RUN, Clock, config, session

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = [
    "COURSE", "FREE", "HOME", "ID_SESION_SENCE", "OURS", "SENCE", "WRONG", "Trip",
    "answer", "body_of", "header", "hidden_fields", "kept", "set_cookies",
]  # fmt: skip

TRUSTED = Learner(LearnerSource.ENVIRON)  # the platform's own REMOTE_USER


class Platform:
    """A WSGI application that answers every request alike and keeps what came."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []
        self.headers = [("Content-Type", "text/html; charset=utf-8")]
        self.instead: WSGIApplication | None = None  # what answers in its place
        self.page = b"<!doctype html><html><head><title>Campus</title></head><body>Hola</body></html>"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        self.calls.append(dict(environ))
        if self.instead:
            return self.instead(environ, start_response)
        self.bodies.append(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        start_response("200 OK", list(self.headers))
        return [self.page]


class WatchedStore:
    """A real store that counts the looks at sessions, and can be away."""

    def __init__(self, path: Path) -> None:
        self.real: Store = SqliteStore(path)
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

    def count_repeat(self, id_sesion_alumno: str, kind: Kind) -> int:
        """Pass on."""
        return self._here().count_repeat(id_sesion_alumno, kind)

    def note_unmatched(self, entry: Entry) -> None:
        """Pass on."""
        self._here().note_unmatched(entry)

    def unmatched(self) -> tuple[int, tuple[Entry, ...]]:
        """Pass on."""
        return self._here().unmatched()

    def ledger(
        self, since: datetime | None = None, until: datetime | None = None, *, run: str = ""
    ) -> Iterator[Entry]:
        """Pass on."""
        return self._here().ledger(since, until, run=run)

    def bypasses(self) -> tuple[Bypass, ...]:
        """Pass on."""
        return self._here().bypasses()

    def keep_bypass(self, bypass: Bypass, entry: Entry) -> None:
        """Pass on."""
        self._here().keep_bypass(bypass, entry)

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


class Campus:
    """A platform behind a gate, the store, the clock, and whoever asks.

    Any change of the settings can be given: `Campus(tmp_path, prefix="/_otro")`.
    """

    def __init__(self, tmp_path: Path, **changes: Any) -> None:
        self._folder = tmp_path
        self.clock = Clock()
        self.platform = Platform()
        self.store = WatchedStore(tmp_path / "gate.sqlite")
        self.configure(**changes)

    def configure(self, **changes: Any) -> None:
        """Start the gate again, as after a change of the settings: same store, same platform."""
        self.config = config(**changes)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sence_gate.site.Pages", _pages_at)
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

    def ready(self) -> TestResponse:
        """Return what a monitor is told, at a time at which this code can be running."""
        if not is_set(self.clock()):
            self.clock.move(seconds=(EARLIEST - self.clock()).total_seconds())
        return self.ask("/_sence/ready")

    def run(self, environ: WSGIEnvironment) -> TestResponse:
        """Return the answer to a request that only an environ can describe."""
        # Not buffered: werkzeug would drop what the platform gave to `write`.
        pieces, status, headers = run_wsgi_app(self._app, environ)
        with closing(cast("Any", pieces)):
            body = b"".join(pieces)
        response = TestResponse([body], status, headers, Request({}, populate_request=False))
        assert_discreet(response)
        return response

    def press(self, url: str, form: Mapping[str, str], **more: Any) -> TestResponse:
        """Return the answer to a button on one of the gate's own pages; the browser keeps cookies."""
        more["cookies"] = more.get("cookies", "") or header(
            self.gate.parts.cookies.mark(Mark.PROBE, "1", seconds=1)
        )
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

    def receive(self, message: Message, fields: Mapping[str, str], origin: str = SENCE) -> Receipt:
        """Hand a callback to the gate, as the door does."""
        return self.gate.receive(message, body_of(fields), origin, "1ncident")

    def gates(self, response: TestResponse) -> bool:
        """Tell whether *response* sends to the start, and the platform was never asked."""
        location = response.location or ""
        return (response.status_code, self.platform.calls) == (303, []) and "/_sence/inicio?" in location

    def admits(self, response: TestResponse) -> bool:
        """Tell whether *response* is the platform's, and the only one."""
        return response.status_code == 200 and len(self.platform.calls) == 1 and "Hola" in response.text

    def lose(self) -> None:
        """Let the store lose everything, as after a restore of an old copy."""
        self.store.close()
        self.store.real = SqliteStore(self._folder / "new.sqlite")

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
        assert_clean(record.getMessage(), (*RUNS, ID_SESION_SENCE, *SECRETS))


@lru_cache
def _compiled(
    prefix_url: str, versions: tuple[tuple[str, str], ...], look: Look, folder: Path | None
) -> Pages:
    return Pages(prefix_url, versions=dict(versions), look=look, folder=folder)


def _pages_at(prefix_url: str, *, versions: Mapping[str, str], look: Look, folder: Path | None) -> Pages:
    # Compiling the templates is nine tenths of the work of making a gate.
    return _compiled(prefix_url, tuple(versions.items()), look, folder)
