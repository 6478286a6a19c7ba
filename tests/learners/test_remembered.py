"""Whom the platform named is remembered for a moment, for these very cookies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest

from sence_gate.errors import IdentityUnavailable, UntrustworthyIdentity
from sence_gate.learners import Identity, Standing
from sence_gate.learners.whoami import REMEMBERED, Remembered
from tests.samples import OTHER_RUN, RUN

MARIA = {"HTTP_COOKIE": "sid=maria"}


class Told:
    """A source that says what it is told to, counts, and keeps a clock."""

    def __init__(self, who: Identity | Exception = RUN) -> None:
        self.who = who
        self.asked = 0
        self.now = 0.0
        self.source = Remembered(self._answer, 10, 0.2, lambda: self.now)

    def _answer(self, _environ: dict[str, Any]) -> Identity:
        self.asked += 1
        if isinstance(self.who, Exception):
            raise self.who
        return self.who


@pytest.mark.parametrize("who", [RUN, Standing.EXEMPT, Standing.IMPERSONATED])
def test_whom_the_platform_named_is_not_asked_for_again(who: Identity) -> None:
    """A page with sixty files costs one question; after the seconds there is another."""
    told = Told(who)
    assert [told.source(MARIA) for _ in range(60)] == [who] * 60
    assert told.asked == 1
    told.now = 10.1
    told.source(MARIA)
    assert told.asked == 2


def test_k14_nobody_is_not_remembered() -> None:
    """Who logs in and keeps the cookie would pass as nobody until it is forgotten."""
    told = Told(Standing.NOBODY)
    assert told.source(MARIA) is Standing.NOBODY
    told.who = RUN
    assert told.source(MARIA) == RUN


def test_k14_another_cookie_is_another_visitor() -> None:
    """Who logs in next in the same browser, with a session of its own, is seen at once."""
    told = Told(RUN)
    told.source(MARIA)
    told.who = OTHER_RUN
    assert told.source({"HTTP_COOKIE": "sid=pedro"}) == OTHER_RUN
    assert told.source(MARIA) == RUN


def test_k14_who_logs_out_is_forgotten_after_the_seconds() -> None:
    """The bound of what a stale memory can do: it never makes a learner into nobody."""
    told = Told(RUN)
    told.source(MARIA)
    told.who = Standing.NOBODY
    assert told.source(MARIA) == RUN
    told.now = 10.1
    assert told.source(MARIA) is Standing.NOBODY


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"HTTP_COOKIE": "a=1; sid=maria"}, id="one cookie more"),
        pytest.param({"HTTP_COOKIE": "sid=maria; sid=pedro"}, id="a second of the name"),
        pytest.param({"HTTP_COOKIE": "sid=pedro; sid=maria"}, id="the two in the other order"),
        pytest.param({"HTTP_COOKIE": "sid=maria", "HTTP_AUTHORIZATION": "Bearer x"}, id="a token"),
        pytest.param({"HTTP_COOKIE": "sid=mari", "HTTP_AUTHORIZATION": "a"}, id="the border moved"),
        pytest.param({"HTTP_AUTHORIZATION": "sid=maria"}, id="the same as a token"),
        pytest.param({"HTTP_COOKIE": "sid=maria", "REMOTE_ADDR": "10.0.0.2"}, id="another address"),
        pytest.param({"HTTP_COOKIE": "sid=maria", "HTTP_USER_AGENT": "curl"}, id="another browser"),
        pytest.param({}, id="no cookie"),
    ],
)
def test_k7_other_cookies_never_meet_what_was_remembered(other: dict[str, str]) -> None:
    """Only the very same header shares an answer: the platform reads the others as it likes."""
    told = Told(RUN)
    told.source(MARIA)
    told.who = OTHER_RUN
    assert told.source(other) == OTHER_RUN


def test_k14_whom_a_platform_knows_by_the_address_is_not_the_next_one_there() -> None:
    """Nothing but the address tells two visitors without a cookie apart: the second is not the first."""
    told = Told(RUN)
    told.source({"REMOTE_ADDR": "10.0.0.1"})
    told.who = OTHER_RUN
    assert told.source({"REMOTE_ADDR": "10.0.0.2"}) == OTHER_RUN
    behind = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "10.0.0.2"}
    assert told.source(behind) == OTHER_RUN


def test_d6_no_cookie_is_kept() -> None:
    """Memory holds hashes: a dump of it opens no session at the platform."""
    told = Told()
    told.source({"HTTP_COOKIE": "sid=secreto"})
    assert all(b"secreto" not in key for key in told.source._known)


def test_d3_memory_is_bounded() -> None:
    """A visitor can make up cookies without end."""
    told = Told()
    for number in range(REMEMBERED + 50):
        told.source({"HTTP_COOKIE": f"sid={number}"})
    assert len(told.source._known) == REMEMBERED
    assert told.source._asked == {}


@pytest.mark.parametrize("fault", [IdentityUnavailable("away"), UntrustworthyIdentity("no RUN")])
def test_a_failure_is_not_remembered(fault: Exception) -> None:
    """The next request asks again."""
    told = Told(fault)
    with pytest.raises(type(fault)):
        told.source(MARIA)
    told.who = RUN
    assert told.source(MARIA) == RUN


class Slow:
    """A source that answers when it is let go."""

    def __init__(self, answer: Callable[[], Identity], patience: float = 30) -> None:
        self.asked, self.go, self._answer = Event(), Event(), answer
        self.count = 0
        self.source = Remembered(self._wait, 10, patience)

    def _wait(self, _environ: dict[str, Any]) -> Identity:
        self.count += 1
        self.asked.set()
        assert self.go.wait(30)
        return self._answer()


@pytest.fixture(name="threads")
def thread_pool() -> Iterator[ThreadPoolExecutor]:
    """Return threads for eight requests at a time."""
    with ThreadPoolExecutor(8) as pool:
        yield pool


def _fail() -> Identity:
    raise IdentityUnavailable("the platform of the tests is away")


def test_requests_at_the_same_time_ask_once(threads: ThreadPoolExecutor) -> None:
    """Sixty files of the first page do not ask the platform sixty times."""
    slow, barrier = Slow(lambda: RUN), Barrier(8)

    def request() -> Identity:
        barrier.wait()
        return slow.source(MARIA)

    pending = [threads.submit(request) for _ in range(8)]
    assert slow.asked.wait(30)
    slow.go.set()
    assert {each.result() for each in pending} == {RUN}
    assert slow.count == 1


def test_whoever_waits_gets_the_failure_too(threads: ThreadPoolExecutor) -> None:
    """Each its own, and nobody is nobody."""
    slow = Slow(_fail)
    first = threads.submit(slow.source, MARIA)
    assert slow.asked.wait(30)
    second = threads.submit(slow.source, MARIA)
    slow.go.set()
    faults = [each.exception() for each in (first, second)]
    assert [type(fault) for fault in faults] == [IdentityUnavailable] * 2


def test_a_platform_that_asks_itself_does_not_stand_still(threads: ThreadPoolExecutor) -> None:
    """Its question comes back through the gate with the same cookies: it waits a moment, and not for ever."""
    slow = Slow(lambda: RUN, patience=0.05)
    first = threads.submit(slow.source, MARIA)
    assert slow.asked.wait(30)
    with pytest.raises(IdentityUnavailable, match="in time"):
        slow.source(MARIA)
    slow.go.set()
    assert first.result() == RUN
