"""Who is enrolled, with which codes and for which days, from the sheets that people have."""

from __future__ import annotations

import csv
import tracemalloc
from datetime import date
from itertools import islice
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies as st

from sence_gate.courses import Course
from sence_gate.enrolments import TYPED, Enrolment, Register, Terms, read_register, terms_of
from sence_gate.errors import ConfigurationError
from sence_gate.protocol.many import rut_of
from sence_gate.protocol.messages import Environment
from tests.samples import OTHER_RUN, RUN, course
from tests.timing import quickest

HEAD = "course,run,codigo_curso,cod_sence,linea_capacitacion,exempt,from,until\n"
WORD = course(id="word", linea_capacitacion=1, cod_sence="", environment=Environment.PRODUCTION)
OWN = Enrolment("5123456", "1237894560", 3)


def register(path: Path, text: str, *courses: Course, is_typed: bool = False) -> Register:
    """Return what a file with *text* below the usual head says of "excel" and "word"."""
    path.write_text(text if text.startswith("course") else HEAD + text)
    return read_register(path, courses or (course(), WORD), runs_are_typed=is_typed)


def terms(path: Path, *rows: str) -> Terms:
    """Return the enrolments of RUN in "excel"."""
    return terms_of(register(path, "\n".join(rows)), "excel", RUN)


def faults(path: Path, text: str, **more: bool) -> list[str]:
    """Return the faults of a file with *text* below the usual head, from the line on."""
    with pytest.raises(ConfigurationError) as caught:
        register(path, text, **more)
    return [fault.removeprefix(f"{path}:") for fault in caught.value.faults]


@pytest.fixture(name="path")
def csv_path(tmp_path: Path) -> Path:
    """Return where a file can be."""
    return tmp_path / "alumnos.csv"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param("excel,12345678-5", OWN, id="all inherited"),
        pytest.param("excel,12.345.678-5,,,,,,", OWN, id="all empty"),
        pytest.param(
            "excel,12345678-5,6234567", Enrolment("6234567", "1237894560", 3), id="an own course code"
        ),
        pytest.param(
            "excel,12345678-5,6234567,9876543210,6", Enrolment("6234567", "9876543210", 6), id="line 6"
        ),
        pytest.param(
            "excel,12345678-5,62,9876543210,6", Enrolment("62", "9876543210", 6), id="line 6, short"
        ),
        pytest.param("excel,12345678-5,,,1", Enrolment("5123456", "", 1), id="line 1 inherits no SENCE code"),
        pytest.param("excel,12345678-5,-1,-1", Enrolment("-1", "-1", 3), id="-1 in the test environment"),
        pytest.param("excel,12345678-5,,,,si", Enrolment("5123456", "1237894560", 3, True), id="exempt"),
        pytest.param("excel,12345678-5,,,,X", Enrolment("5123456", "1237894560", 3, True), id="a cross"),
        pytest.param("excel,12345678-5,,,,No", OWN, id="not exempt"),
    ],
)
def test_what_is_empty_is_the_course_s_own(path: Path, row: str, expected: Enrolment) -> None:
    """And what is there, the learner's."""
    assert terms(path, row) == (expected,)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        pytest.param("2024-05-06", "2024-05-31", id="ISO"),
        pytest.param("06-05-2024", "31-05-2024", id="as in Chile"),
        pytest.param("6/5/2024", "31/5/2024", id="as Excel shows it"),
        pytest.param("06.05.2024", "31.05.2024", id="with dots"),
        pytest.param("2024-05-06 00:00:00", "31-05-2024 0:00", id="with a midnight that nobody wrote"),
    ],
)
def test_days_are_read_as_people_write_them(path: Path, first: str, last: str) -> None:
    """Both are inside."""
    (found,) = terms(path, f"excel,12345678-5,,,,,{first},{last}")
    assert (found.first, found.last) == (date(2024, 5, 6), date(2024, 5, 31))
    assert [found.holds_on(date(2024, 5, day)) for day in (5, 6, 31)] == [False, True, True]
    assert not found.holds_on(date(2024, 6, 1))


def test_headers_are_those_of_people(path: Path) -> None:
    """In Spanish, with accents, capitals, semicolons, and columns that are nobody's business here."""
    head = "Curso;RUT Alumno;Nombre;Código Curso;Línea;Exento;Desde;Hasta;;"
    path.write_text(f"{head}\nexcel;12.345.678-5;Ana;6234567;6;;;;;\n")
    found = read_register(path, [course()], runs_are_typed=False)
    assert terms_of(found, "excel", RUN) == (Enrolment("6234567", "1237894560", 6),)


def test_nobody_else_is_enrolled(path: Path) -> None:
    """Neither another learner, nor the same one in another course."""
    found = register(path, "excel,12345678-5")
    assert [terms_of(found, *who) for who in (("excel", OTHER_RUN), ("word", RUN), ("none", RUN))] == [
        (),
        (),
        (),
    ]


def test_every_fault_of_every_line_is_told_at_once(path: Path) -> None:
    """Whoever corrects a sheet does it once."""
    rows = [
        "excel,12345678-4",
        "none,12345678-5",
        ",12345678-5",
        "excel,",
        "excel,12345678-5,1,1,3,quizas,1-13-2024,ayer",
        "word,12345678-5,-1",
        "excel,11111111-1,,,2",
        "excel,11111111-1,,,,,2024-05-02,2024-05-01",
        "excel,12345678",
    ]
    assert [fault.partition(" — ")[0] for fault in faults(path, "\n".join(rows))] == [
        "2: run is no RUN, or its check digit is wrong",
        "3: course is none that reads this file (excel, word)",
        "4: course is missing",
        "5: run is missing",
        "6: exempt is neither yes nor no",
        "6: from is no day",
        "6: until is no day",
        "6: cod_sence must have exactly 10 characters (only line 1 goes without)",
        "6: codigo_curso must have at least 7 characters (only line 6 allows fewer)",
        '7: codigo_curso is "-1", which only the test environment takes: write the real code',
        "8: linea_capacitacion is not 1, 3 or 6",
        "9: until is before from",
        "10: run may lack its check digit",
    ]


