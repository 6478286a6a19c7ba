"""A callback whose attempt the store has lost, or cannot look up: genuine fields are enough, or it waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import pytest

from sence_gate.errors import StoreAway, StoreUnavailable
from sence_gate.gate.decisions import Outcome
from sence_gate.protocol.fields import Message
from sence_gate.protocol.messages import Environment
from sence_gate.protocol.session import State
from tests.given import WRONG, Campus, answer
from tests.samples import KEYS, course

OTHER_KEY = "an-even-newer-key-of-the-tests-0123456789"


def nothing(_: Campus) -> None:
    """Change no setting."""


def other_codes(campus: Campus) -> None:
    """Change what the configuration says of the course."""
    campus.configure(courses=(course(codigo_curso="5999999", cod_sence="1237894569", minutes=60),))


def rotated(campus: Campus) -> None:
    """Sign with a new key; the old one still verifies."""
    campus.configure(secret_keys=(OTHER_KEY, *KEYS))


def removed(campus: Campus) -> None:
    """Take the course out of the configuration; another one keeps its OTEC."""
    campus.configure(courses=(course(id="word", paths=("/cursos/word/",)),))


LOST = [
    pytest.param(nothing, 180, id="same settings"),
    pytest.param(other_codes, 60, id="other codes since"),
    pytest.param(rotated, 180, id="K5, keys rotated since"),
    pytest.param(removed, 180, id="course removed since"),
]


@pytest.mark.parametrize(("change", "minutes"), LOST)
def test_a_callback_opens_a_session_that_the_store_lost(
    campus: Campus, change: Callable[[Campus], None], minutes: int
) -> None:
    """Its own fields and the mac of its id are enough to build the session again."""
    begun = campus.begin()
    campus.lose()
    change(campus)
    receipt = campus.receive(Message.START_OK, answer(begun))
    rebuilt = campus.session(begun.id_sesion_alumno)
    assert receipt.outcome is Outcome.APPLIED
    assert (rebuilt.state, rebuilt.attendance.codigo_curso) == (State.OPEN, "5123456")
    assert (rebuilt.attendance.environment, rebuilt.minutes) == (Environment.TEST, minutes)
    assert "rebuilt" in campus.entries()[-1].flags


def test_a_close_of_a_lost_session_is_recorded_and_admits_nobody(campus: Campus) -> None:
    """What SENCE closes was open once."""
    begun, _ = campus.open_up()
    campus.lose()
    assert campus.receive(Message.CLOSE_ERROR, answer(begun)).outcome is Outcome.APPLIED
    assert campus.receive(Message.CLOSE_OK, answer(begun)).outcome is Outcome.APPLIED
    assert campus.session(begun.id_sesion_alumno).state is State.CLOSED


@pytest.mark.parametrize(("changes", "_field"), WRONG)
def test_a_lost_session_is_not_built_from_other_values(
    campus: Campus, changes: dict[str, str], _field: str
) -> None:
    """The mac covers what SENCE echoes: a changed value makes the id a stranger's."""
    begun = campus.begin()
    campus.lose()
    receipt = campus.receive(Message.START_OK, answer(begun) | changes)
    assert receipt.outcome is Outcome.UNMATCHED
    assert campus.store.real.get(begun.id_sesion_alumno) is None


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda id_: id_[:-2] + ("AA" if id_[-2:] != "AA" else "BB"), id="C3, another mac"),
        pytest.param(lambda id_: id_.rpartition(".")[0] + ".", id="C3, no mac"),
        pytest.param(lambda id_: id_.rpartition(".")[0], id="C3, three parts"),
        pytest.param(lambda id_: id_.replace("excel", "word", 1), id="C26, another course"),
        pytest.param(lambda id_: id_.replace(".6638", ".6639", 1), id="C3, another time"),
        pytest.param(lambda id_: id_.upper(), id="C20, other case"),
        pytest.param(lambda _: "", id="C3, empty"),
        pytest.param(lambda _: "...", id="C3, dots"),
        pytest.param(lambda _: "excel.ffffffffffffffff.AAAA.AAAA", id="C3, no such time"),
        pytest.param(lambda id_: id_ + "\0", id="C20, NUL"),
    ],
)
def test_a_forged_id_is_nobodys(campus: Campus, forge: Callable[[str], str]) -> None:
    """Known by its mac or by the store, else not at all."""
    begun = campus.begin()
    campus.lose()
    forged = answer(begun, IdSesionAlumno=forge(begun.id_sesion_alumno))
    assert campus.receive(Message.START_OK, forged).outcome is Outcome.UNMATCHED
    assert campus.store.unmatched()[0] == 1


def test_k5_a_key_that_was_removed_does_not_verify(campus: Campus) -> None:
    """After the rotation is over, old ids are a stranger's; unless the store knows them."""
    begun = campus.begin()
    campus.configure(secret_keys=(OTHER_KEY,))
    assert campus.receive(Message.START_OK, answer(begun)).outcome is Outcome.APPLIED
    campus.lose()
    assert campus.receive(Message.START_OK, answer(begun)).outcome is Outcome.UNMATCHED


@pytest.mark.parametrize("fields", [{"RunAlumno": "1-9"}, {"a": "b"}], ids=["a form", "not one of SENCE's"])
def test_a_store_that_is_away_is_said(campus: Campus, fields: dict[str, str]) -> None:
    """Neither applied nor taken for unknown: the caller asks the browser to send it again."""
    campus.store.is_away = True
    with pytest.raises(StoreUnavailable):
        campus.receive(Message.START_OK, fields)


def test_a_session_that_never_stands_still_is_given_up(
    campus: Campus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lost fifty times in a row: the browser is asked to come back, and nothing was written."""
    begun = campus.begin()
    monkeypatch.setattr(campus.store, "swap", lambda *_: False)
    with pytest.raises(StoreUnavailable, match="changes faster"):
        campus.receive(Message.START_OK, answer(begun))
    assert campus.session(begun.id_sesion_alumno).state is State.PENDING


@pytest.mark.parametrize(
    ("hours", "seconds", "outcome"),
    [
        pytest.param(7 * 24, 0, Outcome.APPLIED, id="seven days later"),
        pytest.param(7 * 24, 1, Outcome.UNMATCHED, id="what was purged since does not come back"),
        pytest.param(0, -60, Outcome.APPLIED, id="from a host whose clock is a minute ahead"),
        pytest.param(0, -61, Outcome.UNMATCHED, id="from the future"),
    ],
)
def test_a_lost_session_is_built_again_for_some_days(
    campus: Campus, hours: int, seconds: int, outcome: Outcome
) -> None:
    """An old page, reloaded, does not open a session that was forgotten on purpose."""
    begun = campus.begin()
    campus.lose()
    campus.clock.move(hours=hours, seconds=seconds)
    assert campus.receive(Message.START_OK, answer(begun)).outcome is outcome


def test_a_shared_store_that_is_away_calls_nobody_a_stranger(
    campus: Campus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may know the attempt that its own fields do not prove: the browser is asked to come back."""

    def away(_: str) -> NoReturn:
        raise StoreAway("the shared store of the tests is away")

    begun = campus.begin()
    monkeypatch.setattr(campus.store, "get", away)
    with pytest.raises(StoreAway):
        campus.receive(Message.START_OK, answer(begun, RunAlumno="1-9"))
    assert campus.store.unmatched() == (0, ())
