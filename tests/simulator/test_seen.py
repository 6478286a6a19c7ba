"""What is written down, and what is not."""

from __future__ import annotations

from sence_gate.simulator.chile import chile_time
from sence_gate.simulator.posts import Post
from sence_gate.simulator.seen import MOST_ENTRIES, Entry, Notebook
from sence_gate.simulator.tables import Action, Environment
from tests.simulator.visitor import start_fields

MOMENT = chile_time(1_783_008_000.0)


def noted(**fields: str) -> Entry:
    """Return the entry for a start with *fields*."""
    notebook = Notebook()
    notebook.note(Post(Environment.TEST, Action.START, fields), "200", MOMENT)
    (entry,) = notebook
    return entry


def test_the_notebook_is_bounded() -> None:
    """The oldest entry is dropped."""
    notebook = Notebook()
    for number in range(MOST_ENTRIES + 1):
        notebook.note(Post(Environment.TEST, Action.START, {}), str(number), MOMENT)

    assert [entry.result for entry in notebook][:: MOST_ENTRIES - 1] == [str(MOST_ENTRIES), "1"]


def test_token_and_run_are_masked() -> None:
    """The beginning of a token and the end of a RUN tell enough."""
    entry = noted(**start_fields())

    assert (entry.token, entry.run_alumno) == ("5E0C…", "•••••678-5")


def test_a_short_token_is_hidden_whole() -> None:
    """Four letters of a short secret would be most of it."""
    assert (noted(Token="secreto").token, noted(Token="").token) == ("…", "")


def test_misspelt_parameters_are_named() -> None:
    """The reader sees why it was error 200."""
    assert noted(RutAlumno="12345678-5").parameters == ("RutAlumno",)


def test_long_values_are_cut() -> None:
    """An entry stays small; one character too many is still seen as such."""
    entry = noted(IdSesionAlumno="a" * 5000, **{"n" * 5000: "x"})

    assert len(entry.id_sesion_alumno) == 150
    assert max(map(len, entry.parameters)) == 40
