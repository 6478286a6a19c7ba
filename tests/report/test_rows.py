"""One attempt, read: every course that a trip to SENCE can take, and the row that a person expects."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sence_gate.protocol.glosas import GLOSAS, UNKNOWN
from sence_gate.protocol.messages import Environment
from sence_gate.report import Outcome
from sence_gate.stores.base import Entry, Kind
from tests.report.ledgers import SENCE_ID, closed, line, refused, report, sent, started, told
from tests.samples import ID_SESION_ALUMNO, NOW, RUN

SHORTLY = NOW + timedelta(minutes=10)
AGAIN = "222222222"


def close_sent(minutes: float, number: str = SENCE_ID) -> Entry:
    """Return the close that was sent for the session *number*."""
    return line(Kind.CLOSE_SENT, minutes, IdSesionSence=number)


def test_a_whole_trip_is_one_row() -> None:
    """Ours and SENCE's times, the length, the number and the environment stand side by side."""
    (row,) = report(
        sent(), started(1, fecha_hora="2024-05-06 11:31:05"), line(Kind.CLOSE_SENT, 90), closed(91.5)
    )
    assert (row.course, row.run, row.id_sesion_alumno) == ("excel", str(RUN), ID_SESION_ALUMNO)
    assert (row.outcome, row.minutes, row.id_sesion_sence) == (Outcome.CLOSED, 90, SENCE_ID)
    assert (row.start, row.close) == (NOW + timedelta(minutes=1), NOW + timedelta(minutes=91.5))
    assert (row.fecha_hora_start, row.fecha_hora_close) == ("2024-05-06 11:31:05", "2024-05-06 13:01:00")
    assert (row.environment, row.codigo_curso, row.reason) == (Environment.TEST, "5123456", "")


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param([sent()], [("sin respuesta", "")], id="nothing came back"),
        pytest.param([sent(), sent(9)], [("sin respuesta", "")], id="nothing came back, sent twice"),
        pytest.param([started()], [("sin cierre", SENCE_ID)], id="never closed"),
        pytest.param([closed()], [("cerrada", "")], id="a close whose start is lost"),
        pytest.param(
            [closed(1), started(2)], [("cerrada", SENCE_ID)], id="the clock was set back before the close"
        ),
        pytest.param(
            [closed(1, number=SENCE_ID), started(2)],
            [("cerrada", SENCE_ID)],
            id="the clock was set back before a close that names its session",
        ),
        pytest.param(
            [closed(1), started(2), started(3, number=AGAIN)],
            [("cerrada", SENCE_ID), ("sin cierre", AGAIN)],
            id="the clock was set back, and it was started again",
        ),
        pytest.param(
            [closed(1), started(30)],
            [("cerrada", ""), ("sin cierre", SENCE_ID)],
            id="started long after a close whose start is lost",
        ),
        pytest.param(
            [started(), started(2, number=AGAIN), closed()],
            [("sin cierre", SENCE_ID), ("cerrada", AGAIN)],
            id="a second start replaces the first",
        ),
        pytest.param(
            [started(), started(2, number=AGAIN), closed(number=SENCE_ID)],
            [("cerrada", SENCE_ID), ("sin cierre", AGAIN)],
            id="a close that names the older one",
        ),
        pytest.param(
            [started(), close_sent(5), started(6, number=AGAIN), closed(7)],
            [("cerrada", SENCE_ID), ("sin cierre", AGAIN)],
            id="a second start while the learner is on the way to close the first",
        ),
        pytest.param(
            [started(), close_sent(5), closed(6), started(7, number=AGAIN), closed(8, fecha_hora="later")],
            [("cerrada", SENCE_ID), ("cerrada", AGAIN)],
            id="closed, started again, closed without a word of ours",
        ),
        pytest.param(
            [started(), started(2, number=AGAIN), closed(5), closed(6, "same", number=SENCE_ID)],
            [("cerrada", SENCE_ID), ("cerrada", AGAIN)],
            id="two closes, the second names the older one",
        ),
        pytest.param(
            [closed(1), started(30), closed(40, fecha_hora="later")],
            [("cerrada", ""), ("cerrada", SENCE_ID)],
            id="a close whose start is lost, and a whole session",
        ),
        pytest.param(
            [started(), closed(5), started(10, number=AGAIN)],
            [("cerrada", SENCE_ID), ("sin cierre", AGAIN)],
            id="started again after the close",
        ),
        pytest.param(
            [started(), closed(), closed(95, fecha_hora="later")], [("cerrada", SENCE_ID)], id="closed twice"
        ),
        pytest.param(
            [refused(), started(5)],
            [("inicio rechazado", ""), ("sin cierre", SENCE_ID)],
            id="refused, then started",
        ),
        pytest.param(
            [started(), refused(Kind.CLOSE_ERROR, 60, "301")],
            [("sin cierre", SENCE_ID), ("cierre rechazado", "")],
            id="the close refused",
        ),
        pytest.param(
            [sent(), line(Kind.QUARANTINED, 1, RunAlumno="1-9")], [("en cuarentena", "")], id="quarantined"
        ),
        pytest.param([line(Kind.ILLEGAL, 1, RunAlumno="1-9")], [("fuera de orden", "")], id="illegal"),
        pytest.param([started(1, "same")], [], id="the rest of an older story: a reloaded start"),
        pytest.param([closed(1, "same")], [], id="the rest of an older story: a reloaded close"),
        pytest.param([line(Kind.TIMED_OUT), line(Kind.GRACE)], [], id="the rest of an older story: its end"),
    ],
)
def test_each_story_gives_the_rows_that_a_person_expects(
    entries: list[Entry], expected: list[tuple[str, str]]
) -> None:
    """Every SENCE session has a close or "sin cierre", and every failure is a row."""
    assert told(report(*entries)) == expected


