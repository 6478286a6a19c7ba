"""What an operator should know before learners come: findings about settings that load.

`load_config` refuses what cannot work; here stands what works and is probably not
meant (a course that another one hides, production against a simulator), and what
only this machine can tell (the store, the clock, who may read the file). Each
finding says what to do. How they are shown is for the command line.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TypeVar

from sence_gate import enrolments, learner_check, platform_check
from sence_gate.clock import EARLIEST, is_set
from sence_gate.config import Config, LearnerSource, Sence
from sence_gate.config.urls import is_loopback
from sence_gate.courses import CourseRules, Rule
from sence_gate.enrolments import read_register, readers_of
from sence_gate.errors import ConfigurationError, StoreUnavailable
from sence_gate.learners import roster
from sence_gate.learners.roster import read_roster
from sence_gate.patterns import Segments, covers, overlap, segments_of, spellings_under
from sence_gate.protocol.fields import TOKEN_MAX
from sence_gate.protocol.messages import Environment
from sence_gate.sheets import Changing, Column, left_out
from sence_gate.stores import SQLITE, Inspectable, open_store, shown
from sence_gate.stores.redis.url import is_redis_url

T = TypeVar("T")

READABLE_BY_ALL = 0o004
TOKENS = "https://sistemas.sence.cl/rts"
_SKEW = timedelta(minutes=5)


class Level(StrEnum):
    """How much a finding matters; an error makes `sence-gate check` fail."""

    ERROR = "error"
    WARNING = "warning"
    OK = "ok"  # was tried and works, or is good to know


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: where in the settings, and what it means with what to do."""

    level: Level
    path: str
    text: str


def check(config: Config, path: Path | None = None, now: datetime | None = None) -> tuple[Finding, ...]:
    """Return what is worth knowing of *config* and of this machine; writes one row to the store.

    Args:
        path: the file that *config* was read from, if any.
        now: the time to believe; the machine's by default.
    """
    return (
        *_courses(config),
        *_exceptions(config),
        *_shared(config),
        *_environments(config),
        *_otecs(config),
        *_trust(config),
        *_file(path),
        *_clock(path, now or datetime.now(UTC)),
        *_sheets(config),
        *(Finding(Level(level), place, text) for level, place, text in platform_check.look(config)),
        *(Finding(Level(level), place, text) for level, place, text in learner_check.look(config)),
        *_store(config),
        *_record(config),
    )


def _courses(config: Config) -> Iterator[Finding]:
    if not config.courses:
        text = "nothing is gated — add a [[courses]] table for each course"
        yield Finding(Level.ERROR, "courses", text)
    names: dict[Rule, str] = {each: f'"{each.id}"' for each in config.courses}
    names |= dict.fromkeys(config.shared, "the rule")
    places: dict[Rule, str] = {each: f"courses[{index}]" for index, each in enumerate(config.courses)}
    places |= {each: f"shared[{index}]" for index, each in enumerate(config.shared)}
    for hider, rule in CourseRules(config.courses, config.mount, config.shared).hidden():
        text = (
            f"{names[rule]} is never reached: {places[hider]} {names[hider]} stands before it and takes all"
            " its requests — put the narrower one first, or give them different paths or queries"
        )
        yield Finding(Level.WARNING, f"{places[rule]}.paths", text)


def _exceptions(config: Config) -> Iterator[Finding]:
    rules: list[tuple[str, Rule]] = [(f"courses[{index}]", each) for index, each in enumerate(config.courses)]
    rules += [(f"shared[{index}]", each) for index, each in enumerate(config.shared)]
    for table, rule in rules:
        guarded = [_segments(config, path) for branch in rule.branches for path in branch.paths]
        for index, exception in enumerate(rule.exceptions):
            place, excepted = f"{table}.except[{index}]", _segments(config, exception)
            if all(covers(excepted, path) for path in guarded):
                text = "takes all of its paths out, so that nothing is gated — name what lies below them"
                yield Finding(Level.ERROR, place, text)
            elif not any(overlap(excepted, path) for path in guarded):
                text = "lies below none of its paths and takes nothing out — write it as paths are written"
                yield Finding(Level.WARNING, place, text)


def _segments(config: Config, path: str) -> Segments:
    return segments_of(spellings_under(config.mount, path)[-1])


def _shared(config: Config) -> Iterator[Finding]:
    """Tell which courses a page could not name: it would pass as one that is none of ours."""
    for index, rule in enumerate(config.shared):
        keyless = sorted(set(rule.courses) - {course for _, course in rule.keys})
        if rule.page and keyless:
            text = (
                f"finds no page of {', '.join(keyless)}, so these pass without a session — give each its key"
            )
            yield Finding(Level.WARNING, f"shared[{index}].page", text)
        if rule.page and config.forward_auth.dialect:
            text = (
                "has a page that forward auth never sees: there an open session in any of the courses admits"
            )
            yield Finding(Level.WARNING, f"shared[{index}]", f"{text} — use the gate in process, or `serve`")


def _environments(config: Config) -> Iterator[Finding]:
    in_test, in_production = (
        ", ".join(course.id for course in config.courses if course.environment is each)
        for each in (Environment.TEST, Environment.PRODUCTION)
    )
    if in_test and config.secure and not is_loopback(config.public_url):
        text = f"SENCE's test system serves {in_test}, and nothing counts there"
        remedy = 'write environment = "production" when the course is approved for e-learning'
        yield Finding(Level.OK, "environment", f"{text} — {remedy}")
    if in_production:
        yield from _production(config, in_production)


