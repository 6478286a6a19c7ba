"""Wherever a careless reader arrives, the rules have looked.

`lenient.py` reads a path with habits dealt at random; the rules must gate, or
refuse, whatever it can take for a page of the course.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sence_gate.courses import CourseRules
from sence_gate.paths import Target
from tests import lenient
from tests.sample_courses import course, outcome

COURSE = "/cursos/excel"
EXCEPTION = "/cursos/excel/publico"
EXAM = "/cursos/{id}/examen"
NUMBER = "/cursos/15"
UUID = "/cursos/3f2a8c1e-0b5d-4e6f-8a9b-0c1d2e3f4a5b"
BRANCHES = (COURSE, EXAM, NUMBER, UUID)
RULES = CourseRules([course("excel", *BRANCHES, exceptions=(EXCEPTION + "/",))])

HABITS = st.lists(st.sampled_from(sorted(lenient.HABITS)), max_size=9)
PLACES = st.sampled_from(
    [
        COURSE,
        COURSE + "/",
        "/cursos/word/examen",
        COURSE + "/a/b.html",
        EXCEPTION,
        EXCEPTION + "/a.css",
        EXCEPTION + "/../x",
        NUMBER,
        NUMBER + "/leccion/1",
        UUID + "/x",
    ]
)


def percent(text: str, at: int) -> str:
    return text[:at] + "".join(f"%{byte:02x}" for byte in text[at].encode()) + text[at + 1 :]


def put(what: str, text: str, at: int) -> str:
    return text[:at] + what + text[at:]


def put_at_slash(what: str, text: str, at: int) -> str:
    at = text.find("/", at if what.startswith("/") else max(at, 1))
    return text if at < 0 else put(what, text, at)


def for_slash(what: str, text: str, at: int) -> str:
    at = text.find("/", max(at, 1))
    return text if at < 0 else text[:at] + what + text[at + 1 :]


def wide(text: str, at: int) -> str:
    character = text[at]
    return (
        text[:at] + (chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character) + text[at + 1 :]
    )


def likeness(text: str, at: int) -> str:
    """Put a letter or digit that some database or cast takes for the one that stands there."""
    character = text[at]
    other = LIKE.get(character, chr(ord("٠") + int(character)) if character.isdecimal() else character)
    return text[:at] + other + text[at + 1 :]


def respelled(change: str, text: str, at: int) -> str:
    """Put something before or after a name, or take something out of it."""
    names = text.split("/")
    at = at % len(names) if names[at % len(names)] else -1
    names[at] = {"zero": "0{}", "hyphens": "{}"}.get(change, change).format(names[at])
    return "/".join(names).replace("-", "") if change == "hyphens" else "/".join(names)


def mutated(text: str, change: str, at: int) -> str:
    """Return *text* with one of the changes that attackers know."""
    at %= len(text)
    match change.split(" ", 1):
        case ["percent"] if at > 0:
            return percent(text, at)
        case ["double"] if at > 0:
            return percent(percent(text, at), at)
        case ["case"]:
            return text[:at] + text[at].swapcase() + text[at + 1 :]
        case ["wide"] if at > 0:
            return wide(text, at)
        case ["like"]:
            return likeness(text, at)
        case ["name", what]:
            return respelled(what, text, at)
        case ["slash", what]:
            return for_slash(what, text, at)
        case ["before", what]:
            return put_at_slash(what, text, at)
        case ["anywhere", what]:
            return put(what, text, at) if at else text
        case _:
            return text


LIKE = dict(zip("loðhtiesd", "łøđħŧıéšð", strict=True)) | {"x": "x\u0335", "c": "ç", "u": "ü"}
ALL_CHANGES = (
    ["percent", "double", "case", "wide", "like"]
    + [f"name {what}" for what in ("0{}", "+{}", "-{}", "{}abc", "{}.0", "{}-x", "0_{}", "{}e0", "%20{}%20")]
    + ["name {{{}}}", "name urn:uuid:{}", "name ({})", "name hyphens", "name -{}!"]
    + [f"slash {what}" for what in ("\\", "//", "%2f", "%5c", "%c0%af", "%e0%80%af", "%u002f", "／", "%252f")]
    + [
        f"before {what}"
        for what in (";x", ";/..;", "/.", "/x/..", "/%2e", "/x/%2e%2e", ".", "%20", "+", " .")
    ]
    + [f"before {what}" for what in ("/x/%c0%ae%c0%ae", "/x/．．", "/..", "?", "%3f", "#", "%23")]
    + ["anywhere %ff", "anywhere \u200b"]
)
MUTATIONS = st.lists(st.tuples(st.sampled_from(ALL_CHANGES), st.integers(0, 40)), max_size=6)
PLAIN = ["/", "/", "/", "cursos", "excel", "publico", "examen", "CURSOS", "x", "..", ".", "2f", "2e", "á"]
PLAIN += [
    "/cursos/",
    "/cursos/",
    "15",
    "0",
    "1_5",
    "１",
    "٥",
    "ł",
    "exce",
    "14.9",
    "4294967311",
    UUID[8:].replace("-", ""),
]
ENCODED = ["%2e", "%2f", "%252f", "%5c", "%3f", "%23", "%26", "%20", "%2520", "%25", "%ff", "%e1", "%cc%81"]
ODD = ["%c0%ae", "%c0%af", "%ef%bc%8e", "%u002e", "%u002f", "%u00ff", ";a=b", *"．／％\\;?#&+%"]
TOKENS = st.lists(st.sampled_from(PLAIN + ENCODED + ODD), max_size=14)


def targets_of(path: str) -> list[tuple[Target, bytes]]:
    """Return what servers tell of *path*, each with the bytes that a platform begins to read."""
    whole = Target.from_url(path.replace("#", "%23"))
    raw = whole.raw_uri or ""
    cut = whole.path_info.find("/", 1)
    parted = [Target(whole.path_info[:cut], whole.path_info[cut:], raw, "")] if cut > 0 else []
    decoded = whole.path_info.encode("latin-1")
    return [
        (whole, raw.partition("?")[0].encode("latin-1")),
        (Target("", whole.path_info, None, ""), decoded),
        (Target("", path.encode().decode("latin-1"), None, ""), path.encode()),
        *((target, decoded) for target in parted),
        *((target, target.path_info.encode("latin-1")) for target in parted),
    ]


def check(path: str, habits: list[str]) -> None:
    """Fail when a platform with *habits* serves a page of the course that the rules let pass."""
    for target, start in targets_of(path):
        page = lenient.read(start, habits)
        is_page = any(lenient.lies_under(page, branch) for branch in BRANCHES)
        is_gated = is_page and not lenient.is_exactly_under(page, EXCEPTION)
        assert not is_gated or outcome(RULES, target) != "free"


@settings(max_examples=1500, deadline=None)
@given(PLACES, MUTATIONS, HABITS)
def test_no_mutation_of_a_gated_path_escapes(
    place: str, mutations: list[tuple[str, int]], habits: list[str]
) -> None:
    """What began as a page of the course is gated as long as somebody still reads it so."""
    for change, at in mutations:
        place = mutated(place, change, at)
    check(place, habits)


@settings(max_examples=1500, deadline=None)
@given(TOKENS, HABITS)
def test_no_mixture_of_spellings_escapes(tokens: list[str], habits: list[str]) -> None:
    """What somebody reads as a page of the course is gated, wherever it began."""
    check("/" + "".join(tokens), habits)


@pytest.mark.parametrize("habit", sorted(lenient.HABITS))
def test_the_careless_reader_finds_what_is_plain(habit: str) -> None:
    """An oracle that never arrives would prove nothing."""
    page = lenient.read(COURSE.encode() + b"/x", [habit])
    assert lenient.lies_under(page, COURSE)


@pytest.mark.parametrize(
    ("path", "habits"),
    [
        pytest.param(b"/x/..%2fcursos/excel", ["decode once", "resolve"], id="encoded slash"),
        pytest.param(b"/x/..;/cursos/excel", ["parameters", "resolve"], id="parameter"),
        pytest.param(b"/x%c0%ae%c0%ae", ["decode all", "overlong"], id="overlong"),
        pytest.param(b"/%u0063ursos/excel", ["wide escapes"], id="wide escape"),
    ],
)
def test_the_careless_reader_is_careless(path: bytes, habits: list[str]) -> None:
    """It arrives only by its habits."""
    expected = [COURSE.encode(), b"/x.."]
    assert path not in expected
    assert lenient.read(path, habits) in expected


@pytest.mark.parametrize(
    ("name", "want"),
    [
        pytest.param("EXCEL", "excel", id="case"),
        pytest.param("exceł", "excel", id="MySQL"),
        pytest.param("paßo", "paso", id="MySQL before 8"),
        pytest.param("١_5", "15", id="Python"),
        pytest.param("1.5e1", "15", id="JavaScript"),
        pytest.param("15abc", "15", id="PHP"),
        pytest.param("4294967311", "15", id="32 bits"),
        pytest.param("{" + UUID[8:].replace("-", "") + "}", UUID[8:], id="UUID"),
        pytest.param("Excel!", "excel", id="slug"),
    ],
)
def test_each_comparison_is_careless(name: str, want: str, request: pytest.FixtureRequest) -> None:
    """It finds what it is there for, and what it finds is gated."""
    comparison = (lenient.COMPARISONS | lenient.CASTS)[request.node.callspec.id]
    assert comparison(name) == comparison(want) != ""
    assert not lenient.is_same(name, "16")
    assert outcome(CourseRules([course("c", "/" + want)]), Target.from_url("/" + name)) == "c"


@pytest.mark.parametrize("change", ALL_CHANGES)
def test_one_change_is_not_refused(change: str) -> None:
    """Refusing everything would pass the tests above."""
    places = {mutated(COURSE + "/a", change, at) for at in range(len(COURSE) + 2)}
    assert {outcome(RULES, Target.from_url(place)) for place in places} <= {"excel", "free"}
