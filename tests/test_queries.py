"""Conditions on the query: met, unless they surely are not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sence_gate.courses import CourseRules
from sence_gate.paths import Target
from sence_gate.queries import Condition, Kind, QueryReading, Shelf
from tests.sample_courses import asked, course, outcome

VIEW = "/course/view.php"
TWELVE = CourseRules([course("c", VIEW, query=(("id", "12"),))])

MAY_BE_TWELVE = [
    pytest.param("id=12", id="P29 the value"),
    pytest.param("id=7&id=12", id="P29 the value last"),
    pytest.param("id=12&id=7", id="P29 the value first"),
    pytest.param("id=7&id=012", id="P29 another value and an unclear one"),
    pytest.param("id=012&id=7", id="P29 an unclear value and another one"),
    pytest.param("id=%31%32", id="P29 encoded digits"),
    pytest.param("id=012", id="P29 a zero before"),
    pytest.param("id=+12", id="P29 a plus before"),
    pytest.param("id=%2b12", id="P29 an encoded plus before"),
    pytest.param("id=%2012", id="P29 a space before"),
    pytest.param("id=12abc", id="P29 letters after"),
    pytest.param("id=12.0", id="P29 a fraction"),
    pytest.param("id=1.2e1", id="P29 an exponent"),
    pytest.param("id=0xc", id="P29 hexadecimal"),
    pytest.param("id=-7", id="P29 a sign"),
    pytest.param("id=4294967308", id="P29 more than 32 bits"),
    pytest.param("id[]=12", id="P29 an array"),
    pytest.param("id=7&id[]=12", id="P29 an array after another value"),
    pytest.param("id=7&id%5B%5D=12", id="P29 an encoded array"),
    pytest.param("id=7&id[0=12", id="P29 half an array"),
    pytest.param("ID=12", id="P29 capitals"),
    pytest.param("id=7&ID=12", id="P29 capitals after another value"),
    pytest.param("ID=7", id="P29 another value, but only in capitals"),
    pytest.param(";id=12", id="P29 a semicolon"),
    pytest.param("id=7&a=1;id=12", id="P29 a semicolon that divides"),
    pytest.param("id=7;id=12", id="P29 a semicolon within the value"),
    pytest.param("a=1;id=7", id="P29 another value, but only behind a semicolon"),
    pytest.param("id=１２", id="P29 full-width digits"),
    pytest.param("id=%EF%BC%91%EF%BC%92", id="P29 encoded full-width digits"),
    pytest.param("", id="P29 no id at all"),
    pytest.param("a=7", id="P29 another parameter"),
    pytest.param("id", id="P29 no value"),
    pytest.param("id=", id="P29 an empty value"),
    pytest.param("id=7&i%64=12", id="an encoded name"),
    pytest.param("id=7&%2569d=12", id="a name encoded twice"),
    pytest.param("id=7&%u0069d=12", id="a wide escape in the name"),
    pytest.param("id=7&+id=12", id="a space before the name"),
    pytest.param("id=7&%20id=12", id="an encoded space before the name"),
    pytest.param("id=7&id%00x=12", id="NUL after the name"),
    pytest.param("id=7&?id=12", id="a question mark before the name"),
    pytest.param("id=7&ｉｄ=12", id="a full-width name"),
    pytest.param("id=7%00", id="NUL after the value"),
    pytest.param("id=7#&id=12", id="a fragment in the query"),
    pytest.param("id=7" + "&a=1" * 300, id="more parameters than anybody reads"),
    pytest.param("&".join(f"id={n}" for n in range(100, 120)), id="more values than anybody sends"),
]


@pytest.mark.parametrize("query", MAY_BE_TWELVE)
def test_a_query_that_somebody_reads_as_the_course_is_gated(query: str) -> None:
    """PHP casts, takes the last, and knows many spellings of a name."""
    native = query.encode().decode("latin-1")
    assert outcome(TWELVE, Target("", VIEW, f"{VIEW}?{native}", native)) == "c"
    assert outcome(TWELVE, Target("", VIEW, None, native)) == "c"


@pytest.mark.parametrize(
    "query", ["id=7", "id=0", "id=7&id=8", "a=12&id=7", "id=7&ids=12&xid=12&id2=12", "ID=7&id=7"]
)
def test_a_query_that_surely_differs_is_free(query: str) -> None:
    """The other courses of the platform are left alone."""
    assert asked(TWELVE, f"{VIEW}?{query}") == "free"
    assert outcome(TWELVE, Target("", VIEW, None, query)) == "free"


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(Target("", VIEW, f"{VIEW}?id=7", "id=7", has_body=True), id="P29 id in the body"),
        pytest.param(Target("", VIEW, f"{VIEW}?id=12", "id=7"), id="the raw URI differs"),
        pytest.param(Target("", VIEW, VIEW, "id=7"), id="the raw URI has no query"),
        pytest.param(Target.from_url(f"{VIEW}%3fid=12?id=7"), id="a query in the path"),
        pytest.param(Target.from_url(f"{VIEW}%26id=12?id=7"), id="a parameter in the path"),
        pytest.param(Target.from_url(f"{VIEW}/..%2fview.php?id=12"), id="a path spelled otherwise"),
    ],
)
def test_a_value_from_elsewhere_is_not_trusted(target: Target) -> None:
    """Platforms prefer other places to the query that we are shown."""
    assert outcome(TWELVE, target) == "c"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("id=5&s=1", "c", id="both met"),
        pytest.param("id=5&s=2", "free", id="the second not met"),
        pytest.param("id=6&s=1", "free", id="the first not met"),
        pytest.param("id=05&s=1", "c", id="one unclear, one met"),
        pytest.param("id=05", "c", id="one unclear, one missing"),
        pytest.param("id=05&s=2", "free", id="one unclear, one not met"),
    ],
)
def test_all_conditions_must_be_met(query: str, expected: str) -> None:
    """One condition that surely is not met is enough to be free."""
    rules = CourseRules([course("c", VIEW, query=(("id", "5"), ("s", "1")))])
    assert asked(rules, f"{VIEW}?{query}") == expected


UUID = "3f2a8c1e-0b5d-4e6f-8a9b-0c1d2e3f4a5b"


@pytest.mark.parametrize(
    ("value", "given", "expected"),
    [
        pytest.param(UUID, UUID.upper(), "c", id="UUID in capitals"),
        pytest.param(UUID, UUID.replace("-", ""), "c", id="UUID without hyphens"),
        pytest.param(UUID, "%7B" + UUID + "%7D", "c", id="UUID in braces"),
        pytest.param(UUID, "urn:uuid:" + UUID, "c", id="UUID as a URN"),
        pytest.param(UUID, UUID[:-1] + "c", "free", id="another UUID"),
        pytest.param("excel", "Excel!", "c", id="what is left as a slug"),
        pytest.param("excel", "exce%C5%82", "c", id="a letter with a stroke"),
        pytest.param("guia.pdf", "otra.pdf", "free", id="another file"),
        pytest.param("2024-word", "2024-excel", "free", id="another name that begins with a number"),
    ],
)
def test_text_is_compared_as_carelessly_as_paths_are(value: str, given: str, expected: str) -> None:
    """The same database finds it, wherever it stood."""
    rules = CourseRules([course("c", VIEW, query=(("key", value),))])
    assert asked(rules, f"{VIEW}?key={given}") == expected


def test_conditions_beyond_those_looked_up_count_too() -> None:
    """A course may have more conditions than the index has room for."""
    query = tuple((name, "1") for name in "abcde")
    rules = CourseRules([course("c", VIEW, query=query)])
    assert asked(rules, f"{VIEW}?a=1&b=1&c=1&d=1&e=1") == "c"
    assert asked(rules, f"{VIEW}?a=1&b=1&c=1&d=1&e=2") == "free"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("id=6", "six", id="its own value"),
        pytest.param("id=5&id=6", "400", id="k16 both values"),
        pytest.param("id=06", "400", id="k16 unclear"),
        pytest.param("", "five", id="missing: the first written"),
        pytest.param("id=8", "any", id="neither: the course without conditions"),
        pytest.param("name=seis", "five", id="another parameter says nothing of id"),
        pytest.param("id=8&name=seis", "named", id="a course that looks at another parameter"),
    ],
)
def test_courses_of_one_path_are_told_apart_by_their_query(query: str, expected: str) -> None:
    """As in a Moodle."""
    five, six = course("five", VIEW, query=(("id", "5"),)), course("six", VIEW, query=(("id", "6"),))
    named = course("named", VIEW, query=(("name", "seis"),))
    rules = CourseRules([five, six, *([named] if "name" in query else []), course("any", VIEW)])
    assert asked(rules, f"{VIEW}?{query}") == expected


@pytest.mark.parametrize(
    ("value", "sent", "expected"),
    [
        pytest.param("excel", "excel", "c", id="equal"),
        pytest.param("excel", "EXCEL", "c", id="other case"),
        pytest.param("excel", "éxcel", "c", id="an accent, not encoded"),
        pytest.param("excel", "%C3%A9xcel", "c", id="an accent"),
        pytest.param("excel", "%65xcel", "c", id="encoded without need"),
        pytest.param("excel", "wo%72d", "c", id="another value encoded without need"),
        pytest.param("excel", "word", "free", id="another value"),
        pytest.param("excel", "Word+B%C3%A1sico", "free", id="another value with a space and an accent"),
        pytest.param("excel", "Word%20B%C3%A1sico", "free", id="and the other spelling of the space"),
        pytest.param("excel", "wo%E1", "c", id="another value in latin-1"),
        pytest.param("excel", "word+", "c", id="another value and a space"),
        pytest.param("excel", "excel%00x", "c", id="NUL within the value"),
        pytest.param("excel", "a%2Bb", "c", id="a plus that may be decoded twice"),
        pytest.param("Excel Básico", "Excel+B%C3%A1sico", "c", id="a value with a space"),
        pytest.param("007", "7", "c", id="a number with zeros"),
        pytest.param("007", "8", "free", id="another number"),
        pytest.param("12345678901234", "12345678901235", "free", id="another long number"),
        pytest.param("12345678901234", "12345678901234", "c", id="the long number"),
        pytest.param("1" * 25, "2" * 25, "free", id="digits too long for a number"),
        pytest.param("", "x", "free", id="an empty value"),
        pytest.param("", "", "c", id="the empty value"),
    ],
)
def test_a_value_is_compared_as_the_most_careless_platform_would(
    value: str, sent: str, expected: str
) -> None:
    """But browsers' own spelling of another value is surely another value."""
    rules = CourseRules([course("c", VIEW, query=(("course", value),))])
    assert asked(rules, f"{VIEW}?course={sent}") == expected


