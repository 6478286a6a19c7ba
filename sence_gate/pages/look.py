"""What an OTEC may change of all pages at once: name, logo and whom to ask for help."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

LOGO_TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
}
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_NUMBER = re.compile(r"\+?[0-9][0-9 ()-]{5,20}")


@dataclass(frozen=True, slots=True)
class Help:
    """Whom a learner asks; empty is not shown."""

    text: str = ""
    mail: str = ""
    phone: str = ""
    whatsapp: str = ""

    def __bool__(self) -> bool:
        return any((self.text, self.mail, self.phone, self.whatsapp))

    @property
    def phone_number(self) -> str:
        """The number as `tel:` takes it (RFC 3966)."""
        return re.sub(r"[^+0-9]", "", self.phone)

    @property
    def whatsapp_number(self) -> str:
        """The number as `wa.me` takes it: with its country, digits alone."""
        return re.sub(r"[^0-9]", "", self.whatsapp)


@dataclass(frozen=True, slots=True)
class Look:
    """What stands on every page. `name` is the only OTEC's; pages of several name their own."""

    name: str = ""
    logo_url: str = ""
    help: Help = field(default_factory=Help)


def help_faults(contact: Help) -> list[tuple[str, str]]:
    """Return what is wrong with *contact*: key and text."""
    faults = []
    if contact.mail and not _MAIL.fullmatch(contact.mail):
        faults.append(("mail", 'is no address — write it like "ayuda@otec.cl"'))
    if contact.phone and not _NUMBER.fullmatch(contact.phone):
        faults.append(("phone", 'is no telephone number — write it like "+56 2 2345 6789"'))
    if contact.whatsapp and not (_NUMBER.fullmatch(contact.whatsapp) and contact.whatsapp.startswith("+")):
        faults.append(("whatsapp", 'is no number with its country — write it like "+56 9 1234 5678"'))
    return faults
