"""What a store keeps, as JSON with a fixed shape: sessions, ledger entries, contingencies.

Never pickles: what comes back from a shared store, or from a browser's cookie, is
input from outside. So each reader takes its own shape and nothing else. Equal
records have equal texts: a store tells by them whether a session was changed meanwhile.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sence_gate.protocol.messages import Attendance, Environment
from sence_gate.protocol.rut import Rut
from sence_gate.protocol.session import Session, State
from sence_gate.stores.base import Bypass, Entry, Kind

# Far beyond what the gate writes, and far enough inside what datetime holds: every deadline can be told.
LONGEST = 7 * 24 * 60  # minutes
NEVER = 32_503_680_000  # the year 3000, as a timestamp


def dump_session(session: Session) -> str:
    """Return *session* as JSON text of a fixed shape."""
    return _encode(session_values(session))


def load_session(text: str) -> Session:
    """Return the session of a text made by `dump_session`.

    Raises:
        ValueError: the text has another shape.
    """
    return session_from_values(_parsed(text))


def session_values(session: Session) -> list[Any]:
    """Return *session* as a list of JSON values, short enough for a cookie."""
    sent = session.attendance
    return [
        session.id_sesion_alumno,
        session.course,
        sent.environment.value,
        sent.rut_otec.canonical,
        sent.run_alumno.canonical,
        sent.cod_sence,
        sent.codigo_curso,
        sent.linea_capacitacion,
        session.minutes,
        session.state.value,
        session.since.timestamp(),
        session.id_sesion_sence,
        None if session.opened is None else session.opened.timestamp(),
        list(session.earlier),
        list(session.closes),
        session.version,
    ]


def session_from_values(values: object) -> Session:
    """Return the session of a list made by `session_values`.

    Raises:
        ValueError: the list has another shape.
    """
    match values:
        case [
            str(id_sesion_alumno), str(course), str(environment), str(rut_otec), str(run),
            str(cod_sence), str(codigo_curso), int(linea), int(minutes), str(state),
            float() | int() as since, (str() | None) as id_sesion_sence,
            (float() | int() | None) as opened, list(earlier), list(closes), int(version),
        ] if 0 <= minutes <= LONGEST:  # fmt: skip
            _sayable(id_sesion_alumno, course, cod_sence, codigo_curso, id_sesion_sence or "")
            return Session(
                id_sesion_alumno=id_sesion_alumno,
                course=course,
                attendance=Attendance(
                    Environment(environment),
                    _rut(rut_otec),
                    _rut(run),
                    cod_sence,
                    codigo_curso,
                    linea,
                ),
                minutes=minutes,
                state=State(state),
                since=_moment(since),
                id_sesion_sence=id_sesion_sence,
                opened=None if opened is None else _moment(opened),
                earlier=tuple(str(each) for each in earlier),
                closes=tuple(str(each) for each in closes),
                version=version,
            )
        case _:
            raise ValueError("not the record of a session")


def dump_entry(entry: Entry) -> str:
    """Return *entry* as JSON text of a fixed shape."""
    return _encode(
        [
            entry.at.timestamp(),
            entry.kind.value,
            entry.id_sesion_alumno,
            entry.course,
            entry.run,
            entry.raw,
            entry.flags,
            entry.reason,
            entry.incident,
        ]
    )


def load_entry(text: str) -> Entry:
    """Return the entry of a text made by `dump_entry`.

    Raises:
        ValueError: the text has another shape.
    """
    match _parsed(text):
        case [
            float() | int() as at, str(kind), str(id_sesion_alumno), str(course), str(run),
            list(raw), list(flags), str(reason), str(incident),
        ]:  # fmt: skip
            pairs, words = tuple(map(_pair, raw)), tuple(map(str, flags))
            return Entry(
                _moment(at), Kind(kind), id_sesion_alumno, course, run, pairs, words, reason, incident
            )
        case _:
            raise ValueError("not the record of a ledger entry")


def dump_bypass(bypass: Bypass) -> str:
    """Return *bypass* as JSON text of a fixed shape."""
    since, until = bypass.since.timestamp(), bypass.until.timestamp()
    return _encode([bypass.course, bypass.id, since, until, bypass.reason, bypass.by])


def load_bypass(text: str) -> Bypass:
    """Return the contingency of a text made by `dump_bypass`.

    Raises:
        ValueError: the text has another shape.
    """
    match _parsed(text):
        case [
            str(course), str(key), float() | int() as since, float() | int() as until, str(reason), str(by),
        ]:  # fmt: skip
            return Bypass(course, key, _moment(since), _moment(until), reason, by)
        case _:
            raise ValueError("not the record of a contingency")


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except RecursionError as fault:
        raise ValueError("nested too deeply") from fault


def _pair(value: object) -> tuple[str, str]:
    # Not `match`: a report asks for millions of them.
    if isinstance(value, list) and len(value) == 2:
        name, text = value
        if isinstance(name, str) and isinstance(text, str):
            return name, text
    raise ValueError("not a field and its value")


# Made once: `json.dumps` makes an encoder for each call that wants other separators.
_encode = json.JSONEncoder(separators=(",", ":")).encode
# The same few learners are read again and again, and a check digit costs more than the rest of a record.
_rut = lru_cache(4_096)(Rut.parse)


def _sayable(*texts: str) -> None:
    # JSON can hold half a surrogate pair; neither SQLite nor a page can.
    "".join(texts).encode()


def _moment(timestamp: float) -> datetime:
    if not 0 <= timestamp < NEVER:
        raise ValueError("not a moment")
    return datetime.fromtimestamp(timestamp, UTC)
