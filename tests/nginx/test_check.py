"""`sence-gate check --proxy`: the example is fine, and each line of it is missed."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

import pytest
from click.testing import CliRunner

from sence_gate.check import Level
from sence_gate.cli import main
from sence_gate.config import Config, ForwardAuth, Learner, LearnerSource
from sence_gate.described import Dialect
from sence_gate.errors import ConfigurationError
from sence_gate.forwarded import MISLEADING
from sence_gate.nginx import check_nginx
from sence_gate.nginx.file import read_servers
from sence_gate.nginx.platform import TOLD
from sence_gate.nginx.question import KIND, LEAVING, VISITOR
from sence_gate.sample import sample_toml
from sence_gate.shared import Shared
from tests.nginx.rows import (
    ASKS,
    CLOSED,
    COOKIE,
    ERROR_PAGE,
    EXAMPLE,
    OWN,
    ROWS,
    Row,
    above,
    before,
    copied,
    without,
)
from tests.samples import config, course

CADDY = EXAMPLE.parent / "caddy/Caddyfile"
ASKED = config(forward_auth=ForwardAuth(Dialect.NGINX))
FORWARD = config(forward_auth=ForwardAuth(Dialect.FORWARD))
SECRET = replace(ASKED, forward_auth=ForwardAuth(Dialect.NGINX, "Zm9ybSBhIHNlY3JldCBvZiB0aGUgdGVzdHMgMTIz"))
NAMED = replace(ASKED, learner=Learner(LearnerSource.HEADER, name="XRun"))


def beside(location: str) -> str:
    """Return the gate's own location with another one before it, which reaches the platform."""
    return f"location {location} {{ proxy_pass http://platform; }}\n{OWN}"


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    for each in EXAMPLE.glob("*.conf"):
        shutil.copy(each, tmp_path)
    (tmp_path / "nginx.conf").write_text("events {}\nhttp { include campus.conf; }\n", encoding="utf-8")
    return tmp_path


def changed(folder: Path, old: str, new: str) -> None:
    """Write *new* for *old* in whichever file has it."""
    texts = {path: path.read_text(encoding="utf-8") for path in folder.glob("*.conf")}
    assert any(old in text for text in texts.values()), old
    for path, text in texts.items():
        path.write_text(text.replace(old, new), encoding="utf-8")


def found(folder: Path, settings: Config = ASKED, name: str = "nginx.conf") -> list[tuple[Level, str]]:
    """Return what is told of the file."""
    return [(each.level, each.text) for each in check_nginx(settings, folder / name)]


@pytest.mark.parametrize("name", ["nginx.conf", "campus.conf"])
def test_the_example_is_fine(folder: Path, name: str) -> None:
    """As a whole configuration, and as the file that is included in one."""
    assert check_nginx(ASKED, folder / name) == ()


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_what_is_wrong_is_told(tmp_path: Path, row: Row) -> None:
    """With how much it matters, and what to write; tests/nginx/test_real.py proves that it is wrong."""
    copied(tmp_path, row.edits)
    told = found(tmp_path, name="campus.conf")
    assert [level for level, text in told if row.words in text][:1] == [row.level] * bool(row.level), told
    assert bool(told) == bool(row.level), told
    assert all(" — " in text for _, text in told)


_START = "auth_request_set $start $upstream_http_location; error_page 401 = @sence;"
_SHORT = "location @sence { absolute_redirect off; return 302 $start; }"
_SLOWED = """location = /_sence/inicio { limit_req zone=sence_start burst=200 nodelay;
    auth_request off; proxy_pass http://sence_gate; }"""
RECIPES = {
    "short": [(ERROR_PAGE, _START), ("    location @sence {", f"{_SHORT} location @unused {{")],
    "starts are slowed down": before(_SLOWED),
    "asked in the server": [(ASKS, ""), *above(ASKS)],
    "XRun towards the gate": before(_SLOWED.replace("off;", "off; proxy_set_header XRun $remote_user;")),
}


@pytest.mark.parametrize("edits", RECIPES.values(), ids=RECIPES)
def test_a_recipe_of_the_documents_is_fine(tmp_path: Path, edits: Sequence[tuple[str, str]]) -> None:
    """Nobody is alarmed by what docs/deploy.md says."""
    copied(tmp_path, edits)
    assert found(tmp_path, name="campus.conf") == []


def _set(path: Path) -> dict[str, str]:
    """Return what a file of the example sets, by name in small letters."""
    lines = path.read_text(encoding="utf-8").partition("location /_sence/ {")[0].splitlines()
    words = (line.split(maxsplit=2) for line in lines if line.strip().startswith("proxy_set_header"))
    return {name.lower(): value for _, name, value in words}


