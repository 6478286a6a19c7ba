"""The ids of attempts, and the attempt as its browser remembers it.

An id is `course.time.nonce.mac`. The mac covers what SENCE echoes, so a callback is
known as ours, and as unchanged, from its own fields alone. No personal data stands
in it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from sence_gate.cookies.signing import OneSpelling
from sence_gate.protocol.messages import Attendance

TAG_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Attempt:
    """One trip to SENCE, as the browser that began it remembers it."""

    id_sesion_alumno: str = field(repr=False)
    course: str
    attendance: Attendance
    issued: datetime
    wanted: str

    @property
    def tag(self) -> str:
        """The short name of the attempt: safe in URLs, worth nothing to a stranger."""
        return tag_of(self.id_sesion_alumno)


class AttemptIds:
    """Make and verify attempt ids with *keys*, newest first."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._signer = OneSpelling(
            list(keys)[::-1],  # itsdangerous signs with the last
            salt="sence_gate.attempt-id",
            key_derivation="hmac",
            digest_method=sha256,
        )

    def issue(self, course: str, attendance: Attendance, now: datetime) -> str:
        """Return a fresh id for *attendance*: at most 149 characters of `[A-Za-z0-9._-]`."""
        head = f"{course}.{int(now.timestamp()):x}.{secrets.token_urlsafe(16)}"
        return f"{head}.{self._signer.get_signature(_covered(head, attendance)).decode()}"

    def verify(self, id_sesion_alumno: str, attendance: Attendance) -> bool:
        """Tell whether we issued the id for exactly these values."""
        head, _, mac = id_sesion_alumno.rpartition(".")
        return self._signer.verify_signature(_covered(head, attendance), mac)


def course_of(id_sesion_alumno: str) -> str:
    """Return the course id that an attempt id names, whoever made it."""
    return id_sesion_alumno.partition(".")[0]


def issued_at(id_sesion_alumno: str) -> datetime | None:
    """Return when an attempt id says it was made; None when it does not say."""
    try:
        return datetime.fromtimestamp(int(id_sesion_alumno.split(".")[1], 16), UTC)
    except (IndexError, ValueError, OverflowError, OSError):
        return None


def tag_of(id_sesion_alumno: str) -> str:
    """Return the short name of an attempt: the first characters of its nonce."""
    parts = id_sesion_alumno.split(".")
    return parts[2][:TAG_LENGTH] if len(parts) == 4 else ""


def _covered(head: str, sent: Attendance) -> bytes:
    values = (
        head,
        sent.environment.value,
        sent.rut_otec.canonical,
        sent.run_alumno.canonical,
        sent.cod_sence,
        sent.codigo_curso,
        str(sent.linea_capacitacion),
    )
    # Half a surrogate pair, which a ledger's JSON can hold, is no reason to fail.
    encoded = (value.encode("utf-8", "surrogatepass") for value in values)
    # Length-prefixed: no two lists of values give the same bytes.
    return b"".join(b"%d:%b" % (len(raw), raw) for raw in encoded)
