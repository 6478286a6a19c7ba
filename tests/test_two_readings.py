"""The gate's tables of the manual against the simulator's, which were read separately.

Whatever is not equal is listed here with its reason. A difference that is not in
the list is a misreading on one side.
"""

from __future__ import annotations

import pytest

from sence_gate.protocol import fields as ours
from sence_gate.protocol.fields import Message, fields_of
from sence_gate.protocol.glosa import Edition
from sence_gate.protocol.glosas import GLOSAS
from sence_gate.protocol.messages import Environment, close_url, start_url
from sence_gate.simulator import tables as theirs
from sence_gate.simulator.tables import MANUALS, Action

SEED, CURRENT = MANUALS[theirs.Edition.CLAVE_SENCE], MANUALS[theirs.Edition.CLAVE_UNICA]

MESSAGES = {
    Message.START: theirs.FORMS[Action.START],
    Message.CLOSE: theirs.FORMS[Action.CLOSE],
    Message.START_OK: theirs.ANSWERS[Action.START, True],
    Message.START_ERROR: theirs.ANSWERS[Action.START, False],
    Message.CLOSE_OK: theirs.ANSWERS[Action.CLOSE, True],
    Message.CLOSE_ERROR: theirs.ANSWERS[Action.CLOSE, False],
}

# Lines are named by the current edition here, and by each of the two there.
LINES_OF_THE_SEED = {"1": "Sistema Integrado de Capacitación", "3": "Impulsa Personas"}


@pytest.mark.parametrize("message", Message)
def test_each_message_has_the_same_parameters(message: Message) -> None:
    """Names and number agree for the two forms and the four answers."""
    assert {row.wire for row in fields_of(message)} == set(MESSAGES[message])


def test_no_parameter_has_another_length() -> None:
    """Where the manual gives a length, both read the same one."""
    assert {row.wire: row.max_length for row in ours.FIELDS if row.max_length} == dict(theirs.LENGTHS)


def test_the_limits_of_the_codes_agree() -> None:
    """The shortest CodigoCurso, the two lines that differ and the code that switches checks off are one."""
    assert (
        ours.CODIGO_CURSO_MIN,
        str(ours.LINEA_WITHOUT_COD_SENCE),
        str(ours.LINEA_WITH_SHORT_CODIGO_CURSO),
        ours.ANY_CODE,
    ) == (theirs.SHORTEST_CODIGO_CURSO, theirs.SOCIAL_PROGRAMMES, theirs.FPT, theirs.WILDCARD)


def test_the_lines_agree_but_for_the_older_edition_s_names() -> None:
    """The current edition's three lines are ours; the older edition named two of them otherwise."""
    assert {str(number): name for number, name in ours.LINEAS.items()} == dict(CURRENT.lines)
    assert dict(SEED.lines) == LINES_OF_THE_SEED


@pytest.mark.parametrize("environment", Environment)
def test_the_addresses_agree(environment: Environment) -> None:
    """A start and a close go where the simulator expects them, in each environment."""
    system = theirs.Environment.TEST if environment is Environment.TEST else theirs.Environment.PRODUCTION
    assert (start_url("https://s", environment), close_url("https://s", environment)) == (
        f"https://s/{system}/Registro/{Action.START}",
        f"https://s/{system}/Registro/{Action.CLOSE}",
    )


def test_both_know_the_same_error_codes() -> None:
    """Our table is the union of the editions that the simulator has apart."""
    assert set(GLOSAS) == set(SEED.errors) | set(CURRENT.errors)


@pytest.mark.parametrize("code", sorted(GLOSAS))
def test_each_code_stands_in_the_same_editions(code: int) -> None:
    """What we say of an edition is what the simulator's table of it holds, for the oldest and the newest."""
    row = GLOSAS[code]
    assert (row.since is Edition.SEED, row.until is Edition.V1_1_6) == (
        code in SEED.errors,
        code in CURRENT.errors,
    )


@pytest.mark.parametrize("code", sorted(GLOSAS))
def test_the_official_wording_agrees(code: int) -> None:
    """Two people copied SENCE's sentence and wrote the same, but for the manual's own full stops."""
    copied = CURRENT.errors.get(code) or SEED.errors[code]
    assert _plain(GLOSAS[code].official) == _plain(copied)


def _plain(text: str) -> str:
    """Leave out what the manual itself writes in two ways: blanks and full stops."""
    return " ".join(text.replace(".", " ").split())
