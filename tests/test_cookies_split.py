"""Our cookies told from the platform's in whatever header arrives, and taken out of it without a trace.

The ids K3 to K17 name the cases of the threat model.
"""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sence_gate.cookies import CANDIDATES, MAX_COOKIES, MAX_REMEMBERED, MAX_VALUE, Cookies, cookie_name
from tests.samples import KEYS, NOW, session
from tests.timing import quickest

_COOKIES = Cookies(KEYS, "_sence", secure=True)
_PLAIN = Cookies(KEYS, "_sence", secure=False)
_S = "__Host-_sence-s-excel"
_A = "__Host-_sence-a-Zm9ybSBh"


@pytest.mark.parametrize(
    ("header", "rest"),
    [
        pytest.param(f"{_S}=v", "", id="ours alone"),
        pytest.param(f"{_S}=v; a=1", "a=1", id="ours first"),
        pytest.param(f"a=1; {_S}=v; b=2", "a=1; b=2", id="ours in the middle"),
        pytest.param(f"a=1; b=2; {_S}=v", "a=1; b=2", id="ours last"),
        pytest.param(f"{_A}=w; {_S}=v; a=1; {_A}=x", "a=1", id="several of ours"),
        pytest.param(f"a=1;{_S}=v;b=2", "a=1;b=2", id="without blanks"),
        pytest.param(f"a=1 ;\t {_S} =v ; b=2", "a=1 ; b=2", id="with more blanks"),
        pytest.param(f"{_S}=v; a=1,{_A}=w; b=2", "a=1; b=2", id="two headers joined by a comma"),
        pytest.param(f"{_S}=v; a=1,{_S}=w", "a=1", id="K9 behind a comma in another value"),
        pytest.param(f"a=1,{_S}=w; {_S}=v", "a=1", id="K9 behind a comma, in front of ours"),
        pytest.param(f"a=,{_S}=w,{_S}=w; {_S}=v", "a=", id="K9 behind several commas"),
        pytest.param(f"a=1; {_S}=v,b=2", "a=1;b=2", id="joined by a comma after ours"),
        pytest.param(f"{_S}=v,b=2", "b=2", id="joined by a comma, ours first"),
        pytest.param(f"a=x,y; {_S}=v", "a=x,y", id="a comma in another value"),
        pytest.param(f"a=1,; {_S}=v", "a=1,", id="a comma at the end of another value"),
        pytest.param(f"a=; {_S}=v; =b; c", "a=; =b; c", id="empty and nameless ones of the platform"),
        pytest.param(f'a="x y"; {_S}=v; b="\\""', 'a="x y"; b="\\""', id="quotes of the platform"),
        pytest.param(f"a=\xf1\xff; {_S}=v", "a=\xf1\xff", id="bytes of the platform"),
        pytest.param(f"a=1; {_S}=v; ", "a=1; ", id="a separator at the end"),
        pytest.param(f"a=1; {_S}=v; a=1", "a=1; a=1", id="a name twice"),
    ],
)
def test_k17_the_platform_never_sees_ours(header: str, rest: str) -> None:
    """Exactly our cookies are taken out; all others stay byte for byte, and in their order."""
    found, left = _COOKIES.split(header)
    assert left == rest
    assert found["s-excel"] == ("v",)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="empty"),
        pytest.param(" ; ;; a=1;", id="none of ours, oddly written"),
        pytest.param("_sence-s-excel=v", id="K9 without the prefix that browsers protect"),
        pytest.param("__host-_sence-s-excel=v", id="K9 the prefix in small letters"),
        pytest.param(f"={_S}=v", id="K9 a nameless cookie whose value reads like ours"),
        pytest.param(f"\xa0{_S}=v", id="K3 a no-break space in front"),
        pytest.param(f"\x85{_S}=v", id="K3 a next-line in front"),
        pytest.param(f"\x0b{_S}=v", id="K3 a vertical tab in front"),
        pytest.param(f'"{_S}"=v', id="K3 the name in quotes"),
        pytest.param(f"$Version=1 {_S}=v", id="K3 an RFC 2965 header"),
        pytest.param(f"x{_S}=v", id="a longer name"),
        pytest.param(f"{_S}", id="without a value"),
        pytest.param("__Host-_sence-y-excel=v", id="a purpose that is none"),
        pytest.param("__Host-_sence-s-=v", id="no course"),
        pytest.param("__Host-_sence-s-a.b=v", id="a course that is none"),
        pytest.param("__Host-_sence-2-s-excel=v", id="K16 another gate on the same host"),
        pytest.param("__Host-otra-s-excel=v", id="K16 a gate of another name"),
    ],
)
def test_what_is_not_ours_stays(header: str) -> None:
    """Whatever only resembles our cookies is neither read nor touched."""
    assert _COOKIES.split(header) == ({}, header)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(f"a=1,{_S}=v", id="behind a value"),
        pytest.param(f"a=1 , \t{_S}=v", id="behind a comma with blanks"),
        pytest.param(f"a=1,{_A}=v,{_S}=v", id="behind one of ours that stands there too"),
        pytest.param(f"a=1;,{_S}=v", id="behind an empty one"),
    ],
)
def test_k9_what_stands_in_another_cookie_is_not_believed(header: str) -> None:
    """A neighbouring host may set `a=1,__Host-…`, which no browser keeps it from: it is only taken out."""
    found, rest = _COOKIES.split(header)
    assert (found, _S in rest) == ({}, False)


