"""`sence-gate report`, `ledger` and `purge`: over a ledger that a real trip left."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sence_gate.cli import main
from sence_gate.cookies import AttemptIds
from sence_gate.protocol.session import State
from sence_gate.stores.base import Entry, Kind
from sence_gate.stores.sqlite import SqliteStore
from tests.given import Campus, answer
from tests.samples import KEYS, NOW, OTEC, OTHER_RUN, RUN, session

SENCE_GATE = Path(sys.executable).parent / "sence-gate"
SETTINGS = """\
public_url = "https://campus.otec.cl"
secret_keys = ["{key}"]
[store]
url = "sqlite:///gate.sqlite"
[otec]
rut = "{rut}"
token = "{token}"
[[courses]]
id = "excel"
name = "Excel básico"
paths = ["/cursos/excel/"]
linea_capacitacion = 3
cod_sence = "1237894560"
codigo_curso = "5123456"
"""


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    path = tmp_path / "sence-gate.toml"
    path.write_text(SETTINGS.format(key=KEYS[0], rut=OTEC.rut, token=OTEC.token), encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "gate.sqlite")
    yield store
    store.close()


@pytest.fixture(name="trip")
def _trip(path: Path) -> str:
    """Walk a trip through the gate: refused, started, replayed, closed; return the attempt's id."""
    campus = Campus(path.parent)
    refusal = answer(campus.begin(), GlosaError="100", FechaHora="2024-05-06 11:30:30")
    campus.call_back("/inicio/error", refusal)
    campus.clock.move(minutes=1)
    begun, cookies = campus.open_up()
    campus.call_back("/inicio/ok", answer(begun))
    campus.clock.move(minutes=95)
    campus.close_up(cookies)
    campus.call_back("/cierre/ok", answer(begun, FechaHora="2024-05-06 13:06:00"))
    campus.store.close()
    return begun.id_sesion_alumno


def run(path: Path, *words: str) -> Result:
    """Return what a command of `sence-gate` did."""
    return CliRunner().invoke(main, [*words, "--config", str(path)])


@pytest.mark.usefixtures("trip")
def test_the_report_of_a_real_trip(path: Path) -> None:
    """The refusal with its words and the closed session with its length: what a person expects."""
    lines = run(path, "report").stdout.splitlines()
    assert [text for text in lines if text.startswith("12345678-5")] == [
        "12345678-5  2024-05-06 11:30:00                       inicio rechazado (prueba)",
        "12345678-5  2024-05-06 11:31:40  13:06:40       1:35  cerrada (prueba)",
    ]
    assert "  SENCE     2024-05-06 11:30:30" in (text[:31] for text in lines)
    assert "Clave SENCE errada tres veces" in "".join(lines)
    assert lines[-1] == "Total: sesiones 1 (cerradas 1), inicios rechazados 1"


def test_the_environment_is_proven_by_the_attempt_or_told_by_the_store(
    path: Path, trip: str, store: SqliteStore
) -> None:
    """Neither new keys nor forgotten sessions make test attendance look real; both together leave it open."""

    def environments() -> set[str]:
        return {
            json.loads(text)["ambiente"]
            for text in run(path, "report", "--format", "json").stdout.splitlines()
        }

    settings = path.read_text(encoding="utf-8")
    assert environments() == {"test"}
    path.write_text(settings.replace(KEYS[0], KEYS[1]), encoding="utf-8")
    assert environments() == {"test"}
    assert store.forget(datetime.now(UTC)) == 2
    assert store.get(trip) is None
    assert environments() == {None}
    path.write_text(settings, encoding="utf-8")
    assert environments() == {"test"}


