"""A year of an OTEC through the real gate, hour by hour, and what SENCE would know of it.

Learners are generators that press buttons, go away for a while and come back; a queue
lets them act in the order of time. Beside the ledger that the gate writes stands the
truth of the world outside: which sessions SENCE opened and closed, and whom it refused.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, cycle
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from sence_gate.config import Learner, LearnerSource, StoreSettings
from sence_gate.cookies import Mark
from sence_gate.courses import Course, Otec
from sence_gate.protocol.messages import Environment
from sence_gate.protocol.rut import Rut
from sence_gate.stores.base import Bypass, Entry, Kind
from tests.exchanged import Trip, answer, header, kept, trip
from tests.given import Campus
from tests.samples import OTEC, course

CHILE = ZoneInfo("America/Santiago")
Pause = timedelta
Acting = Generator[Pause, None, None]

OTECS = (OTEC, Otec(Rut.parse("77777777-7"), "B1B2C3D4-E5F6-7890-ABCD-EF1234567", "OTEC del Sur"))
COURSES: tuple[Course, ...] = (
    course(environment=Environment.PRODUCTION),
    course(id="word", name="Word", paths=("/cursos/word/",), exceptions=(), minutes=90),
    course(
        id="social", name="Línea 1", paths=("/cursos/social/",), exceptions=(), cod_sence="",
        codigo_curso="RLAB-19-02-08-0071", linea_capacitacion=1, otec=OTECS[1],
        environment=Environment.PRODUCTION,
    ),
    course(
        id="fpt", name="Línea 6", paths=("/cursos/fpt/",), exceptions=(), cod_sence="0037894560",
        codigo_curso="007", linea_capacitacion=6, otec=OTECS[1], minutes=240,
    ),
    course(
        id="prueba", name="Sin códigos", paths=("/cursos/prueba/",), exceptions=(), cod_sence="-1",
        codigo_curso="-1",
    ),
)  # fmt: skip
LISTED = (100, *range(200, 213), *range(300, 314))  # the manual's
CODES = (*map(str, LISTED), "0", "", "999", "211;100", "208, 204", "306|207", "abc")
RELEASING = ("301", "304", "305", "310")
# What a clock of SENCE's, a browser's extension or a stranger could write.
ZONES = ("Chile/Continental", "America/Santiago", "-03:00", "UTC+05:45", "", "=1+1")
CHANGES = (
    (2024, 4, 6, 22, 30), (2024, 4, 6, 23, 30), (2024, 9, 7, 22, 40), (2024, 9, 7, 23, 59),
    (2024, 12, 31, 22, 50), (2024, 12, 31, 23, 59), (2024, 4, 30, 23, 30), (2024, 2, 29, 23, 45),
)  # fmt: skip


@dataclass
class Known:
    """A session as SENCE knows it."""

    run: str
    course: str
    environment: str
    start: datetime
    close: datetime | None = None


@dataclass
class Truth:
    """What happened outside, by whatever the report must name it with."""

    sessions: dict[str, Known] = field(default_factory=dict)
    refusals: list[tuple[str, str, str, datetime]] = field(default_factory=list)  # phase, run, code
    strange: list[tuple[str, str]] = field(default_factory=list)  # answers that must not count
    passed: list[tuple[str, str, datetime]] = field(default_factory=list)
    unanswered: list[tuple[str, str]] = field(default_factory=list)
    unmatched: int = 0


class Year:
    """The campus, its learners, and the queue of what they will do.

    Args:
        attempts: how many trips to SENCE begin.
        source: who names the learner; with a roster the platform has names of its own.
    """

    def __init__(self, folder: Path, attempts: int, seed: int = 0) -> None:
        self.random = Random(seed)  # noqa: S311
        self.runs = [run_of(number) for number in self._numbers(max(5, attempts // 25))]
        roster = folder / "roster.csv"
        names = "".join(f"persona{place},{run}\n" for place, run in enumerate(self.runs))
        roster.write_text("user,run\n" + names, encoding="utf-8")
        self.sources = cycle((Learner(LearnerSource.ASK), Learner(LearnerSource.ENVIRON, roster=str(roster))))
        self.campus = Campus(folder, **self._settings())
        self.campus.clock.move(hours=-24 * 140)  # from December on
        self.truth = Truth()
        self.numbers = map(str, count(100_000_007, 7))
        self._queue: list[tuple[datetime, int, Acting]] = []
        self._order = count()
        self._plan(attempts)

    def run(self) -> None:
        """Let everybody act, in the order of time, until nobody comes back any more."""
        done = 0
        while self._queue:
            at, order, acting = heapq.heappop(self._queue)
            self.campus.clock.move(seconds=max(0.0, (at - self.now).total_seconds()))
            if done % 500 == 499:  # as after a restart: another source, the same store
                self.campus.configure(**self._settings())
            done += 1
            if (pause := next(acting, None)) is not None:
                heapq.heappush(self._queue, (self.now + pause, order, acting))

    @property
    def now(self) -> datetime:
        """What time it is."""
        return self.campus.clock()

    def _settings(self) -> dict[str, object]:
        return {"courses": COURSES, "learner": next(self.sources), "store": StoreSettings(recheck_seconds=0)}

    def _numbers(self, learners: int) -> list[int]:
        return [self.random.randint(1_000_000, 27_000_000) for _ in range(learners)]

    def _plan(self, attempts: int) -> None:
        stories: list[tuple[Callable[[Learning], Acting], int]] = [
            (attends, 40), (forgets_to_close, 12), (is_refused, 14), (gives_up, 8), (comes_back_late, 5),
            (starts_twice, 4), (is_refused_the_close, 6), (forges, 5), (answers_out_of_order, 3),
            (uses_two_browsers, 3), (passes, 4),
        ]  # fmt: skip
        weights = [weight for _, weight in stories]
        for place in range(attempts):
            at = self._moment(place)
            (story, _) = self.random.choices(stories, weights)[0]
            learning = Learning(self, self.random.choice(COURSES), self.random.randrange(len(self.runs)))
            heapq.heappush(self._queue, (at, next(self._order), story(learning)))

    def _moment(self, place: int) -> datetime:
        if place % 10 == 0:
            at = datetime(*CHANGES[place // 10 % len(CHANGES)], tzinfo=CHILE)
            return at.astimezone(UTC) + timedelta(seconds=self.random.uniform(0, 3_000))
        start = datetime(2023, 12, 28, 3, 0, tzinfo=UTC)
        return start + timedelta(minutes=self.random.uniform(0, 375 * 24 * 60))


def run_of(number: int) -> str:
    """Return the RUN with *number*, by the manual's rule: weights 2 to 7 from the right, modulo 11."""
    total = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(str(number))))
    return f"{number}-{'0K987654321'[total % 11]}"


