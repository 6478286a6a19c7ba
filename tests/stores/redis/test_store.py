"""One Redis keeps the promise of every store, and what is peculiar to it: keys, lives, order.

What happens when it fails, or holds garbage, stands in `test_failures` and
`test_garbage`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from redis.crc import key_slot
from stdnum.cl.rut import calc_check_digit

from sence_gate.protocol.session import State
from sence_gate.stores import open_store
from sence_gate.stores.base import Entry, Kind, Store
from sence_gate.stores.redis import ledger
from sence_gate.stores.redis.keys import BUCKETS, Keys, bucket_of
from tests.samples import ID_SESION_ALUMNO, NOW, OTHER_RUN, RUN, attendance, session
from tests.stores.contract import StoreContract, entry, kept
from tests.stores.races import is_fair, race
from tests.stores.redis.servers import HOST, Server, patient_store, running

DAY = 86_400


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests here."""
    with running(tmp_path_factory.mktemp("redis"), unixsocket="sence.sock") as server:
        yield server


@pytest.fixture
def url(server: Server) -> str:
    """The URL of a store that nobody has used."""
    return f"redis://{HOST}:{server.port}/0?prefix={uuid4()}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty store at `url`."""
    with patient_store(url) as store:
        yield store


class TestRedisStore(StoreContract):
    """Everything that every store promises."""


def test_what_is_stored_outlives_the_process(store: Store, url: str) -> None:
    """Another worker on the same server sees everything, after the first is closed."""
    kept(store, session())
    store.close()
    with closing(open_store(url)) as again:
        assert again.get(ID_SESION_ALUMNO) == session()
        assert again.find_open(RUN.canonical, "excel") == session()
        assert list(again.ledger()) == [entry()]


def test_a_socket_is_a_way_too(server: Server, url: str, store: Store) -> None:
    """A server on the same host needs no port."""
    kept(store, session())
    with closing(open_store(f"unix://{server.folder}/sence.sock?{url.partition('?')[2]}")) as same:
        assert same.get(ID_SESION_ALUMNO) == session()


@pytest.mark.parametrize("other", ["/1?prefix={}", "/0?prefix={}-2", "/0?prefix={}.s"])
def test_d9_databases_and_prefixes_are_apart(server: Server, url: str, store: Store, other: str) -> None:
    """Two gates share a server and see nothing of each other, and neither deletes what the other keeps."""
    over = session(id_sesion_alumno="over", state=State.CLOSED)
    kept(store, session(), over)
    store.note_unmatched(entry(Kind.UNMATCHED))
    prefix = url.partition("=")[2]
    with closing(open_store(f"redis://{HOST}:{server.port}{other.format(prefix)}")) as foreign:
        assert (foreign.get(ID_SESION_ALUMNO), foreign.find_open(RUN.canonical, "excel")) == (None, None)
        assert (list(foreign.ledger()), foreign.unmatched()) == ([], (0, ()))
        assert foreign.swap(session(), session(version=3), entry()) is False
        assert foreign.forget(NOW + timedelta(days=9)) == 0
    assert (store.get("over"), store.find_open(RUN.canonical, "excel")) == (over, session())
    assert store.unmatched()[0] == 1


def test_processes_that_race_have_one_winner(url: str) -> None:
    """Of eight workers that take the same callbacks each one is applied once, and told once."""
    assert is_fair(race(url))


def test_sessions_expire_and_the_ledger_does_not(server: Server, url: str) -> None:
    """A session lives as long as the URL says since its last change; what happened is kept for good."""
    with closing(open_store(f"{url}&session_ttl=7")) as store:
        kept(store, session())
    client = server.client()
    lives = {
        key.rpartition(b":")[2]: client.ttl(key) for key in client.scan_iter(f"{url.partition('=')[2]}:*")
    }
    assert lives[ID_SESION_ALUMNO.encode()] == pytest.approx(7 * DAY, abs=60)
    assert lives[b"excel"] == pytest.approx(7 * DAY, abs=60)
    assert lives[b"ledger"] == -1


def test_by_default_a_session_outlives_a_year(server: Server, url: str, store: Store) -> None:
    """A late close finds its session, and a report its course."""
    kept(store, session())
    assert server.client().ttl(f"{url.partition('=')[2]}:s:{ID_SESION_ALUMNO}") > 366 * DAY


@pytest.mark.parametrize("state", [State.PENDING, State.FAILED])
def test_d3_attempts_that_came_to_nothing_do_not_stay(
    server: Server, url: str, store: Store, state: State
) -> None:
    """Anybody can make a million of them; one that SENCE opens after all is kept like any other."""
    key = f"{url.partition('=')[2]}:s:{ID_SESION_ALUMNO}"
    attempt = session(state=state, opened=None, id_sesion_sence=None, version=1)
    kept(store, attempt)
    assert server.client().ttl(key) == pytest.approx(30 * DAY, abs=60)
    assert store.swap(attempt, session(), entry())
    assert server.client().ttl(key) == pytest.approx(400 * DAY, abs=60)


def test_an_expired_session_is_not_found_as_open(server: Server, url: str, store: Store) -> None:
    """What is left of it in the index goes with the first who tries to change it."""
    kept(store, session())
    server.client().delete(f"{url.partition('=')[2]}:s:{ID_SESION_ALUMNO}")
    assert store.swap(session(), session(state=State.EXPIRED, version=3), entry(Kind.TIMED_OUT)) is False
    assert store.find_open(RUN.canonical, "excel") is None
    assert list(store.ledger()) == [entry()]


