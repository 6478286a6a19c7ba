"""What the spool keeps while the shared store is away, and how it gets there: in order, once, merged."""

from __future__ import annotations

import errno
import fcntl
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sence_gate.errors import StoreAway, StoreUnavailable
from sence_gate.protocol.session import Closed, CloseRefused, Event, Session, Started, State, TimedOut
from sence_gate.stores import draining, open_store, sqlite_connections
from sence_gate.stores import spool as spooling
from sence_gate.stores.base import Entry, Kind, Store
from sence_gate.stores.spooled import SpooledStore
from sence_gate.stores.sqlite import SqliteStore
from tests.samples import ID_SESION_ALUMNO, NOW, RUN, attendance
from tests.stores.contract import StoreContract, entry, kept
from tests.stores.outage import Switchable
from tests.stores.test_breaker import Seconds

PENDING = Session.begun(ID_SESION_ALUMNO, "excel", attendance(), 180, NOW)
LATER = NOW + timedelta(minutes=1)
OPEN = PENDING.apply(Started("1"), LATER)
CLOSED = OPEN.apply(Closed("a"), NOW + timedelta(hours=1))
TRIP = (
    (None, PENDING, Kind.START_SENT),
    (PENDING, OPEN, Kind.START_OK),
    (OPEN, CLOSED, Kind.CLOSE_OK),
)


@pytest.fixture
def clock() -> Seconds:
    """The breaker's clock."""
    return Seconds()


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """Where the spool is, or will be."""
    return tmp_path / "spool.sqlite"


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Switchable]:
    """The shared store."""
    remote = Switchable(SqliteStore(tmp_path / "remote.sqlite"))
    yield remote
    remote.close()


@pytest.fixture
def store(remote: Switchable, spool: Path, clock: Seconds) -> Iterator[SpooledStore]:
    """The shared store and its spool."""
    store = SpooledStore(remote, spool, clock)
    yield store
    store.close()


class TestSpooledStore(StoreContract):
    """With the shared store there, everything that every store promises."""


def line(kind: Kind, of: Session, minutes: int = 0, **changes: object) -> Entry:
    """Return a line that no other equals, `minutes` after the attempt."""
    made = entry(kind, of=of, at=NOW + timedelta(minutes=minutes))
    return replace(made, incident=f"{kind}{minutes}", **changes)  # type: ignore[arg-type]  # any field


def lines_of(trip: tuple[tuple[Session | None, Session, Kind], ...] = TRIP) -> list[Entry]:
    """Return the lines of a trip, at the moments of its states."""
    return [replace(line(kind, after), at=after.since) for _, after, kind in trip]


def travel(store: Store, first: int = 0, last: int = 3) -> None:
    """Make the swaps of a trip, or some of them."""
    for (before, after, _), told in zip(TRIP[first:last], lines_of(TRIP[first:last]), strict=True):
        assert store.swap(before, after, told) is True


def come_back(remote: Switchable, clock: Seconds) -> None:
    """Let the shared store answer again."""
    remote.is_away = False
    clock.now += 10


def plain(lines: list[Entry]) -> list[Entry]:
    """Return *lines* without the flag of the spool."""
    return [replace(each, flags=tuple(flag for flag in each.flags if flag != "spooled")) for each in lines]


def settle(store: SpooledStore) -> None:
    """Ask until nothing is left in the spool."""
    for _ in range(20):
        store.get("x")


@pytest.mark.parametrize("gone", range(4))
@pytest.mark.parametrize("back", range(4))
def test_a_trip_through_an_outage_is_the_trip(
    store: SpooledStore, remote: Switchable, clock: Seconds, gone: int, back: int
) -> None:
    """Wherever it goes away and comes back, session and ledger end as without an outage."""
    for place in range(3):
        remote.is_away = gone <= place < back
        clock.now += 10
        travel(store, place, place + 1)
    come_back(remote, clock)
    assert store.get(ID_SESION_ALUMNO) == CLOSED
    assert remote.real.get(ID_SESION_ALUMNO) == CLOSED
    assert plain(list(remote.real.ledger())) == lines_of()


