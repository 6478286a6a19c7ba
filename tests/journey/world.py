"""Campus, gate and SENCE as a learner's browser finds them: two sites, one clock for all.

The campus of the demonstration stands on `localhost` behind a real gate with a
real store; the simulator of SENCE stands on `127.0.0.1`, another site. All run in this
process, between validators of WSGI. A gate can stop and start again, with other
settings, over the same store; several can share it, each taking the next request.

What a person does here is in `trip.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any
from wsgiref.validate import validator

import pytest

from sence_gate import SenceGate
from sence_gate.demo.platform import Campus
from sence_gate.protocol.session import Session
from sence_gate.simulator import sample
from sence_gate.simulator.app import Simulator
from sence_gate.simulator.tables import Edition
from sence_gate.stores.base import Entry, Kind, Store
from sence_gate.stores.sqlite import SqliteStore
from tests.browser import Browser, CookieJar, Request, WsgiTransport
from tests.samples import KEYS, Clock

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

CAMPUS = "http://localhost:8000"
SENCE = "http://127.0.0.1:8001"
RUNS = {"maria": "11111111-1", "pedro": "12345678-5", "carla": "10000013-K"}

_USER = re.compile(r"campus_sesion=(\w+)\.")

Settings = dict[str, Any]
Wrapper = Callable[["WSGIApplication"], "WSGIApplication"]
MakeWorld = Callable[..., "World"]


def named_by_the_campus(application: WSGIApplication) -> WSGIApplication:
    """Return *application* with REMOTE_USER set to the RUN of whoever is logged in at the campus."""

    def middleware(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if found := _USER.search(environ.get("HTTP_COOKIE", "")):
            environ["REMOTE_USER"] = RUNS[found[1]]
        return application(environ, start_response)

    return middleware


def plain(application: WSGIApplication) -> WSGIApplication:
    """Return *application* as it is."""
    return application


class World:
    """Everything but the people.

    Args:
        edition: of SENCE's manual.
        workers: how many gates share the store; each takes the next request.
        stores: returns the store of a gate for the folder; None: what the settings say.
        around, inside: what stands between the server and the gate, and between gate and campus.
        session_seconds: when SENCE gives a session up.
        settings: as `restart` takes them.
    """

    def __init__(
        self,
        folder: Path,
        edition: str,
        *,
        workers: int = 1,
        stores: Callable[[Path], Store | None] = lambda _: None,
        around: Wrapper = plain,
        inside: Wrapper = plain,
        session_seconds: float = 3 * 3600,
        **settings: Any,
    ) -> None:
        self.edition = Edition(edition)
        self.clock = Clock()
        self.gates: list[SenceGate] = []
        self.folder, self._workers, self._stores = folder, workers, stores
        self._session_seconds = session_seconds
        self._campus = validator(inside(Campus(key="the campus of the tests", pause=0)))
        self.store: Store = SqliteStore(folder / "gate.sqlite")
        self.restart(**settings)
        self.forget_at_sence()
        self.transport = WsgiTransport({CAMPUS: around(self._to_a_worker), SENCE: self._to_sence})

    @property
    def seconds(self) -> Callable[[], float]:
        """The clock, for what counts from the epoch."""
        return lambda: self.clock().timestamp()

    def restart(
        self,
        *,
        excel: Settings | None = None,
        seguridad: Settings | None = None,
        otec: Settings | None = None,
        recheck_seconds: float = 0,
        **changes: Any,
    ) -> None:
        """Stop the gates and start them again, over the same store.

        Args:
            excel, seguridad, otec: settings of the courses and of the OTEC that differ from good ones.
            recheck_seconds: how long a gate believes its last look at the store.
            changes: any other settings; `otecs` take the place of the one OTEC.
        """
        self._stop()
        settings = good_settings(self.folder, self.edition)
        settings["courses"][0] |= excel or {}
        settings["courses"][1] |= seguridad or {}
        settings["otec"] |= otec or {}
        settings["store"]["recheck_seconds"] = recheck_seconds
        settings |= changes
        if "otecs" in changes:
            del settings["otec"]
        self.gates = [
            SenceGate(self._campus, settings, store=self._stores(self.folder), clock=self.clock)
            for _ in range(self._workers)
        ]
        self._turns = cycle(self.gates)

    def forget_at_sence(self) -> None:
        """Let SENCE lose all that it knew."""
        self.simulator = Simulator(
            edition=self.edition, clock=self.seconds, session_seconds=self._session_seconds
        )

    def close(self) -> None:
        """Give back the files."""
        self._stop()
        self.store.close()

    def _to_a_worker(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return next(self._turns)(environ, start_response)

    def _to_sence(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self.simulator(environ, start_response)

    def _stop(self) -> None:
        for gate in self.gates:
            gate.gate.parts.store.close()

    def browser(self, jar: CookieJar | None = None) -> Browser:
        """Return a new browser with one empty tab."""
        return Browser(self.transport, jar=jar, clock=self.seconds)

    def ledger(self, *kinds: Kind) -> list[Entry]:
        """Return the ledger, or its entries of *kinds*."""
        return [entry for entry in self.store.ledger() if not kinds or entry.kind in kinds]

    def sessions(self) -> list[Session]:
        """Return what the store holds of every attempt, in the order of the attempts."""
        ids = dict.fromkeys(entry.id_sesion_alumno for entry in self.ledger())
        return [session for each in ids if (session := self.store.get(each))]

    def session(self) -> Session:
        """Return the only session that there is."""
        (only,) = self.sessions()
        return only

    def seen(self) -> list[dict[str, Any]]:
        """Return what SENCE saw, the newest first."""
        return self._visto()["seen"]

    def open_at_sence(self) -> set[str]:
        """Return the IdSesionSence of the sessions that SENCE would still close."""
        return {each["id_sesion_sence"] for each in self._visto()["open_sessions"]}

    def _visto(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = json.loads(
            self.transport(Request("GET", f"{SENCE}/visto.json")).text
        )
        return found


def good_settings(folder: Path, edition: str) -> Settings:
    """Return settings that SENCE takes: "excel" on line 3 for three hours, "seguridad" on line 1 for one."""
    return {
        "public_url": CAMPUS,
        "secret_keys": list(KEYS),
        "credential": edition.replace("-", "_"),
        "store": {"url": f"sqlite:///{folder}/gate.sqlite"},
        "sence": {"base_url": SENCE},
        "otec": {"rut": sample.OTEC_RUT, "token": sample.TOKEN, "name": "Capacitación Demo"},
        "courses": [
            {
                "id": "excel",
                "name": "Excel básico",
                "paths": ["/cursos/excel/"],
                "except": ["/cursos/excel/publico/"],
                "cod_sence": sample.COD_SENCE,
                "codigo_curso": sample.CODIGO_CURSO,
                "linea_capacitacion": 3,
            },
            {
                "id": "seguridad",
                "name": "Seguridad en el trabajo",
                "paths": ["/cursos/seguridad/"],
                "codigo_curso": sample.SOCIAL_CODIGO_CURSO,
                "linea_capacitacion": 1,
                "minutes": 60,
            },
        ],
    }


@pytest.fixture(name="edition", params=[pytest.param(each.value, id=each.value) for each in Edition])
def each_edition(request: pytest.FixtureRequest) -> str:
    """Return each edition of the manual in turn."""
    return str(request.param)


@pytest.fixture(name="make_world")
def world_maker(tmp_path: Path) -> Iterator[MakeWorld]:
    """Return a maker of one world, which is taken down at the end."""
    made: list[World] = []

    def make(edition: str, **settings: Any) -> World:
        made.append(World(tmp_path, edition, **settings))
        return made[-1]

    yield make
    for world in made:
        world.close()


@pytest.fixture(name="world")
def plain_world(edition: str, make_world: MakeWorld) -> World:
    """Return a world with good settings, where learners are asked for their RUN."""
    return make_world(edition)
