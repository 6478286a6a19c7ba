"""Pages that name their course, asked for first in the platform's own process, on real servers."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from sence_gate.demo.servers import simulator
from tests.doors.in_process import COMMANDS
from tests.doors.paged import BIG, CUT_LATE, FILE, FREE, OWN, SECRET
from tests.ports import free_port
from tests.proxy import paged
from tests.proxy.served import CONFIG, Served, body_of, running

ROOT = Path(__file__).parents[2]
ROOM = 24 << 10  # KiB that the server may grow by, for a page of 64 MiB
RULES = f'{paged.RULES}unnamed = "any"\n'


@dataclass(frozen=True)
class Front:
    """A server with the gate and the platform in it, and the cookies of a session in the course 5."""

    served: Served
    server: str
    cookies: str

    def ask(
        self, path: str, headers: str = "", *, method: str = "GET", body: str = "", learner: bool = True
    ) -> bytes:
        """Return what comes for a request, of the learner or of somebody without a session."""
        cookies = self.cookies if learner else ""
        return paged.asked(self.served, path, cookies, headers, method=method, body=body)


@pytest.fixture(
    name="front", scope="module", params=["granian", "gunicorn", "waitress", "cheroot", "werkzeug", "uWSGI"]
)
def each_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Return each server in turn, and a learner who went through the start."""
    folder = tmp_path_factory.mktemp(request.param)
    port = free_port()
    with simulator(0, "clave-unica") as sence:
        config = CONFIG.format(port=port, upstream="", path="/cursos/excel/", sence=sence) + RULES
        config = config.replace('upstream = ""', 'wsgi = "tests.doors.paged:application"')
        (folder / "sence-gate.toml").write_text(config, encoding="utf-8")
        variables = {"SENCE_GATE_CONFIG": str(folder / "sence-gate.toml"), "PYTHONPATH": str(ROOT)}
        with running(COMMANDS[request.param](folder, port), port, folder, **variables) as served:
            yield Front(served, request.param, paged.cookies_of_a_learner(served))


def needs_write(front: Front, path: str) -> None:
    """Skip where the server has no `write()` (docs/deploy.md)."""
    if front.server == "granian" and path.endswith("written"):
        pytest.skip("granian has no write()")


@pytest.mark.parametrize("path", ["/mod/own", "/mod/bytes", "/mod/empty-pieces", "/mod/written"])
def test_the_page_of_the_learner_s_course_comes_whole_with_its_bar(front: Front, path: str) -> None:
    """However the platform hands it over."""
    needs_write(front, path)
    body = body_of(front.ask(path))
    assert body.endswith(OWN[OWN.index(b"<body") :])
    assert b'data-course="excel"' in body


def test_a_compressed_page_comes_whole_with_its_bar(front: Front) -> None:
    """It is read on the way, and stays compressed."""
    body = gzip.decompress(body_of(front.ask("/mod/gzip", "Accept-Encoding: gzip\r\n")))
    assert body.endswith(OWN[OWN.index(b"<body") :])
    assert b'data-course="excel"' in body


@pytest.mark.parametrize(
    ("path", "learner", "course"),
    [
        ("/mod/own", False, "excel"),
        ("/mod/bytes", False, "excel"),
        ("/mod/written", False, "excel"),
        ("/mod/big", False, "excel"),
        ("/mod/other", True, "seguridad"),
        ("/mod/other-bytes", True, "seguridad"),
        ("/mod/other-written", True, "seguridad"),
        ("/mod/other-gzip", True, "seguridad"),
        ("/mod/other-big", True, "seguridad"),
        ("/mod/partial", True, "seguridad"),
    ],
)
def test_k16_of_the_page_of_another_course_nothing_is_seen(
    front: Front, path: str, learner: bool, course: str
) -> None:
    """Not by a range either; the page that is thrown away is closed, though it never ends."""
    needs_write(front, path)
    said = front.ask(path, "Accept-Encoding: gzip\r\nRange: bytes=60-\r\n", learner=learner)
    assert paged.leads_to_the_start(said, course, SECRET)


