"""SENCE's wording is complete and stays SENCE's."""

from __future__ import annotations

import pytest

from sence_gate.protocol.glosas import GLOSAS, UNKNOWN
from sence_gate.protocol.official import OFFICIAL


def test_every_code_has_an_official_wording() -> None:
    """No row of ours is without SENCE's, and none of SENCE's without ours."""
    assert set(OFFICIAL) == set(GLOSAS)
    assert all(GLOSAS[code].official == text for code, text in OFFICIAL.items())


def test_an_unknown_code_has_none() -> None:
    """Nothing is put into SENCE's mouth."""
    assert UNKNOWN.official == ""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        pytest.param(100, "no tiene Clave SENCE.", id="seed edition only"),
        pytest.param(210, "El tiempo disponible es de tres minutos.", id="seed edition only, two sentences"),
        pytest.param(
            304, "(ej. enviar parámetros de inicio o cierre de sesión según corresponda)", id="1.1.6"
        ),
        pytest.param(306, "El Código Curso no corresponde al código SENCE.", id="small letter of 1.1.6"),
    ],
)
def test_the_wording_is_the_last_edition_that_has_the_code(code: int, words: str) -> None:
    """What the operator quotes is what SENCE's current table says."""
    assert OFFICIAL[code].endswith(words)
