"""What in Redis is no record of the gate is set aside with its bytes, told once, and never believed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import redis

from sence_gate.stores import Inspectable, open_store
from sence_gate.stores.base import Kind, Store
from sence_gate.stores.redis.aside import KEPT
from sence_gate.stores.redis.keys import Keys, bucket_of
from tests.samples import ID_SESION_ALUMNO, RUN, session
from tests.stores.contract import entry, kept
from tests.stores.redis.servers import HOST, Server, as_cluster, patient_store, running
from tests.stores.uses import CLOSED, GARBAGE

BUCKET = bucket_of(RUN.canonical)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests here."""
    with running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def behind(server: Server) -> redis.Redis:
    """A client that puts garbage where the store keeps its values."""
    return server.client()


@pytest.fixture
def keys() -> Keys:
    """The names of a store that nobody has used."""
    return Keys(str(uuid4()), is_cluster=False)


@pytest.fixture
def store(server: Server, keys: Keys) -> Iterator[Store]:
    """A store with one open session."""
    with patient_store(f"redis://{HOST}:{server.port}?prefix={keys.prefix}") as store:
        kept(store, session())
        yield store


def _aside(behind: redis.Redis, keys: Keys) -> list[bytes]:
    places = [keys.aside(bucket, number) for bucket in (0, BUCKET) for number in range(KEPT)]
    return [value for place in places if isinstance(value := _value(behind, place), bytes)]


def _value(behind: redis.Redis, key: bytes) -> object:
    return behind.get(key) if behind.type(key) == b"string" else None


