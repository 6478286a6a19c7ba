"""How what was kept reaches the shared store: in order, each item once.

An item that was tried before may have arrived, when only the answer was lost or its
bearer was killed. Session and line are written together, so the line in the ledger
is the proof: it is recognised by its moment, its attempt and its fields, and an item
whose line is there is not brought again. (Two events that are alike to the
microsecond and to the last field would be taken for one there.)
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

from sence_gate.errors import IllegalTransition, StoreAway
from sence_gate.protocol.session import Session
from sence_gate.stores.base import REBUILT, SAME, Entry, Kind, Store
from sence_gate.stores.merging import event_of, merged
from sence_gate.stores.spool import Item, Spool

AT_ONCE = 50  # a learner's request waits for these …
AT_MOST_SECONDS = 0.3  # … or for as many as a slow store takes in this time
RACES = 50
SPOOLED = "spooled"
MARGIN = timedelta(seconds=1)  # moments travel as floats
KINDS = frozenset(kind.value for kind in Kind)
ADDED = frozenset({SPOOLED, REBUILT, SAME})  # flags that bringing may add


def drain(spool: Spool, remote: Store, clock: Callable[[], float]) -> None:
    """Bring the oldest items of *spool* to *remote*, unless somebody else is doing so.

    Args:
        clock: returns seconds that only grow.

    Raises:
        StoreAway: what did not arrive stays, and is looked for before it is brought again.
        StoreUnavailable: the spool itself cannot be read or written.
    """
    last = clock() + AT_MOST_SECONDS
    with spool.turn() as is_ours:
        if not is_ours:
            return
        items = spool.claim(AT_ONCE)
        done, left = list[Item](), deque(items)
        try:
            arrived = _arrived(remote, [each for each in items if each.is_tried])
            while left and (not done or clock() <= last):
                each = left.popleft()
                mark = recognition(each.entry)
                if each.is_tried and arrived[mark]:
                    arrived[mark] -= 1
                else:
                    _bring(remote, each)
                done.append(each)
        finally:
            spool.settle(done, left)


def recognition(entry: Entry) -> tuple[object, ...]:
    """Return what an entry keeps on its way, whatever is added to it there."""
    kind = entry.kind.value
    if entry.kind is Kind.ILLEGAL:
        kind = next((flag for flag in entry.flags if flag in KINDS), kind)
    reason = "" if entry.kind is Kind.ILLEGAL else entry.reason
    about = (entry.id_sesion_alumno, entry.course, entry.run)
    flags = tuple(flag for flag in entry.flags if flag not in ADDED and flag not in KINDS)
    return (entry.at, kind, *about, entry.raw, flags, reason, entry.incident)


def _arrived(remote: Store, tried: list[Item]) -> Counter[tuple[object, ...]]:
    notes = [each.entry for each in tried if each.is_note]
    lines = [each.entry for each in tried if not each.is_note]
    there: list[Entry] = []
    if notes:
        there += remote.unmatched()[1]
    wanted = {recognition(each) for each in (*notes, *lines)}
    if lines:
        first, last = min(each.at for each in lines), max(each.at for each in lines)
        there += _among(remote.ledger(first - MARGIN, last + MARGIN), wanted)
    return Counter(recognition(each) for each in there)


def _among(entries: Iterable[Entry], wanted: set[tuple[object, ...]]) -> list[Entry]:
    return [each for each in entries if recognition(each) in wanted]


def _bring(remote: Store, item: Item) -> None:
    entry = flagged(item.entry, SPOOLED)
    if item.is_note:
        remote.note_unmatched(entry)
    elif item.after is None:
        remote.record(entry)
    else:
        _merge(remote, item.after, entry)


def _merge(remote: Store, after: Session, entry: Entry) -> None:
    """Make of the remote session what *entry* tells of it."""
    for _ in range(RACES):
        current = remote.get(after.id_sesion_alumno)
        if current is None:
            is_usual = entry.kind is Kind.START_SENT or SAME in entry.flags
            if remote.swap(None, after, entry if is_usual else flagged(entry, REBUILT)):
                return
        elif _applied(remote, current, after, entry):
            return
    raise StoreAway("a session changes faster than it can be brought")


def _applied(remote: Store, current: Session, after: Session, entry: Entry) -> bool:
    event = event_of(entry, after)
    if event is None:
        remote.record(entry)
        return True
    try:
        new = merged(current, event, entry.at)
    except IllegalTransition as fault:
        remote.record(replace(flagged(entry, entry.kind.value), kind=Kind.ILLEGAL, reason=str(fault)))
        return True
    if new is current and entry.kind is Kind.TIMED_OUT:
        return True  # a guess of ours that came too late, as a lost race
    others = replace(entry, flags=tuple(flag for flag in entry.flags if flag != SAME))
    return remote.swap(current, new, flagged(others, SAME) if new is current else others)


def flagged(entry: Entry, flag: str) -> Entry:
    """Return *entry* with one flag more."""
    return replace(entry, flags=(*entry.flags, flag))
