"""Forward auth and a logout with an open session: the close is offered first, once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.asking import DIALECTS, ask, asked_campus, told
from tests.given import COURSE, Campus, discreet_log, kept, set_cookies
from tests.samples import course

__all__ = ["discreet_log"]

LOGOUT = "/login/logout.php?sesskey=a%26b"
OFFER = "Antes de salir"


@pytest.fixture(name="campus", params=DIALECTS)
def _campus(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Campus]:
    campus = asked_campus(tmp_path, request.param, logout_paths=("/login/logout.php",))
    yield campus
    campus.store.close()


def whole(campus: Campus, cookies: str, **more: Any) -> Any:
    """Return what the browser gets of a logout that may not pass yet."""
    path = "/auth/answer" if campus.config.forward_auth.dialect == "nginx" else "/auth"
    return ask(campus, LOGOUT, cookies=cookies, path=path, **more)


def test_a_logout_with_an_open_session_is_asked_about(campus: Campus) -> None:
    """No 2xx, or it would pass; the page has the close, and the logout as it was."""
    cookies = campus.hold()
    refused = ask(campus, LOGOUT, cookies=cookies)
    assert (refused.status_code, told(refused)) == (403, ("-", "-", "-"))
    page = whole(campus, cookies)
    assert (page.status_code, OFFER in page.text) == (403, True)
    assert 'href="/login/logout.php?sesskey=a%26b"' in page.text


def test_the_second_logout_passes(campus: Campus) -> None:
    """By the cookie of the offer, or where that was lost, by where the browser comes from."""
    cookies = campus.hold()
    page = whole(campus, cookies)
    assert set_cookies(page)
    assert ask(campus, LOGOUT, cookies=kept(cookies, page)).status_code == 204
    sender = {"Referer": "https://campus.otec.cl" + LOGOUT}
    assert ask(campus, LOGOUT, cookies=cookies, headers=sender).status_code == 204


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        pytest.param("POST", {"Content-Type": "application/x-www-form-urlencoded"}, id="form"),
        pytest.param("GET", {"X-Original-Body": "5"}, id="fields in a GET"),
        pytest.param("GET", {"Sec-Fetch-Mode": "cors"}, id="script"),
        pytest.param("GET", {"Sec-Purpose": "prefetch"}, id="ahead of time"),
        pytest.param("HEAD", {}, id="HEAD"),
    ],
)
def test_what_a_page_cannot_ask_again_is_not_held_up(
    campus: Campus, method: str, headers: dict[str, str]
) -> None:
    """A question brings no fields along, and a script shows no page."""
    assert ask(campus, LOGOUT, method, cookies=campus.hold(), headers=headers).status_code == 204


def test_without_a_session_and_elsewhere_nothing_is_offered(campus: Campus) -> None:
    """Nobody is held up for nothing."""
    assert ask(campus, LOGOUT).status_code == 204
    cookies = campus.hold()
    assert ask(campus, "/login/logout.phpx", cookies=cookies).status_code == 204
    assert ask(campus, COURSE, cookies=cookies).status_code == 204


def test_it_is_offered_within_a_course_too(campus: Campus) -> None:
    """Also when the same browser was admitted there a moment ago."""
    asked = {
        each: getattr(campus.config, each) for each in ("forward_auth", "trusted_proxies", "logout_paths")
    }
    campus.configure(courses=(course(paths=("/",), exceptions=()),), **asked)
    cookies = campus.hold()
    assert ask(campus, "/x", cookies=cookies).status_code == 204
    assert ask(campus, LOGOUT, cookies=cookies).status_code == 403
