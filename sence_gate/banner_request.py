"""Which requests want the bar's tag in their answer, and what the platform is asked for then.

Browsers say what a request is for (Fetch Metadata, W3C); older ones are judged by
what they accept and by the headers that scripts have always sent.
Source: Fetch Metadata; RFC 9110 (conditional requests, ranges, codings).
Deliberately not here: whether the learner has a session, and what the answer is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sence_gate.insertable import restore_etags
from sence_gate.navigation import SCRIPT_MARKS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_MARKER = "sence_gate.banner"
_PREFETCH_HEADERS = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")


def wants_banner(environ: WSGIEnvironment) -> bool:
    """Tell whether the answer to this request will be a page of its own in a window.

    HEAD counts like GET, for its headers must be those of GET (RFC 9110, 9.3.2). A page
    that the browser loads ahead and shows later without asking again
    (`Sec-Fetch-Dest: document`) wants its bar too; other prefetches do not. Many
    platforms answer a form with a page: it wants one if the browser says that a window
    will show it.
    """
    # What a script asks for it puts into a page that has its bar already.
    if _MARKER in environ or not environ.keys().isdisjoint(SCRIPT_MARKS):
        return False
    method = environ["REQUEST_METHOD"]
    destination = environ.get("HTTP_SEC_FETCH_DEST")
    if destination:
        return destination == "document" and method in {"GET", "HEAD", "POST"}
    # A part of a file is a player's or a downloader's business; an older Safari plays nothing without it.
    if "HTTP_RANGE" in environ or not environ.keys().isdisjoint(_PREFETCH_HEADERS):
        return False
    accept = environ.get("HTTP_ACCEPT", "*/*")
    return ("text/html" in accept or "*/*" in accept) and method in {"GET", "HEAD"}


def adapted(environ: WSGIEnvironment, suffix: str) -> WSGIEnvironment:
    """Return a copy of *environ* that asks the platform for a page into which a tag can go.

    No ranges, no coding but gzip, and no validator that speaks of a copy without the tag.
    `If-Modified-Since` says nothing of the tag, so it goes with them: else a copy made
    before the gate was installed, or for a visitor without a bar, would be shown again.
    """
    copy = dict(environ)
    copy[_MARKER] = True
    copy.pop("HTTP_RANGE", None)
    copy.pop("HTTP_IF_RANGE", None)
    codings = copy.get("HTTP_ACCEPT_ENCODING")
    if codings:
        copy["HTTP_ACCEPT_ENCODING"] = _accepted_codings(codings)
    if "HTTP_IF_NONE_MATCH" in copy or "HTTP_IF_MODIFIED_SINCE" in copy:
        _adapt_validators(copy, suffix)
    return copy


def _adapt_validators(environ: WSGIEnvironment, suffix: str) -> None:
    etags = restore_etags(environ.pop("HTTP_IF_NONE_MATCH", ""), suffix)
    if etags:
        environ["HTTP_IF_NONE_MATCH"] = etags
    else:
        environ.pop("HTTP_IF_MODIFIED_SINCE", None)


@lru_cache(maxsize=64)
def _accepted_codings(header: str) -> str:
    codings = [coding.strip() for coding in header.split(",")]
    kept = [c for c in codings if c.partition(";")[0].strip().lower() in {"gzip", "x-gzip", "identity"}]
    return ", ".join(kept) or "identity"
