"""A rule that reads pages and never finds a course in them is told to the operator."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from sence_gate.gate.pages_read import MANY, PagesRead
from sence_gate.shared import Unnamed
from tests.shared_campus import BY_PAGE, LESSON, SharedCampus, answering, page


def test_a_rule_that_fits_no_page_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A theme without the class leaves the lessons open: the log and /ready say so."""
    shared = SharedCampus(tmp_path)
    shared.serves(answering(page("path-mod")))
    with caplog.at_level(logging.WARNING, "sence_gate"):
        for _ in range(MANY - 1):
            shared.ask(LESSON)
        assert "note:" not in shared.ask("/_sence/ready").text
        for _ in range(3):
            shared.ask(LESSON)
    assert "below /mod/ not one named a course" in shared.ask("/_sence/ready").text
    assert len([each for each in caplog.records if "shared.page" in each.getMessage()]) == 1


@pytest.mark.parametrize("keys", [(), ("",), ("1",)])
def test_a_rule_that_found_a_course_once_is_fine(keys: tuple[str, ...]) -> None:
    """Many pages of no course are an ordinary morning."""
    read = PagesRead()
    read.note(BY_PAGE, ("5",))
    for _ in range(2 * MANY):
        read.note(BY_PAGE, keys)
    assert read.notes == ()


def test_keys_that_no_course_has_open_everything_as_well() -> None:
    """The pattern fits, and the keys of the courses do not."""
    read = PagesRead()
    for _ in range(MANY):
        read.note(BY_PAGE, ("05",))
    assert len(read.notes) == 1


def test_pages_that_open_nothing_are_not_counted() -> None:
    """They need a session of their own accord."""
    read = PagesRead()
    for _ in range(MANY):
        read.note(replace(BY_PAGE, unnamed=Unnamed.ANY), ())
    assert read.notes == ()