@pytest.mark.parametrize("name", ["módulo", "a b", "filter[id]", "my.id"])
def test_a_name_is_known_as_browsers_send_it(name: str) -> None:
    """Encoded or not, it is the same parameter."""
    named = course("c", VIEW, query=((name, "5"),))
    path, rules = named.first_path or "", CourseRules([named])
    assert asked(rules, path) == "c"
    assert asked(rules, path.replace("=5", "=6")) == "free"


CONDITIONS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["1", "2", "x"])), max_size=3)
PARAMETERS = st.tuples(st.sampled_from("abA"), st.sampled_from(["1", "2", "01", "x", ""]))
QUERIES = st.lists(PARAMETERS.map("=".join), max_size=4).map("&".join)
Pairs = list[tuple[str, str]]


@settings(deadline=None)
@given(st.lists(CONDITIONS, max_size=5), QUERIES)
def test_a_shelf_finds_what_comparing_one_by_one_finds(courses: list[Pairs], query: str) -> None:
    """Looking up by value is only faster."""
    shelf, reading = Shelf(), QueryReading([query])
    conditions = [[Condition.of(*pair) for pair in pairs] for pairs in courses]
    for number, each in enumerate(conditions):
        shelf.put(number, each)
    found = {number for numbers in shelf.candidates(reading) for number in numbers}
    assert found == {number for number, each in enumerate(conditions) if all(map(reading.may_meet, each))}


