"""Which responses take the tag, by their status and headers, and what their headers say then."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webencodings.labels import LABELS

from sence_gate.csp import Admission, Blocked, Needs
from sence_gate.insertable import (
    Fit,
    Refusal,
    examine,
    extends_ascii,
    mark_etag,
    refreshed,
    restore_etags,
    rewritten,
)

NEEDS = Needs("https://campus.cl/_sence/banner.js", "https://campus.cl/_sence/estado")
HTML = ("Content-Type", "text/html; charset=utf-8")
SUFFIX = "-sg-0123abcd-"


def examined(*headers: tuple[str, str], status: str = "200 OK") -> Fit | Refusal | Blocked:
    return examine(status, list(headers), NEEDS)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/html",
        "TEXT/HTML",
        "text/html;charset=UTF-8",
        'text/html; charset="utf-8"',
        "text/html ; Charset=ISO-8859-1",
        "text/html; charset=windows-1252; x=y",
        "text/html; charset=shift_jis",
        "text/html; charset=x-sjis",
        "text/html; charset=x-mac-cyrillic",
        "text/html; charset=what",
        "text/html; charset=",
    ],
)
def test_i17_i42_html_in_any_superset_of_ascii_is_fit(content_type: str) -> None:
    """The media type counts, not its spelling."""
    assert examined(("content-type", content_type)) == Fit(False, Admission(()))


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        pytest.param(("Content-Type", "application/json"), Refusal.NOT_HTML, id="JSON"),
        pytest.param(("Content-Type", "text/html-x"), Refusal.NOT_HTML, id="almost HTML"),
        pytest.param(("Content-Type", "application/xhtml+xml"), Refusal.NOT_HTML, id="XHTML"),
        pytest.param(("Content-Type", "text/event-stream"), Refusal.NOT_HTML, id="events"),
        pytest.param(("Content-Type", "multipart/x-mixed-replace"), Refusal.NOT_HTML, id="multipart"),
        pytest.param(("Content-Type", "text/html; charset=utf-16"), Refusal.CHARSET, id="UTF-16"),
        pytest.param(("Content-Type", "text/html; charset=utf-7"), Refusal.CHARSET, id="UTF-7"),
        pytest.param(("Content-Type", "text/html; charset=iso-2022-jp"), Refusal.CHARSET, id="ISO-2022"),
        pytest.param(("Content-Type", "text/html; charset=cp037"), Refusal.CHARSET, id="EBCDIC"),
        pytest.param(("Content-Type", "text/html; charset=utf-32"), Refusal.CHARSET, id="UTF-32"),
    ],
)
def test_i17_i23_i26_i42_other_types_are_refused(header: tuple[str, str], reason: Refusal) -> None:
    """Only HTML whose bytes our ASCII tag extends can take it."""
    assert examined(header) is reason


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        pytest.param(("content-encoding", "br"), Refusal.CODING, id="brotli"),
        pytest.param(("Content-Encoding", "gzip, gzip"), Refusal.CODING, id="twice packed"),
        pytest.param(
            ("Content-Disposition", "Attachment; filename=a.html"), Refusal.ATTACHMENT, id="download"
        ),
        pytest.param(("Content-Disposition", "strange"), Refusal.ATTACHMENT, id="unknown disposition"),
        pytest.param(("Content-Range", "bytes 0-1/2"), Refusal.PARTIAL, id="range"),
        pytest.param(("X-Sendfile", "/a.html"), Refusal.BODY_ELSEWHERE, id="X-Sendfile"),
        pytest.param(("X-Accel-Redirect", "/a.html"), Refusal.BODY_ELSEWHERE, id="X-Accel-Redirect"),
        pytest.param(("Transfer-Encoding", "chunked"), Refusal.FRAMED, id="own framing"),
        pytest.param(("Signature-Input", "s=()"), Refusal.SIGNED, id="signature"),
        pytest.param(
            ("Integrity-Policy", "blocked-destinations=(script)"), Blocked.INTEGRITY, id="integrity"
        ),
        pytest.param(("Content-Type", "text/html"), Refusal.DUPLICATE, id="two types"),
        pytest.param(("Content-Security-Policy", "sandbox"), Blocked.SANDBOX, id="sandbox"),
    ],
)
def test_i11_i12_i14_i24_i40_i41_i44_html_that_must_not_change_is_refused(
    header: tuple[str, str], reason: Refusal | Blocked
) -> None:
    """One header is enough to leave a page alone."""
    assert examined(HTML, header) is reason


@pytest.mark.parametrize("status", ["206 Partial Content", "404 Not Found", "302 Found", "500 Oops"])
def test_i2_only_success_is_fit(status: str) -> None:
    """Errors and redirects pass as they are."""
    assert examined(HTML, status=status) is Refusal.STATUS


@pytest.mark.parametrize("encoding", sorted(set(LABELS.values())))
def test_i17_every_label_of_a_browser_is_judged_by_its_encoding(encoding: str) -> None:
    """All that browsers know extend ASCII, but for UTF-16, ISO-2022-JP and the one that shows nothing."""
    labels = [label for label, name in LABELS.items() if name == encoding]
    extends = encoding not in {"utf-16le", "utf-16be", "iso-2022-jp", "replacement"}
    assert [label for label in labels if extends_ascii(label) is not extends] == []


def test_i42_no_type_is_not_html() -> None:
    """We do not guess what a browser might guess."""
    assert examined(("Content-Length", "3")) is Refusal.NOT_HTML


def test_i41_i45_harmless_headers_are_fit() -> None:
    """What other middlewares choke on is no reason to leave the bar out."""
    headers = [HTML, ("Content-Disposition", "inline"), ("Content-Encoding", "GZIP")]
    headers += [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Refresh", "5"), ("Vary", "A"), ("Vary", "B")]
    headers += [("Content-Security-Policy-Report-Only", "default-src 'none'")]
    assert examined(*headers) == Fit(True, Admission(()))


def test_i29_no_transform_is_no_reason() -> None:
    """The gate is part of the origin; Moodle says it of every page, and would have no bar."""
    said = ("Cache-Control", "private, pre-check=0, post-check=0, max-age=0, no-transform")
    assert examined(HTML, said) == Fit(False, Admission(()))
    assert rewritten([said], Admission(()), SUFFIX, 0) == [said]


def test_i6_i7_i8_i12_headers_follow_the_page() -> None:
    """Length, tag and policy are today's; ranges and digests go; the rest and the order stay."""
    headers = [
        *[HTML, ("Content-Length", "100"), ("ETag", '"a"'), ("Accept-Ranges", "bytes"), ("Digest", "x")],
        *[
            ("Content-MD5", "x"),
            ("Last-Modified", "yesterday"),
            ("Content-Security-Policy", "old"),
            ("X", "y"),
        ],
    ]
    before = list(headers)
    assert rewritten(headers, Admission(("new",)), SUFFIX, 7) == [
        *[HTML, ("Content-Length", "107"), ("ETag", f'W/"a{SUFFIX}s"'), ("Last-Modified", "yesterday")],
        *[("Content-Security-Policy", "new"), ("X", "y")],
    ]
    assert headers == before


