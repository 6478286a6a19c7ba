"""Which entries a command is about: days in Chile, a course, a learner.

What cannot be understood is wrong usage, and says what was expected.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import click

from sence_gate.errors import InvalidRut
from sence_gate.protocol.rut import Rut
from sence_gate.report import Period

# A report reads some days around what was asked for, which the calendar must have.
FIRST_YEAR, LAST_YEAR = 2000, 2999

Command = Callable[..., None]


def _day(_ctx: click.Context, _param: click.Parameter, text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        raise click.BadParameter(f"{text} is not a date like 2024-05-06") from None
    if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise click.BadParameter(f"{text} is out of range: leave the option out where there is no limit")
    return day


def _run(_ctx: click.Context, _param: click.Parameter, text: str) -> str:
    try:
        return Rut.parse(text).canonical if text else ""
    except InvalidRut:
        raise click.BadParameter("no RUN, or its last character does not fit the others") from None


def filters(command: Command) -> Command:
    """Give *command* the options `since`, `until`, `course` and `run`."""
    options = (
        click.option("--since", metavar="YYYY-MM-DD", callback=_day, help="From this day on, in Chile."),
        click.option(
            "--until", metavar="YYYY-MM-DD", callback=_day, help="Up to this day, which is outside."
        ),
        click.option("--course", default="", metavar="ID", help="This course alone."),
        click.option(
            "--run", default="", metavar="RUN", callback=_run, help="This learner alone, in any spelling."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def period(since: date | None, until: date | None) -> Period:
    """Return the days asked for.

    Raises:
        click.UsageError: there are none.
    """
    if since and until and until <= since:
        raise click.UsageError("--until must be after --since: its own day is outside")
    return Period(since, until)
