"""What every store promises, and what it keeps beside sessions.

A store remembers sessions and an append-only ledger; it never decides. Both are
written together or not at all, so that the ledger replayed is the state stored.
`StoreUnavailable` means that the store could not answer, and nothing else: a
missing session is `None`. How all of it is written down stands in `records`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sence_gate.protocol.session import Session, State

UNMATCHED_KEPT = 1_000  # callbacks that are nobody's: enough to see an attack, bounded whatever it sends
REPEATS_KEPT = 20  # lines of one kind of an attempt that change nothing: a person makes few of them
# Flags of what became of a callback; its kind tells what it was.
SAME = "same"  # it changed nothing: a replay
REBUILT = "rebuilt"  # the store knew nothing of the attempt, its own fields proved it
LAST_KEPT = "last_kept"  # further ones of its kind and attempt are counted, and stand nowhere


class Kind(StrEnum):
    """What a ledger entry tells."""

    START_SENT = "start_sent"
    CLOSE_SENT = "close_sent"
    START_OK = "start_ok"
    START_ERROR = "start_error"
    CLOSE_OK = "close_ok"
    CLOSE_ERROR = "close_error"
    TIMED_OUT = "timed_out"
    GRACE = "grace"  # a form passed shortly after the end
    ILLEGAL = "illegal"
    QUARANTINED = "quarantined"  # the attempt is ours, the values are not what was sent
    UNMATCHED = "unmatched"  # no attempt of ours
    BYPASS = "bypass"  # a contingency began, or was ended
    PASSED = "passed"  # a learner went into a course during one, without SENCE


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger. Immutable, as the ledger is.

    `raw` holds the fields as they travelled, never the token. `incident` is the
    id that the learner's page and the log show.
    """

    at: datetime
    kind: Kind
    id_sesion_alumno: str = ""
    course: str = ""
    run: str = ""
    raw: tuple[tuple[str, str], ...] = ()
    flags: tuple[str, ...] = ()
    reason: str = ""
    incident: str = ""

    def __repr__(self) -> str:
        return f"Entry({self.at.isoformat()}, {self.kind}, course={self.course!r}, flags={self.flags!r})"


@dataclass(frozen=True, slots=True)
class Bypass:
    """A contingency while SENCE is down: until *until* the learners of a course pass without it.

    `course` "" stands for all. One that was ended has its end in `until`. `by` is who began it.
    """

    course: str
    id: str
    since: datetime
    until: datetime
    reason: str
    by: str


class Store(Protocol):
    """The promise. All methods raise `StoreUnavailable` when the store cannot answer."""

    def get(self, id_sesion_alumno: str) -> Session | None:
        """Return the session of an attempt, or None when there is none."""

    def find_open(self, run: str, course: str) -> Session | None:
        """Return the newest session in state OPEN of a learner (canonical RUN) in a course."""

    def swap(self, before: Session | None, after: Session, entry: Entry) -> bool:
        """Replace *before* by *after* and add *entry*, both or neither.

        Returns False, with nothing written, when the stored session is no longer
        *before*; None stands for "not stored yet".
        """

    def record(self, entry: Entry) -> None:
        """Add *entry* to the ledger."""

    def count_repeat(self, id_sesion_alumno: str, kind: Kind) -> int:
        """Count a line of *kind* that changes nothing of an attempt, and return the how-many-eth it is.

        Counted as far as one more than `REPEATS_KEPT`, and anew after the session was forgotten.
        """

    def note_unmatched(self, entry: Entry) -> None:
        """Count a callback that is nobody's; keep the newest `UNMATCHED_KEPT` of them."""

    def unmatched(self) -> tuple[int, tuple[Entry, ...]]:
        """Return how many were counted, and those that are kept, oldest first."""

    def ledger(
        self, since: datetime | None = None, until: datetime | None = None, *, run: str = ""
    ) -> Iterator[Entry]:
        """Yield the entries with `since <= at < until`, in the order written.

        Those of others than the learner *run* (canonical) may be left out, where they are many.
        """

    def bypasses(self) -> tuple[Bypass, ...]:
        """Return the newest contingency of each course, also one that is over, ordered by course."""

    def keep_bypass(self, bypass: Bypass, entry: Entry) -> None:
        """Put *bypass* in the place of its course's and add *entry*, both or neither."""

    def forget(self, before: datetime, *, pretend: bool = False) -> int:
        """Delete the sessions that were over before *before*, as `is_over` says, and return how many.

        Never an entry of the ledger. One that changes meanwhile stays. With *pretend*
        they are counted, and nothing is deleted.
        Writers are not kept waiting; what was deleted before a failure stays deleted.
        """

    def ping(self) -> None:
        """Return when the store can be read and written."""

    def close(self) -> None:
        """Give back what is held open; the store is not used again."""


def is_over(session: Session, before: datetime) -> bool:
    """Tell whether *session* was over before *before*.

    A learner who never came back left it in state OPEN: then its time had to be over.
    """
    last = session.deadline if session.state is State.OPEN else session.since
    return last is not None and last < before
