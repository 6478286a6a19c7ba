"""What the simulator saw, newest first, for its first page and for tests.

Tokens and RUNs are masked before they are kept. The identifiers of both sides
stay whole: without them nobody could follow one attempt through the list.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sence_gate.simulator.chile import fecha_hora
from sence_gate.simulator.ruts import masked
from sence_gate.simulator.tables import LENGTHS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sence_gate.simulator.posts import Post

MOST_ENTRIES = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to one POST."""

    at: str
    environment: str
    action: str
    result: str
    """`login`, `wrong key`, `ok`, `never`, or the codes that were reported."""
    parameters: tuple[str, ...]
    """The names that were sent, as they were spelled."""
    rut_otec: str
    token: str
    run_alumno: str
    cod_sence: str
    codigo_curso: str
    linea_capacitacion: str
    id_sesion_alumno: str
    id_sesion_sence: str
    id_given: str
    """The IdSesionSence that a start was given."""


class Notebook:
    """The last entries, and no more."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=MOST_ENTRIES)

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    def note(self, post: Post, result: str, moment: datetime, id_given: str = "") -> None:
        """Write down that *post* came to *result*."""
        token = post["Token"]
        entry = Entry(
            at=fecha_hora(moment),
            environment=post.environment,
            action=post.action,
            result=result,
            parameters=tuple(_cut(post.fields)),
            rut_otec=_short(post, "RutOtec"),
            token=f"{token[:4]}…" if len(token) > 12 else "…" * bool(token),
            run_alumno=masked(post["RunAlumno"]),
            cod_sence=_short(post, "CodSence"),
            codigo_curso=_short(post, "CodigoCurso"),
            linea_capacitacion=post["LineaCapacitacion"][:10],
            id_sesion_alumno=_short(post, "IdSesionAlumno"),
            id_sesion_sence=_short(post, "IdSesionSence"),
            id_given=id_given,
        )
        self._entries.appendleft(entry)


def _short(post: Post, name: str) -> str:
    return post[name][: LENGTHS[name] + 1]


def _cut(names: Iterable[str]) -> Iterator[str]:
    return (name[:40] for name in list(names)[:20])
