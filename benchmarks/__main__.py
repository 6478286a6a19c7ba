"""Print every figure beside its budget; exit 1 when one is over."""

from __future__ import annotations

import sys

from benchmarks import forward_auth, insertion, proxy, redis_store, requests


def main() -> int:
    """Measure, print, and say whether every budget held."""
    rooms = (requests, insertion, proxy, forward_auth, redis_store)
    figures = [each for room in rooms for each in room.results()]
    for each in figures:
        budget = "" if each.budget is None else f"   budget {each.budget:g} {each.unit}"
        print(f"{each.name:<60} {each.value:8.2f} {each.unit}{budget}{'' if each.is_within else '   OVER'}")
    return 0 if all(each.is_within for each in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
