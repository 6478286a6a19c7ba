"""What the settings of a course change on the way, and the links that lead into it."""

from __future__ import annotations

import pytest

from sence_gate.protocol.session import State
from sence_gate.simulator import sample
from tests.journey.trip import LESSON, OTHER_LESSON, is_at, learner, visible
from tests.journey.world import CAMPUS, MakeWorld, World

OTECS = {
    "norte": {"rut": sample.OTEC_RUT, "token": sample.TOKEN, "name": "OTEC Norte"},
    "sur": {"rut": sample.OTHER_OTEC_RUT, "token": sample.OTHER_TOKEN, "name": "OTEC Sur"},
}
OF_THE_SOUTH = {
    "otec": "sur",
    "codigo_curso": sample.FOREIGN,
    "cod_sence": sample.COD_SENCE,
    "linea_capacitacion": 3,
}


def test_closing_one_course_leaves_the_other_open(world: World) -> None:
    """Two sessions stand side by side; the page of the close offers the one that stays."""
    maria = learner(world)
    maria.start(LESSON)
    maria.start(OTHER_LESSON)

    page = maria.close("excel")

    assert "Seguridad en el trabajo" in visible(page)
    assert (maria.sees(LESSON), maria.sees(OTHER_LESSON)) == (False, True)
    assert len(world.open_at_sence()) == 1


def test_the_other_course_can_be_closed_from_the_page_of_the_first_close(world: World) -> None:
    """One button further, and nothing is open any more."""
    maria = learner(world)
    maria.start(LESSON)
    maria.start(OTHER_LESSON)
    maria.close("excel")

    maria.tab.submit()
    maria.hand_over()
    maria.type_key()

    assert "Sesión cerrada" in maria.come_back().title
    assert [each.state for each in world.sessions()] == [State.CLOSED, State.CLOSED]


def test_the_list_of_sessions_closes_without_scripts(world: World) -> None:
    """The gate's own front page has a button for each session of the learner."""
    maria = learner(world)
    maria.start(LESSON)
    maria.start(OTHER_LESSON)

    page = maria.ask("/_sence/")
    assert [form.fields["curso"] for form in page.forms] == ["excel", "seguridad"]
    maria.tab.submit(1)
    maria.hand_over()
    maria.type_key()
    maria.come_back()

    assert (maria.sees(LESSON), maria.sees(OTHER_LESSON)) == (True, False)


def test_a_course_in_production_goes_to_sences_production(make_world: MakeWorld, edition: str) -> None:
    """Start and close are sent to /rce/, and no page speaks of a test."""
    world = make_world(edition, excel={"environment": "production"})
    maria = learner(world)
    maria.ask(LESSON)
    assert "Modo de prueba" not in visible(maria.page)
    maria.arrive()
    maria.close()

    actions = [(each["environment"], each["action"]) for each in world.seen() if each["result"] == "ok"]
    assert actions == [("rce", "CerrarSesion"), ("rce", "IniciarSesion")]


def test_a_course_in_test_says_so_and_goes_to_sences_test_environment(world: World) -> None:
    """The learner reads that nothing counts."""
    maria = learner(world)
    maria.ask(LESSON)
    assert "Modo de prueba" in visible(maria.page)
    maria.arrive()

    assert {each["environment"] for each in world.seen()} == {"rcetest"}


def test_a_course_on_line_1_sends_an_empty_cod_sence(world: World) -> None:
    """The parameter travels, without information, and SENCE takes it, twice."""
    maria = learner(world)
    maria.start(OTHER_LESSON)
    maria.close("seguridad")

    done = [each for each in world.seen() if each["result"] == "ok"]
    assert [(each["linea_capacitacion"], each["cod_sence"]) for each in done] == [("1", ""), ("1", "")]
    assert all("CodSence" in each["parameters"] for each in done)


def test_each_course_is_sent_by_its_own_otec(make_world: MakeWorld, edition: str) -> None:
    """Two training bodies on one campus: SENCE opens and closes for each with its own token."""
    world = make_world(edition, excel={"otec": "norte"}, seguridad=OF_THE_SOUTH, otecs=OTECS)
    maria = learner(world)
    for path, course in ((LESSON, "excel"), (OTHER_LESSON, "seguridad")):
        assert is_at(maria.start(path), path)
        assert "Sesión cerrada" in maria.close(course).title

    ruts = [each["rut_otec"] for each in world.seen() if each["result"] == "ok"]
    assert ruts == [sample.OTHER_OTEC_RUT] * 2 + [sample.OTEC_RUT] * 2


DEEP_LINKS = [
    pytest.param(LESSON, id="a query"),
    pytest.param("/cursos/excel/leccion/1?vista=completa&q=a+b%20c&q=&x", id="blanks in both spellings"),
    pytest.param("/cursos/excel/leccion/1?vista=%72esumen", id="escapes that need not be"),
    pytest.param("/cursos/excel/leccion/1?n=%C3%B1and%c3%ba", id="UTF-8, in both cases of hex"),
    pytest.param("/cursos/excel/leccion/1?n=%F1and%FA", id="latin-1"),
    pytest.param("/cursos/excel/leccion/1?x=%00%0A%7F%FF", id="bytes that no text has"),
    pytest.param("/cursos/excel/leccion/1?a='(b)*~!$;c=%26amp;", id="punctuation"),
    pytest.param("/cursos/excel/leccion/1?volver=//otra.cl&curso=seguridad", id="names of ours"),
    pytest.param("/cursos/excel/%64escarga/planilla-de-pr%61ctica.txt", id="an escaped path"),
]


@pytest.mark.parametrize("path", DEEP_LINKS)
def test_a_deep_link_survives_byte_by_byte(world: World, path: str) -> None:
    """After the trip the campus is asked for the very target of the first request."""
    maria = learner(world)
    maria.ask(path)
    maria.through_sence()

    maria.tab.follow("Entrar al curso")

    shown = [
        (request.target, answer.status)
        for request, answer in world.transport.calls
        if request.url.startswith(CAMPUS + "/cursos/")
    ]
    assert shown == [(path, 303), (path, maria.page.status)]
    assert maria.page.status in (200, 404)
