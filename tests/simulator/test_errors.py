"""Every code of both editions, provoked through the door by a cause that happens."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sence_gate.simulator import sample
from sence_gate.simulator.app import Simulator
from sence_gate.simulator.tables import ANSWERS, MANUALS, Action, Edition
from tests.simulator.visitor import (
    CLOSE,
    START,
    URL_ERROR,
    Clock,
    Page,
    Visitor,
    close_fields,
    start_fields,
)

Cause = Callable[[Visitor, Clock], Page]


def start(**changes: str | None) -> Cause:
    """Return the cause that is a start with *changes*."""
    return lambda visitor, _clock: visitor.post(START, start_fields(**changes))


def three_wrong_keys(visitor: Visitor, _clock: Clock) -> Page:
    """Return the page after the third wrong key."""
    page = visitor.post(START, start_fields())
    for _ in range(3):
        page = visitor.log_in(page, key="mala")
    return page


def late_key(visitor: Visitor, clock: Clock) -> Page:
    """Return the page after a key that took four minutes."""
    login = visitor.post(START, start_fields())
    clock.now += 240
    return visitor.log_in(login)


def close_after_four_hours(visitor: Visitor, clock: Clock) -> Page:
    """Return the page after closing what SENCE has given up."""
    id_sesion_sence = visitor.start()
    clock.now += 4 * 3600
    return visitor.post(CLOSE, close_fields(id_sesion_sence))


def close_of_nothing(visitor: Visitor, _clock: Clock) -> Page:
    """Return the page after closing a session that never was."""
    return visitor.post(CLOSE, close_fields("987654321"))


def close_twice(visitor: Visitor, _clock: Clock) -> Page:
    """Return the page after the second close of a session."""
    fields = close_fields(visitor.start())
    visitor.log_in(visitor.post(CLOSE, fields))
    return visitor.post(CLOSE, fields)


def close_elsewhere(visitor: Visitor, _clock: Clock) -> Page:
    """Return the page after closing a test session in production."""
    return visitor.post("/rce/Registro/CerrarSesion", close_fields(visitor.start()))


def another_learner(visitor: Visitor, _clock: Clock) -> Page:
    """Return the page after somebody else has logged in."""
    return visitor.log_in(visitor.post(START, start_fields()), "11111111-1")


def give_up(visitor: Visitor, _clock: Clock) -> Page:
    """Return the page after the login was cancelled."""
    return visitor.log_in(visitor.post(START, start_fields()), "", "", action="cancelar")


BOTH: list[tuple[int, Cause]] = [
    (200, start(RunAlumno=None, RutAlumno="12345678-5")),
    (201, start(UrlRetoma="")),
    (202, start(UrlRetoma="campus.otec.cl/ok")),
    (203, start(UrlError="campus.otec.cl/error")),
    (204, start(CodSence="123")),
    (205, start(CodigoCurso="123")),
    (206, start(LineaCapacitacion="9")),
    (207, start(RunAlumno="12345678-0")),
    (208, start(CodigoCurso=sample.CLOSED_LIST)),
    (209, start(RutOtec="76.543.210-3")),
    (211, start(Token=sample.OTHER_TOKEN)),
    (212, start(Token=sample.REVOKED_TOKEN)),
    (300, start(IdSesionAlumno="a" * 150)),
    (301, close_after_four_hours),
    (302, start(RutOtec="78999888-4", CodigoCurso="-1")),
    (303, start(Token="no-es-un-token")),
    (304, close_of_nothing),
    (305, close_twice),
    (306, start(CodSence=sample.OTHER_COD_SENCE)),
]
OLDER: list[tuple[int, Cause]] = [(100, three_wrong_keys), (208, another_learner), (210, late_key)]
NEWER: list[tuple[int, Cause]] = [
    (307, start(CodigoCurso=sample.CLASSROOM)),
    (308, start(CodigoCurso=sample.FOREIGN)),
    (309, start(CodigoCurso=sample.OVER)),
    (310, start(CodigoCurso=sample.FINISHED)),
    (311, another_learner),
    (312, give_up),
    (313, close_elsewhere),
]
CAUSES = [
    *((Edition.CLAVE_SENCE, *row) for row in [*BOTH, *OLDER]),
    *((Edition.CLAVE_UNICA, *row) for row in [*BOTH, *NEWER]),
]


@pytest.mark.parametrize(
    ("edition", "code", "cause"),
    [
        pytest.param(*row, id=f"{row[0]} {row[1]} {index}")
        for index, row in enumerate(CAUSES)
        if row[1] != 203
    ],
)
def test_each_cause_comes_back_with_its_code(edition: Edition, code: int, cause: Cause, clock: Clock) -> None:
    """The browser is handed a form to UrlError with that code and the manual's fields."""
    form = cause(Visitor(Simulator(edition=edition, clock=clock)), clock).form
    action = Action.START if "IdSesionSence" in form.fields else Action.CLOSE

    assert (form.action, form.fields["GlosaError"]) == (URL_ERROR, str(code))
    assert tuple(form.fields) == ANSWERS[action, False]


@pytest.mark.parametrize("edition", [pytest.param(each, id=each) for each in Edition])
def test_no_code_of_the_manual_is_forgotten(edition: Edition) -> None:
    """The causes above cover annex 2 of each edition."""
    assert {code for each, code, _ in CAUSES if each is edition} == set(MANUALS[edition].errors)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"UrlError": ""}, "201", id="UrlError without information"),
        pytest.param({"UrlError": "javascript:alert(1)"}, "203", id="UrlError is script"),
        pytest.param({"UrlError": "/error", "UrlRetoma": "/ok"}, "202", id="both without host"),
        pytest.param({"UrlError": "/error", "Token": None}, "200", id="another fault first"),
    ],
)
def test_without_url_error_there_is_nowhere_to_return(
    visitor: Visitor, changes: dict[str, str | None], code: str
) -> None:
    """The code is shown on SENCE's own page, and no form leads away."""
    page = visitor.post(START, start_fields(**changes))

    assert page.status == 400
    assert f"<strong>{code}</strong>" in page.text
    assert list(page.tree.iter("form")) == []