@pytest.mark.parametrize(
    ("header", "values"),
    [
        pytest.param(f"{_S}=", ("",), id="K2 empty"),
        pytest.param(f'{_S}="v"', ("",), id="K3 in quotes, which ours never have"),
        pytest.param(f"{_S}=v w", ("v",), id="K3 a blank inside"),
        pytest.param(f"{_S}=v\xa0", ("v",), id="K3 a no-break space behind"),
        pytest.param(f"{_S}==v=", ("=v=",), id="K3 equals signs"),
        pytest.param(f"{_S}=a; {_S}=b; {_S}=a", ("a", "b", "a"), id="K9 several of one name, in order"),
        pytest.param(f"{_S}={'v' * MAX_VALUE}", ("v" * MAX_VALUE,), id="K6 as long as browsers allow"),
        pytest.param(f"{_S}={'v' * (MAX_VALUE + 1)}", ("",), id="K6 longer"),
    ],
)
def test_values_of_ours(header: str, values: tuple[str, ...]) -> None:
    """What stands behind our name is read up to the first character that we never write."""
    assert _COOKIES.split(header) == ({"s-excel": values}, "")


def test_without_https_the_name_has_no_prefix() -> None:
    """On plain http our cookies are known by their bare names, and no others."""
    assert _PLAIN.split("a=1; _sence-s-excel=v") == ({"s-excel": ("v",)}, "a=1")
    assert _PLAIN.split("_sence-lang=es; _sence=1; my_sence-s-x=1") == (
        {},
        "_sence-lang=es; _sence=1; my_sence-s-x=1",
    )


def test_the_dots_of_a_name_are_dots() -> None:
    """The name of a mounted gate is taken literally."""
    mounted = Cookies(KEYS, "campus._sence", secure=False)
    assert mounted.split("campusX_sence-s-excel=v")[0] == {}
    assert mounted.split("campus._sence-s-excel=v")[0] == {"s-excel": ("v",)}


@given(st.text(st.characters(max_codepoint=255)) | st.text())
@example(f"{_S}={_S}={_S}")
@example(f";,;{_S},=;{_S}=,;")
@example(f"{_S}\x00=v; {_S}=\x00")
def test_k3_any_header_is_read(header: str) -> None:
    """No header raises, nor does anything that is read from it."""
    found, rest = _COOKIES.split(header)
    assert _COOKIES.read_sessions(found) == []
    assert _COOKIES.read_attempts(found, NOW) == []
    assert _COOKIES.split(rest) == ({}, rest)


