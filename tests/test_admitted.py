"""The head of an admitted answer: what shared caches and browsers may still do with it.

The ids A2 to A6, K17 and K18 name the cases of the threat model.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sence_gate.admitted import PrivateHead, made_private
from tests.given import COURSE, OURS, Campus, plain_campus

__all__ = ["plain_campus"]

Headers = list[tuple[str, str]]

_HTML = ("Content-Type", "text/html; charset=utf-8")
_PNG = ("Content-Type", "image/png")


def _said(headers: Headers, name: str) -> list[str]:
    return [value for key, value in made_private(headers, OURS) if key.lower() == name]


def _controls(*lines: str) -> Headers:
    return [("Cache-Control", line) for line in lines]


@pytest.mark.parametrize(
    ("lines", "control"),
    [
        pytest.param([], "private, no-cache", id="nothing said"),
        pytest.param([""], "private, no-cache", id="an empty header"),
        pytest.param(["public, max-age=3600"], "private, no-cache", id="A2 public and fresh"),
        pytest.param(["PUBLIC,Max-Age=3600"], "private, no-cache", id="A2 in capitals, without blanks"),
        pytest.param(["max-age=3600", "s-maxage=9"], "private, no-cache", id="in two headers"),
        pytest.param(["private"], "private, no-cache", id="private already"),
        pytest.param(["no-cache"], "private, no-cache", id="no-cache already"),
        pytest.param(["private, no-cache"], "private, no-cache", id="as we want it"),
        pytest.param(["no-store"], "private, no-cache, no-store", id="A2 a stricter word stays"),
        pytest.param(["max-age=0, must-revalidate"], "private, no-cache, must-revalidate", id="revalidate"),
        pytest.param(["public, immutable"], "private, no-cache", id="immutable"),
        pytest.param(["stale-while-revalidate=60, stale-if-error=60"], "private, no-cache", id="stale"),
        pytest.param(["no-transform"], "private, no-cache, no-transform", id="no-transform stays"),
        pytest.param(['private="set-cookie, x-a", x'], "private, no-cache, x", id="private for fields"),
        pytest.param(['no-cache="set-cookie,x"'], "private, no-cache", id="no-cache for fields"),
        pytest.param(['x="a, public", y'], 'private, no-cache, x="a, public", y', id="a comma in quotes"),
        pytest.param(['x="\\", public", y'], 'private, no-cache, x="\\", public", y', id="a quote in quotes"),
        pytest.param([" , ,public, "], "private, no-cache", id="empty words"),
    ],
)  # fmt: skip
def test_a_page_is_asked_for_again(lines: list[str], control: str) -> None:
    """No cache but the browser's keeps a page, and the browser asks before it shows the page again."""
    assert _said([_HTML, *_controls(*lines)], "cache-control") == [control]


@pytest.mark.parametrize(
    ("lines", "control"),
    [
        pytest.param([], "private", id="nothing said"),
        pytest.param(["public, max-age=3600"], "private, max-age=3600", id="A5 fresh stays, public goes"),
        pytest.param(["s-maxage=60, max-age=3600"], "private, max-age=3600", id="s-maxage goes"),
        pytest.param(["proxy-revalidate, immutable"], "private, immutable", id="a word for proxies goes"),
        pytest.param(["no-cache"], "private, no-cache", id="no-cache stays"),
        pytest.param(["no-store, max-age=0"], "private, no-store, max-age=0", id="no-store stays"),
        pytest.param(["max-age=1", "no-store"], "private, max-age=1, no-store", id="in two headers"),
        pytest.param(["MAX-AGE=1"], "private, MAX-AGE=1", id="spelled as the platform does"),
    ],
)
def test_other_content_may_be_kept_by_the_browser(lines: list[str], control: str) -> None:
    """Pictures and films stay as fresh as the platform says, for this learner's browser alone."""
    assert _said([_PNG, *_controls(*lines)], "cache-control") == [control]


