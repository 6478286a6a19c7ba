"""Which requests want a bar, and what the platform is asked for then."""

from __future__ import annotations

import pytest

from sence_gate.banner import Banner
from sence_gate.banner_request import adapted, wants_banner
from tests.banner_server import NEEDS, environ_of


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="says nothing"),
        pytest.param({"HTTP_SEC_FETCH_DEST": "document"}, id="navigation"),
        pytest.param(
            {"HTTP_SEC_FETCH_DEST": "document", "HTTP_SEC_PURPOSE": "prefetch"}, id="page loaded ahead"
        ),
        pytest.param({"HTTP_ACCEPT": "text/html,application/xml;q=0.9"}, id="older browser"),
        pytest.param({"HTTP_ACCEPT": "*/*"}, id="curl"),
        pytest.param({"REQUEST_METHOD": "HEAD"}, id="HEAD"),
        pytest.param(
            {"REQUEST_METHOD": "POST", "HTTP_SEC_FETCH_DEST": "document"}, id="form answered by a page"
        ),
        pytest.param(
            {"HTTP_SEC_FETCH_DEST": "document", "HTTP_RANGE": "bytes=9-"}, id="page asked for in part"
        ),
    ],
)
def test_i1_a_navigation_wants_a_bar(headers: dict[str, str]) -> None:
    """A page that will fill a window gets the bar."""
    assert wants_banner(environ_of(**headers))


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"REQUEST_METHOD": "POST"}, id="POST, nobody says for what"),
        pytest.param({"REQUEST_METHOD": "PUT", "HTTP_SEC_FETCH_DEST": "document"}, id="PUT"),
        pytest.param({"HTTP_RANGE": "bytes=0-1"}, id="film in an older Safari, download that goes on"),
        pytest.param({"HTTP_SEC_FETCH_DEST": "empty"}, id="fetch"),
        pytest.param({"HTTP_SEC_FETCH_DEST": "iframe"}, id="iframe"),
        pytest.param({"HTTP_SEC_FETCH_DEST": "frame"}, id="frame"),
        pytest.param({"HTTP_SEC_FETCH_DEST": "image"}, id="image"),
        pytest.param({"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"}, id="XMLHttpRequest"),
        pytest.param({"HTTP_SEC_FETCH_DEST": "document", "HTTP_HX_REQUEST": "true"}, id="htmx"),
        pytest.param({"HTTP_X_PJAX": "true"}, id="pjax"),
        pytest.param({"HTTP_TURBO_FRAME": "main"}, id="Turbo frame"),
        pytest.param({"HTTP_PURPOSE": "prefetch"}, id="prefetch"),
        pytest.param({"HTTP_X_MOZ": "prefetch"}, id="prefetch of an old Firefox"),
        pytest.param({"HTTP_ACCEPT": "application/json"}, id="API"),
    ],
)
def test_i1_i2_i8_other_requests_want_none(headers: dict[str, str]) -> None:
    """Parts of pages, data and frames stay as they are."""
    assert not wants_banner(environ_of(**headers))


def test_i46_nested_gates_insert_once() -> None:
    """The inner of two gates sees that its page is taken care of."""
    assert not wants_banner(adapted(environ_of(), "-x-"))


@pytest.mark.parametrize(
    ("accepted", "kept"),
    [
        pytest.param("gzip, deflate, br, zstd", "gzip", id="browser"),
        pytest.param("br;q=1.0, GZIP;q=0.8, *;q=0.1", "GZIP;q=0.8", id="weights"),
        pytest.param("br, identity;q=0.5", "identity;q=0.5", id="identity"),
        pytest.param("br", "identity", id="nothing that we can read"),
        pytest.param("", "", id="empty"),
    ],
)
def test_i13_i14_the_platform_may_only_gzip(accepted: str, kept: str) -> None:
    """The platform is not asked for a coding into which no tag can go."""
    assert adapted(environ_of(HTTP_ACCEPT_ENCODING=accepted), "-x-")["HTTP_ACCEPT_ENCODING"] == kept


def test_i7_i8_the_request_is_copied_and_asks_for_a_whole_page() -> None:
    """No part of a page is asked for, and the server's own environ stays as it is."""
    environ = environ_of(
        HTTP_RANGE="bytes=0-9", HTTP_IF_RANGE="x", HTTP_IF_MODIFIED_SINCE="y", HTTP_COOKIE="z"
    )
    before = dict(environ)
    copy = adapted(environ, "-x-")
    assert environ == before
    assert {"HTTP_RANGE", "HTTP_IF_RANGE", "HTTP_IF_MODIFIED_SINCE"}.isdisjoint(copy)
    assert copy["HTTP_COOKIE"] == "z"


def test_i5_validators_of_a_copy_with_the_tag_reach_the_platform() -> None:
    """Only for a copy that holds today's tag may the platform answer 304."""
    environ = environ_of(HTTP_IF_NONE_MATCH='"old", W/"a-x-s"', HTTP_IF_MODIFIED_SINCE="yesterday")
    copy = adapted(environ, "-x-")
    assert copy["HTTP_IF_NONE_MATCH"] == '"a"'
    assert copy["HTTP_IF_MODIFIED_SINCE"] == "yesterday"


@pytest.mark.parametrize("tag", [b"<p>", "<script src=ñ></script>".encode()])
def test_tag_must_be_an_ascii_script(tag: bytes) -> None:
    """A tag that would not fit into every page is refused at the start."""
    with pytest.raises(ValueError, match="ASCII"):
        Banner(tag, NEEDS, print)
