"""One learner, two tabs, two courses, anything in any order.

After each step what the gate did is compared with three witnesses: the ledger,
replayed through the table of `protocol.session`; SENCE's own list of open sessions; and
the campus, which looks at the store whenever it is asked for a page of a course.
A stranger with another browser stands by and must never see one.
"""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sence_gate.protocol.session import Session, State
from sence_gate.simulator.tables import Edition
from sence_gate.stores.base import Kind
from sence_gate.stores.records import load_session
from tests.journey.replay import id_of, replayed, told
from tests.journey.steps import Cast, Step, steps
from tests.journey.trip import LESSON, OTHER_LESSON, learner
from tests.journey.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

MINUTES = {"excel": 180, "seguridad": 60}
GRACE = timedelta(minutes=15)
ENDED = (State.OPEN, State.EXPIRED)  # the end may not have been written down yet


class AnythingInAnyOrder(RuleBasedStateMachine):
    """The learner maria, and everybody whom she meets."""

    def __init__(self) -> None:
        super().__init__()
        self.closing = ExitStack()
        self.checked = 0

    @initialize(edition=st.sampled_from(list(Edition)), workers=st.integers(1, 2))
    def begin(self, edition: Edition, workers: int) -> None:
        """Log in at the campus."""
        folder = Path(self.closing.enter_context(TemporaryDirectory()))
        self.world = World(folder, edition, workers=workers, inside=self.watched)
        self.closing.callback(self.world.close)
        self.db = self.closing.enter_context(closing(sqlite3.connect(folder / "gate.sqlite")))
        maria = learner(self.world)
        self.cast = Cast(self.world, (maria, maria.other_tab()), learner(self.world))

    def teardown(self) -> None:
        """Give everything back."""
        self.closing.close()

    @rule(step=steps)
    def somebody_acts(self, step: Step) -> None:
        """Let one thing happen."""
        step.happens(self.cast)

    # What must hold

    @invariant()
    def nothing_fails(self) -> None:
        """No answer is a 5xx."""
        calls = self.world.transport.calls
        failed = [
            (request.url, answer.status) for request, answer in calls[self.checked :] if answer.status >= 500
        ]
        self.checked = len(calls)
        assert failed == []

    @invariant()
    def ledger_and_store_agree(self) -> None:
        """The ledger, replayed, gives exactly the sessions that the store holds."""
        stored = {each.id_sesion_alumno: told(each) for each in self.stored()}
        assert {key: told(each) for key, each in replayed(self.world.ledger(), MINUTES).items()} == stored

    @invariant()
    def sence_and_store_agree(self) -> None:
        """Every session whose answers arrived is with us as it is with SENCE."""
        open_there = self.world.open_at_sence()
        received = {id_of(entry) for entry in self.world.ledger(Kind.START_OK)}
        known = [key for each in self.stored() for key in (each.id_sesion_sence, *each.earlier) if key]
        assert sorted(received) == sorted(known)
        # The confirmation of a close names no session: with two of one attempt it may be either's.
        single = [each for each in self.stored() if each.id_sesion_sence and not each.earlier]
        closed_here = {each.id_sesion_sence for each in single if each.state is State.CLOSED}
        assert closed_here & open_there == set()
        assert closed_here == closes_received(self.world, single)

    @invariant()
    def the_stranger_stays_outside(self) -> None:
        """No lesson is shown in a browser that began nothing."""
        for path in (LESSON, OTHER_LESSON):
            assert "/_sence/inicio" in self.cast.stranger.ask(path).url

    def watched(self, campus: WSGIApplication) -> WSGIApplication:
        """Return *campus* with a look at the store before each page of a course."""

        def watch(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            course = environ["PATH_INFO"].split("/")[2] if environ["PATH_INFO"].startswith("/cursos/") else ""
            if course:
                assert self.may_show(course, environ["REQUEST_METHOD"]), f"{course} was shown"
            return campus(environ, start_response)

        return watch

    def may_show(self, course: str, method: str) -> bool:
        """Tell whether a session, as it is stored now, allows a request for *course*."""
        now = self.world.clock()
        sessions = [each for each in self.stored() if each.course == course and each.opened]
        if any(each.state is State.OPEN and now < end_of(each) for each in sessions):
            return True
        is_grace = any(now < end_of(each) + GRACE and each.state in ENDED for each in sessions)
        return is_grace and method == "POST" and self.world.ledger(Kind.GRACE)[-1].at == now

    def stored(self) -> list[Session]:
        """Return every session that stands in the file."""
        has_table = self.db.execute("SELECT 1 FROM sqlite_master WHERE name = 'sessions'").fetchone()
        rows = self.db.execute("SELECT body FROM sessions").fetchall() if has_table else []
        return [load_session(body) for (body,) in rows]


def end_of(session: Session) -> datetime:
    """Return when *session* ends, counted from the settings and not by the gate."""
    assert session.opened
    return session.opened + timedelta(minutes=MINUTES[session.course])


def closes_received(world: World, sessions: list[Session]) -> set[str | None]:
    """Return the ids of *sessions* whose close SENCE confirmed to the gate."""
    confirmed = {entry.id_sesion_alumno for entry in world.ledger(Kind.CLOSE_OK)}
    return {each.id_sesion_sence for each in sessions if each.id_sesion_alumno in confirmed}


TestAnythingInAnyOrder = AnythingInAnyOrder.TestCase
TestAnythingInAnyOrder.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
