"""The page of an address that belongs to several courses, as a value like those of `values`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoicePage:
    """The address belongs to several courses: which one? *courses* are ids and names."""

    template: ClassVar[str] = "choice.html"
    courses: tuple[tuple[str, str], ...]
    action: str
    volver: str
    back_url: str
    incident: str
