"""Take pictures of what a learner sees, from the running demonstration.

    python -m scripts.screenshots FOLDER

walks the trip in Chromium, from the campus to the closed session, and writes a PNG
of each page and of the bar, at a phone's size and at a desk's. The pictures of the
README are two of these.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from sence_gate.demo import drive, servers
from sence_gate.simulator.registry import DEMO_KEY

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-gpu", "--no-first-run"]
SIZES = {"phone": (360, 640), "desk": (1280, 800)}


def main(folder: Path) -> None:
    """Write every picture into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    with servers.running(0, 0, "clave-sence") as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, (width, height) in SIZES.items():
            context = browser.new_context(viewport={"width": width, "height": height}, locale="es-CL")
            walk(context.new_page(), demo.campus, partial(take, folder, name))
            context.close()
        browser.close()


def take(folder: Path, size: str, step: str, page: Page) -> None:
    """Write one picture of what *page* shows now."""
    path = folder / f"{step}-{size}.png"
    page.screenshot(path=path)
    print(path)


def walk(page: Page, campus: str, shoot: Callable[[str, Page], None]) -> None:
    """Take the whole trip and call *shoot* at each stop."""
    page.goto(f"{campus}/ingresar")
    page.fill("input[name=usuario]", drive.USER)
    page.fill("input[name=clave]", drive.PASSWORD)
    page.click("button")
    shoot("1-campus", page)
    page.goto(campus + drive.LESSON)
    shoot("2-start", page)
    page.fill("input[name=run]", "11.111.111-2")
    page.click("button[type=submit]")
    shoot("3-run-refused", page)
    page.fill("input[name=run]", drive.RUN)
    page.click("button[type=submit]")
    _log_in(page, shoot, "4-sence")
    shoot("5-registered", page)
    page.click("a[data-continue]")
    page.wait_for_selector("sence-gate-bar", state="attached")
    page.wait_for_timeout(1_200)
    shoot("6-bar", page)
    page.goto(f"{campus}/_sence/")
    shoot("7-sessions", page)
    page.goto(f"{campus}/_sence/cierre?curso=excel")
    shoot("8-close", page)
    page.click("form[action$='/cierre'] button[type=submit]")
    _log_in(page, shoot, "9-sence-close")
    shoot("10-closed", page)


def _log_in(page: Page, shoot: Callable[[str, Page], None], step: str) -> None:
    page.wait_for_selector("input[name=clave]")
    shoot(step, page)
    page.fill("input[name=run]", drive.RUN)
    page.fill("input[name=clave]", DEMO_KEY)
    page.click("button[value=ingresar]")
    page.wait_for_url("**/vuelta?**")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
