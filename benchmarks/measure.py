"""How to time small things on a machine that does other things too.

Rivals are timed in turns within one run, and the best of many rounds is taken: noise
only ever adds. Times of different runs are never compared.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from time import perf_counter

ROUNDS = 60
CALLS = 2_000


def best_microseconds(
    rivals: Mapping[str, Callable[[], object]], *, calls: int = CALLS, rounds: int = ROUNDS
) -> dict[str, float]:
    """Return the best time per call of each rival, in microseconds."""
    best = dict.fromkeys(rivals, float("inf"))
    gc.disable()
    try:
        for _ in range(rounds):
            for name, rival in rivals.items():
                best[name] = min(best[name], _time(rival, calls))
    finally:
        gc.enable()
    return best


def _time(rival: Callable[[], object], calls: int) -> float:
    started = perf_counter()
    for _ in range(calls):
        rival()
    return (perf_counter() - started) / calls * 1e6