class Learning:
    """A learner in a course, with a browser."""

    def __init__(self, year: Year, course: Course, person: int, cookies: str = "") -> None:
        self.year, self.course, self.person = year, course, person
        self.run = year.runs[person]
        self.page = f"/cursos/{course.id}/1"
        self.cookies = cookies
        self.begun: Trip | None = None
        self.random = year.random

    @property
    def user(self) -> str:
        """What the platform calls the learner; "" where it names nobody."""
        is_named = self.year.campus.config.learner.source is LearnerSource.ENVIRON
        return f"persona{self.person}" if is_named else ""

    def seconds(self, least: float, most: float) -> Pause:
        """Return some time."""
        return timedelta(seconds=self.random.uniform(least, most))

    def presses_start(self) -> bool:
        """Go to SENCE; False where a session of before is still open, or nothing can be sent."""
        form = {"curso": self.course.id, "volver": self.page, "run": self.run}
        response = self.year.campus.press("/_sence/inicio", form, cookies=self.cookies, user=self.user)
        if "data-autosubmit" not in response.text:
            return False
        self.begun = trip(response, self.cookies)
        self.cookies = self.begun.cookies
        return True

    def said(self, **changes: str) -> dict[str, str]:
        """Return what SENCE answers, in its own time."""
        assert self.begun
        told = self.year.now.astimezone(CHILE) + self.seconds(-90, 90)
        when = {"FechaHora": f"{told:%Y-%m-%d %H:%M:%S}", "ZonaHoraria": self.random.choice(ZONES)}
        fields = answer(self.begun, **(when | changes))
        if self.random.random() < 0.1:
            fields = {f"{name} ": value for name, value in fields.items()}
        return fields

    def is_answered(self, path: str, fields: Mapping[str, str]) -> None:
        """Bring an answer to the gate, and land where it sends."""
        response = self.year.campus.call_back(path, fields)
        self.cookies = kept(self.cookies, response)
        if response.location:
            self.cookies = kept(
                self.cookies,
                self.year.campus.ask(response.location, cookies=self.cookies, user=self.user),
            )

    def visits(self, method: str = "GET") -> None:
        """Ask for a lesson."""
        response = self.year.campus.ask(
            self.page, method, cookies=self.cookies, user=self.user, content_type="text/plain"
        )
        self.cookies = kept(self.cookies, response)

    def opens(self) -> dict[str, str]:
        """Let SENCE open a session; return its answer."""
        number = next(self.year.numbers)
        fields = self.said(IdSesionSence=number)
        self.is_answered("/inicio/ok", fields)
        self.year.truth.sessions[number] = Known(
            self.run, self.course.id, self.course.environment.value, self.year.now
        )
        return fields

    def presses_close(self) -> Trip | None:
        """Go to SENCE to close, from what this browser has open."""
        response = self.year.campus.press(
            "/_sence/cierre", {"curso": self.course.id}, cookies=self.cookies, user=self.user
        )
        closing = trip(response, self.cookies) if "data-autosubmit" in response.text else None
        if closing:
            self.begun = closing
        return closing

    def closes(self) -> dict[str, str]:
        """Let SENCE close what the form named; return its answer."""
        assert self.begun
        number = self.begun.fields["IdSesionSence"]
        named = {"IdSesionSence": number} if self.random.random() < 0.3 else {"IdSesionSence": ""}
        fields = self.said(**named)
        self.is_answered("/cierre/ok", fields)
        known = self.year.truth.sessions[number]
        known.close = known.close or self.year.now
        return fields

    def is_refused(self, phase: str, code: str) -> dict[str, str]:
        """Let SENCE refuse."""
        fields = self.said(GlosaError=code, IdSesionSence="")
        self.is_answered(f"/{phase}/error", fields)
        self.year.truth.refusals.append((phase, self.run, code, self.year.now))
        return fields