def test_h1_the_example_clears_what_is_looked_for() -> None:
    """One list for the check, the proxy and both examples: what one of them forgets is a way past."""
    cleared = {name for name, value in _set(EXAMPLE / "campus.conf").items() if value == '"";'}
    assert cleared - {"accept-encoding"} == set(MISLEADING)
    removed = re.findall(r"^\trequest_header -(\S+)$", CADDY.read_text(encoding="utf-8"), re.MULTILINE)
    kept = [each for each in MISLEADING if not any(fnmatch(each, name.lower()) for name in removed)]
    assert kept == []


def test_the_example_asks_with_what_is_looked_for() -> None:
    """A header of the question is needed for something, or is none that the check knows of."""
    known = {*KIND, *LEAVING, *VISITOR, "cookie", "x-original-url", "x-original-method", "x-original-body"}
    assert set(_set(EXAMPLE / "sence-question.conf")) - known == {
        "connection",
        "content-length",
        "host",
        "x-forwarded-for",
    }


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        pytest.param(config(), 'is not "nginx"', id="no dialect"),
        pytest.param(FORWARD, 'is not "nginx"', id="another dialect"),
        pytest.param(SECRET, "no X-Sence-Gate-Secret", id="secret"),
        pytest.param(NAMED, "names nobody, so everybody passes", id="a header that nobody sets"),
    ],
)
def test_the_file_is_compared_with_the_settings(folder: Path, settings: Config, words: str) -> None:
    """Each for itself may be right."""
    assert [words in text for level, text in found(folder, settings) if level is Level.ERROR] == [True]


def test_h5_a_header_that_visitors_can_send_is_told(folder: Path) -> None:
    """With all headers passed on, whoever visits says who it is."""
    changed(folder, "proxy_pass_request_headers off;", "")
    assert (Level.ERROR, "lets visitors say who they are — write `proxy_set_header XRun …;`") in found(
        folder, NAMED
    )


def test_php_behind_fastcgi_is_fine_when_it_gets_the_parameters(folder: Path) -> None:
    """Whatever spelling they have."""
    names = [each.replace("-", "_").upper() for each in (*TOLD, *MISLEADING)]
    params = "".join(f"fastcgi_param HTTP_{name} $sence;" for name in names)
    changed(folder, "        proxy_pass http://platform;", f"fastcgi_pass unix:/run/php.sock; {params}")
    assert found(folder) == []


def test_a_mounted_platform_is_understood(folder: Path) -> None:
    """public_url has a path, and the gate's pages stand below it."""
    changed(folder, "/_sence", "/campus/_sence")
    changed(folder, "location / {", "location /campus/ {")
    assert found(folder, replace(ASKED, public_url="https://otec.cl/campus")) == []


def test_asking_in_the_server_holds_everywhere(folder: Path) -> None:
    """Where there are several ways to the platform, PHP's among them."""
    changed(folder, ASKS, "")
    changed(folder, "    server_name", f"    {ASKS} server_name")
    sets = "".join(f"proxy_set_header {name} $sence;" for name in (*TOLD, *MISLEADING))
    changed(
        folder,
        OWN,
        beside(r"~ \.php$").replace("{ proxy_pass", f"{{ error_page 401 = @sence; {sets} proxy_pass"),
    )
    assert found(folder) == []


def test_locations_are_tried_as_nginx_tries_them(folder: Path) -> None:
    """Exact, longest prefix, expressions unless forbidden, in their order."""
    locations = ("/", "/a/", "= /a/b", "^~ /c/", "~ ^/(a|c)/x", "~* ^/A/Y", "~ (", "@d")
    text = "".join(f"location {each} {{ return 200; }}" for each in locations)
    text += r"location /n/ { location /n/m/ { } location ~ \.nested$ { location ~ deeper { } } }"
    text += "location ~ n$ { } location /o/ { location = /o/n { } }"
    (folder / "nginx.conf").write_text(f"http {{ server {{ {text} }} }}", encoding="utf-8")
    (server,) = read_servers(folder / "nginx.conf")
    asked = (
        "/z",
        "/a/z",
        "/a/b",
        "/a/x",
        "/c/x",
        "/a/y",
        "/d",
        "/n/m/n",
        "/n/m/",
        "/n/n.nested",
        "/n/deeper.nested",
        "/o/n",
    )
    answering = [server.answering(path) for path in asked]
    assert [each and each.name for each in answering] == [
        "/",
        "/a/",
        "/a/b",
        "^/(a|c)/x",
        "/c/",
        "^/A/Y",
        "/",
        "n$",
        "/n/m/",
        r"\.nested$",
        "deeper",
        "/o/n",
    ]


