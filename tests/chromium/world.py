"""Campus, gate and SENCE as real servers on two sites, with a clock that can be moved.

The campus stands on `localhost`, the simulator on `127.0.0.1`: two sites to a
browser, so SameSite is real. The gate's clock and SENCE's run, and tests move them on.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.serving import make_server

from sence_gate import SenceGate
from sence_gate.gate import utc_now
from sence_gate.simulator.app import Simulator
from sence_gate.simulator.tables import Edition
from sence_gate.stores.base import Entry, Kind
from sence_gate.stores.sqlite import SqliteStore
from tests.journey.world import good_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Door:
    """A server on a free port of loopback, for an application that comes later."""

    def __init__(self, host: str) -> None:
        self.application: WSGIApplication | None = None
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.url = f"http://{host}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        assert self.application is not None
        return self.application(environ, start_response)

    def close(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class World:
    """Everything but the people; `campus` and `sence` are the two addresses."""

    def __init__(
        self, folder: Path, platform: WSGIApplication, doors: tuple[Door, Door], edition: str
    ) -> None:
        self._ahead = timedelta()
        self._folder = folder
        here, there = doors
        self.campus, self.sence = here.url, there.url
        settings = good_settings(folder, edition) | {
            "public_url": self.campus,
            "sence": {"base_url": self.sence},
        }
        settings["store"]["recheck_seconds"] = 0
        self.gate = SenceGate(platform, settings, clock=self.now)
        here.application = self.gate
        there.application = Simulator(edition=edition, clock=lambda: self.now().timestamp())

    def now(self) -> datetime:
        """Return the time at the gate and at SENCE."""
        return utc_now() + self._ahead

    def move(self, minutes: float) -> None:
        """Let this much time pass."""
        self._ahead += timedelta(minutes=minutes)

    def ledger(self, *kinds: Kind) -> list[Entry]:
        """Return the ledger's entries of *kinds*."""
        store = SqliteStore(self._folder / "gate.sqlite")
        try:
            return [entry for entry in store.ledger() if entry.kind in kinds]
        finally:
            store.close()

    def close(self) -> None:
        """Give back the files."""
        self.gate.gate.parts.store.close()


@contextmanager
def running(folder: Path, platform: WSGIApplication, edition: str = Edition.CLAVE_UNICA) -> Iterator[World]:
    """Run a world around *platform* until the block ends."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with ExitStack() as stack:
        doors = Door("localhost"), Door("127.0.0.1")
        for door in doors:
            stack.callback(door.close)
        world = World(folder, platform, doors, edition)
        stack.callback(world.close)
        yield world
