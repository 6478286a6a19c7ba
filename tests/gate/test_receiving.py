"""What a callback of SENCE changes: once, whatever it meets, and always kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sence_gate.gate.decisions import Outcome
from sence_gate.protocol.fields import Message
from sence_gate.protocol.session import State
from sence_gate.stores.base import Kind
from tests.given import COURSE, ID_SESION_SENCE, SENCE, WRONG, Campus, Trip, answer, body_of, header
from tests.samples import OTEC

RECEIVED = [Message.START_OK, Message.START_ERROR, Message.CLOSE_OK, Message.CLOSE_ERROR]


def begun_and(campus: Campus, state: State) -> Trip:
    """Return a trip whose session has come to *state*."""
    begun = campus.begin()
    if state is State.FAILED:
        campus.receive(Message.START_ERROR, answer(begun, GlosaError="100"))
    elif state is not State.PENDING:
        campus.clock.move(seconds=40)
        campus.receive(Message.START_OK, answer(begun))
    if state is State.CLOSED:
        campus.receive(Message.CLOSE_OK, answer(begun, FechaHora="2024-05-06 13:00:00"))
    if state is State.EXPIRED:
        held = campus.gate.parts.cookies.session(campus.session(begun.id_sesion_alumno), campus.clock())
        campus.clock.move(hours=4)
        campus.ask(COURSE, cookies=header(held))
    assert campus.session(begun.id_sesion_alumno).state is state
    return begun


def test_c1_a_confirmation_opens_the_session(campus: Campus) -> None:
    """No cookie is needed: the attempt is found by IdSesionAlumno."""
    begun = begun_and(campus, State.OPEN)
    opened = campus.session(begun.id_sesion_alumno)
    assert (opened.id_sesion_sence, opened.opened) == (ID_SESION_SENCE, campus.clock())
    assert [entry.kind for entry in campus.entries()] == [Kind.START_SENT, Kind.START_OK]


@pytest.mark.parametrize(
    ("before", "message", "after"),
    [
        pytest.param(State.PENDING, Message.START_OK, State.OPEN, id="pending, started"),
        pytest.param(State.PENDING, Message.START_ERROR, State.FAILED, id="pending, refused"),
        pytest.param(State.OPEN, Message.START_OK, State.OPEN, id="open, started again"),
        pytest.param(State.OPEN, Message.START_ERROR, State.OPEN, id="open, refused too late"),
        pytest.param(State.OPEN, Message.CLOSE_OK, State.CLOSED, id="open, closed"),
        pytest.param(State.OPEN, Message.CLOSE_ERROR, State.OPEN, id="open, close refused"),
        pytest.param(State.FAILED, Message.START_OK, State.OPEN, id="failed, started after all"),
        pytest.param(State.FAILED, Message.START_ERROR, State.FAILED, id="failed again"),
        pytest.param(State.EXPIRED, Message.START_OK, State.EXPIRED, id="C17, expired, same start"),
        pytest.param(State.EXPIRED, Message.CLOSE_OK, State.CLOSED, id="expired, closed late"),
        pytest.param(State.EXPIRED, Message.CLOSE_ERROR, State.EXPIRED, id="expired, close refused"),
        pytest.param(State.CLOSED, Message.START_OK, State.CLOSED, id="C17, closed, same start"),
        pytest.param(State.CLOSED, Message.START_ERROR, State.CLOSED, id="closed, refused too late"),
        pytest.param(State.CLOSED, Message.CLOSE_OK, State.CLOSED, id="closed twice"),
        pytest.param(State.CLOSED, Message.CLOSE_ERROR, State.CLOSED, id="closed, then refused"),
    ],
)
def test_each_report_of_sence_is_applied(
    campus: Campus, before: State, message: Message, after: State
) -> None:
    """The table of the session's life, through the gate."""
    begun = begun_and(campus, before)
    receipt = campus.receive(message, answer(begun))
    assert receipt.outcome is Outcome.APPLIED
    assert campus.session(begun.id_sesion_alumno).state is after
    assert campus.entries()[-1].kind == message.value


@pytest.mark.parametrize("message", [Message.CLOSE_OK, Message.CLOSE_ERROR])
@pytest.mark.parametrize("state", [State.PENDING, State.FAILED])
def test_a_close_of_what_never_opened_is_kept_and_changes_nothing(
    campus: Campus, state: State, message: Message
) -> None:
    """An illegal step is no failure of ours: the ledger has it, the session stays."""
    begun = begun_and(campus, state)
    receipt = campus.receive(message, answer(begun))
    (entry,) = campus.entries(Kind.ILLEGAL)
    assert receipt.outcome is Outcome.ILLEGAL
    assert campus.session(begun.id_sesion_alumno).state is state
    assert entry.flags[-1] == message.value
    assert entry.raw


def test_c2_ten_replays_are_one_transition(campus: Campus) -> None:
    """A reloaded page changes nothing, and every copy is kept."""
    begun = campus.begin()
    receipts = [campus.receive(Message.START_OK, answer(begun)) for _ in range(10)]
    entries = campus.entries(Kind.START_OK)
    assert {receipt.outcome for receipt in receipts} == {Outcome.APPLIED}
    assert campus.session(begun.id_sesion_alumno).version == 2
    assert [("same" in entry.flags) for entry in entries] == [False] + [True] * 9
    assert {entry.raw for entry in entries} == {tuple(answer(begun).items())}


