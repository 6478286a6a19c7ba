"""Which requests leave the platform, as the operator lists them."""

from __future__ import annotations

import pytest

from sence_gate.logout import LogoutPaths

PATHS = LogoutPaths(["/login/logout.php", "/salir/", "/wp-login.php?action=logout", "/año"], "")
MOUNTED = LogoutPaths(["/campus/salir"], "/campus")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("/login/logout.php", True, id="the path"),
        pytest.param("/login/logout.php?sesskey=a%26b", True, id="whatever its query"),
        pytest.param("/login/logout.phpx", False, id="a longer path"),
        pytest.param("/login/logout.php/x", False, id="below it"),
        pytest.param("/salir/", True, id="a folder"),
        pytest.param("/salir/ya?x=1", True, id="below a folder"),
        pytest.param("/salir", False, id="the folder without its slash"),
        pytest.param("/wp-login.php?action=logout&_wpnonce=1", True, id="a query that is there"),
        pytest.param("/wp-login.php?action=login", False, id="a query that says otherwise"),
        pytest.param("/wp-login.php", False, id="no query"),
        pytest.param("/a%C3%B1o", False, id="UTF-8 in another spelling than the server's"),
        pytest.param("/", False, id="another page"),
    ],
)
def test_a_logout_is_known_by_path_and_query(url: str, expected: bool) -> None:
    """What is not surely a logout is none: nobody is asked for nothing."""
    assert PATHS.holds_url(url) is expected


def test_a_query_of_too_many_fields_is_no_logout() -> None:
    """Nobody's link has a hundred: they are not looked through."""
    assert not PATHS.holds_url("/wp-login.php?action=logout" + "&a=1" * 100)


@pytest.mark.parametrize("url", ["/campus/salir", "/salir"])
def test_a_front_server_may_take_the_mount_off(url: str) -> None:
    """The operator writes what browsers see; the gate may see less of it."""
    assert MOUNTED.holds_url(url)


def test_without_paths_nothing_is_a_logout() -> None:
    """And nothing is asked about any request."""
    assert not LogoutPaths(())
