"""Which site an address is of, and whether a browser takes the way there for secure.

What SameSite, Sec-Fetch-Site and Secure are about. The public suffix list is
approximated: a site is the last two labels of a name.

Source: RFC 6265bis, section 5.2; Secure Contexts, section 3.1.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def site_of(url: str) -> str:
    """Return scheme and registrable domain of *url*; ports do not matter (section 5.2)."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    name = host if is_ip(host) else ".".join(host.split(".")[-2:])
    return f"{parts.scheme}://{name}"


def is_trustworthy(url: str) -> bool:
    """Tell whether *url* counts as secure: https, or this very machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    is_local = ip_address(host).is_loopback if is_ip(host) else is_within(host, "localhost")
    return parts.scheme == "https" or is_local


def is_within(host: str, domain: str) -> bool:
    """Tell whether *host* is *domain* or lies below it."""
    return host == domain or (host.endswith(f".{domain}") and not is_ip(host))


def is_ip(host: str) -> bool:
    """Tell whether *host* is an address and no name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
