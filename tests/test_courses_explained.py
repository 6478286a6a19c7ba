"""What the operator is told about the rules: `explain`, and courses that others hide."""

from __future__ import annotations

import pytest

from sence_gate.courses import Course, CourseRules
from sence_gate.errors import UnreadablePath
from sence_gate.paths import Target
from tests.sample_courses import EXCEL, course, numbered
from tests.timing import quickest


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        pytest.param(
            "/x/../Cursos/y", "gated: /cursos of course excel guards the form /Cursos/y", id="gated"
        ),
        pytest.param(
            "/cursos/publico/a", "the exception /cursos/publico of course excel holds", id="excepted"
        ),
        pytest.param("/otra", "no course guards any form of this path", id="free"),
        pytest.param("/v?id=5", "and a platform could find id=5 in the query", id="query met"),
        pytest.param("/v?id=6", "the query surely asks for something else", id="query not met"),
    ],
)
def test_an_explanation_names_the_rule(url: str, rule: str) -> None:
    """`sence-gate explain` says what decided."""
    excel = course("excel", "/cursos", exceptions=("/cursos/publico",))
    rules = CourseRules([excel, course("n", "/v", query=(("id", "5"),))])
    assert rule in rules.explain(Target.from_url(url)).reason


def test_an_explanation_shows_the_forms_as_text() -> None:
    """Operators read names, not bytes."""
    explanation = EXCEL.explain(Target.from_url("/gu%C3%ADa%ff"))
    assert {"/gu%C3%ADa%ff", "/guía\\xff", "/guía"} <= set(explanation.forms)


def test_an_explanation_refuses_what_the_match_refuses() -> None:
    """The reason is in the exception."""
    with pytest.raises(UnreadablePath, match="control"):
        EXCEL.explain(Target.from_url("/a%00"))


HIDING = [
    pytest.param(course("e", "/c"), course("l", "/c/d"), True, id="a branch of it"),
    pytest.param(course("e", "/c/"), course("l", "/C"), True, id="the same path"),
    pytest.param(course("e", "/c/{x}"), course("l", "/c/d"), True, id="any name covers one"),
    pytest.param(course("e", "/c/d"), course("l", "/c/{x}"), False, id="one name does not cover any"),
    pytest.param(course("e", "/c/d"), course("l", "/c"), False, id="the later is wider"),
    pytest.param(course("e", "/c"), course("l", "/c/d", "/e"), False, id="only one of its paths"),
    pytest.param(course("e", "/c/2024"), course("l", "/c/2024-excel"), True, id="its number begins the name"),
    pytest.param(course("e", "/c/2024-excel"), course("l", "/c/2024"), False, id="the number comes later"),
    pytest.param(course("e", "/c/05"), course("l", "/c/5/x"), True, id="the same number"),
    pytest.param(course("e", "/c/5"), course("l", "/c/50"), False, id="another number"),
    pytest.param(course("e", "/c/lingua"), course("l", "/c/lingüa"), False, id="one collation only"),
    pytest.param(
        course("e", "/c", exceptions=("/c/5a",)), course("l", "/c/5"), False, id="the exception is cast to it"
    ),
    pytest.param(course("e", "/c", "/e"), course("l", "/c/d", "/e"), True, id="all of its paths"),
    pytest.param(course("e", "/c", query=(("a", "1"),)), course("l", "/c"), False, id="the query differs"),
    pytest.param(course("e", "/c"), course("l", "/c", query=(("a", "1"),)), True, id="any query"),
    pytest.param(
        course("e", "/c", query=(("a", "1"),)),
        course("l", "/c", query=(("b", "2"), ("a", "1"))),
        True,
        id="fewer conditions",
    ),
    pytest.param(
        course("e", "/c", query=(("a", "1"),)),
        course("l", "/c", query=(("a", "2"),)),
        False,
        id="other value",
    ),
    pytest.param(
        course("e", "/c", query=tuple((name, "1") for name in "abcd")),
        course("l", "/c", query=tuple((name, "1") for name in "abc")),
        False,
        id="more conditions than are looked up",
    ),
    pytest.param(
        course("e", "/c", exceptions=("/c/d",)), course("l", "/c/d"), False, id="the exception leaves it"
    ),
    pytest.param(
        course("e", "/c", exceptions=("/c/x",)), course("l", "/c/d"), True, id="an exception elsewhere"
    ),
    pytest.param(
        course("e", "/c", exceptions=("/c/x",)),
        course("l", "/c", exceptions=("/c/x",)),
        True,
        id="the same exception",
    ),
]


@pytest.mark.parametrize(("earlier", "later", "is_hidden"), HIDING)
def test_a_course_that_never_matches_is_named(earlier: Course, later: Course, is_hidden: bool) -> None:
    """`check` warns of it."""
    other = course("other", "/elsewhere")
    assert CourseRules([earlier, other, later]).hidden() == (((earlier, later),) if is_hidden else ())


def test_ten_thousand_courses_are_looked_through_for_hidden_ones() -> None:
    """`check` is not quadratic."""
    copies = numbered(10_000)
    shared = [course(str(n), "/api/", f"/cursos/{n}/") for n in range(10_000)]

    def look() -> None:
        assert len(CourseRules([*copies, *copies[:2]]).hidden()) == 2
        assert CourseRules(shared).hidden() == ()

    assert quickest(look, tries=2) < 5
