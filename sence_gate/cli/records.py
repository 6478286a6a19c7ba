"""What was kept: the ledger line by line, and the session records that may be forgotten.

RUNs are shown in full, and times are Chile's. Only `purge` changes anything.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path

import click

from sence_gate.cli.filters import filters, period
from sence_gate.cli.options import FOUND_PROBLEMS, config_option, tells_faults
from sence_gate.config import load_config
from sence_gate.report import Period
from sence_gate.report.following import follow
from sence_gate.report.listing import Wanted, entry_json, entry_lines
from sence_gate.stores import open_store
from sence_gate.stores.base import Entry, Kind, Store

DAYS_KEPT = 400
LEAST_DAYS = 30  # a forgotten session could be reopened by an old callback page that is reloaded
POLL_SECONDS = 1.0
KINDS = [kind.value for kind in Kind if kind is not Kind.UNMATCHED]  # those stand in the ledger
REST = 5  # times as long as a look took: a long ledger is not read all the time


@click.command("ledger")
@filters
@click.option("--kind", "kinds", type=click.Choice(KINDS), multiple=True, help="These alone; repeatable.")
@click.option("--incident", default="", metavar="ID", help="What has this incident id, also nobody's.")
@click.option("--unmatched", "is_unmatched", is_flag=True, help="Callbacks that were nobody's, and how many.")
@click.option("--follow", "is_followed", is_flag=True, help="Show new entries until Ctrl-C.")
@click.option("--raw", "is_raw", is_flag=True, help="Show the fields as they travelled.")
@click.option(
    "--format",
    "layout",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="For a terminal, or one JSON object per line.",
)
@config_option
@tells_faults
def ledger_command(
    *,
    since: date | None,
    until: date | None,
    course: str,
    run: str,
    kinds: tuple[str, ...],
    incident: str,
    is_unmatched: bool,
    is_followed: bool,
    is_raw: bool,
    layout: str,
    path: Path,
) -> None:
    """List what was sent to SENCE and what came back, line by line.

    RUNs are shown in full. --follow without --since begins with what comes next.
    """
    wanted = Wanted(course, run, incident, frozenset(Kind(kind) for kind in kinds))
    days, kept = period(since, until), load_config(path).store
    with closing(open_store(kept.url, kept.spool, must_exist=True)) as store:
        entries = _entries(store, days, run, is_unmatched=is_unmatched, is_incident=bool(incident))
        if is_followed and not is_unmatched:
            entries = _followed(store, days)
        shown = _show(filter(wanted.holds, entries), layout, is_raw=is_raw)
    if incident and not shown:
        told = (
            f"No entry has the incident id {incident}: look for it in the server's log, where every page is."
        )
        click.echo(told, err=True)
        sys.exit(FOUND_PROBLEMS)


@click.command("purge")
@click.option(
    "--older-than",
    "days",
    type=click.IntRange(min=LEAST_DAYS, max=36_500),
    default=DAYS_KEPT,
    show_default=True,
    metavar="DAYS",
    help=f"How long a session must be over; at least {LEAST_DAYS}.",
)
@click.option("--dry-run", "is_dry", is_flag=True, help="Only count.")
@config_option
@tells_faults
def purge_command(days: int, is_dry: bool, path: Path) -> None:
    """Forget the records of sessions that are long over.

    The ledger, which proves attendance, is never shortened. A session that nobody closed
    is over when its time is. What goes is what SENCE's late answers would be matched with.
    """
    before = datetime.now(UTC) - timedelta(days=days)
    with closing(open_store(load_config(path).store.url, must_exist=True)) as store:
        count = store.forget(before, pretend=is_dry)
    done = "would be forgotten" if is_dry else "were forgotten"
    click.echo(f"{count} sessions, over for more than {days} days, {done}. The ledger keeps every entry.")


def _entries(
    store: Store, days: Period, run: str, *, is_unmatched: bool, is_incident: bool
) -> Iterator[Entry]:
    recorded: Iterator[Entry] = iter(()) if is_unmatched else store.ledger(*days.bounds, run=run)
    if not (is_unmatched or is_incident):
        return recorded
    count, kept = store.unmatched()
    if is_unmatched:
        click.echo(f"Callbacks that were nobody's: {count}. The newest {len(kept)} are kept.", err=True)
    return chain(recorded, (entry for entry in kept if days.holds(entry.at)))


def _followed(store: Store, days: Period) -> Iterator[Entry]:
    (since, until), now = days.bounds, datetime.now(UTC)
    # A shell that starts it in the background has Ctrl-C ignored for it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return follow(lambda first: store.ledger(first, until), since or now, now, _Pause())


class _Pause:
    """Sleep between two looks, longer where a look takes long."""

    def __init__(self) -> None:
        self._woken = time.monotonic()

    def __call__(self) -> None:
        looked = time.monotonic() - self._woken
        time.sleep(max(POLL_SECONDS, REST * looked))
        self._woken = time.monotonic()


def _show(entries: Iterable[Entry], layout: str, *, is_raw: bool) -> int:
    """Print *entries* as they come; return how many. Ctrl-C is an end like any other."""
    shown = 0
    lines: Callable[[Entry], Iterable[str]] = (
        (lambda entry: (entry_json(entry, is_raw=is_raw),))
        if layout == "json"
        else (lambda entry: entry_lines(entry, is_raw=is_raw))
    )
    with suppress(KeyboardInterrupt):
        for entry in entries:
            shown += 1
            click.echo("\n".join(lines(entry)).encode("utf-8", "backslashreplace"))
    return shown
