"""The rules of cookies, one table for each (RFC 6265bis, and what Chromium 156 was seen to do)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sence_gate.demo.cookiejar import CookieJar
from sence_gate.demo.sites import is_trustworthy, site_of

NOW = 1_700_000_000.0
CAMPUS = "https://campus.otec.cl/cursos/excel/leccion"
OTHER = "https://sistemas.sence.cl"


def kept(url: str, *headers: str) -> dict[str, str]:
    """Return name and value of what a fresh jar keeps of one answer."""
    jar = CookieJar()
    jar.store(url, headers, now=NOW)
    return {cookie.name: cookie.value for cookie in jar.cookies(NOW)}


def sent(header: str, to: str, *, since: str = CAMPUS, later: float = 0, **request: object) -> bool:
    """Tell whether the cookie of *header* goes with a request."""
    jar = CookieJar()
    jar.store(since, [header], now=NOW)
    return bool(jar.header_for(to, now=NOW + later, **request))  # type: ignore[arg-type]  # a table's row


@pytest.mark.parametrize(
    ("attributes", "post", "get", "script", "own"),
    [
        pytest.param("; SameSite=Strict", False, False, False, True, id="strict"),
        pytest.param("; SameSite=Lax", False, True, False, True, id="lax"),
        pytest.param("; samesite=LAX", False, True, False, True, id="lax in capitals"),
        pytest.param("; SameSite=None; Secure", True, True, True, True, id="none"),
        pytest.param("", True, True, False, True, id="unspecified, young"),
        pytest.param("; SameSite=Weird", True, True, False, True, id="unknown word"),
    ],
)
def test_same_site(attributes: str, post: bool, get: bool, script: bool, own: bool) -> None:
    """A cookie goes with another site's requests as its SameSite says (section 5.6.7, facts section 4)."""
    header = f"a=1{attributes}"
    rows = (
        sent(header, CAMPUS, method="POST", initiator_site=OTHER),
        sent(header, CAMPUS, initiator_site=OTHER),
        sent(header, CAMPUS, initiator_site=OTHER, is_navigation=False),
        sent(header, CAMPUS, method="POST", initiator_site=site_of(CAMPUS), is_navigation=False),
    )

    assert rows == (post, get, script, own)


@pytest.mark.parametrize(
    ("header", "later", "goes"),
    [
        pytest.param("a=1", 119, True, id="unspecified, under two minutes"),
        pytest.param("a=1", 130, False, id="unspecified, after 130 s"),
        pytest.param("a=1; SameSite=Lax", 1, False, id="explicit Lax never gets it"),
        pytest.param("a=1; SameSite=None; Secure", 130, True, id="none does not need it"),
    ],
)
def test_lax_post(header: str, later: float, goes: bool) -> None:
    """Two minutes long a cookie without SameSite goes with a cross-site POST (section 5.6.7.2)."""
    assert sent(header, CAMPUS, method="POST", initiator_site=OTHER, later=later) is goes


def test_lax_post_is_an_option() -> None:
    """A jar without the exception treats an unspecified cookie as Lax from the first second."""
    jar = CookieJar(lax_post=False)
    jar.store(CAMPUS, ["a=1"], now=NOW)

    assert jar.header_for(CAMPUS, method="POST", initiator_site=OTHER, now=NOW) == ""
    assert jar.header_for(CAMPUS, initiator_site=OTHER, now=NOW) == "a=1"


def test_a_new_value_makes_a_cookie_young_again() -> None:
    """The two minutes count from the last change of the value, as in Chromium."""
    jar = CookieJar()
    jar.store(CAMPUS, ["same=1", "new=1"], now=NOW)
    jar.store(CAMPUS, ["same=1", "new=2"], now=NOW + 100)

    assert jar.header_for(CAMPUS, method="POST", initiator_site=OTHER, now=NOW + 130) == "new=2"


