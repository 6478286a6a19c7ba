"""What a platform's form brings to SENCE: one POST, as plain values.

The samples of annex 3 are ASP, where a parameter that is sent twice reads as
both values joined by a comma; the same is done here, so that a doubled
parameter is found by the checks instead of being resolved in silence.
Which values are right is the business of `validation`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sence_gate.simulator.tables import Action, Environment

MOST_FIELDS = 100


@dataclass(frozen=True, slots=True)
class Post:
    """One start or close, as sent. The values stay out of its repr: a token and a RUN are among them."""

    environment: Environment
    action: Action
    fields: Mapping[str, str] = field(repr=False)

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")

    def is_blank(self, name: str) -> bool:
        """Return whether *name* is missing, empty or only white space (error 200)."""
        return not self[name].strip()


def parse_form(body: bytes) -> dict[str, str]:
    """Return the parameters of a urlencoded *body*; bytes that are no UTF-8 become U+FFFD.

    Raises:
        ValueError: more than `MOST_FIELDS` parameters.
    """
    pairs = parse_qsl(
        body.decode("utf-8", "replace"),
        keep_blank_values=True,
        errors="replace",
        max_num_fields=MOST_FIELDS,
    )
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields[name] = f"{fields[name]},{value}" if name in fields else value
    return fields
