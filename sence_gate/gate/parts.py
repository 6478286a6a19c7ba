"""What every question to the gate needs, put together once.

The clock is asked here and nowhere else, so that a test can move it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Self

from sence_gate.cookies import AttemptIds, Cookies, cookie_name
from sence_gate.courses import Course, CourseRules, Otec
from sence_gate.gate.contingencies import Contingencies
from sence_gate.gate.enrolling import Registers, registers_of
from sence_gate.gate.recheck import Recheck
from sence_gate.learners import Identity, Standing
from sence_gate.protocol.messages import Environment
from sence_gate.protocol.rut import Rut
from sence_gate.protocol.session import MINUTE, Session, State
from sence_gate.stores.base import Store

if TYPE_CHECKING:
    from sence_gate.config import Config


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a gate. `now` returns aware UTC."""

    config: Config
    rules: CourseRules
    courses: Mapping[str, Course]
    otecs: Mapping[Rut, Otec]
    cookies: Cookies
    ids: AttemptIds
    store: Store
    recheck: Recheck
    now: Callable[[], datetime]
    registers: Registers
    contingencies: Contingencies

    @classmethod
    def of(cls, config: Config, store: Store, clock: Callable[[], datetime]) -> Self:
        """Put a gate's parts together from a checked configuration and a store.

        Raises:
            ConfigurationError: a list of enrolments cannot be used.
        """
        # Part of each cookie's name: two gates below one host must not remove each other's.
        name = cookie_name(config.mount + config.prefix)
        return cls(
            config=config,
            rules=CourseRules(config.courses, config.mount, config.shared),
            courses={course.id: course for course in config.courses},
            otecs={otec.rut: otec for otec in config.otecs},
            cookies=Cookies(config.secret_keys, name, secure=config.secure),
            ids=AttemptIds(config.secret_keys),
            store=store,
            recheck=Recheck(store, config.store.recheck_seconds),
            now=clock,
            contingencies=Contingencies(store, config.store.recheck_seconds),
            registers=registers_of(config.courses, runs_are_typed=config.learner.source.is_typed),
        )


def entrance(parts: Parts, course: str) -> str:
    """Return a page of *course* to go to; the platform's front page when none is known."""
    known = parts.courses.get(course)
    path = known.first_path if known else None
    mount = parts.config.mount
    if path is None:
        return f"{mount}/"
    return path if path.startswith(f"{mount}/") else mount + path


def told_later(current: Session | None, proven: Session) -> Session | None:
    """Return what is known of a session: *current* as the store has it, *proven* by a genuine cookie.

    Nothing takes an opening back. A store that has the attempt and not its opening has not heard of it
    yet: SENCE's answer came through a host that cannot reach the store, and waits in the spool there.
    """
    is_behind = current is not None and current.state in (State.PENDING, State.FAILED)
    return proven if is_behind and proven.opened else current


def is_of(session: Session, who: Identity) -> bool:
    """Tell whether *session* may be that of the visitor: a source that names another learner rules it out."""
    return is_run(session.attendance.run_alumno, who)


def is_run(run: Rut, who: Identity) -> bool:
    """Tell whether *run* may be the visitor's; where the learner is asked, any RUN may.

    Whoever logged out at the platform may still close. Staff, and whoever looks through
    another's account, use no session.
    """
    return run == who or who in (Standing.UNKNOWN, Standing.NOBODY)


def admits(parts: Parts, session: Session, now: datetime) -> bool:
    """Tell whether the session lets its learner into its course at *now*: it runs, and counts there."""
    return is_running(session, now) and counts(parts, session)


def counts(parts: Parts, session: Session) -> bool:
    """Tell whether what the session registers is attendance in its course, as the course is configured today.

    One of the test system is none in a course that is in production by now. The other way
    round nothing is missing: what was registered in production stays registered.
    """
    course = parts.courses.get(session.course)
    is_test = session.attendance.environment is Environment.TEST
    return not (is_test and course is not None and course.environment is Environment.PRODUCTION)


def is_running(session: Session, now: datetime) -> bool:
    """Tell whether the session is open and its time not over at *now*, whatever it counts for."""
    return session.state is State.OPEN and not is_past(session, now)


def is_past(session: Session, now: datetime) -> bool:
    """Tell whether the session's time is over at *now*.

    Also when it has not come for longer than it lasts: this host's clock was far ahead
    when the session opened, and it would let its learner in until that day.
    """
    if session.opened is None:
        return True
    length = MINUTE * session.minutes
    return not -length < now - session.opened < length


def named_by(who: Identity) -> str:
    """Return the ledger's flag for how a learner's RUN was known.

    Whoever types a RUN has proved nothing until SENCE's own export says so.
    """
    return "run_typed" if who is Standing.UNKNOWN else "run_from_platform"
