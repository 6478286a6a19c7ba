"""The one place where decisions are made; the doors only translate.

::

    decide   may this request reach the platform?          meant.py, admission.py
    begin    what does the start button send to SENCE?     sending.py
    receive  what does SENCE's callback change?            receiving.py, judgement.py
    pass_by  may a learner in without SENCE, in a contingency?  bypassing.py
    land     whose is the session that SENCE confirmed?    landing.py
    close    what does the close button send to SENCE?     sending.py

Each answers with a value of `decisions.py`. `StoreUnavailable` rises from all of
them where nothing can be decided without the store; it is never taken for an
empty store.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeVar

from sence_gate.cookies import Attempt
from sence_gate.courses import Course, Rule
from sence_gate.enrolments import Enrolment
from sence_gate.errors import SenceGateError, StoreUnavailable
from sence_gate.gate import bypassing, enrolling, landing, leaving, meant, receiving, sending
from sence_gate.gate.again import Again, Told
from sence_gate.gate.counting import ADMITTED, UNAVAILABLE, word_of, word_of_fault, word_of_start
from sence_gate.gate.decisions import (
    Admitted,
    AlreadyOpen,
    Barred,
    Decision,
    Exempt,
    HandOff,
    Landing,
    NoContingency,
    NothingToClose,
    Passed,
    Receipt,
    Settled,
    UnknownOtec,
    Visit,
)
from sence_gate.gate.pages_read import PagesRead
from sence_gate.gate.parts import Parts
from sence_gate.learners import Identity
from sence_gate.metrics import Metrics
from sence_gate.protocol.fields import Message
from sence_gate.protocol.rut import Rut
from sence_gate.protocol.session import Session
from sence_gate.shared import Shared
from sence_gate.stores.base import Bypass, Store

if TYPE_CHECKING:
    from sence_gate.config import Config

D = TypeVar("D", bound=Decision)


def utc_now() -> datetime:
    """Return the time of this host's clock."""
    return datetime.now(UTC)


