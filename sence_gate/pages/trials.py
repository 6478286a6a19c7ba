"""Every page with each of its choices, its texts full and empty: for trying templates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from sence_gate.pages.obstacles import Fields
from sence_gate.pages.values import OpenSession, Page

TEXT = "/texto"


def trials(kind: Any) -> Iterator[Page]:
    """Yield pages of *kind* that together have every choice, and every text both full and empty."""
    hints = get_type_hints(kind)
    choices = [len(get_args(hint)) for hint in hints.values() if get_origin(hint) is Literal]
    for variant in range(max([2, *choices])):
        for text in (TEXT, ""):
            for flag in (True, False):
                yield kind(
                    **{each.name: _value(hints[each.name], text, flag, variant) for each in fields(kind)}
                )


def _value(hint: Any, text: str, flag: bool, variant: int) -> Any:  # noqa: FBT001 - it is the value of a field
    if get_origin(hint) is Literal:
        return get_args(hint)[variant % len(get_args(hint))]
    if hint is bool:
        return flag
    if hint == Fields:
        return ((text, text),) if text else ()
    if hint == tuple[OpenSession, ...]:
        return (OpenSession(name=text, until=text, curso=text),) if text else ()
    return text if hint is str else variant
