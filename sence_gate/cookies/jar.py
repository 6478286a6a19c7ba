"""Writing and reading the cookies, one purpose after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache, partial
from typing import TypeVar

from sence_gate.cookies.attempts import Attempt, tag_of
from sence_gate.cookies.signing import Seal
from sence_gate.cookies.splitting import Splitter
from sence_gate.protocol.session import Session
from sence_gate.stores.records import session_from_values, session_values

ATTEMPT_LIFE = timedelta(hours=2)
RESEND_WITHIN = timedelta(hours=1)  # an attempt younger than this is sent again, so two tabs are one session
LATE_CLOSE = timedelta(hours=12)  # how long after its end a session may still be closed from this browser
SKEW = timedelta(seconds=60)  # between the clocks of the hosts that share the keys
MAX_ATTEMPTS = 4
MAX_WANTED = 2_048  # bytes of a wanted URL: 4 cookies and all others still fit a server's header limit
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SetCookie:
    """A cookie to set; an empty value with no age removes it."""

    name: str
    value: str = field(repr=False)
    max_age: int


class Mark(StrEnum):
    """What a small cookie says of its browser; the value is the letter of its name."""

    BYPASS = "b"  # its learner went into the course during this contingency
    CLOSED = "d"  # it has seen this session closed, and may see so again
    EXIT = "x"  # the trip to SENCE ends with this logout
    LEAVING = "l"  # it was asked just now whether to close first
    PROBE = "p"  # it keeps cookies at all


class Cookies:
    """Write and read the gate's cookies for one public URL.

    Args:
        keys: secret keys, newest first.
        name: tells gates on one host apart; part of every cookie's name.
        secure: https, hence `__Host-` names; whoever sets them adds the Secure attribute.
    """

    def __init__(self, keys: Iterable[str], name: str, *, secure: bool) -> None:
        self.prefix = f"{'__Host-' if secure else ''}{name}-"
        ordered = tuple(keys)
        self._attempts, self._confirmed, self._sessions = (
            Seal(ordered, purpose, name) for purpose in ("attempt", "confirmed", "session")
        )
        self._marks = {mark: Seal(ordered, mark.name.lower(), name) for mark in Mark}
        self.split = Splitter(self.prefix).split
        self._session_again = lru_cache(2_048)(self._load_session)

    def attempt(self, attempt: Attempt) -> SetCookie:
        """Return the cookie that remembers *attempt*."""
        stub = Session.begun(attempt.id_sesion_alumno, attempt.course, attempt.attendance, 0, attempt.issued)
        value = self._attempts.dumps([session_values(stub), attempt.wanted])
        return SetCookie(f"{self.prefix}a-{attempt.tag}", value, int(ATTEMPT_LIFE.total_seconds()))

    def confirmed(self, session: Session) -> SetCookie:
        """Return the cookie that carries SENCE's answer to `/vuelta`."""
        name = f"{self.prefix}c-{tag_of(session.id_sesion_alumno)}"
        return SetCookie(name, self._confirmed.dumps(session_values(session)), 15 * 60)

    def session(self, session: Session, now: datetime) -> SetCookie:
        """Return the cookie of an open session; it outlives the session, so that it can be closed late."""
        rest = (session.deadline or now) + LATE_CLOSE - now
        value = self._sessions.dumps(session_values(replace(session, earlier=(), closes=())))
        return SetCookie(f"{self.prefix}s-{session.course}", value, int(rest.total_seconds()))

    def read_attempts(self, found: Mapping[str, tuple[str, ...]], now: datetime) -> list[Attempt]:
        """Return the genuine attempts of this browser that are not too old, newest first."""
        attempts = [
            attempt
            for name, values in found.items()
            if name.startswith("a-")
            and (attempt := _first(values, self._load_attempt))
            and name == f"a-{attempt.tag}"
            and -SKEW <= now - attempt.issued <= ATTEMPT_LIFE
        ]
        return sorted(attempts, key=lambda attempt: attempt.issued, reverse=True)

    def read_confirmed(self, found: Mapping[str, tuple[str, ...]], tag: str) -> Session | None:
        """Return the answer that SENCE gave to the attempt *tag*, if this browser brought it."""
        session = _first(found.get(f"c-{tag}", ()), self._load_confirmed)
        return session if session and tag_of(session.id_sesion_alumno) == tag else None

    def read_session(self, found: Mapping[str, tuple[str, ...]], course: str) -> Session | None:
        """Return the session in *course* that this browser was given, as it was then."""
        session = _first(found.get(f"s-{course}", ()), self._session_again)
        return session if session and session.course == course else None

    def read_sessions(self, found: Mapping[str, tuple[str, ...]]) -> list[Session]:
        """Return every session that this browser was given."""
        courses = [name.removeprefix("s-") for name in found if name.startswith("s-")]
        return [session for course in courses if (session := self.read_session(found, course))]

    def mark(self, mark: Mark, about: str, texts: Iterable[str] = (), *, seconds: int) -> SetCookie:
        """Return the cookie that says *mark* about something, with *texts*."""
        return SetCookie(f"{self.prefix}{mark}-{about}", self._marks[mark].dumps([about, *texts]), seconds)

    def read_mark(
        self, found: Mapping[str, tuple[str, ...]], mark: Mark, about: str
    ) -> tuple[str, ...] | None:
        """Return the texts of a genuine mark; None when this browser has none."""
        return _first(found.get(f"{mark}-{about}", ()), partial(self._load_mark, mark, about))

    def removal(self, name: str) -> SetCookie:
        """Return the cookie that removes *name* (without prefix) from the browser."""
        return SetCookie(f"{self.prefix}{name}", "", 0)

    def useless(self, found: Mapping[str, tuple[str, ...]], now: datetime) -> list[SetCookie]:
        """Return removals for what this browser keeps in vain: forged, damaged, too old, too many."""
        good = {f"a-{attempt.tag}" for attempt in self.read_attempts(found, now)[:MAX_ATTEMPTS]}
        good |= {f"s-{session.course}" for session in self.read_sessions(found)}
        good |= {name for name in found if name.startswith("c-") and self.read_confirmed(found, name[2:])}
        abouts = {name[2:] for name in found}
        good |= {
            f"{mark}-{each}"
            for each in abouts
            for mark in Mark
            if self.read_mark(found, mark, each) is not None
        }
        return [self.removal(name) for name in found if name not in good]

    def _load_attempt(self, value: str) -> Attempt | None:
        match self._attempts.loads(value):
            case [values, str(wanted)]:
                return _attempt(_session(values), wanted)
            case _:
                return None

    def _load_confirmed(self, value: str) -> Session | None:
        return _session(self._confirmed.loads(value))

    def _load_mark(self, mark: Mark, about: str, value: str) -> tuple[str, ...] | None:
        match self._marks[mark].loads(value):
            case [str(named), *texts] if named == about and all(isinstance(each, str) for each in texts):
                return tuple(map(str, texts))
            case _:
                return None

    def _load_session(self, value: str) -> Session | None:
        return _session(self._sessions.loads(value))


def _attempt(stub: Session | None, wanted: str) -> Attempt | None:
    if stub is None:
        return None
    return Attempt(stub.id_sesion_alumno, stub.course, stub.attendance, stub.since, wanted)


def _session(values: object) -> Session | None:
    try:
        return session_from_values(values)
    except ValueError:
        return None


def _first(values: Iterable[str], load: Callable[[str], T | None]) -> T | None:
    for value in values:
        genuine = load(value)
        if genuine is not None:
            return genuine
    return None
