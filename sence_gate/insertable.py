"""Which responses may take the bar's tag, and what their headers say afterwards.

Every refusal that status and headers allow stands in `examine`, before a byte of
the body is looked at. In doubt a response stays as it is: a page without the bar
can be mended by the operator, who sees the reason counted; a damaged one cannot.
`Cache-Control: no-transform` is no reason: it binds whoever stands between client and
origin, the gate is part of the origin, and Moodle says it of every page.

The entity tag of a page that took the tag gets a suffix made of the tag itself.
`restore_etags` takes it off again, so that the platform can answer 304, and only to
a browser whose copy holds today's tag. `Last-Modified` stays in the response as a
fact about the page; alone it proves nothing about the tag (`banner_request.adapted`).
Source: RFC 9110 (8.8.3, 15.4.5), RFC 6266 (attachment), RFC 9530 (digests); RFC 9111 (5.2.2.6).
Deliberately not here: whether the request wants a bar.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from sence_gate.csp import Admission, Blocked, Needs, admit

Headers = list[tuple[str, str]]


class Refusal(StrEnum):
    """Why a response stays as it is."""

    STATUS = "status"
    NOT_HTML = "not HTML"
    CHARSET = "charset"
    CODING = "content coding"
    ATTACHMENT = "attachment"
    PARTIAL = "partial content"
    BODY_ELSEWHERE = "body sent by the front server"
    FRAMED = "framed by the platform"
    SIGNED = "signed"
    DUPLICATE = "duplicate header"


class Fit(NamedTuple):
    """What a response that may take the tag needs for it."""

    is_gzip: bool
    admission: Admission


_POLICY = "content-security-policy"
_REFUSED: dict[str, Refusal | Blocked] = {
    "content-range": Refusal.PARTIAL,
    "x-sendfile": Refusal.BODY_ELSEWHERE,
    "x-accel-redirect": Refusal.BODY_ELSEWHERE,
    "x-lighttpd-send-file": Refusal.BODY_ELSEWHERE,
    "x-lighttpd-send-tempfile": Refusal.BODY_ELSEWHERE,
    "x-sendfile2": Refusal.BODY_ELSEWHERE,
    "x-sendfile-temporary": Refusal.BODY_ELSEWHERE,
    "x-litespeed-location": Refusal.BODY_ELSEWHERE,
    "x-reproxy-url": Refusal.BODY_ELSEWHERE,
    "transfer-encoding": Refusal.FRAMED,
    "signature": Refusal.SIGNED,
    "signature-input": Refusal.SIGNED,
    "integrity-policy": Blocked.INTEGRITY,
}
# Two of one of these say nothing that can be relied on.
_SINGLE = frozenset({"content-type", "content-length", "content-encoding", "content-disposition", "etag"})
_READ = _SINGLE | _REFUSED.keys() | {_POLICY}
_DIGESTS = frozenset({"content-md5", "digest", "content-digest", "repr-digest", "unencoded-digest"})
_CHANGED = _DIGESTS | {"content-length", "etag", "accept-ranges", _POLICY}

CODINGS = {"": False, "identity": False, "gzip": True, "x-gzip": True}  # that can be read: is it gzip?
_NO_POLICY = Admission(())

HTML = re.compile(r"\s*text/html\s*(?:;|$)", re.IGNORECASE)
CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([^\s;"']*)""", re.IGNORECASE)
_LENGTH = re.compile(r"[0-9]{1,18}")
_ETAG = re.compile(r'(W/)?"([^"]*)"')
_PRINTABLE = bytes(range(0x20, 0x7F))
# In these the same bytes mean different things, by what came before (Encoding Standard, 4.2).
_SHIFTING = ("iso-2022-", "iso2022", "csiso2022", "hz")
# Labels of UTF-16 that Python does not know, and of the encoding in which nothing is shown (4.2).
_OTHERS = {"unicode", "unicodefeff", "unicodefffe", "csunicode", "ucs-2", "iso-10646-ucs-2", "replacement"}


