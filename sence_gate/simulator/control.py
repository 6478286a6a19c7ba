"""Orders that arrive over HTTP: which behaviour, for whom.

JSON, for tests:

    {"run": "12345678-5", "behaviour": {"codes": ["211", "204"]}}   that RUN, from now on
    {"run": "12345678-5", "behaviour": null}                        that RUN, as the manual says
    {"behaviour": {"send_twice": true}}                             the next POST only
    {"clear": true}                                                 forget all of it

The form of the control page says the same with one input per switch.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sence_gate.simulator.behaviour import Behaviour, behaviour_of
from sence_gate.simulator.posts import parse_form

if TYPE_CHECKING:
    from collections.abc import Mapping

SWITCHES: Mapping[str, str] = {
    "every_code": "Informar todos los errores, no sólo el primero",
    "send_twice": "Enviar la respuesta dos veces",
    "never": "No volver nunca",
    "blank_after_field_names": "Un espacio tras cada nombre de campo",
    "upper_case_names": "Nombres de campo en mayúsculas",
    "omit_zona_horaria": "Sin ZonaHoraria",
    "close_echoes_id": "IdSesionSence en la respuesta al cierre",
    "lower_case_k": "RUN con k minúscula",
}


@dataclass(frozen=True, slots=True)
class Order:
    """What to do; without a run it is for the next POST."""

    run: str = ""
    behaviour: Behaviour | None = None
    clear: bool = False


def read_order(body: bytes, *, is_json: bool) -> Order:
    """Return the order that *body* spells.

    Raises:
        ValueError: it spells none; the message says why.
    """
    return _from_json(body) if is_json else _from_form(parse_form(body))


def _from_json(body: bytes) -> Order:
    data = _json_object(body)
    unknown = sorted(set(data) - {"run", "behaviour", "clear"})
    if unknown:
        raise ValueError(f"{unknown[0][:40]}: no existe; hay behaviour, clear, run")
    run, behaviour = data.get("run") or "", data.get("behaviour")
    if not isinstance(run, str):
        raise ValueError("run: debe ser un texto")  # noqa: TRY004 - one error for all bad input
    if behaviour is not None and not isinstance(behaviour, dict):
        raise ValueError("behaviour: debe ser un objeto o null")
    if behaviour is None and not run and data.get("clear") is not True:
        raise ValueError("falta behaviour, run o clear")
    return Order(run, None if behaviour is None else behaviour_of(behaviour), data.get("clear") is True)


def _json_object(body: bytes) -> dict[str, object]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("no es JSON") from None
    if not isinstance(data, dict):
        raise ValueError("debe ser un objeto JSON")  # noqa: TRY004 - one error for all bad input
    return data


def _from_form(form: Mapping[str, str]) -> Order:
    run = form.get("run", "").strip()
    match form.get("accion"):
        case "limpiar":
            return Order(clear=True)
        case "normal" if run:
            return Order(run)
        case "normal":
            raise ValueError("run: falta el RUN que vuelve a lo normal")
        case _:
            return Order(run, behaviour_of(_switches(form)))


def _switches(form: Mapping[str, str]) -> dict[str, object]:
    codes = form.get("codes", "").replace(",", " ").replace(";", " ").split()
    return {
        "codes": codes,
        "separator": form.get("separator") or ";",
        "late_seconds": _number(form.get("late_seconds", "")),
        **{name: True for name in SWITCHES if name in form},
    }


def _number(text: str) -> float:
    try:
        return float(text or 0)
    except ValueError:
        raise ValueError("late_seconds: debe ser un número") from None
