"""Where the tag goes, by the judgement of Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from tests.oracle import differences
from tests.oracle import window as chromium_window
from tests.test_prologue import PIECES, documents, read

# Chromium passes over NUL where the standard begins the body: the tag stands before it, in the head for both.
ODD = ("\0", "\x1b")
PLAIN = [piece for piece in PIECES if not piece.startswith(ODD) and "\x1b" not in piece]


@pytest.fixture(scope="module")
def window() -> Iterator[Page]:
    with chromium_window() as window:
        yield window


def placed(pages: list[str]) -> list[tuple[str, int]]:
    return [(page, place) for page in pages if isinstance(place := read(page.encode()), int)]


@pytest.mark.parametrize("beginning", ["", "<!doctype html>"], ids=repr)
def test_chromium_reads_every_pair_of_pieces_alike(window: Page, beginning: str) -> None:
    """Whatever two things a prologue holds, the page is the page, with one script first in its head."""
    pages = placed([f"{beginning}{first}{second}<p>end" for first, second in product(PLAIN, repeat=2)])
    assert len(pages) > 500
    assert differences(window, pages) == []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pages=st.lists(documents, min_size=20, max_size=50))
def test_chromium_reads_every_sequence_of_pieces_alike(window: Page, pages: list[bytes]) -> None:
    """The same for longer prologues."""
    texts = [page.decode().replace("\0", "") for page in pages]
    assert differences(window, placed(texts)) == []


def test_chromium_finds_the_script_in_the_head_before_a_nul(window: Page) -> None:
    """A byte that a parser may pass over is no reason to leave the head."""
    assert read(b"<!doctype html>\0<p>") == 15
    title = "<!doctype html><script></script>\0<p>"
    head = "text => new DOMParser().parseFromString(text, 'text/html').head.innerHTML"
    assert window.evaluate(head, title) == "<script></script>"
