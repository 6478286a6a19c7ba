"""Spreadsheets as people export them: rows, lines and faults."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sence_gate import sheets
from sence_gate.errors import ConfigurationError
from sence_gate.sheets import Changing, Column, Faults, left_out, read_rows

COLUMNS = (
    Column("user", ("usuario",), is_required=True),
    Column("run", ("rut",), is_required=True),
    Column("note"),
)
EXPECTED = [(2, ["ana", "1-9", ""]), (3, ["josé", "2-7", "x"])]


def rows(path: Path, content: bytes | str) -> list[tuple[int, list[str]]]:
    """Return the rows of a file with *content*, which must be without faults."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    faults = Faults(path)
    found = [(line, list(cells)) for line, cells in read_rows(path, COLUMNS, faults)]
    faults.check()
    return found


def refused(path: Path, content: bytes | str) -> tuple[str, ...]:
    """Return the faults of a file with *content*, without its name."""
    with pytest.raises(ConfigurationError) as caught:
        rows(path, content)
    return tuple(fault.removeprefix(str(path)) for fault in caught.value.faults)


@pytest.fixture(name="path")
def csv_path(tmp_path: Path) -> Path:
    """Return where a file can be."""
    return tmp_path / "alumnos.csv"


PLAIN = "user,run,note\nana,1-9,\njosé,2-7,x\n"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(PLAIN, id="plain"),
        pytest.param(PLAIN.encode("utf-8-sig"), id="byte order mark"),
        pytest.param(PLAIN.encode("latin-1"), id="latin-1"),
        pytest.param(PLAIN.replace(",", "\t").encode("utf-16"), id="Unicode text of Excel"),
        pytest.param(PLAIN.replace(",", ";"), id="semicolons"),
        pytest.param(PLAIN.replace(",", "\t"), id="tabs"),
        pytest.param(PLAIN.replace("\n", "\r\n"), id="lines of Windows"),
        pytest.param(PLAIN.rstrip("\n"), id="no line end"),
        pytest.param("user,run,note,,\nana,1-9,,,\njosé,2-7,x,,\n", id="empty columns"),
        pytest.param("user,run,note\nana,1-9,,,,\njosé,2-7,x,,,\n", id="longer rows"),
        pytest.param("user,run,note\nana,1-9\njosé,2-7,x\n", id="shorter rows"),
        pytest.param(PLAIN + "\n,,\n \n", id="blank rows"),
        pytest.param('"user","run","note"\n"ana","1-9",""\n"josé","2-7","x"\n', id="quoted"),
        pytest.param("USER, Run ,Note\n ana ,1-9 ,\njosé\u00a0, 2-7,x\n", id="blanks and capitals"),
        pytest.param("Usuario;RUT;note\nana;1-9;\njosé;2-7;x\n", id="in Spanish"),
        pytest.param("nombre,run,note,user\nA,1-9,,ana\nJ,2-7,x,josé\n", id="another order, and more"),
    ],
)
def test_every_usual_export_is_read_alike(path: Path, content: bytes | str) -> None:
    """Nobody has to know what a separator or an encoding is."""
    assert rows(path, content) == EXPECTED


def test_excel_may_name_its_separator(path: Path) -> None:
    """In a line of its own before the names, which moves all others down by one."""
    assert rows(path, "sep=;\r\n" + PLAIN.replace(",", ";")) == [
        (line + 1, cells) for line, cells in EXPECTED
    ]


