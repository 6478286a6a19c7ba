"""One error code of SENCE: whose move it is, what to tell whom, and what follows from it.

The codes themselves are in `glosas`, SENCE's own wording is in `official`.
Source: manual 1.1.6, section 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from sence_gate.protocol.official import OFFICIAL


class Blame(StrEnum):
    """Whose move it is. For the learner it means that trying again is worth it."""

    LEARNER = "learner"
    OTEC = "otec"
    SENCE = "sence"


class Edition(IntEnum):
    """The editions of the manual, oldest first; the first one is undated."""

    SEED = 0
    V1_1_3 = 1
    V1_1_5 = 2
    V1_1_6 = 3


@dataclass(frozen=True, slots=True)
class Glosa:
    """One error code.

    `may_retry` tells whether the same attempt can succeed without somebody mending
    something. `releases` marks the codes with which SENCE answers the close of a
    session that has ended on its side: the learner is let go. `since` and `until`
    are the first and the last edition that list the code.
    """

    code: int
    blame: Blame
    learner: str
    operator: str
    may_retry: bool = False
    releases: bool = False
    since: Edition = Edition.SEED
    until: Edition = Edition.V1_1_6

    @property
    def happened_and_advice(self) -> tuple[str, str]:
        """What happened, which is the learner's first sentence, and what to do, the rest."""
        happened, _, advice = self.learner.partition(". ")
        return f"{happened}.", advice

    @property
    def official(self) -> str:
        """SENCE's wording, of the last edition that has the code; "" for an unknown one."""
        return OFFICIAL.get(self.code, "")
