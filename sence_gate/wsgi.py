"""The gate without a line of code: in front of what the configuration names.

    SENCE_GATE_CONFIG=sence-gate.toml granian --interface wsgi sence_gate.wsgi:application

works with every WSGI server that takes `module:name`. A fault of the configuration
ends the server at its start, with every fault in one message.
"""

from __future__ import annotations

import os
import sys

from sence_gate.assembly import APP_LOAD_ERROR, assembled
from sence_gate.config import load_config
from sence_gate.errors import ConfigurationError
from sence_gate.middleware import SenceGate
from sence_gate.proxy import ReverseProxy

CONFIG_VARIABLE = "SENCE_GATE_CONFIG"
# UWSGI_FAILED_APP_CODE of uwsgi.h: with `need-app` it ends the server.
_FAILED_IN_UWSGI = 22


def wrapped() -> SenceGate | ReverseProxy:
    """Return what the configuration names, behind the gate.

    Raises:
        ConfigurationError: the file or what it names cannot be used.
    """
    path = os.environ.get(CONFIG_VARIABLE, "sence-gate.toml")
    return assembled(load_config(path, os.environ))


def _application() -> SenceGate | ReverseProxy:
    try:
        return wrapped()
    except ConfigurationError as fault:
        # Servers print a traceback or nothing at all for an exception here; the operator needs the list.
        sys.stderr.write(f"sence_gate cannot start:\n{fault}\n")
        raise SystemExit(_FAILED_IN_UWSGI if "uwsgi" in sys.modules else APP_LOAD_ERROR) from None


application = _application()