def test_what_was_kept_is_flagged(store: SpooledStore, remote: Switchable, clock: Seconds) -> None:
    """The ledger tells which lines came late; their moments are those of the events."""
    travel(store, 0, 1)
    remote.is_away = True
    travel(store, 1, 2)
    come_back(remote, clock)
    settle(store)
    assert [each.flags for each in remote.real.ledger()] == [(), ("spooled",)]
    assert [each.at for each in remote.real.ledger()] == [NOW, LATER]


@pytest.mark.parametrize(
    "use",
    [
        pytest.param(lambda store: store.get("unknown"), id="get"),
        pytest.param(lambda store: store.find_open(RUN.canonical, "seguridad"), id="find_open"),
        pytest.param(lambda store: list(store.ledger()), id="ledger"),
        pytest.param(lambda store: store.unmatched(), id="unmatched"),
        pytest.param(lambda store: store.forget(NOW), id="forget"),
        pytest.param(lambda store: store.ping(), id="ping"),
    ],
)
@pytest.mark.parametrize("is_used", [False, True], ids=["an empty spool", "a spool with items"])
def test_away_is_not_empty(
    store: SpooledStore, remote: Switchable, use: Callable[[Store], object], is_used: bool
) -> None:
    """What only the shared store can say is not answered without it."""
    remote.is_away = True
    if is_used:
        travel(store, 0, 2)
    for _ in range(5):  # before and after the breaker has opened
        with pytest.raises(StoreAway):
            use(store)


def test_a_session_confirmed_during_the_outage_is_found(store: SpooledStore, remote: Switchable) -> None:
    """The learner goes on to the course, and out of it again."""
    remote.is_away = True
    travel(store, 0, 2)
    assert store.get(ID_SESION_ALUMNO) == OPEN
    assert store.find_open(RUN.canonical, "excel") == OPEN
    travel(store, 2, 3)
    assert store.get(ID_SESION_ALUMNO) == CLOSED
    with pytest.raises(StoreAway):
        store.find_open(RUN.canonical, "excel")


@pytest.mark.parametrize(
    ("before", "is_won"),
    [
        pytest.param(OPEN, True, id="what the spool knows"),
        pytest.param(PENDING, False, id="what it knew"),
        pytest.param(None, False, id="a new one"),
    ],
)
def test_the_spool_compares_as_a_store_does(
    store: SpooledStore, remote: Switchable, before: Session | None, is_won: bool
) -> None:
    """Of two workers that make the same change one wins, also during an outage."""
    remote.is_away = True
    travel(store, 0, 2)
    assert store.swap(before, CLOSED, line(Kind.CLOSE_OK, CLOSED, 60)) is is_won
    assert store.get(ID_SESION_ALUMNO) == (CLOSED if is_won else OPEN)


def test_another_worker_brings_it(
    store: SpooledStore, remote: Switchable, spool: Path, clock: Seconds
) -> None:
    """Whoever asks next, also of something else, brings what was kept by one that is gone."""
    remote.is_away = True
    travel(store)
    store.close()
    remote.is_away = False
    with closing(SpooledStore(remote, spool, clock)) as other:
        assert other.find_open(RUN.canonical, "seguridad") is None
    assert remote.real.get(ID_SESION_ALUMNO) == CLOSED
    assert plain(list(remote.real.ledger())) == lines_of()


def test_another_worker_reads_what_one_kept(
    store: SpooledStore, remote: Switchable, spool: Path, clock: Seconds
) -> None:
    """All workers of the host share the spool, while the store is away and while it is brought."""
    remote.is_away = True
    travel(store, 0, 2)
    with closing(SpooledStore(remote, spool, clock)) as other:
        assert other.get(ID_SESION_ALUMNO) == OPEN
        remote.is_away = False
        with other._spool.turn() as is_ours:  # somebody brings, and is not done yet
            assert is_ours
            clock.now += 10
            assert store.get(ID_SESION_ALUMNO) == OPEN
            assert store.find_open(RUN.canonical, "excel") == OPEN
            assert store.swap(OPEN, CLOSED, lines_of()[2])
            assert remote.real.get(ID_SESION_ALUMNO) is None
            assert store.find_open(RUN.canonical, "excel") is None


