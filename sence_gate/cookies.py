"""What a browser keeps for us: signed cookies, and the ids of attempts.

Three purposes, each with a salt of its own, as has each gate, so that no cookie
passes for another:

- *attempt*: this browser began the attempt; the page the learner wanted.
- *confirmed*: SENCE's answer, from the callback to `/vuelta`. Proves nothing
  about who holds it: the callback travels through any browser.
- *session*: this browser's learner has an open session in a course.

An attempt id is `course.time.nonce.mac`. The mac covers what SENCE echoes, so a
callback is known as ours, and as unchanged, from its own fields alone. No
personal data stands in it. Signatures are HMAC-SHA-256 by itsdangerous; the
first key signs, all verify. Attributes: RFC 6265bis, section 4.1.3 (`__Host-`).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import TypeVar

from itsdangerous import BadData, Signer, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode, want_bytes

from sence_gate.protocol.messages import Attendance
from sence_gate.protocol.session import Session
from sence_gate.stores.base import session_from_values, session_values

ATTEMPT_LIFE = timedelta(hours=2)
RESEND_WITHIN = timedelta(hours=1)  # an attempt younger than this is sent again, so two tabs are one session
LATE_CLOSE = timedelta(hours=12)  # how long after its end a session may still be closed from this browser
SKEW = timedelta(seconds=60)  # between the clocks of the hosts that share the keys
MAX_ATTEMPTS = 4
MAX_WANTED = 2_048  # bytes of a wanted URL: 4 cookies and all others still fit a server's header limit
CANDIDATES = 4  # values of one name that are tried: a forged one may stand before ours
MAX_COOKIES = 40  # of ours that are looked at in one request
MAX_VALUE = 4_096  # characters of a value that is looked at: browsers keep no longer ones
MAX_REMEMBERED = 8_192  # characters of a header that is worth remembering in memory
TAG_LENGTH = 8
_SEPARATORS = re.compile("([;,])")  # some servers join repeated headers by a comma
T = TypeVar("T")


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


@dataclass(frozen=True, slots=True)
class SetCookie:
    """A cookie to set; an empty value with no age removes it."""

    name: str
    value: str = field(repr=False)
    max_age: int


class _OneSpelling(Signer):
    """Take a signature in the one spelling that is issued.

    A lenient decoder skips foreign characters and ignores spare bits: without this
    one attempt would have as many ids as somebody cares to write.
    """

    def verify_signature(self, value: str | bytes, sig: str | bytes) -> bool:
        """Tell whether *sig*, exactly as spelled, is ours for *value*."""
        return super().verify_signature(value, sig) and base64_encode(base64_decode(sig)) == want_bytes(sig)


class AttemptIds:
    """Make and verify attempt ids with *keys*, newest first."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._signer = _OneSpelling(
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
    # Length-prefixed: no two lists of values give the same bytes.
    return b"".join(b"%d:%b" % (len(raw), raw) for raw in (value.encode() for value in values))


