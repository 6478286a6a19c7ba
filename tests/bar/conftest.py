"""One Chromium for each file, one small platform and one window for each test."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from tests.bar.campus import OPEN, Campus
from tests.chromium_browser import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def campus() -> Iterator[Campus]:
    campus = Campus(answer=dict(OPEN))
    server = make_server("127.0.0.1", 0, campus, threaded=True)
    campus.url = f"http://127.0.0.1:{server.server_port}/campus/cursos/excel/?tema=2"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield campus
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 360, "height": 640})
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
