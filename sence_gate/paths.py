"""Every form in which a platform could read a request path.

A gate that normalises a path in one way is bypassed by a platform that does it
in another. So nothing is normalised here: the forms of a path are whatever the
steps of `spellings.py` reach from it, any of them, in any order. The closure is
bounded in number and in length; a path beyond the bounds is refused.

Which forms a course guards is the business of `patterns.py` and `courses.py`.
Source: PEP 3333 (native strings), and what servers put into PATH_INFO, RAW_URI
and REQUEST_URI, which differs from one to the next.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sence_gate.errors import UnreadablePath
from sence_gate.spellings import STEPS, as_native, percent_decoded

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self
    from wsgiref.types import WSGIEnvironment

MOST_FORMS = 256
# All forms of a path together: what makes the work linear for a path of any
# length. A path of 128 characters can still have every one of its 256 forms.
MOST_CHARACTERS = 32 * 1024

# No step changes such a path, which is what the fast way of `courses.py` rests
# on. Not possessive: Python 3.11 before 3.11.5 matches those wrongly, and Debian has 3.11.2.
PLAIN = re.compile(r"/|(?:/[A-Za-z0-9_.~!$'()*,=@-]*[A-Za-z0-9_~!$'()*,=@-])+/?")

_QUERY = re.compile("[?#&]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?=//)")
_SCHEME_AND_HOST = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]*://[^/?]*/?")


@dataclass(frozen=True, slots=True)
class Target:
    """What a request asks for, as the server tells it.

    `raw_uri` is the request target before any decoding, where the server gives
    one. `has_body` says that fields of a form may outrank those of the query.
    """

    script_name: str
    path_info: str
    raw_uri: str | None
    query_string: str
    has_body: bool = False

    @classmethod
    def from_environ(cls, environ: WSGIEnvironment) -> Self:
        """Return the target of a WSGI request."""
        return cls(
            environ.get("SCRIPT_NAME", ""),
            environ.get("PATH_INFO", ""),
            environ.get("RAW_URI") or environ.get("REQUEST_URI") or None,
            environ.get("QUERY_STRING", ""),
            _brings_fields(environ),
        )

    @classmethod
    def from_url(cls, path_and_query: str) -> Self:
        """Return the target that a browser asks for when it follows this link.

        A scheme and a host are skipped: whether a link stays on this site is
        for the caller to decide, before this.
        """
        raw = _SCHEME_AND_HOST.sub("/", as_native(path_and_query).partition("#")[0], count=1)
        path, _, query = raw.partition("?")
        return cls("", percent_decoded(path), raw, query)


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of one request.

    `outer` is the path as browsers see it. `inner` is the same without
    SCRIPT_NAME, as a mounted application sees it: some servers let a request
    header choose SCRIPT_NAME, so the rest of the path must be looked at too.
    """

    outer: tuple[str, ...]
    inner: tuple[str, ...] = ()

    def all(self) -> tuple[str, ...]:
        """Return the outer forms and the inner ones."""
        return self.outer + self.inner

    def queries(self) -> tuple[str, ...]:
        """Return what a platform could find in the path and take for a query, beside ours."""
        cut = (_QUERY.split(form, maxsplit=1)[1:] for form in self.all())
        return tuple(dict.fromkeys(tail for tails in cut for tail in tails))


def path_forms(target: Target) -> Forms:
    """Return every form in which a platform could read the path of *target*.

    Raises:
        UnreadablePath: it holds control characters, does not begin with a
            slash, or has more forms than a careful server would serve.
    """
    mount = target.script_name
    starts = [_from_slash(mount + target.path_info)]
    if target.raw_uri is not None:
        starts.append(_from_slash(target.raw_uri.partition("?")[0]))
    outer = _closure(starts)
    if not mount or not target.path_info:
        return Forms(outer)
    below = [form[len(mount) :] for form in outer if form.startswith(mount + "/")]
    return Forms(outer, _closure([_from_slash(target.path_info), *below]))


def is_plain(path: str) -> bool:
    """Tell whether *path* has no other form than itself."""
    return PLAIN.fullmatch(path) is not None


def _brings_fields(environ: WSGIEnvironment) -> bool:
    return (
        environ.get("REQUEST_METHOD") not in {"GET", "HEAD"}
        or environ.get("CONTENT_LENGTH", "") not in {"", "0"}
        or "HTTP_TRANSFER_ENCODING" in environ
    )


def _from_slash(path: str) -> str:
    """Return *path* without a scheme; wsgiref leaves whole URLs in PATH_INFO."""
    if scheme := _SCHEME.match(path):
        path = path[scheme.end() :]
    if not path.startswith("/"):
        raise UnreadablePath("the path does not begin with a slash")
    return path


def _closure(starts: Iterable[str]) -> tuple[str, ...]:
    forms = dict.fromkeys(starts)
    queue = list(forms)
    room = MOST_CHARACTERS
    for form in queue:
        if len(queue) > MOST_FORMS:
            raise UnreadablePath("the path can be read in too many ways")
        if PLAIN.fullmatch(form):
            continue
        if _CONTROL.search(form):
            raise UnreadablePath("the path holds control characters")
        room -= len(form)
        if room < 0:
            raise UnreadablePath("the path is too long for all the ways to read it")
        for step in STEPS:
            other = step(form)
            if other not in forms:
                forms[other] = None
                queue.append(other)
    return tuple(queue)
