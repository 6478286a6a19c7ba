"""Sessions and ledger lines of any content, for tests where every field must survive."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st
from stdnum.cl.rut import calc_check_digit

from sence_gate.protocol.messages import Attendance, Environment
from sence_gate.protocol.rut import Rut
from sence_gate.protocol.session import Session, State
from sence_gate.stores.base import Bypass, Entry, Kind

_TEXT = st.text(max_size=20)
_TEXTS = st.lists(_TEXT, max_size=3).map(tuple)
# Beyond 2200 a float no longer holds microseconds; SENCE's clock and ours are far from it.
_MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone
_RUTS = st.integers(1, 99_999_999).map(lambda number: Rut(f"{number}-{calc_check_digit(str(number))}"))

SESSIONS = st.builds(
    Session,
    id_sesion_alumno=_TEXT,
    course=_TEXT,
    attendance=st.builds(
        Attendance, st.sampled_from(Environment), _RUTS, _RUTS, _TEXT, _TEXT, st.integers(0, 9)
    ),
    minutes=st.integers(0, 1440),
    state=st.sampled_from(State),
    since=_MOMENTS,
    id_sesion_sence=st.none() | _TEXT,
    opened=st.none() | _MOMENTS,
    earlier=_TEXTS,
    closes=_TEXTS,
    version=st.integers(1, 10**6),
)
ENTRIES = st.builds(
    Entry,
    at=_MOMENTS,
    kind=st.sampled_from(Kind),
    id_sesion_alumno=_TEXT,
    course=_TEXT,
    run=_TEXT,
    raw=st.lists(st.tuples(_TEXT, _TEXT), max_size=3).map(tuple),
    flags=_TEXTS,
    reason=_TEXT,
    incident=_TEXT,
)
BYPASSES = st.builds(Bypass, course=_TEXT, id=_TEXT, since=_MOMENTS, until=_MOMENTS, reason=_TEXT, by=_TEXT)
