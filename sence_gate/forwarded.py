"""What a proxy tells a platform of the request: for which host, by whom, how.

The same for a page and for the question who is visiting: a platform that ties its
sessions to an address must see one visitor, and not two.
Source: RFC 9110, section 7.6; RFC 7239 (Forwarded).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sence_gate.errors import UnusableRequest
from sence_gate.learners.sources import Network, is_trusted
from sence_gate.upstream.address import PORTS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
# A visitor's address of the request beside its own (IIS, Symfony and others obey it), and how much of its
# path is only a mount (copied into many a Flask platform; Plack): some platforms serve what stands there.
MISLEADING = ("x-original-url", "x-rewrite-url", "x-script-name", "x-forwarded-prefix", "x-traversal-path")


class Forwarded:
    """Tell of requests to *public_url*.

    Args:
        host: takes the place of the browser's Host; "" leaves it.
        trusted: the proxies whose word about the client goes first.
    """

    def __init__(self, public_url: str, host: str, trusted: Sequence[Network | str]) -> None:
        public = urlsplit(public_url)
        self._host, self._public_host, self._trusted = host, public.netloc, trusted
        port = public.port or PORTS[public.scheme]
        self._constant = (
            ("X-Forwarded-Proto", public.scheme),
            ("X-Forwarded-Host", public.netloc),
            ("X-Forwarded-Port", str(port)),
        )
        self._end = f';host="{public.netloc}";proto={public.scheme}'

    def host(self, environ: WSGIEnvironment) -> str:
        """Return the Host for the platform.

        Raises:
            UnusableRequest: the browser's is none, or more than one.
        """
        host: str = self._host or environ.get("HTTP_HOST", "") or self._public_host
        if not HOST.fullmatch(host):
            raise UnusableRequest("the Host is none, or more than one")
        return host

    def headers(self, environ: WSGIEnvironment) -> Iterator[tuple[str, str]]:
        """Yield who asks for what, as proxies say it."""
        peer = environ.get("REMOTE_ADDR") or "unknown"
        earlier = environ.get("HTTP_X_FORWARDED_FOR") if is_trusted(environ, self._trusted) else None
        yield "X-Forwarded-For", f"{earlier}, {peer}" if earlier else peer
        yield from self._constant
        yield "Forwarded", f"for={_node(peer)}{self._end}"


def _node(peer: str) -> str:
    return f'"[{peer}]"' if ":" in peer else peer
