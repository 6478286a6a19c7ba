"""Policies in `<meta>`: recognised where the browser would, and never widened."""

from __future__ import annotations

import gzip

import pytest

from sence_gate.meta_policy import WINDOW, forbids
from sence_gate.prologue import NoPlace
from tests.banner_server import HTML, NEEDS, PAGE, Server, insertion

NONE = "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'\">"


def is_forbidden(head: str) -> bool:
    page = f"<!doctype html><head>{head}".encode("latin-1")
    return forbids(page, len("<!doctype html><head>"), NEEDS)


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(NONE, id="nothing may be fetched"),
        pytest.param(
            f"<meta charset=utf-8>\n<title>a <b> c</title><!-- x -->{NONE}", id="behind other things"
        ),
        pytest.param(f"<link rel=x href='>'><script>if (a<b) '<p>'</script>{NONE}", id="behind a script"),
        pytest.param(f"<style>a>b{{}}</style></head>{NONE}", id="behind the head, which takes it back"),
        pytest.param(
            "<META CONTENT='default-src &#39;none&#39;; img-src *' HTTP-EQUIV=\"CONTENT-SECURITY-POLICY\"/>",
            id="in capitals, with entities",
        ),
        pytest.param(
            '<meta http-equiv = "content-security-policy" content="connect-src https://api.cl">', id="others"
        ),
        pytest.param(
            "<meta http-equiv=content-security-policy content=\"img-src *, default-src 'none'\">",
            id="the second of two policies",
        ),
    ],
)
def test_i27_a_policy_in_the_page_that_forbids_us_is_found(head: str) -> None:
    """What a browser obeys is seen, however it is written."""
    assert is_forbidden(head)


@pytest.mark.parametrize(
    "head",
    [
        pytest.param("<title>Curso</title>", id="none"),
        pytest.param(NONE.replace("'none'", "'self'"), id="self"),
        pytest.param(NONE.replace("default", "script"), id="scripts alone: our tag stands before it"),
        pytest.param(NONE.replace("'none'", "https://*.cl"), id="a pattern of hosts"),
        pytest.param(NONE.replace("Policy", "Policy-Report-Only"), id="report only"),
        pytest.param(f"<!-- {NONE} -->", id="in a comment"),
        pytest.param(f"<noscript>{NONE}</noscript>", id="in noscript"),
        pytest.param(f"<template>{NONE}</template>", id="in a template"),
        pytest.param(f"<script>x = '{NONE}'</script>", id="in a script"),
        pytest.param(f"<title>{NONE}</title>", id="in the title"),
        pytest.param(f"text {NONE}", id="in the body, where browsers pass over it"),
        pytest.param(f"<body>{NONE}", id="behind body"),
        pytest.param(NONE[:-1], id="cut off"),
        pytest.param(" " * WINDOW + NONE, id="too far away to look"),
        pytest.param(
            '<meta http-equiv=content-security-policy http-equiv=x CONTENT="img-src *">',
            id="says nothing of it",
        ),
        pytest.param('<meta name="content-security-policy" content="default-src x">', id="a name"),
    ],
)
def test_i27_other_heads_take_the_tag(head: str) -> None:
    """A page is not left without its bar for what no browser obeys."""
    assert not is_forbidden(head)


@pytest.mark.parametrize("is_gzip", [False, True])
def test_i27_a_page_that_forbids_us_stays_as_it_is(is_gzip: bool) -> None:
    """No tag, the platform's own headers and bytes, and the reason counted."""
    page = PAGE.replace(b"<title>", NONE.encode() + b"<title>")
    server, body = Server(), gzip.compress(page) if is_gzip else page
    headers = [*HTML, ("ETag", '"a"'), *([("Content-Encoding", "gzip")] if is_gzip else [])]
    gate, items = insertion(server), [body]
    gate.start_response("200 OK", headers)
    assert gate.wrap(items) is items
    assert server.headers is headers
    assert server.counted == {NoPlace.FORBIDDEN: 1}


def test_i27_a_hostile_head_is_read_in_no_time() -> None:
    """What looks like the beginning of something a thousand times is read once."""
    for piece in ("<script>", "<!--", "<meta a='", "<meta a=\"'", "<title", "<meta = "):
        is_forbidden(NONE[:40] + piece * 1000)
        is_forbidden(piece * 1000 + NONE)
