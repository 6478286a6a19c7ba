"""What kind of request this is, where it comes from, and where the learner wanted to go.

The ids R2 to R9 and M1 name the cases of the threat model.
"""

from __future__ import annotations

from urllib.parse import unquote, urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sence_gate.cookies import MAX_WANTED
from sence_gate.courses import CourseRules
from sence_gate.navigation import (
    Kind,
    is_below,
    is_from_us,
    is_guarded_by,
    is_local,
    kind_of,
    wanted_of,
)
from sence_gate.paths import Target
from tests.samples import config

_ORIGIN = "https://campus.otec.cl"
_RULES = CourseRules(config().courses)
_BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
_FORM = "application/x-www-form-urlencoded"


def _environ(method: str = "GET", **headers: str) -> dict[str, str]:
    """Return a request with *headers*, written as Python names."""
    environ = {"REQUEST_METHOD": method}
    for name, value in headers.items():
        key = name.upper()
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ


def _fetch(mode: str, dest: str, site: str = "same-origin", **more: str) -> dict[str, str]:
    return {"sec_fetch_mode": mode, "sec_fetch_dest": dest, "sec_fetch_site": site, **more}


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        pytest.param(_fetch("navigate", "document", "none", accept=_BROWSER), Kind.PAGE, id="address bar"),
        pytest.param(_fetch("navigate", "document", accept=_BROWSER), Kind.PAGE, id="link"),
        pytest.param(_fetch("navigate", "document", "cross-site"), Kind.PAGE, id="link in a mail"),
        pytest.param(_fetch("navigate", "iframe"), Kind.FRAME, id="iframe"),
        pytest.param(_fetch("navigate", "frame"), Kind.FRAME, id="frame of a frameset"),
        pytest.param(_fetch("navigate", "object"), Kind.FRAME, id="object"),
        pytest.param(_fetch("navigate", "embed"), Kind.FRAME, id="embed"),
        pytest.param(_fetch("cors", "empty", accept="*/*"), Kind.SCRIPT, id="fetch"),
        pytest.param(_fetch("cors", "empty", accept=_BROWSER), Kind.SCRIPT, id="fetch that asks for HTML"),
        pytest.param(_fetch("same-origin", "empty"), Kind.SCRIPT, id="fetch of the same origin"),
        pytest.param(_fetch("no-cors", "image"), Kind.SCRIPT, id="image"),
        pytest.param(_fetch("no-cors", "video"), Kind.SCRIPT, id="video"),
        pytest.param(_fetch("no-cors", "script"), Kind.SCRIPT, id="script"),
        pytest.param(_fetch("no-cors", "style"), Kind.SCRIPT, id="style sheet"),
        pytest.param(_fetch("cors", "font"), Kind.SCRIPT, id="font"),
        pytest.param(_fetch("same-origin", "worker"), Kind.SCRIPT, id="worker"),
        pytest.param(_fetch("websocket", "websocket", upgrade="websocket"), Kind.SCRIPT, id="WebSocket"),
        pytest.param({"upgrade": "WebSocket", "connection": "Upgrade"}, Kind.SCRIPT, id="P33 old WebSocket"),
        pytest.param({"upgrade": "h2c", "accept": _BROWSER}, Kind.PAGE, id="another upgrade"),
        pytest.param({"x_requested_with": "XMLHttpRequest", "accept": "*/*"}, Kind.SCRIPT, id="XHR"),
        pytest.param({"x_requested_with": "XMLHttpRequest", "accept": _BROWSER}, Kind.SCRIPT, id="XHR, HTML"),
        pytest.param(_fetch("cors", "empty", hx_request="true"), Kind.SCRIPT, id="htmx"),
        pytest.param({"hx_request": "true", "accept": "*/*"}, Kind.SCRIPT, id="htmx without Fetch Metadata"),
        pytest.param({"x_pjax": "true", "accept": "text/html"}, Kind.SCRIPT, id="pjax"),
        pytest.param({"turbo_frame": "quiz", "accept": "text/html"}, Kind.SCRIPT, id="Turbo frame"),
        pytest.param({}, Kind.PAGE, id="no headers at all"),
        pytest.param({"accept": "*/*"}, Kind.PAGE, id="curl"),
        pytest.param({"accept": "*/*;q=0.8"}, Kind.PAGE, id="wget"),
        pytest.param({"accept": _BROWSER}, Kind.PAGE, id="old browser: page"),
        pytest.param({"accept": "TEXT/HTML;q=0.9"}, Kind.PAGE, id="capitals"),
        pytest.param({"accept": "image/png,image/*;q=0.8,*/*;q=0.5"}, Kind.SCRIPT, id="old browser: image"),
        pytest.param({"accept": "text/css,*/*;q=0.1"}, Kind.SCRIPT, id="old browser: style sheet"),
        pytest.param({"accept": "application/json, text/plain, */*"}, Kind.SCRIPT, id="old browser: axios"),
        pytest.param({"accept": "application/json"}, Kind.SCRIPT, id="an API"),
        pytest.param({"accept": "text/event-stream"}, Kind.SCRIPT, id="an event source"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_kind_of_a_look(method: str, headers: dict[str, str], kind: Kind) -> None:
    """Only what stands in the address bar afterwards is a page; frames and scripts get their own answers."""
    assert kind_of(_environ(method, **headers)) is kind


@pytest.mark.parametrize(
    ("method", "headers", "kind"),
    [
        pytest.param("POST", _fetch("navigate", "document", content_type=_FORM), Kind.FORM, id="form"),
        pytest.param("POST", {"content_type": _FORM, "accept": _BROWSER}, Kind.FORM, id="old browser"),
        pytest.param("POST", {"content_type": f"{_FORM}; charset=UTF-8"}, Kind.FORM, id="a charset"),
        pytest.param("POST", {"content_type": "Multipart/Form-Data; boundary=x"}, Kind.FORM, id="a file"),
        pytest.param("POST", {"content_type": "text/plain"}, Kind.FORM, id="form as plain text"),
        pytest.param("POST", _fetch("navigate", "iframe", content_type=_FORM), Kind.FORM, id="in a frame"),
        pytest.param("POST", {"content_type": "application/json"}, Kind.SCRIPT, id="JSON"),
        pytest.param("POST", {}, Kind.SCRIPT, id="without a type"),
        pytest.param("POST", _fetch("cors", "empty", content_type=_FORM), Kind.SCRIPT, id="fetch of a form"),
        pytest.param("POST", {"x_requested_with": "x", "content_type": _FORM}, Kind.SCRIPT, id="XHR form"),
        pytest.param("POST", {"hx_request": "true", "content_type": _FORM}, Kind.SCRIPT, id="htmx form"),
        *(
            pytest.param(method, {"content_type": _FORM}, Kind.SCRIPT, id=f"M1 {method}")
            for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "FOO", "get", "post", "")
        ),
    ],
)  # fmt: skip
def test_kind_of_a_request_that_sends(method: str, headers: dict[str, str], kind: Kind) -> None:
    """Only what a browser's form sends is a form; every other method is answered as to a script."""
    assert kind_of(_environ(method, **headers)) is kind


