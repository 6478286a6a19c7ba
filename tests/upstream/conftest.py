"""A maker of upstreams whose kept connections are closed at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sence_gate.upstream import Upstream

To = Callable[..., Upstream]


@pytest.fixture(name="to")
def upstream_maker() -> Iterator[To]:
    """Return a maker of `Upstream`, with its arguments."""
    made: list[Upstream] = []

    def make(url: str, **settings: Any) -> Upstream:
        made.append(Upstream(url, **settings))
        return made[-1]

    yield make
    for each in made:
        each.close()
