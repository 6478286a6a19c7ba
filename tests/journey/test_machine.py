"""One learner, two tabs, two courses, anything in any order.

After each step what the gate did is compared with three witnesses: the ledger,
replayed through the table of `protocol.session`; SENCE's own list of open sessions; and
the campus, which looks at the store whenever it is asked for a page of a course.
A stranger with another browser stands by and must never see one.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sence_gate.cookies import issued_at
from sence_gate.gate.parts import is_past
from sence_gate.protocol.messages import Attendance, Environment
from sence_gate.protocol.rut import Rut
from sence_gate.protocol.session import (
    Closed,
    CloseRefused,
    Event,
    Session,
    Started,
    StartRefused,
    State,
    TimedOut,
)
from sence_gate.simulator.behaviour import Behaviour
from sence_gate.simulator.tables import Edition
from sence_gate.stores.base import Entry, Kind, load_session
from tests.browser import Page
from tests.journey.trip import LESSON, OTHER_LESSON, RETRY, WRONG_KEY, Learner, learner
from tests.journey.world import CAMPUS, SENCE, World

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

MINUTES = {"excel": 180, "seguridad": 60}
GRACE = 15
PATHS = {"excel": LESSON, "seguridad": OTHER_LESSON}

tabs = st.integers(0, 1)
courses = st.sampled_from(sorted(PATHS))
oddities = st.sampled_from(
    [
        Behaviour(codes=(300,)),
        Behaviour(codes=(211, 204)),
        Behaviour(codes=(301,)),
        Behaviour(never=True),
        Behaviour(close_echoes_id=True),
        Behaviour(blank_after_field_names=True),
        Behaviour(extra_fields=(("RunAlumno", "12345678-5"),)),
    ]
)


class AnythingInAnyOrder(RuleBasedStateMachine):
    """The learner maria, and everybody whom she meets."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.answers: list[Page] = []  # what SENCE gave to bring back, from the first on
        self.checked = 0

    @initialize(edition=st.sampled_from(list(Edition)), workers=st.integers(1, 2))
    def begin(self, edition: Edition, workers: int) -> None:
        """Log in at the campus."""
        self.world = World(Path(self.folder.name), edition, workers=workers, inside=self.watched)
        self.db = sqlite3.connect(self.world.folder / "gate.sqlite", isolation_level=None)
        maria = learner(self.world)
        self.tabs = (maria, maria.other_tab())
        self.stranger = learner(self.world)

    def teardown(self) -> None:
        """Give everything back."""
        self.db.close()
        self.world.close()
        self.folder.cleanup()

    # What the learner does

    @rule(tab=tabs, course=courses, presses=st.sampled_from([5, 5, 5, 5, 0, 1, 2, 3, 4, 6]))
    def start(self, tab: int, course: str, presses: int) -> None:
        """Type the address of a lesson and press on; five times reach it."""
        self.tabs[tab].ask(PATHS[course])
        self.go_on(tab, presses)

    @rule(tab=tabs, course=courses, presses=st.sampled_from([4, 4, 4, 0, 1, 2, 3]))
    def close(self, tab: int, course: str, presses: int) -> None:
        """Press the close button of the bar and press on; four times reach the end."""
        self.tabs[tab].ask(f"/_sence/cierre?curso={course}")
        self.go_on(tab, presses)

    @rule(tab=tabs, presses=st.integers(1, 4))
    def go_on(self, tab: int, presses: int) -> None:
        """Press the button of the page, whichever it is, some times in a row."""
        for _ in range(presses):
            self.press(self.tabs[tab])

    @precondition(lambda self: any(asks_for_key(each.page) for each in self.tabs))
    @rule(tries=st.integers(1, 3))
    def mistype(self, tries: int) -> None:
        """Type a wrong key, where a key is asked for."""
        who = next(each for each in self.tabs if asks_for_key(each.page))
        for _ in range(tries):
            who.type_key(WRONG_KEY)

    @rule(tab=tabs)
    def reload(self, tab: int) -> None:
        """Press F5."""
        with suppress(LookupError):  # an empty tab
            self.tabs[tab].tab.reload()

    @rule(tab=tabs, times=st.integers(1, 3))
    def back(self, tab: int, times: int) -> None:
        """Press the back button."""
        with suppress(LookupError):  # the first page
            for _ in range(times):
                self.tabs[tab].tab.back()

    @rule(minutes=st.sampled_from([1, 5, 16, 50, 61, 70, 130, 185]))
    def wait(self, minutes: int) -> None:
        """Do nothing."""
        self.world.clock.move(minutes=minutes)

    @precondition(lambda self: self.answers)
    @rule(data=st.data(), tab=tabs)
    def replay(self, data: st.DataObject, tab: int) -> None:
        """Send an answer of SENCE's again, however old."""
        self.tabs[tab].tab.page = data.draw(st.sampled_from(self.answers))
        self.tabs[tab].come_back()

    @precondition(lambda self: self.answers)
    @rule(data=st.data())
    def relay(self, data: st.DataObject) -> None:
        """Let the stranger send an answer of SENCE's."""
        self.stranger.tab.page = data.draw(st.sampled_from(self.answers))
        self.stranger.come_back()

    @rule(oddity=oddities)
    def misbehave(self, oddity: Behaviour) -> None:
        """Let SENCE answer the next form in its own way."""
        self.world.simulator.clear_scripts()
        self.world.simulator.queue(oddity)

    @rule()
    def restart(self) -> None:
        """Start the gates again over the same store."""
        self.world.restart()

    def press(self, who: Learner) -> None:
        """Press what a learner would press on the page."""
        page = who.page
        target = page.forms[0].action if page.forms else ""
        if asks_for_key(page):
            who.type_key()
        elif page.url.startswith(SENCE) and target.startswith(CAMPUS):
            self.answers.append(page)
            who.come_back()
        elif "/_sence/inicio?" in page.url:
            who.press_start()
        elif target.startswith(SENCE) or target.endswith("/_sence/cierre"):
            who.tab.submit()
        elif page.refresh:
            who.tab.meta_refresh()
        elif any(link.text == RETRY for link in page.links):
            who.tab.follow(RETRY)
        elif "/leccion/" in page.url:
            who.tab.submit(lambda form: "/leccion/" in form.action)

    # What must hold

    @invariant()
    def nothing_fails(self) -> None:
        """No answer is a 5xx."""
        calls = self.world.transport.calls
        failed = [(request.url, answer.status) for request, answer in calls[self.checked :] if answer.status >= 500]
        self.checked = len(calls)
        assert failed == []

    @invariant()
    def ledger_and_store_agree(self) -> None:
        """The ledger, replayed, gives exactly the sessions that the store holds."""
        stored = {each.id_sesion_alumno: told(each) for each in self.stored()}
        assert {key: told(each) for key, each in replayed(self.world.ledger()).items()} == stored

    @invariant()
    def sence_and_store_agree(self) -> None:
        """Every session whose answers arrived is with us as it is with SENCE."""
        open_there = self.world.open_at_sence()
        received = {id_of(entry) for entry in self.world.ledger(Kind.START_OK)}
        known = {key for each in self.stored() for key in (each.id_sesion_sence, *each.earlier) if key}
        assert received == known
        # The confirmation of a close names no session: with two of one attempt it may be either's.
        single = [each for each in self.stored() if each.id_sesion_sence and not each.earlier]
        closed_here = {each.id_sesion_sence for each in single if each.state is State.CLOSED}
        assert closed_here & open_there == set()
        assert closed_here == closes_received(self.world, single)

    @invariant()
    def the_stranger_stays_outside(self) -> None:
        """No lesson is shown in a browser that began nothing."""
        for path in PATHS.values():
            assert "/_sence/inicio" in self.stranger.ask(path).url

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
        return any(allows(each, method, self) for each in self.stored() if each.course == course)

    def stored(self) -> list[Session]:
        """Return every session that stands in the file."""
        has_table = self.db.execute("SELECT 1 FROM sqlite_master WHERE name = 'sessions'").fetchone()
        rows = self.db.execute("SELECT body FROM sessions").fetchall() if has_table else []
        return [load_session(body) for (body,) in rows]


