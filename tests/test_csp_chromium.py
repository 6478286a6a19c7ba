"""A page's policy with the tag in Chromium: our script runs and asks, nobody else may do more than before."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from sence_gate.banner import Banner, insert
from sence_gate.csp import Blocked, Needs
from sence_gate.prologue import NoPlace
from tests.oracle import window as chromium_window

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

TAG = b'<script src="/_sence/banner.js" defer></script>'
PAGE = """<!doctype html><html><head>{meta}<title>Curso</title><script>inline = 1</script>
<script nonce=abc>nonced = 1</script><script src=/own.js></script></head>
<body><img src=/own.png onerror="handled = 1">"""
OURS = b'fetch("/_sence/estado").then(() => document.title = "asked")'
CSP, REPORT = "Content-Security-Policy", "Content-Security-Policy-Report-Only"
META = '<meta http-equiv="Content-Security-Policy" content="{}">'

Headers = list[tuple[str, str]]
# Headers, what stands in the head, and why there is no bar (or that there is one).
CASES: dict[str, tuple[Headers, str, object]] = {
    "none": ([], "", None),
    "self": ([(CSP, "default-src 'self'")], "", None),
    "nothing at all": ([(CSP, "default-src 'none'; base-uri 'none'; form-action 'none'")], "", None),
    "another host": ([(CSP, "script-src https://cdn.cl; connect-src https://api.cl")], "", None),
    "our host by name": ([(CSP, "default-src 127.0.0.1:*")], "", None),
    "every scheme": ([(CSP, "default-src http:")], "", None),
    "nonce": ([(CSP, "script-src 'nonce-abc'")], "", None),
    "strict-dynamic": ([(CSP, "script-src 'nonce-abc' 'strict-dynamic'; connect-src 'self'")], "", None),
    "a hash": ([(CSP, "script-src 'sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='")], "", None),
    "two headers": ([(CSP, "default-src 'self'"), (CSP, "script-src 'nonce-abc'")], "", None),
    "two in one": ([(CSP, "default-src 'self', script-src 'nonce-abc'; connect-src 'none'")], "", None),
    "trusted types": ([(CSP, "script-src 'self'; require-trusted-types-for 'script'")], "", None),
    "sandbox with leave": ([(CSP, "sandbox allow-scripts allow-same-origin")], "", None),
    "report only": ([(REPORT, "img-src 'none'")], "", None),
    "meta, self": ([], META.format("default-src 'self'"), None),
    "meta, our host": ([], META.format("connect-src http://127.0.0.1:*"), None),
    "meta, no scripts": ([], META.format("script-src 'none'"), None),
    "meta, nothing at all": ([], META.format("default-src 'none'"), NoPlace.FORBIDDEN),
    "sandbox": ([(CSP, "sandbox")], "", Blocked.SANDBOX),
    "strict-dynamic, no nonce": ([(CSP, "script-src 'strict-dynamic'")], "", Blocked.STRICT_DYNAMIC),
}


class Campus:
    """A platform whose pages stand below /tagged and, as it sends them, below /plain."""

    def __init__(self) -> None:
        self.counted: Counter[object] = Counter()
        self.origin = ""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith("/tagged/"):
            return self.platform(environ, start_response)
        needs = Needs(f"{self.origin}/_sence/banner.js", f"{self.origin}/_sence/estado")
        banner = Banner(TAG, needs, lambda reason: self.counted.update([reason]))
        return insert(banner, self.platform, environ, start_response)

    def platform(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        kind, _, name = environ["PATH_INFO"].lstrip("/").partition("/")
        if kind in ("tagged", "plain"):
            headers, meta, _ = CASES[name]
            start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), *headers])
            return [PAGE.format(meta=meta).encode()]
        start_response("200 OK", [("Content-Type", "text/javascript")])
        return [OURS if name == "banner.js" else b"own = 1"]


@pytest.fixture(scope="module")
def campus() -> Iterator[Campus]:
    campus = Campus()
    server = make_server("127.0.0.1", 0, campus, threaded=True)
    campus.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield campus
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def window() -> Iterator[Page]:
    with chromium_window() as window:
        window.add_init_script(
            "violations = []; addEventListener('securitypolicyviolation',"
            # The browser asks for an icon when it likes to: that is none of the page's.
            " each => each.blockedURI.endsWith('/favicon.ico')"
            " || violations.push([each.effectiveDirective, each.blockedURI]))"
        )
        yield window


RAN = "[typeof inline, typeof nonced, typeof own, typeof handled, violations.map(String).sort()]"


@pytest.mark.parametrize("name", CASES)
def test_i27_our_script_runs_and_nobody_else_may_do_more(window: Page, campus: Campus, name: str) -> None:
    """With the tag the page's own scripts run or are stopped as without it, and the bar can ask."""
    reason = CASES[name][2]
    campus.counted.clear()
    window.goto(f"{campus.origin}/plain/{name}")
    before = window.evaluate(RAN)
    window.goto(f"{campus.origin}/tagged/{name}")
    if reason is None:
        expect(window).to_have_title("asked")  # wait_for_function would eval, which the policy forbids
    assert window.evaluate(RAN) == before
    assert campus.counted == ({reason: 1} if reason else {})
