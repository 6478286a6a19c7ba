"""Who the platform says is visiting: what its answers mean."""

from __future__ import annotations

import contextlib
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sence_gate.errors import IdentityUnavailable
from sence_gate.learners import Claim, Standing
from sence_gate.learners.asking import MOST, Reply
from sence_gate.learners.whoami import MISSING, as_json, as_text, pointed, reader
from tests.timing import quickest

ME = {"data": {"username": "12345678-5", "roles": ["student"], "realuser": None}}


def claimed(reply: Reply, **more: Any) -> Claim | Standing:
    """Return what is made of a reply, read as JSON."""
    return reader(lambda _environ: reply, as_json, "/data/username", **more)({})


def answer(document: object, status: int = 200) -> Reply:
    """Return a reply in JSON."""
    return Reply(status, json.dumps(document).encode(), (("Content-Type", "application/json"),))


def test_the_platform_names_the_visitor() -> None:
    """By a pointer into its answer; what else stands there can be asked for."""
    claim = claimed(answer(ME))
    assert isinstance(claim, Claim)
    found = claim.name, claim.look("/data/roles"), claim.look("/data/no"), claim.is_impersonated
    assert found == ("12345678-5", ["student"], None, False)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(answer({}, 401), id="401"),
        pytest.param(answer({}, 403), id="403"),
        pytest.param(Reply(302, b"", (("Location", "/login"),)), id="to the login"),
        pytest.param(Reply(303, b"", (("Location", "https://sso.otec.cl/"),)), id="to another host"),
        pytest.param(answer({"data": {"username": None}}), id="null"),
        pytest.param(answer({"data": None}), id="null above it"),
        pytest.param(answer({"data": {"username": ""}}), id="an empty name"),
    ],
)
def test_the_platform_says_that_nobody_is_logged_in(reply: Reply) -> None:
    """A redirect is never followed: the login page is nobody's name."""
    assert claimed(reply) is Standing.NOBODY


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(answer(ME, 500), id="500"),
        pytest.param(answer(ME, 503), id="503"),
        pytest.param(answer(ME, 404), id="404"),
        pytest.param(answer(ME, 201), id="201"),
        pytest.param(Reply(204, b""), id="204"),
        pytest.param(Reply(304, b""), id="304"),
        pytest.param(Reply(301, b"", (("Location", "/api/me/"),)), id="301, a slash that is missing"),
        pytest.param(Reply(308, b"", (("Location", "https://x/api/me"),)), id="308, https that is missing"),
        pytest.param(Reply(200, b""), id="nothing"),
        pytest.param(Reply(200, b"<html>"), id="a page"),
        pytest.param(Reply(200, b'{"data":{"username":"12345678-5"'), id="cut off"),
        pytest.param(Reply(200, b"\xff\xfe\xff"), id="bytes"),
        pytest.param(Reply(200, b"[" * MOST), id="nested without end"),
        pytest.param(Reply(200, b"9" * 10_000), id="a number of ten thousand digits"),
        pytest.param(Reply(200, json.dumps(ME).encode().ljust(MOST + 1)), id="too long"),
        pytest.param(answer({}), id="no name"),
        pytest.param(answer({"data": []}), id="a list in place of it"),
        pytest.param(answer({"error": "not logged in"}), id="an error in words"),
    ],
)
def test_what_is_no_answer_is_not_nobody(reply: Reply) -> None:
    """Nobody may pass; so whatever was not understood is an error."""
    with pytest.raises(IdentityUnavailable) as caught:
        claimed(reply)
    assert "12345678" not in str(caught.value)


@pytest.mark.parametrize(
    ("location", "is_nobody"),
    [
        pytest.param("https://campus.otec.cl/api/me?a=1", False, id="https that is missing"),
        pytest.param("/api/me/?a=1", False, id="a slash that is missing"),
        pytest.param("me/?a=1", False, id="the same, relative"),
        pytest.param("", False, id="to itself"),
        pytest.param("https://sso.otec.cl/api/me?a=1", True, id="another host"),
        pytest.param("/login?next=/api/me", True, id="the login"),
        pytest.param("/api/me?login=1", True, id="a login at the same path"),
        pytest.param("https://[campus", True, id="no address"),
    ],
)
@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_redirect_to_what_was_asked_is_not_nobody(location: str, is_nobody: bool, status: int) -> None:
    """Everybody would get it, logged in or not, and the gate would stand open."""
    moved = Reply(status, b"", (("Location", location),))
    if is_nobody:
        assert claimed(moved, url="http://campus.otec.cl/api/me?a=1") is Standing.NOBODY
        return
    with pytest.raises(IdentityUnavailable, match="see that it is taken for https"):
        claimed(moved, url="http://campus.otec.cl/api/me?a=1")


