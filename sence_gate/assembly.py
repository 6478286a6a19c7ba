"""The gate without a line of code: what stands behind it is what the configuration names."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, cast

from sence_gate.errors import ConfigurationError
from sence_gate.middleware import SenceGate
from sence_gate.proxy import ReverseProxy

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from sence_gate.config import Config

# gunicorn's code for a worker that need not be started again; with any other it would try for ever.
APP_LOAD_ERROR = 4
NEITHER = (
    'platform: names nothing to guard — write wsgi = "package.module:application", '
    'upstream = "http://127.0.0.1:8080", or forward_auth.dialect when a front server asks'
)


def assembled(config: Config) -> SenceGate | ReverseProxy:
    """Return the gate in front of `platform.wsgi` or `platform.upstream`; or alone, for forward auth.

    Raises:
        ConfigurationError: neither is named, or what is named cannot be used.
    """
    if config.platform.upstream:
        return ReverseProxy(config)
    is_alone = config.forward_auth.dialect and not config.platform.wsgi
    return SenceGate(None if is_alone else platform(config.platform.wsgi), config)


def platform(dotted: str) -> WSGIApplication:
    """Return the WSGI application that `package.module:name` names.

    Raises:
        ConfigurationError: nothing is named, or there is no such application.
    """
    if not dotted:
        raise ConfigurationError((NEITHER,))
    module, _, name = dotted.partition(":")
    try:
        found = getattr(import_module(module), name or "application")
    except (ImportError, AttributeError) as fault:
        raise ConfigurationError((_missing(dotted, fault),)) from fault
    if not callable(found):
        text = "is not a WSGI application — name one after the colon: package.module:application"
        raise ConfigurationError((f"platform.wsgi: {dotted} {text}",))
    return cast("WSGIApplication", found)


def look_for(dotted: str) -> None:
    """Look whether there is a package of the platform's name, without running anything of it.

    Raises:
        ConfigurationError: there is none.
    """
    package = dotted.partition(":")[0].partition(".")[0]
    if find_spec(package) is None:
        raise ConfigurationError((_missing(dotted, f"No module named {package!r}"),))


def _missing(dotted: str, reason: object) -> str:
    remedy = "start in the folder where it is, or correct package.module:application"
    return f"platform.wsgi: {dotted} cannot be imported: {reason} — {remedy}"
