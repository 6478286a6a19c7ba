"""What a worker believes of its last look at the store, and for how long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sence_gate.errors import StoreUnavailable
from sence_gate.gate import recheck
from sence_gate.gate.recheck import Recheck
from sence_gate.protocol.session import Session, State
from sence_gate.stores.base import Kind
from sence_gate.stores.sqlite import SqliteStore
from tests.samples import ID_SESION_ALUMNO, NOW, OTHER_RUN, RUN, Clock, attendance, session
from tests.stores.contract import entry, kept

_CLOSED = session(state=State.CLOSED, version=3)
Look = Callable[[Recheck], Session | None]


class _WatchedStore(SqliteStore):
    """A store that counts the looks at it, can be away, and can be changed during a look."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.looks = 0
        self.is_away = False
        self.meanwhile: Callable[[], object] = int

    def get(self, id_sesion_alumno: str) -> Session | None:
        return self._watched(super().get(id_sesion_alumno))

    def find_open(self, run: str, course: str) -> Session | None:
        return self._watched(super().find_open(run, course))

    def _watched(self, found: Session | None) -> Session | None:
        self.looks += 1
        if self.is_away:
            raise StoreUnavailable("away")
        self.meanwhile()
        return found

    def close_session(self) -> None:
        """Close the sample session, as another worker does."""
        assert self.swap(session(), _CLOSED, entry(Kind.CLOSE_OK))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[_WatchedStore]:
    """An empty store."""
    store = _WatchedStore(tmp_path / "sence.sqlite")
    yield store
    store.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which a worker forgets."""
    clock = Clock()
    monkeypatch.setattr(recheck, "monotonic", lambda: clock().timestamp())
    return clock


_LOOKS = [
    pytest.param(lambda worker: worker.get(ID_SESION_ALUMNO), id="by attempt"),
    pytest.param(lambda worker: worker.find_open(RUN.canonical, "excel"), id="by learner"),
]


@pytest.mark.parametrize("look", _LOOKS)
def test_a_page_with_many_assets_costs_one_look(store: _WatchedStore, look: Look) -> None:
    """What was seen is believed, and the store is not asked again."""
    kept(store, session())
    worker = Recheck(store, 5)
    assert [look(worker) for _ in range(60)] == [session()] * 60
    assert store.looks == 1


@pytest.mark.parametrize("look", _LOOKS)
def test_a_look_is_believed_for_some_seconds(store: _WatchedStore, clock: Clock, look: Look) -> None:
    """What another worker changed is seen after the seconds that the operator set, and not before."""
    kept(store, session())
    worker = Recheck(store, 5)
    look(worker)
    store.close_session()
    clock.move(seconds=4.9)
    assert look(worker) == session()
    clock.move(seconds=0.2)
    assert look(worker) != session()


@pytest.mark.parametrize("look", _LOOKS)
def test_no_seconds_is_no_memory(store: _WatchedStore, clock: Clock, look: Look) -> None:
    """With `recheck_seconds = 0` every request asks the store, even within one moment."""
    kept(store, session())
    worker = Recheck(store, 0)
    assert [look(worker), look(worker)] == [session()] * 2
    assert (store.looks, clock()) == (2, NOW)


@pytest.mark.parametrize("look", _LOOKS)
def test_an_absence_is_never_remembered(store: _WatchedStore, look: Look) -> None:
    """A session that was just confirmed is seen at once, whoever confirmed it."""
    worker = Recheck(store, 5)
    assert look(worker) is None
    kept(store, session())
    assert look(worker) == session()


@pytest.mark.parametrize("state", [state for state in State if state is not State.OPEN])
def test_a_session_that_is_not_open_is_never_remembered(store: _WatchedStore, state: State) -> None:
    """A session that another worker opens, for the first time or again, is seen at once."""
    other = session(state=state, version=1)
    kept(store, other)
    worker = Recheck(store, 5)
    assert worker.get(ID_SESION_ALUMNO) == other
    store.swap(other, session(), entry())
    assert worker.get(ID_SESION_ALUMNO) == session()


@pytest.mark.parametrize("look", _LOOKS)
def test_what_this_worker_changes_it_forgets(store: _WatchedStore, look: Look) -> None:
    """After a close of our own nobody is let in by what was seen before."""
    kept(store, session())
    worker = Recheck(store, 5)
    look(worker)
    store.close_session()
    worker.forget(_CLOSED)
    assert look(worker) != session()


@pytest.mark.parametrize("look", _LOOKS)
def test_a_look_that_a_change_overtakes_is_not_remembered(store: _WatchedStore, look: Look) -> None:
    """What one thread read before another thread's change must not be believed after it."""
    kept(store, session())
    worker = Recheck(store, 5)

    def change() -> None:
        store.meanwhile = int
        store.close_session()
        worker.forget(_CLOSED)

    store.meanwhile = change
    assert look(worker) == session()  # read before the change, and answered once
    assert look(worker) != session()


def test_forgetting_spares_the_others(store: _WatchedStore) -> None:
    """A change of one session costs the others no look."""
    other = session(id_sesion_alumno="excel.1.o.m", attendance=attendance(run_alumno=OTHER_RUN))
    kept(store, session(), other)
    worker = Recheck(store, 5)
    worker.get("excel.1.o.m")
    worker.find_open(OTHER_RUN.canonical, "excel")
    worker.forget(_CLOSED)
    assert worker.get("excel.1.o.m") == worker.find_open(OTHER_RUN.canonical, "excel") == other
    assert store.looks == 2


def test_forgetting_what_was_never_seen(store: _WatchedStore) -> None:
    """A worker may change what it never looked at."""
    Recheck(store, 5).forget(session())
    assert store.looks == 0


@pytest.mark.parametrize("look", _LOOKS)
def test_a_store_that_is_away_is_no_absence(store: _WatchedStore, look: Look) -> None:
    """Without an answer and without memory the failure goes on: it is never taken for "none"."""
    store.is_away = True
    worker = Recheck(store, 5)
    with pytest.raises(StoreUnavailable):
        look(worker)


@pytest.mark.parametrize("look", _LOOKS)
def test_memory_bridges_a_failure(store: _WatchedStore, clock: Clock, look: Look) -> None:
    """While what was seen is fresh, a store that is away disturbs nobody; then it does."""
    kept(store, session())
    worker = Recheck(store, 5)
    look(worker)
    store.is_away = True
    assert look(worker) == session()
    clock.move(seconds=6)
    with pytest.raises(StoreUnavailable):
        look(worker)


def test_memory_is_bounded(store: _WatchedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker of a large campus remembers some sessions, not all of them."""
    monkeypatch.setattr(recheck, "REMEMBERED", 2)
    worker = Recheck(store, 5)
    names = [f"excel.{number}.n.m" for number in range(3)]
    kept(store, *(session(id_sesion_alumno=name) for name in names))
    for name in names:
        assert worker.get(name)
    assert worker.get(names[2])
    assert store.looks == 3
    assert worker.get(names[0])
    assert store.looks == 4