@pytest.mark.parametrize("calls", range(12))
def test_an_outage_in_the_middle_of_bringing(
    store: SpooledStore, remote: Switchable, clock: Seconds, calls: int
) -> None:
    """Wherever it breaks off, it goes on there: nothing lost, nothing twice."""
    remote.is_away = True
    travel(store)
    store.record(line(Kind.GRACE, CLOSED, 70))
    remote.is_away, remote.fails_after = False, calls
    clock.now += 10
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(draining, "AT_ONCE", 3)
        for _ in range(6):
            with_failure(store, clock)
    come_back(remote, clock)
    remote.fails_after = -1
    settle(store)
    assert remote.real.get(ID_SESION_ALUMNO) == CLOSED
    assert plain(list(remote.real.ledger())) == [*lines_of(), line(Kind.GRACE, CLOSED, 70)]


def with_failure(store: Store, clock: Seconds) -> None:
    """Ask, whether it answers or not."""
    clock.now += 10
    with suppress(StoreAway):
        store.get("x")


@pytest.mark.parametrize("deaf", range(1, 6))
@pytest.mark.parametrize("away_first", [True, False], ids=["lost while bringing", "lost at first"])
def test_an_answer_that_was_lost_doubles_nothing(
    store: SpooledStore, remote: Switchable, clock: Seconds, deaf: int, away_first: bool
) -> None:
    """The shared store did it and could not say so: what it holds is recognised."""
    remote.is_away = away_first
    remote.deaf_for = deaf
    travel(store)
    store.record(line(Kind.GRACE, CLOSED, 70))
    store.note_unmatched(line(Kind.UNMATCHED, CLOSED, 80))
    remote.is_away = False
    for _ in range(deaf + 2):
        with_failure(store, clock)
    settle(store)
    assert remote.real.get(ID_SESION_ALUMNO) == CLOSED
    assert plain(list(remote.real.ledger())) == [*lines_of(), line(Kind.GRACE, CLOSED, 70)]
    assert store.unmatched()[0] == 1


@pytest.mark.parametrize("deaf", [0, 1], ids=["acknowledged", "the first answer lost"])
def test_equal_lines_all_arrive(store: SpooledStore, remote: Switchable, clock: Seconds, deaf: int) -> None:
    """Two reloads are two lines, also through the spool."""
    remote.is_away = True
    store.record(entry())
    store.record(entry())
    come_back(remote, clock)
    remote.deaf_for = deaf
    with_failure(store, clock)
    settle(store)
    assert plain(list(remote.real.ledger())) == [entry(), entry()]


def test_many_items_arrive_a_few_at_a_time(store: SpooledStore, remote: Switchable, clock: Seconds) -> None:
    """No learner waits for the whole queue; the order stays."""
    remote.is_away = True
    told = [line(Kind.GRACE, OPEN, minutes) for minutes in range(120)]
    for each in told:
        store.record(each)
    come_back(remote, clock)
    store.get("x")
    assert len(list(remote.real.ledger())) == draining.AT_ONCE
    settle(store)
    assert plain(list(remote.real.ledger())) == told


def test_the_ledger_has_both_parts(store: SpooledStore, remote: Switchable, clock: Seconds) -> None:
    """A report right after an outage lacks nothing, and reading brings nothing."""
    travel(store, 0, 1)
    remote.is_away = True
    travel(store, 1, 3)
    store.note_unmatched(line(Kind.UNMATCHED, CLOSED, 80))
    come_back(remote, clock)
    assert plain(list(store.ledger())) == lines_of()
    assert plain(list(store.ledger(LATER, NOW + timedelta(hours=1)))) == lines_of()[1:2]
    assert store.unmatched()[0] == 1
    assert list(remote.real.ledger()) == lines_of()[:1]


REBUILT = replace(PENDING, state=State.EXPIRED, opened=NOW)
MERGED = [
    pytest.param(PENDING, PENDING, Started("1"), OPEN, (), id="a start that only the remote knew"),
    pytest.param(OPEN, PENDING, Started("1"), OPEN, ("same",), id="a start that is there already"),
    pytest.param(OPEN, REBUILT, CloseRefused(), OPEN, ("same",), id="a close that was refused"),
    pytest.param(CLOSED, OPEN, TimedOut(), CLOSED, None, id="an end that SENCE outranks"),
]


