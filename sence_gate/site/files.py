"""The files that browsers may keep: ours, in the OTEC's colour and beside its logo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from sence_gate.pages import LOGO_TYPES, sheet

if TYPE_CHECKING:
    from sence_gate.config import PageSettings

LOGO = "logo"


@dataclass(frozen=True)  # no slots: the version is worked out once
class StaticFile:
    """A file and what it is; `version` names this very content."""

    content: bytes
    media_type: str

    @cached_property
    def version(self) -> str:
        """The name of the content, for addresses that may be kept for good."""
        return sha256(self.content).hexdigest()[:12]


def _packaged(name: str, media_type: str) -> StaticFile:
    content = files("sence_gate").joinpath("static", name).read_bytes()
    return StaticFile(content, f"{media_type}; charset=utf-8")


OURS: Mapping[str, StaticFile] = {
    "banner.js": _packaged("banner.js", "text/javascript"),
    "pages.js": _packaged("pages.js", "text/javascript"),
    "pages.css": _packaged("pages.css", "text/css"),
}


def static_files(pages: PageSettings) -> Mapping[str, StaticFile]:
    """Return all files of a site whose pages look like *pages*.

    Raises:
        OSError: the logo was there when the settings were checked, and is gone.
    """
    found = dict(OURS)
    if pages.colour:
        style = OURS["pages.css"]
        found["pages.css"] = StaticFile(style.content + sheet(pages.colour).encode(), style.media_type)
    if pages.logo_file:
        media_type = LOGO_TYPES[pages.logo_file.suffix.lower()]
        found[LOGO] = StaticFile(pages.logo_file.read_bytes(), media_type)
    return found
