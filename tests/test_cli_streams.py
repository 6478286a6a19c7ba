"""Output that nobody takes: closed streams, full disks, readers that have read enough."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from sence_gate.cli import main
from sence_gate.sample import sample_toml
from sence_gate.stores.base import Entry, Kind
from sence_gate.stores.sqlite import SqliteStore
from tests.ports import await_server, free_port
from tests.samples import NOW, RUN

SENCE_GATE = Path(sys.executable).parent / "sence-gate"
COMMANDS = {
    "help": "--help",
    "check": "check",
    "explain": "explain /a",
    "tag": "tag",
    "report": "report",
    "report, csv": "report --format csv",
    "ledger": "ledger",
    "purge": "purge --dry-run",
    "bypass list": "bypass list",
    "bypass start": "bypass start --all --hours 1 --reason prueba",
    "init": "init other.toml",
    "demo, help": "demo --help",
}
CLOSED, FULL = "Bad file descriptor", "No space left on device"
SERVERS = {"demo", "simulator", "serve"}


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    """Return a folder with a configuration, and a ledger of one line."""
    path = tmp_path / "sence-gate.toml"
    path.write_text(sample_toml("https://campus.otec.cl"), encoding="utf-8")
    path.chmod(0o600)
    with closing(SqliteStore(tmp_path / "sence-gate.sqlite")) as store:
        store.record(Entry(NOW, Kind.START_OK, "excel.1.2.3", "excel", str(RUN)))
    return tmp_path


def ended(folder: Path, words: str, streams: str) -> tuple[int, str]:
    """Run `sence-gate` with *streams* as a shell writes them; return exit code and complaint."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    told = folder / "stderr"
    script = f'("{SENCE_GATE}" {words} 2>"{told}" {streams})'
    found = subprocess.run(
        ["/bin/sh", "-c", script], cwd=folder, env=environ, stdout=subprocess.DEVNULL, check=False, timeout=60
    )
    return found.returncode, told.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "streams", "why"),
    [
        *(pytest.param(words, ">&-", CLOSED, id=f"{name}, closed") for name, words in COMMANDS.items()),
        *(
            pytest.param(COMMANDS[name], ">/dev/full", FULL, id=f"{name}, full")
            for name in ("help", "report")
        ),
        pytest.param("report", ">&- <&-", CLOSED, id="report, closed as the input is"),
    ],
)
def test_output_that_cannot_be_written_is_told_in_one_line(
    folder: Path, words: str, streams: str, why: str
) -> None:
    """Half of it is never taken for the whole: exit code 1, and no traceback."""
    assert ended(folder, words, streams) == (1, f"the output was not read or written to its end: {why}\n")


@pytest.mark.parametrize("streams", ["2>&-", "2>/dev/full"], ids=["closed", "full"])
@pytest.mark.parametrize("words", ["check", "ledger"])
def test_complaints_that_nobody_takes_change_nothing(folder: Path, words: str, streams: str) -> None:
    """There is nothing to complain of: the exit code is that of the work."""
    assert ended(folder, words, streams)[0] == 0


@pytest.mark.parametrize("streams", ["2>&-", ">&- 2>&- <&-"], ids=["closed", "all closed"])
def test_a_fault_that_nobody_reads_is_an_exit_code(folder: Path, streams: str) -> None:
    """A script knows all the same."""
    assert ended(folder, "check --config no.toml", streams)[0] == 1


@pytest.mark.parametrize("words", ["--help", "report", "ledger"])
def test_a_reader_that_has_read_enough_is_no_fault(folder: Path, words: str) -> None:
    """As `| head` does."""
    assert ended(folder, words, "| true")[1] == ""


@pytest.mark.parametrize("streams", [">&-", ">/dev/full"], ids=["closed", "full"])
def test_a_server_goes_on_although_nobody_takes_what_it_says(folder: Path, streams: str) -> None:
    """Its work is another."""
    port, told = free_port(), folder / "stderr"
    script = f'exec "{SENCE_GATE}" simulator --port {port} 2>"{told}" {streams}'
    with subprocess.Popen(["/bin/sh", "-c", script], cwd=folder) as server:
        try:
            await_server(server, port, told)
            time.sleep(0.5)  # in which it says where it listens
            is_there = server.poll() is None
        finally:
            server.terminate()  # and not killed: it ends the server that it started
    assert (is_there, told.read_text(encoding="utf-8")) == (True, "")


def test_every_command_was_tried() -> None:
    """A new one is tried here too."""
    tried = {words.split()[0] for words in COMMANDS.values()} - {"--help"}
    assert tried | SERVERS == set(main.commands)
