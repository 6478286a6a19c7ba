"""Rules for paths of several courses: which requests they guard, and what stands before them."""

from __future__ import annotations

from typing import Any

import pytest

from sence_gate.courses import CourseRules
from sence_gate.paths import Target
from sence_gate.shared import Branch, Shared, page_faults, page_pattern
from tests.sample_courses import asked, course, numbered
from tests.timing import quickest

VIEW = "/course/view.php"
BOTH = ("excel", "word")
FORUM = Branch(("/mod/forum/index.php",), (("course", "5"),))
EXCEL = course(
    "excel", VIEW, query=(("id", "5"),), also=(FORUM, Branch(("/excel/",))), exceptions=("/excel/libre/",)
)
WORD = course("word", VIEW, query=(("id", "7"),))


def rules(*shared: Shared, mount: str = "") -> CourseRules:
    """Return the rules of the two courses and *shared*."""
    return CourseRules([EXCEL, WORD], mount, shared)


MOODLE = rules(Shared(("/mod/", "/pluginfile.php/"), BOTH, exceptions=("/mod/ayuda/",)))


@pytest.mark.parametrize(
    ("url", "outcome"),
    [
        pytest.param(f"{VIEW}?id=5", "excel", id="its first place"),
        pytest.param("/mod/forum/index.php?course=5", "excel", id="a further place"),
        pytest.param("/excel/3", "excel", id="a further path without a query"),
        pytest.param("/excel/libre/3", "free", id="the exception holds for all places"),
        pytest.param(
            "/mod/forum/index.php?course=9", "shared", id="another query leaves it to the shared rule"
        ),
        pytest.param("/mod/forum/index.php", "excel", id="no query: it may be meant"),
        pytest.param("/mod/quiz/view.php?id=5", "shared", id="shared"),
        pytest.param("/pluginfile.php/153/a.pdf", "shared", id="a file"),
        pytest.param("/mod/ayuda/1", "free", id="excepted"),
        pytest.param("/model/", "free", id="another name"),
        pytest.param(f"{VIEW}?id=9", "free", id="a course of nobody"),
    ],
)
def test_courses_come_first_then_what_is_shared(url: str, outcome: str) -> None:
    """A course's own places are more exact than what it shares."""
    assert asked(MOODLE, url) == outcome


READER = Shared(("/course/", "/mod/"), BOTH, page=page_pattern("(?P<key>x)"), exceptions=("/mod/ayuda/",))
NAMED = course("word", VIEW, query=(("id", "7"),), also=(Branch((VIEW,), (("name", "WORD"),)),))
BY_PAGE = CourseRules([EXCEL, NAMED], "", [READER])
DOUBTS = [
    pytest.param(f"{VIEW}?id=5", "excel", id="one course, surely"),
    pytest.param(f"{VIEW}?id=5&edit=1", "excel", id="and something else"),
    pytest.param(f"{VIEW}?name=WORD", "shared", id="an alias, where the other asks for a number"),
    pytest.param(f"{VIEW}?id=5&name=WORD", "shared", id="two courses"),
    pytest.param(f"{VIEW}?id=5&id=7", "shared", id="p29 one parameter twice"),
    pytest.param(f"{VIEW}?id=5abc", "shared", id="p29 a number that some cast"),
    pytest.param(f"{VIEW}?idnumber=X", "shared", id="an alias that nobody listed"),
    pytest.param(VIEW, "shared", id="no query"),
    pytest.param("/excel/3", "excel", id="a path of its own"),
    pytest.param("/excel/..%2fmod/quiz", "400", id="k16 a path that some read as shared"),
    pytest.param("/excel/x;/../../mod/quiz", "400", id="k16 parameters and dots"),
    pytest.param("/excel/..%2fmod/ayuda", "400", id="an exception that one reading knows"),
]


@pytest.mark.parametrize(("url", "outcome"), DOUBTS)
def test_a_doubt_is_left_to_the_page(url: str, outcome: str) -> None:
    """A session in one course must not open another by an address that means either (K16)."""
    assert asked(BY_PAGE, url) == outcome


@pytest.mark.parametrize(("url", "_"), DOUBTS)
def test_without_a_page_to_read_a_course_has_the_word(url: str, _: str) -> None:
    """A rule without `page` knows no more than the address; what names two courses at once is refused."""
    found = CourseRules([EXCEL, NAMED], "", [Shared(("/course/", "/mod/"), BOTH)])
    expected = {"400"} if url in (f"{VIEW}?id=5&id=7", f"{VIEW}?id=5abc") else {"excel", "word"}
    assert asked(found, url) in expected


SPELLINGS = [
    "/x/..%2fmod/quiz",
    "/MOD/quiz",
    "/mod;a=1/quiz",
    "//mod/quiz",
    "/%6dod/quiz",
    "/pluginfile.php%2f153",
]


@pytest.mark.parametrize("url", [*SPELLINGS, "/mod/ayuda/../quiz", "/mod/%61yuda/1", "/mod\\quiz"])
def test_p_no_spelling_gets_around_a_shared_rule(url: str) -> None:
    """P1 to P23: the same forms are looked at as for courses, and exceptions are exact."""
    assert asked(MOODLE, url) in {"shared", "400"}