@pytest.mark.parametrize(
    ("headers", "is_ours"),
    [
        pytest.param({"sec_fetch_site": "same-origin", "origin": _ORIGIN}, True, id="our page"),
        pytest.param({"sec_fetch_site": "same-site"}, False, id="a neighbouring host"),
        pytest.param({"sec_fetch_site": "cross-site", "origin": _ORIGIN}, False, id="X1 another site"),
        pytest.param({"sec_fetch_site": "none"}, False, id="typed by hand"),
        pytest.param({"sec_fetch_site": "Same-Origin"}, False, id="not as browsers write it"),
        pytest.param({"sec_fetch_site": "cross-site", "referer": f"{_ORIGIN}/"}, False, id="both"),
        pytest.param({"origin": _ORIGIN}, True, id="an older browser"),
        pytest.param({"origin": "null", "referer": f"{_ORIGIN}/x"}, False, id="X1 an opaque origin"),
        pytest.param({"origin": "https://evil.example"}, False, id="X1 another origin"),
        pytest.param({"origin": f"{_ORIGIN}.evil.example"}, False, id="an origin that begins alike"),
        pytest.param({"origin": f"{_ORIGIN}:8443"}, False, id="another port"),
        pytest.param({"origin": "http://campus.otec.cl"}, False, id="another scheme"),
        pytest.param({"referer": f"{_ORIGIN}/_sence/inicio?curso=excel"}, True, id="an old browser: Referer"),
        pytest.param({"referer": f"{_ORIGIN}.evil.example/"}, False, id="Referer begins alike"),
        pytest.param({"referer": f"{_ORIGIN}@evil.example/"}, False, id="Referer with a user"),
        pytest.param({"referer": f"https://evil.example/{_ORIGIN}"}, False, id="Referer holds ours"),
        pytest.param({"referer": "https://[campus.otec.cl/"}, False, id="Referer that is no URL"),
        pytest.param({"referer": ""}, False, id="an empty Referer"),
        pytest.param({}, False, id="nothing said"),
    ],
)  # fmt: skip
def test_a_post_is_ours_or_not(headers: dict[str, str], is_ours: bool) -> None:
    """What browsers attest decides; whoever attests nothing is not one of our pages."""
    assert is_from_us(_environ("POST", **headers), _ORIGIN) is is_ours