def attends(who: Learning) -> Acting:
    """Start, learn, close; reload the pages of SENCE's answers, at once or after weeks."""
    if not who.presses_start():
        return
    yield who.seconds(2, 600)
    started = who.opens()
    yield who.seconds(60, 6_000)
    who.visits()
    if who.random.random() < 0.3:
        who.is_answered("/inicio/ok", started)
    if not who.presses_close():
        return
    yield who.seconds(5, 300)
    closed = who.closes()
    if who.random.random() < 0.2:
        yield who.seconds(1, 3_000_000)
        who.is_answered("/cierre/ok", closed)
        who.is_answered("/inicio/ok", started)


def forgets_to_close(who: Learning) -> Acting:
    """Leave, and come back the next day to a page; the form of a quiz may pass just after the end."""
    if not who.presses_start():
        return
    yield who.seconds(10, 200)
    who.opens()
    yield timedelta(minutes=who.course.minutes + who.random.choice([-5, 5, 14, 400]))
    who.visits(who.random.choice(["GET", "POST"]))


def comes_back_late(who: Learning) -> Acting:
    """Take forty minutes to log in, and close hours after the end."""
    if not who.presses_start():
        return
    yield who.seconds(1_900, 20_000)
    who.opens()
    yield timedelta(minutes=who.course.minutes + who.random.randint(1, 900))
    who.visits()
    if not who.presses_close():
        return
    yield who.seconds(5, 300)
    who.closes()


def is_refused(who: Learning) -> Acting:
    """Be refused, perhaps again, and perhaps get in in the end; reload the refusal after weeks."""
    if not who.presses_start():
        return
    for _ in range(who.random.randint(1, 3)):
        yield who.seconds(20, 400)
        refused = who.is_refused("inicio", who.random.choice(CODES))
    if who.random.random() < 0.4:
        yield who.seconds(20, 400)
        who.opens()
    if who.random.random() < 0.3:
        yield who.seconds(1, 5_000_000)
        who.is_answered("/inicio/error", refused)


def gives_up(who: Learning) -> Acting:
    """Never come back from SENCE, though the button was pressed twice."""
    if not who.presses_start():
        return
    assert who.begun
    mine = {who.begun.id_sesion_alumno}
    yield who.seconds(20, 7_000)
    if who.random.random() < 0.4 and who.presses_start():
        mine.add(who.begun.id_sesion_alumno)
    who.year.truth.unanswered += [(each, who.run) for each in mine]


