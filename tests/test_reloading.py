"""A file that changes while the gate runs: seen however it is changed, and never by halves."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from time import sleep

import pytest

from sence_gate.errors import ConfigurationError
from sence_gate.learners.roster import read_roster
from sence_gate.protocol.many import rut_of
from sence_gate.reloading import Reloaded
from sence_gate.sheets import Changing


class Watch:
    """A file with words, read by a `Reloaded` whose time is moved by hand."""

    def __init__(self, path: Path) -> None:
        self.path, self.now, self.reads = path, 0.0, 0
        self.reloaded = Reloaded(path, self._read, "list", "learner.roster", every=2, timer=lambda: self.now)

    def _read(self, path: Path) -> str:
        self.reads += 1
        try:
            text = path.read_text()
        except OSError:
            raise ConfigurationError((f"{path}: cannot be read",)) from None
        if "bad" in text:
            raise ConfigurationError((f"{path}:7: is wrong",))
        if "crash" in text:
            raise ZeroDivisionError
        return text

    def after(self, looks: int) -> str:
        """Return the content after so many looks at the file."""
        for _ in range(looks):
            self.now += 2
            assert self.reloaded.content
        self.reloaded.wait()
        return self.reloaded.content


@pytest.fixture(name="watch")
def watched_file(tmp_path: Path) -> Watch:
    """Return a file that says "one"."""
    (tmp_path / "list.csv").write_text("one")
    return Watch(tmp_path / "list.csv")


def in_place(path: Path) -> None:
    """Change the file as an editor does that keeps it."""
    path.write_text("two")
    os.utime(path, (0, 0))  # the file's clock may go backwards, too


def by_another(path: Path) -> None:
    """Change the file as careful programs do."""
    other = path.with_name("other")
    other.write_text("two")
    os.replace(other, path)


@pytest.mark.parametrize("change", [in_place, by_another])
def test_a_change_is_seen_when_the_file_is_at_rest(watch: Watch, change: Callable[[Path], None]) -> None:
    """Seen twice alike, read once."""
    assert watch.after(5) == "one"
    change(watch.path)
    assert watch.after(1) == "one"
    assert watch.after(1) == "two"
    assert watch.after(5) == "two"
    assert watch.reads == 2


def test_a_link_that_leads_elsewhere_is_a_change(tmp_path: Path) -> None:
    """As Kubernetes gives a pod another version of its files: two links deep, exchanged at once."""
    for version, text in (("v1", "one"), ("v2", "two")):
        (tmp_path / version).mkdir()
        (tmp_path / version / "list.csv").write_text(text)
    data, link = tmp_path / "..data", tmp_path / "list.csv"
    link.symlink_to("..data/list.csv")
    data.symlink_to("v2")
    watch = Watch(link)
    assert watch.after(1) == "two"
    (tmp_path / "..new").symlink_to("v1")
    os.replace(tmp_path / "..new", data)
    assert watch.after(2) == "one"


def test_l_a_file_that_lost_everybody_is_not_believed(watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    """An export that failed leaves a header alone: nobody would be enrolled, and nobody known."""
    watch.path.write_text("")
    assert watch.after(3) == "one"
    assert "has no row any more" in caplog.text
    assert watch.reloaded.note
    watch.path.write_text("two")
    assert (watch.after(2), watch.reloaded.note) == ("two", "")


def test_a_file_may_begin_empty(tmp_path: Path) -> None:
    """A course whose learners are not known yet; from then on it has some."""
    path = tmp_path / "roster.csv"
    path.write_text("user,run\n")
    roster = Reloaded(path, read_roster, "roster", "learner.roster", every=0)
    assert roster.content == {}
    path.write_text("user,run\nmaria,12345678-5\n")
    assert [roster.content for _ in range(2)]
    roster.wait()
    assert list(roster.content) == ["maria"]


def test_a_file_that_is_being_written_is_left_alone(watch: Watch) -> None:
    """Each look finds another length: nothing is read until it rests."""
    for length in range(1, 6):
        watch.path.write_text("x" * length * 10)
        watch.after(1)
    assert (watch.reads, watch.reloaded.content) == (1, "one")
    assert watch.after(1) == "x" * 50


@pytest.mark.parametrize("text", [pytest.param("bad", id="a fault"), pytest.param("crash", id="a bug")])
def test_what_cannot_be_used_is_told_once(watch: Watch, text: str, caplog: pytest.LogCaptureFixture) -> None:
    """The content before it stays, the log says why and a note says that; the next good one ends it."""
    watch.path.write_text(text)
    assert watch.after(9) == "one"
    (record,) = [each for each in caplog.records if "stays in use" in each.getMessage()]
    assert ("7: is wrong" in record.getMessage()) == (text == "bad")
    assert (watch.reads, "list" in watch.reloaded.note, str(watch.path) in watch.reloaded.note) == (
        2,
        True,
        False,
    )
    watch.path.write_text("three")
    assert watch.after(2) == "three"
    assert watch.reloaded.note == ""


def test_requests_see_one_whole_version_or_the_next(watch: Watch) -> None:
    """Two threads ask while the file is exchanged: no half, no failure, and the last one in the end."""
    seen: set[str] = set()
    is_over = Event()

    def ask() -> None:
        while not is_over.is_set():
            seen.add(watch.reloaded.content)
            sleep(0)

    with ThreadPoolExecutor(2) as pool:
        pending = [pool.submit(ask) for _ in range(2)]
        for number in range(12):
            other = watch.path.with_name("other")
            other.write_text(f"{number} " * 1000)
            os.replace(other, watch.path)
            watch.after(2)
        is_over.set()
        assert [each.result() for each in pending] == [None] * 2
    assert all(text == "one" or len(set(text.split())) == 1 for text in seen)
    assert watch.after(2).startswith("11 ")


def test_requests_go_on_while_a_large_file_is_read(tmp_path: Path) -> None:
    """The thread that reads gives the others their turns: thousands of looks pass meanwhile."""
    path = tmp_path / "roster.csv"
    path.write_text("user,run\nana,12345678-5\n")
    now = 0.0
    roster = Reloaded(path, read_roster, "roster", "learner.roster", every=2, timer=lambda: now)
    numbers = range(5_000_000, 5_010_000)
    path.write_text("user,run\n" + "".join(f"u{number},{rut_of(number)}\n" for number in numbers))
    answered = 0
    for _ in range(3):
        now += 2
        assert roster.content
    while len(roster.content) == 1:
        answered += 1
    assert (len(roster.content), answered > 1_000) == (10_000, True)


def test_a_file_that_goes_away_changes_nothing(watch: Watch) -> None:
    """Nobody is let in or thrown out because a disk is not mounted."""
    watch.path.unlink()
    assert watch.after(5) == "one"
    assert watch.reloaded.note
    watch.path.write_text("two")
    assert watch.after(2) == "two"


def test_between_two_looks_the_file_is_not_touched(watch: Watch) -> None:
    """A request costs no look of its own."""
    watch.path.write_text("two")
    for _ in range(1000):
        assert watch.reloaded.content == "one"
    assert watch.reads == 1


def test_a_first_content_that_cannot_be_used_is_told_at_the_start(tmp_path: Path) -> None:
    """There is nothing before it that could stay."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Reloaded(tmp_path / "none", _must_be_there, "list", "learner.roster")


def _must_be_there(path: Path) -> str:
    if not path.exists():
        raise ConfigurationError((f"{path}: cannot be read",))
    return ""


def test_a_file_that_is_always_written_is_told_at_the_start(tmp_path: Path) -> None:
    """Instead of waiting for ever."""

    def read(_path: Path) -> str:
        raise Changing

    with pytest.raises(ConfigurationError, match="written all the time"):
        Reloaded(tmp_path / "list", read, "list", "learner.roster")
