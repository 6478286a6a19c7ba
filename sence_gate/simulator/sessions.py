"""One open session at SENCE, and why a close of it is refused.

The manual ties the close to the start by IdSesionSence alone (section 3.2) and
gives no code for a wrong one. Decided from what integrations report: a session
that SENCE has let run out is 301, an id that names no session of this learner
and course is 304, one that is already closed is 305, and 313 ("URL de Cierre
de sesión incorrecta") is a close sent to the other environment's address.
IdSesionAlumno is not compared: it need not be unique.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sence_gate.simulator.ruts import canonical

if TYPE_CHECKING:
    from sence_gate.simulator.posts import Post
    from sence_gate.simulator.tables import Environment

LASTS = 3 * 60 * 60.0
"""Seconds until SENCE gives a session up: no edition states it, integrations count with three hours."""


@dataclass(frozen=True, slots=True)
class Session:
    """A start that SENCE has registered."""

    id_sesion_sence: str
    environment: Environment
    run_alumno: str = field(repr=False)
    codigo_curso: str
    opened: float
    is_closed: bool = False

    def is_open(self, now: float, lasts: float) -> bool:
        """Return whether a close would still be taken at *now*."""
        return not self.is_closed and now - self.opened <= lasts


def refusal(session: Session | None, post: Post, now: float, lasts: float) -> int | None:
    """Return the code with which closing *session* by *post* is refused, None when it is taken."""
    if session is None or not _is_same(session, post):
        return 304
    if session.environment != post.environment:
        return 313
    if session.is_closed:
        return 305
    return None if session.is_open(now, lasts) else 301


def _is_same(session: Session, post: Post) -> bool:
    return (session.run_alumno, session.codigo_curso) == (canonical(post["RunAlumno"]), post["CodigoCurso"])
