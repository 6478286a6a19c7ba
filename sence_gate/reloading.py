"""A file that people change while the gate runs: its newest good content, without a pause.

What was read is immutable and exchanged whole. A change is looked for every few
seconds and read in a thread of its own once the file is at rest (seen twice alike: it
may be edited in place), however it was changed: in place, replaced by another file, or
by a link that leads elsewhere (Kubernetes). What cannot be used is told once, and the
content before it stays.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Lock, Thread
from time import monotonic
from typing import Generic, TypeVar

from sence_gate.errors import ConfigurationError
from sence_gate.sheets import Changing, Signature, signature

log = logging.getLogger("sence_gate")

LOOK_SECONDS = 2.0
EMPTIED = "has no row any more, and had some — write it again; to empty it on purpose, restart the gate"
_TRIES = 20

T = TypeVar("T")


class Reloaded(Generic[T]):
    """The content of the file *path*, as *read* makes it.

    Args:
        read: returns the content, or raises what its own docstring says.
        what: what the file is, for a note that names no path.
        setting: what names the file, for the faults that stand in the way of a start.
        holds: tells whether there is anybody in a content. A file that had somebody and has nobody any
            more is an export that failed, and would lock everybody out, or let everybody pass.

    Raises:
        ConfigurationError: it cannot be used; there is nothing before it that could stay.
    """

    def __init__(
        self,
        path: Path,
        read: Callable[[Path], T],
        what: str,
        setting: str,
        *,
        holds: Callable[[T], bool] = bool,
        every: float = LOOK_SECONDS,
        timer: Callable[[], float] = monotonic,
    ) -> None:
        self._path, self._read, self._holds = path, read, holds
        self._what, self._setting = what, setting
        self._every, self._timer = every, timer
        self._lock = Lock()
        self._loader: Thread | None = None
        self._is_refused = False
        self._known = self._resting = signature(path)
        self._content = self._first()
        self._next = timer() + every

    @property
    def content(self) -> T:
        """The newest content that could be used."""
        if self._timer() >= self._next:
            self._look()
        return self._content

    @property
    def note(self) -> str:
        """What the operator should look at, or ""; names no path."""
        return (
            f"a newer {self._what} could not be used, the one before it stays; see the log"
            if self._is_refused
            else ""
        )

    def wait(self) -> None:
        """Wait until what is being read is read."""
        if loader := self._loader:
            loader.join()

    def _first(self) -> T:
        for _ in range(_TRIES):
            try:
                return self._read(self._path)
            except Changing:
                self._known = self._resting = signature(self._path)
            except ConfigurationError as error:
                raise ConfigurationError(
                    tuple(f"{self._setting}: {fault}" for fault in error.faults)
                ) from None
        text = "is written all the time — write it elsewhere and move it here"
        raise ConfigurationError((f"{self._setting}: {self._path}: {text}",))

    def _look(self) -> None:
        if not self._lock.acquire(blocking=False):
            return  # another request looks
        try:
            self._next = self._timer() + self._every
            if self._loader is not None and self._loader.is_alive():
                return
            now = signature(self._path)
            if now == self._known:
                return
            if now != self._resting:
                self._resting = now
                return
            self._loader = Thread(target=self._load, args=(now,), name="sence_gate reload", daemon=True)
            self._loader.start()
        finally:
            self._lock.release()

    def _load(self, version: Signature | None) -> None:
        try:
            self._content = self._unless_emptied(self._read(self._path))
        except Changing:
            return  # the next look sees another version
        except ConfigurationError as fault:
            log.error("%s", "\n".join((f"the {self._what} of before stays in use:", *fault.faults)))
            self._is_refused = True
        except Exception as fault:  # noqa: BLE001 - a thread that dies would look as if nothing had happened
            log.error("the %s of before stays in use: %s", self._what, type(fault).__name__)
            self._is_refused = True
        else:
            log.info("a newer %s is in use", self._what)
            self._is_refused = False
        self._known = version

    def _unless_emptied(self, content: T) -> T:
        if self._holds(self._content) and not self._holds(content):
            raise ConfigurationError((f"{self._path}: {EMPTIED}",))
        return content