COOKIE, TOKEN = "HTTP_COOKIE", "HTTP_AUTHORIZATION"


@pytest.mark.parametrize(
    ("shown", "good", "is_named", "asked"),
    [
        pytest.param({COOKIE, TOKEN}, {COOKIE}, True, 2, id="a bad token beside a good cookie"),
        pytest.param({COOKIE, TOKEN}, {TOKEN}, True, 3, id="a bad cookie beside a good token"),
        pytest.param({COOKIE, TOKEN}, set(), False, 3, id="neither is good"),
        pytest.param({COOKIE, TOKEN}, {COOKIE, TOKEN}, True, 1, id="both are good"),
        pytest.param({COOKIE}, set(), False, 1, id="a bad cookie"),
        pytest.param({TOKEN}, set(), False, 1, id="a bad token"),
    ],
)
def test_nobody_is_who_is_nobody_by_cookie_and_by_token(
    shown: set[str], good: set[str], is_named: bool, asked: int
) -> None:
    """An API refuses a token that was made up, and a page beside it reads the cookie alone."""
    asks: list[set[str]] = []

    def ask(environ: dict[str, Any]) -> Reply:
        asks.append(set(environ) & {COOKIE, TOKEN})
        return answer(ME) if asks[-1] and asks[-1] <= good else answer({}, 401)

    claim = reader(ask, as_json, "/data/username")(dict.fromkeys(shown, "x"))
    assert (isinstance(claim, Claim), len(asks)) == (is_named, asked)


def test_an_answer_without_a_name_can_be_declared_to_be_nobody() -> None:
    """Where a platform says so in its own words, and in these only."""
    said = {"nobody": r'"authenticated": *false'}
    assert claimed(answer({"authenticated": False}), **said) is Standing.NOBODY
    with pytest.raises(IdentityUnavailable):
        claimed(answer({"authenticated": "?"}), **said)
    assert isinstance(claimed(answer({"authenticated": False, **ME}), **said), Claim)


@pytest.mark.parametrize("actor", [{"id": 2}, 2, "jefa", True])
def test_the_platform_says_that_somebody_looks_through_the_account(actor: object) -> None:
    """As Moodle's "log in as": the field is there and not empty."""
    claim = claimed(answer({"data": {"username": "maria", "realuser": actor}}), impersonated="/data/realuser")
    assert isinstance(claim, Claim)
    assert claim.is_impersonated


PAGE = b'<a href="/perfil">Hola, <b id="run">12.345.678-5</b></a>'
NAME = r'<b id="run">([\dkK.-]+)</b>'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(PAGE, "12.345.678-5", id="the name"),
        pytest.param(PAGE + b"x" * MOST, "12.345.678-5", id="in a long page"),
        pytest.param(b"<a>Ingresar</a>", Standing.NOBODY, id="the page of nobody"),
    ],
)
def test_a_page_can_be_read_by_a_pattern(body: bytes, expected: object) -> None:
    """For platforms without an address in JSON."""
    read = reader(lambda _environ: Reply(200, body), as_text, NAME, nobody="Ingresar</a>")
    claim = read({})
    assert (claim.name if isinstance(claim, Claim) else claim) == expected


def test_a_page_that_was_built_anew_is_not_nobody() -> None:
    """The name stands elsewhere now: the operator is told, and nobody passes."""
    read = reader(lambda _environ: Reply(200, b"<i>12.345.678-5</i>"), as_text, NAME)
    with pytest.raises(IdentityUnavailable, match="no name"):
        read({})


