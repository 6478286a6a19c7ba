"""A single-page platform in Chromium: what stands after `#` is there again after SENCE."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page
from werkzeug.serving import BaseWSGIServer, make_server

from sence_gate import SenceGate
from sence_gate.simulator.app import Simulator
from sence_gate.simulator.registry import DEMO_KEY
from sence_gate.simulator.tables import Edition
from tests.journey.test_other_platforms import APP, SinglePage
from tests.journey.world import RUNS, good_settings

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

EDITION = Edition.CLAVE_UNICA


class Late:
    """An application that is named after its address is known."""

    application: WSGIApplication

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Pass on."""
        return self.application(environ, start_response)


def served(application: WSGIApplication) -> Iterator[BaseWSGIServer]:
    """Serve *application* on a free port until the generator is resumed."""
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
    yield from served(Simulator(edition=EDITION))


@pytest.fixture(name="home")
def guarded_platform(tmp_path: Path, sence: BaseWSGIServer) -> Iterator[str]:
    """Return the address of a single-page platform behind the gate; another site than SENCE."""
    late = Late()
    for server in served(late):
        home = f"http://localhost:{server.server_port}"
        settings = good_settings(tmp_path, EDITION)
        settings |= {"public_url": home, "shared": [{"paths": [APP]}]}
        settings["sence"] = {"base_url": f"http://127.0.0.1:{sence.server_port}"}
        gate = SenceGate(SinglePage(), settings)
        late.application = gate
        yield home
        gate.gate.parts.store.close()


def test_the_fragment_survives_the_choice_and_the_trip(page: Page, home: str) -> None:
    """Neither the gate nor SENCE ever hears of it; the tab keeps it."""
    page.goto(f"{home}{APP}#/cursos/excel/3")
    page.get_by_role("button", name="Excel básico").click()
    page.get_by_label("Tu RUN").fill(RUNS["maria"])
    page.get_by_role("button", name="Ir a SENCE").click()
    page.locator("input[name=run]").fill(RUNS["maria"])
    page.locator("input[name=clave]").fill(DEMO_KEY)
    page.locator("button[value=ingresar]").click()
    page.wait_for_url(f"{home}{APP}#/cursos/excel/3")
    assert page.title() == "Aula"