@pytest.mark.parametrize(
    ("headers", "is_page"),
    [
        pytest.param([("Content-Type", "text/html")], True, id="HTML"),
        pytest.param([("content-type", " TEXT/HTML;charset=x")], True, id="HTML in capitals"),
        pytest.param([("Content-Type", "application/xhtml+xml; charset=x")], True, id="XHTML"),
        pytest.param([("content-type", " Application/XHTML+XML")], True, id="XHTML in capitals"),
        pytest.param([("Content-Type", "application/xml")], False, id="XML"),
        pytest.param([("Content-Type", "application/json")], False, id="JSON"),
        pytest.param([("Content-Type", "text/css")], False, id="a style sheet"),
        pytest.param([], True, id="no type, which browsers guess"),
        pytest.param([("ETag", '"a"')], True, id="A3 a 304, which renews what the browser keeps"),
    ],
)
def test_what_is_a_page(headers: Headers, is_page: bool) -> None:
    """Whatever may be shown as a page is asked for again; only a type that says otherwise is not."""
    control = _said([*headers, *_controls("max-age=60")], "cache-control")
    assert control == ["private, no-cache" if is_page else "private, max-age=60"]


@pytest.mark.parametrize(
    ("lines", "vary"),
    [
        pytest.param([], "Cookie", id="nothing said"),
        pytest.param(["Accept-Encoding"], "Accept-Encoding, Cookie", id="A6 added to what there is"),
        pytest.param(["Cookie"], "Cookie", id="A6 there already"),
        pytest.param(["accept, cookie"], "accept, cookie", id="A6 there in small letters"),
        pytest.param(["*"], "*", id="A6 everything"),
        pytest.param(["Accept", "Origin"], "Accept, Origin, Cookie", id="in two headers"),
        pytest.param(["Cookie2, X-Cookie"], "Cookie2, X-Cookie, Cookie", id="names that read alike"),
        pytest.param([""], "Cookie", id="an empty header"),
    ],
)
@pytest.mark.parametrize("content_type", [_HTML, _PNG])
def test_an_answer_varies_by_cookie(content_type: tuple[str, str], lines: list[str], vary: str) -> None:
    """One header says that another browser gets another answer, beside what the platform says."""
    assert _said([content_type, *(("Vary", line) for line in lines)], "vary") == [vary]


@pytest.mark.parametrize(
    ("headers", "expires"),
    [
        pytest.param([_HTML, ("Expires", "0")], [], id="a page has none"),
        pytest.param([("Expires", "0"), _PNG], ["0"], id="other content keeps it"),
        pytest.param([_PNG], [], id="none is made"),
    ],
)
def test_expires(headers: Headers, expires: list[str]) -> None:
    """A page has no date until which it would be shown unasked; other content keeps its date."""
    assert _said(headers, "expires") == expires


@pytest.mark.parametrize(
    "name",
    [
        "CDN-Cache-Control",
        "Cloudflare-CDN-Cache-Control",
        "Surrogate-Control",
        "X-Accel-Expires",
        "Edge-Control",
    ],
)
@pytest.mark.parametrize("content_type", [_HTML, _PNG])
def test_a5_no_word_for_shared_caches_stays(content_type: tuple[str, str], name: str) -> None:
    """What a shared cache obeys before Cache-Control would let it keep a learner's page after all."""
    assert _said([content_type, (name, "max-age=3600")], name.lower()) == []


def test_k18_all_other_headers_stay() -> None:
    """What is not about caching stays, with its spelling, its order and its repetitions."""
    others = [
        ("set-cookie", "a=1"),
        ("X-A", ""),
        ("Set-Cookie", "b=2"),
        ("ETag", '"x"'),
        ("set-cookie", "a=1"),
    ]
    kept = made_private([*others[:2], ("vary", "x"), *others[2:], ("EXPIRES", "0"), _HTML], OURS)
    assert kept[: len(others) + 1] == [*others, _HTML]


@pytest.mark.parametrize(
    ("name", "cookie"),
    [
        pytest.param("Set-Cookie", f"{OURS}s-excel=x; Path=/; Secure", id="a session"),
        pytest.param("set-cookie", f"{OURS}a-abc=x", id="an attempt"),
        pytest.param("SET-COOKIE", f"{OURS}c-abc=x", id="an answer of SENCE"),
        pytest.param("Set-Cookie", f"{OURS}s-excel=; Max-Age=0", id="a removal"),
        pytest.param("Set-Cookie", f" \t{OURS}s-excel =x", id="with blanks"),
        pytest.param("Set-Cookie", f"={OURS}s-excel=x", id="without a name, which comes back as ours"),
        pytest.param("Set-Cookie", f"a=1, {OURS}s-excel=x; Path=/", id="behind a comma"),
    ],
)
@pytest.mark.parametrize("content_type", [_HTML, _PNG])
def test_k17_the_platform_sets_no_cookie_of_ours(
    content_type: tuple[str, str], name: str, cookie: str
) -> None:
    """Nobody can have the platform take a learner's session away, or give one that is a stranger's."""
    assert _said([content_type, (name, "a=1"), (name, cookie)], "set-cookie") == ["a=1"]


