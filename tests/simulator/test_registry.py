"""What SENCE knows."""

from __future__ import annotations

from datetime import date

import pytest

from sence_gate.simulator import sample
from sence_gate.simulator.registry import Course, Registry
from sence_gate.simulator.ruts import is_rut

REGISTRY = sample.sample_registry()
COURSE = Course("5123456", "1237894560", "3", sample.OTEC_RUT, "Excel")


def test_secrets_stay_out_of_the_repr() -> None:
    """Tokens, keys and the nómina are not printed."""
    printed = repr(Registry(REGISTRY.otecs, (), keys={"12345678-5": "mi-clave"}))

    assert sample.TOKEN not in printed
    assert "mi-clave" not in printed


@pytest.mark.parametrize(
    ("run", "key", "opens"),
    [
        pytest.param("12345678-5", "clave123", True, id="demo key"),
        pytest.param("12345678-5", "otra", False, id="wrong key"),
        pytest.param("11111111-1", "propia", True, id="own key"),
        pytest.param("11111111-1", "clave123", False, id="own key replaces the demo key"),
        pytest.param(sample.RUN_WITHOUT_KEY, "clave123", False, id="never asked for a key"),
        pytest.param("12345678-6", "clave123", False, id="no run"),
    ],
)
def test_a_key_opens_its_own_run_only(run: str, key: str, opens: bool) -> None:
    """The demo key serves every RUN that has no key of its own."""
    registry = Registry((), (), keys={"11111111-1": "propia", sample.RUN_WITHOUT_KEY: None})

    assert registry.opens(run, key) is opens


def test_the_hint_never_tells_a_given_key() -> None:
    """Only the demo key is shown at the login."""
    registry = Registry((), (), keys={"11111111-1": "propia"})

    assert (registry.hint("11111111-1"), registry.hint("12345678-5")) == (None, "clave123")


@pytest.mark.parametrize(
    ("day", "runs"),
    [
        pytest.param(date(2026, 3, 1), True, id="first day"),
        pytest.param(date(2026, 3, 31), True, id="last day"),
        pytest.param(date(2026, 2, 28), False, id="day before"),
        pytest.param(date(2026, 4, 1), False, id="day after"),
    ],
)
def test_both_ends_of_the_dates_belong_to_the_course(day: date, runs: bool) -> None:
    """Error 309 begins the day after the last."""
    course = Course(
        "5123456",
        "1237894560",
        "3",
        sample.OTEC_RUT,
        "Excel",
        starts=date(2026, 3, 1),
        ends=date(2026, 3, 31),
    )

    assert course.runs_on(day) is runs


def test_without_a_nomina_everybody_is_admitted() -> None:
    """A demo needs no list of learners."""
    assert COURSE.admits("12345678-5")


def test_the_sample_is_made_of_real_ruts() -> None:
    """The demo would be refused by its own checks otherwise."""
    assert all(is_rut(otec.rut) for otec in REGISTRY.otecs)
    assert all(is_rut(run) for run in (sample.RUN_IN_NOMINA, sample.RUN_WITHOUT_KEY))
