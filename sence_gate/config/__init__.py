"""The operator's settings: from `sence-gate.toml` and the environment to a checked `Config`.

Read in this order: `shape` is the file as dataclasses, `reading` fills them,
`variables` puts the environment over them, `rules` and its like judge, and
`load` builds what `model` shows to the rest of the package. `faults` and `urls`
serve them all.
"""

from sence_gate.config.load import load_config
from sence_gate.config.model import (
    CALLBACK_PATHS,
    Config,
    Credential,
    ForwardAuth,
    Learner,
    LearnerSource,
    MetricsSettings,
    OnFailure,
    PageSettings,
    Platform,
    Sence,
    StoreSettings,
)
from sence_gate.config.shape import setting_names

__all__ = [
    "CALLBACK_PATHS",
    "Config",
    "Credential",
    "ForwardAuth",
    "Learner",
    "LearnerSource",
    "MetricsSettings",
    "OnFailure",
    "PageSettings",
    "Platform",
    "Sence",
    "StoreSettings",
    "load_config",
    "setting_names",
]