def _everybody(count: int) -> list[Entry]:
    """Return entries of so many learners, one after the other."""
    runs = [f"{number}-{calc_check_digit(str(number))}" for number in range(12_000_000, 12_000_000 + count)]
    return [replace(entry(), run=run, incident=run) for run in runs]


def test_the_ledgers_of_all_learners_are_one(store: Store) -> None:
    """Entries of all buckets come back in one order: that of time, and of writing for each learner."""
    lines = [replace(line, incident=f"{line.incident}.{turn}") for turn in "ab" for line in _everybody(400)]
    for line in lines:
        store.record(line)
    told = list(store.ledger())
    assert sorted(told, key=lambda line: line.incident) == sorted(lines, key=lambda line: line.incident)
    for run in {line.run for line in lines}:
        assert [each.incident[-1] for each in told if each.run == run] == ["a", "b"]
    assert {bucket_of(line.run) for line in lines} == set(range(BUCKETS))


def test_a_long_ledger_is_read_by_pages(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many lines a bucket holds, they come whole and in order."""
    monkeypatch.setattr(ledger, "PAGE", 7)
    lines = [entry(at=NOW + timedelta(seconds=number)) for number in range(50)]
    for line in lines:
        store.record(line)
    assert list(store.ledger()) == lines
    assert list(store.ledger(NOW + timedelta(seconds=48))) == lines[48:]


@pytest.mark.parametrize(
    "days",
    [
        pytest.param(400, id="ahead"),
        pytest.param(-400, id="behind"),
        pytest.param(-11_000, id="before 2001, with a digit less"),
        pytest.param(100_000, id="after 2286, with a digit more"),
    ],
)
def test_a_clock_that_is_wrong_hides_no_entry(store: Store, days: int) -> None:
    """A report of a day has every entry of that day, whatever Redis' clock said when it came."""
    at = datetime.now(UTC) + timedelta(days=days)
    store.record(replace(entry(), at=at, incident="early"))
    store.record(replace(entry(), at=at, incident="late"))
    found = store.ledger(at - timedelta(hours=1), at + timedelta(hours=1))
    assert [line.incident for line in found] == ["early", "late"]


def test_a_report_begins_to_read_where_it_begins(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Yesterday's report does not read the years before: entries older than *since* are not sent."""
    for line in _everybody(20):
        store.record(replace(line, at=datetime.now(UTC)))
    monkeypatch.setattr(ledger, "load_entry", None)  # whatever is sent would be read
    assert list(store.ledger(datetime.now(UTC) + timedelta(minutes=5))) == []


def test_keys_of_a_learner_share_a_slot() -> None:
    """A cluster runs a script on one slot, whatever stands in ids and courses."""
    keys, bucket = Keys("sence", is_cluster=True), bucket_of(RUN.canonical)
    several = [
        *(keys.session(bucket, name) for name in ("a", "{b1}", "}{", "\ud800")),
        *(keys.open(bucket, RUN.canonical, course) for course in ("excel", "{x}")),
        keys.ledger(bucket), keys.lead(bucket), keys.aside(bucket), keys.aside(bucket, 7),
    ]  # fmt: skip
    assert len({key_slot(key) for key in several}) == 1


@pytest.mark.parametrize("primaries", [3, 4, 6, 8])
def test_buckets_are_spread_over_a_cluster(primaries: int) -> None:
    """No primary has much more than its share of the learners."""
    keys = Keys("sence", is_cluster=True)
    share = [key_slot(keys.ledger(bucket)) * primaries // 16384 for bucket in range(BUCKETS)]
    assert max(share.count(each) for each in range(primaries)) <= BUCKETS / primaries * 1.25


def test_buckets_never_change() -> None:
    """The keys of everybody who was ever stored are named by them."""
    assert (bucket_of(RUN.canonical), bucket_of(OTHER_RUN.canonical), bucket_of("")) == (63, 44, 0)


def test_an_id_that_is_no_text_is_a_miss(store: Store) -> None:
    """A callback can bring half of a surrogate pair; nothing is stored there."""
    assert store.get("excel.\ud800") is None


def test_many_open_sessions_of_one_learner(store: Store) -> None:
    """Who opens a session every day and never comes back has the newest."""
    several = [
        session(id_sesion_alumno=f"excel.{day}.n.m", since=NOW + timedelta(days=day)) for day in range(40)
    ]
    kept(store, *several)
    assert store.find_open(RUN.canonical, "excel") == several[-1]


@pytest.mark.parametrize("state", [state for state in State if state is not State.OPEN])
def test_old_sessions_are_forgotten(store: Store, state: State) -> None:
    """Whoever must delete sooner than Redis does can, and open ones stay."""
    over = session(id_sesion_alumno="over", state=state)
    other = session(attendance=attendance(run_alumno=OTHER_RUN))
    kept(store, over, other)
    later = NOW + timedelta(seconds=1)
    assert [store.forget(NOW), store.forget(later, pretend=True), store.forget(later)] == [0, 1, 1]
    assert (store.get("over"), store.get(ID_SESION_ALUMNO)) == (None, other)
    assert len(list(store.ledger())) == 2