_OTHERS = st.lists(
    st.text(st.characters(max_codepoint=255, exclude_characters=";,"), max_size=12), max_size=5
)


@given(_OTHERS, st.lists(st.tuples(st.integers(0, 5), st.sampled_from([_S, _A])), min_size=1, max_size=4))
def test_k17_all_others_stay_in_any_mixture(others: list[str], ours: list[tuple[int, str]]) -> None:
    """Wherever ours stand among others, the others are left as if ours had never been there."""
    clean = [other.strip(" \t") for other in others]
    mixed = list(clean)
    for position, name in ours:
        mixed.insert(position, f"{name}=v")
    found, rest = _COOKIES.split("; ".join(mixed))
    assert rest == "; ".join(clean)
    assert sum(map(len, found.values())) == len(ours)


def test_k6_candidates_are_bounded() -> None:
    """However often one name comes, a few values are tried, and all are taken out."""
    found, rest = _COOKIES.split("; ".join([*(f"{_S}={number}" for number in range(100)), "a=1"]))
    assert found == {"s-excel": tuple(str(number) for number in range(CANDIDATES))}
    assert rest == "a=1"


@pytest.mark.parametrize("times", [1, 3])
def test_k6_names_are_bounded(times: int) -> None:
    """However many names of ours come, some are looked at, and all are taken out."""
    names = [f"__Host-_sence-s-{number}=v" for number in range(200) for _ in range(times)]
    found, rest = _COOKIES.split("; ".join([*names, "a=1"]))
    assert sum(map(len, found.values())) == MAX_COOKIES
    assert rest == "a=1"


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(f"{_S}=v;" * 3_000, id="ours, thousands of times"),
        pytest.param(";" * 65_000 + f"{_S}=v", id="separators"),
        pytest.param(" " * 65_000 + f"{_S}=v", id="blanks"),
        pytest.param(f"{_S}{' ' * 65_000}v", id="blanks behind the name"),
        pytest.param("__Host-_sence-" * 4_600, id="our prefix, thousands of times"),
        pytest.param(f"{_S}=" + "v" * 65_000, id="one value"),
    ],
)
def test_k6_long_headers_cost_little(header: str) -> None:
    """The longest header that servers take is read in no time."""
    assert quickest(lambda: _COOKIES.split(header)) < 0.5


def test_a_header_is_split_once() -> None:
    """The same header, sixty times for sixty assets, costs one reading; a very long one is not kept."""
    header = f"{_S}={'v' * 100}"
    assert _COOKIES.split(header) is _COOKIES.split(header)
    long = f"{_S}={'v' * MAX_REMEMBERED}"
    assert _COOKIES.split(long) is not _COOKIES.split(long)


def test_a_real_cookie_comes_through() -> None:
    """What the gate sets, a browser sends among others, and the gate reads again."""
    cookie = _COOKIES.session(session(), NOW)
    found, rest = _COOKIES.split(f"PHPSESSID=1; {cookie.name}={cookie.value}; theme=dark")
    assert _COOKIES.read_session(found, "excel") == session()
    assert rest == "PHPSESSID=1; theme=dark"


PLACES = [
    "/_sence",
    "/_sence-s",
    "/_sence-s-x",
    "/_sence-",
    "/_sence--s",
    "/a.b/_s",
    "/a/b/_s",
    "/a-.b/_s",
    "/a./b/_s",
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("other", PLACES)
def test_two_gates_on_one_host_never_read_each_other(place: str, other: str) -> None:
    """However the prefixes begin: `/_sence` takes no cookie of `/_sence-s` for a session of its own."""
    mine, theirs = (Cookies(KEYS, cookie_name(each), secure=True) for each in (place, other))
    cookie = theirs.session(session(), NOW)
    found, rest = mine.split(f"{cookie.name}={cookie.value}")
    assert (found == {}, rest != "") == (place != other, place != other)
