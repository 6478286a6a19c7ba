"""A gate in front of a learning platform that registers attendance with SENCE.

from sence_gate import SenceGate

application = SenceGate(application, "sence-gate.toml")
"""

from sence_gate.middleware import SenceGate

__all__ = ["SenceGate"]
__version__ = "0.1.0"