def starts_twice(who: Learning) -> Acting:
    """Get two sessions of one attempt, in two tabs; close one, or have one closed and opened again."""
    if not who.presses_start():
        return
    yield who.seconds(20, 200)
    who.opens()
    begun = who.begun
    yield who.seconds(20, 1_000)
    if who.random.random() < 0.5 and who.presses_close():
        yield who.seconds(20, 1_000)
        if who.random.random() < 0.5:
            who.closes()
            who.begun = begun
            who.opens()
        else:  # SENCE opens the second while the learner is on the way to close the first
            closing, who.begun = who.begun, begun
            who.opens()
            who.begun = closing
            who.closes()
        return
    who.opens()
    yield who.seconds(20, 1_000)
    if who.presses_close():
        who.closes()


def is_refused_the_close(who: Learning) -> Acting:
    """Be refused the close, at times for good, at times until it is tried again."""
    if not who.presses_start():
        return
    yield who.seconds(20, 200)
    who.opens()
    yield who.seconds(20, 20_000)
    if not who.presses_close():
        return
    who.is_refused("cierre", who.random.choice([*CODES, *RELEASING * 5]))
    if who.random.random() < 0.4:
        yield who.seconds(20, 1_000)
        if who.presses_close():
            who.closes()


def forges(who: Learning) -> Acting:
    """Send what SENCE never wrote: another's RUN, another's attempt, an error on the success URL."""
    if not who.presses_start():
        return
    assert who.begun
    yield who.seconds(1, 200)
    other = who.year.random.choice([run for run in who.year.runs if run != who.run])
    forged = [
        {"RunAlumno": other}, {"CodigoCurso": "5999999"}, {"GlosaError": "100"}, {"IdSesionSence": ""},
        {"RunAlumno": "=cmd|' /C calc'!A0"}, {"LineaCapacitacion": "9", "FechaHora": "\r\n=1+1"},
    ]  # fmt: skip
    fields = who.said(**who.random.choice(forged))
    who.is_answered("/inicio/ok", fields)
    who.year.truth.strange.append(("quarantined", who.begun.id_sesion_alumno))
    if who.random.random() < 0.5:
        yield who.seconds(1, 2_000_000)
        who.is_answered("/inicio/ok", fields)
    who.is_answered("/inicio/ok", who.said(IdSesionAlumno="excel.65000000.bm8gbm9uY2UgYXQgYWxs.x"))
    who.year.truth.unmatched += 1


def answers_out_of_order(who: Learning) -> Acting:
    """Bring the answer to a close of what was never open."""
    if not who.presses_start():
        return
    assert who.begun
    yield who.seconds(1, 200)
    who.is_answered(who.random.choice(["/cierre/ok", "/cierre/error"]), who.said(GlosaError=""))
    who.year.truth.strange.append(("out of order", who.begun.id_sesion_alumno))


def uses_two_browsers(who: Learning) -> Acting:
    """Start on the telephone while the session of the computer is open, and close both."""
    other = Learning(who.year, who.course, who.person)
    if not (who.presses_start() and other.presses_start()):
        return
    yield who.seconds(20, 200)
    who.opens()
    other.opens()
    yield who.seconds(20, 3_000)
    for each in (other, who):
        if each.presses_close():
            each.closes()


def passes(who: Learning) -> Acting:
    """Go in while SENCE is down, because somebody said so."""
    campus, now = who.year.campus, who.year.now
    declared = Bypass(
        who.course.id, f"k{now.timestamp()}", now, now + timedelta(hours=2), "=SENCE no responde", "ana"
    )
    campus.store.real.keep_bypass(declared, Entry(now, Kind.BYPASS, course=who.course.id, flags=("began",)))
    yield who.seconds(1, 3_000)
    probe = header(campus.gate.parts.cookies.mark(Mark.PROBE, "1", seconds=1))
    form = {"curso": who.course.id, "volver": who.page, "run": who.run}
    response = campus.press("/_sence/contingencia", form, cookies=probe, user=who.user)
    if response.location == who.page:
        who.year.truth.passed.append((who.run, who.course.id, who.year.now))
