"""A gunicorn worker whose threads are given requests that are there.

gunicorn gives a connection to a thread when it is made, so that a few dozen browsers
that send half a request, or nothing, keep everybody waiting. Here the worker's first
thread waits for all of them, until the head and a small body are there.

It decides when a request is looked at and never how: gunicorn's parser reads the same
bytes. What it takes for whole too early costs a thread that waits, as it would anyway.
"""

from __future__ import annotations

import re
import selectors
import socket
import struct
from functools import partial
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

MOST = 65_536  # bytes of a head, or of a body, that are waited for: more is an upload
PATIENCE = 30  # seconds that a thread waits for the next piece of an upload
TIME = struct.pack("ll", PATIENCE, 0)

LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})", re.IGNORECASE)
IN_CHUNKS = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
SIZE = re.compile(rb"([0-9a-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n", re.IGNORECASE)
MOST_CHUNKS = 256  # looked through at each arrival
ASKS_FIRST = re.compile(rb"\r\nexpect:", re.IGNORECASE)  # sends no body before it is told to


class Arriving(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn's worker with threads, and a porter at the door to them."""

    def enqueue_req(self, conn: Any) -> None:
        """Give *conn* to a thread when there is something to do; until then let the poller wait for it."""
        conn.init()
        if _has_arrived(conn.sock, conn.parser.unreader):
            super().enqueue_req(conn)
            return
        conn.sock.settimeout(0)
        conn.set_timeout()
        self.pending_conns.append(conn)
        wake = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, wake)


def is_whole(held: bytes) -> bool:
    """Tell whether a thread can answer the request that *held* begins with, and wait for nobody."""
    head, end, body = held.partition(b"\r\n\r\n")
    if not end:
        return len(held) >= MOST
    if ASKS_FIRST.search(head) or len(body) >= MOST:
        return True
    if IN_CHUNKS.search(head):
        return _is_whole_in_chunks(body)
    length = LENGTH.search(head)
    # An upload may be refused before it is sent.
    return length is None or not len(body) < int(length[1]) <= MOST


def _is_whole_in_chunks(body: bytes) -> bool:
    at = 0
    for _ in range(MOST_CHUNKS):
        line_end = body.find(b"\r\n", at)
        if line_end < 0:
            return False
        size = SIZE.match(body, at)
        if size is None:
            return True  # the parser says what is wrong
        if int(size[1], 16) == 0:
            return b"\r\n\r\n" in body[line_end:]  # after the trailers
        at = size.end() + int(size[1], 16) + 2
    return True


def _has_arrived(sock: socket.socket, unreader: Any) -> bool:
    """Take what came, without waiting; tell whether that is whole, or all that will come."""
    try:
        while not is_whole(held := unreader.buf.getvalue()):
            if not (data := sock.recv(MOST, socket.MSG_DONTWAIT)):
                return True
            unreader.buf.seek(0, 2)
            unreader.buf.write(data)
        if b"\r\n\r\n" not in held:
            sock.shutdown(socket.SHUT_RD)  # no head is as long: the parser says so of what is there
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, TIME)
    except BlockingIOError:
        return False
    except OSError:  # the thread finds it out, and ends the connection
        return True
    return True
