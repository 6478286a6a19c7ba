"""Learners of one course with codes of their own, through SENCE and back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sence_gate.protocol.session import State
from sence_gate.simulator import sample
from sence_gate.stores.base import Kind
from tests.journey.trip import LESSON, is_at, learner, visible
from tests.journey.world import RUNS, MakeWorld, Settings, World, named_by_the_campus

CODES = {
    "maria": f"{sample.CODIGO_CURSO},{sample.COD_SENCE},3",
    "pedro": f"{sample.FPT_CODIGO_CURSO},{sample.FPT_COD_SENCE},6",
    "carla": f"{sample.SOCIAL_CODIGO_CURSO},,1",
}
HEAD = "course,run,codigo_curso,cod_sence,linea_capacitacion,exempt,from,until\n"
CLAVE_UNICA = "clave-unica"


def listed(folder: Path, rows: str, unlisted: str = "deny") -> Settings:
    """Write the list of the course "excel", and return the settings that read it."""
    path = folder / "alumnos.csv"
    other = folder / "alumnos.new"
    other.write_text(HEAD + rows)
    os.replace(other, path)
    return {"enrolments": str(path), "unlisted": unlisted}


def everybody() -> str:
    """Return a row for each learner."""
    return "".join(f"excel,{RUNS[user]},{codes}\n" for user, codes in CODES.items())


@pytest.fixture(name="enrolled", params=[pytest.param(True, id="named"), pytest.param(False, id="typed")])
def enrolled_world(request: pytest.FixtureRequest, make_world: MakeWorld, tmp_path: Path) -> World:
    """Return a world whose course has a list, with RUNs from the campus and typed ones."""
    around = {"around": named_by_the_campus, "learner": {"source": "environ"}} if request.param else {}
    return make_world(CLAVE_UNICA, excel=listed(tmp_path, everybody()), **around)


@pytest.mark.parametrize("user", CODES)
def test_each_line_of_the_list_is_taken_by_sence(enrolled: World, user: str) -> None:
    """Lines 3, 6 and 1 in one course: SENCE, which knows the codes, opens and closes each."""
    who = learner(enrolled, user)
    assert is_at(who.start(), LESSON)
    assert "Sesión cerrada" in who.close().title
    session = enrolled.session()
    assert session.state is State.CLOSED
    assert str(session.attendance.linea_capacitacion) == CODES[user][-1]


def test_a_close_sends_what_the_start_sent(enrolled: World, tmp_path: Path) -> None:
    """The list has other codes by then, and after a restart they are in use."""
    who = learner(enrolled, "pedro")
    who.start()
    changed = listed(tmp_path, f"excel,{RUNS['pedro']},{CODES['carla']}\n")
    source = enrolled.gates[0].config.learner.source.value
    enrolled.restart(excel=changed, learner={"source": source})
    assert "Sesión cerrada" in who.close().title
    start, close = (dict(entry.raw) for entry in enrolled.ledger(Kind.START_SENT, Kind.CLOSE_SENT))
    codes = ("CodigoCurso", "CodSence", "LineaCapacitacion")
    assert [start[code] for code in codes] == [close[code] for code in codes]


def test_whoever_is_not_enrolled_reads_whose_turn_it_is(make_world: MakeWorld, tmp_path: Path) -> None:
    """Named by the platform: at once, and SENCE hears nothing."""
    world = make_world(
        CLAVE_UNICA,
        around=named_by_the_campus,
        learner={"source": "environ"},
        excel=listed(tmp_path, f"excel,{RUNS['pedro']}\n"),
    )
    page = learner(world, "maria").ask(LESSON)
    assert (page.status, "Tu RUN no está en la lista del curso" in visible(page)) == (403, True)
    assert (world.seen(), world.ledger()) == ([], [])


def test_a_typed_run_can_be_typed_again(make_world: MakeWorld, tmp_path: Path) -> None:
    """A slip that is somebody's RUN all the same is no dead end."""
    world = make_world(CLAVE_UNICA, excel=listed(tmp_path, f"excel,{RUNS['maria']}\n"))
    maria = learner(world, "maria")
    maria.ask(LESSON)
    refused = maria.tab.submit(run=RUNS["pedro"])
    assert refused.status == 403
    maria.tab.follow("Escribir mi RUN otra vez")
    assert is_at(maria.arrive(), LESSON)
