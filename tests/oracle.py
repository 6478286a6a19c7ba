"""Two browsers' readings of a page with the tag and of the page without it.

`Chromium` parses pages by the thousand in one window (`DOMParser`, the browser's own
parser without scripts); html5lib follows the standard's text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Page

from tests.chromium_browser import chromium

SCRIPT = "<script></script>"

# Which pages differ by more than one script that is first in the head.
_DIFFERENCES = """pages => {
    const parser = new DOMParser();
    const read = text => parser.parseFromString(text, "text/html");
    const all = page => page.compatMode + [...page.childNodes].map(
        node => node.outerHTML ?? `${node.nodeName} ${node.nodeValue}`).join("\\n");
    return pages.filter(([page, place]) => {
        const tagged = read(page.slice(0, place) + SCRIPT + page.slice(place));
        const script = tagged.head.firstElementChild;
        if (script?.localName !== "script") return true;
        script.remove();
        return all(tagged) !== all(read(page));
    });
}""".replace("SCRIPT", repr(SCRIPT))


@contextmanager
def window() -> Iterator[Page]:
    """Start Debian's Chromium with one empty window."""
    with chromium() as browser:
        yield browser.new_page()


def differences(window: Page, pages: Sequence[tuple[str, int]]) -> list[object]:
    """Return those of *pages*, each with its place, that a script there changes by more than itself."""
    found: list[object] = window.evaluate(_DIFFERENCES, pages)
    return found
