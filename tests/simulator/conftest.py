"""A simulator of each edition, on a clock that tests move."""

from __future__ import annotations

import pytest

from sence_gate.simulator.app import Simulator
from tests.simulator.visitor import Clock, Visitor


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


@pytest.fixture(name="simulator")
def _simulator(clock: Clock) -> Simulator:
    return Simulator(edition="clave-sence", clock=clock)


@pytest.fixture(name="visitor")
def _visitor(simulator: Simulator) -> Visitor:
    return Visitor(simulator)


@pytest.fixture(name="unica")
def _unica(clock: Clock) -> Visitor:
    """A learner in front of the current edition."""
    return Visitor(Simulator(edition="clave-unica", clock=clock))