@pytest.mark.usefixtures("trip")
@pytest.mark.parametrize(
    ("words", "rows"),
    [
        pytest.param([], 2, id="all"),
        pytest.param(["--course", "excel", "--run", "12.345.678-5"], 2, id="course and learner"),
        pytest.param(["--course", "word"], 0, id="another course"),
        pytest.param(["--run", str(OTHER_RUN)], 0, id="another learner"),
        pytest.param(["--since", "2024-05-06", "--until", "2024-05-07"], 2, id="the day"),
        pytest.param(["--since", "2024-05-07"], 0, id="after the day"),
        pytest.param(["--until", "2024-05-06"], 0, id="until is outside"),
    ],
)
def test_a_report_can_be_narrowed(path: Path, words: list[str], rows: int) -> None:
    """By day, course and learner; nothing is said to be nothing, on the other stream."""
    result = run(path, "report", "--format", "json", *words)
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, rows)
    assert ("Nothing was recorded" in result.stderr) is (rows == 0)
    assert ("word is not configured; there are: excel" in result.stderr) is ("word" in words)


def test_a_session_over_midnight_is_whole_in_one_day_s_report(path: Path, store: SqliteStore) -> None:
    """The close of the next day is read too, and the next day's report does not tell the session again."""
    for kind, hours in ((Kind.START_OK, 11), (Kind.CLOSE_OK, 13)):
        at = NOW + timedelta(hours=hours)
        store.record(Entry(at, kind, "excel.1.n.m", "excel", str(RUN), (("IdSesionSence", "1"),)))
    days = [("2024-05-06", "2024-05-07"), ("2024-05-07", "2024-05-08")]
    shown = [run(path, "report", "--since", since, "--until", until).stdout for since, until in days]
    assert ("00:30:00 +1    2:00  cerrada" in shown[0], shown[1]) == (True, "")


@pytest.mark.usefixtures("trip")
@pytest.mark.parametrize("separator", [";", ","])
def test_a_spreadsheet_gets_its_file(path: Path, separator: str) -> None:
    """A byte order mark, the separator that was asked for, and nobody else can read it."""
    output = path.parent / "report.csv"
    output.write_bytes(b"older and longer than what comes" * 1_000)
    output.chmod(0o644)
    result = run(path, "report", "--format", "csv", "--separator", separator, "--output", str(output))
    assert (result.exit_code, result.stdout, stat.S_IMODE(output.stat().st_mode)) == (0, "", 0o600)
    assert output.read_bytes().startswith(b"\xef\xbb\xbfdia" + separator.encode() + b"curso")
    with output.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=separator))
    assert [row["resultado"] for row in rows] == ["inicio rechazado", "cerrada"]


@pytest.mark.usefixtures("trip")
@pytest.mark.parametrize("layout", ["table", "csv", "json"])
@pytest.mark.parametrize(("by", "day"), [("day", 1), ("course", 0)])
def test_counts_come_in_every_format(path: Path, by: str, day: int, layout: str) -> None:
    """By day and by course, for people and for programs."""
    result = run(path, "report", "--by", by, "--format", layout)
    assert (result.exit_code, result.stdout.count("excel"), result.stdout.count("2024-05-06")) == (0, 1, day)


@pytest.mark.usefixtures("trip")
@pytest.mark.parametrize("layout", ["table", "csv", "json"])
def test_masked_means_no_run_anywhere(path: Path, layout: str) -> None:
    """RUNs are shown in full, unless they must not be."""
    assert "12345678" in run(path, "report", "--format", layout).stdout
    assert "12345678" not in run(path, "report", "--format", layout, "--mask").stdout


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["report", "--format", "csv", "--output", "/dev/full"], id="a report in a file"),
        pytest.param(["report"], id="a report on the terminal"),
        pytest.param(["ledger"], id="the ledger"),
    ],
)
def test_a_full_disk_is_told_in_words(path: Path, store: SqliteStore, words: list[str]) -> None:
    """Half a report is never taken for a whole one: exit code 1, and one line."""
    store.record(Entry(NOW, Kind.START_OK, "excel.1.2.3", "excel", str(RUN)))
    command = [str(SENCE_GATE), *words, "--config", str(path)]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=environ
        )
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "was not read or written to its end: No space left on device" in ended.stderr


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["report", "--since", "6.5.2024"], id="not a date"),
        pytest.param(["report", "--since", "0001-01-01"], id="before all days"),
        pytest.param(["report", "--until", "9999-12-31"], id="for ever"),
        pytest.param(["report", "--since", "2024-05-06", "--until", "2024-05-06"], id="no day at all"),
        pytest.param(["report", "--run", "12345678-9"], id="not a RUN"),
        pytest.param(["ledger", "--kind", "unmatched"], id="a kind that stands elsewhere"),
        pytest.param(["purge", "--older-than", "29"], id="too young"),
    ],
)
def test_wrong_usage_is_exit_code_two(path: Path, words: list[str]) -> None:
    """What cannot be meant is told before anything is read."""
    assert run(path, *words).exit_code == 2


