"""The operator's command line: `sence-gate COMMAND`.

Exit codes: 0 fine, 1 problems were found, 2 wrong usage. Every command reads the
same configuration file and says in plain words what is the matter. The commands
stand in `demo` (try it), `settings` (set it up), `serve` (run it), `report` and
`records` (what was kept), `bypass` (while SENCE is down).
"""

from __future__ import annotations

import click

from sence_gate import __version__
from sence_gate.cli.bypass import bypass_command
from sence_gate.cli.demo import demo_command, simulator_command
from sence_gate.cli.options import Commands
from sence_gate.cli.records import ledger_command, purge_command
from sence_gate.cli.report import report_command
from sence_gate.cli.serve import serve_command
from sence_gate.cli.settings import check_command, explain_command, init_command, tag_command

__all__ = ["main"]


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sence-gate")
def main() -> None:
    """Register e-learning attendance with SENCE, in front of any learning platform."""


for _command in (
    demo_command,
    simulator_command,
    init_command,
    check_command,
    explain_command,
    tag_command,
    serve_command,
    report_command,
    ledger_command,
    purge_command,
    bypass_command,
):
    main.add_command(_command)
