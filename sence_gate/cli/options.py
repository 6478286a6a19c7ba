"""What the commands share: options, and how a fault is told."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from errno import EPIPE
from functools import wraps
from pathlib import Path
from typing import ParamSpec

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
    """Show the project's own errors, and those of files and disks, as text, with exit code 1."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except SenceGateError as fault:
            click.echo(str(fault), err=True)
            sys.exit(FOUND_PROBLEMS)
        except OSError as fault:
            if fault.errno == EPIPE:  # whoever reads has read enough, which click knows
                raise
            what = fault.filename or "the output"
            click.echo(f"{what} was not read or written to its end: {fault.strerror or fault}", err=True)
            _abandon_output()
            sys.exit(FOUND_PROBLEMS)

    return wrapped


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
