"""What is counted, who may read it, and that nobody is named in it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from werkzeug.test import Client, TestResponse

from sence_gate import SenceGate, metrics
from sence_gate.config import MetricsSettings
from sence_gate.learners.sources import peer_of
from sence_gate.stores.spooled import SpooledStore
from tests.exchanged import RUNS, assert_clean
from tests.given import COURSE, ID_SESION_SENCE, Campus, answer
from tests.samples import RUN
from tests.stores.contract import entry
from tests.stores.outage import Switchable

LOCAL = {"HTTP_HOST": "127.0.0.1:8000", "REMOTE_ADDR": "127.0.0.1"}
ONLY_HERE = "metrics are shown to this machine; name other addresses in metrics.allow\n"
_LINE = re.compile(r"sence_gate_(\w+?)(?:_total)?(?:\{(.*)\})? ([\d.]+)")


def look(campus: Campus, **environ: str) -> TestResponse:
    """Ask for the counts, as a monitor on this machine does."""
    return campus.ask("/_sence/metrics", environ=LOCAL | environ)


def told(text: str, what: str) -> dict[str, float]:
    """Return the counts of one kind by the words of their labels."""
    found = (_LINE.fullmatch(line) for line in text.splitlines())
    return {
        " ".join(re.findall('"([^"]*)"', each[2] or "")): float(each[3])
        for each in found
        if each and each[1] == what
    }


def test_decisions_are_counted(campus: Campus) -> None:
    """Each request that a course could have to do with, by what it met; others cost nothing."""
    _, cookies = campus.open_up()
    for path in (COURSE, COURSE, "/cursos/excel/publico/x", "/contacto", "/cursos/excel/%00"):
        campus.ask(path, cookies=cookies)
    campus.clock.move(minutes=181)
    campus.ask(COURSE, "POST", cookies=cookies)
    campus.ask(COURSE)
    expected = {"admitted": 2, "untouched": 1, "unreadable": 1, "grace": 1, "start_needed": 1}
    assert told(look(campus).text, "decisions") == expected


def test_answers_of_sence_are_counted(campus: Campus) -> None:
    """By what SENCE said and what became of it; one that could not be kept, too."""
    begun = campus.begin()
    campus.call_back("/inicio/error", answer(begun, IdSesionSence="", GlosaError="204"))
    campus.call_back("/inicio/ok", answer(begun, CodigoCurso="5999999"))
    campus.call_back("/inicio/ok", answer(begun, IdSesionAlumno="excel.0.nobody.s"))
    campus.call_back("/cierre/error", {})
    campus.store.is_away = True
    campus.call_back("/inicio/ok", answer(begun))
    assert told(look(campus).text, "callbacks") == {
        "start_error applied": 1,
        "start_ok quarantined": 1,
        "start_ok unmatched": 1,
        "close_error malformed": 1,
        "start_ok unavailable": 1,
    }


def test_starts_are_counted(campus: Campus) -> None:
    """A flood of starts shows beside the few answers that come to them."""
    for _ in range(3):
        begun = campus.begin()
    campus.call_back("/inicio/ok", answer(begun))
    again = {"curso": "excel", "volver": COURSE, "run": str(RUN)}
    assert campus.press("/_sence/inicio", again, cookies=begun.cookies).status_code == 303
    assert told(look(campus).text, "starts") == {"sent": 3, "already_open": 1}


def test_pages_without_a_bar_are_counted(campus: Campus) -> None:
    """By the reason, so that an operator sees why learners have no countdown."""
    _, cookies = campus.open_up()
    campus.platform.headers = [("Content-Type", "text/html; charset=utf-8")]
    campus.platform.page = b"<p>a piece for some script</p>"
    campus.ask(COURSE, cookies=cookies, headers={"Accept": "text/html", "Sec-Fetch-Dest": "document"})
    assert told(look(campus).text, "pages_without_bar") == {"fragment": 1}


def test_an_outage_shows(campus: Campus, tmp_path: Path) -> None:
    """Whether the shared store is away, and what this host keeps for it."""
    assert "store_away" not in look(campus).text  # a file is no shared store
    remote = Switchable(campus.store.real)
    with closing(SpooledStore(remote, tmp_path / "spool.sqlite")) as store:
        client = Client(SenceGate(campus.platform, campus.config, store=store))
        before = client.get("/_sence/metrics", environ_overrides=LOCAL).text
        remote.is_away = True
        for _ in range(3):
            store.record(entry())
        after = client.get("/_sence/metrics", environ_overrides=LOCAL).text
    assert [told(each, "store_away") for each in (before, after)] == [{"": 0}, {"": 1}]
    assert [told(each, "spool_items") for each in (before, after)] == [{"": 0}, {"": 3}]


def test_a_spool_that_cannot_be_read_is_not_called_empty(campus: Campus, tmp_path: Path) -> None:
    """No figure is better than a wrong one, and the page is there all the same."""
    (tmp_path / "spool.sqlite").write_bytes(b"no database " * 1000)
    with closing(SpooledStore(Switchable(campus.store.real), tmp_path / "spool.sqlite")) as store:
        client = Client(SenceGate(campus.platform, campus.config, store=store))
        found = client.get("/_sence/metrics", environ_overrides=LOCAL)
    assert (found.status_code, told(found.text, "spool_items")) == (200, {})


@pytest.mark.parametrize(
    ("environ", "allow", "status"),
    [
        pytest.param({}, (), 200, id="this machine"),
        pytest.param({"REMOTE_ADDR": "::1", "HTTP_HOST": "[::1]:8000"}, (), 200, id="by IPv6"),
        pytest.param({"HTTP_HOST": "localhost"}, (), 200, id="by name"),
        pytest.param({"REMOTE_ADDR": "192.0.2.7"}, (), 403, id="somebody else"),
        pytest.param({"REMOTE_ADDR": ""}, (), 403, id="a socket"),
        pytest.param({"HTTP_HOST": "campus.otec.cl"}, (), 403, id="a front server that passes the host"),
        pytest.param(
            {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, (), 403, id="a front server that names the visitor"
        ),
        pytest.param({"HTTP_FORWARDED": "for=127.0.0.1"}, (), 403, id="by its other name"),
        pytest.param({"HTTP_HOST": "["}, (), 403, id="a host that is none"),
        pytest.param(
            {"REMOTE_ADDR": "10.1.2.3", "HTTP_HOST": "campus.otec.cl"}, ("10.0.0.0/8",), 200, id="named"
        ),
        pytest.param({"REMOTE_ADDR": "10.1.2.3"}, ("10.9.0.0/16",), 403, id="another one is named"),
        pytest.param({"REMOTE_ADDR": ""}, ("unix",), 200, id="a socket that is named"),
    ],
)
def test_who_may_look(campus: Campus, environ: dict[str, str], allow: tuple[str, ...], status: int) -> None:
    """This machine, asked directly, and whom the operator names; a front server does not open it to all."""
    campus.configure(metrics=MetricsSettings(tuple(map(peer_of, allow))))
    response = look(campus, **environ)
    assert response.status_code == status
    assert (response.text == ONLY_HERE) is (status == 403)
    assert "no-store" in response.headers["Cache-Control"]


def test_without_the_extra_it_says_how_to_get_it(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    """404 and one line; everything else goes on."""
    monkeypatch.setattr(metrics, "IS_INSTALLED", False)
    campus.configure()
    _, cookies = campus.open_up()
    assert campus.admits(campus.ask(COURSE, cookies=cookies))
    response = look(campus)
    assert (response.status_code, response.text) == (
        404,
        "no metrics are counted; install them: pip install '.[metrics]' in the checkout\n",
    )


def test_d6_nobody_is_named(campus: Campus) -> None:
    """Neither a RUN, nor an id, nor what was asked for."""
    begun, cookies = campus.open_up()
    campus.ask(COURSE, cookies=cookies)
    campus.call_back("/cierre/ok", answer(begun))
    text = look(campus).text
    assert_clean(text, (*RUNS, ID_SESION_SENCE, begun.id_sesion_alumno, "excel", "leccion"))
    assert set(re.findall(r"(\w+)=", text)) == {"decision", "message", "outcome"}


WORKER = """
import sys
from prometheus_client import Counter
from sence_gate.metrics import Metrics
ours = Metrics()
for _ in range(int(sys.argv[1])):
    ours.count("decisions", "admitted")
Counter("of_the_platform", "Not ours.").inc()
sys.stdout.write(ours.text({"store_away": 1}).decode())
"""


def _worker(times: int, folder: Path | None) -> str:
    environ = {**os.environ, **({"PROMETHEUS_MULTIPROC_DIR": str(folder)} if folder else {})}
    run = subprocess.run(
        [sys.executable, "-c", WORKER, str(times)], env=environ, capture_output=True, text=True, check=True
    )
    return run.stdout


def test_any_worker_tells_the_counts_of_all(tmp_path: Path) -> None:
    """With a folder for them; also of a worker that has ended. What the platform counts there is its own."""
    _worker(2, tmp_path)
    text = _worker(3, tmp_path)
    assert told(text, "decisions") == {"admitted": 5}
    assert told(text, "store_away") == {"": 1}
    assert "of_the_platform" not in text


def test_a_worker_without_that_says_that_it_speaks_for_itself() -> None:
    """A count that jumps between workers must not be a riddle."""
    text = _worker(3, None)
    assert told(text, "decisions") == {"admitted": 3}
    assert text.startswith("# The counts of one worker; with PROMETHEUS_MULTIPROC_DIR set, of all.\n")