@pytest.mark.parametrize(("there", "before", "event", "merged", "flags"), MERGED)
def test_what_only_the_remote_knows_is_merged(
    store: SpooledStore,
    remote: Switchable,
    clock: Seconds,
    there: Session,
    before: Session,
    event: Event,
    merged: Session,
    flags: tuple[str, ...] | None,
) -> None:
    """The event is applied onto what is there; nothing is overwritten."""
    kinds = {Started: Kind.START_OK, CloseRefused: Kind.CLOSE_ERROR, TimedOut: Kind.TIMED_OUT}
    kept(remote, there)
    remote.is_away = True
    told = replace(line(kinds[type(event)], before), at=LATER)
    assert store.swap(None, before.apply(event, LATER), told)
    come_back(remote, clock)
    settle(store)
    assert remote.real.get(ID_SESION_ALUMNO) == merged
    arrived = [each for each in remote.real.ledger() if each.incident == told.incident]
    assert [each.flags for each in arrived] == ([] if flags is None else [("spooled", *flags)])


def test_a_refusal_does_not_hide_what_the_remote_knows(store: SpooledStore, remote: Switchable) -> None:
    """An old error page reloaded during an outage says nothing of a session that is open there."""
    remote.is_away = True
    assert store.swap(None, REBUILT, line(Kind.CLOSE_ERROR, REBUILT))
    with pytest.raises(StoreAway):
        store.get(ID_SESION_ALUMNO)


def test_a_remote_that_lost_everything_is_filled_again(
    store: SpooledStore, remote: Switchable, clock: Seconds
) -> None:
    """What the spool knows of the session is enough; the ledger says that it was rebuilt."""
    travel(store, 0, 1)
    remote.is_away = True
    travel(store, 1, 2)
    assert remote.real.forget(NOW + timedelta(days=1)) == 1
    come_back(remote, clock)
    settle(store)
    assert remote.real.get(ID_SESION_ALUMNO) == OPEN
    assert list(remote.real.ledger())[-1].flags == ("spooled", "rebuilt")


def test_an_event_that_the_remote_cannot_take_is_kept(
    store: SpooledStore, remote: Switchable, clock: Seconds
) -> None:
    """A close of what was never open there stands in the ledger as what it is, and blocks nothing."""
    kept(remote, PENDING)
    remote.is_away = True
    store.swap(None, CLOSED, line(Kind.CLOSE_OK, CLOSED))
    come_back(remote, clock)
    settle(store)
    assert remote.real.get(ID_SESION_ALUMNO) == PENDING
    last = list(remote.real.ledger())[-1]
    assert (last.kind, last.flags) == (Kind.ILLEGAL, ("spooled", "close_ok"))


def test_no_file_is_made_without_an_outage(store: SpooledStore, spool: Path) -> None:
    """Who reads a report leaves no file that the gate could not write."""
    travel(store)
    list(store.ledger())
    assert not spool.exists()


def test_a_file_that_was_cut_off_in_the_making(store: SpooledStore, remote: Switchable, spool: Path) -> None:
    """A worker killed in its very first write leaves a file that the next one completes."""
    with closing(SqliteStore(spool)) as made:
        made.ping()
    remote.is_away = True
    with pytest.raises(StoreAway):
        store.get("x")
    travel(store)


