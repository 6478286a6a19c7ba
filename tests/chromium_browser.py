"""Debian's Chromium, driven by Playwright: `make packages` installs it, and a missing one is a failure."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

FLAGS = (
    "--headless --no-sandbox --disable-background-networking --disable-gpu --no-first-run "
    "--disable-component-update --disable-sync"
)


@contextmanager
def chromium(**options: Any) -> Iterator[Browser]:
    """Run one Chromium; *options* are those of Playwright's `launch`."""
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("Chromium is missing: run `make packages`", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS.split(), **options)
        yield browser
        browser.close()
