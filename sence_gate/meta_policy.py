"""Policies that a page carries itself, in `<meta http-equiv="Content-Security-Policy">`.

They bind what comes after them (CSP level 3, 3.3). Our tag comes before, so it is
loaded whatever they say; but what it fetches, it fetches later. A policy that
forbids that is left alone, and the page gets no tag: a bar that can ask nothing
would show nothing, and the browser would report a violation for each question.

Only the part of the head that is at hand is read: no byte of a page waits for it.
Source: HTML standard, 4.2.5.3 (pragma directives) and 13.2.6.4.4 ("in head").
Deliberately not here: `report-uri`, `frame-ancestors` and `sandbox`, which browsers
pass over in a page, and the lists of scripts, which come too late for ours.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from sence_gate.csp import Needs, lets_connect

WINDOW = 4 * 1024  # bytes of the head behind our place; a policy stands early, or binds little

# As people and generators write it; a page without any of them costs three searches.
_MARKS = (b"Content-Security-Policy", b"content-security-policy", b"CONTENT-SECURITY-POLICY")

_ATTRIBUTES = rb"""(?:"[^"]*+"|'[^']*+'|[^'">])*+>"""
_HEAD = re.compile(
    rb"[\t\n\f\r ]++|<!--(?:-?>|.*?--!?>)|<[!?/][^>]*+>"
    # What stands inside these is text, or is no part of the page.
    rb"|<(script|style|title|noscript|template)(?=[\t\n\f\r />])" + _ATTRIBUTES + rb".*?</\1[^>]*+>"
    rb"|<(meta)(?=[\t\n\f\r />])(?P<meta>" + _ATTRIBUTES + rb")"
    rb"|<(?:html|head|base|basefont|bgsound|link)(?=[\t\n\f\r />])" + _ATTRIBUTES,
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE = re.compile(
    r"""([^\t\n\f\r />="'][^\t\n\f\r />=]*)"""
    r"""(?:[\t\n\f\r ]*=[\t\n\f\r ]*("[^"]*"|'[^']*'|[^\t\n\f\r "'>][^\t\n\f\r >]*))?"""
)


def forbids(page: bytes, place: int, needs: Needs) -> bool:
    """Tell whether the head behind *place* holds a policy under which the bar can ask nothing."""
    end = place + WINDOW
    # Backwards, for CPython skips further in that direction: this is done for every page.
    first, second, third = _MARKS
    if page.rfind(first, place, end) == page.rfind(second, place, end) == page.rfind(third, place, end) == -1:
        return False
    return not all(lets_connect(policy, needs) for policy in _policies(page, place, end))


def _policies(page: bytes, at: int, end: int) -> Iterator[str]:
    """Yield the policies up to the first thing that ends the head, or is cut off."""
    while found := _HEAD.match(page, at, end):
        at = found.end()
        if meta := found["meta"]:
            attributes = _attributes(meta)
            if attributes.get("http-equiv", "").lower() == "content-security-policy":
                yield from attributes.get("content", "").split(",")


def _attributes(tag: bytes) -> dict[str, str]:
    """Return name to value; the first of two with one name counts."""
    attributes: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(tag.decode("latin-1")):
        quote = value[:1] if value[:1] in ('"', "'") else ""
        attributes.setdefault(name.lower(), html.unescape(value.strip(quote) if quote else value))
    return attributes
