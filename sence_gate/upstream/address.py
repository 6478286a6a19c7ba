"""Where the platform listens: TCP, TLS over TCP, or a unix socket."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}
UNIX = "unix://"


@dataclass(frozen=True, slots=True)
class Address:
    """`host` and `port`, with TLS when `is_tls`; or the `path` of a unix socket."""

    host: str = ""
    port: int = 0
    is_tls: bool = False
    path: str = ""

    @classmethod
    def of(cls, url: str) -> Self:
        """Return the address that `http://host:port`, `https://host` or `unix:///path` names."""
        if url.startswith(UNIX):
            return cls(path=url.removeprefix(UNIX))
        parts = urlsplit(url)
        return cls(parts.hostname or "", parts.port or PORTS[parts.scheme], parts.scheme == "https")

    @property
    def authority(self) -> str:
        """What a Host header says by default: the port is left out where it is the scheme's own."""
        if self.path:
            return "localhost"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS["https" if self.is_tls else "http"] else f"{host}:{self.port}"

    def connect(self, context: ssl.SSLContext | None, seconds: float) -> socket.socket:
        """Return a connected socket.

        Args:
            context: verifies the certificate of an address with TLS.
            seconds: for each address that the name resolves to.

        Raises:
            OSError: refused, unknown, too slow, or not who the certificate says.
        """
        if self.path:
            return _connected_unix(self.path, seconds)
        plain = socket.create_connection((self.host, self.port), timeout=seconds)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is None:
            return plain
        try:
            # A cut that TLS did not announce must not look like the end of a page.
            return context.wrap_socket(plain, server_hostname=self.host, suppress_ragged_eofs=False)
        except BaseException:
            plain.close()
            raise


def _connected_unix(path: str, seconds: float) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(seconds)
    try:
        sock.connect(path)
    except BaseException:
        sock.close()
        raise
    return sock
