"""What a callback means, from its fields alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sence_gate.cookies import AttemptIds
from sence_gate.gate.judgement import Suspect, judge, rebuild, signals
from sence_gate.protocol.fields import Message
from sence_gate.protocol.messages import Attendance, Callback, Environment, parse_callback
from sence_gate.protocol.rut import Rut
from sence_gate.protocol.session import Closed, CloseRefused, Started, StartRefused, State
from tests.given import ID_SESION_SENCE, SENCE, body_of
from tests.samples import ID_SESION_ALUMNO, KEYS, NOW, OTEC, attendance, session

IDS = AttemptIds(KEYS)
NORTE = Rut("77777777-7")
RECEIVED = [Message.START_OK, Message.START_ERROR, Message.CLOSE_OK, Message.CLOSE_ERROR]


def callback(**changes: str) -> Callback:
    """Return SENCE's answer to the attempt of the samples, with *changes* to its fields."""
    fields = {
        "IdSesionAlumno": ID_SESION_ALUMNO,
        "IdSesionSence": ID_SESION_SENCE,
        "RunAlumno": "12345678-5",
        "CodSence": "1237894560",
        "CodigoCurso": "5123456",
        "LineaCapacitacion": "3",
        "FechaHora": "2024-05-06 11:31:00",
    }
    return parse_callback(body_of(fields | changes))


@pytest.mark.parametrize(
    ("message", "event"),
    [
        pytest.param(Message.START_OK, Started(ID_SESION_SENCE), id="start, ok"),
        pytest.param(Message.START_ERROR, StartRefused(), id="start, error"),
        pytest.param(Message.CLOSE_OK, Closed("2024-05-06 11:31:00"), id="close, ok"),
        pytest.param(Message.CLOSE_ERROR, CloseRefused(), id="close, error"),
    ],
)
def test_c7_the_address_decides_what_is_reported(message: Message, event: object) -> None:
    """The same fields mean four things at four addresses."""
    assert judge(message, callback(), session()) == event


@pytest.mark.parametrize("message", [Message.START_OK, Message.CLOSE_OK])
@pytest.mark.parametrize("glosa", ["204", "300;204", "999", "-1", "texto"])
def test_c7_c10_an_error_code_contradicts_a_success(message: Message, glosa: str) -> None:
    """An answer that says both is believed in neither."""
    verdict = judge(message, callback(GlosaError=glosa), session())
    assert verdict == Suspect("an error code on the success URL")


@pytest.mark.parametrize("message", [Message.START_OK, Message.CLOSE_OK])
@pytest.mark.parametrize("glosa", ["", "0", " "])
def test_no_error_is_no_contradiction(message: Message, glosa: str) -> None:
    """SENCE may send the field empty or with a zero."""
    assert not isinstance(judge(message, callback(GlosaError=glosa), session()), Suspect)


@pytest.mark.parametrize("message", [Message.START_ERROR, Message.CLOSE_ERROR])
@pytest.mark.parametrize("glosa", ["999", "300;204", "-1", "", "texto"])
def test_c10_any_code_is_a_refusal_at_an_error_address(message: Message, glosa: str) -> None:
    """Known, unknown or none: SENCE did not do it."""
    expected = StartRefused() if message is Message.START_ERROR else CloseRefused()
    assert judge(message, callback(GlosaError=glosa), session()) == expected


@pytest.mark.parametrize("message", RECEIVED)
def test_c5_every_field_that_differs_is_named(message: Message) -> None:
    """The reason tells the operator where to look, without the values."""
    wrong = callback(RunAlumno="1-9", CodSence="x", CodigoCurso="y", LineaCapacitacion="1")
    verdict = judge(message, wrong, session())
    names = "cod_sence, codigo_curso, run_alumno, linea_capacitacion"
    assert verdict == Suspect(f"differs from what was sent: {names}")


@pytest.mark.parametrize(
    ("id_sesion_sence", "is_ours"),
    [
        pytest.param("", True, id="none, as in the manual"),
        pytest.param(ID_SESION_SENCE, True, id="ours"),
        pytest.param("2", True, id="one that a newer start replaced"),
        pytest.param("3", False, id="of another session"),
    ],
)
def test_a_confirmed_close_names_our_session_or_none(id_sesion_sence: str, is_ours: bool) -> None:
    """The manual's table lacks the id here; where it comes, it must be ours."""
    verdict = judge(Message.CLOSE_OK, callback(IdSesionSence=id_sesion_sence), session(earlier=("2",)))
    assert isinstance(verdict, Closed) is is_ours


