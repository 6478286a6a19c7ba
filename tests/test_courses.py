"""Which course guards a request."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sence_gate.courses import CourseRules
from sence_gate.errors import UnreadablePath
from sence_gate.paths import Target
from tests.sample_courses import EXCEL, OTEC, asked, course, numbered, outcome


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("/c/x/examen", "w", id="one segment"),
        pytest.param("/c/x/examen/1", "w", id="and below"),
        pytest.param("/c/a%2fb/examen", "w", id="an encoded slash stays within the segment"),
        pytest.param("/%63/a%2fb/examen", "w", id="and with another letter encoded"),
        pytest.param("/c/%cc%81/examen", "w", id="a segment of invisible characters"),
        pytest.param("/c/x/y/examen", "free", id="two segments"),
        pytest.param("/c/examen", "free", id="no segment"),
        pytest.param("/c//examen", "free", id="an empty segment"),
        pytest.param("/c/x", "free", id="only the beginning"),
        pytest.param("/c/fijo/examen", "w", id="a name that another course knows"),
        pytest.param("/c/fijo/otra", "l", id="the other course"),
    ],
)
def test_a_name_in_braces_stands_for_one_segment(url: str, expected: str) -> None:
    """`{name}` is neither empty nor a slash."""
    rules = CourseRules([course("w", "/c/{id}/examen"), course("l", "/c/fijo")])
    assert asked(rules, url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("/c/x", "first", id="both guard it"),
        pytest.param("/c/libre/x", "second", id="the first excepts it"),
        pytest.param("/c/libre/..%2fx", "first", id="not in every form"),
        pytest.param("/d", "second", id="only the second guards it"),
    ],
)
def test_the_first_course_written_wins(url: str, expected: str) -> None:
    """An exception of one course leaves the request to the next."""
    rules = CourseRules([course("first", "/c/", exceptions=("/c/libre/",)), course("second", "/c", "/d")])
    assert asked(rules, url) == expected


def test_the_order_written_counts_and_not_the_length_of_the_path() -> None:
    """Nothing is more specific than the order."""
    rules = CourseRules([course("wide", "/{x}"), course("narrow", "/c/d")])
    assert outcome(rules, Target.from_url("/c/d/e")) == "wide"


@pytest.mark.parametrize(
    ("path", "spelled"),
    [
        pytest.param("/básico", "/b%C3%A1sico/x", id="UTF-8"),
        pytest.param("/básico", "/b%E1sico/x", id="latin-1"),
        pytest.param("/básico", "/ba%CC%81sico/x", id="decomposed"),
        pytest.param("/básico", "/basico/x", id="without the accent"),
        pytest.param("/BÁSICO", "/básico/x", id="other case"),
        pytest.param("/straße", "/STRASSE/x", id="casefold"),
        pytest.param("/excel", "/exceł/x", id="MySQL: a stroke"),
        pytest.param("/seguridad", "/seguri%C4%91ad/x", id="MySQL: an encoded stroke"),
        pytest.param("/aero", "/%C3%86ro/x", id="MySQL: letters joined"),
        pytest.param("/aero", "/%E6ro/x", id="MySQL: letters joined, in latin-1"),
        pytest.param("/passo", "/paßo/x", id="MySQL: sharp s as two letters"),
        pytest.param("/paso", "/paßo/x", id="MySQL: sharp s as one"),
        pytest.param("/paßo", "/paso/x", id="MySQL: a configured sharp s"),
        pytest.param("/lingüística", "/lingyistica/x", id="MySQL: a Swedish ü"),
        pytest.param("/id", "/ıð/x", id="MySQL: letters of Turkey and of Iceland"),
        pytest.param("/excel-2", "/excel-%D9%A2/x", id="MySQL: another script's digit"),
        pytest.param("/excel-basico", "/Excel,%20básico!/x", id="WordPress: what is left as a slug"),
        pytest.param("/Ã¡", "/%C3%A1/x", id="a latin-1 name that is also UTF-8"),
    ],
)
def test_names_are_compared_as_the_most_careless_platform_would(path: str, spelled: str) -> None:
    """Databases, file systems and old frameworks each forget something."""
    rules = CourseRules([course("c", path)])
    assert asked(rules, spelled) == "c"


@pytest.mark.parametrize("url", ["/c/otro/", "/c/exceles", "/c/%E6%97%A5%E6%9C%AC/", "/c/курс/", "/c/%F1u/x"])
def test_names_that_no_platform_confuses_stay_free(url: str) -> None:
    """A foreign letter is no wildcard."""
    assert asked(CourseRules([course("c", "/c/excel", "/c/ñandú", "/c/aero")]), url) == "free"


UUID = "3f2a8c1e-0b5d-4e6f-8a9b-0c1d2e3f4a5b"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("/cursos/5", "5", id="itself"),
        pytest.param("/cursos/05/leccion/1", "5", id="leading zero"),
        pytest.param("/cursos/%D9%A5/leccion", "5", id="Arabic-Indic digit"),
        pytest.param("/cursos/٥", "5", id="Arabic-Indic digit, not encoded"),
        pytest.param("/cursos/%EF%BC%95/x", "5", id="full-width digit"),
        pytest.param("/cursos/0_5/x", "5", id="underscore of Python"),
        pytest.param("/cursos/+5/x", "5", id="plus sign"),
        pytest.param("/cursos/%2B5/x", "5", id="encoded plus sign"),
        pytest.param("/cursos/-5/x", "5", id="minus sign"),
        pytest.param("/cursos/5abc/x", "5", id="cast of PHP"),
        pytest.param("/cursos/5%00abc", "400", id="cast of PHP, cut by NUL"),
        pytest.param("/cursos/5%2e0/x", "5", id="encoded fraction"),
        pytest.param("/cursos/x/..%2f%30%35/x", "5", id="encoded path and digits"),
        pytest.param("/cursos/4294967301", "5", id="in 32 bits"),
        pytest.param("/cursos/007", "7", id="a configured zero, more zeros"),
        pytest.param("/cursos/7", "7", id="a configured zero, none"),
        pytest.param("/cursos/" + UUID.replace("-", "").upper(), "u", id="UUID without hyphens"),
        pytest.param("/cursos/%7B" + UUID + "%7D/x", "u", id="UUID in braces"),
        pytest.param("/cursos/urn:uuid:" + UUID, "u", id="UUID as a URN"),
        pytest.param("/cursos/6", "free", id="another number"),
        pytest.param("/cursos/50", "free", id="a longer number"),
        pytest.param("/cursos/curso-5", "free", id="a number at the end of a slug"),
        pytest.param("/cursos/" + UUID[:-1] + "c", "free", id="another UUID"),
        pytest.param("/cursos/5/libre/x", "free", id="the exception"),
        pytest.param("/cursos/05/libre/x", "5", id="the exception spelled otherwise"),
    ],
)
def test_a_number_guards_whatever_is_cast_to_it(url: str, expected: str) -> None:
    """Routers and databases take many spellings for one number, and for one UUID."""
    excepting = course("5", "/cursos/5/", exceptions=("/cursos/5/libre",))
    rules = CourseRules([excepting, course("7", "/cursos/07"), course("u", f"/cursos/{UUID}/")])
    assert asked(rules, url) == expected


@pytest.mark.parametrize("url", ["/c/público/x", "/c/p%C3%BAblico/x", "/c/p%c3%bablico/x", "/c/mis%20docs/x"])
def test_an_exception_holds_as_browsers_send_it(url: str) -> None:
    """Browsers encode what is not ASCII, and that is the same path."""
    rules = CourseRules([course("c", "/c", exceptions=("/c/público/", "/c/mis docs"))])
    assert asked(rules, url) == "free"


@pytest.mark.parametrize("url", ["/c/p%FAblico/x", "/c/publico/x", "/c/pu%CC%81blico/x"])
def test_an_exception_holds_for_no_other_name(url: str) -> None:
    """What merely looks like the exception stays gated."""
    rules = CourseRules([course("c", "/c", exceptions=("/c/público/",))])
    assert asked(rules, url) == "c"


MOUNTED = [
    pytest.param(Target("", "/campus/c/x", "/campus/c/x", ""), "c", id="the whole path"),
    pytest.param(Target("/campus", "/c/x", "/campus/c/x", ""), "c", id="mounted in process"),
    pytest.param(Target("", "/c/x", "/c/x", ""), "c", id="taken off by a front server"),
    pytest.param(Target("/campus", "/c/x", "/c/x", ""), "c", id="taken off and told by ProxyFix"),
    pytest.param(Target("", "/campus/c/libre/x", None, ""), "free", id="excepted: the whole path"),
    pytest.param(Target("/campus", "/c/libre/x", "/campus/c/libre/x", ""), "free", id="excepted: mounted"),
    pytest.param(Target("", "/c/libre/x", None, ""), "free", id="excepted: taken off"),
    pytest.param(Target("/campus", "/c/libre/x", "/c/libre/x", ""), "free", id="excepted: ProxyFix"),
    pytest.param(Target("/campus", "/c/libre/../x", None, ""), "c", id="out of the exception"),
    pytest.param(Target("", "/campus/d", None, ""), "free", id="another path"),
]


@pytest.mark.parametrize(("target", "expected"), MOUNTED)
@pytest.mark.parametrize("root", ["/campus", ""], ids=["written with the mount", "and without"])
def test_the_mount_path_changes_nothing(root: str, target: Target, expected: str) -> None:
    """Wherever the mount path is taken off, the same pages are gated."""
    rules = CourseRules([course("c", root + "/c/", exceptions=(root + "/c/libre/",))], "/campus/")
    assert outcome(rules, target) == expected


def test_a_mount_needs_no_exception_of_its_own() -> None:
    """What the mounted application sees is no path of the course, and frees nothing either."""
    rules = CourseRules([course("c", "/campus/c", exceptions=("/campus/c/libre",))])
    assert outcome(rules, Target("/campus", "/c/libre/x", None, "")) == "free"
    assert outcome(rules, Target("/campus/c/libre", "/campus/c/x", None, "")) == "c"


# Of 5, of a UUID and of ü: all but the last two are plain, and go the fast way.
SPELLINGS = ["5", "05", "0_5", "5abc", "5.0", "=5", "-5", UUID, UUID.replace("-", ""), "%355", "\xc3\xbc"]
PATHS = st.lists(st.sampled_from(["c", "libre", "x", "..", "%63", ".", "", "C", *SPELLINGS]), max_size=5).map(
    lambda names: "/" + "/".join(names)
)


def found(rules: CourseRules, target: Target) -> object:
    """Return what `match` finds; "400" when it refuses."""
    try:
        return rules.match(target)
    except UnreadablePath:
        return "400"


@settings(deadline=None)
@given(PATHS, PATHS, st.sampled_from(["", "/c", "/x", "/campus"]), st.sampled_from(["", "id=5", "id=6"]))
def test_the_fast_way_decides_as_the_slow_way(path: str, raw: str, mount: str, query: str) -> None:
    """`match` takes short cuts, `explain` takes none."""
    numbered = course("n", "/x", query=(("id", "5"),))
    others = course("5", "/5", "/x/5", f"/{UUID}"), course("y", "/ü", "/y/5")
    rules = CourseRules([numbered, course("c", "/c", "/c/x/{y}", exceptions=("/c/libre",)), *others])
    for raw_uri in (None, mount + path, raw, mount + path + "?" + query):
        target = Target(mount, path, raw_uri, query)
        try:
            expected: object = rules.explain(target).rule
        except UnreadablePath:
            expected = "400"
        assert found(rules, target) is found(rules, target) is expected
        environ = {"SCRIPT_NAME": mount, "PATH_INFO": path, "QUERY_STRING": query}
        assert not (rules.lets_pass(environ | ({"RAW_URI": raw_uri} if raw_uri else {})) and expected)


def test_a_free_plain_request_passes_at_once() -> None:
    """Most requests need no closer look."""
    environ = {"PATH_INFO": "/static/a.css", "RAW_URI": "/static/a.css?v=1", "QUERY_STRING": "v=1"}
    assert EXCEL.lets_pass(environ)
    assert not EXCEL.lets_pass(environ | {"PATH_INFO": "/cursos"})
    assert not EXCEL.lets_pass(environ | {"RAW_URI": "/static/../cursos"})


def test_p27_a_target_that_is_a_query_alone_is_refused_and_no_fault() -> None:
    """`GET ?x`: mod_wsgi hands it on as it came, beside a path of `/`."""
    environ = {"SCRIPT_NAME": "", "PATH_INFO": "/", "QUERY_STRING": "x", "REQUEST_URI": "?x"}
    assert not EXCEL.lets_pass(environ)
    with pytest.raises(UnreadablePath, match="slash"):
        EXCEL.match(Target("", "/", "?x", "x"))


@pytest.mark.parametrize(
    "parts",
    [
        ("", "/%61", None),
        ("/m", "/a;", None),
        ("/m;", "/a", None),
        ("", "/a", "/%61"),
        ("", "/a" * 300, None),
        ("/a" * 300, "/a", None),
        ("", "/a", "/a" * 300),
    ],
)
def test_only_short_plain_paths_are_remembered(parts: tuple[str, str, str | None]) -> None:
    """Visitors choose the paths, and must not choose how much memory is used."""
    assert EXCEL._look(*parts, "") is None
    assert EXCEL._look("", "/a", "/a?x", "x") is not None


@pytest.mark.parametrize("number", ["1", "5000", "10000"])
def test_each_of_many_courses_is_found_by_its_number(number: str) -> None:
    """Looking up by value finds what comparing one by one would."""
    in_path = [course(f"p{n}", f"/cursos/{n}/") for n in range(1, 10_001)]
    rules = CourseRules([*numbered(10_000), *in_path])
    assert asked(rules, f"/course/view.php?id={number}") == number
    assert asked(rules, f"/cursos/{number}/x") == asked(rules, f"/cursos/+00{number}abc/x") == "p" + number


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({"paths": ("/c/{x}", "/c/d/")}, "/c/d/", id="the first without a name"),
        pytest.param({"paths": ("/c/{x}",)}, None, id="none"),
        pytest.param({"paths": ("/c/{x}",), "query": (("id", "5"),)}, None, id="none, with a query"),
        pytest.param(
            {"paths": ("/v",), "query": (("id", "5"), ("a", "ñ "))}, "/v?id=5&a=%C3%B1+", id="query"
        ),
        pytest.param({"paths": ("/año 1/",)}, "/a%C3%B1o%201/", id="encoded"),
    ],
)
def test_the_first_path_is_a_link(values: dict[str, Any], expected: str | None) -> None:
    """Learners who come from nowhere are sent there."""
    others = {key: value for key, value in values.items() if key != "paths"}
    assert course("c", *values["paths"], **others).first_path == expected


def test_the_token_of_an_otec_is_not_shown() -> None:
    """A secret never stands in a repr."""
    assert "token" not in repr(OTEC)