@pytest.mark.usefixtures("trip")
def test_a_report_that_cannot_be_written_says_so(path: Path) -> None:
    """A mistyped folder is a sentence, not a traceback."""
    result = run(path, "report", "--output", str(path.parent / "no" / "x"))
    assert (result.exit_code, "cannot be written" in result.stderr) == (1, True)


OTHER = "CREATE TABLE clients (name TEXT)"


@pytest.mark.parametrize("command", ["report", "ledger", "purge"])
@pytest.mark.parametrize(
    ("statement", "told"),
    [
        pytest.param("", "is not there", id="no file"),
        pytest.param("VACUUM", "is empty, or another program's", id="an empty file"),
        pytest.param(OTHER, "is empty, or another program's", id="another program's database"),
    ],
)
def test_what_holds_no_ledger_is_no_empty_report(path: Path, command: str, statement: str, told: str) -> None:
    """A mistyped store.url is a sentence and no month without learners, and leaves what is there as it is."""
    file = path.parent / "gate.sqlite"
    if statement:
        file.touch()
        with closing(sqlite3.connect(file)) as db:
            db.execute(statement)
    result = run(path, command)
    assert (result.exit_code, told in result.stderr, result.stdout) == (1, True, "")
    assert file.exists() is bool(statement)
    if statement == OTHER:
        with closing(sqlite3.connect(file)) as db:
            assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("clients",)]
            assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_store_that_cannot_be_read_leaves_the_older_report(path: Path) -> None:
    """Nothing is written over before there is something to write."""
    (path.parent / "gate.sqlite").write_bytes(b"this is no database" * 100)
    output = path.parent / "report.csv"
    output.write_text("older", encoding="utf-8")
    result = run(path, "report", "--output", str(output))
    assert (result.exit_code, output.read_text(encoding="utf-8")) == (1, "older")


def test_help_says_that_runs_are_shown(path: Path) -> None:
    """Nobody passes a report on without knowing what is in it."""
    assert "RUNs are shown in full" in run(path, "report", "--help").stdout


@pytest.mark.usefixtures("trip")
def test_the_ledger_is_listed(path: Path) -> None:
    """Every line, in the order written, with the fields only when asked for."""
    plain, raw = run(path, "ledger").stdout, run(path, "ledger", "--raw").stdout
    kinds = re.findall(r"^2024-\S+ \S+  (\w+)", plain, re.MULTILINE)
    assert kinds == [
        "start_sent", "start_error", "start_sent", "start_ok", "start_ok", "close_sent", "close_ok",
    ]  # fmt: skip
    assert ("IdSesionSence = 987654321" in plain, "IdSesionSence = 987654321" in raw) == (False, True)
    assert OTEC.token not in raw


@pytest.mark.usefixtures("trip")
def test_an_incident_is_found(path: Path, store: SqliteStore) -> None:
    """The code that a learner reads out leads to its line, also when it was nobody's."""
    store.note_unmatched(Entry(NOW, Kind.UNMATCHED, flags=("start_ok",), incident="n0b0dy"))
    (refusal,) = (entry for entry in store.ledger() if entry.kind is Kind.START_ERROR)
    found = json.loads(run(path, "ledger", "--format", "json", "--incident", refusal.incident).stdout)
    assert (found["kind"], found["incident"]) == ("start_error", refusal.incident)
    assert "unmatched" in run(path, "ledger", "--incident", "n0b0dy").stdout
    missing = run(path, "ledger", "--incident", "an0ther")
    assert (missing.exit_code, missing.stdout, "an0ther" in missing.stderr) == (1, "", True)


