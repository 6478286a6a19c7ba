"""Rules of several courses in the file: what they become, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from sence_gate.config import load_config
from sence_gate.shared import Branch, Unnamed
from tests.config.given import course, faults, settings

PAGE = r'class="[^"]*\bcourse-(?P<key>\d+)\b'
COURSES = [course(key="5"), course(id="word", key="7"), course(id="ppt")]


def given(*rules: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return settings with three courses and *rules*."""
    return settings(**{"courses": COURSES, "shared": list(rules)} | changes)


def test_a_rule_is_for_all_courses_in_their_order() -> None:
    """Left out, `courses` means all; the keys are the courses' own."""
    (rule,) = load_config(given({"paths": ["/mod/"], "page": PAGE}), {}).shared
    assert rule.courses == ("excel", "word", "ppt")
    assert rule.keys == (("5", "excel"), ("7", "word"))
    assert rule.page
    assert rule.unnamed is Unnamed.PASS


def test_a_rule_is_for_the_courses_that_it_names() -> None:
    """With query and exceptions of its own."""
    table = {"paths": ["/m/"], "courses": ["ppt", "excel"], "query": {"a": "1"}, "except": ["/m/x/"]}
    (rule,) = load_config(given(table), {}).shared
    assert (rule.courses, rule.query, rule.exceptions) == (("excel", "ppt"), (("a", "1"),), ("/m/x/",))
    assert rule.page is None


def test_a_course_has_further_places() -> None:
    """Each with a query of its own."""
    also = [{"paths": ["/mod/forum/index.php"], "query": {"course": "5"}}, {"paths": ["/x/"]}]
    (excel,) = load_config(settings(courses=[course(also=also)]), {}).courses
    assert excel.branches[1:] == (Branch(("/mod/forum/index.php",), (("course", "5"),)), Branch(("/x/",)))


FAULTS = [
    pytest.param({}, "shared[0].paths: is missing", id="no path"),
    pytest.param({"paths": ["mod"]}, "shared[0].paths[0]: must begin with a slash", id="a path that is none"),
    pytest.param({"paths": ["/_sence/x"]}, "shared[0].paths[0]: belongs to the gate itself", id="our own"),
    pytest.param({"paths": ["/m"], "query": {"": "1"}}, "shared[0].query: has an empty name", id="query"),
    pytest.param({"paths": ["/m"], "except": ["x"]}, "shared[0].except[0]: must begin", id="exception"),
    pytest.param(
        {"paths": ["/m"], "courses": ["word", "exel"]}, 'did you mean "excel"?', id="no such course"
    ),
    pytest.param(
        {"paths": ["/m"], "courses": ["ppt", "ppt"]}, "shared[0].courses[1]: is there twice", id="twice"
    ),
    pytest.param(
        {"paths": ["/m"], "page": "("}, "shared[0].page: is no regular expression", id="broken pattern"
    ),
    pytest.param({"paths": ["/m"], "page": "x"}, "shared[0].page: has no group named key", id="no group"),
    pytest.param(
        {"paths": ["/m"], "page": PAGE, "courses": ["ppt"]}, "give each course its key", id="no keys"
    ),
    pytest.param(
        {"paths": ["/m"], "unnamed": "any"}, "shared[0].unnamed: says what becomes of a page", id="no page"
    ),
    pytest.param(
        {"paths": ["/m"], "pages": PAGE}, 'shared[0].pages: unknown key — did you mean "page"?', id="key"
    ),
]


@pytest.mark.parametrize(("rule", "fault"), FAULTS)
def test_a_rule_that_cannot_work_is_refused(rule: dict[str, Any], fault: str) -> None:
    """With its place and what to do."""
    (found,) = faults(given(rule))
    assert fault in found


def test_two_courses_with_one_key_are_refused() -> None:
    """A page could not tell them apart."""
    courses = [course(key="5"), course(id="word", key="5")]
    rule = {"paths": ["/m"], "page": PAGE}
    assert faults(given(rule, courses=courses)) == (
        'courses[1].key: is that of "excel" too — one key for each course',
    )
    assert load_config(given({"paths": ["/m"]}, courses=courses), {}).shared


def test_the_places_of_a_course_are_judged_like_its_first() -> None:
    """Each fault names the one it is in."""
    also = [{"paths": ["/a/"]}, {"paths": ["b"], "query": {"x": ""}}, {}]
    found = faults(settings(courses=[course(also=also)]))
    assert [each.partition(": ")[0] for each in found] == [
        "courses[0].also[1].paths[0]",
        "courses[0].also[1].query",
        "courses[0].also[2].paths",
    ]


def test_rules_without_any_course_are_refused() -> None:
    """All courses of none is nobody's path."""
    assert "there is none" in "".join(faults(given({"paths": ["/m"]}, courses=[])))


def test_rules_cannot_come_from_the_environment() -> None:
    """Lists of tables stay in the file."""
    found = faults(given({"paths": ["/m"]}), {"SENCE_GATE_SHARED": "x"})
    assert found == ("SENCE_GATE_SHARED: shared cannot come from the environment — write them in the file",)
