"""How to time small things on a machine that does other things too.

Rivals are timed in turns within one run. Of what one process computes alone the best of many
rounds is taken: noise only ever adds. What asks another process can also be lucky, where the
scheduler puts both on one core: there the median is the figure. Times of different runs are
never compared.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter

ROUNDS = 60
CALLS = 2_000


def best_microseconds(
    rivals: Mapping[str, Callable[[], object]], *, calls: int = CALLS, rounds: int = ROUNDS
) -> dict[str, float]:
    """Return the best time per call of each rival, in microseconds."""
    return {name: min(times) for name, times in rounds_of(rivals, calls=calls, rounds=rounds).items()}


def rounds_of(
    rivals: Mapping[str, Callable[[], object]], *, calls: int, rounds: int
) -> Mapping[str, Sequence[float]]:
    """Return the time per call of each rival in each round, in microseconds."""
    times: dict[str, list[float]] = {name: [] for name in rivals}
    gc.disable()
    try:
        for _ in range(rounds):
            for name, rival in rivals.items():
                times[name].append(_time(rival, calls))
    finally:
        gc.enable()
    return times


def _time(rival: Callable[[], object], calls: int) -> float:
    started = perf_counter()
    for _ in range(calls):
        rival()
    return (perf_counter() - started) / calls * 1e6
