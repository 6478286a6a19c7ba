"""Two hosts, a store that either of them loses at any moment, and a learner who walks on.

Whatever SENCE's answers were taken, they stand in the ledger when the store is back: each of
them, once. What the learner's browser sent is the witness.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sence_gate.config import CALLBACK_PATHS
from sence_gate.simulator.tables import Edition
from sence_gate.stores import breaker, draining
from sence_gate.stores.base import SAME, Kind
from tests.journey.replay import id_of
from tests.journey.steps import ENTRANCES, Cast, Step, Turn, Walk, steps
from tests.journey.test_one_host_cut_off import Hosts
from tests.journey.trip import learner
from tests.journey.world import CAMPUS
from tests.samples import KEYS
from tests.stores.outage import is_brought
from tests.stores.redis.servers import until

NEW_KEY = "another-key-of-the-tests-0123456789abcd"
CALLBACKS = {f"{CAMPUS}/_sence{path}" for path in CALLBACK_PATHS.values()}
ANSWERS = (Kind.START_OK, Kind.START_ERROR, Kind.CLOSE_OK, Kind.CLOSE_ERROR, Kind.ILLEGAL, Kind.QUARANTINED)

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Trouble:
    """What happens to the store of one host, or to both."""

    what: str
    host: int
    number: int

    def happens(self, hosts: Hosts) -> None:
        """Let it happen; `number` counts what goes well, or gets lost, from now on."""
        match self.what:
            case "away":
                hosts.remotes[self.host].is_away = True
            case "away on the way":
                hosts.remotes[self.host].fails_after = self.number
            case "answers lost":
                hosts.remotes[self.host].deaf_for = self.number
            case "takes over":
                hosts.next_is(self.host)
            case "back":
                all_is_well(hosts)
            case _:
                all_is_well(hosts)
                hosts.world.restart(secret_keys=[*KEYS, NEW_KEY][:: 1 - 2 * self.host])


Happening = Step | Trouble | tuple[Walk, Trouble, Turn]
WHATS = ["away", "away on the way", "answers lost", "takes over", "back", "keys rotated"]
troubles = st.builds(Trouble, st.sampled_from(WHATS), st.integers(0, 1), st.integers(1, 8))
# Starts and closes to the end: what else there is needs something that has begun.
trips = st.builds(Walk, st.integers(0, 1), st.sampled_from(list(ENTRANCES)), st.just(0))


@st.composite
def interrupted(draw: st.DrawFn) -> tuple[Walk, Trouble, Turn]:
    """Return a trip with trouble before its last presses."""
    tab, path, missing = (
        draw(st.integers(0, 1)),
        draw(st.sampled_from(list(ENTRANCES))),
        draw(st.integers(1, 2)),
    )
    return Walk(tab, path, missing), draw(troubles), Turn(tab, ("on",) * missing)


@settings(max_examples=25, deadline=None)
@given(
    edition=st.sampled_from(list(Edition)),
    happenings=st.lists(st.one_of(trips, interrupted(), troubles, steps), min_size=25, max_size=30),
)
def test_every_answer_that_was_taken_stands_in_the_ledger_once(
    edition: Edition, happenings: list[Happening]
) -> None:
    """However often the store went away, and whichever host it was that lost it."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(breaker, "PROBE_SECONDS", 0.0)
        patch.setattr(draining, "AT_MOST_SECONDS", 20.0)  # on a busy machine too
        hosts = Hosts(Path(folder), edition)
        with closing(hosts.world):
            maria = learner(hosts.world)
            cast = Cast(hosts.world, (maria, maria.other_tab()), learner(hosts.world))
            for each in happenings:
                happen(each, hosts, cast)
            all_is_told(hosts)


def happen(what: Happening, hosts: Hosts, cast: Cast) -> None:
    """Let one thing happen."""
    if isinstance(what, tuple):
        for each in what:
            happen(each, hosts, cast)
        return
    if isinstance(what, Trouble):
        what.happens(hosts)
        return
    with suppress(LookupError):  # the page has no such form
        what.happens(cast)


def all_is_well(hosts: Hosts) -> None:
    """Bring the store back for both."""
    for each in hosts.remotes:
        each.is_away, each.deaf_for, each.fails_after = False, 0, -1


def all_is_told(hosts: Hosts) -> None:
    """See that answers and ledger, ledger and sessions agree."""
    all_is_well(hosts)
    for gate in hosts.world.gates:
        until(partial(is_brought, gate.gate.parts.store), "the spool")
    entries, strays = hosts.world.ledger(*ANSWERS), hosts.world.store.unmatched()[1]
    assert Counter(fields_of(each.raw) for each in (*entries, *strays)) == taken(hosts)
    opened = [each for each in entries if each.kind is Kind.START_OK and SAME not in each.flags]
    known = [
        (session.id_sesion_alumno, number)
        for session in hosts.world.sessions()
        for number in (session.id_sesion_sence, *session.earlier)
        if number
    ]
    assert Counter((each.id_sesion_alumno, id_of(each)) for each in opened) == Counter(known)


def taken(hosts: Hosts) -> Counter[Fields]:
    """Return the answers of SENCE that a gate said to have taken."""
    return Counter(
        fields_of(parse_qsl(request.body.decode(), keep_blank_values=True))
        for request, answer in hosts.world.transport.calls
        if request.method == "POST" and request.url in CALLBACKS and answer.status < 500
    )


def fields_of(pairs: Iterable[tuple[str, str]]) -> Fields:
    """Return the fields of an answer, in an order that is always the same."""
    return tuple(sorted((name.strip(), value) for name, value in pairs))