@given(st.text(), st.sampled_from(["HTTP_REFERER", "HTTP_ORIGIN", "HTTP_ACCEPT", "CONTENT_TYPE"]))
@example("http://[", "HTTP_REFERER")
@example("//\u2100", "HTTP_REFERER")
def test_no_header_raises(text: str, key: str) -> None:
    """Whatever a header says, it is judged and nothing is raised."""
    environ = {"REQUEST_METHOD": "POST", key: text}
    assert is_from_us(environ, _ORIGIN) is False
    assert kind_of(environ) in Kind


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("/cursos/excel/", id="plain"),
        pytest.param("/cursos/excel/?a=b&c=%26", id="R6 an escaped query"),
        pytest.param("/cursos/excel/?", id="an empty query"),
        pytest.param("/cursos%2Fexcel/%2e%2E/%zz%", id="escapes, as they came"),
        pytest.param("/cursos/excel/;v=1/a+b?x=a+b&y=%20", id="pluses and parameters"),
        pytest.param("/cursos//excel/./../x", id="dots and slashes, as they came"),
        pytest.param("/a!$&'()*,:@~_-.|{}^`[]=\"<>", id="marks"),
        pytest.param("/cursos/excel/?volver=https://x/?y#z".partition("#")[0], id="a URL in the query"),
        pytest.param(f"/cursos/excel/?{'x' * 5_000}", id="R6 longer than 2 kB"),
    ],
)
@pytest.mark.parametrize("host", ["", "http://campus.otec.cl", "https://other.example:8443"])
def test_r6_the_wanted_url_is_exact(raw: str, host: str) -> None:
    """Where the server tells the target as it came, the learner comes back to exactly that."""
    told = raw.removesuffix("?") if host else raw  # a whole URL is taken apart
    assert wanted_of(Target("", unquote(raw), host + raw, "never=looked-at")) == told


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        pytest.param(Target("", "/cursos/excel/", None, ""), "/cursos/excel/", id="plain"),
        pytest.param(Target("", "/cursos/excel/", None, "a=b%26"), "/cursos/excel/?a=b%26", id="a query"),
        pytest.param(Target("/campus", "/x", None, ""), "/campus/x", id="below a mount"),
        pytest.param(Target("/campus", "", None, "a"), "/campus?a", id="the mount itself"),
        pytest.param(Target("", "", None, ""), "/", id="nothing"),
        pytest.param(Target("", "", None, "a=1"), "/?a=1", id="a query alone"),
        pytest.param(Target("", "", "*", ""), "/", id="an asterisk"),
        pytest.param(Target("", "/x", "http://[/y", ""), "/x", id="a target that is no URL"),
        pytest.param(Target("", "/x", "cursos/y", ""), "/x", id="a target without a slash"),
        pytest.param(Target("", "/x?y#z%41", None, ""), "/x%3Fy%23z%2541", id="marks that were escaped"),
        pytest.param(Target("", "/a b", None, ""), "/a%20b", id="a blank"),
        pytest.param(Target("", "/d\xc3\xada", None, ""), "/d%C3%ADa", id="UTF-8, as WSGI gives it"),
        pytest.param(Target("", "/\xff", None, ""), "/%FF", id="no UTF-8"),
        pytest.param(Target("", "/x", "/x#y", ""), "/x", id="a fragment"),
        pytest.param(Target("", "/x", "/\xf1?\xf1", ""), "/%F1?%F1", id="R9 bytes that were never escaped"),
    ],
)  # fmt: skip
def test_the_wanted_url_is_put_together(target: Target, wanted: str) -> None:
    """Where the server tells only the decoded parts, the learner comes back to the same resource."""
    assert wanted_of(target) == wanted