def test_c2_a_start_reloaded_after_the_close_brings_no_cookie(campus: Campus) -> None:
    """Nothing was opened: there is nothing to carry on to `/vuelta`."""
    begun = begun_and(campus, State.CLOSED)
    assert campus.receive(Message.START_OK, answer(begun)).set_cookies == ()


@pytest.mark.parametrize("is_lost", [pytest.param(False, id="C2, known"), pytest.param(True, id="C2, lost")])
def test_ten_at_once_are_one_transition(campus: Campus, is_lost: bool) -> None:
    """Whichever thread wins, one changes and nine are the same; with a store that lost the attempt too."""
    begun = campus.begin()
    if is_lost:
        campus.lose()
    with ThreadPoolExecutor(10) as pool:
        receipts = list(pool.map(lambda _: campus.receive(Message.START_OK, answer(begun)), range(10)))
    flags = [entry.flags for entry in campus.entries(Kind.START_OK)]
    assert {receipt.outcome for receipt in receipts} == {Outcome.APPLIED}
    assert sum("same" in each for each in flags) == 9
    assert len(flags) == 10


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(["ok", "ok", "error", "close", "close"]))
def test_a_replay_in_any_order_leaves_a_session_closed_once(order: list[str], campus: Campus) -> None:
    """Whatever of a finished trip is reloaded, and in which order, the session stays closed."""
    campus.clock.move(hours=3)
    begun = begun_and(campus, State.CLOSED)
    before = campus.session(begun.id_sesion_alumno)
    urls = {"ok": Message.START_OK, "error": Message.START_ERROR, "close": Message.CLOSE_OK}
    for each in order:
        campus.receive(urls[each], answer(begun))
    assert campus.session(begun.id_sesion_alumno) == before


@pytest.mark.parametrize("message", RECEIVED)
@pytest.mark.parametrize(("changes", "field"), WRONG)
def test_a_callback_that_differs_from_what_was_sent_opens_nothing(
    campus: Campus, message: Message, changes: dict[str, str], field: str
) -> None:
    """Kept with the reason and its fields; the session stays as it was."""
    begun = campus.begin()
    receipt = campus.receive(message, answer(begun) | changes)
    (entry,) = campus.entries(Kind.QUARANTINED)
    assert receipt.outcome is Outcome.QUARANTINED
    assert entry.reason == f"differs from what was sent: {field}"
    assert dict(entry.raw) == answer(begun) | changes
    assert entry.flags[-1] == message.value
    assert campus.session(begun.id_sesion_alumno).state is State.PENDING


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"IdSesionSence": ""}, "id_sesion_sence", id="C9, empty"),
        pytest.param({"IdSesionSence": "9" * 150}, "id_sesion_sence", id="C9, 150 characters"),
        pytest.param({"GlosaError": "204"}, "error code on the success URL", id="C7, an error code"),
    ],
)
def test_a_confirmation_that_contradicts_itself_opens_nothing(
    campus: Campus, changes: dict[str, str], reason: str
) -> None:
    """What could not be sent back at the close is not believed at the start."""
    begun = campus.begin()
    receipt = campus.receive(Message.START_OK, answer(begun, **changes))
    (entry,) = campus.entries(Kind.QUARANTINED)
    assert receipt.outcome is Outcome.QUARANTINED
    assert reason in entry.reason
    assert campus.session(begun.id_sesion_alumno).state is State.PENDING


def test_c9_markup_in_the_id_is_only_text(campus: Campus) -> None:
    """SENCE's id is SENCE's business: it is kept and sent back as it is."""
    begun = campus.begin()
    campus.receive(Message.START_OK, answer(begun, IdSesionSence="<script>1</script>"))
    assert campus.session(begun.id_sesion_alumno).id_sesion_sence == "<script>1</script>"


@pytest.mark.parametrize(
    "written",
    [
        pytest.param({"RunAlumno": "12.345.678-5"}, id="C8, dots"),
        pytest.param({"RunAlumno": " 12345678-5 "}, id="C8, spaces"),
        pytest.param({"RunAlumno": "123456785"}, id="C8, no hyphen"),
        pytest.param({"RunAlumno": "0012345678-5"}, id="C8, leading zeros"),
        pytest.param({"LineaCapacitacion": "03"}, id="a line with a zero"),
        pytest.param({"ZonaHoraria": ""}, id="no ZonaHoraria"),
    ],
)
def test_the_same_values_written_otherwise_are_the_same(campus: Campus, written: dict[str, str]) -> None:
    """SENCE's habits of writing are not our learners' problem."""
    begun = campus.begin()
    assert campus.receive(Message.START_OK, answer(begun) | written).outcome is Outcome.APPLIED


