"""What the commands share: options, how a fault is told, and what becomes of output that nobody takes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import click

from sence_gate.errors import SenceGateError

P = ParamSpec("P")

FOUND_PROBLEMS = 1

config_option = click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="SENCE_GATE_CONFIG",
    default=Path("sence-gate.toml"),
    show_default=True,
    help="The configuration file; also from SENCE_GATE_CONFIG.",
)


def tells_faults(command: Callable[P, None]) -> Callable[P, None]:
    """Show the project's own errors as text, with exit code 1."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except SenceGateError as fault:
            complain(str(fault))
            sys.exit(FOUND_PROBLEMS)

    return wrapped


class Commands(click.Group):
    """Commands that tell what became of files and disks, their own output among them, in words."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run what the command line says; exit code 1 where something was not read or written."""
        take_closed_places()
        try:
            return super().main(*args, **kwargs)
        except OSError as fault:  # of a pipe whose reader has read enough, click tells nothing
            what = fault.filename or "the output"
            complain(f"{what} was not read or written to its end: {fault.strerror or fault}")
            _abandon_output()
            sys.exit(FOUND_PROBLEMS)


def complain(text: str) -> None:
    """Tell *text* on the standard error, if anybody takes it."""
    with suppress(OSError):
        click.echo(text, err=True)


def say(text: str) -> None:
    """Tell *text* of a server, which does not stop because nobody takes it."""
    try:
        click.echo(text)
    except OSError:
        _abandon_output()


def take_closed_places() -> None:
    """Put something in the place of standard streams that were closed (`>&-`).

    The next file or socket that is opened would get that place, and what is meant for the
    stream with it. What is written to the standard output then fails, and is told as any
    other output that could not be written.
    """
    for place, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        with suppress(OSError):
            os.fstat(place)
            continue
        os.open(os.devnull, mode)  # gets the lowest place that is free: this one
    # Python has None there, of which click says nothing and others nothing good.
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - until the end
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - as above


def _abandon_output() -> None:
    """Let nothing more come of what was not written yet.

    Python would try again when it ends, and say so in its own words, with exit code 120.
    Source: the note on SIGPIPE in the documentation of Python's `signal`.
    """
    with (
        suppress(OSError),
        open(os.devnull, "wb") as nowhere,
    ):  # a test may have put something else in its place
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
