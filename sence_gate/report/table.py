"""Reports for a terminal of 80 columns.

Ours on one line, SENCE's right below it in the same columns, so that the two clocks
can be compared at a glance. Widths are fixed where rows are many: nothing has to be
known of the last row to write the first. What came from outside is shown without its
control characters, which could rewrite what a terminal shows.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sence_gate.chile import CHILE
from sence_gate.protocol.messages import Environment
from sence_gate.report.columns import COUNTED
from sence_gate.report.outcomes import Outcome, Row
from sence_gate.report.totals import SESSIONS, By, Total

WIDTH = 80
INDENT = 12
LEGEND = f"Horas de {CHILE.key}. (prueba): en el ambiente de pruebas, no vale."
UNKNOWN_ENVIRONMENT = "desconocido"
NO_ENVIRONMENT = "ninguno"  # in a contingency nothing is sent to SENCE
_MARKS = {Environment.PRODUCTION: "", Environment.TEST: " (prueba)", None: " (¿?)"}
_NAMES = {outcome: name.replace("_", " ") for name, outcome in COUNTED.items()}


def attendance_table(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of a report by learner: a part per course, then a sum.

    Args:
        rows: as `attendance` yields them, sorted by course.
    """
    counts: Counter[Outcome] = Counter()
    part = ""
    for row in rows:
        if not counts or part != row.course:
            part = row.course
            yield from (
                "" if counts else LEGEND,
                f"Curso {printable(part)}",
                _line("RUN", "Inicio", "Cierre", "Durac.", "Resultado"),
            )
        yield from _row_lines(row)
        counts[row.outcome] += 1
    if counts:
        yield from ("", *textwrap.wrap(_sum(counts), WIDTH))


def totals_table(totals: Sequence[Total], by: By) -> Iterator[str]:
    """Yield the lines of a report by day or by course; columns that count nothing are left out."""
    if not totals:
        return
    counted = [outcome for outcome in COUNTED.values() if any(total.counts[outcome] for total in totals)]
    names = ["Día"] * (by is By.DAY) + ["Curso", "Ambiente", "Personas", "Sesiones", "Tiempo"]
    texts = [_total_texts(total, by) for total in totals]
    heads = [names, *[[*line[: len(names)]] for line in texts]]
    widths = [max(len(line[place]) for line in heads) for place in range(len(names))]
    first_number = len(names) - 3
    for line, total in zip(heads, (None, *totals), strict=True):
        cells = (
            text.ljust(width) if place < first_number else text.rjust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
        if total:
            yield from _paragraph("", _counts_text(total.counts, counted))


def printable(text: str) -> str:
    """Return *text* without characters that steer a terminal or cannot be seen."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def _line(run: str, start: str, close: str, length: str, result: str) -> str:
    end = f"{close:<11}  {length:>6}" if length else f"{close:<19}"  # a close without its start has its day
    return f"{run:<10}  {start:<19}  {end}  {result}".rstrip()


def _row_lines(row: Row) -> Iterator[str]:
    start, close = row.start, row.close
    if row.outcome not in SESSIONS:
        start, close = (None, row.moment) if row.is_about_close else (row.moment, None)
    length = "" if row.minutes is None else _hours(row.minutes)
    yield _line(
        printable(row.run),
        _time(start),
        _close_time(start, close),
        length,
        row.outcome + ("" if row.outcome is Outcome.PASSED else _MARKS[row.environment]),
    )
    yield from _of_sence(row)
    for code, words in zip(row.glosas, row.words, strict=True):
        yield from _paragraph(str(code) if code else "sin código", words)
    yield from _paragraph("motivo", row.reason)
    yield from _paragraph("señales", ", ".join(row.flags))
    if row.outcome not in SESSIONS:
        yield from _paragraph("incidente", row.incident)


def _of_sence(row: Row) -> Iterator[str]:
    start, close = printable(row.fecha_hora_start)[:WIDTH], printable(row.fecha_hora_close)[:WIDTH]
    # The same day is told once.
    day = start[:11]
    close = close.removeprefix(day) if len(day) == 11 else close
    times = f"{'':2}{'SENCE':<8}  {start:<19}  {close:<11}"
    number = printable(row.id_sesion_sence)
    if len(times) + 2 + len(number) <= WIDTH:
        line = f"{times}  {number}".rstrip()
        yield from [line] if line.strip() != "SENCE" else []
        return
    yield from [times.rstrip()] if start or close else []
    yield from _paragraph("IdSesion", number)


def _paragraph(label: str, text: str) -> list[str]:
    lines = textwrap.wrap(printable(text), WIDTH - INDENT)
    return [f"{'' if place else '  ' + label:<{INDENT}}{line}" for place, line in enumerate(lines)]


def _time(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(CHILE):%Y-%m-%d %H:%M:%S}"


def _close_time(start: datetime | None, close: datetime | None) -> str:
    if start is None or close is None:
        return _time(close)
    days = (close.astimezone(CHILE).date() - start.astimezone(CHILE).date()).days
    return f"{close.astimezone(CHILE):%H:%M:%S}" + (f" {days:+}" if days else "")


def _hours(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def _total_texts(total: Total, by: By) -> list[str]:
    day = [str(total.day)] * (by is By.DAY)
    environment = total.environment or (NO_ENVIRONMENT if _only_passed(total) else UNKNOWN_ENVIRONMENT)
    numbers = (str(total.learners), str(total.sessions), _hours(total.minutes))
    return [*day, printable(total.course), environment, *numbers]


def _only_passed(total: Total) -> bool:
    return not any(count for outcome, count in total.counts.items() if outcome is not Outcome.PASSED)


def _counts_text(counts: Counter[Outcome] | dict[Outcome, int], outcomes: Iterable[Outcome]) -> str:
    return ", ".join(f"{_NAMES[outcome]} {counts[outcome]}" for outcome in outcomes if counts[outcome])


def _sum(counts: Counter[Outcome]) -> str:
    sessions = sum(counts[outcome] for outcome in SESSIONS)
    rest = [outcome for outcome in COUNTED.values() if outcome not in SESSIONS]
    closes = _counts_text(counts, (Outcome.CLOSED, Outcome.OPEN, Outcome.NOT_CLOSED))
    parts = (f"sesiones {sessions}" + (f" ({closes})" if closes else ""), _counts_text(counts, rest))
    return "Total: " + ", ".join(part for part in parts if part)
