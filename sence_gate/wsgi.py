"""The gate without a line of code: wrap the application that the configuration names.

    SENCE_GATE_CONFIG=sence-gate.toml granian --interface wsgi sence_gate.wsgi:application

works with every WSGI server that takes `module:name`. A fault of the configuration
ends the server at its start, with every fault in one message.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, cast

from sence_gate.config import load_config
from sence_gate.errors import ConfigurationError
from sence_gate.middleware import SenceGate

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

CONFIG_VARIABLE = "SENCE_GATE_CONFIG"


def wrapped() -> SenceGate:
    """Return the application of `platform.wsgi` behind the gate; or the gate alone, for forward auth.

    Raises:
        ConfigurationError: the file or what it names cannot be used.
    """
    path = os.environ.get(CONFIG_VARIABLE, "sence-gate.toml")
    config = load_config(path, os.environ)
    behind = config.platform
    is_alone = config.forward_auth.dialect and not (behind.wsgi or behind.upstream)
    return SenceGate(None if is_alone else platform(behind.wsgi), config)


def platform(dotted: str) -> WSGIApplication:
    """Return the WSGI application that `package.module:name` names.

    Raises:
        ConfigurationError: nothing is named, or there is no such application.
    """
    if not dotted:
        raise ConfigurationError(('platform.wsgi: is missing: write wsgi = "package.module:application"',))
    module, _, name = dotted.partition(":")
    try:
        found = getattr(import_module(module), name or "application")
    except (ImportError, AttributeError) as fault:
        raise ConfigurationError((f"platform.wsgi: {dotted} cannot be imported: {fault}",)) from fault
    if not callable(found):
        raise ConfigurationError((f"platform.wsgi: {dotted} is not a WSGI application",))
    return cast("WSGIApplication", found)


def _application() -> SenceGate:
    try:
        return wrapped()
    except ConfigurationError as fault:
        # Servers print a traceback or nothing at all for an exception here; the operator needs the list.
        sys.stderr.write(f"sence_gate cannot start:\n{fault}\n")
        raise SystemExit(1) from None


application = _application()
