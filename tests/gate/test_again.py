"""An admission is remembered only while it would be made again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from sence_gate.config import Learner, LearnerSource, StoreSettings
from sence_gate.gate import again, recheck
from sence_gate.gate.again import Again
from sence_gate.gate.decisions import Admitted
from sence_gate.protocol.session import State
from sence_gate.stores.base import Entry, Kind
from tests.asking import ask, asked_campus
from tests.given import COURSE, Campus, answer, discreet_log
from tests.samples import NOW, OTHER_RUN, RUN, course, session

__all__ = ["discreet_log"]
TOLD = (("X-Sence-Course", COURSE),)


@pytest.fixture(name="campus")
def _campus(tmp_path: Path) -> Iterator[Campus]:
    campus = asked_campus(tmp_path, "forward")
    yield campus
    campus.store.close()


def admits(campus: Campus, cookies: str, uri: str = COURSE, **more: Any) -> bool:
    """Tell whether a browser with *cookies* may pass."""
    return ask(campus, uri, cookies=cookies, **more).status_code == 204


def settle(campus: Campus, **changes: Any) -> None:
    """Start the gate again with *changes*, for the same front server."""
    asked = {each: getattr(campus.config, each) for each in ("forward_auth", "trusted_proxies")}
    campus.configure(**asked | changes)


def test_the_next_questions_cost_no_look_at_the_store(campus: Campus) -> None:
    """A page with sixty assets asks sixty times."""
    cookies = campus.hold()
    assert admits(campus, cookies)
    looks = campus.store.looks
    assert all(admits(campus, cookies, f"/cursos/excel/{number}.png") for number in range(60))
    assert campus.store.looks == looks


def test_what_is_closed_here_is_closed_at_once(campus: Campus) -> None:
    """The close goes through this very worker."""
    _, cookies = campus.open_up()
    assert admits(campus, cookies)
    closing = campus.close_up(cookies)
    assert campus.call_back("/cierre/ok", answer(closing)).status_code == 303
    assert not admits(campus, cookies)


def test_the_end_is_the_end(campus: Campus) -> None:
    """To the second, however often the session was seen before."""
    cookies = campus.hold()
    assert admits(campus, cookies)
    campus.clock.move(minutes=179, seconds=59)
    assert admits(campus, cookies)
    campus.clock.move(seconds=1)
    assert not admits(campus, cookies)


def test_what_another_worker_closed_is_seen_when_the_store_is(campus: Campus) -> None:
    """Not a moment later than without this memory."""
    settle(campus, store=StoreSettings(recheck_seconds=0))
    cookies = campus.hold()
    assert admits(campus, cookies)
    ended = replace(session(), state=State.CLOSED, version=3)
    assert campus.store.real.swap(session(), ended, Entry(NOW, Kind.CLOSE_OK))
    assert not admits(campus, cookies)


def test_what_another_worker_closed_is_seen_after_the_seconds_of_a_look(
    campus: Campus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often the browser asks meanwhile, the look at the store grows no younger."""
    seconds = 0.0
    started = monotonic()
    monkeypatch.setattr(recheck, "monotonic", lambda: started + seconds)
    settle(campus, store=StoreSettings(recheck_seconds=5))
    cookies = campus.hold()
    assert admits(campus, cookies)
    ended = replace(session(), state=State.CLOSED, version=3)
    assert campus.store.real.swap(session(), ended, Entry(NOW, Kind.CLOSE_OK))
    seconds = 4.9
    assert admits(campus, cookies)
    seconds = 5.1
    assert not admits(campus, cookies)


def test_another_browser_and_another_course_are_asked_about_for_themselves(campus: Campus) -> None:
    """K16: what is remembered is this header, in this course."""
    cookies = campus.hold()
    assert admits(campus, cookies)
    assert not admits(campus, cookies[:-1] + ("A" if cookies[-1] != "A" else "B"))
    assert not admits(campus, "")
    assert not admits(campus, cookies, "/cursos/seguridad/1")


def test_k14_a_source_that_names_the_learner_is_asked_each_time(campus: Campus) -> None:
    """On a shared computer the cookies may stay while the learner changes."""
    settle(campus, learner=Learner(LearnerSource.HEADER, name="XRun"))
    cookies = campus.hold()
    assert admits(campus, cookies, headers={"XRun": str(RUN)})
    assert not admits(campus, cookies, headers={"XRun": str(OTHER_RUN)})


def test_what_rests_on_more_than_the_cookie_is_not_remembered(campus: Campus) -> None:
    """A late form passes for its method; a session that was found elsewhere brings cookies to set."""
    parts = campus.gate.parts
    cookies = campus.hold()
    seen = parts.recheck.get(session().id_sesion_alumno)
    assert seen
    to_set = (parts.cookies.session(seen, NOW),)
    for admitted in (Admitted(course(), seen, to_set), Admitted(course(), seen, is_grace=True)):
        memory = Again(parts)
        memory.keep(cookies, admitted, TOLD)
        assert memory.look(cookies, course()) is None


def test_what_changed_between_the_decision_and_its_keeping_is_not_remembered(campus: Campus) -> None:
    """Another thread closed the session: a look at the store that came before says nothing any more."""
    parts = campus.gate.parts
    cookies = campus.hold()
    seen = parts.recheck.get(session().id_sesion_alumno)
    assert seen
    parts.recheck.forget(seen)
    for newer in (None, parts.recheck.get(seen.id_sesion_alumno)):
        memory = Again(parts)
        memory.keep(cookies, Admitted(course(), seen), TOLD)
        assert memory.look(cookies, course()) is None, newer


def test_a_change_of_somebody_else_costs_one_decision_and_no_look(campus: Campus) -> None:
    """While classmates start and close, a page's assets go on without the store."""
    cookies = campus.hold()
    assert admits(campus, cookies)
    looks = campus.store.looks
    campus.gate.parts.recheck.forget(replace(session(), id_sesion_alumno="f" * 32))
    assert campus.gate.told_before(cookies, course()) is None
    assert admits(campus, cookies)
    assert campus.gate.told_before(cookies, course())
    assert campus.store.looks == looks


def test_the_memory_is_bounded(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    """A visitor chooses how many headers there are, and how long."""
    monkeypatch.setattr(again, "MOST", 3)
    campus.hold()
    parts = campus.gate.parts
    seen = parts.recheck.get(session().id_sesion_alumno)
    assert seen
    memory, admitted = Again(parts), Admitted(course(), seen)
    for number in range(10):
        memory.keep(f"a={number}", admitted, TOLD)
    memory.keep("x" * 3_000, admitted, TOLD)
    assert len(memory._seen) <= 3
    assert memory.look("a=9", course()) == TOLD
