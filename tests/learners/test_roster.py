"""User names and their RUNs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sence_gate.config import Learner, LearnerSource
from sence_gate.errors import ConfigurationError, UntrustworthyIdentity
from sence_gate.gate.visitors import source_of
from sence_gate.learners import Standing
from sence_gate.learners.roster import read_roster, run_in
from tests.samples import OTHER_RUN, RUN, config

ROSTER = "Usuario;RUT\nana;12.345.678-5\npedro@otec.cl;11111111-1\n"
Write = Callable[[str], Path]


@pytest.fixture(name="write")
def roster_file(tmp_path: Path) -> Write:
    """Return a writer of one file."""

    def write(text: str) -> Path:
        path = tmp_path / "roster.csv"
        path.write_text(text)
        return path

    return write


def test_a_user_name_leads_to_a_run(write: Write) -> None:
    """As the platform writes it."""
    roster = read_roster(write(ROSTER))
    assert (run_in(roster, "ana"), run_in(roster, "pedro@otec.cl")) == (RUN, OTHER_RUN)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Ana", id="in other letters"),
        pytest.param("ana ", id="with a blank"),
        pytest.param("maria", id="another"),
        pytest.param("12345678-5", id="a RUN that somebody took for a name"),
        pytest.param("", id="empty"),
        pytest.param(None, id="none"),
    ],
)
def test_another_name_has_no_run(write: Write, name: object) -> None:
    """An account that somebody else chose must not become that learner's; and it is not nobody."""
    with pytest.raises(UntrustworthyIdentity):
        run_in(read_roster(write(ROSTER)), name)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        pytest.param("ana;11111111-1", "is the user of line 2 again", id="a user with two RUNs"),
        pytest.param(";11111111-1", "user is missing", id="no user"),
        pytest.param("eva;", "run is missing", id="no RUN"),
        pytest.param("eva;11111111-2", "check digit is wrong", id="a slip"),
        pytest.param('eva;"11111111-1\r\nX-Sence-Run: 1-9"', "is no RUN", id="R8 a header in a cell"),
    ],
)
def test_what_cannot_be_meant_is_told(write: Write, row: str, fault: str) -> None:
    """With file and line."""
    with pytest.raises(ConfigurationError) as caught:
        read_roster(write(f"{ROSTER}{row}\n"))
    assert f"roster.csv:{5 if 'Sence' in row else 4}: " in caught.value.faults[0]
    assert fault in caught.value.faults[0]


def test_one_learner_may_have_two_accounts(write: Write) -> None:
    """And a row may stand there twice."""
    roster = read_roster(write(f"{ROSTER}ana.b;12345678-5\nana;12345678-5\n"))
    assert run_in(roster, "ana") == run_in(roster, "ana.b")


def test_a_source_names_learners_by_the_roster(write: Write) -> None:
    """Names of staff are looked at before, their RUNs after it."""
    learner = Learner(LearnerSource.ENVIRON, roster=str(write(ROSTER)), exempt=("prof-*", str(OTHER_RUN)))
    source = source_of(config(learner=learner))
    users = ("ana", "prof-eva", "pedro@otec.cl", "")
    assert [source({"REMOTE_USER": user}) for user in users] == [
        RUN,
        Standing.EXEMPT,
        Standing.EXEMPT,
        Standing.NOBODY,
    ]


def test_a_roster_that_cannot_be_used_is_told_at_the_start(tmp_path: Path) -> None:
    """Nobody could be named."""
    learner = Learner(LearnerSource.ENVIRON, roster=str(tmp_path / "none.csv"))
    with pytest.raises(ConfigurationError, match=r"^learner\.roster: /.*none\.csv: cannot be read"):
        source_of(config(learner=learner))
