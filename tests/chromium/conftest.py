"""One Chromium for each file, one world and one window for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from sence_gate.demo.platform import Campus
from tests.chromium.world import World, running
from tests.chromium_browser import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole file."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The demonstration's campus, whose own cookie is SameSite=Strict, behind a gate; Clave Única."""
    with running(tmp_path, Campus(key="the campus of the tests", pause=0)) as world:
        yield world


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A person's browser, with nothing in it."""
    context = browser.new_context(locale="es-CL")
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A tab of that browser."""
    return context.new_page()
