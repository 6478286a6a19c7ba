"""Addresses in one form each: web addresses, origins, and the store's.

A web address is compared and put together as text all over the package, so it
has one spelling here: lower-case scheme and host, international names in ASCII
(IDNA), no port where it is the scheme's own, no slash at the end. What cannot be
part of a public address (user, query, fragment) is a fault, not a thing to drop.

Faults are returned as texts without the address: it may hold a password.
Source: RFC 3986, section 6.2; RFC 6454, section 6; RFC 6761, section 6.3 (localhost).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from sence_gate.errors import ConfigurationError
from sence_gate.stores import SQLITE
from sence_gate.stores.redis.url import PLACE, is_redis_url, read_redis_url
from sence_gate.upstream.address import PORTS, UNIX

_EXAMPLE = "https://campus.otec.cl"
_SENCE = "https://sistemas.sence.cl"
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,30}", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_MOUNT = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)*")
_NOT_IN_A_URL = re.compile(r"[\s\\\x00-\x1f\x7f]")


def normal_url(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the web address *text* in its one spelling, and all its faults; with faults, as ""."""
    if _NOT_IN_A_URL.search(text):
        return "", ("holds a blank, a backslash or an invisible character — remove it",)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return "", (f"is not an address — write it like {_EXAMPLE}",)
    host = _normal_host(parts.hostname or "")
    faults = tuple(_faults(text, parts, host, port))
    if faults:
        return "", faults
    shown_port = "" if port in (None, PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{shown_port}{parts.path.rstrip('/')}", ()


def normal_origin(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the origin *text* in the spelling of browsers, and all its faults; with faults, as ""."""
    url, faults = normal_url(text)
    if url and urlsplit(url).path:
        return "", (f"is more than an origin — write scheme and host only, like {_SENCE}",)
    return url, tuple(fault.replace(_EXAMPLE, _SENCE) for fault in faults)


def normal_upstream(text: str) -> tuple[str, tuple[str, ...]]:
    """Return where the platform listens in its one spelling, and all its faults; with faults, as ""."""
    if text.startswith(UNIX):
        path = text.removeprefix(UNIX)
        is_path = path.startswith("/") and not path.endswith("/") and path.isprintable()
        return (text, ()) if is_path else ("", ("names no socket — write it like unix:///run/campus.sock",))
    url, faults = normal_url(text) if text else ("", ())
    if url and urlsplit(url).path:
        return "", (
            "is more than scheme, host and port — leave the path out: it travels as the browser sent it",
        )
    told = (fault.replace("https://campus.otec.cl", "http://127.0.0.1:8080") for fault in faults)
    return url, tuple(fault.replace("with https://", "with http:// or https://") for fault in told)


def is_https(url: str) -> bool:
    """Tell whether *url* cannot be read or changed on the way."""
    return url.startswith("https:")


def is_loopback(url: str) -> bool:
    """Tell whether *url* leads to this very machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def store_faults(url: str) -> tuple[str, ...]:
    """Return all that is wrong with the address of a store."""
    if not is_redis_url(url):
        fault = _sqlite_fault(url)
        return (fault,) if fault else ()
    try:
        read_redis_url(url)
    except ConfigurationError as error:
        return tuple(fault.removeprefix(f"{PLACE}: ") for fault in error.faults)
    return ()


def _sqlite_fault(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if separator and scheme != "sqlite":
        shown = f'"{scheme}"' if _SCHEME.fullmatch(scheme) else "what it begins with"
        return f"{shown} is not supported in this version — write {SQLITE}sence-gate.sqlite, or redis://host"
    path = rest.removeprefix("/")
    if not url.startswith(SQLITE) or path in ("", "/") or path.endswith("/"):
        return f"names no file — write {SQLITE}relative/file or {SQLITE}/absolute/file"
    if path == ":memory:":
        return f"would be forgotten at every restart — write {SQLITE}sence-gate.sqlite"
    if "?" in path or "#" in path or not path.isprintable():
        return 'holds "?", "#" or an invisible character — name the file only'
    return ""


def file_fault(path: str) -> str:
    """Return what is wrong with *path* as the name of a database file, or ""."""
    if path == ":memory:" or path.endswith("/") or not path.strip() or not path.isprintable():
        return "names no file — write it like sence-gate-spool.sqlite"
    return ""


def sheet_fault(path: str) -> str:
    """Return what is wrong with *path* as the name of a CSV file, or ""."""
    if path.endswith("/") or not path.strip() or not path.isprintable():
        return "names no file — write it like alumnos.csv"
    return ""


def absolute_store(url: str, folder: Path) -> str:
    """Return the store's address with its file named from the root; a relative one stands in *folder*."""
    if not url.startswith(SQLITE):
        return url
    return f"{SQLITE}{folder.absolute() / url.removeprefix(SQLITE)}"


def _faults(text: str, parts: SplitResult, host: str, port: int | None) -> Iterator[str]:
    if parts.scheme not in PORTS:
        yield f"does not begin with https:// — write it like {_EXAMPLE}"
        if "://" not in text:
            return  # what would be its host and path is anybody's guess
    if not host or port == 0:
        yield f"names no host that browsers could reach — write it like {_EXAMPLE}"
    if "@" in parts.netloc:
        yield "holds a user or a password — leave them out"
    if "?" in text or "#" in text:
        yield "holds a query or a fragment — end it with the path"
    if not _MOUNT.fullmatch(parts.path.rstrip("/")):
        yield "has an unusual path — use letters, digits and . _ ~ - between single slashes"


def _normal_host(host: str) -> str:
    """Return *host* as browsers write it, "" when it is none."""
    try:
        address = ip_address(host)
    except ValueError:
        return _normal_name(host)
    if isinstance(address, IPv6Address):
        return "" if address.scope_id else f"[{address.compressed}]"
    return str(address)


def _normal_name(name: str) -> str:
    try:
        ascii_name = name.encode("idna").decode().lower()
    except UnicodeError:
        return ""
    labels = ascii_name.split(".")
    # Browsers read a name that ends in a number as an IPv4 address (WHATWG URL, "ends in a number").
    is_name = all(_LABEL.fullmatch(label) for label in labels) and not re.fullmatch(r"\d+|0x.*", labels[-1])
    return ascii_name if is_name and len(ascii_name) <= 253 else ""
