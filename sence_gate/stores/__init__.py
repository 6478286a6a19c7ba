"""Where sessions and the ledger are kept; `base` holds the promise that every store keeps."""

from __future__ import annotations

from pathlib import Path

from sence_gate.errors import ConfigurationError
from sence_gate.stores.base import Store
from sence_gate.stores.sqlite import SqliteStore

SQLITE = "sqlite:///"


def open_store(url: str) -> Store:
    """Return the store at *url*, without touching it yet.

    Args:
        url: `sqlite:///file` relative to the working directory, `sqlite:////file` absolute.

    Raises:
        ConfigurationError: no store of this version understands *url*.
    """
    if url.startswith(SQLITE) and len(url) > len(SQLITE):
        return SqliteStore(Path(url.removeprefix(SQLITE)))
    raise ConfigurationError((f"store.url: not a store of this version; write {SQLITE}sence-gate.sqlite",))
