"""What a person sees in a terminal of 80 columns."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sence_gate.protocol.messages import Environment
from sence_gate.report import By, Row, totals_of
from sence_gate.report.table import WIDTH, attendance_table, totals_table
from sence_gate.stores.base import Entry, Kind
from tests.report.ledgers import closed, line, refused, report, sent, started
from tests.samples import NOW, RUN

HEX = "0af438d297524d6af51e8722c21b6092"
DAY = "2024-05-06"
TRIP = (
    sent(),
    refused(glosa="210", fecha_hora=f"{DAY} 11:30:58"),
    started(2, fecha_hora=f"{DAY} 11:32:03"),
    closed(96.5, fecha_hora=f"{DAY} 13:06:28"),
)


def shown(*rows: Row) -> list[str]:
    """Return the lines of a report."""
    return list(attendance_table(rows))


def test_a_trip_reads_like_this() -> None:
    """Ours above, SENCE's below in the same columns; codes in words; a sum at the end."""
    assert shown(*report(*TRIP)) == [
        "Horas de America/Santiago. (prueba): en el ambiente de pruebas, no vale.",
        "Curso excel",
        "RUN         Inicio               Cierre       Durac.  Resultado",
        "12345678-5  2024-05-06 11:31:00                       inicio rechazado (prueba)",
        "  SENCE     2024-05-06 11:30:58",
        "  210       La persona tardó más de tres minutos en el ingreso con Clave SENCE.",
        "            Puede repetirlo sin límite; si no tiene clave, conviene que la",
        "            registre o recupere antes en cus.sence.cl.",
        "12345678-5  2024-05-06 11:32:00  13:06:30       1:34  cerrada (prueba)",
        "  SENCE     2024-05-06 11:32:03  13:06:28     987654321",
        "",
        "Total: sesiones 1 (cerradas 1), inicios rechazados 1",
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"id_sesion_sence": HEX}, HEX, id="a long number fits"),
        pytest.param(
            {"id_sesion_sence": "9" * 149}, "IdSesion  999", id="the longest number has lines of its own"
        ),
        pytest.param({"close": NOW + timedelta(hours=14)}, "01:30:00 +1", id="closed on the next day"),
        pytest.param(
            {"fecha_hora_close": "2024-05-07 00:10:00"}, "2024-05-07 00:10:00", id="SENCE's next day"
        ),
        pytest.param({"environment": Environment.PRODUCTION}, "cerrada", id="production is not marked"),
        pytest.param({"environment": None}, "cerrada (¿?)", id="an unknown environment is"),
        pytest.param({"flags": ("late", "quick")}, "  señales   late, quick", id="flags"),
        pytest.param({"reason": "\x1b[2Jx"}, "  motivo    �[2Jx", id="no steering of the terminal"),
        pytest.param({"fecha_hora_start": "\x1b]0;x\x07"}, "  SENCE     �]0;x�", id="nor by SENCE's clock"),
        pytest.param({"course": "a\x9bb"}, "Curso a�b", id="nor by a course"),
    ],
)
def test_what_a_row_may_hold(changes: dict[str, object], expected: str) -> None:
    """Whatever stands in a row, it is shown, and within the width."""
    row = replace(report(started(), closed())[0], **changes)  # type: ignore[arg-type]  # of any type
    lines = shown(row)
    assert expected in "\n".join(lines)
    assert max(map(len, lines)) <= WIDTH


def test_a_refused_close_stands_in_the_column_of_closes() -> None:
    """Where one looks for it."""
    (_, text, *_) = shown(*report(refused(Kind.CLOSE_ERROR, 5, "300", "")))[2:]
    assert text.index("2024-05-06 11:35:00") == 33


def test_a_row_of_which_sence_said_nothing_has_one_line() -> None:
    """Nothing came back: there is nothing to compare."""
    assert shown(*report(sent()))[3:-2] == [
        "12345678-5  2024-05-06 11:30:00                       sin respuesta (prueba)"
    ]


def test_an_answer_without_a_code_says_so() -> None:
    """An unknown error has a text too."""
    assert any(text.startswith("  sin código") for text in shown(*report(refused(glosa=""))))


def test_each_course_has_its_part() -> None:
    """The head of the columns stands again above the next course."""
    other = line(Kind.START_OK, attempt="word.1", IdSesionSence="1")
    heads = [text for text in shown(*report(started(), other)) if text.startswith(("Curso", "Horas", "RUN"))]
    assert [text.split()[0] for text in heads] == ["Horas", "Curso", "RUN", "Curso", "RUN"]


def test_who_passed_in_a_contingency_was_in_no_environment() -> None:
    """Nothing was sent to SENCE, so no environment is asked after, nor said to be unknown."""
    rows = report(Entry(NOW, Kind.PASSED, "", "excel", str(RUN), reason="ana: x"))
    assert shown(*rows)[3] == "12345678-5  2024-05-06 11:30:00                       pasó por contingencia"
    assert list(totals_table(totals_of(rows, By.COURSE), By.COURSE))[1] == (
        "excel  ninguno          0         0    0:00"
    )
    lost = replace(report(started())[0], environment=None)
    assert "desconocido" in list(totals_table(totals_of([*rows, lost], By.COURSE), By.COURSE))[1]


def test_nothing_is_shown_of_nothing() -> None:
    """No heads above no rows."""
    assert shown() == []
    assert list(totals_table([], By.DAY)) == []


def test_totals_are_aligned() -> None:
    """Numbers to the right, and under each line what it is made of."""
    rows = report(*TRIP, line(Kind.START_OK, 60 * 24, attempt="un-curso-largo.1", IdSesionSence="1"))
    assert list(totals_table(totals_of(rows, By.DAY), By.DAY)) == [
        "Día         Curso           Ambiente  Personas  Sesiones  Tiempo",
        "2024-05-06  excel           test             1         1    1:34",
        "            cerradas 1, inicios rechazados 1",
        "2024-05-07  un-curso-largo  test             1         1    0:00",
        "            abiertas 1",
    ]


def test_totals_by_course_have_no_day() -> None:
    """The column that would be empty is not there."""
    head, first, *_ = totals_table(totals_of(report(*TRIP), By.COURSE), By.COURSE)
    assert head.split() == ["Curso", "Ambiente", "Personas", "Sesiones", "Tiempo"]
    assert first.split() == ["excel", "test", "1", "1", "1:34"]