@pytest.mark.parametrize(
    ("header", "kept_of_page", "kept_of_script"),
    [
        pytest.param("a=1; SameSite=Strict", True, False, id="strict"),
        pytest.param("a=1; SameSite=Lax", True, False, id="lax"),
        pytest.param("a=1", True, False, id="unspecified"),
        pytest.param("a=1; SameSite=None; Secure", True, True, id="none"),
    ],
)
def test_setting_from_another_site(header: str, kept_of_page: bool, kept_of_script: bool) -> None:
    """A whole page may set any cookie, another site's script only SameSite=None (section 5.7)."""
    page, script = CookieJar(), CookieJar()
    page.store(CAMPUS, [header], initiator_site=OTHER, is_navigation=True, now=NOW)
    script.store(CAMPUS, [header], initiator_site=OTHER, is_navigation=False, now=NOW)

    assert (bool(page.cookies(NOW)), bool(script.cookies(NOW))) == (kept_of_page, kept_of_script)


@pytest.mark.parametrize(
    ("url", "is_kept"),
    [
        pytest.param("https://campus.otec.cl/", True, id="https"),
        pytest.param("http://campus.otec.cl/", False, id="plain http"),
        pytest.param("http://localhost:8000/", True, id="localhost"),
        pytest.param("http://campus.localhost/", True, id="name under localhost"),
        pytest.param("http://127.0.0.1:8001/", True, id="127.0.0.1, as Chromium 156 does"),
        pytest.param("http://[::1]:8000/", True, id="IPv6 loopback"),
        pytest.param("http://192.168.0.9/", False, id="another address"),
        pytest.param("http://localhost.otec.cl/", False, id="only looks local"),
    ],
)
def test_secure(url: str, is_kept: bool) -> None:
    """A Secure cookie needs https or this very machine, to be set and to be sent."""
    assert is_trustworthy(url) is is_kept
    assert kept(url, "a=1; Secure") == ({"a": "1"} if is_kept else {})
    assert sent("a=1; Secure", url, since=url) is is_kept


def test_secure_does_not_follow_to_plain_http() -> None:
    """A Secure cookie of https stays away from http on the same host (section 5.8.3)."""
    jar = CookieJar()
    jar.store("https://otec.cl/", ["s=1; Secure", "a=1"], now=NOW)

    assert jar.header_for("http://otec.cl/", now=NOW) == "a=1"


@pytest.mark.parametrize(
    ("header", "is_kept"),
    [
        pytest.param("a=2; Path=/", False, id="same path"),
        pytest.param("a=2; Path=/cursos/excel", False, id="path below"),
        pytest.param("a=2; Path=/; Domain=otec.cl", False, id="wider domain"),
        pytest.param("b=2; Path=/", True, id="another name"),
    ],
)
def test_plain_http_leaves_secure_cookies_alone(header: str, is_kept: bool) -> None:
    """An answer over http cannot replace or hide a Secure cookie (section 5.7)."""
    jar = CookieJar()
    jar.store("https://campus.otec.cl/", ["a=1; Secure; Path=/"], now=NOW)
    refused = jar.store("http://campus.otec.cl/", [header], now=NOW)

    assert (not refused, len(jar.cookies(NOW))) == (is_kept, 2 if is_kept else 1)


@pytest.mark.parametrize(
    ("header", "is_kept"),
    [
        pytest.param("__Host-a=1; Secure; Path=/", True, id="host"),
        pytest.param("__Host-a=1; Path=/", False, id="host without Secure"),
        pytest.param("__Host-a=1; Secure; Path=/cursos", False, id="host with a path"),
        pytest.param("__Host-a=1; Secure", False, id="host with the default path"),
        pytest.param("__Host-a=1; Secure; Path=/; Domain=otec.cl", False, id="host with Domain"),
        pytest.param("__host-a=1; Path=/", False, id="small letters count"),
        pytest.param("__Secure-a=1; Secure", True, id="secure"),
        pytest.param("__Secure-a=1", False, id="secure without Secure"),
        pytest.param("=__Host-a=1; Path=/; Secure", False, id="no name, prefix in the value"),
        pytest.param("a=1; SameSite=None", False, id="none without Secure"),
    ],
)
def test_prefixes(header: str, is_kept: bool) -> None:
    """A prefixed name is a promise that the browser checks (section 5.4)."""
    assert bool(kept(CAMPUS, header)) is is_kept


def test_host_prefix_with_domain_on_localhost() -> None:
    """Domain spoils __Host- even where it names the very host, as in Chromium."""
    assert kept("http://localhost/", "__Host-a=1; Secure; Path=/; Domain=localhost") == {}


