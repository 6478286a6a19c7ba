"""What anybody can repeat without end: the first of each kind are kept, and all that changes a session."""

from __future__ import annotations

from pathlib import Path

import pytest

from sence_gate.gate.decisions import Outcome
from sence_gate.protocol.fields import Message
from sence_gate.protocol.session import State
from sence_gate.stores.base import LAST_KEPT, REPEATS_KEPT, Kind
from sence_gate.stores.spooled import SpooledStore
from tests.given import COURSE, Campus, answer
from tests.stores.outage import Switchable

MANY = REPEATS_KEPT + 5
WRONG_RUN = {"RunAlumno": "11111111-1"}


@pytest.mark.parametrize(
    ("message", "changes", "kind", "first"),
    [
        pytest.param(Message.START_OK, {}, Kind.START_OK, 1, id="C2, a confirmation again"),
        pytest.param(Message.START_ERROR, {"GlosaError": "100"}, Kind.START_ERROR, 1, id="a refusal again"),
        pytest.param(Message.START_OK, WRONG_RUN, Kind.QUARANTINED, 0, id="C5, other values than were sent"),
        pytest.param(Message.CLOSE_OK, {}, Kind.ILLEGAL, 0, id="a close of what never opened"),
    ],
)
def test_d_of_answers_that_change_nothing_the_first_are_kept(
    campus: Campus, message: Message, changes: dict[str, str], kind: Kind, first: int
) -> None:
    """The ledger stops to grow, its last line says so, and each is answered as the first."""
    begun = campus.begin()
    receipts = [campus.receive(message, answer(begun, **changes)) for _ in range(first + MANY)]
    lines = campus.entries(kind)
    assert len(lines) == first + REPEATS_KEPT
    assert [LAST_KEPT in line.flags for line in lines] == [False] * (len(lines) - 1) + [True]
    assert len({(receipt.outcome, receipt.session) for receipt in receipts}) == 1
    assert [receipt.is_kept for receipt in receipts].count(False) == MANY - REPEATS_KEPT


def flooded(campus: Campus) -> tuple[str, dict[str, str]]:
    """Let all sorts of answers to one attempt come, beyond what is kept; return its id and its answer."""
    begun = campus.begin()
    for message in (Message.START_ERROR, Message.CLOSE_OK, Message.CLOSE_ERROR):
        for _ in range(MANY):
            campus.receive(message, answer(begun))
            campus.receive(message, answer(begun, **WRONG_RUN))
    return begun.id_sesion_alumno, answer(begun)


def test_d_after_a_flood_every_change_is_applied_and_kept(campus: Campus) -> None:
    """No attendance is lost: start, close and a second start stand in session and ledger."""
    attempt, told = flooded(campus)
    before = len(campus.entries())
    states = []
    for message, changes in (
        (Message.START_OK, {}),
        (Message.CLOSE_OK, {"FechaHora": "2024-05-06 13:00:00"}),
        (Message.START_OK, {"IdSesionSence": "2"}),
        (Message.CLOSE_OK, {"FechaHora": "2024-05-06 14:00:00"}),
    ):
        receipt = campus.receive(message, told | changes)
        assert (receipt.outcome, receipt.is_kept) == (Outcome.APPLIED, True)
        states.append(campus.session(attempt).state)
    assert states == [State.OPEN, State.CLOSED, State.OPEN, State.CLOSED]
    assert [line.kind for line in campus.entries()[before:]] == ["start_ok", "close_ok"] * 2


def test_d_any_number_of_different_confirmations_is_kept(campus: Campus) -> None:
    """SENCE knows each of them as a session: none may be missing where both are compared."""
    begun = campus.begin()
    for number in range(2 * MANY):
        campus.receive(Message.START_OK, answer(begun, IdSesionSence=str(number)))
    told = [dict(line.raw)["IdSesionSence"] for line in campus.entries(Kind.START_OK)]
    assert told == [str(number) for number in range(2 * MANY)]


def test_d_one_attempt_takes_nothing_from_another(campus: Campus) -> None:
    """Who floods the ledger with one has not spoken for the next learner."""
    flooded(campus)
    begun = campus.begin()
    assert campus.receive(Message.START_ERROR, answer(begun, GlosaError="100")).is_kept
    assert LAST_KEPT not in campus.entries()[-1].flags


def test_d_buttons_that_are_pressed_without_end(campus: Campus) -> None:
    """The same attempt sent again, and the same close: SENCE gets each, the ledger the first of them."""
    cookies = ""
    for _ in range(MANY + 1):
        begun = campus.begin(cookies=cookies)
        cookies = begun.cookies
    assert len(campus.entries(Kind.START_SENT)) == 1 + REPEATS_KEPT
    campus.receive(Message.START_OK, answer(begun))
    for _ in range(MANY):
        campus.close_up(cookies)
    assert len(campus.entries(Kind.CLOSE_SENT)) == REPEATS_KEPT


def test_d_forms_that_pass_late_without_end(campus: Campus) -> None:
    """Each passes, so that nothing is lost; the ledger has the first."""
    cookies = campus.hold()
    campus.clock.move(minutes=181)
    for _ in range(MANY):
        assert campus.ask(COURSE, "POST", cookies=cookies, data={"a": "b"}).status_code == 200
    assert len(campus.entries(Kind.GRACE)) == REPEATS_KEPT


def test_what_is_not_kept_is_counted(campus: Campus) -> None:
    """A monitor sees the flood that the ledger does not."""
    begun = campus.begin()
    for _ in range(1 + MANY):
        campus.receive(Message.START_OK, answer(begun))
    told = campus.gate.metrics.text({}).decode()
    assert f'callbacks_not_kept_total{{message="start_ok"}} {MANY - REPEATS_KEPT}.0' in told


@pytest.mark.parametrize("message", [Message.START_OK, Message.START_ERROR, Message.CLOSE_ERROR])
def test_d_a_flood_in_an_outage_fills_no_spool(campus: Campus, tmp_path: Path, message: Message) -> None:
    """What the shared store knows is not known here, and still each kind has its bound."""
    shared, spool = Switchable(campus.store.real), tmp_path / "spool.sqlite"
    campus.store.real = SpooledStore(shared, spool)
    begun = campus.begin()
    shared.is_away = True
    error = {"GlosaError": "100"} if "error" in message else {}
    for _ in range(2 * MANY):
        campus.receive(message, answer(begun, **error))
    assert campus.store.real.waiting() <= 1 + REPEATS_KEPT
    assert campus.receive(Message.START_OK, answer(begun, IdSesionSence="2")).is_kept
    assert campus.session(begun.id_sesion_alumno).state is State.OPEN
