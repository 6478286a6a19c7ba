"""What is told without a decision is what a decision would have told, whatever came before."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from sence_gate.gate import recheck
from sence_gate.gate.decisions import Admitted, Visit
from sence_gate.learners import Standing
from sence_gate.paths import Target
from sence_gate.protocol.session import Session, State
from sence_gate.stores.base import Entry, Kind
from tests.asking import ask, asked_campus
from tests.given import Campus
from tests.stores.test_breaker import Seconds

PATHS = ("/cursos/excel/1", "/cursos/seguridad/1")
WAYS = ("{0}; {1}", "{1}; {0}", "{0}; {0}; {1}", "{0}", "{1}", "a=b; {0};{1}", "{1}, {0}")

courses = st.sampled_from(["excel", "seguridad"])
states = st.sampled_from([State.OPEN, State.CLOSED, State.EXPIRED])


class WhateverCameBefore(RuleBasedStateMachine):
    """Two sessions, the browsers that hold them, and a gate that remembers."""

    @initialize()
    def begin(self) -> None:
        """Open the campus."""
        self.closing = ExitStack()
        patch = self.closing.enter_context(pytest.MonkeyPatch.context())
        self.seconds = Seconds()
        patch.setattr(recheck, "monotonic", self.seconds)
        self.campus: Campus = asked_campus(Path(self.closing.enter_context(TemporaryDirectory())), "forward")
        self.closing.callback(self.campus.store.close)
        self.last = (PATHS[0], WAYS[0], "GET")
        self.cookies = [
            self.campus.hold(id_sesion_alumno=f"{course}{'x' * 20}", course=course)
            for course in ("excel", "seguridad")
        ]

    def teardown(self) -> None:
        """Give everything back."""
        self.closing.close()

    @rule(path=st.sampled_from(PATHS), way=st.sampled_from(WAYS), method=st.sampled_from(["GET", "POST"]))
    def a_front_server_asks(self, path: str, way: str, method: str) -> None:
        """Ask, and know for the next time."""
        self.last = (path, way, method)
        self.it_asks_again()

    @rule()
    def it_asks_again(self) -> None:
        """Compare the answer with a decision, which rests on the same looks at the store."""
        path, way, method = self.last
        cookies = way.format(*self.cookies)
        parts = self.campus.gate.parts
        split, _ = parts.cookies.split(cookies)
        visit = Visit(Target.from_url(path), method, split, lambda: Standing.UNKNOWN)
        response = ask(self.campus, path, cookies=cookies, method=method)
        decision = self.campus.gate.decide(visit)
        assert (response.status_code == 204) == isinstance(decision, Admitted)
        if isinstance(decision, Admitted):
            assert response.headers["X-Sence-Course"] == decision.course.id

    @rule(
        course=courses,
        state=st.sampled_from([State.OPEN, State.CLOSED, State.EXPIRED]),
        is_here=st.booleans(),
    )
    def a_session_changes(self, course: str, state: State, is_here: bool) -> None:
        """Close it, end it or open it anew, by this worker or by another."""
        before = self.stored(course)
        opened = self.campus.clock() if state is State.OPEN else before.opened
        after = replace(before, state=state, opened=opened, version=before.version + 1)
        self.campus.store.real.swap(before, after, Entry(self.campus.clock(), Kind.CLOSE_OK))
        if is_here:
            self.campus.gate.parts.recheck.forget(after)

    @rule(minutes=st.sampled_from([1, 179, 181, -1, -181, -400]))
    def the_clock_is_set(self, minutes: int) -> None:
        """Forward and back, between two questions that are alike."""
        self.it_asks_again()
        self.campus.clock.move(minutes=minutes)
        self.it_asks_again()

    @rule()
    def time_passes(self) -> None:
        """Let looks grow old."""
        self.seconds.now += 6

    def stored(self, course: str) -> Session:
        """Return what the store holds of a session."""
        return self.campus.session(f"{course}{'x' * 20}")


TestWhateverCameBefore = WhateverCameBefore.TestCase
TestWhateverCameBefore.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