class Cookies:
    """Write and read the gate's cookies for one public URL.

    Args:
        keys: secret keys, newest first.
        name: tells gates on one host apart; part of every cookie's name.
        secure: https, hence `__Host-` names and the Secure attribute.
    """

    def __init__(self, keys: Iterable[str], name: str, *, secure: bool) -> None:
        ordered = list(keys)[::-1]
        self.secure = secure
        self._prefix = f"{'__Host-' if secure else ''}{name}-"
        self._attempts, self._confirmed, self._sessions = (
            URLSafeSerializer(
                ordered,
                salt=f"sence_gate.cookie.{purpose}.{name}",
                signer=_OneSpelling,
                signer_kwargs={"key_derivation": "hmac", "digest_method": sha256},
            )
            for purpose in ("attempt", "confirmed", "session")
        )
        # No \s before the name: it takes in the no-break space, and a forged name may begin with one.
        self._ours = re.compile(rf"[ \t]*{re.escape(self._prefix)}([acs]-[A-Za-z0-9_-]+)[ \t]*=([^\s\"]*)")
        # A page with sixty assets brings the same header sixty times.
        self._split_again = lru_cache(512)(self._split)
        self._session_again = lru_cache(2_048)(self._load_session)

    def split(self, header: str) -> tuple[Mapping[str, tuple[str, ...]], str]:
        """Return our cookies (name without prefix -> values), and the header without them."""
        return self._split_again(header) if len(header) <= MAX_REMEMBERED else self._split(header)

    def _split(self, header: str) -> tuple[Mapping[str, tuple[str, ...]], str]:
        if self._prefix not in header:
            return {}, header
        found: dict[str, tuple[str, ...]] = {}
        kept: list[str] = []
        gap = ""
        tokens = _SEPARATORS.split(header)
        for before, piece in zip(("", *tokens[1::2]), tokens[::2], strict=True):
            gap = ";" if gap == ";" else before
            if match := self._ours.match(piece):
                _note(found, *match.groups())
                continue
            kept += (gap, piece) if kept else (piece.lstrip(" \t") if found else piece,)
            gap = ""
        return found, "".join(kept)

    def attempt(self, attempt: Attempt) -> SetCookie:
        """Return the cookie that remembers *attempt*."""
        stub = Session.begun(attempt.id_sesion_alumno, attempt.course, attempt.attendance, 0, attempt.issued)
        value = self._attempts.dumps([session_values(stub), attempt.wanted])
        return SetCookie(f"{self._prefix}a-{attempt.tag}", value, int(ATTEMPT_LIFE.total_seconds()))

    def confirmed(self, session: Session) -> SetCookie:
        """Return the cookie that carries SENCE's answer to `/vuelta`."""
        name = f"{self._prefix}c-{tag_of(session.id_sesion_alumno)}"
        return SetCookie(name, self._confirmed.dumps(session_values(session)), 15 * 60)

    def session(self, session: Session, now: datetime) -> SetCookie:
        """Return the cookie of an open session; it outlives the session, so that it can be closed late."""
        rest = (session.deadline or now) + LATE_CLOSE - now
        value = self._sessions.dumps(session_values(replace(session, earlier=(), closes=())))
        return SetCookie(f"{self._prefix}s-{session.course}", value, int(rest.total_seconds()))

    def read_attempts(self, found: Mapping[str, tuple[str, ...]], now: datetime) -> list[Attempt]:
        """Return the genuine attempts of this browser that are not too old, newest first."""
        attempts = [
            attempt
            for name, values in found.items()
            if name.startswith("a-")
            and (attempt := _first(values, self._load_attempt))
            and name == f"a-{attempt.tag}"
            and -SKEW <= now - attempt.issued <= ATTEMPT_LIFE
        ]
        return sorted(attempts, key=lambda attempt: attempt.issued, reverse=True)

    def read_confirmed(self, found: Mapping[str, tuple[str, ...]], tag: str) -> Session | None:
        """Return the answer that SENCE gave to the attempt *tag*, if this browser brought it."""
        session = _first(found.get(f"c-{tag}", ()), self._load_confirmed)
        return session if session and tag_of(session.id_sesion_alumno) == tag else None

    def read_session(self, found: Mapping[str, tuple[str, ...]], course: str) -> Session | None:
        """Return the session in *course* that this browser was given, as it was then."""
        session = _first(found.get(f"s-{course}", ()), self._session_again)
        return session if session and session.course == course else None

    def read_sessions(self, found: Mapping[str, tuple[str, ...]]) -> list[Session]:
        """Return every session that this browser was given."""
        courses = [name.removeprefix("s-") for name in found if name.startswith("s-")]
        return [session for course in courses if (session := self.read_session(found, course))]

    def removal(self, name: str) -> SetCookie:
        """Return the cookie that removes *name* (without prefix) from the browser."""
        return SetCookie(f"{self._prefix}{name}", "", 0)

    def useless(self, found: Mapping[str, tuple[str, ...]], now: datetime) -> list[SetCookie]:
        """Return removals for what this browser keeps in vain: forged, damaged, too old, too many."""
        good = {f"a-{attempt.tag}" for attempt in self.read_attempts(found, now)[:MAX_ATTEMPTS]}
        good |= {f"s-{session.course}" for session in self.read_sessions(found)}
        good |= {name for name in found if name.startswith("c-") and self.read_confirmed(found, name[2:])}
        return [self.removal(name) for name in found if name not in good]

    def _load_attempt(self, value: str) -> Attempt | None:
        match _loaded(self._attempts, value):
            case [values, str(wanted)]:
                return _attempt(_session(values), wanted)
            case _:
                return None

    def _load_confirmed(self, value: str) -> Session | None:
        return _session(_loaded(self._confirmed, value))

    def _load_session(self, value: str) -> Session | None:
        return _session(_loaded(self._sessions, value))


def _note(found: dict[str, tuple[str, ...]], name: str, value: str) -> None:
    known = found.get(name, ())
    if len(known) < CANDIDATES and sum(map(len, found.values())) < MAX_COOKIES:
        found[name] = (*known, value if len(value) <= MAX_VALUE else "")


def _loaded(serializer: URLSafeSerializer, value: str) -> object:
    try:
        return serializer.loads(value)
    except BadData:
        return None


def _attempt(stub: Session | None, wanted: str) -> Attempt | None:
    if stub is None:
        return None
    return Attempt(stub.id_sesion_alumno, stub.course, stub.attendance, stub.since, wanted)


def _session(values: object) -> Session | None:
    try:
        return session_from_values(values)
    except ValueError:
        return None


def _first(values: Iterable[str], load: Callable[[str], T | None]) -> T | None:
    for value in values:
        genuine = load(value)
        if genuine is not None:
            return genuine
    return None