@pytest.mark.parametrize(
    ("header", "path", "goes"),
    [
        pytest.param("a=1", "/cursos/excel", True, id="default is the folder"),
        pytest.param("a=1", "/cursos/excel/quiz", True, id="below the folder"),
        pytest.param("a=1", "/cursos/excelente", False, id="not half a segment"),
        pytest.param("a=1; Path=/", "/otro", True, id="whole host"),
        pytest.param("a=1; Path=/cursos/", "/cursos", False, id="slash at the end is part of it"),
        pytest.param("a=1; Path=cursos", "/cursos/excel/x", True, id="relative path is no path"),
        pytest.param("a=1; Path=/; Path=/x", "/y", False, id="the last one counts"),
    ],
)
def test_path(header: str, path: str, goes: bool) -> None:
    """A cookie goes to its path and below (section 5.1.4)."""
    assert sent(header, f"https://campus.otec.cl{path}") is goes


@pytest.mark.parametrize(
    ("domain", "to", "goes"),
    [
        pytest.param("", "https://campus.otec.cl", True, id="host only, same host"),
        pytest.param("", "https://x.campus.otec.cl", False, id="host only, below"),
        pytest.param("otec.cl", "https://www.otec.cl", True, id="sibling"),
        pytest.param(".OTEC.cl", "https://otec.cl", True, id="dot and capitals"),
        pytest.param("tec.cl", "https://campus.otec.cl", False, id="half a label"),
        pytest.param("cl", "https://campus.otec.cl", False, id="public suffix"),
        pytest.param("sence.cl", "https://sence.cl", False, id="somebody else's"),
        pytest.param("x.campus.otec.cl", "https://x.campus.otec.cl", False, id="below the host"),
    ],
)
def test_domain(domain: str, to: str, goes: bool) -> None:
    """Without Domain a cookie stays on its host, with it it goes below it too (section 5.1.3)."""
    attribute = f"; Domain={domain}" if domain else ""

    assert sent(f"a=1; Path=/{attribute}", f"{to}/") is goes


@pytest.mark.parametrize(
    ("url", "to", "goes"),
    [
        pytest.param("http://localhost:8000/", "http://localhost:9000/", True, id="ports do not matter"),
        pytest.param("http://127.0.0.1/", "http://127.0.0.1:8001/", True, id="address with its own Domain"),
        pytest.param("http://localhost/", "http://x.localhost/", False, id="one label stays host only"),
    ],
)
def test_domain_of_the_very_host(url: str, to: str, goes: bool) -> None:
    """Domain naming an address or a single label means that host alone, as in Chromium."""
    host = url.removeprefix("http://").partition("/")[0].partition(":")[0]

    assert sent(f"a=1; Domain={host}", to, since=url) is goes


@pytest.mark.parametrize(
    ("attributes", "later", "goes"),
    [
        pytest.param("", 10**9, True, id="until the browser is closed"),
        pytest.param("; Max-Age=60", 59, True, id="before its age"),
        pytest.param("; Max-Age=60", 60, False, id="at its age"),
        pytest.param("; Max-Age=0", 0, False, id="at once"),
        pytest.param("; Max-Age=-1", 0, False, id="negative"),
        pytest.param("; Max-Age=abc", 10**9, True, id="unreadable age"),
        pytest.param("; Expires=Tue, 14 Nov 2023 22:14:20 GMT", 59, True, id="before its date"),
        pytest.param("; Expires=Tue, 14-Nov-2023 22:14:20 GMT", 60, False, id="at its date, with dashes"),
        pytest.param("; Expires=mañana", 10**9, True, id="unreadable date"),
        pytest.param("; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60", 59, True, id="age beats date"),
        pytest.param("; Max-Age=99999999999", 400 * 86400, False, id="400 days at most"),
    ],
)
def test_lifetime(attributes: str, later: float, goes: bool) -> None:
    """Max-Age and Expires end a cookie (sections 5.5, 5.6.1, 5.6.2)."""
    assert sent(f"a=1{attributes}", CAMPUS, later=later) is goes


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param(" a = b c ; Path=/", {"a": "b c"}, id="blanks around"),
        pytest.param('a="b"', {"a": '"b"'}, id="quotes are part of the value"),
        pytest.param("a=b=c", {"a": "b=c"}, id="only the first equals sign"),
        pytest.param("alone", {"": "alone"}, id="no name"),
        pytest.param("a=", {"a": ""}, id="no value"),
        pytest.param("=", {}, id="neither"),
        pytest.param("a=b\x01", {}, id="control character"),
        pytest.param("abc=" + "x" * 4093, {"abc": "x" * 4093}, id="4096 bytes"),
        pytest.param("abc=" + "x" * 4094, {}, id="4097 bytes"),
        pytest.param("a=" + "ñ" * 2048, {}, id="4097 bytes in letters of two"),
        pytest.param("a=1; Max-Age=" + "0" * 1025, {"a": "1"}, id="attribute too long to read"),
    ],
)
def test_parsing(header: str, expected: dict[str, str]) -> None:
    """A Set-Cookie header is read as browsers do (section 5.6)."""
    assert kept(CAMPUS, header) == expected