@pytest.mark.parametrize(
    "cookie",
    [
        pytest.param(f"a={OURS}s-excel", id="our name as a value"),
        pytest.param(f"x{OURS}s-excel=1", id="a longer name"),
        pytest.param(f"{OURS}0-excel=1", id="no purpose of ours"),
        pytest.param("_sence-s-excel=1", id="the name of a gate without https"),
        pytest.param(f"a=1; Path=/{OURS}s-excel, {OURS}s-excel=1", id="in an attribute"),
    ],
)
def test_k17_other_cookies_of_the_platform_are_set(cookie: str) -> None:
    """A cookie that will not come back as one of ours is the platform's business."""
    assert _said([_HTML, ("Set-Cookie", cookie)], "set-cookie") == [cookie]


def test_k17_holds_at_the_door(campus: Campus) -> None:
    """The gate knows its own names, and its own cookie still comes through."""
    begun, _ = campus.open_up()
    campus.platform.headers = [_HTML, ("Set-Cookie", f"{OURS}s-excel=stolen"), ("Set-Cookie", "a=1")]
    lines = campus.ask(COURSE, cookies=begun.cookies).headers.getlist("Set-Cookie")
    assert [line.partition("=")[0] for line in lines] == ["a", f"{OURS}s-excel"]
    assert "stolen" not in lines[1]


_HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["Cache-Control", "cache-control", "Vary", "Expires", "Content-Type", "X-A"]),
        st.sampled_from(["public", 'x="a', "max-age=1, no-store", "text/html", "image/png", "*", ",", "0"]),
    ),
    max_size=6,
)


@given(_HEADERS)
def test_the_platforms_own_list_is_never_touched(headers: Headers) -> None:
    """The platform may give the same list again, or to two answers at once."""
    before = list(headers)
    changed = made_private(headers, OURS)
    assert headers == before
    assert changed is not headers


@given(_HEADERS)
@example([("Vary", 'x="a'), ("Vary", "*"), ("Vary", 'x="a')])
def test_made_private_twice_is_made_private_once(headers: Headers) -> None:
    """A gate behind a gate changes nothing more, and says each thing once."""
    once = made_private(headers, OURS)
    assert sorted(made_private(once, OURS)) == sorted(once)
    names = [name.lower() for name, _ in once]
    assert names.count("cache-control") == names.count("vary") == 1


class _Server:
    """A server that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []
        self.body: list[bytes] = []

    def start_response(self, *told: object) -> Callable[[bytes], object]:
        """Note every argument; whether there are two or three is a difference to servers."""
        self.told.append(told)
        return self.body.append


def test_our_cookies_are_added() -> None:
    """The platform's status goes on, with its own cookies first and ours after them."""
    server = _Server()
    head = PrivateHead(server.start_response, [("Set-Cookie", "ours=1"), ("Set-Cookie", "ours=2")], OURS)
    given = [("Set-Cookie", "theirs=1"), _PNG]
    head.start_response("200 OK", given)
    ours = [
        ("Cache-Control", "private"),
        ("Vary", "Cookie"),
        ("Set-Cookie", "ours=1"),
        ("Set-Cookie", "ours=2"),
    ]
    assert server.told == [("200 OK", [*given, *ours])]
    assert given == [("Set-Cookie", "theirs=1"), _PNG]


def test_write_is_the_servers_own() -> None:
    """A platform that still uses `write` writes to the server, not to us."""
    server = _Server()
    PrivateHead(server.start_response, [], OURS).start_response("200 OK", [])(b"page")
    assert server.body == [b"page"]


def test_exc_info_passes() -> None:
    """When the platform starts again after a failure, the server learns why."""
    server = _Server()
    head = PrivateHead(server.start_response, [], OURS)
    head.start_response("200 OK", [_PNG], None)
    with suppress(ZeroDivisionError):
        try:
            1 / 0  # noqa: B018 - a failure of the platform
        finally:
            failure = sys.exc_info()
            head.start_response("500 Internal Server Error", [_PNG], failure)
    assert [len(each) for each in server.told] == [2, 3]
    assert server.told[1][2] is failure


def test_an_error_of_the_server_comes_through() -> None:
    """What the server raises, because the head has gone out already, reaches the platform."""

    def too_late(*_told: object) -> Callable[[bytes], object]:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        PrivateHead(too_late, [], OURS).start_response("200 OK", [_HTML])