def _production(config: Config, courses: str) -> Iterator[Finding]:
    is_local = is_loopback(config.public_url)
    if config.sence.base_url != Sence().base_url:
        level = Level.WARNING if is_local else Level.ERROR
        text = f"is not SENCE, and the attendance of {courses} (production) is sent there"
        yield Finding(level, "sence.base_url", f'{text} — remove it, or write environment = "test"')
    elif is_local:
        text = f"only this machine can come back from SENCE, and {courses} counts (production)"
        yield Finding(Level.WARNING, "public_url", f"{text} — write the public https address")


def _otecs(config: Config) -> Iterator[Finding]:
    if any(not set(otec.token) - set("0-") for otec in config.otecs):
        text = f"is the one of the sample, which SENCE does not know — issue one at {TOKENS}"
        yield Finding(Level.WARNING, "otec.token", text)
    elif any(len(otec.token) < TOKEN_MAX for otec in config.otecs):
        text = (
            f"is shorter than the {TOKEN_MAX} characters of SENCE's manual — compare it with that of {TOKENS}"
        )
        yield Finding(Level.WARNING, "otec.token", text)


def _trust(config: Config) -> Iterator[Finding]:
    if any(not isinstance(peer, str) and peer.prefixlen == 0 for peer in config.trusted_proxies):
        level = Level.ERROR if config.learner.source is LearnerSource.HEADER else Level.WARNING
        text = "holds the whole Internet: any visitor is believed — name the proxies' own addresses"
        yield Finding(level, "trusted_proxies", text)
    if config.insecure_cookies:
        text = "lets cookies travel readable — remove it as soon as the platform has https"
        yield Finding(Level.WARNING, "insecure_cookies", text)


def _file(path: Path | None) -> Iterator[Finding]:
    if path is not None:
        yield from _open_to_all(path, "secrets")


def _open_to_all(path: Path, content: str, beside: str = "") -> Iterator[Finding]:
    if path.stat().st_mode & READABLE_BY_ALL:
        text = f"holds {content} and every user of this machine can read it — run: chmod o-rwx {path}{beside}"
        yield Finding(Level.WARNING, str(path), text)


def _record(config: Config) -> Iterator[Finding]:
    """Tell of files with the learners' RUNs that everybody here can read; the gate makes them otherwise."""
    is_file = config.store.url.startswith(SQLITE)
    path = Path(config.store.url.removeprefix(SQLITE) if is_file else config.store.spool)
    if path.is_file():
        yield from _open_to_all(path, "RUNs", "*")
        if (owner := path.stat().st_uid) != (expected := path.parent.stat().st_uid):
            text = f"belongs to user {owner} and its folder to {expected}, who could not write it"
            yield Finding(Level.WARNING, str(path), f"{text} — run: chown {expected} {path}*")


def _clock(path: Path | None, now: datetime) -> Iterator[Finding]:
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC) if path else EARLIEST
    if not is_set(now) or now < written - _SKEW:
        text = f"this machine believes that it is {now:%Y-%m-%d %H:%M} UTC — set its clock, or let NTP do it"
        yield Finding(Level.ERROR, "clock", text)


def _sheets(config: Config) -> Iterator[Finding]:
    places = {course.id: f"courses[{index}].enrolments" for index, course in enumerate(config.courses)}
    is_typed = config.learner.source.is_typed
    for path, courses in readers_of(config.courses).items():
        read = partial(read_register, courses=courses, runs_are_typed=is_typed)
        yield from _sheet(places[courses[0].id], path, read, enrolments.COLUMNS, _learners)
    if config.learner.roster:
        yield from _sheet("learner.roster", Path(config.learner.roster), read_roster, roster.COLUMNS, len)


def _learners(register: Mapping[str, Mapping[int, object]]) -> int:
    return sum(map(len, register.values()))


def _sheet(
    place: str, path: Path, read: Callable[[Path], T], columns: Sequence[Column], count: Callable[[T], int]
) -> Iterator[Finding]:
    try:
        content, ignored = read(path), left_out(path, columns)
    except ConfigurationError as error:
        yield from (Finding(Level.ERROR, place, fault) for fault in error.faults)
        return
    except Changing:
        yield Finding(Level.WARNING, place, f"{path} is being written — check it again when that is done")
        return
    rest = f"; columns that are not read: {', '.join(ignored)}" if ignored else ""
    yield Finding(Level.OK, place, f"{path} was read, learners: {count(content)}{rest}")
    yield from _open_to_all(path, "RUNs")


def _store(config: Config) -> Iterator[Finding]:
    try:
        store = open_store(config.store.url)
    except ConfigurationError as error:
        for fault in error.faults:
            place, _, text = fault.partition(": ")
            yield Finding(Level.ERROR, place, text)
        return
    try:
        store.ping()
        yield Finding(Level.OK, "store.url", f"{shown(config.store.url)} was written and read")
        if isinstance(store, Inspectable):
            yield from (Finding(Level(level), "store.url", text) for level, text in store.inspect())
    except StoreUnavailable as error:
        yield Finding(Level.ERROR, "store.url", _unusable(config.store.url, error))
    finally:
        store.close()
    if is_redis_url(config.store.url):
        yield from _spool(Path(config.store.spool))


def _spool(path: Path) -> Iterator[Finding]:
    # Looked at only: a file that root makes here could not be written by the gate.
    is_writable = os.access(path if path.exists() else path.parent, os.W_OK)
    if not (is_writable and os.access(path.parent, os.W_OK)):
        text = f"{path} cannot be written, so nothing can be kept in an outage — check folder and owner"
        yield Finding(Level.ERROR, "store.spool", text)


def _unusable(url: str, error: StoreUnavailable) -> str:
    if is_redis_url(url):
        return str(error)  # says by itself what to do
    return f"cannot be used — {error}"
