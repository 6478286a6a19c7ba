"""One connection to the platform, and one exchange on it at a time.

h11 reads what comes: it takes no two lengths for one, no line without a colon, no
chunk without its end, and no end of the connection for the end of a page that was
announced longer. What it cannot read is a fault here, and nothing of it is guessed.
Source: RFC 9112, sections 6 to 9.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Iterable
from time import monotonic

import h11

PIECE = 64 * 1024  # read at once
HEAD_MAX = 256 * 1024  # of status line and headers: far above what platforms send
INTERIM_MAX = 16  # answers 1xx before the real one

Headers = list[tuple[bytes, bytes]]


class Ended(Exception):
    """The connection ended before a byte of the answer; a kept one may just have been closed."""


class Garbled(Exception):
    """What came is no answer of HTTP/1, or one that can be read in two ways."""


class Connection:
    """A connected socket to the platform.

    Args:
        seconds: until the answer begins, and between two pieces of it.
    """

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        sock.settimeout(seconds)
        self._socket = sock
        self._seconds = seconds
        self._machine = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_MAX)
        self._idle_since = 0.0
        # The records of TLS itself make its sockets readable too.
        self._tells_early = not hasattr(sock, "cipher")

    def ask(self, head: h11.Request, body: Iterable[bytes]) -> h11.Response:
        """Send a request and return the head of its answer, which may come before all was sent.

        Raises:
            TimeoutError: the answer did not begin in time.
            Ended, Garbled: as they say.
            Exception: whatever *body* raises.
        """
        early = self._send(head, body)
        return early or self._read_head(monotonic() + self._seconds)

    def read(self) -> bytes:
        """Return the next piece of the answer as it comes, b"" at its end.

        Raises:
            Garbled: it broke off, or is not what its head announced.
            OSError: the connection failed, or was silent for too long.
        """
        event = self._next_event(None)
        if isinstance(event, h11.Data):
            return bytes(event.data)
        if isinstance(event, h11.EndOfMessage):
            return b""
        raise Garbled("the answer broke off")

    def renew(self) -> bool:
        """Make ready for the next request; False when this connection cannot take one."""
        try:
            self._machine.start_next_cycle()
        except h11.ProtocolError:
            return False
        self._idle_since = monotonic()
        return not self._machine.trailing_data[0]

    def is_fit(self, idle_seconds: float) -> bool:
        """Tell whether the connection is young enough and silent: whatever came since is an end, or a lie."""
        return monotonic() - self._idle_since < idle_seconds and not self._is_readable()

    def close(self) -> None:
        """Give the socket back; twice does no harm."""
        self._socket.close()

    def _send(self, head: h11.Request, body: Iterable[bytes]) -> h11.Response | None:
        """Send what is to be sent, and return the answer if it began before the end."""
        early = None
        try:
            self._write(head)
            for piece in body:
                if early is None and self._tells_early and self._is_readable():
                    early = self._read_head(monotonic() + self._seconds)
                    if early.status_code >= 400:
                        return early  # whatever would follow is in vain
                self._write(h11.Data(piece))
            self._write(h11.EndOfMessage())
        except (BrokenPipeError, ConnectionResetError):
            pass  # it may have answered before it stopped listening
        return early

    def _write(self, event: h11.Event) -> None:
        if data := self._machine.send(event):
            self._socket.sendall(data)

    def _read_head(self, deadline: float) -> h11.Response:
        for _ in range(INTERIM_MAX + 1):
            event = self._next_event(deadline)
            if isinstance(event, h11.Response):
                _refuse_ambiguous(event)
                return event
            if not isinstance(event, h11.InformationalResponse) or event.status_code == 101:
                raise Garbled("the answer is to something that was not asked")
        raise Garbled("too many interim answers")

    def _next_event(self, deadline: float | None) -> object:
        try:
            while (event := self._machine.next_event()) is h11.NEED_DATA:
                if deadline is not None and monotonic() > deadline:
                    raise TimeoutError
                self._receive(is_head=deadline is not None)
        except h11.RemoteProtocolError as fault:
            raise Garbled(str(fault)) from None
        return event

    def _receive(self, *, is_head: bool) -> None:
        try:
            data = self._socket.recv(PIECE)
        except TimeoutError:
            raise
        except OSError:
            if not is_head or self._machine.trailing_data[0]:
                raise
            data = b""
        if not data and is_head and not self._machine.trailing_data[0]:
            raise Ended
        self._machine.receive_data(data)

    def _is_readable(self) -> bool:
        poll = select.poll()  # `select` cannot take descriptors above 1,023
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(0))


def _refuse_ambiguous(head: h11.Response) -> None:
    # RFC 9112, section 6.1: both framings at once, or chunks from a server that has no word for them.
    names = {name for name, _ in head.headers}
    is_chunked = b"transfer-encoding" in names
    if is_chunked and (b"content-length" in names or head.http_version < b"1.1"):
        raise Garbled("the length of the answer is said in two ways")
    if head.status_code >= 600 or not head.http_version.startswith(b"1."):
        raise Garbled("the status line is none of HTTP/1")
