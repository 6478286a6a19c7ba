"""Pictures of every page in each of its states, in the sizes and lights that learners have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page

from scripts import render_pages

# 200 % on a desk of 1280 pixels is a window of 640 with two device pixels each.
MODES: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 360, "height": 640}},
    "narrow": {"viewport": {"width": 320, "height": 640}},
    "desk": {"viewport": {"width": 1440, "height": 900}},
    "dark": {"viewport": {"width": 360, "height": 640}, "color_scheme": "dark"},
    "zoom-200": {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
}
# With script these would go on at once.
PASSING = ("hand-off", "registered", "closed-leaving", "exit")


def shoot(browser: Browser, folder: Path) -> Iterator[Path]:
    """Write the pictures of all pages into *folder*, and yield the path of each.

    Raises:
        RuntimeError: a page is wider than the window.
    """
    with TemporaryDirectory() as made:
        render_pages.write(Path(made))
        for mode, options in MODES.items():
            for page, name in _opened(browser, Path(made), options):
                path = folder / f"{name}-{mode}.png"
                if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                    raise RuntimeError(f"{path}: the page is wider than the window")
                page.screenshot(path=path, full_page=True)
                yield path


def _opened(browser: Browser, made: Path, options: dict[str, Any]) -> Iterator[tuple[Page, str]]:
    contexts = [
        browser.new_context(java_script_enabled=scripted, locale="es-CL", **options)
        for scripted in (False, True)
    ]
    still, scripted = (context.new_page() for context in contexts)
    for file in sorted(made.rglob("*.html")):
        page = still if file.stem.startswith(PASSING) else scripted
        page.goto(file.as_uri())
        yield page, "-".join(file.relative_to(made).with_suffix("").parts)
    for context in contexts:
        context.close()
