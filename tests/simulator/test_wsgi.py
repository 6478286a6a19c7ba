"""The simulator as a server gets it."""

from __future__ import annotations

import pytest

from sence_gate.simulator.app import Simulator
from sence_gate.simulator.wsgi import application, build


def test_the_default_is_what_the_test_environment_serves() -> None:
    """Clave SENCE, and the sample registry only."""
    simulator = build({})

    assert (simulator.edition, simulator.registry.believes_strangers) == ("clave-sence", False)


def test_the_environment_chooses() -> None:
    """Both variables are read."""
    simulator = build({"SENCE_SIMULATOR_EDITION": "clave-unica", "SENCE_SIMULATOR_UNLISTED": "accept"})

    assert (simulator.edition, simulator.registry.believes_strangers) == ("clave-unica", True)


@pytest.mark.parametrize("name", ["SENCE_SIMULATOR_EDITION", "SENCE_SIMULATOR_UNLISTED"])
def test_an_unknown_word_is_refused(name: str) -> None:
    """The message names the variable."""
    with pytest.raises(ValueError, match=name):
        build({name: "quizás"})


def test_there_is_an_application_to_serve() -> None:
    """`sence_gate.simulator.wsgi:application` is one."""
    assert isinstance(application, Simulator)
