"""The entries of each attempt, together, in memory that does not grow with the ledger.

The entries of one attempt may stand hours and a million lines apart, and a reload may
come after a month: no rule tells when an attempt is over. So they are sorted on disk,
in a temporary SQLite file that has no name and is gone with the process.

A replay is a callback with the same fields. Only its first copy stays; so neither
repeated lines nor the order in which they come change a report.
"""

from __future__ import annotations

import marshal
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import groupby
from operator import itemgetter
from types import TracebackType
from typing import Self

from sence_gate.errors import StoreUnavailable
from sence_gate.report.rows import SENT_BY_US
from sence_gate.stores.base import Entry, Kind

ROWS_AT_ONCE = 200
CACHE_KIB = 16_384
RUN_WIDTH = 10  # so that they are sorted as numbers

_SCHEMA = f"""
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -{CACHE_KIB};
CREATE TABLE lines (
    course TEXT, run TEXT, id TEXT, same BLOB, at REAL, seq INTEGER, body BLOB,
    PRIMARY KEY (course, run, id, same)
) WITHOUT ROWID;
BEGIN;
"""
_ADD = """
INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
    SET at = excluded.at, seq = excluded.seq, body = excluded.body WHERE excluded.at < at
"""


class Gathered:
    """Entries sorted by course, learner and attempt; a context manager that forgets them at its end.

    Raises:
        StoreUnavailable: from each method, when the temporary file cannot be written or read.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        try:
            self._db.executescript(_SCHEMA)
            self._db.executemany(_ADD, (_line(seq, entry) for seq, entry in enumerate(entries)))
        except BaseException as fault:
            self._db.close()
            if isinstance(fault, sqlite3.Error):
                raise _no_room(fault) from fault
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def attempts(self) -> Iterator[list[Entry]]:
        """Yield the entries of each attempt in the order of their time, as written where it is the same."""
        for _, lines in groupby(self._lines(), itemgetter(0, 1, 2)):
            yield [_unpacked(line[3]) for line in lines]

    def _lines(self) -> Iterator[tuple[str, str, str, bytes]]:
        try:
            found = self._db.execute(
                "SELECT course, run, id, body FROM lines ORDER BY course, run, id, at, seq"
            )
            while some := found.fetchmany(ROWS_AT_ONCE):
                yield from some
        except sqlite3.Error as fault:
            raise _no_room(fault) from fault


def _line(seq: int, entry: Entry) -> tuple[str, str, str, bytes, float, int, bytes]:
    at = entry.at.timestamp()
    about = (_plain(entry.course), _plain(entry.run).rjust(RUN_WIDTH), _plain(entry.id_sesion_alumno))
    return (*about, _sameness(entry), at, seq, _packed(entry))


def _packed(entry: Entry) -> bytes:
    # Quicker than a record's JSON and its checks: nobody but this process writes or reads that file.
    at, kind = entry.at.timestamp(), entry.kind.value
    about = entry.id_sesion_alumno, entry.course, entry.run
    return marshal.dumps((at, kind, *about, entry.raw, entry.flags, entry.reason, entry.incident))


def _unpacked(body: bytes) -> Entry:
    at, kind, *rest = marshal.loads(body)  # noqa: S302
    return Entry(datetime.fromtimestamp(at, UTC), Kind(kind), *rest)


def _sameness(entry: Entry) -> bytes:
    """Return what two entries share exactly when the second tells nothing new."""
    at = entry.at.timestamp() if entry.kind in SENT_BY_US else 0
    told = repr((entry.kind.value, entry.raw, entry.reason, at))
    return blake2b(told.encode("utf-8", "backslashreplace"), digest_size=16).digest()


def _plain(text: str) -> str:
    # JSON can hold half a surrogate pair, SQLite cannot; only the sorting sees this.
    return text.encode("utf-8", "backslashreplace").decode()


def _no_room(fault: sqlite3.Error) -> StoreUnavailable:
    return StoreUnavailable(
        f"the report's temporary file: {fault} (set SQLITE_TMPDIR to a folder with more room)"
    )
