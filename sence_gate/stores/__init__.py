"""Where sessions and the ledger are kept; `base` holds the promise that every store keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

from sence_gate.errors import ConfigurationError
from sence_gate.stores.base import Store
from sence_gate.stores.redis.url import is_redis_url, read_redis_url
from sence_gate.stores.sqlite import SqliteStore

SQLITE = "sqlite:///"


@runtime_checkable
class Inspectable(Protocol):
    """A store with a server behind it, that may be set up in a way that loses sessions."""

    def inspect(self) -> tuple[tuple[str, str], ...]:
        """Return what is worth knowing, as level ("error", "warning", "ok") and text with what to do.

        Raises:
            StoreUnavailable: nothing answers.
        """


@runtime_checkable
class Spooling(Protocol):
    """A store that may be away, and keeps meanwhile what it cannot take."""

    def is_away(self) -> bool:
        """Tell whether it is taken to be away."""

    def waiting(self) -> int:
        """Return how much is kept.

        Raises:
            StoreUnavailable: what is kept cannot be read.
        """


def open_store(url: str, spool: str = "", *, must_exist: bool = False) -> Store:
    """Return the store at *url*; a file is not touched yet, a Redis is asked whether it is one.

    Args:
        url: `sqlite:///file` relative to the working directory, `sqlite:////file` absolute, or an
            address as in `stores.redis.url`.
        spool: a file of this host, for what a shared store cannot take; "": nothing is kept.
        must_exist: a SQLite file that is not there is a store that is away, and not made.

    Raises:
        ConfigurationError: no store of this version understands *url*, or waiting cannot help:
            wrong password or database, or something that is no Redis. One that is away is no fault.
    """
    if url.startswith(SQLITE) and len(url) > len(SQLITE):
        return SqliteStore(Path(url.removeprefix(SQLITE)), must_exist=must_exist)
    if is_redis_url(url):
        from sence_gate.stores.redis.store import open_redis  # noqa: PLC0415 - only who asks for it pays for it
        from sence_gate.stores.spooled import SpooledStore  # noqa: PLC0415 - as above

        remote = open_redis(read_redis_url(url))
        return SpooledStore(remote, Path(spool)) if spool else remote
    raise ConfigurationError((f"store.url: not a store of this version; write {SQLITE}sence-gate.sqlite",))


def shown(url: str) -> str:
    """Return the address of a store as it may be told: without user, password and options.

    Raises:
        ConfigurationError: it is a Redis', and cannot be read.
    """
    return read_redis_url(url).shown if is_redis_url(url) else url
