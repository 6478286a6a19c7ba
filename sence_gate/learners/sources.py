"""The simplest sources: a variable, a header, a function of the platform.

A header is a claim of whoever sent it: it counts from trusted proxies alone. What
else these sources say of a visitor (a role, that somebody looks through the account)
stands in other variables or headers of the same kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import import_module
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from sence_gate.errors import IdentityUnavailable, UntrustworthyIdentity
from sence_gate.learners.claims import Claim, Identity, Reader, Standing, is_set

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Network = IPv4Network | IPv6Network
UNIX = "unix"  # in place of a network: peers on a unix socket, which have no address

Function = Callable[["WSGIEnvironment"], object]


def ask(_environ: WSGIEnvironment) -> Identity:
    """Return UNKNOWN: the learner types the RUN on the start page."""
    return Standing.UNKNOWN


def from_environ(key: str, impersonated: str = "") -> Reader:
    """Return a reader of the variable *key* of the WSGI environment.

    Args:
        impersonated: the variable that is set when somebody looks through the account.
    """
    return lambda environ: _claim(environ, key, impersonated, str)


def from_header(name: str, trusted: Sequence[Network | str], impersonated: str = "") -> Reader:
    """Return a reader of the header *name*, sent by a peer in *trusted*.

    Any other peer went around the proxy: it is not nobody, who may pass, and the reader
    raises `UntrustworthyIdentity`.
    """

    def read(environ: WSGIEnvironment) -> Claim | Standing:
        if not is_trusted(environ, trusted):
            raise UntrustworthyIdentity("the request did not come through a proxy of trusted_proxies")
        return _claim(environ, name, impersonated, header_key)

    return read


def from_callable(function: Function) -> Reader:
    """Return a reader that asks a function of the platform for the RUN, None or a `Standing`.

    Whatever the function raises is `IdentityUnavailable`: never "nobody".
    """

    def read(environ: WSGIEnvironment) -> Claim | Standing:
        try:
            claimed = function(environ)
        except Exception as fault:  # it is the platform's, and may raise anything
            raise IdentityUnavailable(f"learner.import failed with {type(fault).__name__}") from fault
        if isinstance(claimed, Claim | Standing):
            return claimed
        return Standing.NOBODY if claimed is None or claimed == "" else Claim(claimed)

    return read


def _claim(
    environ: WSGIEnvironment, name: str, impersonated: str, key_of: Callable[[str], str]
) -> Claim | Standing:
    claimed = _as_sent(environ.get(key_of(name)))
    if claimed is None or claimed == "":
        return Standing.NOBODY
    is_impersonated = bool(impersonated) and is_set(environ.get(key_of(impersonated)))
    return Claim(claimed, lambda path: _as_sent(environ.get(key_of(path))), is_impersonated=is_impersonated)


def _as_sent(value: object) -> object:
    """Return *value* as its sender wrote it: WSGI hands over every byte as a character (PEP 3333)."""
    if not isinstance(value, str) or value.isascii():
        return value
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:  # it was latin-1, or was set as text in this process
        return value


def resolve(dotted: str) -> Function:
    """Return the function that `package.module:function` names.

    Raises:
        ImportError, AttributeError, TypeError, ValueError: there is no such callable.
    """
    module, _, name = dotted.partition(":")
    found = getattr(import_module(module), name)
    if not callable(found):
        raise TypeError(f"{dotted} cannot be called")
    return found  # type: ignore[no-any-return]  # a name that the operator wrote; checked as far as Python can


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
