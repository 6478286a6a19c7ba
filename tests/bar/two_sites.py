"""A platform behind a real gate on `localhost`, SENCE's simulator on `127.0.0.1`: two sites for Chromium."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from playwright.sync_api import Page
from werkzeug.serving import BaseWSGIServer, make_server

from sence_gate import SenceGate
from sence_gate.simulator.app import Simulator
from sence_gate.simulator.registry import DEMO_KEY
from sence_gate.simulator.tables import Edition
from tests.journey.world import RUNS, good_settings

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

EDITION = Edition.CLAVE_UNICA
Guard = Callable[..., str]


class _Late:
    """An application that is named after its address is known."""

    application: WSGIApplication

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Pass on."""
        return self.application(environ, start_response)


def _served(application: WSGIApplication) -> Iterator[BaseWSGIServer]:
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(name="sence")
def simulated_sence() -> Iterator[BaseWSGIServer]:
    """Return a server of the simulator."""
    yield from _served(Simulator(edition=EDITION))


@pytest.fixture(name="server")
def server_of_the_platform() -> Iterator[BaseWSGIServer]:
    """Return a server, without a platform yet."""
    yield from _served(_Late())


@pytest.fixture(name="guard")
def guard_of_a_platform(tmp_path: Path, sence: BaseWSGIServer, server: BaseWSGIServer) -> Iterator[Guard]:
    """Return what puts a gate in front of a platform, and answers their address.

    Given are the platform, a path for each of the courses, and settings that differ.
    """
    home = f"http://localhost:{server.server_port}"
    gates: list[SenceGate] = []

    def guard(platform: WSGIApplication, *paths: str, **changes: Any) -> str:
        settings = good_settings(tmp_path, EDITION) | {"public_url": home} | changes
        settings["sence"] = {"base_url": f"http://127.0.0.1:{sence.server_port}"}
        for course, path in zip(settings["courses"], paths, strict=False):
            course |= {"paths": [path], "except": []}
        gates.append(SenceGate(platform, settings))
        cast("_Late", server.app).application = gates[-1]
        return home

    yield guard
    for gate in gates:
        gate.gate.parts.store.close()


def start(page: Page) -> None:
    """Go from the start page to SENCE, log in, and come back to the course."""
    page.get_by_label("Tu RUN").fill(RUNS["maria"])
    page.get_by_role("button", name="Ir a SENCE").click()
    log_in(page)


def log_in(page: Page) -> None:
    """Fill in RUN and key at SENCE."""
    page.locator("input[name=run]").fill(RUNS["maria"])
    page.locator("input[name=clave]").fill(DEMO_KEY)
    page.locator("button[value=ingresar]").click()
