"""Every form in which a platform could read a path."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sence_gate.errors import UnreadablePath
from sence_gate.paths import MOST_FORMS, Forms, Target, is_plain, path_forms
from sence_gate.spellings import STEPS
from tests.timing import quickest

SERVERS = [
    pytest.param({"PATH_INFO": "/a b", "RAW_URI": "/a%20b?x=1"}, "/a%20b?x=1", id="gunicorn, werkzeug"),
    pytest.param({"PATH_INFO": "/a b", "REQUEST_URI": "/a%20b"}, "/a%20b", id="waitress, cheroot"),
    pytest.param({"PATH_INFO": "/a b"}, None, id="wsgiref"),
    pytest.param({"PATH_INFO": "/a b", "RAW_URI": ""}, None, id="an empty one says nothing"),
]


def forms_of(url: str) -> set[str]:
    """Return the forms that a link has."""
    return set(path_forms(Target.from_url(url)).outer)


def forms_kept(url: str) -> int:
    """Return how many forms a link has; none when it is refused."""
    try:
        return len(forms_of(url))
    except UnreadablePath:
        return 0


@pytest.mark.parametrize(("environ", "raw_uri"), SERVERS)
def test_a_target_takes_the_raw_uri_where_the_server_gives_one(
    environ: dict[str, str], raw_uri: str | None
) -> None:
    """Servers call the undecoded target by two names, or leave it out."""
    target = Target.from_environ(environ | {"REQUEST_METHOD": "GET"})
    assert (target.path_info, target.raw_uri) == ("/a b", raw_uri)


@pytest.mark.parametrize(
    ("environ", "has_body"),
    [
        pytest.param({"REQUEST_METHOD": "GET"}, False, id="GET"),
        pytest.param({"REQUEST_METHOD": "HEAD", "CONTENT_LENGTH": ""}, False, id="HEAD"),
        pytest.param({"REQUEST_METHOD": "GET", "CONTENT_LENGTH": "0"}, False, id="length 0"),
        pytest.param({"REQUEST_METHOD": "POST"}, True, id="POST"),
        pytest.param({"REQUEST_METHOD": "get"}, True, id="a method that only looks like GET"),
        pytest.param({"REQUEST_METHOD": "GET", "CONTENT_LENGTH": "5"}, True, id="GET with a length"),
        pytest.param({"REQUEST_METHOD": "GET", "HTTP_TRANSFER_ENCODING": "chunked"}, True, id="chunked"),
    ],
)
def test_a_request_that_may_bring_fields_is_known(environ: dict[str, str], has_body: bool) -> None:
    """PHP prefers the fields of a body to those of the query."""
    assert Target.from_environ(environ).has_body is has_body


@pytest.mark.parametrize(
    ("url", "path_info", "raw_uri", "query"),
    [
        pytest.param("/a%20b?x=%31", "/a b", "/a%20b?x=%31", "x=%31", id="path and query"),
        pytest.param("https://lms.cl/a?b#c", "/a", "/a?b", "b", id="with host and fragment"),
        pytest.param("https://lms.cl?b=/c", "/", "/?b=/c", "b=/c", id="no path"),
        pytest.param("/ñ", "/Ã±", "/Ã±", "", id="text becomes bytes of UTF-8"),
        pytest.param("/a?u=http://b/c", "/a", "/a?u=http://b/c", "u=http://b/c", id="a URL in the query"),
    ],
)
def test_a_link_is_read_as_a_server_would(url: str, path_info: str, raw_uri: str, query: str) -> None:
    """`volver` and `explain` ask about links, not requests."""
    assert Target.from_url(url) == Target("", path_info, raw_uri, query)


@pytest.mark.parametrize(
    ("url", "form"),
    [
        pytest.param("/a/%2e%2e/b", "/b", id="dots"),
        pytest.param("/%252563", "/c", id="three layers"),
        pytest.param("/%63/y%2fz", "/c/y%2fz", id="an encoded slash that does not divide"),
        pytest.param("/%u0063%u002fd", "/c/d", id="wide escapes"),
        pytest.param("/c%zd", "/czd", id="a stray percent sign that is skipped"),
        pytest.param("/a%c0%af%e0%80%aeb", "/a/.b", id="overlong of two and three bytes"),
        pytest.param("/%f0%80%80%ae%f8%80%80%80%afc", "/./c", id="overlong of four and five bytes"),
        pytest.param("/%fc%80%80%80%80%afc", "//c", id="overlong of six bytes"),
        pytest.param("/%f8%84%80%80%80", "/\xf4\x80\x80\x80", id="overlong of a character far away"),
        pytest.param("/%f8%87%bf%bf%bf", "/\xf8\x87\xbf\xbf\xbf", id="five bytes beyond Unicode"),
        pytest.param("/%fc%83%bf%bf%bf%bf", "/\xfc\x83\xbf\xbf\xbf\xbf", id="six bytes beyond Unicode"),
        pytest.param("/%c0%2fc", "//c", id="overlong with a bad second byte"),
        pytest.param("/a%ffb", "/ab", id="what is not UTF-8 is ignored"),
        pytest.param("/x／．．／c", "/x/../c", id="full width"),
        pytest.param("/x∕..⁄c", "/c", id="best fit of Windows"),
        pytest.param("/x\\..\\c", "/c", id="backslashes"),
        pytest.param("/x+y", "/x y", id="plus"),
        pytest.param("/x;a=1/..;b/c;d", "/c", id="parameters"),
        pytest.param("/a/../c;/../../d", "/c", id="everything after a semicolon is cut"),
        pytest.param("/a%3fb", "/a", id="encoded question mark"),
        pytest.param("/a%23b", "/a", id="encoded hash"),
        pytest.param("/a%26b=c", "/a", id="an ampersand ends a rewritten path"),
        pytest.param("//host/c", "/c", id="an authority"),
        pytest.param("///a//b", "/a/b", id="many slashes"),
        pytest.param("/../../c", "/c", id="above the root"),
        pytest.param("/a. ./%20b", "/a/b", id="ends of names"),
        pytest.param("/c::$INDEX_ALLOCATION/d", "/c/d", id="a stream of NTFS"),
        pytest.param("/c:$i30:$INDEX_ALLOCATION/d", "/c/d", id="a named stream of NTFS"),
    ],
)
def test_the_forms_hold_what_a_platform_may_read(url: str, form: str) -> None:
    """Each habit of a platform has its form."""
    assert form in forms_of(url)


@pytest.mark.parametrize(
    ("target", "outer", "inner"),
    [
        pytest.param(Target("/a", "/b", None, ""), {"/a/b"}, {"/b"}, id="mounted"),
        pytest.param(Target("/a", "", "/a", ""), {"/a"}, set(), id="nothing below the mount"),
        pytest.param(Target("/a", "/b", "/b", ""), {"/a/b", "/b"}, {"/b"}, id="mount taken off by a front"),
        pytest.param(
            Target("/a", "/b/c", "/%61/b%2fc", ""),
            {"/a/b/c", "/%61/b%2fc", "/a/b%2fc"},
            {"/b/c", "/b%2fc"},
            id="the raw path below an encoded mount",
        ),
        pytest.param(Target("", "http://h/c", None, ""), {"//h/c", "/h/c", "/c"}, set(), id="absolute form"),
    ],
)
def test_server_names_are_joined_and_parted(target: Target, outer: set[str], inner: set[str]) -> None:
    """Both the browser's path and the mounted application's have their forms."""
    forms = path_forms(target)
    assert (set(forms.outer), set(forms.inner)) == (outer, inner)


@pytest.mark.parametrize("path", ["", "*", "x", "cursos/x", "?x", "h:443", "\\x", " /x", "%2fx"])
def test_a_path_that_does_not_begin_with_a_slash_is_unreadable(path: str) -> None:
    """`OPTIONS *` and `CONNECT` have no path to look at."""
    with pytest.raises(UnreadablePath, match="slash"):
        path_forms(Target("", path, None, ""))


@pytest.mark.parametrize("target", [Target("/a", "b", None, ""), Target("", "/b", "b", "")])
def test_each_part_of_a_target_must_begin_with_a_slash(target: Target) -> None:
    """A mounted path and a raw one are looked at as carefully."""
    with pytest.raises(UnreadablePath, match="slash"):
        path_forms(target)


@pytest.mark.parametrize("code", [*range(0x20), 0x7F])
@pytest.mark.parametrize("spelling", ["%{:02x}", "%25{:02x}", "%u00{:02x}"])
def test_control_characters_are_refused_in_any_form(code: int, spelling: str) -> None:
    """Somebody behind us would cut the path there, or a header after it."""
    with pytest.raises(UnreadablePath, match="control"):
        path_forms(Target.from_url("/cursos" + spelling.format(code) + "/x"))


def test_an_overlong_nul_is_a_control_character() -> None:
    """Java writes NUL as C0 80."""
    with pytest.raises(UnreadablePath, match="control"):
        path_forms(Target.from_url("/a%c0%80"))


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/%" + "25" * 300 + "2e", id="three hundred layers"),
        pytest.param("/a+;b?c#d&e\\.//%2541%u0041%", id="few characters and many habits"),
        pytest.param("/" + "a" * 12_000 + "+b;c", id="few forms and many characters"),
    ],
)
def test_too_many_forms_are_refused(path: str) -> None:
    """Nobody has such a link, and looking at it takes time."""
    with pytest.raises(UnreadablePath, match=r"too many|too long"):
        path_forms(Target("", path, None, ""))


def test_a_path_of_many_layers_is_still_read() -> None:
    """Up to the bound, every layer is looked under."""
    forms = forms_of("/%" + "25" * 100 + "41")
    assert "/A" in forms
    assert 100 < len(forms) <= MOST_FORMS


def test_no_path_has_more_forms_than_allowed() -> None:
    """The bound counts the last step too."""
    layers = range(100, 180)
    assert max(map(forms_kept, ("/%" + "25" * count + "41" for count in layers))) <= MOST_FORMS


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/" + "a" * 65536, id="64 KiB"),
        pytest.param("/" + "a" * 65536 + "!\xff", id="64 KiB and then something else"),
        pytest.param("/" + "a/" * 32768, id="many segments"),
        pytest.param("/" + "../" * 5000, id="5,000 times up"),
        pytest.param("/" + "%25" * 20000, id="20,000 percent signs"),
        pytest.param("/%" + "25" * 32000, id="32,000 layers"),
        pytest.param("/" + "%2e%2e%2f" * 7000, id="encoded dots"),
        pytest.param("/" + "%ff." * 2000, id="invalid bytes"),
        pytest.param("/" + "\xcc\x81\xcc\xa3" * 8000, id="combining marks in the wrong order"),
        pytest.param("/" + "%u002f%c0%ae;a\\..%ef%bc%8f+./" * 900, id="a bit of everything"),
        pytest.param("/" + ":$" * 15000, id="streams"),
        pytest.param("/" + "/" * 30000, id="slashes"),
    ],
)
def test_a_hostile_path_costs_little(path: str) -> None:
    """No path takes more than 50 ms, whatever is done with it."""

    def read() -> None:
        for target in (
            Target.from_url(path),
            Target("", path, None, ""),
            Target("/x", path, "/x" + path, ""),
        ):
            with suppress(UnreadablePath):
                path_forms(target)

    assert quickest(read) < 3 * 0.05


PLAIN_TEXT = st.text("/aZ9_.~!$'()*,=@- %;&?#+\\:\xe1", max_size=12)


@settings(deadline=None)
@given(PLAIN_TEXT.map(lambda text: "/" + text))
def test_a_plain_path_is_its_own_only_form(path: str) -> None:
    """The fast way may not miss what any step would do."""
    if is_plain(path):
        assert all(step(path) == path for step in STEPS)
        assert path_forms(Target("", path, None, "")) == Forms((path,))


@pytest.mark.parametrize(
    "path", ["/", "/a", "/a/", "/a.b/.well-known/c..d", "/~ana/a(1)='b',c@d*e$!", "/" + "a/" * 5000]
)
def test_everyday_paths_are_plain(path: str) -> None:
    """The fast way is for the paths that platforms have."""
    assert is_plain(path)


@pytest.mark.parametrize(
    "path", ["", "a", "//", "/a//b", "/.", "/..", "/a.", "/a./b", "/a\n", "/a&b", "/a b"]
)
def test_other_paths_are_not_plain(path: str) -> None:
    """What some platform changes goes the long way."""
    assert not is_plain(path)


@settings(deadline=None)
@given(st.text("/\x80\x83\x87\x8f\xbf\xc0\xe0\xed\xf0\xf4\xf8\xfc\xff", max_size=16))
def test_no_bytes_are_too_odd_for_any_step(path: str) -> None:
    """Visitors choose the bytes: whatever some decoder would make of them, no step fails."""
    assert all(isinstance(step(path), str) for step in STEPS)


@settings(deadline=None)
@given(st.text("/.%2eEfF5cC;\\a+ ", max_size=24).map(lambda text: "/" + text))
def test_the_forms_are_closed_under_every_step(path: str) -> None:
    """Whatever is done to a form is a form: any order gives the same."""
    try:
        forms = path_forms(Target("", path, None, "")).outer
    except UnreadablePath:
        return
    assert {step(form) for step in STEPS for form in forms} == set(forms)


@pytest.mark.parametrize(
    ("url", "queries"),
    [
        ("/a%3fb=1", ("b=1",)),
        ("/a%23b?c=1", ("b",)),
        ("/a&b/c", ("b/c",)),
        ("/a%253fb%26c", ("c", "b&c", "b")),
        ("/a?b", ()),
    ],
)
def test_what_could_be_a_query_in_the_path_is_known(url: str, queries: tuple[str, ...]) -> None:
    """It may be the one that the platform reads."""
    assert path_forms(Target.from_url(url)).queries() == queries
