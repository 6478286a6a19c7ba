"""Settings to begin with: the smallest that load, and their faults when something is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from sence_gate.config import load_config
from sence_gate.errors import ConfigurationError

KEY = "q8ZrV2mC0wXJ7hTq5bYd3nLs9KfAe1Gu4RiPo6Ux"
TOKEN = "4B7C9D1E-2F3A-4B5C-8D6E-7F8091A2B3C4"
RUT = "76543210-3"


def course(**changes: Any) -> dict[str, Any]:
    """Return the table of a course that loads, with *changes*; `except_` stands for `except`."""
    table = {
        "id": "excel",
        "name": "Excel básico",
        "paths": ["/cursos/excel/"],
        "cod_sence": "1237894560",
        "codigo_curso": "5123456",
        "linea_capacitacion": 3,
    }
    return table | {key.rstrip("_"): value for key, value in changes.items()}


def settings(**changes: Any) -> dict[str, Any]:
    """Return the smallest settings that load, with *changes*; None takes a key away."""
    smallest = {
        "public_url": "https://campus.otec.cl",
        "secret_keys": [KEY],
        "otec": {"rut": RUT, "token": TOKEN},
        "courses": [course()],
    }
    return {key: value for key, value in (smallest | changes).items() if value is not None}


def faults(data: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the faults of *data*, which must have some."""
    with pytest.raises(ConfigurationError) as caught:
        load_config(data, environ or {})
    return caught.value.faults


def places(data: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> list[str]:
    """Return where the faults of *data* are, in the order told."""
    return [fault.partition(": ")[0] for fault in faults(data, environ)]
