"""Lines of the ledger that change no session: kept while they are few, counted after that.

Anybody who begins an attempt can repeat its answers, or press its buttons, without
end. Of each kind the ledger keeps the first `REPEATS_KEPT` of an attempt, and the last
of them says so. What changes a session is no such line: it is always kept, whatever
came before it.
"""

from __future__ import annotations

from dataclasses import replace

from sence_gate.gate.parts import Parts
from sence_gate.stores.base import LAST_KEPT, REPEATS_KEPT, Entry


def note(parts: Parts, entry: Entry) -> bool:
    """Add *entry* to the ledger while its attempt has few of the kind; tell whether it was added.

    Raises:
        StoreUnavailable: nothing was written down.
    """
    kept = kept_of(parts, entry)
    if kept is not None:
        parts.store.record(kept)
    return kept is not None


def kept_of(parts: Parts, entry: Entry) -> Entry | None:
    """Return *entry* as the ledger is to keep it, and None where it has enough of the kind.

    Raises:
        StoreUnavailable: it was not counted.
    """
    count = parts.store.count_repeat(entry.id_sesion_alumno, entry.kind)
    if count > REPEATS_KEPT:
        return None
    return replace(entry, flags=(*entry.flags, LAST_KEPT)) if count == REPEATS_KEPT else entry
