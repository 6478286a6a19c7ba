"""The platform behind the proxy is asked who is visiting, as its pages are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from werkzeug.test import Client

from sence_gate.config import Learner, LearnerSource, Platform
from sence_gate.proxy import ReverseProxy
from sence_gate.stores.base import Entry, Kind
from sence_gate.stores.sqlite import SqliteStore
from tests.samples import NOW, RUN, Clock, config, session
from tests.upstream.scripted import Script, says, scripted, waits

LESSON = "/cursos/excel/1"
WHOAMI = Learner(LearnerSource.WHOAMI, url="/api/me", json="/user", timeout_seconds=0.5)
ME = f'{{"user":"{RUN}"}}'.encode()
NAMED = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(ME), ME)
LOGIN = b"HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"
PAGE = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nHola"


@pytest.mark.parametrize(
    ("me", "is_open", "status", "questions"),
    [
        pytest.param(says(NAMED), False, 303, 1, id="a learner without a session"),
        pytest.param(says(NAMED), True, 200, 2, id="a learner with a session"),
        pytest.param(says(LOGIN), False, 200, 2, id="nobody"),
        pytest.param(says(PAGE), False, 503, 1, id="garbage"),
        pytest.param(waits(1), False, 503, 1, id="silent"),
    ],
)
def test_the_lesson_is_asked_for_when_the_visitor_may_see_it(
    tmp_path: Path, me: Script, is_open: bool, status: int, questions: int
) -> None:
    """Over the same address, with the visitor's cookie, and with the same words about the visitor."""
    with scripted(me, says(PAGE)) as platform:
        store = SqliteStore(tmp_path / "gate.sqlite")
        if is_open:
            store.swap(None, session(), Entry(NOW, Kind.START_OK))
        chosen = config(platform=Platform(upstream=platform.url), learner=WHOAMI)
        door = ReverseProxy(chosen, store=store, clock=Clock())
        browser = Client(door, use_cookies=False)
        headers = {"Cookie": "sid=1", "User-Agent": "Navegador"}
        response = browser.get(LESSON, base_url=chosen.public_url, headers=headers)
        assert (response.status_code, len(platform.heads)) == (status, questions)
        response.close()
        door.proxy.upstream.close()
        store.close()
    told = [{line for line in head.split(b"\r\n") if _is_about_the_visitor(line)} for head in platform.heads]
    assert all(each == told[0] for each in told)
    assert b"Cookie: sid=1" in told[0]


def _is_about_the_visitor(line: bytes) -> bool:
    names = (b"Cookie", b"User-Agent", b"Host", b"X-Forwarded-", b"Forwarded", b"Authorization")
    return line.startswith(names)
