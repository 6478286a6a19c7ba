"""Ask the platform by HTTP: a pool of connections, and answers that come as they come.

h11 over plain sockets, and not one of the larger clients: the address must travel byte
by byte (they write `%2f` anew), a kept connection that died must be told from
one that broke, and an answer that is not clean HTTP must never pass for one.

A request is sent again only when nothing can have happened: the platform closed a
kept connection before a byte of the answer, and the method may be repeated. What may
not (a quiz that is handed in) always gets a connection of its own, and what has a body the last of one.
Source: RFC 9110, section 9.2.2; RFC 9112, section 9.3.1.
"""

from __future__ import annotations

import re
import ssl
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Self

import h11

from sence_gate.errors import (
    ConfigurationError,
    UnusableRequest,
    UpstreamAway,
    UpstreamBrokeOff,
    UpstreamSlow,
)
from sence_gate.upstream.address import Address
from sence_gate.upstream.connection import Connection, Ended, Garbled

REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
CONNECT_SECONDS = 5.0
IDLE_SECONDS = 15.0
IDLE_MAX = 64  # connections kept

# A platform that does not read a body would take it for the next request of a kept connection.
LAST = (("Connection", "close"),)

# h11 lets most of these through, and servers do not write them: a blank in their place (RFC 9110, 5.5).
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Question:
    """A request for the platform.

    `target` is path and query as they go on the wire. `headers` frame the body: they hold
    Content-Length or Transfer-Encoding when there is one. All texts are latin-1.
    """

    method: str
    target: str
    headers: Headers = field(repr=False)
    body: Iterable[bytes] = field(default=(), repr=False)


class Answer:
    """What the platform answers; iterate it once, and close it in any case.

    `headers` stand as they came, in order, repeated ones apart.
    """

    __slots__ = ("_connection", "_first", "_pool", "headers", "reason", "status")

    def __init__(self, head: h11.Response, connection: Connection, pool: Pool) -> None:
        self.status = head.status_code
        self.reason = _written(head.reason) or _phrase(head.status_code)
        self.headers: Headers = [
            (name.decode("ascii"), _written(value)) for name, value in head.headers.raw_items()
        ]
        self._connection: Connection | None = connection
        self._first = b""
        self._pool = pool

    def __iter__(self) -> Iterator[bytes]:
        """Yield the body in pieces, as they come.

        Raises:
            UpstreamBrokeOff: what was yielded is not the whole.
        """
        while piece := self._read():
            yield piece

    def wait(self) -> None:
        """Wait for the first piece of the body, which is kept.

        Raises:
            UpstreamBrokeOff: none came: another answer can still be given.
        """
        self._first = self._read()

    def read(self, most: int) -> bytes:
        """Return the first *most* bytes of the body.

        Raises:
            UpstreamBrokeOff: as in iteration.
        """
        pieces: list[bytes] = []
        while sum(map(len, pieces)) < most and (piece := self._read()):
            pieces.append(piece)
        return b"".join(pieces)[:most]

    def close(self) -> None:
        """Drop what was not read; nothing happens after the end."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self) -> bytes:
        if self._first:
            first, self._first = self._first, b""
            return first
        if self._connection is None:
            return b""
        try:
            piece = self._connection.read()
        except (OSError, Garbled) as fault:
            self.close()
            raise UpstreamBrokeOff(f"the answer of the platform broke off ({_told(fault)})") from None
        if not piece:
            connection, self._connection = self._connection, None
            self._pool.keep(connection)
        return piece


class Pool:
    """Connections that wait for their next request; the newest is taken first."""

    def __init__(self) -> None:
        self._idle: deque[Connection] = deque()  # its ends may be used by several threads at once

    def take(self) -> Connection | None:
        """Return a connection that seems alive, or None."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if connection.is_fit(IDLE_SECONDS):
                return connection
            connection.close()

    def keep(self, connection: Connection) -> None:
        """Keep *connection* for later, or close it when it cannot be used again."""
        if connection.renew() and len(self._idle) < IDLE_MAX:
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        """Close what waits."""
        while self._idle:
            self._idle.pop().close()


class Upstream:
    """The platform at *url*; one instance serves all threads.

    Args:
        url: `http://host:port`, `https://host` or `unix:///path`.
        ca: a file of certificates in place of the system's.
        seconds: until an answer begins, and between two pieces of it.

    Raises:
        ConfigurationError: *ca* cannot be used.
    """

    def __init__(self, url: str, *, ca: str = "", seconds: float = 60.0) -> None:
        self.address = Address.of(url)
        self._seconds = seconds
        self._context = _context(ca) if self.address.is_tls else None
        self._pool = Pool()

    def ask(self, question: Question) -> Answer:
        """Return the head of the platform's answer; its body is read by iteration.

        Raises:
            UpstreamAway: it cannot be reached, or does not answer in HTTP.
            UpstreamSlow: it is silent.
            UnusableRequest: *question* is not HTTP.
            Exception: whatever its body raises.
        """
        head = _head(question)
        if question.method in REPEATABLE and not question.body:
            while kept := self._pool.take():
                try:
                    return self._exchange(kept, head, question.body)
                except Ended:
                    continue
        try:
            return self._exchange(self._connect(), head, question.body)
        except Ended:
            raise UpstreamAway("the platform closed the connection without an answer") from None

    def close(self) -> None:
        """Close the connections that wait."""
        self._pool.close()

    def _connect(self) -> Connection:
        try:
            return Connection(self.address.connect(self._context, CONNECT_SECONDS), self._seconds)
        except TimeoutError:
            raise UpstreamSlow("the platform does not take connections") from None
        except OSError as fault:
            raise UpstreamAway(f"the platform cannot be reached ({_told(fault)})") from None

    def _exchange(self, connection: Connection, head: h11.Request, body: Iterable[bytes]) -> Answer:
        try:
            return Answer(connection.ask(head, body), connection, self._pool)
        except BaseException as fault:  # noqa: BLE001 - the browser's stream raises what its server likes
            connection.close()
            raise _translated(fault) from None


def _head(question: Question) -> h11.Request:
    try:
        return h11.Request(
            method=question.method.encode("latin-1"),
            target=question.target.encode("latin-1"),
            # Blanks around a value mean nothing (RFC 9110, section 5.5); taking our cookies out leaves some.
            headers=[
                (name.encode("latin-1"), value.strip(" \t").encode("latin-1"))
                for name, value in (*question.headers, *(LAST if question.body else ()))
            ],
        )
    except (h11.LocalProtocolError, UnicodeError):
        raise UnusableRequest("the request cannot be written in HTTP/1.1") from None


def _context(ca: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca or None)
    except OSError as fault:
        reason = fault.strerror or type(fault).__name__
        raise ConfigurationError(
            (f"platform.ca: {ca} cannot be read as certificates ({reason}) — name a PEM file",)
        ) from None


def _translated(fault: BaseException) -> BaseException:
    match fault:
        case TimeoutError():
            return UpstreamSlow("the platform did not answer in time")
        case Garbled():
            return UpstreamAway(f"the platform does not answer in HTTP ({fault})")
        case OSError():
            return UpstreamAway(f"the connection to the platform failed ({_told(fault)})")
        case _:
            return fault


def _written(raw: bytes) -> str:
    return _CONTROL.sub(" ", raw.decode("latin-1")).strip()


def _told(fault: Exception) -> str:
    # A certificate that does not fit says why; of other faults the system's word is enough.
    if isinstance(fault, ssl.SSLCertVerificationError):
        return fault.verify_message
    return (fault.strerror if isinstance(fault, OSError) else str(fault)) or type(fault).__name__


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
