"""Chile's clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sence_gate.simulator.chile import chile_time, chile_zone, fecha_hora, zona_horaria


@pytest.mark.parametrize(
    ("seconds", "fecha", "zona"),
    [
        pytest.param(1_783_008_000.0, "2026-07-02 12:00:00", "(UTC-04:00) Santiago", id="winter"),
        pytest.param(1_770_000_000.9, "2026-02-01 23:40:00", "(UTC-03:00) Santiago", id="summer"),
    ],
)
def test_the_hour_is_chiles(seconds: float, fecha: str, zona: str) -> None:
    """FechaHora has 19 characters in Chile's time, and ZonaHoraria names its offset."""
    moment = chile_time(seconds)

    assert (fecha_hora(moment), zona_horaria(moment)) == (fecha, zona)


def test_a_host_without_time_zones_gets_the_standard_offset() -> None:
    """A slim container can run the simulator."""
    assert chile_zone("America/Nowhere").utcoffset(None) == timedelta(hours=-4)
