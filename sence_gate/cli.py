"""The operator's command line: `sence-gate COMMAND`.

Exit codes: 0 fine, 1 problems were found, 2 wrong usage. Every command reads the
same configuration file and says in plain words what is the matter.
"""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec
from urllib.parse import urlsplit

import click

from sence_gate import __version__
from sence_gate.check import Level, check
from sence_gate.config import Config, load_config
from sence_gate.courses import CourseRules
from sence_gate.demo import drive, servers
from sence_gate.errors import ConfigurationError, SenceGateError, UnreadablePath
from sence_gate.paths import Target
from sence_gate.sample import sample_toml
from sence_gate.simulator.tables import Edition

P = ParamSpec("P")

FOUND_PROBLEMS = 1
SIGNS = {Level.OK: "  ok     ", Level.WARNING: "  warning", Level.ERROR: "  ERROR  "}

config_option = click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="SENCE_GATE_CONFIG",
    default=Path("sence-gate.toml"),
    show_default=True,
    help="The configuration file; also from SENCE_GATE_CONFIG.",
)
edition_option = click.option(
    "--edition",
    type=click.Choice([str(edition) for edition in Edition]),
    default=str(Edition.CLAVE_SENCE),
    show_default=True,
    help="The edition of SENCE's manual that the simulator follows.",
)


def tells_faults(command: Callable[P, None]) -> Callable[P, None]:
    """Show the project's own errors as text, with exit code 1."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except SenceGateError as fault:
            click.echo(str(fault), err=True)
            sys.exit(FOUND_PROBLEMS)

    return wrapped


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sence-gate")
def main() -> None:
    """Register e-learning attendance with SENCE, in front of any learning platform."""


@main.command("demo")
@click.option("--drive", "is_driven", is_flag=True, help="Walk the whole trip, print each hop, and end.")
@click.option("--port", type=int, default=8000, show_default=True, help="Of the campus, on localhost.")
@click.option("--simulator-port", type=int, default=8001, show_default=True, help="On 127.0.0.1.")
@edition_option
@tells_faults
def demo_command(is_driven: bool, port: int, simulator_port: int, edition: str) -> None:
    """Run a campus, the gate and a SENCE simulator on this machine."""
    if is_driven:
        with servers.running(0, 0, edition) as demo:
            sys.exit(drive.walk(demo, edition, click.echo))
    with servers.running(port, simulator_port, edition) as demo:
        click.echo(drive.invitation(demo, edition))
        if os.environ.get("DISPLAY") or sys.platform == "darwin":
            webbrowser.open(demo.campus)
        drive.wait_for_interrupt()


@main.command("simulator")
@click.option("--port", type=int, default=8001, show_default=True, help="On 127.0.0.1.")
@edition_option
@tells_faults
def simulator_command(port: int, edition: str) -> None:
    """Run a SENCE to develop against, on loopback only."""
    with servers.simulator(port, edition) as url:
        click.echo(f'Simulador de SENCE en {url} (edición {edition}). En sence-gate.toml: base_url = "{url}"')
        click.echo("Ctrl-C para terminar.")
        drive.wait_for_interrupt()


@main.command("init")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), default=Path("sence-gate.toml"))
@click.option("--public-url", default="https://campus.otec.cl", show_default=True)
@tells_faults
def init_command(path: Path, public_url: str) -> None:
    """Write a commented configuration file with fresh keys; never over one that is there."""
    try:
        # Readable by its owner alone from the first byte: it holds keys and a token.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigurationError((f"{path} is there already: move it away, or name another file",)) from None
    except OSError as fault:
        raise ConfigurationError((f"{path} cannot be written: {fault.strerror}",)) from None
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(sample_toml(public_url))
    click.echo(
        f"{path} was written. Fill in [otec] and [[courses]], then run: sence-gate check --config {path}"
    )


@main.command("check")
@config_option
@tells_faults
def check_command(path: Path) -> None:
    """Tell every fault of the configuration, and try the store."""
    findings = check(load_config(path), path)
    for finding in findings:
        click.echo(f"{SIGNS[finding.level]}  {finding.path}: {finding.text}")
    if any(finding.level is Level.ERROR for finding in findings):
        sys.exit(FOUND_PROBLEMS)


@main.command("explain")
@click.argument("url")
@config_option
@tells_faults
def explain_command(url: str, path: Path) -> None:
    """Tell which course guards URL, by which rule, and every form that was looked at."""
    config = load_config(path)
    try:
        explanation = CourseRules(config.courses, config.mount).explain(Target.from_url(_local(url, config)))
    except UnreadablePath as fault:
        click.echo(f"refused with 400: {fault}")
        return
    click.echo(explanation.rule)
    for form in explanation.forms:
        click.echo(f"  {form}")


def _local(url: str, config: Config) -> str:
    parts = urlsplit(url)
    if parts.netloc and f"{parts.scheme}://{parts.netloc}" != config.origin:
        raise ConfigurationError((f"{url} is not below public_url ({config.public_url})",))
    return url