@settings(deadline=None)
@given(st.lists(CONDITIONS, max_size=5), CONDITIONS)
def test_a_shelf_finds_the_courses_that_ask_for_no_more(courses: list[Pairs], asked_for: Pairs) -> None:
    """These are the ones that could hide another."""
    shelf, wanted = Shelf(), {Condition.of(*pair) for pair in asked_for}
    conditions = [{Condition.of(*pair) for pair in pairs} for pairs in courses]
    for number, each in enumerate(conditions):
        shelf.put(number, each)
    found = {number for numbers in shelf.subsets(wanted) for number in numbers}
    assert found == {number for number, each in enumerate(conditions) if each <= wanted}


def test_an_uncertain_query_may_be_anything() -> None:
    """A body or a path may hold the value that counts."""
    assert QueryReading(["id=7"], certain=False).values("id", Kind.NUMBER) is None
    assert QueryReading(["id=7"]).values("id", Kind.NUMBER) == frozenset({"7"})


@pytest.mark.parametrize("name", ["a.b", "a b", "a+b", "a%2eb", "a_b"])
def test_p29_dots_and_spaces_of_a_name_are_underscores(name: str) -> None:
    """PHP has no variable with a dot."""
    rules = CourseRules([course("c", VIEW, query=(("a_b", "12"),))])
    assert asked(rules, f"{VIEW}?a_b=7&{name}=12") == "c"
