"""The clock on SENCE's wall: Chile's time, as FechaHora and ZonaHoraria show it.

A host without a time zone database (slim containers, Windows without tzdata)
gets Chile's standard offset, UTC-4, the whole year: for a simulator a summer
hour that is wrong by one is better than a program that does not start, and
ZonaHoraria always names the offset that FechaHora was made with.
The manual gives the format of FechaHora and no text for ZonaHoraria.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_STANDARD_TIME = timezone(timedelta(hours=-4))


def chile_zone(name: str = "America/Santiago") -> tzinfo:
    """Return the zone *name*, or a fixed UTC-4 where the host does not know it."""
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return _STANDARD_TIME


_ZONE = chile_zone()


def chile_time(seconds: float) -> datetime:
    """Return Chile's date and time at *seconds* since the epoch."""
    return datetime.fromtimestamp(seconds, _ZONE)


def fecha_hora(moment: datetime) -> str:
    """Return *moment* as `aaaa-mm-dd hh:mm:ss` (section 3.2)."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def zona_horaria(moment: datetime) -> str:
    """Return the text for ZonaHoraria, in the style of a Windows server: `(UTC-04:00) Santiago`."""
    offset = moment.strftime("%z")
    return f"(UTC{offset[:3]}:{offset[3:5]}) Santiago"
