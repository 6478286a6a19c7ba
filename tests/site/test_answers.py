"""What all answers of ours have in common: private, never stored, no inline script, framed by nobody."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from sence_gate.site import ROUTES
from sence_gate.site.files import OURS
from tests.given import COURSE, Campus, answer, kept
from tests.samples import OTEC, RUN, course

CLOSED = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'"
FORM = {"curso": "excel", "run": str(RUN), "volver": COURSE}
INCIDENT = re.compile(r'<strong class="incident">([0-9a-f]{8})</strong>')
INLINE = re.compile(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)

Maker = Callable[[Campus], TestResponse]


def landed(campus: Campus) -> TestResponse:
    """Come back from SENCE."""
    begun = campus.begin()
    confirmed = campus.call_back("/inicio/ok", answer(begun))
    return campus.ask(confirmed.location or "", cookies=kept(begun.cookies, confirmed))


def closed(campus: Campus) -> TestResponse:
    """Come back from the close."""
    _, cookies = campus.open_up()
    confirmed = campus.call_back("/cierre/ok", answer(campus.close_up(cookies)))
    return campus.ask(confirmed.location or "", cookies=cookies)


def over(campus: Campus) -> TestResponse:
    """Come back long after the end."""
    campus.configure(courses=(course(minutes=1),))
    begun = campus.begin()
    confirmed = campus.call_back("/inicio/ok", answer(begun))
    campus.clock.move(minutes=5)
    return campus.ask(confirmed.location or "", cookies=begun.cookies)


def away(campus: Campus, url: str = COURSE) -> TestResponse:
    """Ask while the store is away, with an attempt to look up."""
    begun = campus.begin()
    campus.store.is_away = True
    return campus.ask(url, cookies=begun.cookies)


def lost(campus: Campus) -> TestResponse:
    """Let SENCE answer while the store is away."""
    begun = campus.begin()
    campus.store.is_away = True
    return campus.call_back("/inicio/ok", answer(begun))


def away_for_a_script(campus: Campus) -> TestResponse:
    """Ask as a script does while the store is away."""
    begun = campus.begin()
    campus.store.is_away = True
    return campus.ask(COURSE, cookies=begun.cookies, headers={"X-Requested-With": "x"})


PAGES: dict[str, Maker] = {
    "start": lambda campus: campus.ask("/_sence/inicio?curso=excel"),
    "start, a wrong RUN": lambda campus: campus.press("/_sence/inicio", FORM | {"run": "1-1"}),
    "start, from elsewhere": lambda campus: campus.press("/_sence/inicio", FORM, headers={"Origin": "null"}),
    "not found": lambda campus: campus.ask("/_sence/nada"),
    "not allowed": lambda campus: campus.ask("/_sence/estado", "POST"),
    "registered": landed,
    "closed": closed,
    "over": over,
    "wrong browser": lambda campus: campus.ask("/_sence/vuelta?i=AAAAAAAA"),
    "sessions": lambda campus: campus.ask("/_sence/", cookies=campus.hold()),
    "close": lambda campus: campus.ask("/_sence/cierre?curso=excel", cookies=campus.hold()),
    "callback, help": lambda campus: campus.ask("/_sence/inicio/ok"),
    "callback, malformed": lambda campus: campus.call_back("/inicio/ok", {}),
    "callback, unknown": lambda campus: campus.call_back("/inicio/ok", {"RunAlumno": "1-9"}),
    "callback, mismatch": lambda campus: campus.call_back("/inicio/ok", answer(campus.begin(), CodSence="x")),
    "callback, illegal": lambda campus: campus.call_back("/cierre/ok", answer(campus.begin())),
    "callback, refused": lambda campus: campus.call_back("/inicio/error", answer(campus.begin())),
    "callback, refused and unknown": lambda campus: campus.call_back("/inicio/error", {"GlosaError": "100"}),
    "callback, too large": lambda campus: campus.call_back("/inicio/ok", {"RunAlumno": "1" * 70_000}),
    "callback, not kept": lost,
    "unavailable": away,
    "unreadable": lambda campus: campus.ask("/cursos/excel/%00"),
    "form refused": lambda campus: campus.ask(COURSE, "POST", data={"a": "b"}),
}
HAND_OFFS: dict[str, Maker] = {
    "start": lambda campus: campus.begin().response,
    "close": lambda campus: campus.close_up(campus.hold()).response,
}
OTHERS: dict[str, Maker] = {
    "to the start": lambda campus: campus.ask(COURSE),
    "to the course": lambda campus: campus.ask("/_sence/inicio?curso=excel", cookies=campus.hold()),
    "from the callback": lambda campus: campus.call_back("/inicio/ok", answer(campus.begin())),
    "script refused": lambda campus: campus.ask(COURSE, headers={"X-Requested-With": "x"}),
    "script, unavailable": away_for_a_script,
    "estado": lambda campus: campus.ask("/_sence/estado?url=%2F"),
    "estado, unavailable": lambda campus: away(campus, f"/_sence/estado?url={COURSE}"),
    "ping": lambda campus: campus.ask("/_sence/ping"),
    "ready": lambda campus: campus.ask("/_sence/ready"),
}
FRAMES: dict[str, Maker] = {
    "frame refused": lambda campus: campus.ask(COURSE, headers={"Sec-Fetch-Dest": "iframe"}),
}


def each(makers: dict[str, Maker]) -> list[object]:
    """Return *makers* as parameters with their names."""
    return [pytest.param(maker, id=name) for name, maker in makers.items()]


@pytest.mark.parametrize("make", each(PAGES | HAND_OFFS | OTHERS | FRAMES))
def test_a1_no_cache_keeps_an_answer_of_ours(campus: Campus, make: Maker) -> None:
    """Neither a browser nor anything on the way; A7: the back button asks again."""
    headers = make(campus).headers
    assert headers.getlist("Cache-Control") == ["no-store, private"]
    assert (headers["Pragma"], headers["X-Accel-Expires"]) == ("no-cache", "0")
    assert headers.getlist("Vary") == ["Cookie"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert not {"ETag", "Last-Modified", "Expires"} & {name for name, _ in headers}


@pytest.mark.parametrize("make", each(PAGES | HAND_OFFS | FRAMES))
def test_a_title_names_the_course_or_ends(campus: Campus, make: Maker) -> None:
    """A page that knows of no course, or may tell of none, has no mark for one."""
    (title,) = re.findall("<title>(.*)</title>", make(campus).text)
    assert title == title.strip(" ·") != ""


@pytest.mark.parametrize("make", each(PAGES))
def test_x2_x6_a_page_runs_nothing_of_others_and_stands_in_no_frame(campus: Campus, make: Maker) -> None:
    """Scripts and styles from our own files alone, forms to ourselves alone."""
    response = make(campus)
    policy = f"{CLOSED}; form-action 'self'; frame-ancestors 'none'"
    assert response.headers["Content-Security-Policy"] == policy
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert not INLINE.search(response.text)


@pytest.mark.parametrize("make", each(HAND_OFFS))
def test_x6_a_hand_off_differs_in_two_things(campus: Campus, make: Maker) -> None:
    """No `form-action`, which Chromium enforces on every hop; and an Origin that SENCE can see."""
    response = make(campus)
    assert response.headers["Content-Security-Policy"] == f"{CLOSED}; frame-ancestors 'none'"
    assert response.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert not INLINE.search(response.text)
    assert response.text.count(OTEC.token) == 1


@pytest.mark.parametrize("make", each(FRAMES))
def test_x2_the_page_in_a_frame_stands_in_ours_alone(campus: Campus, make: Maker) -> None:
    """It takes the place of what the platform framed."""
    response = make(campus)
    policy = f"{CLOSED}; form-action 'self'; frame-ancestors 'self'"
    assert response.headers["Content-Security-Policy"] == policy
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("make", each(PAGES | HAND_OFFS | FRAMES))
def test_every_page_shows_an_incident_that_the_log_has(
    campus: Campus, caplog: pytest.LogCaptureFixture, make: Maker
) -> None:
    """The learner reads it out, the operator searches for it."""
    found = INCIDENT.search(make(campus).text)
    assert found
    assert f"({found[1]})" in caplog.text


def test_a_refused_script_has_an_incident_too(campus: Campus, caplog: pytest.LogCaptureFixture) -> None:
    """It stands in the JSON."""
    response = OTHERS["script refused"](campus)
    assert f"({response.get_json(force=True)['incident']})" in caplog.text


def test_no_two_answers_share_an_incident(campus: Campus) -> None:
    """Each request has its own."""
    found = [INCIDENT.search(campus.ask("/_sence/").text) for _ in range(20)]
    assert len({match[1] for match in found if match}) == 20


@pytest.mark.parametrize(
    "make", each({name: OTHERS[name] for name in ("to the start", "to the course", "from the callback")})
)
def test_r7_r9_a_redirect_is_a_303_to_a_path(campus: Campus, make: Maker) -> None:
    """Never 307 or 308, which would post again; never another host."""
    response = make(campus)
    assert response.status_code == 303
    assert re.fullmatch(r"/[!-~]*", response.headers["Location"])
    assert not response.headers["Location"].startswith("//")
    assert response.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", list(ROUTES))
def test_head_is_get_without_a_body(campus: Campus, path: str) -> None:
    """Same status, same headers, nothing behind them."""
    url, cookies = f"/_sence{path}?curso=excel&url={COURSE}", campus.hold()
    with_body, head = campus.ask(url, cookies=cookies), campus.ask(url, "HEAD", cookies=cookies)
    assert (head.status_code, head.data) == (with_body.status_code, b"")
    assert head.headers == with_body.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
@pytest.mark.parametrize("path", list(ROUTES))
def test_m1_other_methods_are_not_allowed(campus: Campus, path: str, method: str) -> None:
    """405 with what is; a method in a header or a field counts for nothing (M2)."""
    allowed = ", ".join(sorted({*ROUTES[path], "HEAD"}))
    if method not in ROUTES[path]:
        headers = {"X-HTTP-Method-Override": "GET"}
        response = campus.ask(f"/_sence{path}?_method=GET", method, headers=headers)
        assert (response.status_code, response.headers["Allow"]) == (405, allowed)


@pytest.mark.parametrize(
    "path",
    [
        "/nada",
        "/iniciox",
        "/inicio//ok",
        "/inicio/ok/x",
        "/INICIO",
        "/inicio.html",
        "/static/x",
        "/%00",
        "/ñ",
        "/<script>",
        "/metrics2",
    ],
)
def test_an_unknown_address_is_a_page(campus: Campus, path: str) -> None:
    """404, and never the platform's; only a slash at the end is forgiven."""
    response = campus.ask(f"/_sence{path}")
    assert response.status_code == 404
    assert campus.platform.calls == []
    assert "<script>" not in response.text


@pytest.mark.parametrize("path", list(ROUTES))
def test_c20_a_slash_at_the_end_is_tolerated(campus: Campus, path: str) -> None:
    """People and proxies add one."""
    url, cookies = f"/_sence{path}", campus.hold()
    plain, slash = campus.ask(url, cookies=cookies), campus.ask(f"{url}/", cookies=cookies)
    assert slash.status_code == plain.status_code


def test_a_static_file_is_the_only_answer_that_caches_keep(campus: Campus) -> None:
    """It says nothing about anybody, and sets nothing."""
    for name in OURS:
        response = campus.ask(f"/_sence/{name}", cookies=campus.begin().cookies)
        assert response.headers["Cache-Control"].startswith("public")
        assert "Set-Cookie" not in response.headers
