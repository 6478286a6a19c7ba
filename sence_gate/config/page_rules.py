"""What `[pages]` and `logout_paths` must satisfy before the first request.

A colour that cannot be read, a logo that is no picture and a template that fails are
faults of the configuration here, so that no learner meets them.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from sence_gate.config.faults import Faults
from sence_gate.config.model import PageSettings
from sence_gate.config.shape import PagesTable, Settings
from sence_gate.config.urls import normal_url
from sence_gate.navigation import is_below, is_local
from sence_gate.pages import LOGO_TYPES, colour_fault, help_faults, override_faults

_LOGO_MAX = 256 * 1024  # it comes with every page, on telephones


def judge_logout(settings: Settings, faults: Faults) -> None:
    """Add to *faults* every logout path that no request could have, or every one."""
    mount = urlsplit(normal_url(settings.public_url)[0]).path
    for index, path in enumerate(settings.logout_paths):
        place = f"logout_paths[{index}]"
        if not is_local(path) or "#" in path:
            faults.add(place, 'is no path of the platform — write it like "/login/logout.php"')
        elif "*" in path:
            faults.add(place, "knows no * — end it in a slash for everything below it")
        elif is_below(settings.prefix, path):
            faults.add(place, "belongs to the gate itself (prefix) — name the platform's own")
        elif path in ("/", f"{mount}/"):
            faults.add(place, 'is every page of the platform — write it like "/login/logout.php"')


def judge(pages: PagesTable, folder: Path, faults: Faults) -> None:
    """Add to *faults* everything that is wrong with *pages*; files are relative to *folder*."""
    if pages.colour and (fault := colour_fault(pages.colour)):
        faults.add("pages.colour", fault)
    if pages.logo and (fault := _logo_fault(pages.logo, folder)):
        faults.add("pages.logo", fault)
    for key, text in help_faults(pages.help):
        faults.add(f"pages.help.{key}", text)
    if pages.templates:
        for text in override_faults(folder.absolute() / pages.templates):
            faults.add("pages.templates", text)


def page_settings(pages: PagesTable, folder: Path) -> PageSettings:
    """Return *pages* with their files named from the root."""
    is_file = bool(pages.logo) and not pages.logo.startswith("/")
    return PageSettings(
        logo_url="" if is_file else pages.logo,
        logo_file=folder.absolute() / pages.logo if is_file else None,
        colour=pages.colour,
        templates=folder.absolute() / pages.templates if pages.templates else None,
        help=pages.help,
    )


def _logo_fault(logo: str, folder: Path) -> str:
    if logo.startswith("/"):
        return "" if is_local(logo) else 'is no path of the platform — write it like "/static/logo.svg"'
    path = folder / logo
    if path.suffix.lower() not in LOGO_TYPES:
        return f"is no picture that browsers show — use one of: {', '.join(sorted(LOGO_TYPES))}"
    try:
        size = path.stat().st_size if path.is_file() else -1
    except (OSError, ValueError):
        size = -1
    if size < 0:
        return 'names no file — name one beside the configuration, or a path of the platform ("/…")'
    if size > _LOGO_MAX:
        return f"has {size // 1024} KiB and {_LOGO_MAX // 1024} are allowed — make it smaller"
    return ""
