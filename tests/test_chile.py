"""Times that learners read: Chile's, in summer and in winter."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sence_gate.chile import CHILE, until_text
from tests.samples import session


@pytest.fixture(params=["UTC", "Asia/Tokyo", "America/Santiago"])
def _zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The time zone of the host."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_zone")
@pytest.mark.parametrize(
    ("opened", "minutes", "text"),
    [
        pytest.param(datetime(2024, 5, 6, 15, 30, tzinfo=UTC), 180, "hasta las 14:30", id="winter: UTC-4"),
        pytest.param(datetime(2024, 1, 6, 15, 30, tzinfo=UTC), 180, "hasta las 15:30", id="summer: UTC-3"),
        pytest.param(datetime(2024, 5, 6, 1, 5, tzinfo=UTC), 0, "hasta las 21:05", id="the day before"),
        pytest.param(datetime(2024, 5, 6, 15, 30, 59, tzinfo=UTC), 1, "hasta las 11:31", id="seconds"),
        pytest.param(datetime(2024, 9, 8, 3, 30, tzinfo=UTC), 60, "hasta las 01:30", id="clock change"),
        pytest.param(datetime(2024, 5, 6, 11, 0, tzinfo=CHILE), 60, "hasta las 12:00", id="Chile's"),
    ],
)  # fmt: skip
def test_until_when_a_session_lasts(opened: datetime, minutes: int, text: str) -> None:
    """A learner reads the end of the session on the clock of the wall, wherever the host stands."""
    assert until_text(session(opened=opened, minutes=minutes)) == text


def test_a_session_that_was_never_open_has_no_end() -> None:
    """Where there is no end, nothing is said of it."""
    assert until_text(session(opened=None)) == ""
