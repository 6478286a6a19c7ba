"""How long something takes when nothing disturbs it.

Tests bound the work that an attacker can cause, never the speed of the machine: the
processor time of this thread, and the best of several runs, since a collection of
garbage or a busy neighbour only ever adds.
"""

from __future__ import annotations

import time
from collections.abc import Callable


def quickest(call: Callable[[], object], tries: int = 7) -> float:
    """Return the seconds of the quickest of several calls."""
    return min(_seconds(call) for _ in range(tries))


def _seconds(call: Callable[[], object]) -> float:
    began = time.thread_time()
    call()
    return time.thread_time() - began