def test_a_cell_may_have_lines_of_its_own(path: Path) -> None:
    """The line that is told is the last of the row."""
    assert rows(path, 'user,run\n"ana\nmaría",1-9\npedro,2-7\n') == [
        (3, ["ana\nmaría", "1-9", ""]),
        (4, ["pedro", "2-7", ""]),
    ]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        pytest.param("", ": has no column user", id="nothing"),
        pytest.param("\n\n", ": has no column user", id="blank"),
        pytest.param("user,note\n", ": has no column run", id="a column that is missing"),
        pytest.param("ana,1-9\n", ": has no column user", id="no names"),
        pytest.param("user,run,usuario\n", ": has the column user twice", id="a column twice"),
        pytest.param("user,run,notes\n", ': has a column "notes" — did you mean note?', id="a slip"),
        pytest.param("user,run\nana,1-9,x\n", ":2: has more cells", id="a separator in a text"),
        pytest.param(b"PK\x03\x04\x14\x00", ": is a spreadsheet", id="xlsx"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1", ": is a spreadsheet", id="xls"),
        pytest.param('user,run\n"ana,1-9\n', ": is no CSV", id="a quote that is never closed"),
        pytest.param('user,run\n"a"na,1-9\n', ": is no CSV", id="a quote inside"),
        pytest.param("user,run\n" + "x" * 200_000 + ",1-9\n", ": is no CSV", id="a cell without end"),
        pytest.param(b"\xff\xfeu\x00\x00\xd8", ": is no CSV", id="broken UTF-16"),
    ],
)
def test_what_cannot_be_meant_is_told(path: Path, content: bytes | str, fault: str) -> None:
    """With the line where there is one."""
    assert refused(path, content)[0].startswith(fault)


def test_a_file_that_is_not_there_is_told(path: Path) -> None:
    """Before the first learner."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        list(read_rows(path, COLUMNS, Faults(path)))


def test_all_faults_are_told_up_to_a_bound(path: Path) -> None:
    """A column in the wrong place makes a fault of each row; the screen stays readable."""
    faults = Faults(path)
    for line in range(2, 300):
        faults.add(line, "is wrong")
    with pytest.raises(ConfigurationError) as caught:
        faults.check()
    assert caught.value.faults[0] == f"{path}:2: is wrong"
    assert caught.value.faults[-1] == f"{path}: and {298 - sheets.MOST_TOLD} more"


def test_columns_that_nobody_reads_are_known(path: Path) -> None:
    """For `check`: a name that is no slip could still have been meant."""
    path.write_text("user;Nombre completo;RUT;;correo\n")
    assert left_out(path, COLUMNS) == ("Nombre completo", "correo")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param(None, "cannot be read", id="gone"),
        pytest.param(b"PK\x03\x04", "is a spreadsheet", id="a spreadsheet by now"),
        pytest.param(b'user;"run', "is no CSV", id="no CSV by now"),
    ],
)
def test_a_file_that_cannot_be_read_any_more_is_a_fault(path: Path, content: bytes | None, text: str) -> None:
    """`check` reads it twice, and it may have been exchanged in between."""
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=text):
        left_out(path, COLUMNS)


def test_a_file_that_is_written_meanwhile_is_found_out(path: Path) -> None:
    """Half of a file is never taken for the whole."""
    path.write_text(PLAIN)
    found = read_rows(path, COLUMNS, Faults(path))
    next(found)
    with path.open("a") as file:
        file.write("pedro,3-5,\n")
    with pytest.raises(Changing):
        list(found)


def test_a_file_that_is_replaced_meanwhile_is_read_to_its_end(path: Path) -> None:
    """The old one is whole; the new one is seen at the next look."""
    path.write_text(PLAIN)
    found = read_rows(path, COLUMNS, Faults(path))
    first = next(found)
    other = path.with_suffix(".new")
    other.write_text("user,run\npedro,3-5\n")
    os.replace(other, path)
    assert [first, *found] == EXPECTED


def test_d3_a_file_beyond_all_bounds_is_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody names the wrong file."""
    monkeypatch.setattr(sheets, "MOST_BYTES", 10)
    assert refused(path, PLAIN)[0].startswith(": has more than")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_are_rows_or_faults(path: Path, content: bytes) -> None:
    """Whatever is in the file, one kind of error."""
    path.write_bytes(b"user,run\n" + content)
    faults = Faults(path)
    try:
        assert all(len(cells) == 3 for _, cells in read_rows(path, COLUMNS, faults))
    except ConfigurationError:
        return