def test_a_close_of_a_rebuilt_session_may_name_any_id() -> None:
    """A session that the store lost has no id to compare with."""
    rebuilt = session(id_sesion_sence=None, state=State.EXPIRED)
    assert isinstance(judge(Message.CLOSE_OK, callback(), rebuilt), Closed)


@pytest.mark.parametrize("message", [Message.START, Message.CLOSE])
def test_what_we_send_is_never_judged(message: Message) -> None:
    """A caller's mistake, not a callback."""
    with pytest.raises(ValueError, match="is sent, never received"):
        judge(message, callback(), session())


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(attendance(), id="test"),
        pytest.param(attendance(environment=Environment.PRODUCTION), id="production"),
        pytest.param(attendance(rut_otec=NORTE), id="another OTEC"),
        pytest.param(attendance(cod_sence="", linea_capacitacion=1), id="line 1"),
    ],
)
def test_a_session_is_rebuilt_from_the_callback(sent: Attendance) -> None:
    """Environment and OTEC are not echoed: the mac says which of them it was."""
    id_sesion_alumno = IDS.issue("excel", sent, NOW)
    echoed = {"CodSence": sent.cod_sence, "LineaCapacitacion": str(sent.linea_capacitacion)}
    answer = callback(IdSesionAlumno=id_sesion_alumno, **echoed)
    found = rebuild(Message.START_OK, answer, IDS, [OTEC.rut, NORTE], 90)
    assert found
    assert (found.attendance, found.course, found.since, found.minutes) == (sent, "excel", NOW, 90)
    assert (found.state, found.opened) == (State.PENDING, None)


@pytest.mark.parametrize("message", [Message.CLOSE_OK, Message.CLOSE_ERROR])
def test_a_session_rebuilt_from_a_close_is_over(message: Message) -> None:
    """It was open once, and it admits nobody."""
    answer = callback(IdSesionAlumno=IDS.issue("excel", attendance(), NOW))
    found = rebuild(message, answer, IDS, [OTEC.rut], 90)
    assert found
    assert (found.state, found.opened) == (State.EXPIRED, NOW)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"RunAlumno": "11111111-1"}, id="another RUN"),
        pytest.param({"RunAlumno": "no"}, id="no RUN"),
        pytest.param({"LineaCapacitacion": ""}, id="no line"),
        pytest.param({"CodigoCurso": "5123457"}, id="another code"),
        pytest.param({"IdSesionAlumno": ""}, id="no id"),
        pytest.param({"IdSesionAlumno": "x" * 2000}, id="a long id"),
        pytest.param({"IdSesionAlumno": "excel.zz.a.b"}, id="no time"),
    ],
)
def test_c3_nothing_is_rebuilt_from_other_values(changes: dict[str, Any]) -> None:
    """Only what our key made for exactly these values is ours."""
    fields = {"IdSesionAlumno": IDS.issue("excel", attendance(), NOW)} | changes
    assert rebuild(Message.START_OK, callback(**fields), IDS, [OTEC.rut, NORTE], 90) is None


@pytest.mark.parametrize(
    ("message", "seconds", "flags"),
    [
        pytest.param(Message.START_OK, 2, ("quick",), id="start in two seconds"),
        pytest.param(Message.START_ERROR, 2, ("quick",), id="refused in two seconds"),
        pytest.param(Message.START_OK, 3, (), id="start in three seconds"),
        pytest.param(Message.START_OK, 1800, (), id="start in half an hour"),
        pytest.param(Message.START_OK, 1801, ("late",), id="start after half an hour"),
        pytest.param(Message.CLOSE_OK, 2, (), id="a close tells nothing"),
        pytest.param(Message.CLOSE_OK, 9000, (), id="a close is late by nature"),
    ],
)
def test_signals_of_time_belong_to_the_start(message: Message, seconds: int, flags: tuple[str, ...]) -> None:
    """Nobody logs in within three seconds, and few after half an hour."""
    now = NOW + timedelta(seconds=seconds)
    assert signals(message, session(), SENCE, frozenset({SENCE}), now) == flags


def test_an_id_that_tells_no_time_is_not_odd() -> None:
    """The store may know ids that were made otherwise."""
    odd = signals(Message.START_OK, session(id_sesion_alumno="x"), "https://evil", frozenset(), NOW)
    assert odd == ("foreign_origin", "quick")
