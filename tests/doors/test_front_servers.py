"""A platform behind real nginx and real Caddy, with exactly the files of `examples/`."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.doors import site as doors
from tests.doors.platform import MARK
from tests.doors.site import LESSON, RUN, Site
from tests.ports import LOOPBACK

ECHO = "/cursos/excel/eco"
PAGE = "Accept: text/html"
SCRIPT = "Sec-Fetch-Mode: cors"
FORM = "Content-Type: application/x-www-form-urlencoded"
START = "/_sence/inicio?curso=excel"
LOGOUT = "/adios/eco"


@pytest.fixture(name="site", scope="module", params=["nginx", "forward"], ids=["nginx", "Caddy"])
def _site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {"SENCE_GATE_LOGOUT_PATHS": LOGOUT}
    with doors.site(tmp_path_factory.mktemp("site"), request.param, settings=settings) as site:
        yield site


@pytest.fixture(name="cookies", scope="module")
def _cookies(site: Site) -> str:
    """Return the cookies of a learner with an open session."""
    browser = site.browser()
    doors.log_in(browser, site.url)
    browser.goto(site.url + LESSON)
    doors.start(browser)
    return f"Cookie: {doors.cookies(browser, site.url)}"


def test_the_whole_trip(site: Site) -> None:
    """Start, callback, return, the very lesson that was wanted, close, and out."""
    browser = site.browser()
    doors.log_in(browser, site.url)
    browser.goto(site.url + LESSON)
    assert browser.page.url.startswith(site.url + START)
    doors.start(browser)
    assert (browser.page.status, browser.page.url) == (200, site.url + LESSON)
    # Caddy cannot write into pages: there the platform's theme has the tag.
    assert ('<script src="/_sence/banner.js" defer></script></head>' in browser.page.text) is site.writes
    state = browser.fetch(f"/_sence/estado?url={quote(LESSON)}")
    assert json.loads(state.text)["state"] == "open"
    browser.goto(f"{site.url}/_sence/cierre?curso=excel")
    browser.submit()
    doors.through_sence(browser)
    assert "cerr" in browser.page.text
    assert browser.goto(site.url + LESSON).url.startswith(site.url + START)


def test_a_page_of_no_course_passes(site: Site) -> None:
    """The gate says yes, and that it knows nobody."""
    answer = site.get("/eco")
    assert (answer.status, answer.told["headers"]["HTTP_X_SENCE_RUN"]) == (200, "-")


def test_a_page_goes_to_the_start_and_comes_back_to_the_same(site: Site) -> None:
    """The address is kept as the browser sent it, and no cookie of the platform is touched."""
    answer = site.get("/cursos/excel/x?a=%2F&b=%C3%B1", PAGE)
    wanted = "&volver=%2Fcursos%2Fexcel%2Fx%3Fa%3D%252F%26b%3D%25C3%25B1&"
    assert (answer.status, answer.header("Location").startswith(START + wanted)) == (303, True)
    assert answer.header("Cache-Control").startswith("no-store")


def test_a_script_gets_401_and_the_address_of_the_start(site: Site) -> None:
    """Never a page in place of its data."""
    answer = site.get(ECHO, SCRIPT)
    assert (answer.status, answer.header("Content-Type")) == (401, "application/problem+json")
    assert answer.told["start_url"].startswith(START)


def test_a_frame_gets_a_link_out_of_it(site: Site) -> None:
    """SENCE's pages do not work inside one."""
    answer = site.get(ECHO, PAGE, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe")
    assert (answer.status, 'target="_top"' in answer.body) == (401, True)


def test_m1_a_form_is_told_that_nothing_was_sent(site: Site) -> None:
    """The platform never sees it, and the browser can send it again."""
    before = len(site.platform.targets)
    answer = site.get(ECHO, PAGE, FORM, method="POST", body="a=1")
    assert (answer.status, "no enviamos nada a la plataforma" in answer.body) == (403, True)
    assert len(site.platform.targets) == before


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PROPFIND", "DELETE", "FOO", "get"])
def test_m1_every_method_is_asked_about(site: Site, method: str) -> None:
    """Whatever the front server makes of it, the course is not shown."""
    before = len(site.platform.targets)
    assert site.get(ECHO, PAGE, method=method).status in (303, 400, 401, 405)
    assert len(site.platform.targets) == before


def test_an_admitted_form_arrives_whole(site: Site, cookies: str) -> None:
    """The question has no body; the platform gets it."""
    told = site.get(ECHO, cookies, PAGE, FORM, method="POST", body="a=%C3%B1&b=2").told
    assert (told["method"], told["body"]) == ("POST", "a=%C3%B1&b=2")


def test_the_platform_learns_whose_session_it_is(site: Site, cookies: str) -> None:
    """By three headers, which are there in any case."""
    headers = site.get(ECHO, cookies).told["headers"]
    assert (headers["HTTP_X_SENCE_RUN"], headers["HTTP_X_SENCE_COURSE"]) == (RUN, "excel")
    assert headers["HTTP_X_SENCE_SESSION"] not in ("", "-")


@pytest.mark.parametrize(
    "name", ["X-Sence-Run", "X_Sence_Run", "X-Sence_Run", "X_Sence-Run", "x_sence_run", "x-SENCE-run"]
)
def test_h5_h6_a_visitor_cannot_say_who_it_is(site: Site, name: str) -> None:
    """In every spelling, from a path that is free."""
    told = site.get("/eco", f"{name}: 1-9", f"{name}: 2-7").told
    assert told["headers"]["HTTP_X_SENCE_RUN"] == "-"
    assert [each for each in told["names"] if each.replace("_", "-") == "x-sence-run"] == ["x-sence-run"]


@pytest.mark.parametrize(
    "name",
    [
        "X-Original-URL", "X-Rewrite-URL", "X.Original.URL", "X-Original.URL", "X.Sence.Run", "X-Sence.Run",
        "X-Script-Name", "X_Script_Name", "X-Forwarded-Prefix", "X-Traversal-Path",
    ],
)  # fmt: skip
def test_h1_a_visitor_cannot_tell_the_platform_another_address(site: Site, name: str) -> None:
    """Some platforms serve what these name, and PHP writes dots as underscores; the gate judged another."""
    told = site.get("/eco", f"{name}: /cursos/excel/").told
    assert "/cursos/excel/" not in told["headers"].values()


SPOOFED = [
    f"{name}: {value}"
    for names, value in (
        (("X-Original-URL", "X_Original_URL", "x_original-url"), "http://localhost:{port}/eco"),
        (
            ("X-Forwarded-Uri", "X_Forwarded_Uri", "X-Forwarded_Uri", "X_Forwarded-Uri", "x_forwarded_uri"),
            "/eco",
        ),
        (("X-Forwarded-Prefix", "X-Original-URI", "X-Rewrite-URL", "X-Forwarded-Path"), "/eco"),
        (("X-Forwarded-Method", "X_Original_Method", "X-HTTP-Method-Override"), "OPTIONS"),
        (("Script-Name", "SCRIPT_NAME", "Path-Info", "X-Accel-Redirect"), "/eco"),
        (("X-Forwarded-For", "X-Real-IP"), "127.0.0.1"),
        (("User-Agent",), "kube-probe/1.0"),
        (("Connection",), "close, X-Forwarded-Uri, X-Original-URL, Cookie"),
    )
    for name in names
]


@pytest.mark.parametrize("header", SPOOFED)
def test_h1_h4_a_visitor_cannot_describe_another_request(site: Site, header: str) -> None:
    """What the gate is asked about is what the platform would serve."""
    before = len(site.platform.targets)
    answer = site.get(ECHO, header.format(port=site.port), header.format(port=site.port), PAGE)
    assert (answer.status, answer.header("Location")[: len(START)]) == (303, START)
    assert len(site.platform.targets) == before


@pytest.mark.parametrize(
    "path", ["/_sence/auth", "/_sence/auth/answer", "/_sence/%61uth", "/x/../_sence/auth"]
)
def test_h4_a_visitor_cannot_ask(site: Site, path: str) -> None:
    """The question is the front server's."""
    described = (f"X-Original-URL: {site.url}/eco", "X-Original-Method: GET")
    forwarded = ("X-Forwarded-Uri: /eco", "X-Forwarded-Method: GET")
    assert site.get(path, *described, *forwarded).status in (403, 404)


@pytest.mark.parametrize(
    "target",
    [
        pytest.param("/cursos/excel/a%2fb/eco?q=%2F", id="encoded slash"),
        pytest.param("/cursos/excel/%C3%B1,;%20a=1/eco", id="letters, comma, semicolon, blank"),
        pytest.param("/cursos/excel/eco?next=https://otro.cl/a,b&x=1,2", id="commas in the query"),
    ],
)
def test_the_platform_gets_the_target_that_the_browser_sent(site: Site, cookies: str, target: str) -> None:
    """The gate looks at it, and nothing is decoded on the way."""
    assert site.get(target, cookies).status == 200
    assert site.platform.targets[-1] == target


def test_an_address_that_nobody_links_to_is_refused(site: Site) -> None:
    """P15: 400 with a page, where nginx itself does not refuse it."""
    assert site.get("/cursos%00/excel", PAGE).status == 400
    assert site.get("/cursos/excel/a%0d%0aX:%201", PAGE).status == 400


def test_p31_another_host_is_refused(site: Site) -> None:
    """The courses are those of one public address; nothing passes under another name."""
    raw = f"GET {ECHO} HTTP/1.1\r\nHost: otro.cl\r\nConnection: close\r\n{PAGE}\r\n\r\n"
    before = len(site.platform.targets)
    doors.Answer.of(site.raw(raw.encode()))
    assert len(site.platform.targets) == before


def test_no_cache_keeps_a_page_of_a_course(site: Site, cookies: str) -> None:
    """A2: its learner's alone; what is no course's keeps the platform's word."""
    assert site.get(ECHO, cookies).header("Cache-Control") == "private, no-cache"
    assert site.get("/eco").header("Cache-Control") == "public"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_p29_fields_in_a_body_may_outrank_the_query(site: Site, method: str) -> None:
    """The front server keeps the body, and says that there is one."""
    assert site.get("/vista/eco?id=7").status == 200
    assert site.get("/vista/eco?id=7", PAGE, method=method, body="id=5").status in (303, 401)


@pytest.mark.parametrize("is_admitted", [True, False], ids=["admitted", "P33 refused"])
def test_a_websocket_passes_when_it_is_admitted(site: Site, cookies: str, is_admitted: bool) -> None:
    """Both ways, for as long as it is open; without a session there is no tunnel."""
    lines = [f"GET {ECHO} HTTP/1.1", f"Host: localhost:{site.port}", "Upgrade: websocket"]
    lines += [
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    ]
    lines += [cookies] if is_admitted else []
    with socket.create_connection((LOOPBACK, site.port), timeout=10) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        status = connection.recv(12).decode()
        assert status == ("HTTP/1.1 101" if is_admitted else "HTTP/1.1 401")
        while is_admitted and not connection.recv(4_096).endswith(b"\r\n\r\n"):
            pass
        if is_admitted:
            connection.sendall(b"\x81\x04hola")
            assert connection.recv(64) == b"\x81\x04hola"


def test_a_logout_with_an_open_session_is_offered_the_close_first(site: Site, cookies: str) -> None:
    """The page comes in place of the platform's, and whoever goes on is let go."""
    before = len(site.platform.targets)
    offer = site.get(LOGOUT, cookies, PAGE)
    assert (offer.status, "Antes de salir" in offer.body) == (403, True)
    assert len(site.platform.targets) == before
    asked = offer.header("Set-Cookie").partition(";")[0]
    assert site.get(LOGOUT, f"{cookies}; {asked}", PAGE).told["mark"] == MARK
    assert site.get(LOGOUT, cookies, PAGE, f"Referer: {site.url}{LOGOUT}").told["mark"] == MARK
    assert site.get(LOGOUT, PAGE).told["mark"] == MARK


def test_the_mark_of_the_platform_is_seen_where_it_should_be(site: Site) -> None:
    """The other tests would see it."""
    assert MARK in site.get("/eco").body
