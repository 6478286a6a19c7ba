"""What a platform says of a visitor, and what the gate makes of it.

A reader (a header, Django's session, the platform's own whoami) answers a `Claim`
when somebody is logged in, or a `Standing`. `judged` turns claims into the
identity that the gate works with: a `Rut`, or a `Standing`. A claim that names no
RUN is an error and never NOBODY, who may pass.

Staff and whoever looks through somebody else's account pass too, but as what they
are: they neither use nor make a session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from sence_gate.errors import InvalidRut, UntrustworthyIdentity
from sence_gate.protocol.rut import Rut

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class Standing(Enum):
    """What a source answers when it names no RUN."""

    NOBODY = "nobody is logged in at the platform"
    UNKNOWN = "the learner is asked"
    EXEMPT = "staff, whom SENCE does not expect"
    IMPERSONATED = "somebody looks through another's account"


# Of whom nothing is wanted: the platform shows its login, or the page itself.
NO_LEARNERS = frozenset({Standing.NOBODY, Standing.EXEMPT, Standing.IMPERSONATED})

Identity = Rut | Standing


def _no_field(_path: str) -> None:
    return None


def _no_groups() -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody is logged in at the platform.

    `name` is a RUN or a user name, as the platform writes it; `user` the user name where
    that is something else; `look` returns what else the platform says of the visitor (a flag, a
    role), None where it says nothing.
    """

    name: object = field(repr=False)
    look: Callable[[str], object] = field(default=_no_field, repr=False)
    groups: Callable[[], Iterable[str]] = field(default=_no_groups, repr=False)
    is_impersonated: bool = False
    user: str = field(default="", repr=False)


# Both raise `IdentityUnavailable` where whoever knows cannot be asked now, and `UntrustworthyIdentity`
# for what claims somebody and names no RUN.
Source = Callable[["WSGIEnvironment"], Identity]
Reader = Callable[["WSGIEnvironment"], Claim | Standing]


def judged(read: Reader, judge: Callable[[Claim], Identity]) -> Source:
    """Return a source that reads claims with *read* and judges them with *judge*."""

    def source(environ: WSGIEnvironment) -> Identity:
        claim = read(environ)
        return claim if isinstance(claim, Standing) else judge(claim)

    return source


def run_of(name: object) -> Rut:
    """Return the RUN that a claim's *name* is.

    Raises:
        UntrustworthyIdentity: it is not a RUN.
    """
    try:
        # A float would lose its point and be another number.
        return _parsed("" if isinstance(name, float) else str(name))
    except InvalidRut:
        raise UntrustworthyIdentity("the platform names the visitor by something that is not a RUN") from None


# The same learners come again and again; what is no RUN is never kept.
_parsed = lru_cache(4_096)(Rut.parse)


def is_set(value: object) -> bool:
    """Tell whether a platform's *value* says yes, in any of the ways in which platforms write it."""
    if isinstance(value, str):
        return value.strip().lower() not in ("", "0", "false", "no", "off", "null", "none")
    return bool(value)
