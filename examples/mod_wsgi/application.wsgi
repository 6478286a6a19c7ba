"""What mod_wsgi loads."""

import os

os.environ["SENCE_GATE_CONFIG"] = "/etc/sence-gate.toml"

from sence_gate.wsgi import application  # noqa: E402, F401