def test_refusals_are_told() -> None:
    """The jar says why it did not keep a cookie, without its value."""
    refused = CookieJar().store("http://otec.cl/", ["a=secreto; Secure", "b=1"], now=NOW)

    assert refused == ("a: Secure over plain http",)


def test_order() -> None:
    """Longer paths go first, then older cookies; an unchanged value keeps its place (section 5.8.3)."""
    jar = CookieJar()
    jar.store("https://otec.cl/", ["a=1", "b=1", "c=1", "d=1; Path=/x"], now=NOW)
    jar.store("https://otec.cl/", ["a=2", "b=1"], now=NOW + 1)

    assert jar.header_for("https://otec.cl/x", now=NOW + 1) == "d=1; b=1; c=1; a=2"


def test_a_cookie_is_replaced_only_by_its_like() -> None:
    """Name, host and path make a cookie; another path makes another one (section 5.7)."""
    jar = CookieJar()
    jar.store("https://otec.cl/", ["a=1; Path=/", "a=2; Path=/x"], now=NOW)
    jar.store("https://otec.cl/", ["a=; Path=/; Max-Age=0"], now=NOW)

    assert jar.header_for("https://otec.cl/x", now=NOW) == "a=2"


def test_a_host_keeps_180_cookies() -> None:
    """The oldest give way, the Secure ones last; other hosts lose nothing (section 6.1)."""
    jar = CookieJar()
    jar.store("https://otec.cl/", ["s=1; Secure"], now=NOW)
    jar.store("https://sence.cl/", ["s=1"], now=NOW)
    for number in range(200):
        jar.store("https://otec.cl/", [f"n{number}=1"], now=NOW + 1 + number)
    names = {cookie.name for cookie in jar.cookies(NOW + 300) if cookie.host == "otec.cl"}

    assert names == {"s"} | {f"n{number}" for number in range(21, 200)}
    assert len(jar.cookies(NOW + 300)) == 181


def test_clear() -> None:
    """A person can order the browser to forget."""
    jar = CookieJar()
    jar.store(CAMPUS, ["a=1"], now=NOW)
    jar.clear()

    assert jar.header_for(CAMPUS, now=NOW) == ""


def test_repr_hides_values() -> None:
    """What a cookie holds does not reach a log by accident."""
    jar = CookieJar()
    jar.store(CAMPUS, ["a=secreto"], now=NOW)

    assert "secreto" not in repr(jar.cookies(NOW))


@pytest.mark.parametrize(
    ("url", "site"),
    [
        pytest.param("https://campus.otec.cl/x", "https://otec.cl", id="last two labels"),
        pytest.param("http://campus.otec.cl", "http://otec.cl", id="the scheme counts"),
        pytest.param("https://otec.cl:8443", "https://otec.cl", id="the port does not"),
        pytest.param("http://localhost:8000", "http://localhost", id="single label"),
        pytest.param("http://127.0.0.1:8001", "http://127.0.0.1", id="address"),
        pytest.param("http://[::1]:8001", "http://::1", id="IPv6 address"),
    ],
)
def test_site_of(url: str, site: str) -> None:
    """A site is scheme and registrable domain (section 5.2)."""
    assert site_of(url) == site


@given(st.permutations(["a=1", "b=1; Path=/x", "c=1; SameSite=Strict", "d=1; Max-Age=0", "e=1; Path=/x/y"]))
def test_any_order_of_arrival_keeps_the_same(headers: list[str]) -> None:
    """Cookies with different names do not disturb each other."""
    assert set(kept("https://otec.cl/x/y", *headers)) == {"a", "b", "c", "e"}
