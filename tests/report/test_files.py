"""CSV that no spreadsheet runs, and JSON line by line."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sence_gate.report.columns import ATTENDANCE, BY_COURSE, BY_DAY, Column, masked
from sence_gate.report.files import cell, write_csv, write_json
from sence_gate.report.outcomes import Row
from sence_gate.report.totals import By, totals_of
from tests.report.ledgers import closed, refused, report, started
from tests.samples import RUN

DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")
TEXTS = st.text(st.sampled_from([*DANGEROUS, *" \"';,|1a"]) | st.characters(codec="utf-8"), max_size=12)
TEXT: tuple[Column[str], ...] = (Column("texto", str), Column("otra", lambda _: "x"))
ALTERED = re.compile(r"'+(0\d+|\d{16,}|\d+[Ee]\d+|\d{1,4}-\d{1,2})", re.ASCII)
NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")


def unsafe(text: str) -> str:
    """Undo what `cell` did: take one apostrophe from before each formula, and from before a code."""
    if ALTERED.fullmatch(text):
        return text[1:]
    return re.sub("(\\A|(?<=[;,|\t\r\n]))'(?=[ \"']*[=+\\-@\t\r\n＝＋－＠])", "", text)


def is_steering(character: str) -> bool:
    """Tell whether a terminal takes *character* for a command."""
    return unicodedata.category(character) == "Cc" and character not in "\t\r\n"


def cells(text: str, separator: str) -> list[list[str]]:
    """Return what a spreadsheet sees in a CSV file."""
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


@given(TEXTS, st.sampled_from(";,"), st.sampled_from(";,\t"))
@example("a,=1+1", ";", ",")
@example('" ";=1', ",", ";")
@example("-0", ";", ",")
def test_no_spreadsheet_sees_a_formula(text: str, written: str, read: str) -> None:
    """Nor does one that was told the other separator; plain numbers are none, nor with the rest of a line."""
    number = re.compile(f"{NUMBER.pattern}({written}.*)?", re.DOTALL)
    file = io.StringIO(newline="")
    write_csv(file, TEXT, [text], written)
    seen = [each.lstrip(" \"'") and each.lstrip(' "') for row in cells(file.getvalue(), read) for each in row]
    assert [each for each in seen if each.startswith(DANGEROUS) and not number.fullmatch(each)] == []


@given(TEXTS, st.sampled_from(";,"))
def test_reading_back_gives_the_text(text: str, separator: str) -> None:
    """What was put before a formula can be taken away again; nothing is lost but what steers terminals."""
    file = io.StringIO(newline="")
    write_csv(file, TEXT, [text], separator)
    (_, (found, other)) = cells(file.getvalue(), separator)
    harmless = "".join("�" if is_steering(each) else each for each in text)
    assert (unsafe(found), other) == (harmless, "x")


@given(TEXTS)
@example("\x1b[2J")
@example("\x9b31m\x7f")
def test_no_file_steers_a_terminal(text: str) -> None:
    """Reports are looked at with `cat` too; as JSON they lose nothing."""
    rows, lines = io.StringIO(newline=""), io.StringIO()
    write_csv(rows, TEXT, [text])
    write_json(lines, TEXT, [text])
    assert not any(map(is_steering, rows.getvalue() + lines.getvalue()))
    assert json.loads(lines.getvalue())["texto"] == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("12345678-5", "12345678-5", id="a RUN"),
        pytest.param("1000005-K", "1000005-K", id="a RUN with K"),
        pytest.param("1-9", "'1-9", id="a RUN that reads as the first of September"),
        pytest.param("007", "'007", id="a code with zeros in front"),
        pytest.param("'007", "''007", id="a code with an apostrophe of its own"),
        pytest.param("0", "0", id="nothing but a zero"),
        pytest.param("1237894560", "1237894560", id="a code"),
        pytest.param("123456789012345", "123456789012345", id="as many digits as a spreadsheet keeps"),
        pytest.param("1234567890123456", "'1234567890123456", id="one more"),
        pytest.param("12E3456789", "'12E3456789", id="a code that reads as a power of ten"),
        pytest.param("RLAB-19-02-08-0071", "RLAB-19-02-08-0071", id="a code of line 1"),
        pytest.param("2024-05-06", "2024-05-06", id="a day"),
        pytest.param("-1", "-1", id="a negative number"),
        pytest.param("+56912345678", "+56912345678", id="a telephone"),
        pytest.param("-3,5", "-3,5", id="a decimal comma"),
        pytest.param("2024-05-06T11:31:00-04:00", "2024-05-06T11:31:00-04:00", id="a moment"),
        pytest.param("Inicio, con guion", "Inicio, con guion", id="a sentence"),
        pytest.param("=HYPERLINK(0)", "'=HYPERLINK(0)", id="a formula"),
        pytest.param("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0", id="what looks like a number"),
        pytest.param("  @SUM(1)", "'  @SUM(1)", id="behind blanks"),
        pytest.param("\t=1", "'\t'=1", id="behind a tab"),
        pytest.param("＝1+1", "'＝1+1", id="full width"),
        pytest.param("x;=1", "x;'=1", id="behind a separator"),
    ],
)
def test_only_what_could_be_a_formula_is_changed(text: str, expected: str) -> None:
    """RUNs, numbers, moments and sentences stay as they are."""
    assert cell(text) == expected


def _rows() -> list[Row]:
    return report(refused(glosa="211;100"), started(2, "late", "quick"), closed())


def test_a_row_in_csv() -> None:
    """Every column has its name and its text; lists are joined, and what is not known is empty."""
    file = io.StringIO(newline="")
    write_csv(file, ATTENDANCE, _rows())
    names, first, second = cells(file.getvalue(), ";")
    refusal, session = dict(zip(names, first, strict=True)), dict(zip(names, second, strict=True))
    assert (refusal["resultado"], refusal["glosas"], refusal["minutos"]) == (
        "inicio rechazado",
        "211 | 100",
        "",
    )
    assert (session["run_alumno"], session["ambiente"], session["minutos"]) == (str(RUN), "test", "89")
    assert (session["dia"], session["inicio"]) == ("2024-05-06", "2024-05-06T11:32:00-04:00")
    assert (session["senales"], session["cierre"]) == ("late | quick", "2024-05-06T13:01:00-04:00")


def test_csv_lines_end_as_the_standard_says() -> None:
    """RFC 4180, section 2: CRLF, also after the last line."""
    file = io.StringIO(newline="")
    write_csv(file, TEXT, ["a"], ",")
    assert file.getvalue() == "texto,otra\r\na,x\r\n"


def test_a_row_in_json() -> None:
    """One object per line, with numbers, lists and nulls instead of texts."""
    file = io.StringIO()
    write_json(file, ATTENDANCE, _rows())
    refusal, session = map(json.loads, file.getvalue().splitlines())
    assert list(refusal) == [column.name for column in ATTENDANCE]
    assert (refusal["glosas"], refusal["inicio"], len(refusal["explicacion"])) == ([211, 100], None, 2)
    assert (session["minutos"], session["senales"], session["motivo"]) == (89, ["late", "quick"], "")


def test_totals_have_the_same_columns_but_the_day() -> None:
    """A sheet by course is the sheet by day without its first column."""
    (total,) = totals_of(_rows(), By.DAY)
    values = {column.name: column.value(total) for column in BY_DAY}
    assert [column.name for column in BY_DAY] == ["dia", *(column.name for column in BY_COURSE)]
    assert (values["dia"], values["personas"], values["sesiones"]) == ("2024-05-06", 1, 1)
    assert (values["cerradas"], values["inicios_rechazados"], values["minutos"]) == (1, 1, 89)


@pytest.mark.parametrize(
    "run", [pytest.param(str(RUN), id="a RUN"), pytest.param("no-run", id="no RUN at all")]
)
def test_a_masked_row_names_nobody(run: str) -> None:
    """A report that is shown around has no RUN in any column."""
    hidden = masked(replace(_rows()[0], run=run))
    file = io.StringIO()
    write_json(file, ATTENDANCE, [hidden])
    assert "***" in hidden.run
    assert run not in file.getvalue()
