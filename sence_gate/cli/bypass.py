"""`sence-gate bypass`: a contingency while SENCE is down; declared, ended and listed."""

from __future__ import annotations

import getpass
import math
import secrets
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from sence_gate.chile import CHILE
from sence_gate.cli.options import FOUND_PROBLEMS, config_option, tells_faults
from sence_gate.config import Config, load_config
from sence_gate.report.table import printable
from sence_gate.stores import open_store
from sence_gate.stores.base import Bypass, Entry, Kind, Store

HOURS_MAX = 72  # a weekend; whoever needs longer says so again
REASON_MAX = 200

course_option = click.option("--course", default="", metavar="ID", help="One course.")
all_option = click.option("--all", "is_all", is_flag=True, help="All courses.")


@click.group("bypass")
def bypass_command() -> None:
    """Let learners pass while SENCE is down: for a time, with a reason, and written down.

    Learners see a page that says so and go in from there; the ledger tells who did. An open
    session stays what it is. Every contingency ends by itself.
    """


@bypass_command.command("start")
@course_option
@all_option
@click.option(
    "--hours",
    type=click.FloatRange(min=0, max=HOURS_MAX, min_open=True),
    required=True,
    help=f"How long at most; {HOURS_MAX} or less.",
)
@click.option("--reason", required=True, help="Why, for the ledger.")
@click.option("--by", default="", metavar="NAME", help="Who declares it; the user of this shell by default.")
@config_option
@tells_faults
def start_command(*, course: str, is_all: bool, hours: float, reason: str, by: str, path: Path) -> None:
    """Declare a contingency; it takes the place of an earlier one of the same course."""
    config = load_config(path)
    _check(config, course, is_all=is_all)
    if not reason.strip() or len(reason) > REASON_MAX:
        raise click.UsageError(f"--reason: say why, in {REASON_MAX} characters or less")
    if math.isnan(hours):
        raise click.UsageError("--hours: write a number")
    now = datetime.now(UTC)
    until = now + timedelta(hours=hours)
    declared = Bypass(course, secrets.token_hex(8), now, until, reason.strip(), by.strip() or _user())
    with closing(_store(config)) as store:
        store.keep_bypass(declared, _entry(declared, "started", now))
    click.echo(f"Declared: {_text(declared, now)}")
    click.echo(f"All workers know of it within {config.store.recheck_seconds:g} seconds.")


@bypass_command.command("stop")
@course_option
@all_option
@config_option
@tells_faults
def stop_command(*, course: str, is_all: bool, path: Path) -> None:
    """End a contingency before its time."""
    config, now = load_config(path), datetime.now(UTC)
    _check(config, course, is_all=is_all)
    what = course or "all courses"
    with closing(_store(config)) as store:
        in_force = {each.course: each for each in store.bypasses() if now < each.until}
        found = in_force.pop(course, None)
        if found:
            ended = replace(found, until=now)
            store.keep_bypass(ended, _entry(ended, "ended", now))
    others = [_text(each, now) for each in in_force.values() if _overlaps(each.course, course)]
    if found:
        then = "" if others else " Whoever went in is asked to register at the next page."
        click.echo(f"Ended: {what}.{then}")
    else:
        click.echo(f"There is no contingency of {what}.", err=True)
    for each in others:
        click.echo(f"Learners still pass: {each}", err=True)
    if others or not found:
        sys.exit(FOUND_PROBLEMS)


@bypass_command.command("list")
@config_option
@tells_faults
def list_command(path: Path) -> None:
    """Show the contingencies, the newest of each course; the ledger has them all."""
    now = datetime.now(UTC)
    with closing(_store(load_config(path))) as store:
        found = store.bypasses()
    if not found:
        click.echo("No contingency was ever declared.")
    for each in found:
        click.echo(_text(each, now))


def _store(config: Config) -> Store:
    return open_store(config.store.url, config.store.spool)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container, where the number of the user has no name
        raise click.UsageError("--by: the user of this shell has no name; say who declares it") from None


def _check(config: Config, course: str, *, is_all: bool) -> None:
    if bool(course) is is_all:
        raise click.UsageError("say which: --course ID, or --all")
    known = [each.id for each in config.courses]
    if course and course not in known:
        raise click.UsageError(f"--course: {course} is not configured; there are: {', '.join(known)}")


def _overlaps(one: str, other: str) -> bool:
    return "" in (one, other) or one == other  # "" is all courses


def _entry(bypass: Bypass, word: str, now: datetime) -> Entry:
    reason = f"{bypass.by}: {bypass.reason} (until {_time(bypass.until)})"
    return Entry(now, Kind.BYPASS, course=bypass.course, flags=(word,), reason=reason)


def _text(bypass: Bypass, now: datetime) -> str:
    state = "in force until" if now < bypass.until else "ended"
    what = f"{bypass.course or 'all courses'}: {state} {_time(bypass.until)}"
    return printable(f"{what}, since {_time(bypass.since)}, by {bypass.by}: {bypass.reason}")


def _time(moment: datetime) -> str:
    return moment.astimezone(CHILE).strftime("%Y-%m-%d %H:%M")
