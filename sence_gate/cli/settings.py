"""Set it up: a first configuration file, its faults, which course guards what, the bar's tag."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click

from sence_gate.assembly import look_for
from sence_gate.check import Finding, Level, check
from sence_gate.cli.options import FOUND_PROBLEMS, config_option, tells_faults
from sence_gate.config import Config, load_config
from sence_gate.courses import CourseRules
from sence_gate.errors import ConfigurationError, UnreadablePath
from sence_gate.nginx import check_nginx
from sence_gate.paths import Target
from sence_gate.report.table import printable
from sence_gate.sample import sample_toml

SIGNS = {Level.OK: "  ok     ", Level.WARNING: "  warning", Level.ERROR: "  ERROR  "}


@click.command("init")
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


@click.command("check")
@config_option
@click.option(
    "--proxy",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="An nginx configuration before the gate: tell what would open or shut it.",
)
@tells_faults
def check_command(path: Path, proxy: Path | None) -> None:
    """Tell every fault of the configuration, and try the store."""
    config = load_config(path)
    findings = (*check(config, path), *_platform(config))
    if proxy:
        well = (
            "asks the gate as it should" if config.forward_auth.dialect else "leads nowhere around the gate"
        )
        findings += check_nginx(config, proxy) or (Finding(Level.OK, str(proxy), well),)
    for finding in findings:
        click.echo(f"{SIGNS[finding.level]}  {finding.path}: {finding.text}")
    if any(finding.level is Level.ERROR for finding in findings):
        sys.exit(FOUND_PROBLEMS)


def _platform(config: Config) -> Iterator[Finding]:
    """Tell of an application that is not found; only a warning, for a server may look elsewhere."""
    if not config.platform.wsgi:
        return
    sys.path.insert(0, os.getcwd())  # as `serve` does
    try:
        look_for(config.platform.wsgi)
    except ConfigurationError as fault:
        place, _, text = fault.faults[0].partition(": ")
        yield Finding(Level.WARNING, place, text)


@click.command("explain")
@click.argument("url")
@config_option
@tells_faults
def explain_command(url: str, path: Path) -> None:
    """Tell which course guards URL, by which rule, and every form that was looked at."""
    config = load_config(path)
    try:
        explanation = CourseRules(config.courses, config.mount, config.shared).explain(
            Target.from_url(_local(url, config))
        )
    except UnreadablePath as fault:
        click.echo(f"refused with 400: {fault}")
        return
    click.echo(printable(explanation.reason))
    for form in explanation.forms:
        click.echo(f"  {printable(form)}")


@click.command("tag")
@config_option
@tells_faults
def tag_command(path: Path) -> None:
    """Print the script tag of the bar, for the theme of a platform behind forward auth."""
    config = load_config(path)
    # Without a version, which a new release would make wrong.
    click.echo(f'<script src="{config.mount}{config.prefix}/banner.js" defer></script>')


def _local(url: str, config: Config) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:  # a bracket without its pair
        raise ConfigurationError((f"{url} is no address — write it as browsers show it",)) from None
    if parts.netloc and f"{parts.scheme}://{parts.netloc}" != config.origin:
        raise ConfigurationError((f"{url} is not below public_url ({config.public_url})",))
    return url