def test_c15_field_names_are_folded_when_unique(campus: Campus) -> None:
    """A blank behind a name, or another case, is read; the manual's own sample has one."""
    begun = campus.begin()
    fields = {f"{name.lower()} ": value for name, value in answer(begun).items()}
    assert campus.receive(Message.START_OK, fields).outcome is Outcome.APPLIED


def test_c14_a_field_with_two_values_is_malformed(campus: Campus) -> None:
    """First or last: whoever has to choose is wrong. Nothing changes, what came is kept."""
    begun = campus.begin()
    body = body_of(answer(begun)) + b"&RunAlumno=11111111-1"
    receipt = campus.gate.receive(Message.START_OK, body, SENCE, "1ncident")
    _, (entry,) = campus.store.unmatched()
    assert receipt.outcome is Outcome.MALFORMED
    assert (entry.reason, len(entry.raw)) == ("run_alumno has two values", 9)
    assert campus.session(begun.id_sesion_alumno).state is State.PENDING


def test_c3_an_unknown_id_is_counted_and_bounded(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger can make us count, not fill the disk; the ledger stays clean."""
    monkeypatch.setattr("sence_gate.stores.sqlite.UNMATCHED_KEPT", 5)
    forged = {"IdSesionAlumno": "excel.6638f778.AAAAAAAAAAAAAAAAAAAAAA.x", "RunAlumno": "1-9"}
    receipts = [campus.receive(Message.START_OK, forged) for _ in range(7)]
    counted, entries = campus.store.unmatched()
    assert {(receipt.outcome, receipt.session) for receipt in receipts} == {(Outcome.UNMATCHED, None)}
    assert (counted, len(entries)) == (7, 5)
    assert dict(entries[-1].raw) == forged
    assert campus.entries() == []


def test_a_second_id_of_sence_is_kept_and_the_newer_counts(campus: Campus) -> None:
    """Two tabs, two logins at SENCE: the older id stands in the ledger as not closed."""
    begun = begun_and(campus, State.OPEN)
    campus.receive(Message.START_OK, answer(begun, IdSesionSence="2"))
    both = campus.session(begun.id_sesion_alumno)
    assert (both.id_sesion_sence, both.earlier, both.version) == ("2", (ID_SESION_SENCE,), 3)
    campus.receive(Message.START_OK, answer(begun))
    assert campus.session(begun.id_sesion_alumno) == both
    assert "same" in campus.entries()[-1].flags


def test_a_close_of_another_id_of_sence_is_quarantined(campus: Campus) -> None:
    """Where the confirmation of a close names an id, it must be ours."""
    begun = begun_and(campus, State.OPEN)
    receipt = campus.receive(Message.CLOSE_OK, answer(begun, IdSesionSence="77"))
    assert receipt.outcome is Outcome.QUARANTINED
    assert campus.session(begun.id_sesion_alumno).state is State.OPEN


@pytest.mark.parametrize(
    ("minutes", "flags"),
    [
        pytest.param(0, ("quick",), id="at once"),
        pytest.param(1, (), id="after a minute"),
        pytest.param(40, ("late",), id="C17, after 40 minutes"),
        pytest.param(60 * 24, ("late",), id="C17, the day after"),
    ],
)
def test_an_odd_time_is_flagged_and_opens_all_the_same(
    campus: Campus, minutes: int, flags: tuple[str, ...]
) -> None:
    """What SENCE reports outranks our clock; the ledger says what was odd."""
    begun = campus.begin()
    campus.clock.move(minutes=minutes)
    assert campus.receive(Message.START_OK, answer(begun)).outcome is Outcome.APPLIED
    assert campus.session(begun.id_sesion_alumno).state is State.OPEN
    assert campus.entries()[-1].flags == flags


@pytest.mark.parametrize(
    ("origin", "flags"),
    [
        pytest.param(SENCE, (), id="C16, SENCE"),
        pytest.param("", (), id="C16, none"),
        pytest.param("null", (), id="C16, null"),
        pytest.param("https://campus.otec.cl", (), id="our own page that sends again"),
        pytest.param("https://evil.example", ("foreign_origin",), id="C16, foreign"),
        pytest.param("http://sistemas.sence.cl", ("foreign_origin",), id="C16, SENCE without TLS"),
    ],
)
def test_a_foreign_origin_is_flagged(campus: Campus, origin: str, flags: tuple[str, ...]) -> None:
    """A signal for the ledger and never a refusal: SENCE's login may live on hosts nobody told us of."""
    begun = campus.begin()
    campus.clock.move(minutes=1)
    assert campus.receive(Message.START_OK, answer(begun), origin).outcome is Outcome.APPLIED
    assert campus.entries()[-1].flags == flags


def test_a_callback_is_written_with_its_incident(campus: Campus) -> None:
    """The code on the learner's page finds the line in the ledger."""
    campus.receive(Message.START_OK, answer(campus.begin()))
    assert campus.entries()[-1].incident == "1ncident"


def test_the_ledger_has_no_token(campus: Campus) -> None:
    """Whatever the browser sent along, and whatever we sent."""
    begun = campus.begin()
    campus.receive(Message.START_OK, answer(begun, Token=OTEC.token))
    assert OTEC.token not in str([entry.raw for entry in campus.entries()])
