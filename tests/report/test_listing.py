"""The ledger line by line: which lines, and what is shown of them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sence_gate.report.listing import Wanted, entry_json, entry_lines
from sence_gate.stores.base import Entry, Kind
from tests.samples import ID_SESION_ALUMNO, NOW, OTHER_RUN, RUN

ENTRY = Entry(
    NOW,
    Kind.START_ERROR,
    ID_SESION_ALUMNO,
    "excel",
    str(RUN),
    (("GlosaError", "100"), ("\x1b[31m", "\x07")),
    ("quick",),
    "why",
    "1nc1dent",
)


def test_an_entry_without_its_fields() -> None:
    """Time with zone, what it is, whose and where; and what helps to find the page that was seen."""
    assert list(entry_lines(ENTRY, is_raw=False)) == [
        "2024-05-06 11:30:00-04:00  start_error  12345678-5  excel",
        "    flags     quick",
        "    reason    why",
        "    incident  1nc1dent",
    ]


def test_an_entry_with_its_fields() -> None:
    """The fields as they travelled, without what would steer the terminal."""
    assert list(entry_lines(ENTRY, is_raw=True))[4:] == [
        f"    attempt   {ID_SESION_ALUMNO}",
        "      GlosaError = 100",
        "      �[31m = �",
    ]


def test_an_entry_that_tells_little_has_one_line() -> None:
    """Nothing empty is shown."""
    assert list(entry_lines(Entry(NOW, Kind.UNMATCHED), is_raw=False)) == [
        "2024-05-06 11:30:00-04:00  unmatched"
    ]


@pytest.mark.parametrize("is_raw", [True, False])
def test_an_entry_in_json(is_raw: bool) -> None:
    """One object, with the fields only when asked for."""
    values = json.loads(entry_json(ENTRY, is_raw=is_raw))
    assert (values["at"], values["kind"]) == ("2024-05-06T11:30:00-04:00", "start_error")
    assert (values["run_alumno"], values["flags"], values["incident"]) == (str(RUN), ["quick"], "1nc1dent")
    assert ("raw" in values) is is_raw


def test_an_entry_in_json_steers_no_terminal() -> None:
    """Nor is anything lost: a reader of JSON sees what was posted."""
    line = entry_json(replace(ENTRY, raw=(("\x9b2J", "\x1b\x7f"),)), is_raw=True)
    assert line.isprintable()
    assert json.loads(line)["raw"] == [["\x9b2J", "\x1b\x7f"]]


@pytest.mark.parametrize(
    ("wanted", "is_held"),
    [
        pytest.param(Wanted(), True, id="everything"),
        pytest.param(
            Wanted("excel", str(RUN), "1nc1dent", frozenset({Kind.START_ERROR})), True, id="all that it is"
        ),
        pytest.param(Wanted(course="word"), False, id="another course"),
        pytest.param(Wanted(run=str(OTHER_RUN)), False, id="another learner"),
        pytest.param(Wanted(incident="other"), False, id="another incident"),
        pytest.param(Wanted(kinds=frozenset({Kind.START_OK})), False, id="another kind"),
    ],
)
def test_every_filter_must_let_it_through(wanted: Wanted, is_held: bool) -> None:
    """Filters narrow, each by itself."""
    assert wanted.holds(ENTRY) is is_held
