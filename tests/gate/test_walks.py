"""Two learners and two browsers, anything in any order: nobody is let in by somebody else's session.

Both where the platform names the learner and where the RUN is typed; browsers carry
each other's answers of SENCE, learners change places, and the clock is set back.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sence_gate.config import Learner, LearnerSource
from sence_gate.protocol.session import Session, State
from sence_gate.report import Background, Period, attendance
from sence_gate.report.totals import SESSIONS
from sence_gate.stores.base import Kind
from tests.exchanged import trip
from tests.given import TRUSTED, Campus, Trip, answer, kept
from tests.samples import OTHER_RUN, RUN, course

PAGES = {"excel": "/cursos/excel/1", "word": "/cursos/word/1"}
COURSES = (course(), course(id="word", name="Word", paths=("/cursos/word/",), codigo_curso="7654321"))
ANSWERS = {
    "/inicio/ok": {},
    "/inicio/error": {"IdSesionSence": "", "GlosaError": "211"},
    "/cierre/ok": {"IdSesionSence": ""},
    "/cierre/error": {"IdSesionSence": "", "GlosaError": "301"},
}

browsers = st.sampled_from("AB")
learners = st.sampled_from([str(RUN), str(OTHER_RUN)])
courses = st.sampled_from(sorted(PAGES))


class AnybodyAnywhere(RuleBasedStateMachine):
    """A classroom with two computers."""

    @initialize(is_named=st.booleans())
    def begin(self, is_named: bool) -> None:
        """Open the campus."""
        self.closing = ExitStack()
        folder = Path(self.closing.enter_context(TemporaryDirectory()))
        self.is_named = is_named
        self.campus = Campus(
            folder, learner=TRUSTED if is_named else Learner(LearnerSource.ASK), courses=COURSES
        )
        self.closing.callback(self.campus.store.close)
        self.jars = {"A": "", "B": ""}
        self.began: dict[str, set[str]] = {"A": set(), "B": set()}
        self.trips: list[Trip] = []
        self.was_set_back = False

    def teardown(self) -> None:
        """Give everything back."""
        self.closing.close()

    @rule(browser=browsers, who=learners, course_id=courses, method=st.sampled_from(["GET", "POST"]))
    def visit(self, browser: str, who: str, course_id: str, method: str) -> None:
        """Ask for a lesson; whoever sees it has a session of his own."""
        self.campus.platform.calls.clear()
        response = self.campus.ask(
            PAGES[course_id], method, content_type="text/plain", **self.sent(browser, who)
        )
        self.jars[browser] = kept(self.jars[browser], response)
        for call in self.campus.platform.calls:
            session = call["sence_gate.session"]
            assert session.course == course_id
            assert self.is_own(session, browser, who)
            assert self.is_running(session, late=method == "POST")

    @rule(browser=browsers, who=learners, course_id=courses)
    def press_start(self, browser: str, who: str, course_id: str) -> None:
        """Go to SENCE."""
        form = {"curso": course_id, "volver": PAGES[course_id], "run": who}
        response = self.campus.press("/_sence/inicio", form, **self.sent(browser, who))
        if "data-autosubmit" in response.text:
            self.trips.append(trip(response, self.jars[browser]))
            self.began[browser].add(self.trips[-1].id_sesion_alumno)
        self.jars[browser] = kept(self.jars[browser], response)

    @rule(browser=browsers, who=learners, course_id=courses)
    def press_close(self, browser: str, who: str, course_id: str) -> None:
        """Go to SENCE to close; nobody closes another's session."""
        response = self.campus.press("/_sence/cierre", {"curso": course_id}, **self.sent(browser, who))
        if "data-autosubmit" in response.text:
            closing = trip(response, self.jars[browser]).fields
            assert (
                closing["RunAlumno"] == who
                if self.is_named
                else closing["IdSesionAlumno"] in self.began[browser]
            )

    @rule(
        number=st.integers(0, 20),
        path=st.sampled_from(sorted(ANSWERS)),
        id_sesion_sence=st.integers(1, 4),
        browser=browsers,
        who=learners,
    )
    def sence_answers(self, number: int, path: str, id_sesion_sence: int, browser: str, who: str) -> None:
        """Let an answer to any trip come through any browser, once more or too late."""
        if not self.trips:
            return
        begun = self.trips[number % len(self.trips)]
        at = f"{self.campus.clock():%Y-%m-%d %H:%M:%S}"
        fields = answer(begun, **{"IdSesionSence": str(id_sesion_sence), "FechaHora": at, **ANSWERS[path]})
        response = self.campus.call_back(path, fields)
        self.jars[browser] = kept(self.jars[browser], response)
        if response.location:
            landed = self.campus.ask(response.location, **self.sent(browser, who))
            self.jars[browser] = kept(self.jars[browser], landed)

    @rule(seconds=st.sampled_from([40, 600, 3_600, 3 * 3_600]))
    def time_passes(self, seconds: int) -> None:
        """Let the clock go on."""
        self.campus.clock.move(seconds=seconds)

    @precondition(lambda self: not self.was_set_back)
    @rule()
    def the_clock_is_set_back(self) -> None:
        """Once, by a little: what happened may seem to lie ahead."""
        self.was_set_back = True
        self.campus.clock.move(seconds=-30)

    @invariant()
    def the_report_counts_every_session_once(self) -> None:
        """What SENCE confirmed is a row, and nothing else is a session."""
        entries = self.campus.entries()
        background = Background(self.campus.clock(), lambda _: 180, lambda _id, _told: None)
        rows = [row for row in attendance(entries, background, Period()) if row.outcome in SESSIONS]
        confirmed = {
            (entry.id_sesion_alumno, dict(entry.raw)["IdSesionSence"])
            for entry in entries
            if entry.kind is Kind.START_OK
        }
        assert sorted((row.id_sesion_alumno, row.id_sesion_sence) for row in rows) == sorted(confirmed)

    def sent(self, browser: str, who: str) -> dict[str, str]:
        """Return what a request of this browser brings along."""
        return {"cookies": self.jars[browser], "user": who if self.is_named else ""}

    def is_own(self, session: Session, browser: str, who: str) -> bool:
        """Tell whether *session* is that of the learner, or, where nobody is named, of this browser."""
        if self.is_named:
            return session.attendance.run_alumno.canonical == who
        return session.id_sesion_alumno in self.began[browser]

    def is_running(self, session: Session, *, late: bool) -> bool:
        """Tell whether the store holds *session* as open, and its time is not over; *late*: or just so."""
        stored = self.campus.session(session.id_sesion_alumno)
        assert stored.opened
        age = (self.campus.clock() - stored.opened).total_seconds() / 60
        is_open = stored.state is State.OPEN and age < 180
        return is_open or (late and stored.state in (State.OPEN, State.EXPIRED) and age < 195)


TestAnybodyAnywhere = AnybodyAnywhere.TestCase
TestAnybodyAnywhere.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