def test_a_shared_rule_may_have_a_query() -> None:
    """As courses: let go only when it surely asks for something else."""
    found = rules(Shared(("/index.php",), BOTH, (("modulo", "aula"),)))
    outcomes = [
        asked(found, f"/index.php{query}") for query in ("?modulo=aula", "?modulo=foro", "", "?MODULO=aula")
    ]
    assert outcomes == ["shared", "free", "shared", "shared"]


def test_the_mount_path_counts_for_shared_rules_too() -> None:
    """A front server may have taken it off."""
    found = rules(Shared(("/mod/",), BOTH), mount="/campus")
    assert [asked(found, url) for url in ("/campus/mod/x", "/mod/x")] == ["shared", "shared"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param("/mod/x", "gated: /mod/ of [[shared]] (excel, word; any of them will do)", id="shared"),
        pytest.param("/mod/ayuda/", "free: the exception /mod/ayuda/ of [[shared]]", id="excepted"),
        pytest.param(
            "/mod/forum/index.php?course=5",
            "of course excel guards the form /mod/forum/index.php, and",
            id="also",
        ),
    ],
)
def test_an_explanation_names_shared_rules(url: str, words: str) -> None:
    """`sence-gate explain` tells them as it tells courses."""
    assert words in MOODLE.explain(Target.from_url(url)).reason


def test_an_explanation_says_that_the_page_decides() -> None:
    """The operator sees that the platform is asked first."""
    by_page = rules(Shared(("/mod/",), BOTH, page=page_pattern("(?P<key>x)")))
    assert "the platform's page says which" in by_page.explain(Target.from_url("/mod/")).reason


HIDING: list[Any] = [
    pytest.param([course("a", "/mod/")], [Shared(("/mod/quiz/",), BOTH)], True, id="a course hides it"),
    pytest.param(
        [course("a", "/mod/quiz/")], [Shared(("/mod/",), BOTH)], False, id="a course takes some of it"
    ),
    pytest.param(
        [], [Shared(("/mod/",), BOTH), Shared(("/mod/x/",), BOTH)], True, id="another rule hides it"
    ),
    pytest.param(
        [course("a", "/a"), course("b", "/a/b", also=(Branch(("/c",)),))], [], False, id="one branch is left"
    ),
    pytest.param(
        [course("a", "/a"), course("b", "/a/b", also=(Branch(("/a/c",)),))], [], True, id="no branch is left"
    ),
    pytest.param([course("a", "/a", also=(Branch(("/a/b",)),))], [], False, id="a branch of its own"),
]


@pytest.mark.parametrize(("courses", "shared", "is_hidden"), HIDING)
def test_a_rule_that_nothing_is_left_for_is_found(courses: Any, shared: Any, is_hidden: bool) -> None:
    """`check` warns of it."""
    assert bool(CourseRules(courses, "", shared).hidden()) is is_hidden


def test_further_places_cost_nothing_where_they_do_not_match() -> None:
    """Ten thousand courses with two places each are found like two."""

    def places(count: int) -> CourseRules:
        some = [
            course(each.id, *each.paths, query=each.query, also=(_forum(each.id),))
            for each in numbered(count)
        ]
        return CourseRules(some, "", [Shared(("/mod/",), tuple(each.id for each in some))])

    many, few = places(10_000), places(2)
    assert asked(many, "/course/view.php?id=1&id=2") == "400"
    target = Target.from_url("/mod/forum/index.php?course=2")
    assert asked(many, "/mod/forum/index.php?course=9999") == "9999"
    assert quickest(lambda: [many.match(target) for _ in range(200)]) < 3 * quickest(
        lambda: [few.match(target) for _ in range(200)]
    )


def _forum(number: str) -> Branch:
    return Branch(("/mod/forum/index.php",), (("course", number),))


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        pytest.param(r'class="[^"]*\bcourse-(?P<key>\d+)\b', "", id="Moodle"),
        pytest.param(r"(?P<key>[(+]+x)", "", id="signs in a set"),
        pytest.param(r"(?P<key>a)(b+)c+", "", id="one after the other"),
        pytest.param(r"((?P<key>a)|b){1,3}", "", id="a bounded repetition"),
        pytest.param("(?P<key>", "no regular expression", id="broken"),
        pytest.param(r"course-(\d+)", "no group named key", id="no group"),
        pytest.param(r"(?P<key>(a+)+)", "repeats a repetition", id="nested"),
        pytest.param(r"(?P<key>(?:\w*-)*)", "repeats a repetition", id="nested stars"),
        pytest.param(r"(?P<key>(a|b+){2,})", "repeats a repetition", id="nested by number"),
    ],
)
def test_a_pattern_for_pages_is_judged(pattern: str, fault: str) -> None:
    """What finds nothing, or could take for ever, does not load."""
    assert (fault in "".join(page_faults(pattern))) is True
    assert bool(page_faults(pattern)) is bool(fault)


def test_a_key_of_no_course_names_none() -> None:
    """Keys are compared exactly, and each course counts once."""
    rule = Shared(("/mod/",), BOTH, keys=(("5", "excel"), ("05", "word")))
    assert rule.named_by(("1", "05", "5", "5")) == ("word", "excel")
    assert ("excel" in rule, "otro" in rule) == (True, False)