def test_no_session_lasts_less_than_nothing() -> None:
    """A clock that was set back between start and close takes no minutes from a sum."""
    (row,) = report(started(2), closed(1))
    assert (row.minutes, row.start and row.close and row.close < row.start) == (0, True)


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([line(Kind.TIMED_OUT, 5)], id="our clock ended it"),
        pytest.param([refused(Kind.CLOSE_ERROR, 5, "301")], id="SENCE no longer knew it"),
        pytest.param([refused(Kind.CLOSE_ERROR, 5, "300;305")], id="one of several codes says so"),
    ],
)
def test_what_has_ended_is_not_open(entries: list[Entry]) -> None:
    """A session is only called open while the learner may still be at work."""
    assert told(report(started(), now=SHORTLY)) == [("abierta", SENCE_ID)]
    assert told(report(started(), *entries, now=SHORTLY))[0] == ("sin cierre", SENCE_ID)


def test_a_session_is_open_for_as_long_as_the_course_says() -> None:
    """After its length it counts as not closed, though nobody came to end it."""
    end = NOW + timedelta(minutes=181)
    assert report(started(), now=end - timedelta(seconds=1))[0].outcome is Outcome.OPEN
    assert report(started(), now=end)[0].outcome is Outcome.NOT_CLOSED


def test_the_first_close_counts() -> None:
    """A second confirmation makes no session longer."""
    (row,) = report(started(), closed(11), closed(95, fecha_hora="later"))
    assert (row.minutes, row.fecha_hora_close) == (10, "2024-05-06 13:01:00")


def test_a_replaced_session_says_by_which() -> None:
    """Who compares with SENCE's list finds both numbers."""
    (older, _) = report(started(), started(2, number=AGAIN))
    assert AGAIN in older.reason


@pytest.mark.parametrize(
    ("more", "is_told"),
    [
        pytest.param([], True, id="and nothing else"),
        pytest.param([refused(Kind.CLOSE_ERROR, 61)], False, id="and it was refused"),
        pytest.param([closed()], False, id="and it was confirmed"),
    ],
)
def test_a_close_without_an_answer_is_told(more: list[Entry], is_told: bool) -> None:
    """The learner pressed the button: that belongs beside "sin cierre"."""
    row = report(started(), line(Kind.CLOSE_SENT, 60), *more)[0]
    assert ("no respondió" in row.reason) is is_told


def test_every_code_is_told_in_words() -> None:
    """A list of codes is split, in SENCE's order, and a refusal without one is an unknown error."""
    several, none = report(refused(glosa="211;100"), refused(minutes=2, glosa=""))
    assert several.glosas == (211, 100)
    assert several.words == (GLOSAS[211].operator, GLOSAS[100].operator)
    assert none.words == (UNKNOWN.operator,)


def test_a_failure_keeps_reason_flags_and_incident() -> None:
    """What an operator needs to find the learner's page and the log line."""
    entry = Entry(
        NOW, Kind.QUARANTINED, ID_SESION_ALUMNO, "excel", str(RUN), (), ("quick", "close_ok"), "why", "1nc"
    )
    (row,) = report(entry)
    assert (row.reason, row.flags, row.incident, row.is_about_close) == (
        "why",
        ("quick", "close_ok"),
        "1nc",
        True,
    )


def test_flags_of_start_close_and_grace_come_together() -> None:
    """A session's row shows all that was odd about it, each once, and not that a page was reloaded."""
    entries = started(1, "late", "quick"), line(Kind.GRACE, 50), closed(91, "late", "foreign_origin")
    assert report(*entries)[0].flags == ("late", "quick", "foreign_origin", "grace")
    assert report(refused(), line(Kind.START_ERROR, 3, "same", GlosaError="9"))[1].flags == ()


def test_a_forged_answer_does_not_tell_the_environment() -> None:
    """What was quarantined proves nothing, so nothing is read from it."""
    (row,) = report(line(Kind.QUARANTINED, 1, RunAlumno="1-9", CodigoCurso="666"))
    assert (row.environment, row.codigo_curso) == (None, "")


def test_who_passed_in_a_contingency_is_told_each_time() -> None:
    """Learner, time, who declared it and why; the declaration itself is nobody's attendance."""
    passed = [
        Entry(
            NOW + timedelta(hours=each), Kind.PASSED, "", "excel", str(RUN), (), ("bypass",), "ana: x", "1nc"
        )
        for each in (0, 5)
    ]
    rows = report(Entry(NOW, Kind.BYPASS, course="excel"), *passed)
    assert [(row.outcome, row.run, row.reason, row.flags, row.incident) for row in rows] == [
        (Outcome.PASSED, str(RUN), "ana: x", ("bypass",), "1nc")
    ] * 2
    assert [row.moment for row in rows] == [entry.at for entry in passed]


def test_repr_hides_the_learner() -> None:
    """A row in a traceback names nobody."""
    (row,) = report(started())
    assert not any(secret in repr(row) for secret in (str(RUN), SENCE_ID, ID_SESION_ALUMNO))
