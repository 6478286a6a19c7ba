"""A shared store that goes away at will, or answers nothing although it did what it was told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

from sence_gate.errors import StoreUnavailable
from sence_gate.protocol.session import Session
from sence_gate.stores.base import Bypass, Entry, Kind, Store
from sence_gate.stores.spooled import SpooledStore

T = TypeVar("T")
Use = Callable[[], T]


class Switchable:
    """Pass everything on to *real*, unless told otherwise.

    `is_away`: nothing reaches it. `deaf_for`: so many writes from now on are done and not
    acknowledged. `fails_after`: so many calls pass before it goes away. `calls` counts what arrived.
    """

    def __init__(self, real: Store) -> None:
        self.real = real
        self.is_away = False
        self.deaf_for = 0
        self.fails_after = -1
        self.calls = 0

    def get(self, id_sesion_alumno: str) -> Session | None:
        """Pass on."""
        return self._ask(lambda: self.real.get(id_sesion_alumno))

    def find_open(self, run: str, course: str) -> Session | None:
        """Pass on."""
        return self._ask(lambda: self.real.find_open(run, course))

    def swap(self, before: Session | None, after: Session, entry: Entry) -> bool:
        """Pass on."""
        return self._write(lambda: self.real.swap(before, after, entry))

    def record(self, entry: Entry) -> None:
        """Pass on."""
        self._write(lambda: self.real.record(entry))

    def count_repeat(self, id_sesion_alumno: str, kind: Kind) -> int:
        """Pass on."""
        return self._write(lambda: self.real.count_repeat(id_sesion_alumno, kind))

    def note_unmatched(self, entry: Entry) -> None:
        """Pass on."""
        self._write(lambda: self.real.note_unmatched(entry))

    def unmatched(self) -> tuple[int, tuple[Entry, ...]]:
        """Pass on."""
        return self._ask(self.real.unmatched)

    def ledger(
        self, since: datetime | None = None, until: datetime | None = None, *, run: str = ""
    ) -> Iterator[Entry]:
        """Pass on."""
        yield from self._ask(lambda: self.real.ledger(since, until, run=run))

    def bypasses(self) -> tuple[Bypass, ...]:
        """Pass on."""
        return self._ask(self.real.bypasses)

    def keep_bypass(self, bypass: Bypass, entry: Entry) -> None:
        """Pass on."""
        self._write(lambda: self.real.keep_bypass(bypass, entry))

    def forget(self, before: datetime, *, pretend: bool = False) -> int:
        """Pass on."""
        return self._ask(lambda: self.real.forget(before, pretend=pretend))

    def ping(self) -> None:
        """Pass on."""
        self._ask(self.real.ping)

    def close(self) -> None:
        """Pass on, even when away."""
        self.real.close()

    def _ask(self, use: Use[T]) -> T:
        if self.fails_after == 0:
            self.is_away = True
        self.fails_after -= 1
        if self.is_away:
            raise StoreUnavailable("the shared store of the tests is away")
        self.calls += 1
        return use()

    def _write(self, use: Use[T]) -> T:
        answer = self._ask(use)
        if self.deaf_for > 0:
            self.deaf_for -= 1
            raise StoreUnavailable("the answer of the shared store was lost")
        return answer


def is_brought(store: Store) -> bool:
    """Ask once, which brings some of what was kept; tell whether nothing is left."""
    assert isinstance(store, SpooledStore)
    with suppress(StoreUnavailable):
        store.get("x")
    return store._spool.is_empty()
