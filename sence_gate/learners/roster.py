"""The RUNs of the platform's user names: a CSV `user,run`.

Names are compared exactly, as the platform writes them: where it tells Ana from ana,
another account must not become hers. Whoever is not in the roster has no RUN here,
also when the name looks like one: on many platforms learners choose their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sence_gate.errors import InvalidRut, UntrustworthyIdentity
from sence_gate.protocol.many import run_number, rut_of
from sence_gate.protocol.rut import Rut
from sence_gate.sheets import Column, Faults, read_rows

COLUMNS = (
    Column("user", ("usuario", "username", "user_name", "login", "nombre_de_usuario"), is_required=True),
    Column("run", ("rut", "run_alumno", "rut_alumno"), is_required=True),
)

Roster = Mapping[str, int]  # user name to the number of the RUN


def run_in(roster: Roster, name: object) -> Rut:
    """Return the RUN of the user *name*.

    Raises:
        UntrustworthyIdentity: the roster does not have it.
    """
    number = roster.get(str(name))
    if number is None:
        raise UntrustworthyIdentity("the platform names a user who is not in the roster")
    return rut_of(number)


def read_roster(path: Path) -> Roster:
    """Return what the file *path* says.

    Raises:
        ConfigurationError: with every line that cannot be used.
        Changing: it was written meanwhile.
    """
    faults = Faults(path)
    roster: dict[str, int] = {}
    lines: dict[str, int] = {}
    for line, (user, run) in read_rows(path, COLUMNS, faults):
        try:
            number = run_number(run)
        except InvalidRut as fault:
            faults.add(line, f"run {fault}" if run else "run is missing")
            continue
        if not user:
            faults.add(line, "user is missing")
        elif roster.setdefault(user, number) != number:
            faults.add(
                line, f"is the user of line {lines[user]} again, with another RUN — keep one of the two"
            )
        lines.setdefault(user, line)
    faults.check()
    return roster
