"""The attendance report: from the ledger to a terminal, a spreadsheet or a program.

Only reads. What the ledger does not say is brought here: the time, the length of
sessions from the configuration, and the environment, which an attempt's own id proves.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from functools import partial
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from stat import S_ISREG
from typing import TextIO, TypeVar

import click

from sence_gate.cli.filters import filters, period
from sence_gate.cli.options import config_option, tells_faults
from sence_gate.config import Config, load_config
from sence_gate.cookies import AttemptIds
from sence_gate.courses import USUAL_MINUTES
from sence_gate.errors import ConfigurationError
from sence_gate.gate.judgement import rebuild
from sence_gate.protocol.fields import Message
from sence_gate.protocol.messages import Callback, Environment
from sence_gate.report import Background, By, attendance, totals_of
from sence_gate.report.columns import ATTENDANCE, BY_COURSE, BY_DAY, Column, masked
from sence_gate.report.files import write_csv, write_json
from sence_gate.report.listing import Wanted
from sence_gate.report.reading import entries_of
from sence_gate.report.table import attendance_table, totals_table
from sence_gate.stores import open_store
from sence_gate.stores.base import Store

HARMLESS = "backslashreplace"

T = TypeVar("T")


@click.command("report")
@filters
@click.option(
    "--by",
    type=click.Choice([each.value for each in By]),
    default=By.LEARNER.value,
    show_default=True,
    help="Each session and refusal, or counts.",
)
@click.option(
    "--format",
    "layout",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="For a terminal, for a spreadsheet, or one JSON object per line.",
)
@click.option(
    "--separator", type=click.Choice([";", ","]), default=";", show_default=True, help="Of a CSV file."
)
@click.option("--mask", "is_masked", is_flag=True, help="Hide the RUNs.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file, which only its owner may read.",
)
@config_option
@tells_faults
def report_command(
    *,
    since: date | None,
    until: date | None,
    course: str,
    run: str,
    by: str,
    layout: str,
    separator: str,
    is_masked: bool,
    output: Path | None,
    path: Path,
) -> None:
    """Tell who attended: each session, with its close or "sin cierre", and all that was refused.

    RUNs are shown in full: this is the training body's own record of attendance.
    Times are Chile's. The day of --until is outside, so that months add up.
    """
    config, days = load_config(path), period(since, until)
    with closing(open_store(config.store.url, config.store.spool, must_exist=True)) as store:
        entries = entries_of(days, partial(store.ledger, run=run), Wanted(course, run).holds)
        rows = attendance(entries, _background(config, store), days)
        # Before anything is written: a store that cannot answer leaves an older file as it is.
        first = next(rows, None)
        if first is None:
            click.echo(_nothing(config, course), err=True)
        every = chain(() if first is None else (first,), rows)
        with _target(output, "utf-8-sig" if layout == "csv" else "utf-8") as file:
            write = partial(_write, file, layout=layout, separator=separator)
            if by == By.LEARNER:
                shown = map(masked, every) if is_masked else every
                write(ATTENDANCE, shown, attendance_table(shown))
            else:
                totals, columns = totals_of(every, By(by)), BY_DAY if by == By.DAY else BY_COURSE
                write(columns, totals, totals_table(totals, By(by)))


def _nothing(config: Config, course: str) -> str:
    known = [each.id for each in config.courses]
    # An older course may have entries; without any, it is most likely a slip.
    hint = (
        f" {course} is not configured; there are: {', '.join(known)}."
        if course and course not in known
        else ""
    )
    return f"Nothing was recorded that these filters let through.{hint}"


def _background(config: Config, store: Store) -> Background:
    ids = AttemptIds(config.secret_keys)
    otecs = tuple(otec.rut for otec in config.otecs)
    minutes = {course.id: course.minutes for course in config.courses}

    def environment_of(id_sesion_alumno: str, told: Callback | None) -> Environment | None:
        # The id's own mac covers the environment; a stored session tells it when keys or OTECs are gone.
        proven = told and rebuild(Message.START_OK, told, ids, otecs, USUAL_MINUTES)
        session = proven or store.get(id_sesion_alumno)
        return session.attendance.environment if session else None

    return Background(datetime.now(UTC), lambda course: minutes.get(course, USUAL_MINUTES), environment_of)


def _write(
    file: TextIO,
    columns: Sequence[Column[T]],
    rows: Iterable[T],
    table: Iterable[str],
    *,
    layout: str,
    separator: str,
) -> None:
    match layout:
        case "csv":
            write_csv(file, columns, rows, separator)
        case "json":
            write_json(file, columns, rows)
        case _:  # its lines are made of the rows while they are written
            file.writelines(f"{line}\n" for line in table)


@contextmanager
def _target(output: Path | None, encoding: str) -> Iterator[TextIO]:
    # Line ends are the format's own; half a surrogate pair, which JSON can hold, is no reason to fail.
    if output:
        with open(_private(output), "w", encoding=encoding, errors=HARMLESS, newline="") as file:
            yield file
    else:
        terminal = TextIOWrapper(sys.stdout.buffer, encoding, HARMLESS, newline="")
        try:
            yield terminal
        finally:
            terminal.detach().flush()  # a full disk shows now, and not when nobody can tell it any more


def _private(output: Path) -> int:
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as fault:
        raise ConfigurationError((f"{output} cannot be written: {fault.strerror}",)) from None
    if S_ISREG(os.fstat(descriptor).st_mode):
        os.fchmod(descriptor, 0o600)  # it may have been there before, readable by all
    return descriptor
