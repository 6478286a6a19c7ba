"""No spelling reaches a course, on any server: the rows of threats as bytes, on real sockets."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.doors import servers
from tests.doors import site as doors
from tests.doors.in_process import COMMANDS
from tests.doors.rows import CASES, CURSOS, Outcome, Row
from tests.ports import LOOPBACK, free_port

MARK = b"LA PLATAFORMA"
_CAMPUS = f"""\
def application(environ, start_response):
    if environ["PATH_INFO"] == "/escribe":
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"uno ")
        write(b"dos ")
        return [b"tres"]
    if environ["PATH_INFO"] == "/error":
        start_response("500 Internal Server Error", [("Content-Length", "5")])
        return [b"error"]
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "{len(MARK)}")])
    return [{MARK!r}]
"""
ASK_FIRST = {"gunicorn", "waitress", "cheroot", "werkzeug", "mod_wsgi", "nginx"}  # for a body, with 100
FORM = "Content-Type: application/x-www-form-urlencoded"
FRONTS = {"nginx": "nginx", "Caddy": "forward"}


@dataclass(frozen=True)
class Served:
    """A server with the gate, and how to tell whether the platform was called."""

    name: str
    port: int
    reached: Callable[[bytes], bool]

    def send(self, request: bytes) -> bytes:
        """Return what comes back until the server closes."""
        with socket.create_connection((LOOPBACK, self.port), timeout=10) as connection:
            pieces = []
            with suppress(ConnectionResetError, BrokenPipeError):
                connection.sendall(request)
                while piece := connection.recv(65_536):
                    pieces.append(piece)
        return b"".join(pieces)

    def outcome(self, row: Row) -> tuple[int, bool]:
        """Return the status (0: none, or an empty answer) and whether the platform was called."""
        answer = self.send(row.request(f"localhost:{self.port}"))
        head, _, body = answer.partition(b"\r\n\r\n")
        words = head.split(b" ")
        # Caddy answers what it serves no site for with 200 and nothing.
        shows = words[0].startswith(b"HTTP/") and (words[1] != b"200" or body)
        return (int(words[1]) if shows else 0), self.reached(answer)


@contextmanager
def _in_process(name: str, folder: Path) -> Iterator[Served]:
    port = free_port()
    (folder / "campus.py").write_text(_CAMPUS, encoding="utf-8")
    config = doors.config_text(f"http://localhost:{port}", "http://127.0.0.1:9", "wsgi")
    (folder / "sence-gate.toml").write_text(config, encoding="utf-8")
    environ = {"SENCE_GATE_CONFIG": str(folder / "sence-gate.toml"), "PYTHONPATH": str(folder)}
    with servers.running(COMMANDS[name](folder, port), port, folder, environ):
        yield Served(name, port, lambda answer: MARK in answer)


@contextmanager
def _behind(name: str, folder: Path) -> Iterator[Served]:
    with doors.site(folder, FRONTS[name]) as site:

        def reached(_answer: bytes) -> bool:
            was_called = bool(site.platform.targets)
            site.platform.targets.clear()
            return was_called

        yield Served(name, site.port, reached)


@pytest.fixture(name="server", scope="module", params=[*COMMANDS, *FRONTS])
def _server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    name = request.param
    if name == "mod_wsgi":
        with servers.open_folder() as folder, _in_process(name, folder) as server:
            yield server
        return
    run = _in_process if name in COMMANDS else _behind
    with run(name, tmp_path_factory.mktemp(name)) as server:
        yield server


@pytest.mark.parametrize("row", CASES.values(), ids=CASES)
def test_every_row_has_its_outcome(server: Served, row: Row) -> None:
    """Gated, or refused by the server itself; never a 5xx, never the platform. Free is answered by it."""
    status, is_reached = server.outcome(row)
    assert is_reached is (row.outcome is Outcome.FREE)
    assert is_reached or status in (0, 303, 501, 505) or 400 <= status < 500, status


STRETCHED = [
    *(
        pytest.param(name, "/escribe", 200, b"uno dos tres", id=f"{name}, write")
        for name in COMMANDS
        if name != "granian"  # it hands no `write` to anybody
    ),
    *(pytest.param(name, "/error", 500, b"error", id=f"{name}, no type") for name in COMMANDS),
]


@pytest.mark.parametrize(("server", "target", "status", "body"), STRETCHED, indirect=["server"])
def test_what_stretches_wsgi_passes(server: Served, target: str, status: int, body: bytes) -> None:
    """Bodies through `write`, and answers that name no type."""
    with closing(http.client.HTTPConnection(LOOPBACK, server.port, timeout=10)) as connection:
        connection.request("GET", target, headers={"Connection": "close"})
        with connection.getresponse() as answer:
            assert (answer.status, answer.read()) == (status, body)


def test_m6_a_refused_body_is_not_waited_for(server: Served) -> None:
    """Two gigabytes are announced and none of it sent: refused at once.

    waitress reads bodies whole before it asks anybody, and nginx has a limit of its own: 413.
    """
    headers = (
        "Content-Length: 2147483648",
        "Content-Type: application/x-www-form-urlencoded",
    )
    request = Row(CURSOS, "POST", headers).request(f"localhost:{server.port}")
    with socket.create_connection((LOOPBACK, server.port), timeout=10) as connection:
        connection.sendall(request)
        assert connection.recv(12)[9:] in (b"403", b"413")


def test_h13_a_refused_form_is_not_asked_for(server: Served) -> None:
    """The gate looks at no body; some servers ask for it before they ask the gate, and then it is refused."""
    body = b"id=5"
    headers = ("Expect: 100-continue", f"Content-Length: {len(body)}", FORM)
    request = Row(CURSOS, "POST", headers).request(f"localhost:{server.port}")
    with socket.create_connection((LOOPBACK, server.port), timeout=10) as connection:
        connection.sendall(request)
        received = connection.recv(65_536)
        assert received.startswith(b"HTTP/1.1 100 ") is (server.name in ASK_FIRST)
        if server.name in ASK_FIRST:
            connection.sendall(body)
        while b"403" not in received and (piece := connection.recv(65_536)):
            received += piece
    assert received.rpartition(b"100 Continue\r\n\r\n")[2][9:12] == b"403"  # werkzeug says it twice
    assert not server.reached(received)


def test_after_all_that_the_next_request_is_served(server: Served) -> None:
    """No worker was lost on the way."""
    assert all(server.outcome(Row("/curso"))[1] for _ in range(8))
    assert server.outcome(Row(CURSOS)) == (303, False)
