"""Who is visiting: the sources of the RUN.

A source looks at a request and answers one of three things: a `Rut`; NOBODY,
when nobody is logged in at the platform, so that the platform can show its own
login; or UNKNOWN, when the learner is asked and SENCE checks RUN against key. An
identity that is claimed and is not a RUN is an error, never NOBODY: it would let
the visitor pass.

A header is a claim of whoever sent it: it counts from trusted proxies alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from functools import lru_cache
from importlib import import_module
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from sence_gate.errors import InvalidRut, UntrustworthyIdentity
from sence_gate.protocol.rut import Rut

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Network = IPv4Network | IPv6Network
UNIX = "unix"  # in place of a network: peers on a unix socket, which have no address


class Standing(Enum):
    """What a source answers when it names no RUN."""

    NOBODY = "nobody is logged in at the platform"
    UNKNOWN = "the learner is asked"


Identity = Rut | Standing
Source = Callable[["WSGIEnvironment"], Identity]


def ask(_environ: WSGIEnvironment) -> Identity:
    """Return UNKNOWN: the learner types the RUN on the start page."""
    return Standing.UNKNOWN


def from_environ(key: str) -> Source:
    """Return a source that reads the variable *key* of the WSGI environment."""
    return lambda environ: identity_of(environ.get(key))


def from_header(name: str, trusted: Sequence[Network | str]) -> Source:
    """Return a source that reads the header *name*, sent by a peer in *trusted*.

    Any other peer went around the proxy: it is not nobody, who may pass.
    """
    key = header_key(name)

    def source(environ: WSGIEnvironment) -> Identity:
        if not is_trusted(environ, trusted):
            raise UntrustworthyIdentity("the request did not come through a proxy of trusted_proxies")
        return identity_of(environ.get(key))

    return source


def from_callable(function: Callable[[WSGIEnvironment], str | None]) -> Source:
    """Return a source that asks a function of the platform."""

    def source(environ: WSGIEnvironment) -> Identity:
        try:
            claimed = function(environ)
        except Exception as fault:  # it is the platform's, and may raise anything
            raise UntrustworthyIdentity(f"learner.import failed with {type(fault).__name__}") from fault
        return identity_of(claimed)

    return source


def resolve(dotted: str) -> Callable[[WSGIEnvironment], str | None]:
    """Return the function that `package.module:function` names.

    Raises:
        ImportError, AttributeError, TypeError, ValueError: there is no such callable.
    """
    module, _, name = dotted.partition(":")
    found = getattr(import_module(module), name)
    if not callable(found):
        raise TypeError(f"{dotted} cannot be called")
    return found  # type: ignore[no-any-return]  # a name that the operator wrote; checked as far as Python can


def identity_of(text: object) -> Identity:
    """Return the identity that a platform's *text* claims.

    Raises:
        UntrustworthyIdentity: it is not a RUN.
    """
    if text is None or text == "":
        return Standing.NOBODY
    try:
        return Rut.parse(str(text))
    except InvalidRut:
        raise UntrustworthyIdentity("the platform names the visitor by something that is not a RUN") from None


def peer_of(text: str) -> Network | str:
    """Return the peers that an entry of trusted_proxies names.

    Raises:
        ValueError: it is neither a network without host bits nor `unix`.
    """
    return UNIX if text == UNIX else ip_network(text)


def header_key(name: str) -> str:
    """Return the WSGI variable that holds the header *name*."""
    return f"HTTP_{name.upper().replace('-', '_')}"


def is_trusted(environ: WSGIEnvironment, trusted: Sequence[Network | str]) -> bool:
    """Tell whether the peer of this request stands in one of the *trusted* networks."""
    return _is_inside(environ.get("REMOTE_ADDR", ""), tuple(trusted))


@lru_cache(256)
def _is_inside(address: str, trusted: tuple[Network | str, ...]) -> bool:
    if not address:
        return UNIX in trusted
    try:
        peer = ip_address(address)
    except ValueError:
        return False
    # A socket that takes both kinds of address writes IPv4 as ::ffff:192.0.2.1.
    mapped = peer.ipv4_mapped if isinstance(peer, IPv6Address) else None
    networks = [network for network in trusted if not isinstance(network, str)]
    return any(peer in network or (mapped or peer) in network for network in networks)
