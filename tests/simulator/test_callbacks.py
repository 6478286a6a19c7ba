"""The fields that go back, and how they can be spoiled."""

from __future__ import annotations

import pytest

from sence_gate.simulator.behaviour import Behaviour
from sence_gate.simulator.callbacks import Callback, compose
from sence_gate.simulator.chile import chile_time
from sence_gate.simulator.posts import Post
from sence_gate.simulator.tables import Action, Environment
from tests.simulator.visitor import RUN_WITH_K, URL_ERROR, URL_RETOMA, close_fields, start_fields

MOMENT = chile_time(1_783_008_000.0)
MANUAL = Behaviour()
START = Post(Environment.TEST, Action.START, start_fields(RunAlumno=RUN_WITH_K))
CLOSE = Post(Environment.TEST, Action.CLOSE, close_fields("abc"))


def test_a_start_that_succeeded() -> None:
    """Section 3.2: eight fields, to UrlRetoma, the platform's values letter by letter."""
    callback = compose(START, MANUAL, MOMENT, id_sesion_sence="abc")

    assert callback.url == URL_RETOMA
    assert callback.fields == (
        ("CodSence", "1237894560"),
        ("CodigoCurso", "5123456"),
        ("IdSesionAlumno", "excel.1773154800.abc"),
        ("IdSesionSence", "abc"),
        ("RunAlumno", "10000013-K"),
        ("FechaHora", "2026-07-02 12:00:00"),
        ("ZonaHoraria", "(UTC-04:00) Santiago"),
        ("LineaCapacitacion", "3"),
    )


def test_a_start_that_failed() -> None:
    """Section 3.2: the same eight and GlosaError, to UrlError; no session, so no id."""
    callback = compose(START, MANUAL, MOMENT, codes=(204, 211))
    fields = dict(callback.fields)

    assert callback.url == URL_ERROR
    assert (len(fields), fields["GlosaError"], fields["IdSesionSence"]) == (9, "204", "")


@pytest.mark.parametrize(
    ("codes", "names"),
    [pytest.param((), 7, id="taken"), pytest.param((301,), 8, id="refused")],
)
def test_a_close_never_names_its_session(codes: tuple[int, ...], names: int) -> None:
    """Section 3.3: no IdSesionSence, neither in success nor in failure."""
    fields = dict(compose(CLOSE, MANUAL, MOMENT, codes=codes).fields)

    assert len(fields) == names
    assert "IdSesionSence" not in fields
    assert ("GlosaError" in fields) is bool(codes)


def test_what_was_not_sent_comes_back_empty() -> None:
    """Error 200 has all its fields too."""
    post = Post(Environment.TEST, Action.START, {"UrlError": URL_ERROR})

    assert dict(compose(post, MANUAL, MOMENT, codes=(200,)).fields)["RunAlumno"] == ""


def answered(behaviour: Behaviour, post: Post = START, codes: tuple[int | str, ...] = ()) -> dict[str, str]:
    """Return the fields of an answer under *behaviour*."""
    return dict(compose(post, behaviour, MOMENT, codes=codes).fields)


def test_several_codes() -> None:
    """`211;204` has been seen, and other separators are feared."""
    assert answered(Behaviour(every_code=True), codes=(204, 211))["GlosaError"] == "204;211"
    assert answered(Behaviour(codes=(211, 204), separator="|"), codes=(211, 204))["GlosaError"] == "211|204"


def test_an_error_without_a_code() -> None:
    """An empty GlosaError still goes to UrlError."""
    callback = compose(START, Behaviour(codes=("",)), MOMENT, codes=("",))

    assert (callback.url, dict(callback.fields)["GlosaError"]) == (URL_ERROR, "")


def test_zona_horaria_can_be_left_out() -> None:
    """Everything else stays."""
    assert set(answered(MANUAL)) - set(answered(Behaviour(omit_zona_horaria=True))) == {"ZonaHoraria"}


def test_a_close_can_echo_its_id() -> None:
    """Only the close changes."""
    behaviour = Behaviour(close_echoes_id=True)

    assert answered(behaviour, CLOSE)["IdSesionSence"] == "abc"
    assert answered(behaviour) == answered(MANUAL)


def test_the_k_can_come_back_small() -> None:
    """Some platforms compare RUNs by letter."""
    assert answered(Behaviour(lower_case_k=True))["RunAlumno"] == "10000013-k"


def test_names_can_end_in_a_blank() -> None:
    """As `LineaCapacitacion ` in annex 8.4."""
    assert list(answered(Behaviour(blank_after_field_names=True))) == [
        f"{name} " for name in answered(MANUAL)
    ]


def test_names_can_come_in_capitals() -> None:
    """ASP would not notice."""
    assert list(answered(Behaviour(upper_case_names=True))) == [name.upper() for name in answered(MANUAL)]


def test_extra_fields_join_or_replace() -> None:
    """A test can add a field, or put a wrong value into one of the manual's."""
    fields = answered(Behaviour(extra_fields=(("Otro", "x"), ("RunAlumno", "11111111-1"))))

    assert (fields["Otro"], fields["RunAlumno"], len(fields)) == ("x", "11111111-1", 9)


def test_late_and_twice_are_for_the_page() -> None:
    """The browser waits and repeats, not the simulator."""
    callback = compose(START, Behaviour(late_seconds=5, send_twice=True), MOMENT)

    assert (callback.late_seconds, callback.times) == (5, 2)


def test_the_fields_stay_out_of_the_repr() -> None:
    """They hold a RUN."""
    assert RUN_WITH_K not in repr(Callback(URL_RETOMA, (("RunAlumno", RUN_WITH_K),)))