@pytest.mark.parametrize(("length", "added"), [("100", None), ("-1", 7), ("1e3", 7), ("9" * 30, 7)])
def test_length_nobody_knows_is_left_out(length: str, added: int | None) -> None:
    """No length is better than a wrong one."""
    assert rewritten([("Content-Length", length)], Admission(()), SUFFIX, added) == []


@pytest.mark.parametrize("etag", ['"abc"', 'W/"abc"', '""', '"a,b-sg-"'])
def test_i6_an_etag_comes_back_as_it_was(etag: str) -> None:
    """The platform meets its own tag again, strong or weak."""
    assert mark_etag(etag, SUFFIX).startswith('W/"')
    assert restore_etags(mark_etag(etag, SUFFIX), SUFFIX) == etag


@pytest.mark.parametrize(
    "header", ["", "*", '"abc"', 'W/"abc"', f'"a{SUFFIX}"', 'W/"a-sg-99999999-s"', "abc"]
)
def test_i5_an_etag_of_another_page_is_dropped(header: str) -> None:
    """A copy without today's tag in it is never confirmed."""
    assert restore_etags(header, SUFFIX) == ""


def test_i5_i46_own_etags_are_found_among_others() -> None:
    """A browser may offer several copies; two nested gates each take off their own suffix."""
    both = f'"x", {mark_etag(mark_etag(chr(34) + "a" + chr(34), SUFFIX), SUFFIX)}, W/"b{SUFFIX}w"'
    assert restore_etags(both, SUFFIX) == f'W/"a{SUFFIX}s", W/"b"'


def test_malformed_etag_is_left_out() -> None:
    """What no browser would send back is not worth sending."""
    assert rewritten([("ETag", "abc")], Admission(()), SUFFIX, 0) == []


def test_i5_a_confirmation_carries_the_same_changes() -> None:
    """A 304 replaces the headers that the browser keeps, so they must be those of the page."""
    headers = [("ETag", '"a"'), ("Content-Security-Policy", "default-src 'self'; connect-src x.cl")]
    assert refreshed(headers, NEEDS, SUFFIX) == [
        ("ETag", f'W/"a{SUFFIX}s"'),
        ("Content-Security-Policy", f"default-src 'self'; connect-src x.cl {NEEDS.connect}"),
    ]


def test_confirmation_leaves_a_hopeless_policy_alone() -> None:
    """Where the bar cannot work, the page is confirmed as the platform says."""
    headers = [("Content-Security-Policy", "sandbox")]
    assert refreshed(headers, NEEDS, SUFFIX) == headers


NAMES = (*("Content-Type", "Content-Security-Policy", "ETag", "Content-Length", "Content-Encoding"), "Vary")
WORDS = (
    *(
        "text/html",
        "charset=",
        "utf-8",
        "script-src",
        "default-src",
        "'self'",
        "'nonce-a'",
        "'nonce-",
        "sandbox",
    ),
    *("https://", "http://[", "[::1]:x", "*.cl:*/", "://:", "%zz", ";", ",", " ", "\xa0", '"', "W/", "gzip"),
)
values = st.lists(st.sampled_from(WORDS), max_size=9).map("".join) | st.text(max_size=20)


@given(st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=6))
def test_no_header_raises(headers: list[tuple[str, str]]) -> None:
    """Whatever a platform says, its page is judged, and what it said is not changed."""
    before = list(headers)
    examine("200 OK", headers, NEEDS)
    refreshed(headers, NEEDS, SUFFIX)
    restore_etags(" ".join(value for _, value in headers), SUFFIX)
    assert headers == before
