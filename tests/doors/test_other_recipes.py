"""What docs/deploy.md offers beside the examples: `serve`, a short recipe, the secret, a named learner."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.doors import site as doors
from tests.doors.site import LESSON, RUN, Site

ECHO = "/cursos/excel/eco"
PAGE = "Accept: text/html"
SECRET = "Zm9ybSBhIHNlY3JldCBvZiB0aGUgdGVzdHMgMTIz"
SHORT = {
    "error_page 401 403 500 = @sence;": (
        "auth_request_set $start $upstream_http_location; error_page 401 = @sence;"
    ),
    "        rewrite ^ /_sence/auth/answer break;\n        proxy_pass http://sence_gate;\n": (
        "        absolute_redirect off; return 302 $start;\n"
    ),
    '# proxy_set_header X-Sence-Gate-Secret "that of [forward_auth]";': (
        f'proxy_set_header X-Sence-Gate-Secret "{SECRET}"; proxy_set_header XRun $cookie_run;'
    ),
    "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n    }\n\n    # May": (
        "proxy_set_header XRun $cookie_run;\n    }\n\n    # May"
    ),
}


@pytest.fixture(name="site", scope="module")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {
        "SENCE_GATE_FORWARD_AUTH__SECRET": SECRET,
        "SENCE_GATE_LEARNER__SOURCE": "header",
        "SENCE_GATE_LEARNER__NAME": "XRun",
    }
    folder = tmp_path_factory.mktemp("short")
    with doors.site(folder, "nginx", edits=SHORT, settings=settings, by_serve=True) as site:
        yield site


@pytest.fixture(name="caddy", scope="module")
def _caddy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with doors.site(tmp_path_factory.mktemp("caddy"), "forward", by_serve=True) as site:
        yield site


def test_the_whole_trip_with_the_gate_s_own_server(caddy: Site) -> None:
    """No platform is named in its settings: it serves its own pages, and answers the front server."""
    browser = caddy.browser()
    doors.log_in(browser, caddy.url)
    browser.goto(caddy.url + LESSON)
    doors.start(browser)
    assert (browser.page.status, browser.page.url) == (200, caddy.url + LESSON)


@pytest.mark.parametrize("path", ["/", LESSON, "/eco"])
def test_alone_the_gate_has_no_platform_to_show(caddy: Site, path: str) -> None:
    """Whoever comes to it directly gets 404 and the reason, and the platform nothing."""
    before = len(caddy.platform.targets)
    raw = f"GET {path} HTTP/1.1\r\nHost: localhost:{caddy.port}\r\nConnection: close\r\n{PAGE}\r\n\r\n"
    answer = doors.Answer.of(caddy.raw(raw.encode(), caddy.gate))
    assert (answer.status, "la plataforma</h1>" in answer.body) == (404, True)
    assert len(caddy.platform.targets) == before


def test_the_short_recipe_redirects_a_page(site: Site) -> None:
    """By the Location of the answer, relative and encoded as it came."""
    answer = site.get(LESSON, PAGE, f"Cookie: run={RUN}")
    location = answer.header("Location")
    assert (answer.status, location.startswith("/_sence/inicio?curso=excel&volver=%2Fcursos")) == (302, True)


def test_whom_the_front_server_names_is_not_asked(site: Site) -> None:
    """No RUN to type; and where nobody is named, the platform answers with its own login."""
    assert site.get(ECHO, PAGE).status == 200
    page = site.get("/_sence/inicio?curso=excel", PAGE, f"Cookie: run={RUN}")
    assert (page.status, 'name="run"' in page.body) == (200, False)


def test_h5_a_visitor_s_own_header_names_nobody(site: Site) -> None:
    """nginx sets it in the question, also to nothing."""
    assert site.get(ECHO, PAGE, f"XRun: {RUN}").told["headers"]["HTTP_X_SENCE_RUN"] == "-"
    assert site.get(ECHO, PAGE, f"XRun: {RUN}", "Cookie: run=jperez").status == 403


def test_h4_without_the_secret_the_gate_answers_nobody(site: Site) -> None:
    """Not even from an address that it trusts."""
    question = ("GET /_sence/auth HTTP/1.1", f"Host: localhost:{site.port}", "Connection: close")
    described = (f"X-Original-URL: {site.url}/eco", "X-Original-Method: GET")
    raw = "\r\n".join([*question, *described, "", ""])
    assert doors.Answer.of(site.raw(raw.encode(), site.gate)).status == 403
    raw = "\r\n".join([*question, *described, f"X-Sence-Gate-Secret: {SECRET}", "", ""])
    assert doors.Answer.of(site.raw(raw.encode(), site.gate)).status == 204
