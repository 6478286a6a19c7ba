"""What kind of request is this, and where did the learner want to go?

A page in the address bar can be sent to the start page; a script, a frame or a
form cannot (a script would read HTML as its data, a form would lose what was
typed). Browsers say which it is (Fetch Metadata, W3C); older ones are judged by
the headers that scripts have always sent. In doubt it is not a navigation: a 401
does no harm where a redirect would.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urlsplit

from sence_gate.cookies import MAX_WANTED
from sence_gate.errors import UnreadablePath
from sence_gate.paths import Target, path_forms
from sence_gate.shared import Shared

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from sence_gate.courses import CourseRules

# Everything that may stand in a URL as it is (RFC 3986, section 2), the escapes that came along included.
_SAFE = "%/:?#[]@!$&'()*+,;=~-._|{}^`\"<>"
# What scripts have always sent, before browsers told it themselves.
SCRIPT_MARKS = ("HTTP_X_REQUESTED_WITH", "HTTP_HX_REQUEST", "HTTP_X_PJAX", "HTTP_TURBO_FRAME")


class Kind(StrEnum):
    """How a refused request must be answered."""

    PAGE = "page"  # redirect to the start
    FRAME = "frame"  # a small page with a link out of the frame
    SCRIPT = "script"  # 401, problem+json
    FORM = "form"  # 403, nothing was sent, can be sent again


def kind_of(environ: WSGIEnvironment) -> Kind:
    """Return what kind of request the browser says this is."""
    if _is_script(environ):
        return Kind.SCRIPT
    if environ.get("REQUEST_METHOD") in ("GET", "HEAD"):
        return (
            Kind.FRAME
            if environ.get("HTTP_SEC_FETCH_DEST") in ("iframe", "frame", "embed", "object")
            else Kind.PAGE
        )
    return Kind.FORM if _is_form(environ) else Kind.SCRIPT


def is_from_us(environ: WSGIEnvironment, origin: str) -> bool:
    """Tell whether a POST was begun on a page of our own *origin*.

    Believes what browsers attest (Sec-Fetch-Site, Origin), else the Referer.
    """
    if site := environ.get("HTTP_SEC_FETCH_SITE"):
        return bool(site == "same-origin")
    if sender := environ.get("HTTP_ORIGIN"):
        return bool(sender == origin)
    referrer = _split(environ.get("HTTP_REFERER", ""))
    return referrer is not None and f"{referrer.scheme}://{referrer.netloc}" == origin


def wanted_of(target: Target) -> str:
    """Return the path and query that *target* asks for, as exactly as the server tells it."""
    path = _raw_path(target.raw_uri) if target.raw_uri else None
    if path is None:
        path = quote(
            target.script_name + target.path_info,
            safe="/:@!$&'()*+,;=~-._",
            encoding="latin-1",
            errors="replace",
        )
        path += f"?{target.query_string}" if target.query_string else ""
    # Two slashes in front would be another host to a browser.
    return "/" + quote(path, safe=_SAFE, encoding="latin-1", errors="replace").lstrip("/")


def is_guarded_by(course: str, url: str, rules: CourseRules) -> bool:
    """Tell whether the local *url* belongs to the course with this id, or may be one of its pages."""
    try:
        found = rules.match(Target.from_url(url))
    except UnreadablePath:
        return False
    if isinstance(found, Shared):
        return course in found
    return found is not None and found.id == course


def is_below(home: str, url: str) -> bool:
    """Tell whether any reading of the local *url* is *home* or lies below it."""
    try:
        forms = path_forms(Target.from_url(url)).all()
    except UnreadablePath:
        return True
    return any(form == home or form.startswith(f"{home}/") for form in map(str.lower, forms))


def is_local(url: str) -> bool:
    """Tell whether every browser stays on this host with *url* in a Location or a link.

    And whether an attempt's cookie has room for it.
    """
    starts_well = url.startswith("/") and url[1:2] not in ("/", "\\")
    return starts_well and len(url) <= MAX_WANTED and all("!" <= character <= "~" for character in url)


def _raw_path(raw_uri: str) -> str | None:
    if raw_uri.startswith("/"):
        return raw_uri.partition("#")[0]
    parts = _split(raw_uri)
    if parts is None or not parts.netloc:
        return None
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:  # a bracket without its pair
        return None


def _is_script(environ: WSGIEnvironment) -> bool:
    if (
        any(mark in environ for mark in SCRIPT_MARKS)
        or "websocket" in environ.get("HTTP_UPGRADE", "").lower()
    ):
        return True
    if mode := environ.get("HTTP_SEC_FETCH_MODE"):
        return bool(mode != "navigate")
    return not _takes_pages(environ.get("HTTP_ACCEPT", ""))


def _takes_pages(accept: str) -> bool:
    # Every browser names HTML when it navigates; images, style sheets and axios have */* among others.
    types = {each.partition(";")[0].strip().lower() for each in accept.split(",")}
    return "text/html" in types or types in ({"*/*"}, {""})


def _is_form(environ: WSGIEnvironment) -> bool:
    if environ.get("REQUEST_METHOD") != "POST":
        return False
    media = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    return media in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
