"""Addresses that some read as one course's and others as another's: no session of the one opens the other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sence_gate.courses import CourseRules
from sence_gate.paths import Target
from sence_gate.shared import Shared, page_pattern
from tests import lenient
from tests.sample_courses import asked, course, outcome
from tests.test_courses_oracle import HABITS, MUTATIONS, mutated, targets_of

EXCEL, WORD = course("excel", "/cursos/excel/"), course("word", "/cursos/word/")
APART = CourseRules([EXCEL, WORD])
BOTH = ("excel", "word")
PAGE = page_pattern('curso-(?P<key>[a-z]+)"')


@pytest.mark.parametrize(
    "url",
    [
        "/cursos/excel/..%2fword/1",
        "/cursos/word/..%2fexcel/1",
        "/cursos/excel/%2e%2e/word/1",
        "/cursos/excel/..;/word/1",
        "/cursos/excel;/cursos/../word/..;x/../word/",
        "/cursos/excel/..%5cword/1",
        "/cursos/excel/..%252fword/1",
        "/cursos/word/ver.php/..;/..;/excel/1",
    ],
)
def test_k16_a_path_of_two_courses_is_refused(url: str) -> None:
    """Whatever the order of the courses: nobody links to such an address."""
    assert asked(APART, url) == "400"
    assert asked(CourseRules([WORD, EXCEL]), url) == "400"


@pytest.mark.parametrize(
    "url",
    [
        "/cursos/excel;jsessionid=1/x", "/cursos/excel%2fx", "/cursos/excel%20/", "/cursos//excel/x",
        "/cursos/excel/R&D.pdf", "/cursos/excel/a%3fb.pdf", "/cursos/excel/./x", "/CURSOS/Excel/..x/",
    ],
)  # fmt: skip
def test_a_course_within_another_rule_keeps_its_spellings(url: str) -> None:
    """The first written decides, as where there is no doubt; also when the outer rule reads pages."""
    around = course("todo", "/")
    assert asked(CourseRules([EXCEL, around]), url) == "excel"
    assert asked(CourseRules([EXCEL, WORD], "", [Shared(("/cursos/",), BOTH, page=PAGE)]), url) == "excel"
    assert asked(CourseRules([EXCEL, around]), "/cursos/excel/..%2fotro/x") == "400"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("/mod/..%2fpluginfile.php/5/a.html", "400", id="a file that is asked for as a page"),
        pytest.param("/pluginfile.php/5/..%2f..%2fmod/quiz", "400", id="a page that is asked for as a file"),
        pytest.param("/mod/..%2fcursos/excel/a.html", "400", id="a course's own that is asked for as a page"),
        pytest.param("/mod/..%2flibre/a.html", "shared", id="a page, or nobody's"),
        pytest.param(
            "/cursos/excel/..%2fpluginfile.php/5/a.pdf", "excel", id="a file that this course shares"
        ),
    ],
)
def test_a_page_rule_does_not_read_what_is_not_its_own(url: str, expected: str) -> None:
    """A file of a course names no course: taken for a page, it would pass without any session."""
    shared = [Shared(("/mod/",), BOTH, page=PAGE), Shared(("/pluginfile.php/",), BOTH)]
    assert asked(CourseRules([EXCEL, WORD], "", shared), url) == expected


FIVE, SEVEN = course("five", "/ver", query=(("id", "5"),)), course("seven", "/ver", query=(("id", "7"),))
BY_QUERY = CourseRules([FIVE, SEVEN])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("/ver?id=7", "seven", id="the address names one"),
        pytest.param("/ver?id=5&x=7", "five", id="and another field"),
        pytest.param("/ver?id=9", "five", id="P29 the body could name a course"),
        pytest.param("/ver", "five", id="P29 nothing is named"),
        pytest.param("/ver?id=5&id=7", "400", id="K16 two values"),
    ],
)
def test_a_form_belongs_to_the_course_that_its_address_names(url: str, expected: str) -> None:
    """Else learners of all courses but the first could not hand anything in."""
    assert outcome(BY_QUERY, replace(Target.from_url(url), has_body=True)) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/ver?id=7&id=7", "seven"), ("/ver?id=7abc", "400"), ("/ver?id=7&id=%zz", "400"),
        ("/ver?id[]=7", "400"),
        ("/ver/R&D.pdf?id=7", "seven"), ("/ver/%3fid=5?id=7", "400"), ("/ver/x&id=5?id=7", "400"),
    ],
)  # fmt: skip
def test_k16_a_query_that_could_name_two_courses_is_refused(url: str, expected: str) -> None:
    """Platforms differ about which value counts; what says nothing of the parameter is no doubt."""
    assert asked(BY_QUERY, url) == expected


def test_where_one_course_alone_could_be_meant_nothing_is_refused() -> None:
    """A link that was written carelessly leads to its course."""
    rules = CourseRules([FIVE, course("otro", "/otro")])
    assert [asked(rules, f"/ver?id={value}") for value in ("05", "5abc", "7&id=5")] == ["five"] * 3


def test_conditions_within_one_another_go_by_their_order() -> None:
    """A section of a course is written before the course; both are surely named."""
    part = course("part", "/ver", query=(("id", "5"), ("seccion", "2")))
    rules = CourseRules([part, FIVE, SEVEN])
    assert [asked(rules, f"/ver?id=5{more}") for more in ("&seccion=2", "&seccion=3", "")] == [
        "part",
        "five",
        "part",
    ]


@pytest.mark.parametrize("value", ["a%C3%B1o%20(2)", "a%C3%B1o+%282%29", "a%C3%B1o%20%282%29"])
def test_a_text_is_known_as_scripts_and_servers_write_it(value: str) -> None:
    """encodeURIComponent leaves brackets as they are, Python and PHP do not."""
    rules = CourseRules([FIVE, course("texto", "/ver", query=(("id", "año (2)"),))])
    assert asked(rules, f"/ver?id={value}") == "texto"


PLACES = st.sampled_from([f"/cursos/{one}/x/../../{other}/1" for one in BOTH for other in BOTH])


@settings(max_examples=1000, deadline=None)
@given(PLACES, MUTATIONS, HABITS, HABITS)
def test_k16_two_readers_never_find_two_courses(
    place: str, mutations: list[tuple[str, int]], one: list[str], other: list[str]
) -> None:
    """Whatever the platform's habits, it shows no page of a course that was not asked about."""
    for change, at in mutations:
        place = mutated(place, change, at)
    for target, start in targets_of(place):
        decided = outcome(APART, target)
        for habits in (one, other):
            page = lenient.read(start, habits)
            for each in BOTH:
                assert not lenient.lies_under(page, f"/cursos/{each}") or decided in (each, "400")
