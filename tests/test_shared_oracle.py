"""Wherever a careless reader arrives below a shared path, the rules have looked."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sence_gate.courses import Course, CourseRules
from sence_gate.errors import UnreadablePath
from sence_gate.paths import Target
from sence_gate.shared import Shared, page_pattern
from tests import lenient
from tests.sample_courses import course, outcome
from tests.test_courses_oracle import HABITS, MUTATIONS, mutated, targets_of

SHARED, FILES, EXCEPTION, OWN = "/mod", "/ficheros", "/mod/ayuda", "/excel"
BOTH = ("excel", "word")
READER = Shared((SHARED,), BOTH, page=page_pattern("(?P<key>x)"), exceptions=(EXCEPTION,))
RULES = CourseRules([course("excel", OWN), course("word", "/word")], "", [READER, Shared((FILES,), BOTH)])
PLACES = st.sampled_from(
    [
        f"{SHARED}/quiz/view.php",
        f"{SHARED}/",
        FILES,
        f"{FILES}/153/a.pdf",
        f"{EXCEPTION}/1",
        f"{EXCEPTION}/../x",
    ]
)


@settings(max_examples=1000, deadline=None)
@given(PLACES, MUTATIONS, HABITS)
def test_p_no_mutation_of_a_shared_path_escapes(
    place: str, mutations: list[tuple[str, int]], habits: list[str]
) -> None:
    """What began as a shared page is gated as long as somebody still reads it so."""
    for change, at in mutations:
        place = mutated(place, change, at)
    for target, start in targets_of(place):
        page = lenient.read(start, habits)
        is_shared = lenient.lies_under(page, SHARED) or lenient.lies_under(page, FILES)
        is_gated = is_shared and not lenient.is_exactly_under(page, EXCEPTION)
        assert not is_gated or outcome(RULES, target) != "free"


@settings(max_examples=1000, deadline=None)
@given(st.sampled_from([f"{OWN}/x/..{SHARED}/quiz", f"{OWN}/..{SHARED}/1", f"{SHARED}/1"]), MUTATIONS, HABITS)
def test_k16_no_mutation_makes_a_shared_page_one_of_a_course(
    place: str, mutations: list[tuple[str, int]], habits: list[str]
) -> None:
    """As long as somebody reads it as a shared page, no session of one course opens it unread."""
    for change, at in mutations:
        place = mutated(place, change, at)
    for target, start in targets_of(place):
        page = lenient.read(start, habits)
        if lenient.lies_under(page, SHARED) and not lenient.is_exactly_under(page, EXCEPTION):
            assert not isinstance(_match(target), Course)


def _match(target: Target) -> object:
    try:
        return RULES.match(target)
    except UnreadablePath:
        return None
