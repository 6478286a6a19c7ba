"""The gate without code, `sence_gate.wsgi:application`, by each server that runs it in its own process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from tests.doors import servers
from tests.doors.servers import BIN
from tests.ports import LOOPBACK

TARGET = "sence_gate.wsgi:application"
_WERKZEUG = """\
import sys
from werkzeug.serving import run_simple
from sence_gate.wsgi import application
run_simple("127.0.0.1", int(sys.argv[1]), application, threaded=True)
"""
# From the folder with the configuration, and the port.
COMMANDS: dict[str, Callable[[Path, int], list[str]]] = {
    "granian": lambda _, port: servers.granian(TARGET, port),
    "gunicorn": lambda _, port: [str(BIN / "gunicorn"), "--threads", "4", "-b", f"{LOOPBACK}:{port}", TARGET],
    "waitress": lambda _, port: [str(BIN / "waitress-serve"), "--listen", f"{LOOPBACK}:{port}", TARGET],
    "cheroot": lambda _, port: [str(BIN / "cheroot"), "--bind", f"{LOOPBACK}:{port}", TARGET],
    "werkzeug": lambda _, port: [sys.executable, "-c", _WERKZEUG, str(port)],
    "uWSGI": servers.uwsgi,
    "mod_wsgi": servers.mod_wsgi,
}
