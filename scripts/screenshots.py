"""Take pictures of what a learner sees.

    python -m scripts.screenshots FOLDER

walks the trip of the demonstration in Chromium, from the campus to the closed session,
and writes a PNG of each page and of the bar into `trip/`; every page in each of its states goes into
`pages/`, every state of the bar into `bar/`. `index.html` shows them all. The pictures of the README
are two of these.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page

from scripts import bar_pictures, page_pictures
from sence_gate.demo import drive, servers
from sence_gate.simulator.registry import DEMO_KEY
from tests.chromium_browser import chromium

STYLE = (
    "<style>figure { display: inline-block; margin: 8px; vertical-align: top } img { height: 500px }</style>"
)
SIZES = {"phone": (360, 640), "desk": (1280, 800)}


def main(folder: Path) -> None:
    """Write every picture into *folder*, and a page that shows them."""
    with chromium() as browser:
        for name, shoot in ALBUMS.items():
            (folder / name).mkdir(parents=True, exist_ok=True)
            for path in shoot(browser, folder / name):
                print(path)
    pictures = sorted(path.relative_to(folder) for path in folder.rglob("*.png"))
    shown = (f'<figure><img src="{path}"><figcaption>{path.stem}</figcaption></figure>' for path in pictures)
    (folder / "index.html").write_text(f"<!doctype html>{STYLE}{''.join(shown)}", encoding="utf-8")


def trip(browser: Browser, folder: Path) -> Iterator[Path]:
    """Walk the demonstration at a phone's size and at a desk's, and return each stop."""
    taken: list[Path] = []
    with servers.running(0, 0, "clave-sence") as demo:
        for name, (width, height) in SIZES.items():
            context = browser.new_context(viewport={"width": width, "height": height}, locale="es-CL")
            walk(context.new_page(), demo.campus, partial(take, taken, folder, name))
            context.close()
    yield from taken


def take(taken: list[Path], folder: Path, size: str, step: str, page: Page) -> None:
    """Write one picture of what *page* shows now."""
    taken.append(folder / f"{step}-{size}.png")
    page.screenshot(path=taken[-1])


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
    page.wait_for_selector("[aria-invalid]")
    shoot("3-run-refused", page)
    page.fill("input[name=run]", drive.RUN)
    page.click("button[type=submit]")
    _log_in(page, shoot, "4-sence")
    page.wait_for_selector("sence-gate-bar", state="attached")
    page.wait_for_timeout(1_200)
    shoot("5-bar", page)
    page.goto(f"{campus}/_sence/")
    shoot("6-sessions", page)
    page.goto(f"{campus}/_sence/cierre?curso=excel")
    shoot("7-close", page)
    page.click("form[action$='/cierre'] button[type=submit]")
    _log_in(page, shoot, "8-sence-close")
    page.wait_for_url("**/vuelta?**")
    shoot("9-closed", page)


def _log_in(page: Page, shoot: Callable[[str, Page], None], step: str) -> None:
    page.wait_for_selector("input[name=clave]")
    shoot(step, page)
    page.fill("input[name=run]", drive.RUN)
    page.fill("input[name=clave]", DEMO_KEY)
    page.click("button[value=ingresar]")


# A folder of pictures each; every state of what it shows.
ALBUMS: dict[str, Callable[[Browser, Path], Iterator[Path]]] = {
    "trip": trip,
    "pages": page_pictures.shoot,
    "bar": bar_pictures.shoot,
}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
