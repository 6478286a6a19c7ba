"""Whole requests through a real gate while Redis takes connections and answers nothing."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import pytest
from werkzeug.test import TestResponse

from sence_gate.config import OnFailure, StoreSettings
from sence_gate.errors import StoreUnavailable
from sence_gate.protocol.session import State
from sence_gate.stores import open_store
from sence_gate.stores.base import Kind
from sence_gate.stores.breaker import Breaker
from sence_gate.stores.redis.client import CONNECT_SECONDS
from sence_gate.stores.redis.errors import COMMAND_SECONDS
from tests.given import COURSE, TRUSTED, Campus, Trip, answer, discreet_log, kept
from tests.samples import RUN
from tests.stores.redis.servers import HOST, Server, running

__all__ = ["discreet_log"]

MOST_SECONDS = 5.0  # the promise is one; this only ends a hang that is not Redis's
ALWAYS_ASKS = StoreSettings(recheck_seconds=0)
START = {"curso": "excel", "volver": COURSE, "run": str(RUN)}
Request = Callable[[Campus, Trip, str], TestResponse]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that each test lets go on."""
    with running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def campus(server: Server, tmp_path: Path) -> Iterator[Campus]:
    """A campus whose gate keeps its sessions there, and looks at each request."""
    campus = Campus(tmp_path, store=ALWAYS_ASKS)
    campus.store.real = open_store(
        f"redis://{HOST}:{server.port}?prefix={tmp_path.name}", str(tmp_path / "spool")
    )
    yield campus
    campus.store.close()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[StoreUnavailable]:
    """What each wait for Redis ended with."""
    waits: list[StoreUnavailable] = []
    failed = Breaker.failed

    def counted(breaker: Breaker, fault: StoreUnavailable) -> None:
        waits.append(fault)
        failed(breaker, fault)

    monkeypatch.setattr(Breaker, "failed", counted)
    return waits


def test_d1_one_wait_is_less_than_a_second() -> None:
    """So a request that waits once is answered within a second; a busy machine adds its own time."""
    assert CONNECT_SECONDS + COMMAND_SECONDS < 1.0


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(lambda c, _, cookies: c.ask(COURSE, cookies=cookies), id="lesson"),
        pytest.param(lambda c, begun, _: c.ask(COURSE, cookies=begun.cookies), id="lesson, only attempts"),
        pytest.param(lambda c, _, __: c.ask(COURSE), id="lesson, nothing"),
        pytest.param(
            lambda c, begun, _: c.press("/_sence/inicio", START, cookies=begun.cookies), id="start again"
        ),
        pytest.param(lambda c, begun, _: c.call_back("/inicio/ok", answer(begun)), id="callback"),
        pytest.param(
            lambda c, begun, _: c.call_back("/cierre/ok", answer(begun)), id="callback of the close"
        ),
        pytest.param(lambda c, _, cookies: c.press("/_sence/cierre", START, cookies=cookies), id="close"),
        pytest.param(lambda c, _, cookies: c.ask("/_sence/", cookies=cookies), id="list"),
        pytest.param(lambda c, _, cookies: c.ask(f"/_sence/estado?url={COURSE}", cookies=cookies), id="bar"),
        pytest.param(lambda c, _, __: c.ask("/_sence/ready"), id="ready"),
    ],
)
def test_d1_no_request_waits_twice(
    server: Server, campus: Campus, waits: list[StoreUnavailable], request_: Request
) -> None:
    """However often a page asks the store, it waits for one answer."""
    begun, cookies = campus.open_up()
    with server.frozen():
        started = time.monotonic()
        response = request_(campus, begun, cookies)
        took = time.monotonic() - started
    assert response.status_code in (200, 303, 503)
    assert (len(waits) <= 1, took < MOST_SECONDS) == (True, True)


def test_d1_a_refusing_gate_waits_once(server: Server, campus: Campus, waits: list[StoreUnavailable]) -> None:
    """Come back in a moment: 503, and the cookie stays."""
    _, cookies = campus.open_up()
    campus.configure(store=StoreSettings(on_failure=OnFailure.REFUSE, recheck_seconds=0))
    with server.frozen():
        assert campus.ask(COURSE, cookies=cookies).status_code == 503
    assert len(waits) == 1


def test_d1_a_learner_that_the_platform_names_waits_once(
    server: Server, campus: Campus, waits: list[StoreUnavailable]
) -> None:
    """By cookie, by attempt and by RUN: three looks, one wait."""
    begun, cookies = campus.open_up()
    campus.configure(store=ALWAYS_ASKS, learner=TRUSTED)
    with server.frozen():
        assert (
            campus.ask(COURSE, cookies=kept(begun.cookies) + "; " + cookies, user=str(RUN)).status_code == 200
        )
        assert campus.ask(COURSE, cookies=begun.cookies, user=str(RUN)).status_code == 303
    assert len(waits) == 1


class _Threads(ThreadingMixIn, WSGIServer):
    """A thread for each request."""


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _served(campus: Campus) -> Iterator[Callable[[str, str], int]]:
    """Serve the campus by threads, and yield what asks it for a path with cookies."""
    http_server = _Threads((HOST, 0), _Quiet)
    http_server.set_app(campus.door)
    thread = Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()

    def get(path: str, cookies: str) -> int:
        connection = http.client.HTTPConnection(HOST, http_server.server_port, timeout=10)
        connection.request("GET", path, headers={"Cookie": cookies, "Accept": "text/html"})
        status = connection.getresponse().status
        connection.close()
        return status

    try:
        yield get
    finally:
        http_server.shutdown()
        thread.join()
        http_server.server_close()


def test_d1_requests_outside_of_courses_are_not_slowed(server: Server, campus: Campus) -> None:
    """While one learner waits for Redis, others get page after page, and nothing is asked for them."""
    _, cookies = campus.open_up()
    campus.store.looks, served = 0, 0
    with _served(campus) as get, ThreadPoolExecutor(1) as waiting, server.frozen():
        lesson = waiting.submit(get, COURSE, cookies)
        while not lesson.done():
            assert get("/contacto", cookies) == 200
            served += 1
    assert (lesson.result(), campus.store.looks) == (200, 1)
    assert served >= 10


def test_d1_what_hung_is_written_afterwards(
    server: Server, campus: Campus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start that SENCE confirmed meanwhile is there when Redis goes on, once."""
    monkeypatch.setattr("sence_gate.stores.breaker.REST_SECONDS", 0.0)
    monkeypatch.setattr("sence_gate.stores.breaker.PROBE_SECONDS", 0.0)
    begun = campus.begin()
    with server.frozen():
        confirmed = campus.call_back("/inicio/ok", answer(begun))
        landed = campus.ask(confirmed.location or "", cookies=kept(begun.cookies, confirmed))
        assert landed.status_code == 200
    for _ in range(3):
        campus.store.get("x")
    assert campus.session(begun.id_sesion_alumno).state is State.OPEN
    assert [each.kind for each in campus.entries()] == [Kind.START_SENT, Kind.START_OK]