def examine(status: str, headers: Headers, needs: Needs) -> Fit | Refusal | Blocked:
    """Return what is needed to put the tag into this response, or why it gets none."""
    if not status.startswith("200"):
        return Refusal.STATUS
    seen: dict[str, str] = {}
    policies: list[str] = []
    for name, value in headers:
        key = name.lower()
        if key in _READ and (reason := _read(key, value, seen, policies)):
            return reason
    if "content-type" not in seen:
        return Refusal.NOT_HTML
    coding = seen.get("content-encoding", "identity").strip().lower()
    if coding not in CODINGS:
        return Refusal.CODING
    # RFC 6266, 4.2: a disposition that nobody knows counts as an attachment.
    disposition = seen.get("content-disposition", "inline").partition(";")[0]
    if disposition.strip().lower() != "inline":
        return Refusal.ATTACHMENT
    admission = admit(tuple(policies), needs) if policies else _NO_POLICY
    return admission if isinstance(admission, Blocked) else Fit(CODINGS[coding], admission)


def _read(key: str, value: str, seen: dict[str, str], policies: list[str]) -> Refusal | Blocked | None:
    """Note one header, or return what it alone forbids."""
    if key == "content-type" and (reason := _refused_type(value)):
        return reason
    if key in _REFUSED:
        return _REFUSED[key]
    if key == _POLICY:
        policies.append(value)
    elif key in seen:
        return Refusal.DUPLICATE
    else:
        seen[key] = value
    return None


@lru_cache(maxsize=64)
def _refused_type(content_type: str) -> Refusal | None:
    if not HTML.match(content_type):
        return Refusal.NOT_HTML
    charset = CHARSET.search(content_type)
    return None if charset is None or extends_ascii(charset[1]) else Refusal.CHARSET


def extends_ascii(charset: str) -> bool:
    """Tell whether our ASCII tag means the same in *charset*, wherever it stands.

    A label that Python does not know is one of a browser's, all of which extend ASCII but for
    those of `_OTHERS`, or one that browsers do not know either, and pass over.
    """
    label = charset.lower()
    if label in _OTHERS or label.startswith(_SHIFTING):
        return False
    try:
        return _PRINTABLE.decode(label) == _PRINTABLE.decode("ascii")
    except LookupError:
        return True
    except ValueError:
        return False


def rewritten(headers: Headers, admission: Admission, suffix: str, added: int | None) -> Headers:
    """Return the headers of a page that grew by *added* bytes; `None` when nobody knows yet.

    Byte ranges and digests of the platform are not ours to promise, so they go.
    """
    policies = iter(admission.policies)
    changed: Headers = []
    for name, value in headers:
        key = name.lower()
        if key not in _CHANGED:
            changed.append((name, value))
        elif key == _POLICY:
            changed.append((name, next(policies, value)))
        elif key == "etag":
            if etag := mark_etag(value, suffix):
                changed.append((name, etag))
        elif key == "content-length" and added is not None and _LENGTH.fullmatch(value):
            changed.append((name, str(int(value) + added)))
    return changed


def refreshed(headers: Headers, needs: Needs, suffix: str) -> Headers:
    """Return the headers of a 304, which replace those that the browser keeps with its copy."""
    admission = admit(tuple(value for name, value in headers if name.lower() == _POLICY), needs)
    if isinstance(admission, Blocked):
        admission = _NO_POLICY
    return rewritten(headers, admission, suffix, None)


def mark_etag(etag: str, suffix: str) -> str:
    """Return *etag* as the tag of the page with the bar; nothing when it is malformed."""
    found = _ETAG.fullmatch(etag.strip())
    return f'W/"{found[2]}{suffix}{"w" if found[1] else "s"}"' if found else ""


def restore_etags(if_none_match: str, suffix: str) -> str:
    """Return the platform's own tags of those in *if_none_match* that `mark_etag` made.

    The others belong to copies without the tag, or with yesterday's.
    """
    restored = []
    for _, opaque in _ETAG.findall(if_none_match):
        own, mark, strength = opaque.rpartition(suffix)
        if mark and strength in {"s", "w"}:
            restored.append(f'W/"{own}"' if strength == "w" else f'"{own}"')
    return ", ".join(restored)