@pytest.mark.parametrize("text", ["http { server {", "http { include no/such.conf; }"])
def test_a_file_that_nginx_could_not_read_is_told(folder: Path, text: str) -> None:
    """With its place; nothing is judged that was not read whole."""
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"nginx\.conf") as caught:
        found(folder)
    assert len(caught.value.faults) == 1
    assert ("name the main file" in caught.value.faults[0]) is ("include" in text)


def test_without_the_parser_it_is_said_how_to_get_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra: the gate itself never needs it."""
    monkeypatch.setitem(sys.modules, "crossplane", None)
    with pytest.raises(ConfigurationError, match=r"pip install '\.\[nginx\]' in the checkout"):
        found(folder)


@pytest.mark.parametrize(
    ("old", "code", "words"),
    [
        pytest.param("# Put this file", 0, "asks the gate as it should", id="fine"),
        pytest.param(ERROR_PAGE, 0, "warning", id="a warning"),
        pytest.param("        internal;\n", 1, "ERROR", id="an error"),
    ],
)
def test_check_tells_and_its_exit_code_says_so(folder: Path, old: str, code: int, words: str) -> None:
    """0 fine, 1 problems, as for everything that `check` looks at."""
    changed(folder, old, "#" if old.startswith("#") else "")
    toml = sample_toml().replace("# trusted_proxies = []", 'trusted_proxies = ["127.0.0.1"]')
    path = folder / "sence-gate.toml"
    path.write_text(toml.replace('# dialect = "nginx"', 'dialect = "nginx"'), encoding="utf-8")
    path.chmod(0o600)
    words_of_command = ["check", "--config", str(path), "--proxy", str(folder / "nginx.conf")]
    result = CliRunner().invoke(main, words_of_command)
    assert (result.exit_code, words in result.output) == (code, True), result.output


def test_an_offer_that_is_not_shown_would_shut_people_in(folder: Path) -> None:
    """The short recipe fetches no page: without one, a logout with an open session is 403 for ever."""
    settings = replace(ASKED, logout_paths=("/salir",))
    assert found(folder, settings) == []
    changed(folder, "error_page 401 403 500", "error_page 401")
    assert found(folder) == []
    ((level, text),) = found(folder, settings)
    assert (level, "lets nobody with an open session log out" in text) == (Level.ERROR, True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(CADDY.read_text(encoding="utf-8"), "no server of nginx's", id="Caddyfile"),
        pytest.param("", "no server of nginx's", id="empty"),
        pytest.param("events {}\nhttp {}\n", "those of Caddy and Traefik are not read", id="without servers"),
        pytest.param("[uwsgi]\nmodule = x:y\n", "cannot be read as nginx's", id="an ini"),
        pytest.param("http: {middlewares: {}}\n", "n", id="Traefik's"),
    ],
)
def test_a_file_of_another_server_is_named_as_such(tmp_path: Path, text: str, told: str) -> None:
    """Nobody is told to write `auth_request` into a Caddyfile."""
    path = tmp_path / "of-another"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=told):
        check_nginx(ASKED, path)


_MOODLE = r"""events {}
http { server {
    listen 443 ssl; server_name campus.otec.cl; root /var/www/moodle; index index.php;
    %s
    location / { try_files $uri $uri/ =404; }
    location ~ [^/]\.php(/|$) {
        auth_request /_sence/auth; error_page 401 403 500 = @sence;
        fastcgi_split_path_info ^(.+\.php)(/.*)$; fastcgi_pass unix:/run/php.sock; %s
    }
    location /_sence/ { auth_request off; proxy_pass http://127.0.0.1:8002; }
    location ^~ /_sence/auth { internal; proxy_pass http://127.0.0.1:8002; include sence-question.conf; }
    location @sence { auth_request off; rewrite ^ /_sence/auth/answer break; proxy_pass http://127.0.0.1:8002;
        include sence-question.conf; }
} }
"""


@pytest.mark.parametrize(
    ("above", "told"),
    [
        pytest.param("", [], id="PHP is asked about"),
        pytest.param("location /mod/ { try_files $uri =404; }", [], id="another expression holds there"),
        pytest.param(
            "location ^~ /mod/ { fastcgi_pass unix:/run/php.sock; include told.conf; }",
            ["serves /mod/ of a [[shared]] rule without asking"],
            id="but not there",
        ),
        pytest.param(
            "location ^~ /course/ { fastcgi_pass unix:/run/php.sock; include told.conf; }",
            ["serves /course/view.php?id=5 of the course excel without asking"],
            id="a course by its query",
        ),
        pytest.param(
            r"rewrite ^/curso/(\d+)$ /course/view.php?id=$1 last;",
            ["makes /course/view.php of the course excel of /curso/5, and no course guards that"],
            id="a query that nginx writes",
        ),
        pytest.param(r"rewrite ^/curso/(\d+)$ /course/list.php?id=$1 last;", [], id="of no course"),
    ],
)
def test_a_course_is_known_by_its_query_too(folder: Path, above: str, told: list[str]) -> None:
    """As Moodle's are, behind PHP-FPM; and what is shared by courses is of all of them."""
    names = [each.replace("-", "_").upper() for each in (*TOLD, *MISLEADING)]
    params = "".join(f"fastcgi_param HTTP_{name} $sence;" for name in names)
    (folder / "told.conf").write_text(params, encoding="utf-8")
    (folder / "nginx.conf").write_text(_MOODLE % (above, params), encoding="utf-8")
    excel = course(paths=("/course/view.php",), query=(("id", "5"),), exceptions=())
    settings = replace(ASKED, courses=(excel,), shared=(Shared(("/mod/",), ("excel",)),))
    texts = [text.partition(" — ")[0] for level, text in found(folder, settings) if level is Level.ERROR]
    assert texts == told


BY_QUERY = replace(ASKED, courses=(course(query=(("id", "5"),)),))
LOGOUT = replace(ASKED, logout_paths=("/salir",))
EVERYTHING = replace(ASKED, courses=(course(paths=("/",), exceptions=()),))
BODY = "proxy_set_header X-Original-Body $content_length$http_transfer_encoding;"
OTHER = (
    "server {{ {} server_name otro.cl; location / {{ proxy_pass http://127.0.0.1:8001; {} }} }}\nserver {{"
)


@pytest.mark.parametrize(
    ("settings", "edits", "told"),
    [
        pytest.param(BY_QUERY, without(BODY), "fields in a body", id="P29, no X-Original-Body"),
        pytest.param(ASKED, without(BODY), "", id="no X-Original-Body, and no query"),
        pytest.param(
            LOGOUT, without("proxy_set_header Referer $http_referer;"), "offer of the close", id="no Referer"
        ),
        pytest.param(ASKED, without("proxy_set_header Referer $http_referer;"), "", id="and no logout_paths"),
        pytest.param(
            ASKED,
            [(CLOSED, ""), (COOKIE, 'proxy_set_header Cookie "";')],
            "nobody has a session",
            id="cookies that are taken out",
        ),
        pytest.param(
            ASKED, [(ASKS, f"{ASKS} satisfy any; auth_basic x;")], "auth_basic lets", id="a password"
        ),
        pytest.param(ASKED, [(ASKS, f"{ASKS} satisfy any; auth_basic off;")], "", id="no password"),
        pytest.param(
            EVERYTHING,
            [(OWN, f"{OWN}\n{ASKS} {ERROR_PAGE}"), *without("auth_request off;")],
            "which bring none",
            id="the gate's own pages are a course's",
        ),
        pytest.param(
            EVERYTHING,
            [
                (
                    f"{OWN}\n        auth_request off;\n        proxy_pass http://sence_gate;",
                    f"{OWN}\n        auth_request off;\n        proxy_pass http://sence_gate_2;",
                )
            ],
            "",
            id="they are never lessons",
        ),
        pytest.param(ASKED, [("server {", OTHER.format("listen 127.0.0.1:81;", ""))], "", id="loopback"),
        pytest.param(
            ASKED,
            [("server {", OTHER.format("listen 127.0.0.1:81; listen 81;", ""))],
            "otro.cl reaches",
            id="not loopback alone",
        ),
        pytest.param(ASKED, [("server {", OTHER.format("", "internal;"))], "", id="nobody gets there"),
    ],
)
def test_what_depends_on_the_settings(
    tmp_path: Path, settings: Config, edits: Sequence[tuple[str, str]], told: str
) -> None:
    """And what no visitor of the other tests could try."""
    copied(tmp_path, edits)
    texts = [text for _, text in found(tmp_path, settings, "campus.conf")]
    assert any(told in text for text in texts) if told else texts == [], texts


def test_a_course_is_known_by_its_literal_paths(folder: Path) -> None:
    """A path with a segment that varies names no location by itself."""
    changed(folder, OWN, beside("/alumnos/"))
    settings = replace(ASKED, courses=(course(paths=("/alumnos/{alumno}/excel/",)),))
    assert [text for level, text in found(folder, settings) if level is Level.ERROR] == []
