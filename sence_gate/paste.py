"""PasteDeploy: the gate as a filter of a paste.ini.

::

    [filter:sence]
    use = egg:sence-gate
    config = %(here)s/sence-gate.toml
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sence_gate.config import load_config
from sence_gate.errors import ConfigurationError
from sence_gate.middleware import SenceGate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed.wsgi import WSGIApplication


def filter_app(
    application: WSGIApplication,
    global_conf: Mapping[str, str],
    config: str = "sence-gate.toml",
    **unknown: str,
) -> SenceGate:
    """Return *application* behind the gate; a `paste.filter_app_factory`.

    Args:
        global_conf: PasteDeploy's; its `here` is the folder of the paste.ini.
        config: the gate's own file, relative to that folder.

    Raises:
        ConfigurationError: with every fault; nothing was started.
    """
    if unknown:
        remedy = "the gate's settings stand in the file that `config` names"
        raise ConfigurationError(tuple(f"{key}: is no option of the filter — {remedy}" for key in unknown))
    path = Path(global_conf.get("here", "")) / config
    return SenceGate(application, load_config(path, os.environ))