@pytest.mark.usefixtures("trip")
@pytest.mark.parametrize(
    ("words", "lines"),
    [
        pytest.param(["--kind", "start_ok", "--kind", "close_ok"], 3, id="kinds"),
        pytest.param(["--until", "2024-05-06"], 0, id="days"),
        pytest.param(["--run", str(OTHER_RUN)], 0, id="learner"),
        pytest.param(["--course", "excel"], 7, id="course"),
        pytest.param(["--unmatched"], 1, id="nobody's"),
        pytest.param(["--unmatched", "--since", "2024-05-07"], 0, id="nobody's, later"),
    ],
)
def test_a_ledger_can_be_narrowed(path: Path, store: SqliteStore, words: list[str], lines: int) -> None:
    """The same filters as the report's, and those of its own."""
    store.note_unmatched(Entry(NOW, Kind.UNMATCHED))
    result = run(path, "ledger", "--format", "json", *words)
    assert len(result.stdout.splitlines()) == lines
    assert ("nobody's: 1." in result.stderr) is ("--unmatched" in words)


def test_the_ledger_is_followed_until_ctrl_c(path: Path, store: SqliteStore) -> None:
    """A new line shows within moments, an old one does not, and Ctrl-C is a good end."""
    store.record(Entry(NOW, Kind.GRACE, course="old"))
    command = [str(SENCE_GATE), "ledger", "--follow", "--config", str(path)]
    environ = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout
        until = time.monotonic() + 20
        store.record(Entry(datetime.now(UTC) + timedelta(seconds=30), Kind.GRACE, course="new"))
        line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert (process.wait(timeout=20), line.split()[-1]) == (0, "new")
        assert time.monotonic() < until


def test_purge_forgets_what_is_long_over_and_says_how_many(path: Path, store: SqliteStore) -> None:
    """A dry run counts the same and forgets nothing; the ledger stays whole."""
    old = datetime.now(UTC) - timedelta(days=401)
    for state in (State.CLOSED, State.OPEN):
        store.swap(
            None,
            session(id_sesion_alumno=f"excel.{state}", state=state, since=old),
            Entry(old, Kind.START_OK),
        )
    recent = datetime.now(UTC) - timedelta(days=399)
    store.swap(None, session(state=State.CLOSED, since=recent), Entry(old, Kind.START_OK))
    lately_open = session(id_sesion_alumno="excel.lately", since=old, opened=recent)
    store.swap(None, lately_open, Entry(old, Kind.START_OK))
    said = [run(path, "purge", *words).stdout for words in (["--dry-run"], [], [])]
    assert [(text.split()[0], "would be" in text) for text in said] == [
        ("2", True),
        ("2", False),
        ("0", False),
    ]
    assert (store.get("excel.closed"), store.get("excel.open")) == (None, None)
    assert store.get("excel.lately") == lately_open
    assert len(list(store.ledger())) == 4


def test_purge_takes_the_days_that_it_is_told(path: Path, store: SqliteStore) -> None:
    """An OTEC with a shorter rule of its own can keep it."""
    old = datetime.now(UTC) - timedelta(days=31)
    store.swap(None, session(state=State.EXPIRED, since=old), Entry(old, Kind.START_OK))
    assert run(path, "purge", "--older-than", "32").stdout.startswith("0 ")
    assert run(path, "purge", "--older-than", "30").stdout.startswith("1 ")


def test_the_key_that_made_an_attempt_is_the_one_of_the_settings() -> None:
    """The samples of this module fit together: what the campus issues, the settings verify."""
    ids, sent = AttemptIds([KEYS[0]]), session().attendance
    assert ids.verify(AttemptIds(KEYS).issue("excel", sent, NOW), sent)
    assert sent.run_alumno == RUN