def allows(session: Session, method: str, machine: AnythingInAnyOrder) -> bool:
    """Tell whether *session* is open, or ended so shortly ago that a form still passes."""
    now = machine.world.clock()
    if not is_past(session, now):
        return session.state is State.OPEN
    is_grace = not is_past(session, now - timedelta(minutes=GRACE))
    return method == "POST" and is_grace and session.state in (State.OPEN, State.EXPIRED)


def asks_for_key(page: Page) -> bool:
    """Tell whether *page* is SENCE's login."""
    return any(control.name == "clave" for form in page.forms for control in form.controls) and page.url.startswith(SENCE)


def told(session: Session) -> tuple[object, ...]:
    """Return what must be the same in ledger and store."""
    return (
        session.course,
        session.state,
        session.id_sesion_sence,
        session.opened,
        session.earlier,
        session.attendance,
    )


def id_of(entry: Entry) -> str:
    """Return the IdSesionSence that came with *entry*."""
    return dict(entry.raw).get("IdSesionSence", "")


def closes_received(world: World, sessions: list[Session]) -> set[str | None]:
    """Return the ids of *sessions* whose close SENCE confirmed to the gate."""
    confirmed = {entry.id_sesion_alumno for entry in world.ledger(Kind.CLOSE_OK)}
    return {each.id_sesion_sence for each in sessions if each.id_sesion_alumno in confirmed}


def replayed(ledger: list[Entry]) -> dict[str, Session]:
    """Return the sessions that *ledger* alone tells of, by attempt."""
    sessions: dict[str, Session] = {}
    for entry in ledger:
        key = entry.id_sesion_alumno
        if entry.kind is Kind.START_SENT:
            sessions.setdefault(key, begun(entry))
        elif event := event_of(entry):
            sessions[key] = sessions[key].apply(event, entry.at)
    return sessions


def begun(entry: Entry) -> Session:
    """Return the session that a start makes."""
    sent = dict(entry.raw)
    attendance = Attendance(
        Environment.TEST,
        Rut.parse(sent["RutOtec"]),
        Rut.parse(sent["RunAlumno"]),
        sent["CodSence"],
        sent["CodigoCurso"],
        int(sent["LineaCapacitacion"]),
    )
    issued = issued_at(entry.id_sesion_alumno) or entry.at
    return Session.begun(entry.id_sesion_alumno, entry.course, attendance, MINUTES[entry.course], issued)


def event_of(entry: Entry) -> Event | None:
    """Return what *entry* reports; None for what changes nothing."""
    match entry.kind:
        case Kind.START_OK:
            return Started(id_of(entry))
        case Kind.START_ERROR:
            return StartRefused()
        case Kind.CLOSE_OK:
            return Closed(dict(entry.raw).get("FechaHora", ""))
        case Kind.CLOSE_ERROR:
            return CloseRefused()
        case Kind.TIMED_OUT:
            return TimedOut()
        case _:
            return None


TestAnythingInAnyOrder = AnythingInAnyOrder.TestCase
TestAnythingInAnyOrder.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
