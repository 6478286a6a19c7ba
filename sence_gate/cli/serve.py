"""Run it: the gate in front of the platform that the configuration names."""

from __future__ import annotations

from pathlib import Path

import click

from sence_gate import serving
from sence_gate.cli.options import config_option, say, tells_faults
from sence_gate.config import load_config


@click.command("serve")
@config_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes.")
@click.option(
    "--threads",
    type=click.IntRange(1, 1024),
    default=32,
    show_default=True,
    help="In each: requests at a time.",
)
@tells_faults
def serve_command(path: Path, host: str, port: int, workers: int, threads: int) -> None:
    """Run the gate in front of platform.wsgi or platform.upstream; alone, for a server that asks."""
    config = load_config(path)
    service = serving.Service(host, port, workers, threads)
    serving.serve(config, service, say)