def test_a_pattern_may_say_who_looks_through_the_account() -> None:
    """Found is enough."""
    read = reader(lambda _environ: Reply(200, PAGE + b"loginas"), as_text, NAME, impersonated="loginas")
    claim = read({})
    assert isinstance(claim, Claim)
    assert claim.is_impersonated


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        pytest.param("/a", 1, id="a member"),
        pytest.param("/b/1/c", 2, id="an item"),
        pytest.param("/b/2", MISSING, id="behind the last item"),
        pytest.param("/b/-1", MISSING, id="before the first item"),
        pytest.param("/b/٠", MISSING, id="a digit of another script"),
        pytest.param("/b/99999999999999999999", MISSING, id="a number that is too long"),
        pytest.param("/x~1y/m~0n", 3, id="escapes"),
        pytest.param("/", 4, id="the empty name"),
        pytest.param("/a/b", MISSING, id="below a number"),
        pytest.param("/n/b", None, id="below null"),
    ],
)
def test_pointers_are_those_of_the_rfc(pointer: str, expected: object) -> None:
    """RFC 6901, and nothing where nothing is."""
    document = {"a": 1, "b": [0, {"c": 2}], "x/y": {"m~n": 3}, "": 4, "n": None}
    assert pointed(document, pointer) == expected


@given(st.binary(max_size=200), st.integers(100, 599))
def test_any_reply_is_one_of_three(body: bytes, status: int) -> None:
    """Whatever comes: a claim, nobody, or the error."""
    with contextlib.suppress(IdentityUnavailable):
        assert isinstance(claimed(Reply(status, body)), Claim | Standing)


def test_a_pattern_of_plain_parts_costs_time_that_grows_with_the_page() -> None:
    """What is searched is bounded, so the work is too."""
    small, large = (as_text(Reply(200, b"<b>" * (size // 3))) for size in (MOST // 8, MOST))
    assert quickest(lambda: large(NAME), 3) < 40 * quickest(lambda: small(NAME), 3)


def moodle(foot: str) -> Claim | Standing:
    """Return what the recipe of docs/deploy.md makes of a page of Moodle's with this foot."""
    recipes = (Path(__file__).parents[2] / "docs/deploy.md").read_text(encoding="utf-8")
    block = next(each for each in re.findall(r"```toml\n(.*?)```", recipes, re.DOTALL) if "logininfo" in each)
    told = tomllib.loads(block)["learner"]
    page = f'<html><footer><div class="logininfo">{foot}</div></footer></html>'.encode()
    read = reader(
        lambda _environ: Reply(200, page), as_text, told["regex"], told["nobody"], told["impersonated"]
    )
    return read({})


ANA = '<a href="https://campus.otec.cl/user/profile.php?id=42" title="Ver perfil">Ana</a>'
LOGIN = '(<a href="https://campus.otec.cl/login/index.php">Entrar</a>)'
ADMIN = '[<a href="https://campus.otec.cl/course/loginas.php?id=1&amp;sesskey=x">Jefa</a>]'


@pytest.mark.parametrize(
    ("foot", "expected"),
    [
        pytest.param(f"Usted se ha identificado como {ANA} (<a>Salir</a>)", ("42", False), id="a learner"),
        pytest.param(f"{ADMIN} Usted se ha identificado como {ANA}", ("42", True), id="log in as"),
        pytest.param(f"Usted no se ha identificado. {LOGIN}", Standing.NOBODY, id="nobody"),
        pytest.param(f"Usted ha entrado como invitado {LOGIN}", Standing.NOBODY, id="a guest"),
    ],
)
def test_the_recipe_for_moodle_reads_its_foot(foot: str, expected: object) -> None:
    """The patterns of the document are the ones that are tried here."""
    claim = moodle(foot)
    found = (claim.name, claim.is_impersonated) if isinstance(claim, Claim) else claim
    assert found == expected


def test_the_recipe_for_moodle_takes_no_other_foot_for_nobody() -> None:
    """A theme of another kind is 503 until the patterns fit."""
    with pytest.raises(IdentityUnavailable):
        moodle("Hola, Ana")


def test_a_cookie_that_is_dropped_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """A platform that renews its session at this address would log the visitor out."""
    reply = Reply(200, json.dumps(ME).encode(), (("Set-Cookie", "sid=12345678-5"),))
    read = reader(lambda _environ: reply, as_json, "/data/username")
    for _ in range(3):
        read({})
    (record,) = caplog.records
    assert "sets a cookie" in record.getMessage()
    assert "12345678" not in record.getMessage()
