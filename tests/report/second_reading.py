"""A second reading of the ledger, from its text alone: who attended what, and what became of the rest.

Made from the documentation and the shape of a line (nine JSON values), and imports
nothing of the package: what the report says must follow from the ledger without it.
It holds everything in memory and asks for nothing twice, so it is short enough to be believed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

CHILE = ZoneInfo("America/Santiago")
RELEASING = {301, 304, 305, 310}  # the close of a session that has ended at SENCE
ANSWERS = {"start_ok", "start_error", "close_ok", "close_error"}


@dataclass(frozen=True)
class Line:
    """One line of the ledger."""

    at: datetime
    kind: str
    attempt: str
    course: str
    run: str
    raw: tuple[tuple[str, str], ...]
    flags: tuple[str, ...]
    reason: str
    incident: str

    def sence(self, name: str) -> str:
        """Return a field of SENCE's, "" where it is missing; names may have blanks and any case."""
        return next((text.strip() for key, text in self.raw if key.strip().lower() == name.lower()), "")

    @property
    def codes(self) -> tuple[int, ...]:
        """Return the codes of GlosaError, -1 for what is none."""
        text = self.sence("GlosaError").replace(",", ";").replace("|", ";")
        pieces = [piece.strip() for piece in text.split(";")]
        codes = [int(each) if each.isascii() and each.isdigit() else -1 for each in pieces if each]
        return tuple(code for code in codes if code)


@dataclass
class Fact:
    """What the report has to say in one row."""

    what: str  # attended, start refused, close refused, quarantined, out of order, unanswered, passed
    at: datetime  # UTC
    run: str
    course: str
    environment: str = ""
    number: str = ""  # IdSesionSence
    end: datetime | None = None
    state: str = ""  # of what was attended: closed, open, unclosed
    replaced_by: str = ""
    codes: tuple[int, ...] = ()
    reason: str = ""
    said: str = ""  # FechaHora, of the start or of what was refused
    said_end: str = ""
    flags: set[str] = field(default_factory=set)
    codigo_curso: str = ""  # as it was sent
    incident: str = ""
    attempt: str = ""

    @property
    def minutes(self) -> int | None:
        """Return the whole minutes from start to close."""
        return None if self.end is None else int((self.end - self.at) / timedelta(minutes=1))

    @property
    def day(self) -> str:
        """Return the day in Chile on which it began."""
        return self.at.astimezone(CHILE).date().isoformat()


@dataclass
class Attempt:
    """What is known of one attempt as its lines go by."""

    environment: str = ""
    sent: Line | None = None
    is_answered: bool = False
    is_released: bool = False
    sessions: dict[str, Fact] = field(default_factory=dict)
    current: str = ""
    asked: str = ""  # whose close was sent last
    seen: set[object] = field(default_factory=set)
    facts: list[Fact] = field(default_factory=list)


def lines_of(texts: Iterable[str]) -> list[Line]:
    """Return the lines that *texts* hold, in the order of their moments."""
    lines = []
    for text in texts:
        at, kind, attempt, course, run, raw, flags, reason, incident = json.loads(text)
        moment = datetime.fromtimestamp(at, UTC)
        pairs = tuple((name, value) for name, value in raw)
        lines.append(Line(moment, kind, attempt, course, run, pairs, tuple(flags), reason, incident))
    return sorted(lines, key=lambda line: line.at)


def facts_of(texts: Iterable[str], now: datetime, minutes_of: Callable[[str], int]) -> list[Fact]:
    """Return what the ledger proves as of *now*; *minutes_of* tells how long a session of a course lasts."""
    attempts: dict[str, Attempt] = {}
    facts = []
    for line in lines_of(texts):
        if line.kind == "passed":
            facts.append(_fact("passed", line, "none"))
        elif line.attempt:
            _follow(attempts.setdefault(line.attempt, Attempt()), line)
    for attempt in attempts.values():
        _finish(attempt, now, minutes_of)
        facts += attempt.facts
    return facts


def _fact(what: str, line: Line, environment: str = "") -> Fact:
    return Fact(
        what,
        line.at,
        line.run,
        line.course,
        environment,
        line.sence("IdSesionSence"),
        codes=line.codes,
        reason=line.reason,
        said=line.sence("FechaHora"),
        flags=set(line.flags) - {"same"},
        incident=line.incident,
        attempt=line.attempt,
    )


def _follow(attempt: Attempt, line: Line) -> None:
    if line.kind in ANSWERS or line.kind in ("quarantined", "illegal"):
        attempt.is_answered = True
    is_new = (line.kind, line.raw) not in attempt.seen
    attempt.seen.add((line.kind, line.raw))
    match line.kind:
        case "start_sent":
            attempt.sent = attempt.sent or line
            attempt.environment = next(flag for flag in line.flags if flag in ("test", "production"))
        case "start_ok":
            _start(attempt, line)
        case "close_sent":
            attempt.asked = line.sence("IdSesionSence")
        case "close_ok" if is_new:
            _close(attempt, line)
        case "start_error" if is_new:
            attempt.facts.append(_fact("start refused", line))
        case "close_error" if is_new:
            attempt.facts.append(_fact("close refused", line))
            attempt.is_released |= bool(RELEASING & set(line.codes))
        case "quarantined" if is_new:
            attempt.facts.append(_fact("quarantined", line))
        case "grace" if attempt.current:
            attempt.sessions[attempt.current].flags.add("grace")
        case "illegal" if is_new:
            attempt.facts.append(_fact("out of order", line))


def _start(attempt: Attempt, line: Line) -> None:
    number = line.sence("IdSesionSence")
    if number in attempt.sessions:
        return
    fact = _fact("attended", line)
    before = attempt.sessions.get(attempt.current)
    if before and not before.end:
        before.replaced_by = number
    attempt.sessions[number] = fact
    attempt.current = number
    attempt.is_released = False
    attempt.facts.append(fact)


def _close(attempt: Attempt, line: Line) -> None:
    # The answer names no session: it is the one whose close was sent, or if that has its close, the newest.
    asked = attempt.sessions.get(attempt.asked)
    unnamed = attempt.asked if asked and not asked.end else attempt.current
    fact = attempt.sessions.get(line.sence("IdSesionSence") or unnamed)
    if fact and not fact.end:
        fact.end, fact.said_end = line.at, line.sence("FechaHora")
        fact.flags |= set(line.flags) - {"same"}


def _finish(attempt: Attempt, now: datetime, minutes_of: Callable[[str], int]) -> None:
    if attempt.sent and not attempt.is_answered:
        attempt.facts.append(_fact("unanswered", attempt.sent))
    for fact in attempt.facts:
        fact.environment = attempt.environment
        fact.codigo_curso = attempt.sent.sence("CodigoCurso") if attempt.sent else ""
    for fact in attempt.sessions.values():
        is_over = fact.number != attempt.current or attempt.is_released
        is_over |= now >= fact.at + timedelta(minutes=minutes_of(fact.course))
        fact.state = "closed" if fact.end else "unclosed" if is_over else "open"