@pytest.mark.parametrize(
    "start", ["//evil.example/", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\\/evil", "//"]
)
@pytest.mark.parametrize("is_raw", [True, False])
def test_r2_the_wanted_url_never_leaves_the_host(start: str, is_raw: bool) -> None:
    """A path that a browser would read as another host loses what makes it one."""
    wanted = wanted_of(Target("", start, start if is_raw else None, ""))
    assert is_local(wanted)
    assert urlsplit(urljoin(_ORIGIN, wanted.replace("\\", "/"))).netloc == "campus.otec.cl"


@given(st.text(st.characters(max_codepoint=255)), st.none() | st.text(), st.text(max_size=10))
@example("", "http://", "")
@example("/", "///\\//x", "")
@example("/x\r\nSet-Cookie: a=1", "/x\r\nSet-Cookie: a=1", "a\r\nb")
def test_r8_whatever_is_asked_for_is_local(path: str, raw: str | None, query: str) -> None:
    """Any target becomes an address that can stand in a header and stays on this host."""
    assert is_local(wanted_of(Target("", path, raw or None, query)))


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("", id="nothing"),
        pytest.param("https://evil.example", id="R2 a URL"),
        pytest.param("https:evil.example", id="R2 a scheme alone"),
        pytest.param("javascript:alert(1)", id="R2 javascript"),
        pytest.param("data:text/html,x", id="R2 data"),
        pytest.param("//campus.otec.cl@evil.example", id="R2 our host as user"),
        pytest.param("https://campus.otec.cl.evil.example", id="R2 a host that begins alike"),
        pytest.param("https://campus.otec.cl\\.evil.example", id="R2 a backslash in the host"),
        pytest.param("https://evil.example#campus.otec.cl", id="R2 a fragment"),
        pytest.param(f"{_ORIGIN}/cursos/", id="R9 even our own, whole"),
        pytest.param("//evil.example", id="two slashes"),
        pytest.param("///evil.example", id="three slashes"),
        pytest.param("/\\evil.example", id="a slash and a backslash"),
        pytest.param("\\/evil.example", id="a backslash and a slash"),
        pytest.param("\\\\evil.example", id="two backslashes"),
        pytest.param("/\t/evil.example", id="R8 a tab, which browsers take out"),
        pytest.param("/\n/evil.example", id="R8 a line feed, which browsers take out"),
        pytest.param("\t//evil.example", id="R8 a tab in front"),
        pytest.param(" /cursos/", id="a blank in front"),
        pytest.param("/cursos/ x", id="a blank inside"),
        pytest.param("/x\r\nSet-Cookie: a=1", id="R8 another header"),
        pytest.param("/x\x00", id="R8 NUL"),
        pytest.param("/x\x7f", id="R8 DEL"),
        pytest.param("/x\u2028", id="R8 a line separator"),
        pytest.param("/día", id="R9 not escaped"),
        pytest.param("/\uff0fevil.example", id="a full-width slash"),
        pytest.param("cursos/excel", id="relative"),
        pytest.param("?volver=/", id="a query"),
        pytest.param("/" + "x" * MAX_WANTED, id="too long"),
    ],
)
def test_these_are_not_local(url: str) -> None:
    """Nothing that any browser reads as another host, another line or another scheme is a way back."""
    assert is_local(url) is False


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("/", id="the front page"),
        pytest.param("/cursos/excel/?a=b&c=%26#d", id="a course"),
        pytest.param("/a//b/..//c", id="slashes further on"),
        pytest.param("/@evil.example", id="an at sign"),
        pytest.param("/:80/", id="a colon"),
        pytest.param("/%2f/evil.example", id="an escaped slash"),
        pytest.param("/.//evil.example", id="a dot between"),
        pytest.param("/" + "x" * (MAX_WANTED - 1), id="as long as may be"),
    ],
)
def test_these_are_local(url: str) -> None:
    """A path of this host is a way back, and every browser stays on this host with it."""
    assert is_local(url) is True
    assert urlsplit(urljoin(_ORIGIN, url)).netloc == "campus.otec.cl"


@pytest.mark.parametrize(
    ("url", "course", "is_guarded"),
    [
        pytest.param("/cursos/excel/tema/1?x=2", "excel", True, id="its page"),
        pytest.param("/cursos/%65xcel/", "excel", True, id="its page, spelled otherwise"),
        pytest.param("/cursos/excel/", "seguridad", False, id="of another course"),
        pytest.param("/cursos/excel/publico/", "excel", False, id="an exception"),
        pytest.param("/otra/", "excel", False, id="of none"),
        pytest.param("/_sence/inicio", "excel", False, id="R4 the gate's own"),
        pytest.param("/cursos/excel/\x00", "excel", False, id="unreadable"),
        pytest.param("cursos/excel/", "excel", False, id="without a slash"),
        pytest.param("", "excel", False, id="nothing"),
    ],
)
def test_a_way_back_belongs_to_its_course(url: str, course: str, is_guarded: bool) -> None:
    """A way back counts only if the course that it is for guards it."""
    assert is_guarded_by(course, url, _RULES) is is_guarded


@pytest.mark.parametrize(
    ("url", "is_ours"),
    [
        pytest.param("/_sence", True, id="R4 the gate itself"),
        pytest.param("/_sence/inicio?curso=excel", True, id="R4 its start page"),
        pytest.param("/cursos/..%2f_SENCE//cierre", True, id="R4 in another spelling"),
        pytest.param("/x\x00", True, id="unreadable"),
        pytest.param("/_sencex/", False, id="a path that begins alike"),
        pytest.param("/cursos/excel/?x=/_sence", False, id="in a query"),
    ],
)
def test_r4_the_gates_own_pages_are_no_way_back(url: str, is_ours: bool) -> None:
    """In doubt a way back is the gate's own: it would lead in a circle."""
    assert is_below("/_sence", url) is is_ours
