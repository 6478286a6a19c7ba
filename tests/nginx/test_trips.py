"""Where a request ends in an nginx configuration, for what a whole server would be too much to show."""

from __future__ import annotations

from pathlib import Path

import pytest

from sence_gate.nginx.file import read_servers
from sence_gate.nginx.trips import trips

P = "proxy_pass http://p"


def ends(folder: Path, body: str, path: str = "/a/b") -> list[tuple[str, bool]]:
    """Return what a request for *path* becomes, and whether it was asked about."""
    main = folder / "nginx.conf"
    main.write_text(f"http {{ server {{ {body} }} }}", encoding="utf-8")
    (server,) = read_servers(main)
    return [(trip.path, trip.is_asked) for trip in trips(server, path)]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        pytest.param(f"location / {{ {P}; }}", "/a/b", id="as it is"),
        pytest.param(f"location / {{ {P}$request_uri; }}", "/a/b", id="$request_uri"),
        pytest.param(
            f"location / {{ rewrite ^ /c break; {P}$request_uri; }}", "/a/b", id="whatever it became"
        ),
        pytest.param(f"location / {{ rewrite ^ /c break; {P}/x$uri; }}", "/x/c", id="$uri"),
        pytest.param("location / { proxy_pass $backend; }", "/a/b", id="a server that is not known"),
        pytest.param(f"location /a/ {{ {P}/c/; }}", "/c/b", id="another beginning"),
        pytest.param(f"location /a/ {{ rewrite ^/a/(.*) /$1 break; {P}/c/; }}", "/b", id="rewritten"),
        pytest.param(f"location ~ ^/a {{ {P}; }}", "/a/b", id="an expression"),
        pytest.param(f"location / {{ rewrite ( /c; {P}; }}", "/a/b", id="an expression that is not Python's"),
        pytest.param(
            f"location / {{ rewrite ^/(?<x>a)/ /$x/${{x}}$args; {P}; }}", "/a/a", id="a named group"
        ),
        pytest.param(f"rewrite ^/a/(.*) /$1; break; location / {{ {P}; }}", "/b", id="in the server"),
    ],
)
def test_an_address_becomes_what_nginx_would_make_of_it(tmp_path: Path, body: str, path: str) -> None:
    """Whoever listens there gets this one."""
    assert ends(tmp_path, body) == [(path, False)]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("location / { return 404; }", id="an answer of nginx's own"),
        pytest.param(f"return 301 https://otec.cl; location / {{ {P}; }}", id="of the server"),
        pytest.param(f"location / {{ rewrite ^ https://otec.cl/; {P}; }}", id="a redirect"),
        pytest.param(f"location / {{ rewrite ^ /c permanent; {P}; }}", id="a redirect within"),
        pytest.param(f"location / {{ internal; {P}; }}", id="internal"),
        pytest.param(f"location /c/ {{ {P}; }}", id="no location"),
        pytest.param("location / { rewrite ^(.*)$ $1a last; }", id="round and round"),
    ],
)
def test_a_request_may_end_nowhere(tmp_path: Path, body: str) -> None:
    """There is nothing to judge."""
    assert ends(tmp_path, body) == []


def test_what_an_if_does_is_possible(tmp_path: Path) -> None:
    """Its condition may hold or not."""
    body = f"if ($x) {{ rewrite ^ /c; }} if ($y) {{ return 403; }} location / {{ {P}; }}"
    assert ends(tmp_path, body) == [("/a/b", False), ("/c", False)]


@pytest.mark.parametrize(
    ("steps", "query"),
    [
        pytest.param("", "z=3", id="as it is"),
        pytest.param("rewrite ^/(a)/ /c?x=$1 break;", "x=a&z=3", id="behind what is written"),
        pytest.param("rewrite ^/(a)/ /c?x=$1? break;", "x=a", id="alone"),
        pytest.param("rewrite ^ /c? break;", "", id="thrown away"),
    ],
)
def test_a_query_goes_along(tmp_path: Path, steps: str, query: str) -> None:
    """A course may be known by it."""
    main = tmp_path / "nginx.conf"
    main.write_text(f"http {{ server {{ location / {{ {steps} {P}; }} }} }}", encoding="utf-8")
    assert [trip.query for trip in trips(read_servers(main)[0], "/a/b?z=3")] == [query]


@pytest.mark.parametrize(("merges", "path"), [("on", "/a/b"), ("off", "//a//b")])
def test_slashes_are_merged_where_nginx_merges_them(tmp_path: Path, merges: str, path: str) -> None:
    """It looks for the location with that address."""
    assert ends(tmp_path, f"merge_slashes {merges}; location / {{ {P}; }}", "//a//b") == [(path, False)]


def test_try_files_goes_on_from_where_it_was_asked(tmp_path: Path) -> None:
    """Files first, then the last of its words."""
    body = f"location / {{ auth_request /q; try_files $uri $uri/ /c$uri?$args; }} location /c/ {{ {P}; }}"
    assert ends(tmp_path, body) == [("/c/a/b", True), ("/a/b", True)]
    assert ends(tmp_path, "location / { try_files $uri =404; }") == [("/a/b", False)]