class Gate:
    """Decide for one configuration over one store.

    Args:
        config: checked settings.
        store: where sessions and the ledger are kept.
        clock: returns aware UTC; asked nowhere else.

    Raises:
        ConfigurationError: a list of enrolments cannot be used.
        StoreUnavailable, UnreadablePath, UntrustworthyIdentity: from its methods, as the functions
            of the room that answer them say.
    """

    def __init__(self, config: Config, store: Store, clock: Callable[[], datetime] = utc_now) -> None:
        self.parts = Parts.of(config, store, clock)
        self.metrics = Metrics()
        self._again = Again(self.parts)
        self._pages_read = PagesRead()

    def decide(self, visit: Visit) -> Decision:
        """Return whether *visit* is none of ours, admitted, or what it needs first."""
        return self._counted(partial(meant.decide, self.parts, visit))

    def decide_among(self, rule: Shared, visit: Visit) -> Settled:
        """Return the decision where nothing says which of a rule's courses is meant: any will do."""
        return self._counted(partial(meant.among, self.parts, rule, visit))

    def decide_named(self, rule: Shared, keys: tuple[str, ...], visit: Visit) -> Settled:
        """Return the decision about a page of the platform that names its courses by *keys*."""
        self._pages_read.note(rule, keys)
        return self._counted(partial(meant.named, self.parts, rule, keys, visit))

    def _counted(self, decide: Callable[[], D]) -> D:
        try:
            decision = decide()
        except SenceGateError as fault:
            self.metrics.count("decisions", word_of_fault(fault))
            raise
        self.metrics.count("decisions", word_of(decision))
        return decision

    def shown(self, rule: Rule, visit: Visit) -> Settled:
        """Return the decision about a page below *rule* that a browser shows already; nothing is counted."""
        return meant.shown(self.parts, rule, visit)

    def sessions_at(self, rule: Shared, visit: Visit) -> tuple[Session, ...]:
        """Return the sessions of this browser that a page below a shared *rule* may be of."""
        return meant.sessions_at(self.parts, rule, visit)

    def told_before(self, cookie_header: str, course: Course) -> Told | None:
        """Return what was told of an admission to `remember`, where `decide` would certainly repeat it.

        Args:
            cookie_header: of the request, whole.
            course: what guards its target.
        """
        told = self._again.look(cookie_header, course)
        if told:
            self._count_admitted()
        return told

    @cached_property
    def _count_admitted(self) -> Callable[[], None]:
        return self.metrics.counting("decisions", ADMITTED)

    def remember(self, cookie_header: str, admitted: Admitted, told: Told) -> None:
        """Keep what a door *told* of somebody who is asked for the RUN, for `told_before`."""
        self._again.keep(cookie_header, admitted, told)

    def session_in(self, course: Course, who: Identity, visit: Visit) -> Session | None:
        """Return the visitor's session in *course*, open or ended, without changing anything."""
        return sending.closable(self.parts, course.id, who, visit, self.parts.now())

    def sessions(self, who: Identity, visit: Visit) -> tuple[Session, ...]:
        """Return every session that this browser could close."""
        return sending.closables(self.parts, who, visit)

    def attempt_in(self, course: Course, who: Identity, visit: Visit) -> Attempt | None:
        """Return the attempt that this browser would take up again in *course*, if there is one."""
        return sending.young_attempt(self.parts, course.id, who, visit)

    def bars(self, course: Course, who: Identity) -> Exempt | Barred | None:
        """Return what stands against a start of the visitor in *course*; None where one may be offered."""
        if not isinstance(who, Rut):
            return None  # whoever is asked is judged when the RUN is there
        terms = enrolling.terms(self.parts.registers, course, who, self.parts.now())
        return None if isinstance(terms, Enrolment) else terms

    @property
    def notes(self) -> tuple[str, ...]:
        """What the operator should look at although all works; names nobody."""
        in_force = self.parts.contingencies.in_force(self.parts.now())
        passes = (
            f"a contingency lets learners pass until {each.until:%Y-%m-%d %H:%M} UTC"
            f" ({each.course or 'all courses'}); end it with: sence-gate bypass stop "
            + (f"--course {each.course}" if each.course else "--all")
            for each in in_force
        )
        return (*enrolling.notes(self.parts.registers), *self._pages_read.notes, *passes)

    def begin(
        self, course: Course, run: Rut, wanted: str, visit: Visit
    ) -> HandOff | AlreadyOpen | Exempt | Barred:
        """Return what the start button posts to SENCE for the learner *run*, if the learner may start."""
        answer = sending.begin(self.parts, course, run, wanted, visit)
        self.metrics.count("starts", word_of_start(answer))
        return answer

    def contingency(self, course: Course) -> Bypass | None:
        """Return the contingency that is in force in *course*."""
        return self.parts.contingencies.of(course.id, self.parts.now())

    def pass_by(
        self, course: Course, run: Rut, visit: Visit, incident: str
    ) -> Passed | NoContingency | Exempt | Barred:
        """Let the learner *run* into *course* without SENCE, and write it down."""
        return bypassing.pass_by(self.parts, course, run, visit, incident)

    def leaving(self, visit: Visit) -> tuple[Session, ...]:
        """Return the open sessions that a logout would leave behind."""
        return leaving.leaving(self.parts, visit)

    def receive(self, message: Message, body: bytes, origin: str, incident: str) -> Receipt:
        """Apply a callback once, and keep it, as `receiving.receive` does."""
        try:
            receipt = receiving.receive(self.parts, message, body, origin, incident)
        except StoreUnavailable:
            self.metrics.count("callbacks", message.value, UNAVAILABLE)
            raise
        self.metrics.count("callbacks", message.value, receipt.outcome.value)
        if not receipt.is_kept:
            self.metrics.count("callbacks_not_kept", message.value)
        return receipt

    def land(self, tag: str, who: Identity, visit: Visit) -> Landing:
        """Return what this browser may make of the attempt *tag* after SENCE answered."""
        return landing.land(self.parts, tag, who, visit)

    def close(self, course: str, who: Identity, visit: Visit) -> HandOff | NothingToClose | UnknownOtec:
        """Return what the close button posts to SENCE for this browser's session in *course*."""
        return sending.close(self.parts, course, who, visit)