def test_d6_no_fault_repeats_a_run_or_a_code(path: Path) -> None:
    """Faults go to logs and to whoever asks for help."""
    rows = "excel,11111111-2,77777\nexcel,87654321,\nexcel,11111111-1\nexcel,11111111-1,6234567"
    told = " ".join(faults(path, rows))
    assert not any(secret in told for secret in ("11111111", "87654321", "77777", "6234567"))


@pytest.mark.parametrize("linea", ["2", "0", "33", "٣", "tres", "9" * 5000, "-1", "3.0"])
def test_another_line_is_refused(path: Path, linea: str) -> None:
    """Whatever stands in the cell."""
    assert faults(path, f"excel,12345678-5,,,{linea}")[0].startswith("2: linea_capacitacion is not 1, 3 or 6")


def test_exempt_cannot_be_typed(path: Path) -> None:
    """Where the RUN is typed, anybody could type that of somebody exempt."""
    assert faults(path, "excel,12345678-5,,,,si", is_typed=True) == [f"2: {TYPED}"]


def test_the_same_row_twice_is_one(path: Path) -> None:
    """Two sheets were pasted into one."""
    assert terms(path, "excel,12345678-5", "excel,11111111-1", "excel,12.345.678-5,,,,") == (OWN,)


def test_two_rows_that_differ_are_told_with_both_lines(path: Path) -> None:
    """Which one is right only the OTEC knows."""
    (fault,) = faults(path, "excel,12345678-5\n\nexcel,12345678-5,6234567\n")
    assert fault.startswith("4: is the learner of line 2 again, with other values for the same days")


def test_a_course_may_be_given_twice(path: Path) -> None:
    """SENCE numbers it twice; the days tell which number holds, in whatever order they are written."""
    found = terms(
        path, "excel,12345678-5,6234567,,,,2024-10-01,", "excel,12345678-5,5123456,,,,2024-03-01,2024-09-30"
    )
    assert [(each.codigo_curso, each.first) for each in found] == [
        ("5123456", date(2024, 3, 1)),
        ("6234567", date(2024, 10, 1)),
    ]


def test_days_that_meet_are_told(path: Path) -> None:
    """One day of both is enough: which code would be sent on it?"""
    (fault,) = faults(path, "excel,12345678-5,6234567,,,,2024-09-30,\nexcel,12345678-5,,,,,,2024-09-30")
    assert fault.startswith("3: is the learner of line 2 again")


def test_k16_codes_are_judged_in_the_environment_of_their_course(path: Path) -> None:
    """What the test environment takes, production does not."""
    assert faults(path, "excel,12345678-5,-1\nword,12345678-5,-1")[0].startswith("3: codigo_curso")


_CELLS = st.sampled_from(
    ["excel", "word", "", "1", "3", "si", "-1", "2024-02-30", "31/12/9999", "12345678-5"]
)


@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(st.lists(st.lists(_CELLS | st.text(max_size=12), min_size=1, max_size=9), max_size=6))
def test_whatever_stands_in_the_cells_is_one_kind_of_error(path: Path, rows: list[list[str]]) -> None:
    """Enrolled or told, and no third."""
    with path.open("w", newline="", encoding="utf-8", errors="surrogatepass") as file:
        csv.writer(file).writerows([HEAD.strip().split(","), *rows])
    try:
        found = read_register(path, [course(), WORD], runs_are_typed=False)
    except ConfigurationError as fault:
        assert all(each.startswith(str(path)) for each in fault.faults)  # noqa: PT017 - both ways are fine
    else:
        assert set(found) == {"excel", "word"}


@pytest.fixture(name="large", scope="module")
def large_sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a sheet with twenty thousand learners, as exported in Chile."""
    path = tmp_path_factory.mktemp("large") / "todos.csv"
    numbers = islice(range(5_000_000, 99_999_999, 97), 20_000)
    rows = (
        f"excel;{rut_of(number)};{5123456 + number % 40};1237894560;3;;01-03-2024;31-12-2024;;\r\n"
        for number in numbers
    )
    path.write_text(HEAD.replace(",", ";") + "".join(rows), encoding="utf-8-sig")
    return path


def test_a_large_sheet_costs_little_more_than_its_reading(large: Path) -> None:
    """Two hundred thousand learners in less than two seconds, where csv alone takes a tenth of one."""

    def bare() -> int:
        with large.open(newline="") as file:
            return sum(1 for _ in csv.reader(file, delimiter=";"))

    def whole() -> Register:
        return read_register(large, [course()], runs_are_typed=False)

    assert len(whole()["excel"]) == 20_000
    assert quickest(whole, 3) < 25 * quickest(bare, 5)


def test_a_large_sheet_takes_little_memory(large: Path) -> None:
    """What learners have in common is kept once: some hundred bytes each, twice that while it is read."""
    tracemalloc.start()
    try:
        found = read_register(large, [course()], runs_are_typed=False)
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(set(found["excel"].values())) == 40
    assert (now / 20_000, peak / 20_000) < (200, 500)
    assert peak / 20_000 < 500
