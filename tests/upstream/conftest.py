"""A maker of upstreams whose kept connections are closed at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sence_gate.upstream import Upstream

To = Callable[..., Upstream]


@pytest.fixture(name="to")
def upstream_maker() -> Iterator[To]:
    """Return a maker of `Upstream`, with its arguments."""
    made: list[Upstream] = []

    def make(url: str, **settings: float) -> Upstream:
        made.append(Upstream(url, **settings))  # type: ignore[arg-type]  # `seconds` alone is given here
        return made[-1]

    yield make
    for each in made:
        each.close()