def test_a_page_of_no_course_and_an_error_page_come_byte_for_byte(front: Front) -> None:
    """Without a bar, for whoever asks."""
    for learner in (True, False):
        assert body_of(front.ask("/mod/free", learner=learner)) == FREE
    gone = front.ask("/mod/gone", learner=False)
    assert (gone[:12], body_of(gone)) == (b"HTTP/1.1 404", FREE)


def test_a_file_is_handed_to_the_server_as_it_is(front: Front) -> None:
    """A session in any course opens it, and nobody without one sees it."""
    assert body_of(front.ask("/mod/file")) == FILE
    refused = front.ask("/mod/file", learner=False)
    assert (refused[:12], SECRET in refused) == (b"HTTP/1.1 303", False)


def test_a_redirect_passes_without_what_stands_behind_it(front: Front) -> None:
    """Where it leads is judged by itself."""
    said = front.ask("/mod/moved", learner=False)
    assert said.startswith(b"HTTP/1.1 302")
    assert (b"location: /mod/own" in said.lower(), SECRET in said) == (True, False)


def test_a_platform_that_raises_in_its_head_is_an_error_of_the_server(front: Front) -> None:
    """Nothing of its page is shown, and the next request is served."""
    said = front.ask("/mod/breaks-early")
    assert not said or said.startswith(b"HTTP/1.1 500")
    assert b"<!doctype html><html><head>" not in said
    assert front.ask("/mod/free").startswith(b"HTTP/1.1 200")


def test_a_page_that_breaks_off_later_is_not_as_long_as_it_said(front: Front) -> None:
    """Half a page never passes for a whole one."""
    head, _, body = front.ask("/mod/breaks-late").partition(b"\r\n\r\n")
    assert OWN[-20:] not in body
    if front.server != "granian":  # it makes chunks of everything, or nothing (docs/deploy.md)
        lengths = (line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        assert body.endswith(CUT_LATE[-20:])
        assert len(body) < int(next(lengths))
    assert front.ask("/mod/free").startswith(b"HTTP/1.1 200")


def test_a_head_gets_no_body_and_a_form_gets_through(front: Front) -> None:
    """Neither is asked first: any session will do, and without one the platform does not hear of it."""
    head = front.ask("/mod/own", method="HEAD")
    assert head.startswith(b"HTTP/1.1 200")
    # waitress ends the chunks of a body that is not there.
    assert head.partition(b"\r\n\r\n")[2] in (b"", b"0\r\n\r\n")
    assert body_of(front.ask("/mod/told", method="POST", body="respuesta=42")) == b"respuesta=42"
    assert front.ask("/mod/own", method="HEAD", learner=False).startswith(b"HTTP/1.1 303")
    assert front.ask("/mod/told", method="POST", body="a=1", learner=False).startswith(b"HTTP/1.1 403")


def test_a_big_page_costs_no_memory(front: Front) -> None:
    """What stands behind the `<body …>` tag passes piece by piece."""
    before = front.served.peak()
    assert len(body_of(front.ask("/mod/big"))) >= BIG
    assert front.served.peak() - before < ROOM


def test_g1_many_at_once_see_their_own(front: Front) -> None:
    """What is held back for the one is never given to the other."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: front.ask("/mod/bytes", learner=bool(number % 2)), range(48)))
    assert [SECRET in body_of(said) for said in answers] == [bool(number % 2) for number in range(48)]


def test_everything_that_was_opened_was_closed(front: Front) -> None:
    """Shown, thrown away, broken off, asked by HEAD (PEP 3333)."""
    for path in ("/mod/own", "/mod/other-big", "/mod/breaks-early", "/mod/breaks-late", "/mod/moved"):
        front.ask(path)
        front.ask(path, learner=False)
    front.ask("/mod/own", method="HEAD")
    deadline = time.monotonic() + 5
    while not (told := body_of(front.ask("/abiertas"))).endswith(b":") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert told == b"abiertas:"
