"""Ask the platform itself who is visiting, with the visitor's own cookies.

Nobody is logged in when the platform says so, of cookies and token together and of
each by itself: by 401, 403, or a redirect (to its login, which is never followed), or a
name that is null or empty. Whatever else is no answer (an error, a page that has no name
in it, something too long) is an error and never "nobody", who may pass.

What names somebody is remembered for some seconds for whoever shows the same (cookies,
token, browser, address), of which only a hash is kept. "Nobody" is not remembered:
whoever logs in is seen at once, also where the platform keeps the cookie that it had
set before.
Source of pointers: RFC 6901.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitedTooLong
from hashlib import sha256
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit

from cachetools import TTLCache

from sence_gate.errors import IdentityUnavailable, UntrustworthyIdentity
from sence_gate.learners.asking import COOKIE, MOST, SHOWN, TOKEN, Ask, Reply
from sence_gate.learners.claims import Claim, Identity, Reader, Source, Standing, is_set

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

log = logging.getLogger("sence_gate")

REMEMBERED = 20_000  # visitors; some 8 MB
# 301 and 308 are not here: nobody logs in "from now on"; they are a slash or https:// that is missing.
TO_THE_LOGIN = frozenset({302, 303, 307})
MOVED = ": write the address that it leads to, and see that it is taken for https"
REFUSED = frozenset({401, 403})

Look = Callable[[str], object]
Understand = Callable[[Reply], Look]


class _Missing:
    """What `Look` returns where nothing is, not even null."""


MISSING = _Missing()


def reader(
    ask: Ask, understand: Understand, where: str, nobody: str = "", impersonated: str = "", *, url: str = ""
) -> Reader:
    """Return a reader that asks the platform; whatever is no answer is `IdentityUnavailable`.

    Args:
        understand: `as_json` or `as_text`.
        where: the name in the answer: a JSON pointer, or a pattern whose first group it is.
        nobody: a pattern of the answers without a name that mean that nobody is logged in.
        impersonated: where the answer says that somebody looks through the account, as *where*.
        url: what is asked for, whole: who is sent there again, by https or with a slash, is sent to no login.
    """
    no_name = re.compile(nobody) if nobody else None
    once = _Once()

    def read(environ: WSGIEnvironment) -> Claim | Standing:
        claim = told(environ)
        if claim is Standing.NOBODY and TOKEN in environ and COOKIE in environ:
            # A token that is refused here means nothing to pages that look at cookies alone, nor the reverse.
            claim = told(_without(environ, TOKEN))
            claim = told(_without(environ, COOKIE)) if claim is Standing.NOBODY else claim
        return claim

    def told(environ: WSGIEnvironment) -> Claim | Standing:
        reply = ask(environ)
        is_moved = reply.status in TO_THE_LOGIN and bool(url) and _is_same(reply.header("location"), url)
        if reply.status in REFUSED | TO_THE_LOGIN and not is_moved:
            return Standing.NOBODY
        if reply.status != 200:
            remedy = MOVED if is_moved or reply.status in (301, 308) else ""
            raise IdentityUnavailable(f"learner.url answered {reply.status}{remedy}")
        if reply.header("set-cookie"):
            once.warn("learner.url sets a cookie, which is dropped: choose an address that sets none")
        look = understand(reply)
        name = look(where)
        if name is MISSING:
            if no_name and no_name.search(_text(reply)):
                return Standing.NOBODY
            raise IdentityUnavailable("the answer of learner.url has no name where it should be")
        if name is None or name == "":
            return Standing.NOBODY
        is_impersonated = bool(impersonated) and _is_there(look(impersonated))
        return Claim(name, lambda path: _known(look(path)), is_impersonated=is_impersonated)

    return read


def _without(environ: WSGIEnvironment, left_out: str) -> WSGIEnvironment:
    return {key: value for key, value in environ.items() if key != left_out}


def as_json(reply: Reply) -> Look:
    """Read a reply as JSON, in which JSON pointers name things.

    Raises:
        IdentityUnavailable: it is none, or too long.
    """
    if len(reply.body) > MOST:
        raise IdentityUnavailable(f"learner.url answered more than {MOST} bytes")
    try:
        document = json.loads(reply.body)
    except (ValueError, RecursionError):  # nested a thousand times, a number of a million digits
        raise IdentityUnavailable("learner.url did not answer in JSON") from None
    return lambda pointer: pointed(document, pointer)


def as_text(reply: Reply) -> Look:
    """Read the first `MOST` bytes of a reply as text, in which patterns find things."""
    text = _text(reply)

    def look(pattern: str) -> object:
        found = re.search(pattern, text)
        if found is None:
            return MISSING
        return found[1] if found.re.groups else found[0]

    return look


def pointed(document: object, pointer: str) -> object:
    """Return what the JSON *pointer* names in *document*; None below null, MISSING where nothing is."""
    value = document
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        match value:
            case dict():
                value = value.get(key, MISSING)
            case list() if key.isdecimal() and key.isascii() and len(key) < 7 and int(key) < len(value):
                value = value[int(key)]
            case None:
                return None
            case _:
                return MISSING
    return value


class Remembered:
    """Remember for *seconds* whom *source* named, by all that the visitor shows; ask once at a time for each.

    Args:
        patience: seconds to wait for an answer that another request is waiting for already.
        timer: counts seconds.
    """

    def __init__(
        self, source: Source, seconds: float, patience: float, timer: Callable[[], float] = monotonic
    ) -> None:
        self._source, self._patience = source, patience
        self._known: TTLCache[bytes, Identity] = TTLCache(REMEMBERED, seconds, timer=timer)
        self._asked: dict[bytes, Future[Identity]] = {}
        self._lock = Lock()

    def __call__(self, environ: WSGIEnvironment) -> Identity:
        """Return who is visiting.

        Raises:
            UntrustworthyIdentity: as the source does; each request that waited gets its own.
            IdentityUnavailable: another request asks for the same visitor, and had no answer in time.
        """
        key = _key(environ)
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                return known
            under_way = self._asked.get(key)
            if under_way is None:
                ours = self._asked[key] = Future()
        if under_way is not None:
            return self._awaited(under_way)
        return self._found(key, ours, environ)

    def _found(self, key: bytes, ours: Future[Identity], environ: WSGIEnvironment) -> Identity:
        try:
            who = self._source(environ)
            with self._lock:
                if who is not Standing.NOBODY:
                    self._known[key] = who
            ours.set_result(who)
        except UntrustworthyIdentity as fault:
            ours.set_exception(fault)
            raise
        except BaseException as fault:  # this request's end; whoever waits for it asks again
            ours.set_exception(IdentityUnavailable(f"learner.url failed with {type(fault).__name__}"))
            raise
        finally:
            with self._lock:
                del self._asked[key]
        return who

    def _awaited(self, under_way: Future[Identity]) -> Identity:
        try:
            return under_way.result(self._patience)
        except WaitedTooLong:
            raise IdentityUnavailable("learner.url did not answer in time") from None
        except UntrustworthyIdentity as fault:
            raise type(fault)(str(fault)) from None  # each request its own, with its own trace


class _Once:
    """Say something in the log once."""

    def __init__(self) -> None:
        self._said = False

    def warn(self, text: str) -> None:
        if not self._said:
            self._said = True
            log.warning("%s", text)


def _key(environ: WSGIEnvironment) -> bytes:
    # All that the platform is shown: one that logs people in by their address names the next one otherwise.
    shown = (str(environ.get(key, "")) for key in SHOWN)
    # The length first: no two visitors give the same bytes.
    text = "".join(f"{len(each)}:{each}" for each in shown)
    return sha256(text.encode("utf-8", "surrogateescape")).digest()


def _text(reply: Reply) -> str:
    return reply.body[:MOST].decode("utf-8", "replace")


def _is_there(found: object) -> bool:
    return found is not MISSING and is_set(found)


def _known(found: object) -> object:
    return None if found is MISSING else found


def _is_same(location: str, url: str) -> bool:
    """Tell whether a redirect leads to the very *url* again, but for its scheme, its port or a slash."""
    try:
        there, here = urlsplit(urljoin(url, location)), urlsplit(url)
    except ValueError:
        return False
    return _place(there) == _place(here)


def _place(url: SplitResult) -> tuple[str | None, str, str]:
    return url.hostname, url.path.rstrip("/"), url.query
