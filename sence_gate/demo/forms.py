"""A form as a browser without scripts fills it in and sends it.

A form knows its fields with the values that a person finds in them;
`Form.submission` returns what pressing a button would send.

Source: HTML (constructing the entry list, form submission).
Not here: multipart, files, controls that stand outside their form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

Value = str | bool | tuple[str, ...]  # a text or choice; checked or not; several choices
URLENCODED = "application/x-www-form-urlencoded"
CHOICES = frozenset({"radio", "checkbox", "option"})
SILENT = frozenset({"button", "reset", "image", "file"})


@dataclass(frozen=True, slots=True)
class Control:
    """One field of a form; an `option` carries the name of its select."""

    name: str
    kind: str
    value: str = field(repr=False)
    is_on: bool = False  # checked, or selected

    def entry(self, given: Value | None) -> tuple[str, str] | None:
        """Return what the control sends when a person put *given* in it; None when it sends nothing."""
        if self.kind in CHOICES:
            return (self.name, self.value) if self._is_chosen(given) else None
        text = given if isinstance(given, str) else self.value
        return self.name, re.sub(r"\r?\n|\r", "\r\n", text)

    def _is_chosen(self, given: Value | None) -> bool:
        match given:
            case None:
                return self.is_on
            case bool():
                return given
            case str():
                return given == self.value
            case _:
                return self.value in given


@dataclass(frozen=True, slots=True)
class Submission:
    """What sending a form asks for."""

    method: str
    url: str
    body: bytes = field(default=b"", repr=False)
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a page; `action` is absolute."""

    action: str
    method: str
    controls: tuple[Control, ...]
    id: str = ""

    @property
    def fields(self) -> dict[str, str]:
        """Return what the form would send untouched; the last value of each name."""
        return dict(self._entries({}))

    def submission(self, values: Mapping[str, Value]) -> Submission:
        """Return what a browser sends when a person fills in *values* and presses a button.

        The button pressed is the one that *values* names, else the first.

        Raises:
            LookupError: the form has no such field, or the field no such choice.
        """
        for name, value in values.items():
            self._check(name, value)
        encoded = urlencode(self._entries(values))
        if self.method == "POST":
            return Submission("POST", self.action, encoded.encode("ascii"), URLENCODED)
        return Submission("GET", urlsplit(self.action)._replace(query=encoded).geturl())

    def _entries(self, values: Mapping[str, Value]) -> list[tuple[str, str]]:
        pressed = self._pressed(values)
        sending = (
            control
            for control in self.controls
            if control.name
            and control.kind not in SILENT
            and (control.kind != "submit" or control is pressed)
        )
        entries = (control.entry(values.get(control.name)) for control in sending)
        return [entry for entry in entries if entry]

    def _pressed(self, values: Mapping[str, Value]) -> Control | None:
        buttons = [control for control in self.controls if control.kind == "submit"]
        named = (button for button in buttons if button.name and values.get(button.name) == button.value)
        return next(named, buttons[0] if buttons else None)

    def _check(self, name: str, value: Value) -> None:
        found = [control for control in self.controls if control.name == name]
        if not found:
            raise LookupError(f"the form has no field {name!r}")
        offered = {control.value for control in found if control.kind in {*CHOICES, "submit"}}
        chosen = (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ()
        if offered and not offered.issuperset(chosen):
            raise LookupError(f"the field {name!r} has no such choice")
