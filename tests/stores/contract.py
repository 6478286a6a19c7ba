"""What `stores.base.Store` promises, as tests that every store's test class inherits.

A subclass gives the fixture `store`: an empty store, closed again by the fixture. No
test here knows how a store keeps anything, so that one that passes them all can take
the place of another.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sence_gate.protocol.session import Session, State
from sence_gate.stores.base import REPEATS_KEPT, UNMATCHED_KEPT, Bypass, Entry, Kind, Store
from tests.samples import ID_SESION_ALUMNO, NOW, OTHER_RUN, RUN, attendance, session
from tests.stores.strategies import BYPASSES, ENTRIES, SESSIONS

# The store of a test is kept from one example to the next, and one contract serves several classes.
_shared = settings(
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)


def entry(kind: Kind = Kind.START_OK, of: Session | None = None, at: datetime = NOW) -> Entry:
    """Return a line of the ledger about the session *of*, or about the sample."""
    about = of or session()
    run = about.attendance.run_alumno.canonical
    return Entry(at, kind, about.id_sesion_alumno, about.course, run, (("IdSesionSence", "1"),))


def kept(store: Store, *sessions: Session) -> None:
    """Put *sessions* into *store*, one after the other."""
    for each in sessions:
        assert store.swap(None, each, entry(of=each))


def bypass(course: str = "", **changes: str) -> Bypass:
    """Return a contingency of *course*, of all without one."""
    return replace(Bypass(course, "1", NOW, NOW + timedelta(hours=4), "SENCE no responde", "ana"), **changes)  # type: ignore[arg-type]  # only texts are changed


class StoreContract:
    """The promise; a subclass gives the fixture `store`."""

    def test_a_miss_is_none(self, store: Store) -> None:
        """What the store does not hold is None and no error, so that nobody takes it for a failure."""
        assert store.get("nobody's") is None
        assert store.find_open(RUN.canonical, "excel") is None
        assert list(store.ledger()) == []

    def test_a_first_swap_writes_session_and_entry(self, store: Store) -> None:
        """A new session and its ledger line are there after one swap."""
        assert store.swap(None, session(), entry()) is True
        assert store.get(ID_SESION_ALUMNO) == session()
        assert list(store.ledger()) == [entry()]

    def test_a_session_is_new_only_once(self, store: Store) -> None:
        """The second who brings the same new session loses and writes nothing."""
        kept(store, session())
        assert store.swap(None, session(version=9), entry(Kind.CLOSE_OK)) is False
        assert store.get(ID_SESION_ALUMNO) == session()
        assert list(store.ledger()) == [entry()]

    def test_a_swap_replaces(self, store: Store) -> None:
        """The session stored is exchanged and the ledger grows by one line."""
        kept(store, session())
        closed = session(state=State.CLOSED, version=3)
        assert store.swap(session(), closed, entry(Kind.CLOSE_OK)) is True
        assert store.get(ID_SESION_ALUMNO) == closed
        assert list(store.ledger()) == [entry(), entry(Kind.CLOSE_OK)]

    @pytest.mark.parametrize(
        "stale",
        [
            pytest.param(session(version=1), id="an older version"),
            pytest.param(session(version=3), id="a version to come"),
            pytest.param(session(state=State.PENDING), id="the same version in another state"),
            pytest.param(session(minutes=181), id="the same version with another length"),
            pytest.param(session(id_sesion_sence="1"), id="the same version with another id of SENCE"),
            pytest.param(session(id_sesion_alumno="excel.1.other.mac"), id="another attempt"),
        ],
    )
    def test_a_loser_writes_neither(self, store: Store, stale: Session) -> None:
        """Who looked at something else than what is stored changes neither session nor ledger."""
        kept(store, session())
        after = replace(stale, state=State.CLOSED, version=stale.version + 1)
        assert store.swap(stale, after, entry(Kind.CLOSE_OK)) is False
        assert store.get(ID_SESION_ALUMNO) == session()
        assert store.get("excel.1.other.mac") is None
        assert list(store.ledger()) == [entry()]

    @_shared
    @given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.integers(1, 4)), max_size=12))
    def test_any_order_of_swaps_is_like_a_dictionary(
        self, store: Store, steps: list[tuple[str, int, int]]
    ) -> None:
        """A swap wins exactly when its `before` is what is stored, and each win is one line."""
        prefix, model, wins = f"{uuid4()}.", dict[str, int](), 0
        for name, before, after in steps:
            one = session(id_sesion_alumno=prefix + name, version=after)
            old = replace(one, version=before) if before else None
            won = store.swap(old, one, entry(of=one))
            assert won is (model.get(name, 0) == before)
            if won:
                model[name], wins = after, wins + 1
        stored = {name: store.get(prefix + name) for name in model}
        assert {name: each and each.version for name, each in stored.items()} == model
        assert sum(line.id_sesion_alumno.startswith(prefix) for line in store.ledger()) == wins

    def test_threads_that_race_have_one_winner(self, store: Store) -> None:
        """Of several threads that make the same change one wins, and the ledger tells it once."""
        kept(store, session())
        start = Barrier(8)

        def close(number: int) -> bool:
            start.wait()
            return store.swap(session(), session(state=State.CLOSED, version=3), racing(number))

        def racing(number: int) -> Entry:
            return replace(entry(Kind.CLOSE_OK), incident=str(number))

        with ThreadPoolExecutor(8) as threads:
            won = list(threads.map(close, range(8)))
        assert list(store.ledger()) == [entry(), racing(won.index(True))]
        assert won.count(True) == 1

    def test_the_newest_open_session_is_found(self, store: Store) -> None:
        """Of several open sessions of one learner the newest counts, in whatever order they came."""
        several = [
            session(id_sesion_alumno=f"excel.{hours}.n.m", since=NOW + timedelta(hours=hours))
            for hours in (1, 10, 9)
        ]
        kept(store, *several)
        assert store.find_open(RUN.canonical, "excel") == several[1]

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param(session(attendance=attendance(run_alumno=OTHER_RUN)), id="of another learner"),
            pytest.param(session(course="seguridad"), id="in another course"),
            pytest.param(session(course="excel-2"), id="in a course whose id begins alike"),
            *(
                pytest.param(session(state=state), id=f"in state {state}")
                for state in State
                if state is not State.OPEN
            ),
        ],
    )
    def test_no_other_session_is_found(self, store: Store, other: Session) -> None:
        """Only an open session of this learner in this course is found."""
        kept(store, other)
        assert store.find_open(RUN.canonical, "excel") is None

    def test_a_closed_session_is_no_longer_found(self, store: Store) -> None:
        """What a swap changes shows in the search at once, and an older open session comes back."""
        older = session(id_sesion_alumno="excel.0.older.m", since=NOW - timedelta(hours=1))
        kept(store, older, session())
        store.swap(session(), session(state=State.CLOSED, version=3), entry(Kind.CLOSE_OK))
        assert store.find_open(RUN.canonical, "excel") == older

    def test_a_reopened_session_is_found_again(self, store: Store) -> None:
        """A session that SENCE opens again is found, with what it was opened with."""
        expired, reopened = session(state=State.EXPIRED), session(id_sesion_sence="2", version=3)
        kept(store, expired)
        store.swap(expired, reopened, entry())
        assert store.find_open(RUN.canonical, "excel") == reopened

    def test_the_ledger_keeps_the_order_written(self, store: Store) -> None:
        """Lines come back as they were written, even when a clock was set back meanwhile."""
        lines = [entry(at=NOW + timedelta(minutes=minutes)) for minutes in (3, 1, 2, 1)]
        for line in lines:
            store.record(line)
        assert list(store.ledger()) == lines

    @pytest.mark.parametrize(
        ("since", "until", "expected"),
        [
            pytest.param(None, None, [0, 1, 2, 3], id="all"),
            pytest.param(1, None, [1, 2, 3], id="since is inside"),
            pytest.param(None, 2, [0, 1], id="until is outside"),
            pytest.param(1, 3, [1, 2], id="between"),
            pytest.param(2, 2, [], id="nothing between a moment and itself"),
            pytest.param(3, 1, [], id="nothing backwards"),
            pytest.param(4, None, [], id="nothing after the last"),
        ],
    )
    def test_the_ledger_between_two_moments(
        self, store: Store, since: int | None, until: int | None, expected: list[int]
    ) -> None:
        """`since` is inside and `until` is not, so that days neither overlap nor leave gaps."""
        moments = [NOW + timedelta(seconds=seconds) for seconds in range(5)]
        for moment in moments[:4]:
            store.record(entry(at=moment))
        found = store.ledger(
            None if since is None else moments[since], None if until is None else moments[until]
        )
        assert [line.at for line in found] == [moments[each] for each in expected]

    def test_the_ledger_of_one_learner(self, store: Store) -> None:
        """All of theirs is there, in its order, between two moments too; others may be left out."""
        moments = [NOW + timedelta(seconds=seconds) for seconds in range(4)]
        for moment in moments:
            for run in (str(RUN), str(OTHER_RUN)):
                store.record(replace(entry(at=moment), run=run))
        found = store.ledger(moments[1], moments[3], run=str(RUN))
        assert [line.at for line in found if line.run == str(RUN)] == moments[1:3]
        assert len(list(store.ledger())) == 8

    def test_a_record_changes_no_session(self, store: Store) -> None:
        """A line that tells of no change leaves the session as it is."""
        kept(store, session())
        store.record(entry(Kind.GRACE))
        assert list(store.ledger()) == [entry(), entry(Kind.GRACE)]
        assert store.get(ID_SESION_ALUMNO) == session()

    def test_the_same_line_may_stand_twice(self, store: Store) -> None:
        """Two equal events are two lines: SENCE's pages are reloaded, and each reload is told."""
        store.record(entry())
        store.record(entry())
        assert list(store.ledger()) == [entry(), entry()]

    def test_repeats_are_counted_for_each_attempt_and_kind(self, store: Store) -> None:
        """Nothing else of an attempt uses up what may be kept of a kind; the ledger shows no count."""
        kept(store, session())
        counts = [
            store.count_repeat(attempt, kind)
            for attempt in (ID_SESION_ALUMNO, "excel.1.other.mac")
            for kind in (Kind.START_OK, Kind.QUARANTINED)
            for _ in range(3)
        ]
        assert counts == [1, 2, 3] * 4
        assert list(store.ledger()) == [entry()]
        assert store.get(ID_SESION_ALUMNO) == session()

    def test_repeats_are_not_counted_without_end(self, store: Store) -> None:
        """One more than what is kept says enough."""
        counts = [store.count_repeat("a", Kind.START_OK) for _ in range(REPEATS_KEPT + 5)]
        assert counts == [*range(1, REPEATS_KEPT + 1), *[REPEATS_KEPT + 1] * 5]

    def test_threads_count_together(self, store: Store) -> None:
        """Of those that repeat at once each has its own number: no more is kept than is allowed."""
        with ThreadPoolExecutor(8) as threads:
            counts = list(threads.map(lambda _: store.count_repeat("a", Kind.START_OK), range(16)))
        assert sorted(counts) == list(range(1, 17))

    def test_unmatched_callbacks_stand_apart(self, store: Store) -> None:
        """What is nobody's is counted and shown, and does not stand in the ledger."""
        assert store.unmatched() == (0, ())
        store.note_unmatched(entry(Kind.UNMATCHED))
        assert store.unmatched() == (1, (entry(Kind.UNMATCHED),))
        assert list(store.ledger()) == []

    def test_unmatched_callbacks_are_bounded(self, store: Store) -> None:
        """An attack fills no disk: the newest are kept, and the count stays true."""
        sent = UNMATCHED_KEPT + 5
        for number in range(sent):
            store.note_unmatched(entry(Kind.UNMATCHED, at=NOW + timedelta(seconds=number)))
        count, newest = store.unmatched()
        assert count == sent
        assert [line.at for line in newest] == [NOW + timedelta(seconds=number) for number in range(5, sent)]

    @_shared
    @given(SESSIONS)
    def test_a_session_comes_back_whole(self, store: Store, any_session: Session) -> None:
        """Every field of a session survives, whatever stands in it."""
        one = replace(any_session, id_sesion_alumno=f"{uuid4()}{any_session.id_sesion_alumno}")
        kept(store, one)
        assert store.get(one.id_sesion_alumno) == one

    @_shared
    @given(SESSIONS)
    def test_an_open_session_is_found_whole(self, store: Store, any_session: Session) -> None:
        """The search brings every field too, for any course and RUN."""
        one = replace(any_session, id_sesion_alumno=str(uuid4()), course=str(uuid4()), state=State.OPEN)
        kept(store, one)
        assert store.find_open(one.attendance.run_alumno.canonical, one.course) == one

    @_shared
    @given(ENTRIES)
    def test_an_entry_comes_back_whole(self, store: Store, any_entry: Entry) -> None:
        """Every field of a ledger line survives, whatever stands in it."""
        one = replace(any_entry, incident=str(uuid4()))
        store.record(one)
        assert list(store.ledger())[-1] == one

    def test_a_ping_leaves_no_trace(self, store: Store) -> None:
        """A look at the store's health raises nothing, however often, and shows in no record."""
        store.ping()
        store.ping()
        assert list(store.ledger()) == []
        assert store.unmatched() == (0, ())

    @pytest.mark.parametrize(
        "use",
        [
            pytest.param(lambda _: None, id="never used"),
            pytest.param(lambda store: store.ping(), id="used"),
            pytest.param(lambda store: next(store.ledger(), None), id="with a ledger read in part"),
        ],
    )
    def test_closing_is_quiet(self, store: Store, use: Callable[[Store], object]) -> None:
        """A store can be closed at any time, and once more."""
        kept(store, session())
        use(store)
        store.close()
        store.close()

    @pytest.mark.parametrize("state", [pytest.param(state, id=f"in state {state}") for state in State])
    @pytest.mark.parametrize(
        ("minutes", "is_open_one_gone"),
        [pytest.param(180, False, id="at its deadline"), pytest.param(181, True, id="after its deadline")],
    )
    def test_only_what_is_over_is_forgotten(
        self, store: Store, state: State, minutes: int, is_open_one_gone: bool
    ) -> None:
        """One that nobody closed is over when its time is; the ledger keeps every line."""
        is_gone = is_open_one_gone or state is not State.OPEN
        kept(store, session(state=state))
        assert store.forget(NOW + timedelta(minutes=minutes)) == int(is_gone)
        assert (store.get(ID_SESION_ALUMNO) is None) is is_gone
        assert list(store.ledger()) == [entry()]
        assert (store.find_open(RUN.canonical, "excel") is None) is (is_gone or state is not State.OPEN)

    def test_what_is_forgotten_was_over_before(self, store: Store) -> None:
        """The moment itself is outside: what reached its state then, or later, stays."""
        moments = [NOW + timedelta(seconds=seconds) for seconds in (-1, 0, 1)]
        several = [
            session(id_sesion_alumno=f"excel.{place}.n.m", state=State.CLOSED, since=since)
            for place, since in enumerate(moments)
        ]
        kept(store, *several)
        assert (store.forget(NOW, pretend=True), store.forget(NOW)) == (1, 1)
        assert [store.get(each.id_sesion_alumno) for each in several] == [None, *several[1:]]

    def test_pretending_counts_and_forgets_nothing(self, store: Store) -> None:
        """A dry run tells what would go, and what would go is still there."""
        over = session(state=State.FAILED)
        kept(store, over, session(id_sesion_alumno="excel.2.n.m"))
        assert store.forget(NOW + timedelta(hours=1), pretend=True) == 1
        assert store.get(ID_SESION_ALUMNO) == over
        assert store.forget(NOW + timedelta(hours=1)) == 1

    def test_many_are_forgotten_at_once(self, store: Store) -> None:
        """More than any store takes in one go: all that are over go, and no other."""
        over = [
            session(id_sesion_alumno=f"excel.{place}.n.m", state=State.CLOSED if place % 3 else State.OPEN)
            for place in range(450)
        ]
        kept(store, *over)
        assert store.forget(NOW + timedelta(hours=1)) == 300
        assert [each for each in over if store.get(each.id_sesion_alumno)] == over[::3]
        assert store.forget(NOW + timedelta(days=1)) == 150

    def test_what_was_forgotten_is_new_again(self, store: Store) -> None:
        """A late answer of SENCE, rebuilt from its own fields, can be written again."""
        over = session(state=State.CLOSED)
        kept(store, over)
        store.forget(NOW + timedelta(days=1))
        assert store.swap(over, session(version=9), entry()) is False
        assert store.swap(None, session(), entry()) is True
        assert store.find_open(RUN.canonical, "excel") == session()

    def test_a_contingency_is_seen_with_its_line(self, store: Store) -> None:
        """What every worker must know of, and the ledger's word for it, are there together."""
        assert store.bypasses() == ()
        store.keep_bypass(bypass(), entry(Kind.BYPASS))
        assert (store.bypasses(), list(store.ledger())) == ((bypass(),), [entry(Kind.BYPASS)])

    def test_each_course_has_one_contingency(self, store: Store) -> None:
        """The newest takes the place of the one before, and the ledger keeps both lines."""
        for each in (bypass("excel"), bypass(), bypass("excel", id="2")):
            store.keep_bypass(each, entry(Kind.BYPASS))
        assert store.bypasses() == (bypass(), bypass("excel", id="2"))
        assert len(list(store.ledger())) == 3

    @_shared
    @given(BYPASSES)
    def test_a_contingency_comes_back_whole(self, store: Store, any_bypass: Bypass) -> None:
        """Every field survives, whatever stands in it."""
        one = replace(any_bypass, course=str(uuid4()))
        store.keep_bypass(one, entry(Kind.BYPASS))
        assert one in store.bypasses()

    def test_repr_tells_nothing_of_learners(self, store: Store) -> None:
        """A store in a log or a traceback shows no RUN and no id of an attempt."""
        kept(store, session())
        assert not any(secret in repr(store) for secret in (RUN.canonical[:8], ID_SESION_ALUMNO, "987654321"))
