"""Redis is away and the disk of this host is full: nothing is said to be done that nobody kept."""

from __future__ import annotations

import os
import resource
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

from sence_gate.stores import open_store
from sence_gate.stores.base import Kind
from tests.given import Campus, answer, hidden_fields, kept
from tests.stores.outage import is_brought
from tests.stores.redis.servers import HOST, running, until


def _trip(folder: Path, url: str) -> tuple[list[int], bool]:
    """Start with room on the disk, come back from SENCE without, and send again when there is some.

    Returns:
        What was answered, and whether the browser kept all that SENCE had said.
    """
    campus = Campus(folder)
    campus.store.real = open_store(url, str(folder / "spool.sqlite"))
    begun = campus.begin()
    room = os.path.getsize(folder / "spool.sqlite-wal")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    page = campus.call_back("/inicio/ok", answer(begun))
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    again = campus.press("/_sence/inicio/ok", hidden_fields(page))
    landed = campus.ask(again.location or "", cookies=kept(begun.cookies, again))
    campus.store.close()
    statuses = [each.status_code for each in (page, again, landed)]
    return statuses, hidden_fields(page) == answer(begun)


def test_d2_a_full_disk_during_an_outage(tmp_path: Path) -> None:
    """SENCE's answer waits in the learner's page, and counts once when it is sent again."""
    with running(tmp_path / "redis") as server:
        url = f"redis://{HOST}:{server.port}"
        server.kill()
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            assert process.submit(_trip, tmp_path, url).result(60) == ([503, 303, 200], True)
        server.start()
        with closing(open_store(url, str(tmp_path / "spool.sqlite"))) as store:
            until(lambda: is_brought(store), "the spool")
            assert [each.kind for each in store.ledger()] == [Kind.START_SENT, Kind.START_OK]
