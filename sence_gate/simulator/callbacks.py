"""What goes back to the platform: the fields of the four answers, in the manual's order.

Values that the platform sent are echoed letter by letter. Decided where the
manual is silent: an error of a start carries an empty IdSesionSence, since no
session was made, and FechaHora of a close is the time of the close (the manual
calls it "del inicio", ZonaHoraria beside it "del cierre").
Source: sections 3.2 and 3.3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sence_gate.simulator.chile import fecha_hora, zona_horaria
from sence_gate.simulator.tables import ANSWERS, Action

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sence_gate.simulator.behaviour import Behaviour
    from sence_gate.simulator.posts import Post


@dataclass(frozen=True, slots=True)
class Callback:
    """A form for the learner's browser to submit."""

    url: str
    fields: tuple[tuple[str, str], ...] = field(repr=False)
    codes: tuple[str, ...] = ()
    late_seconds: float = 0
    times: int = 1


def compose(
    post: Post,
    behaviour: Behaviour,
    moment: datetime,
    *,
    codes: tuple[int | str, ...] = (),
    id_sesion_sence: str = "",
) -> Callback:
    """Return the answer to *post*: an error when there are *codes*, else a success."""
    names = list(ANSWERS[post.action, not codes])
    if behaviour.close_echoes_id and post.action is Action.CLOSE:
        names.append("IdSesionSence")
    if behaviour.omit_zona_horaria:
        names.remove("ZonaHoraria")
    reported = behaviour.reported(codes)
    values = {
        **post.fields,
        "IdSesionSence": id_sesion_sence if post.action is Action.START else post["IdSesionSence"],
        "FechaHora": fecha_hora(moment),
        "ZonaHoraria": zona_horaria(moment),
        "GlosaError": behaviour.separator.join(reported),
    }
    if behaviour.lower_case_k:
        values["RunAlumno"] = post["RunAlumno"].lower()
    answer = {name: values.get(name, "") for name in names} | dict(behaviour.extra_fields)
    return Callback(
        url=post["UrlError" if codes else "UrlRetoma"],
        fields=tuple(_as_spelled(answer.items(), behaviour)),
        codes=reported,
        late_seconds=behaviour.late_seconds,
        times=2 if behaviour.send_twice else 1,
    )


def _as_spelled(fields: Iterable[tuple[str, str]], behaviour: Behaviour) -> Iterable[tuple[str, str]]:
    for name, value in fields:
        spelled = name.upper() if behaviour.upper_case_names else name
        yield f"{spelled} " if behaviour.blank_after_field_names else spelled, value
