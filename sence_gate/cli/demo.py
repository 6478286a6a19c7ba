"""Try it: the demonstration and the simulator, on this machine alone."""

from __future__ import annotations

import os
import sys
import webbrowser

import click

from sence_gate.cli.options import say, tells_faults
from sence_gate.demo import drive, servers
from sence_gate.simulator.tables import Edition

edition_option = click.option(
    "--edition",
    type=click.Choice([str(edition) for edition in Edition]),
    default=str(Edition.CLAVE_SENCE),
    show_default=True,
    help="The edition of SENCE's manual that the simulator follows.",
)


@click.command("demo")
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
        say(drive.invitation(demo, edition))
        if os.environ.get("DISPLAY") or sys.platform == "darwin":
            webbrowser.open(demo.campus)
        drive.wait_for_interrupt()


@click.command("simulator")
@click.option("--port", type=int, default=8001, show_default=True, help="On 127.0.0.1.")
@edition_option
@tells_faults
def simulator_command(port: int, edition: str) -> None:
    """Run a SENCE to develop against, on loopback only."""
    with servers.simulator(port, edition) as url:
        say(f'Simulador de SENCE en {url} (edición {edition}). En sence-gate.toml: base_url = "{url}"')
        say("Ctrl-C para terminar.")
        drive.wait_for_interrupt()
