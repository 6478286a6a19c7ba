"""What every store promises, and the two records that it keeps.

A store remembers sessions and an append-only ledger; it never decides. Both are
written together or not at all, so that the ledger replayed is the state stored.
`StoreUnavailable` means that the store could not answer, and nothing else: a
missing session is `None`.

Sessions and entries are kept as JSON with a fixed shape, never as pickles: what
comes back from a shared store is input from outside.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Protocol

from sence_gate.protocol.messages import Attendance, Environment
from sence_gate.protocol.rut import Rut
from sence_gate.protocol.session import Session, State

UNMATCHED_KEPT = 1_000  # callbacks that are nobody's: enough to see an attack, bounded whatever it sends


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

    def note_unmatched(self, entry: Entry) -> None:
        """Count a callback that is nobody's; keep the newest `UNMATCHED_KEPT` of them."""

    def unmatched(self) -> tuple[int, tuple[Entry, ...]]:
        """Return how many were counted, and those that are kept, oldest first."""

    def ledger(self, since: datetime | None = None, until: datetime | None = None) -> Iterator[Entry]:
        """Yield the entries with `since <= at < until`, in the order written."""

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


def dump_session(session: Session) -> str:
    """Return *session* as JSON text of a fixed shape."""
    return _encode(session_values(session))


def load_session(text: str) -> Session:
    """Return the session of a text made by `dump_session`.

    Raises:
        ValueError: the text has another shape.
    """
    return session_from_values(_parsed(text))


def session_values(session: Session) -> list[Any]:
    """Return *session* as a list of JSON values, short enough for a cookie."""
    sent = session.attendance
    return [
        session.id_sesion_alumno,
        session.course,
        sent.environment.value,
        sent.rut_otec.canonical,
        sent.run_alumno.canonical,
        sent.cod_sence,
        sent.codigo_curso,
        sent.linea_capacitacion,
        session.minutes,
        session.state.value,
        session.since.timestamp(),
        session.id_sesion_sence,
        None if session.opened is None else session.opened.timestamp(),
        list(session.earlier),
        list(session.closes),
        session.version,
    ]


def session_from_values(values: object) -> Session:
    """Return the session of a list made by `session_values`.

    Raises:
        ValueError: the list has another shape.
    """
    match values:
        case [
            str(id_sesion_alumno), str(course), str(environment), str(rut_otec), str(run),
            str(cod_sence), str(codigo_curso), int(linea), int(minutes), str(state),
            float() | int() as since, (str() | None) as id_sesion_sence,
            (float() | int() | None) as opened, list(earlier), list(closes), int(version),
        ]:  # fmt: skip
            return Session(
                id_sesion_alumno=id_sesion_alumno,
                course=course,
                attendance=Attendance(
                    Environment(environment),
                    _rut(rut_otec),
                    _rut(run),
                    cod_sence,
                    codigo_curso,
                    linea,
                ),
                minutes=minutes,
                state=State(state),
                since=_moment(since),
                id_sesion_sence=id_sesion_sence,
                opened=None if opened is None else _moment(opened),
                earlier=tuple(str(each) for each in earlier),
                closes=tuple(str(each) for each in closes),
                version=version,
            )
        case _:
            raise ValueError("not the record of a session")


def dump_entry(entry: Entry) -> str:
    """Return *entry* as JSON text of a fixed shape."""
    return _encode(
        [
            entry.at.timestamp(),
            entry.kind.value,
            entry.id_sesion_alumno,
            entry.course,
            entry.run,
            entry.raw,
            entry.flags,
            entry.reason,
            entry.incident,
        ]
    )


def load_entry(text: str) -> Entry:
    """Return the entry of a text made by `dump_entry`.

    Raises:
        ValueError: the text has another shape.
    """
    match _parsed(text):
        case [
            float() | int() as at, str(kind), str(id_sesion_alumno), str(course), str(run),
            list(raw), list(flags), str(reason), str(incident),
        ]:  # fmt: skip
            pairs = tuple(_pair(each) for each in raw)
            words = tuple(str(flag) for flag in flags)
            return Entry(
                _moment(at), Kind(kind), id_sesion_alumno, course, run, pairs, words, reason, incident
            )
        case _:
            raise ValueError("not the record of a ledger entry")


def dump_bypass(bypass: Bypass) -> str:
    """Return *bypass* as JSON text of a fixed shape."""
    since, until = bypass.since.timestamp(), bypass.until.timestamp()
    return _encode([bypass.course, bypass.id, since, until, bypass.reason, bypass.by])


def load_bypass(text: str) -> Bypass:
    """Return the contingency of a text made by `dump_bypass`.

    Raises:
        ValueError: the text has another shape.
    """
    match _parsed(text):
        case [
            str(course), str(key), float() | int() as since, float() | int() as until, str(reason), str(by),
        ]:  # fmt: skip
            return Bypass(course, key, _moment(since), _moment(until), reason, by)
        case _:
            raise ValueError("not the record of a contingency")


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except RecursionError as fault:
        raise ValueError("nested too deeply") from fault


def _pair(value: object) -> tuple[str, str]:
    match value:
        case [str(name), str(text)]:
            return name, text
        case _:
            raise ValueError("not a field and its value")


# Made once: `json.dumps` makes an encoder for each call that wants other separators.
_encode = json.JSONEncoder(separators=(",", ":")).encode
# The same few learners are read again and again, and a check digit costs more than the rest of a record.
_rut = lru_cache(4_096)(Rut.parse)


def _moment(timestamp: float) -> datetime:
    try:
        return datetime.fromtimestamp(timestamp, UTC)
    except (OverflowError, OSError) as fault:
        raise ValueError("not a moment") from fault
