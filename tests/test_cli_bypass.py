"""`sence-gate bypass`: declared for a time and with a reason, ended, listed, and in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
from click.testing import CliRunner, Result

from sence_gate.cli import main
from sence_gate.sample import sample_toml
from sence_gate.stores.base import Kind
from sence_gate.stores.sqlite import SqliteStore

WHY = ["--reason", "SENCE no responde", "--by", "ana"]


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    (tmp_path / "sence-gate.toml").write_text(sample_toml(), encoding="utf-8")
    return tmp_path


@pytest.fixture(name="store")
def _store(folder: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(folder / "sence-gate.sqlite")
    yield store
    store.close()


def run(folder: Path, *words: str) -> Result:
    """Return what `sence-gate bypass` answers."""
    command, *rest = words
    return CliRunner().invoke(main, ["bypass", command, "--config", str(folder / "sence-gate.toml"), *rest])


def test_a_contingency_is_declared_and_listed(folder: Path, store: SqliteStore) -> None:
    """With its end, its reason and who declared it; and the ledger has the line."""
    assert "No contingency was ever declared" in run(folder, "list").output
    assert run(folder, "start", "--course", "excel", "--hours", "2.5", *WHY).exit_code == 0
    (declared,) = store.bypasses()
    assert declared.until - declared.since == timedelta(hours=2.5)
    (entry,) = store.ledger()
    assert (entry.kind, entry.course, entry.flags) == (Kind.BYPASS, "excel", ("started",))
    assert entry.reason.startswith("ana: SENCE no responde (until 20")
    listed = run(folder, "list").output
    assert "excel: in force until" in listed
    assert "by ana: SENCE no responde" in listed


def test_a_contingency_is_ended(folder: Path, store: SqliteStore) -> None:
    """At once, once, and written down."""
    run(folder, "start", "--all", "--hours", "1", *WHY)
    assert "Ended: all courses" in run(folder, "stop", "--all").output
    assert [entry.flags for entry in store.ledger()] == [("started",), ("ended",)]
    assert "all courses: ended" in run(folder, "list").output
    again = run(folder, "stop", "--all")
    assert (again.exit_code, "There is no contingency" in again.output) == (1, True)


@pytest.mark.parametrize(
    ("declared", "ended", "word", "still"),
    [
        pytest.param(
            ["--all"], ["--all"], "Ended: all courses.", "excel: in force", id="all, and not a course"
        ),
        pytest.param(
            ["--all"], ["--course", "excel"], "Ended: excel.", "all courses: in force", id="a course"
        ),
        pytest.param([], ["--all"], "There is no contingency of all", "excel: in force", id="none of all"),
    ],
)
def test_who_still_passes_is_told(
    folder: Path, declared: list[str], ended: list[str], word: str, still: str
) -> None:
    """A contingency of all courses and one of a course stand beside each other, and end one by one."""
    for each in (["--course", "excel"], declared):
        assert not each or run(folder, "start", *each, "--hours", "1", *WHY).exit_code == 0
    result = run(folder, "stop", *ended)
    assert (result.exit_code, word in result.output) == (1, True)
    assert f"Learners still pass: {still}" in result.output
    assert "asked to register" not in result.output


def test_the_user_of_the_shell_declares_it(
    folder: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever gives no name is named all the same."""
    monkeypatch.setenv("LOGNAME", "berta")
    run(folder, "start", "--all", "--hours", "1", "--reason", "prueba")
    assert store.bypasses()[0].by == "berta"


@pytest.mark.parametrize("fault", [KeyError("uid not found"), OSError("No username set")])
def test_a_user_without_a_name_is_told_to_give_one(
    folder: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """In a container the number of the user may have no name; Python's versions raise one or the other."""
    monkeypatch.setattr("getpass.getuser", Mock(side_effect=fault))
    result = run(folder, "start", "--all", "--hours", "1", "--reason", "prueba")
    assert (result.exit_code, "--by" in result.output, store.bypasses()) == (2, True, ())


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["start", "--hours", "1", *WHY], id="of nothing"),
        pytest.param(["start", "--all", "--course", "excel", "--hours", "1", *WHY], id="of both"),
        pytest.param(["start", "--course", "exel", "--hours", "1", *WHY], id="of a course that is not there"),
        pytest.param(["start", "--all", *WHY], id="for ever"),
        pytest.param(["start", "--all", "--hours", "0", *WHY], id="for no time"),
        pytest.param(["start", "--all", "--hours", "73", *WHY], id="too long"),
        pytest.param(["start", "--all", "--hours", "nan", *WHY], id="for what is no number"),
        pytest.param(["start", "--all", "--hours", "1"], id="without a reason"),
        pytest.param(["start", "--all", "--hours", "1", "--reason", " "], id="with an empty reason"),
        pytest.param(["start", "--all", "--hours", "1", "--reason", "x" * 201], id="with a novel"),
        pytest.param(["stop"], id="end of nothing"),
    ],
)
def test_what_is_unclear_is_refused(folder: Path, store: SqliteStore, words: list[str]) -> None:
    """Wrong usage, exit code 2, and nothing is written."""
    assert run(folder, *words).exit_code == 2
    assert (store.bypasses(), list(store.ledger())) == ((), [])
