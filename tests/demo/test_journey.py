"""What a request tells about where it comes from, and which URL a reference means."""

from __future__ import annotations

import pytest

from sence_gate.demo.journey import depart, origin_of, referrer, resolve, stated_policy

PAGE = "https://ana:clave@campus.otec.cl/cursos/x?a=1#parte"
BARE = "https://campus.otec.cl/cursos/x?a=1"
HOME = "https://campus.otec.cl/"


@pytest.mark.parametrize(
    ("policy", "own", "other", "plain"),
    [
        pytest.param("no-referrer", "", "", "", id="no-referrer"),
        pytest.param("no-referrer-when-downgrade", BARE, BARE, "", id="no-referrer-when-downgrade"),
        pytest.param("origin", HOME, HOME, HOME, id="origin"),
        pytest.param("origin-when-cross-origin", BARE, HOME, HOME, id="origin-when-cross-origin"),
        pytest.param("same-origin", BARE, "", "", id="same-origin"),
        pytest.param("strict-origin", HOME, HOME, "", id="strict-origin"),
        pytest.param("strict-origin-when-cross-origin", BARE, HOME, "", id="strict-origin-when-cross-origin"),
        pytest.param("unsafe-url", BARE, BARE, BARE, id="unsafe-url"),
    ],
)
def test_referrer(policy: str, own: str, other: str, plain: str) -> None:
    """Each policy tells its part, never the fragment or the password (Referrer Policy, section 8)."""
    targets = ("https://campus.otec.cl/y", "https://sence.cl/", "http://sence.cl/")

    assert tuple(referrer(policy, PAGE, target) for target in targets) == (own, other, plain)


def test_a_shortened_referer_stays_short() -> None:
    """Back on the first site after a redirect through another, only the origin is left."""
    begun = depart("GET", "https://sence.cl/", initiator=BARE)

    assert begun.redirected(302, f"{HOME}otra").referer == HOME


def test_the_policy_of_a_redirect_counts_for_what_follows() -> None:
    """A redirect that says no-referrer takes the Referer away, as Chromium does, and leaves Origin."""
    begun = depart("POST", f"{HOME}a", initiator=BARE, body=b"a=1")
    after = begun.redirected(307, "/b", "no-referrer")

    assert (begun.referer, after.referer, after.origin) == (BARE, "", "https://campus.otec.cl")


@pytest.mark.parametrize(
    ("method", "status", "expected"),
    [
        pytest.param("POST", 301, "GET", id="301 POST"),
        pytest.param("POST", 302, "GET", id="302 POST"),
        pytest.param("POST", 303, "GET", id="303 POST"),
        pytest.param("POST", 307, "POST", id="307 POST"),
        pytest.param("POST", 308, "POST", id="308 POST"),
        pytest.param("PUT", 302, "PUT", id="302 PUT"),
        pytest.param("PUT", 303, "GET", id="303 PUT"),
        pytest.param("HEAD", 303, "HEAD", id="303 HEAD"),
    ],
)
def test_the_method_after_a_redirect(method: str, status: int, expected: str) -> None:
    """The method changes as Fetch says, and the body goes with the change."""
    after = depart(method, HOME, initiator=HOME, body=b"a=1").redirected(status, "/x")

    assert (after.method, after.body) == (expected, b"" if expected == "GET" else b"a=1")


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        pytest.param("", "https://otec.cl/a/b?c", id="empty"),
        pytest.param("x", "https://otec.cl/a/x", id="relative"),
        pytest.param("?d", "https://otec.cl/a/b?d", id="query"),
        pytest.param("../../x/./y", "https://otec.cl/x/y", id="dots"),
        pytest.param("//sence.cl/x", "https://sence.cl/x", id="two slashes"),
        pytest.param("////sence.cl/x", "https://sence.cl/x", id="more slashes"),
        pytest.param("/\\sence.cl/x", "https://sence.cl/x", id="backslash"),
        pytest.param("\\\\sence.cl", "https://sence.cl", id="two backslashes"),
        pytest.param("\t/\n/sence.cl", "https://sence.cl", id="controls vanish"),
        pytest.param("http:\\\\sence.cl", "http://sence.cl", id="scheme and backslashes"),
        pytest.param("?x=\\y//z", "https://otec.cl/a/b?x=%5Cy//z", id="a query is left alone"),
        pytest.param(" /ñ b ", "https://otec.cl/%C3%B1%20b", id="letters and blanks"),
        pytest.param("/a%20b", "https://otec.cl/a%20b", id="encoded stays"),
    ],
)
def test_resolve(reference: str, expected: str) -> None:
    """A reference means what browsers read in it (URL standard)."""
    assert resolve("https://otec.cl/a/b?c", reference) == expected


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        pytest.param("same-origin", "same-origin", id="one"),
        pytest.param("no-referrer, Strict-Origin", "strict-origin", id="the last"),
        pytest.param("origin, nuevo", "origin", id="the last known"),
        pytest.param("", "", id="none"),
    ],
)
def test_stated_policy(text: str, policy: str) -> None:
    """Of several words the last known one counts (Referrer Policy, section 8.1)."""
    assert stated_policy(text) == policy


def test_origin_of() -> None:
    """An origin is scheme, host and port, without the person."""
    assert origin_of("http://ana:x@LOCALHOST:8000/x") == "http://localhost:8000"


def test_a_journey_without_initiator_has_no_origin() -> None:
    """What a person begins tells nothing of a page."""
    begun = depart("GET", HOME)

    assert (begun.origin, begun.referer, begun.relation) == ("", "", "none")