def test_a_locked_spool_is_unavailable(
    store: SpooledStore, remote: Switchable, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody could keep is not said to be done."""
    monkeypatch.setattr(sqlite_connections, "BUSY_SECONDS", 0.05)
    remote.is_away = True
    travel(store, 0, 1)
    store.close()
    with closing(sqlite3.connect(spool)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked") as caught:
            store.record(entry())
    assert not isinstance(caught.value, StoreAway)


def test_a_spool_that_cannot_be_made_is_unavailable(remote: Switchable, tmp_path: Path) -> None:
    """The gate then answers 503, as for any store that cannot be written."""
    remote.is_away = True
    store = SpooledStore(remote, tmp_path / "no" / "folder")
    with closing(store), pytest.raises(StoreUnavailable):
        store.record(entry())


def test_a_file_system_without_locks_is_unavailable(
    store: SpooledStore, remote: Switchable, clock: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network's file system may have none: it is said, nothing stays open, and what is kept stays."""
    remote.is_away = True
    travel(store, 0, 1)
    come_back(remote, clock)

    def refuse(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(StoreUnavailable, match="No locks available"):
        store.get("x")
    assert (store.waiting(), spooling._TURNS) == (1, set())


def test_a_damaged_spool_is_said(
    store: SpooledStore, remote: Switchable, spool: Path, clock: Seconds
) -> None:
    """What cannot be read is neither skipped nor sent."""
    remote.is_away = True
    travel(store, 0, 1)
    with closing(sqlite3.connect(spool)) as db, db:
        db.execute("UPDATE items SET entry = '[]'")
    come_back(remote, clock)
    with pytest.raises(StoreUnavailable, match="damaged"):
        store.get("x")


def test_every_item_waits_for_the_disk(store: SpooledStore, remote: Switchable) -> None:
    """WAL, and FULL on the connection that writes."""
    remote.is_away = True
    travel(store, 0, 1)
    with store._spool._connections.reading() as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_file_store_has_no_spool(tmp_path: Path) -> None:
    """The setting is for shared stores."""
    with closing(open_store(f"sqlite:///{tmp_path}/a.sqlite", str(tmp_path / "spool"))) as store:
        assert isinstance(store, SqliteStore)


STEPS = st.lists(st.sampled_from(["away", "back", "deaf", "a", "b"]), max_size=20)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_any_outages_end_as_none(tmp_path_factory: pytest.TempPathFactory, steps: list[str]) -> None:
    """Whatever goes away, comes back or is not acknowledged meanwhile, each line arrives once."""
    folder, clock, told = tmp_path_factory.mktemp("any"), Seconds(), list[Entry]()
    remote = Switchable(SqliteStore(folder / "remote.sqlite"))
    with closing(SpooledStore(remote, folder / "spool.sqlite", clock)) as store:
        for number, step in enumerate(steps):
            clock.now += 10
            remote.is_away = {"away": True, "back": False}.get(step, remote.is_away)
            remote.deaf_for += step == "deaf"
            if step in "ab":
                one = replace(PENDING, id_sesion_alumno=f"excel.{step}.{number}.m")
                told.append(line(Kind.START_SENT, one, number))
                assert store.swap(None, one, told[-1])
        come_back(remote, clock)
        for _ in range(30):
            with_failure(store, clock)
        assert sorted(plain(list(remote.real.ledger())), key=lambda each: each.at) == told


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda store: store.record(line(Kind.GRACE, OPEN, 5)), id="record"),
        pytest.param(lambda store: store.note_unmatched(line(Kind.UNMATCHED, OPEN, 5)), id="note_unmatched"),
    ],
)
def test_a_lost_answer_to_a_line_doubles_nothing(
    store: SpooledStore, remote: Switchable, write: Callable[[Store], None]
) -> None:
    """It was asked and did it: the line is recognised."""
    remote.deaf_for = 1
    write(store)
    settle(store)
    assert len(list(remote.real.ledger())) + remote.real.unmatched()[0] == 1


def test_a_session_closed_here_is_not_open_there(
    store: SpooledStore, remote: Switchable, clock: Seconds
) -> None:
    """As long as the close has not reached the shared store, its older word does not count."""
    travel(store, 0, 2)
    remote.is_away = True
    travel(store, 2, 3)
    come_back(remote, clock)
    with store._spool.turn(), pytest.raises(StoreAway):
        store.find_open(RUN.canonical, "excel")
    assert store.find_open(RUN.canonical, "excel") is None


def test_a_replay_that_changes_something_after_all_is_none(
    store: SpooledStore, remote: Switchable, clock: Seconds
) -> None:
    """The shared store came back with an older copy: what was a replay here opens the session there."""
    kept(remote, PENDING)
    remote.is_away = True
    store.swap(None, OPEN, line(Kind.START_OK, OPEN, 1, flags=("late", "same")))
    come_back(remote, clock)
    settle(store)
    assert remote.real.get(ID_SESION_ALUMNO) == OPEN
    assert list(remote.real.ledger())[-1].flags == ("late", "spooled")