@pytest.mark.parametrize("garbage", GARBAGE)
def test_d8_a_session_that_is_garbage_is_absent(
    store: Store, behind: redis.Redis, keys: Keys, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """It is moved away with its bytes and told once; the next callback makes the session anew."""
    behind.set(keys.session(BUCKET, ID_SESION_ALUMNO), garbage)
    assert [store.get(ID_SESION_ALUMNO), store.get(ID_SESION_ALUMNO)] == [None, None]
    assert _aside(behind, keys) == [garbage]
    assert len(caplog.records) == 1
    assert store.swap(None, CLOSED, entry(Kind.CLOSE_OK)) is True
    assert store.get(ID_SESION_ALUMNO) == CLOSED


@pytest.mark.parametrize("garbage", GARBAGE)
def test_d8_an_open_session_that_is_garbage_is_not_found(
    store: Store, behind: redis.Redis, keys: Keys, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Others of the same learner still are."""
    behind.hset(keys.open(BUCKET, RUN.canonical, "excel"), "other", garbage)
    assert store.find_open(RUN.canonical, "excel") == session()
    assert store.find_open(RUN.canonical, "excel") == session()
    assert _aside(behind, keys) == [garbage]
    assert len(caplog.records) == 1


@pytest.mark.parametrize("garbage", GARBAGE)
def test_d8_a_line_that_is_garbage_is_left_out_and_stays(
    store: Store, behind: redis.Redis, keys: Keys, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The ledger is never shortened, not even by what cannot be read; it is told once."""
    behind.xadd(keys.ledger(BUCKET), {"e": garbage, "t": "x"})
    store.record(entry(Kind.GRACE))
    for _ in range(2):
        assert list(store.ledger()) == [entry(), entry(Kind.GRACE)]
    assert behind.xlen(keys.ledger(BUCKET)) == 3
    assert len(behind.hvals(keys.aside(BUCKET, "lines"))) == 1
    assert len(caplog.records) == 1


def test_d8_a_line_with_other_fields_is_left_out(store: Store, behind: redis.Redis, keys: Keys) -> None:
    """Somebody else's stream under our name shows nothing of itself in a report."""
    behind.xadd(keys.ledger(BUCKET), {"foreign": "line"})
    assert list(store.ledger()) == [entry()]
    assert behind.hvals(keys.aside(BUCKET, "lines")) == [b"foreign line"]


def test_d8_unmatched_garbage_is_left_out(store: Store, behind: redis.Redis, keys: Keys) -> None:
    """The count goes on."""
    store.note_unmatched(entry(Kind.UNMATCHED))
    behind.xadd(keys.unmatched()[0], {"e": b"\xff", "n": "x"})
    behind.xadd(keys.unmatched()[0], {"foreign": "line"})
    store.note_unmatched(entry(Kind.UNMATCHED))
    assert store.unmatched() == (2, (entry(Kind.UNMATCHED),) * 2)


def _names(keys: Keys) -> dict[str, bytes]:
    return {
        "session": keys.session(BUCKET, ID_SESION_ALUMNO),
        "open": keys.open(BUCKET, RUN.canonical, "excel"),
        "ledger": keys.ledger(BUCKET),
    }


@pytest.mark.parametrize("name", ["session", "open", "ledger"])
def test_a_key_of_another_type_is_set_aside_by_a_swap(
    store: Store, behind: redis.Redis, keys: Keys, name: str
) -> None:
    """Nothing is half written, and what it was is kept."""
    key = _names(keys)[name]
    behind.delete(key)
    behind.rpush(key, "garbage")
    before = None if name == "session" else session()
    assert store.swap(before, session(version=3), entry(Kind.START_OK)) is True
    assert store.get(ID_SESION_ALUMNO) == store.find_open(RUN.canonical, "excel") == session(version=3)
    assert list(store.ledger())[-1] == entry(Kind.START_OK)
    place = keys.aside(BUCKET, "open" if name == "open" else 1)
    assert behind.lrange(place, 0, -1) == [b"garbage"]
    assert any("1 values were no records" in text for _, text in store.inspect())  # type: ignore[attr-defined]  # servers have it


@pytest.mark.parametrize(
    ("name", "bucket", "use"),
    [
        pytest.param("session", 0, lambda store: store.get(ID_SESION_ALUMNO), id="session"),
        pytest.param("open", BUCKET, lambda store: store.find_open(RUN.canonical, "excel"), id="open"),
    ],
)
def test_d8_a_key_of_another_type_is_absent(
    store: Store, behind: redis.Redis, keys: Keys, name: str, bucket: int, use: Callable[[Store], object]
) -> None:
    """And moved away, whatever it is."""
    behind.delete(_names(keys)[name])
    behind.rpush(_names(keys)[name], "garbage")
    assert use(store) is None
    assert behind.lrange(keys.aside(bucket, 1), 0, -1) == [b"garbage"]


@pytest.mark.parametrize("is_text", [True, False])
@pytest.mark.parametrize("hours", [-1, 1])
def test_a_lead_that_is_garbage_hides_nothing(
    store: Store, behind: redis.Redis, keys: Keys, is_text: bool, hours: int
) -> None:
    """It is a hint where a report begins to read: without it the report reads all."""
    behind.set(keys.lead(BUCKET), "garbage") if is_text else behind.rpush(keys.lead(BUCKET), "garbage")
    at = datetime.now(UTC) + timedelta(hours=hours)
    store.record(entry(Kind.GRACE, at=at))
    assert list(store.ledger(at)) == [entry(Kind.GRACE, at=at)]


def test_what_is_set_aside_is_bounded(store: Store, behind: redis.Redis, keys: Keys) -> None:
    """The newest are kept, however much somebody writes over our keys."""
    for number in range(KEPT + 5):
        behind.set(keys.session(BUCKET, "id"), f"garbage {number}")
        behind.xadd(keys.ledger(BUCKET), {"e": f"garbage {number}"})
        assert store.get("id") is None
    assert list(store.ledger()) == [entry()]
    assert sorted(_aside(behind, keys)) == sorted(b"garbage %d" % number for number in range(5, KEPT + 5))
    assert behind.hlen(keys.aside(BUCKET, "lines")) == KEPT


def test_what_is_set_aside_is_an_operator_s_business(store: Store, behind: redis.Redis, keys: Keys) -> None:
    """`check` says that there is something, and where."""
    assert isinstance(store, Inspectable)
    assert not any("set aside" in text for _, text in store.inspect())
    behind.set(keys.session(BUCKET, "id"), "garbage")
    behind.xadd(keys.ledger(BUCKET), {"e": "garbage"})
    assert (store.get("id"), len(list(store.ledger()))) == (None, 1)
    told = [text for level, text in store.inspect() if level == "warning" and "set aside" in text]
    assert len(told) == 1
    assert told[0].startswith("2 values were no records of the gate")


def test_what_was_put_right_meanwhile_stays(store: Store, behind: redis.Redis, keys: Keys) -> None:
    """Garbage is moved only while it is there: a swap of another worker may come between."""
    key = keys.session(BUCKET, ID_SESION_ALUMNO)
    store._aside.put(BUCKET, key, "string", b"garbage")  # type: ignore[attr-defined]  # the step between two others
    store._aside._put_field(BUCKET, keys.open(BUCKET, RUN.canonical, "excel"), b"x", b"y")  # type: ignore[attr-defined]  # as above
    assert store.get(ID_SESION_ALUMNO) == store.find_open(RUN.canonical, "excel") == session()
    assert _aside(behind, keys) == []


def test_garbage_is_not_forgotten_as_a_session(store: Store, behind: redis.Redis, keys: Keys) -> None:
    """Deleting old sessions is no way to lose what nobody has looked at."""
    behind.set(keys.session(BUCKET, "x"), "garbage")
    behind.rpush(keys.session(BUCKET, "y"), "garbage")
    over = replace(CLOSED, id_sesion_alumno="over")
    kept(store, over)
    assert store.forget(over.since + timedelta(hours=1)) == 1
    assert behind.exists(keys.session(BUCKET, "x"), keys.session(BUCKET, "y")) == 2


def test_garbage_logs_tell_nothing_of_learners(
    store: Store, behind: redis.Redis, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says where it is; neither key nor bytes are shown."""
    caplog.set_level(logging.DEBUG)
    behind.set(keys.session(BUCKET, ID_SESION_ALUMNO), f"garbage {RUN.canonical}")
    store.get(ID_SESION_ALUMNO)
    assert "set aside as" in caplog.text
    assert not any(secret in caplog.text for secret in (RUN.canonical, ID_SESION_ALUMNO, "garbage"))


def test_garbage_on_a_cluster_stays_in_its_slot(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Moving it is one step there too; a pointer that is garbage points nowhere."""
    keys = Keys("sence", is_cluster=True)
    with (
        as_cluster(tmp_path_factory.mktemp("cluster")) as group,
        closing(open_store(group.url)) as store,
        closing(redis.RedisCluster(HOST, group.servers[0].port)) as behind,
    ):
        kept(store, session())
        behind.set(keys.session(BUCKET, ID_SESION_ALUMNO), "garbage")
        assert store.get(ID_SESION_ALUMNO) is None
        assert behind.get(keys.aside(BUCKET, 1)) == b"garbage"
        behind.set(keys.pointer("x"), "garbage")
        assert store.get("x") is None


@pytest.mark.parametrize(
    "put",
    [
        pytest.param(lambda behind, key: behind.set(key, "no number"), id="no number"),
        pytest.param(lambda behind, key: behind.set(key, 2**63 - 1), id="a number that is full"),
        pytest.param(lambda behind, key: behind.rpush(key, "1"), id="another type"),
    ],
)
def test_a_count_that_is_garbage_begins_anew(
    store: Store, behind: redis.Redis, keys: Keys, put: Callable[[redis.Redis, bytes], object]
) -> None:
    """Nothing hangs on it but how many lines are kept."""
    put(behind, keys.repeats(ID_SESION_ALUMNO, Kind.START_OK.value))
    assert [store.count_repeat(ID_SESION_ALUMNO, Kind.START_OK) for _ in range(2)] == [1, 2]


def test_a_count_does_not_stay_for_ever(store: Store, behind: redis.Redis, keys: Keys) -> None:
    """Redis forgets it by itself."""
    store.count_repeat(ID_SESION_ALUMNO, Kind.START_OK)
    assert 0 < behind.ttl(keys.repeats(ID_SESION_ALUMNO, Kind.START_OK.value)) <= 30 * 86_400
