"""A whole ledger: replays and order change nothing, days add up, memory stays flat."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sence_gate.errors import StoreUnavailable
from sence_gate.report import Period, attendance, gathering
from sence_gate.stores.base import Entry, Kind
from tests.report.ledgers import (
    ALWAYS,
    STORIES,
    background,
    closed,
    line,
    refused,
    report,
    sent,
    started,
    told,
)
from tests.samples import NOW, OTHER_RUN, RUN

_RUNS = (str(RUN), str(OTHER_RUN))


def _attempt(number: int, story: list[Entry]) -> list[Entry]:
    """Return *story* as that of another attempt, a minute between its events."""
    name, run = f"excel.{number:x}.nonce.mac", _RUNS[number % 2]
    return [
        replace(entry, id_sesion_alumno=name, run=run, at=NOW + timedelta(minutes=place))
        for place, entry in enumerate(story)
    ]


def _interleaved(draw: st.DrawFn, attempts: list[list[Entry]]) -> list[Entry]:
    order = draw(st.permutations([place for place, each in enumerate(attempts) for _ in each]))
    rest = [iter(each) for each in attempts]
    return [next(rest[place]) for place in order]


@given(st.data(), st.lists(STORIES, max_size=4))
def test_any_interleaving_is_the_union_of_the_attempts(
    data: st.DataObject, stories: list[list[Entry]]
) -> None:
    """The lines of other learners between those of one change nothing of his rows."""
    attempts = [_attempt(number, story) for number, story in enumerate(stories)]
    ledger = data.draw(st.composite(_interleaved)(attempts))
    alone = [row for each in attempts for row in report(*each)]
    assert Counter(report(*ledger)) == Counter(alone)


@given(st.data(), STORIES.filter(bool))
def test_repeated_lines_change_nothing(data: st.DataObject, story: list[Entry]) -> None:
    """A page that is reloaded, or a line that is written twice, is told once."""
    ledger = _attempt(0, story)
    copied = data.draw(st.lists(st.sampled_from(ledger), max_size=5))
    late = [replace(entry, at=entry.at + timedelta(hours=1)) for entry in copied if entry.raw]
    assert report(*ledger, *copied, *late) == report(*ledger)


@given(st.data(), STORIES)
def test_the_order_in_which_lines_were_written_does_not_count(
    data: st.DataObject, story: list[Entry]
) -> None:
    """What a spool brings late stands where its time says."""
    ledger = _attempt(0, story)
    assert report(*data.draw(st.permutations(ledger))) == report(*ledger)


def test_rows_come_by_course_learner_and_time() -> None:
    """RUNs are sorted as numbers, so that a list can be compared with another."""
    runs = ["9501297-3", "12345678-5", "1234567-4"]
    ledger = [line(Kind.START_OK, attempt=f"word.{run}", run=run, IdSesionSence="1") for run in runs]
    ledger.append(line(Kind.START_OK, attempt="excel.9", run="24000000-1", IdSesionSence="1"))
    assert [row.run for row in report(*ledger)] == ["24000000-1", "1234567-4", "9501297-3", "12345678-5"]


DAYS = [date(2024, 5, 6), date(2024, 5, 7), date(2024, 5, 8)]
OVERNIGHT = (sent(-1), started(0), refused(Kind.CLOSE_ERROR, 14 * 60, "300"), closed(14 * 60 + 1))


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        pytest.param(Period(DAYS[0], DAYS[1]), ["cerrada"], id="the day of the start"),
        pytest.param(Period(DAYS[1], DAYS[2]), ["cierre rechazado"], id="the day after"),
        pytest.param(Period(DAYS[2]), [], id="later"),
        pytest.param(Period(None, DAYS[0]), [], id="until is outside"),
        pytest.param(ALWAYS, ["cerrada", "cierre rechazado"], id="always"),
    ],
)
def test_a_session_belongs_to_the_day_of_its_start(period: Period, expected: list[str]) -> None:
    """A session that is closed after midnight is closed in the report of its own day, and counted once."""
    assert [outcome for outcome, _ in told(report(*OVERNIGHT, period=period))] == expected


def _many(count: int) -> Iterator[Entry]:
    for number in range(count // 4):
        story = [sent(), started(), started(2, "same"), closed()]
        yield from _attempt(number, story)


def _peak(count: int) -> int:
    tracemalloc.start()
    rows = sum(1 for _ in attendance(_many(count), background(), ALWAYS))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == count // 4
    return peak


def test_memory_does_not_grow_with_the_ledger() -> None:
    """Eight times as many lines do not need eight times the memory: a million fit a small machine."""
    _peak(400)
    assert _peak(8_000) < _peak(1_000) * 3


def test_a_full_temporary_folder_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator learns which disk is full, not that a line of Python failed."""
    monkeypatch.setattr(
        gathering, "_SCHEMA", gathering._SCHEMA.replace("BEGIN", "PRAGMA max_page_count = 2; BEGIN")
    )
    with pytest.raises(StoreUnavailable, match="SQLITE_TMPDIR"):
        list(attendance(_many(4_000), background(), ALWAYS))


def test_a_ledger_that_cannot_be_read_is_no_fault_of_the_temporary_file() -> None:
    """Who looks for the cause is not sent to the wrong disk."""

    def broken() -> Iterator[Entry]:
        yield sent()
        raise StoreUnavailable("gone")

    with pytest.raises(StoreUnavailable, match=r"^gone$"):
        list(attendance(broken(), background(), ALWAYS))


def test_text_that_no_database_can_hold_is_still_sorted() -> None:
    """A line with half a surrogate pair, which JSON can bring, fails no report."""
    (row,) = report(line(Kind.START_OK, attempt="excel.\ud800", IdSesionSence="\ud800"))
    assert row.id_sesion_alumno == "excel.\ud800"
