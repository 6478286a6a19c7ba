"""The checks before the login: each code has its causes, and right values have none."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sence_gate.simulator import sample
from sence_gate.simulator.posts import Post
from sence_gate.simulator.tables import FORMS, MANUALS, Action, Edition, Environment
from sence_gate.simulator.validation import faults, is_usable_url
from tests.simulator.visitor import RUN, close_fields, start_fields

TODAY = date(2026, 7, 2)
SENCE, UNICA = MANUALS[Edition.CLAVE_SENCE], MANUALS[Edition.CLAVE_UNICA]
REGISTRY = sample.sample_registry()
LATER_EDITION = {"CodSence": sample.FPT_COD_SENCE, "CodigoCurso": sample.FPT_CODIGO_CURSO}


def found(
    changes: dict[str, str | None],
    edition: Edition = Edition.CLAVE_UNICA,
    environment: Environment = Environment.PRODUCTION,
) -> tuple[int, ...]:
    """Return the codes of a start with *changes*."""
    post = Post(environment, Action.START, start_fields(**changes))
    return faults(post, MANUALS[edition], REGISTRY, TODAY)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="as the manual says"),
        pytest.param(
            {"LineaCapacitacion": "1", "CodSence": "", "CodigoCurso": sample.SOCIAL_CODIGO_CURSO},
            id="social programme with a blank CodSence",
        ),
        pytest.param(
            {"LineaCapacitacion": "1", "CodSence": " ", "CodigoCurso": sample.SOCIAL_CODIGO_CURSO},
            id="social programme with white space",
        ),
        pytest.param(
            {"LineaCapacitacion": "1", "CodSence": None, "CodigoCurso": sample.SOCIAL_CODIGO_CURSO},
            id="social programme without CodSence",
        ),
        pytest.param({"LineaCapacitacion": "6", **LATER_EDITION}, id="short code of FPT"),
        pytest.param(
            {"CodigoCurso": sample.CLOSED_LIST, "RunAlumno": sample.RUN_IN_NOMINA}, id="in the nómina"
        ),
        pytest.param({"RunAlumno": "10000013-k"}, id="small k"),
        pytest.param({"UrlRetoma": "http://localhost/exito.asp?curso=5"}, id="sample URL with a query"),
        pytest.param({"UrlRetoma": "https://campus.otec.cl/" + "a" * 77}, id="URL of 100 characters"),
        pytest.param({"IdSesionAlumno": "a" * 149}, id="longest IdSesionAlumno"),
        pytest.param({"Otro": "x"}, id="unknown parameters are ignored"),
    ],
)
def test_right_values_have_no_fault(changes: dict[str, str | None]) -> None:
    """What the manual allows is let through."""
    assert found(changes) == ()


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        pytest.param({"Token": None}, (200,), id="missing"),
        pytest.param({"RunAlumno": None, "RutAlumno": RUN}, (200,), id="misspelt"),
        pytest.param({"RunAlumno": None, "RunAlumno ": RUN}, (200,), id="blank after the name"),
        pytest.param({"IdSesionAlumno": "  "}, (200,), id="white space"),
        pytest.param({"CodSence": ""}, (200,), id="CodSence blank outside social programmes"),
        pytest.param({"UrlRetoma": ""}, (201,), id="no UrlRetoma"),
        pytest.param({"UrlError": None}, (201,), id="no UrlError"),
        pytest.param({"UrlRetoma": "/inicio/ok"}, (202,), id="UrlRetoma without host"),
        pytest.param({"UrlRetoma": "https://campus.otec.cl/" + "a" * 78}, (202,), id="UrlRetoma too long"),
        pytest.param({"UrlError": "javascript:alert(1)"}, (203,), id="UrlError is script"),
        pytest.param({"CodSence": "123789456"}, (204,), id="nine characters"),
        pytest.param({"CodSence": "9999999999"}, (204,), id="CodSence nobody has"),
        pytest.param(
            {"LineaCapacitacion": "1", "CodigoCurso": sample.SOCIAL_CODIGO_CURSO},
            (204, 306),
            id="CodSence in a social programme",
        ),
        pytest.param({"CodigoCurso": "512345"}, (205,), id="six characters"),
        pytest.param({"CodigoCurso": "5999999"}, (205,), id="CodigoCurso nobody has"),
        pytest.param({"LineaCapacitacion": "2"}, (206,), id="no such line"),
        pytest.param({"LineaCapacitacion": "03"}, (206,), id="line with a zero"),
        pytest.param({"RunAlumno": "12.345.678-5"}, (207,), id="run with dots"),
        pytest.param({"RunAlumno": "12345678-6"}, (207,), id="wrong check digit"),
        pytest.param({"CodigoCurso": sample.CLOSED_LIST}, (208,), id="not in the nómina"),
        pytest.param({"RutOtec": "76543210-4"}, (209,), id="wrong check digit of the OTEC"),
        pytest.param({"Token": sample.OTHER_TOKEN}, (211,), id="somebody else's token"),
        pytest.param({"Token": sample.REVOKED_TOKEN}, (212,), id="revoked token"),
        pytest.param({"IdSesionAlumno": "a" * 150}, (300,), id="IdSesionAlumno too long"),
        pytest.param({"LineaCapacitacion": "1", "CodSence": ""}, (301,), id="not the course's line"),
        pytest.param({"RutOtec": "78999888-4"}, (302, 308), id="OTEC nobody knows"),
        pytest.param({"Token": sample.TOKEN.lower()}, (303,), id="token in small letters"),
        pytest.param({"Token": "12345678-1234-1234-1234-123456789"}, (303,), id="the manual's sample of 33"),
        pytest.param({"Token": "12345678-1234-1234-1234-123456789012"}, (303,), id="token nobody has"),
        pytest.param({"CodSence": sample.OTHER_COD_SENCE}, (306,), id="codes of two courses"),
        pytest.param({"CodigoCurso": sample.CLASSROOM}, (307,), id="not e-learning"),
        pytest.param({"CodigoCurso": sample.FOREIGN}, (308,), id="course of another OTEC"),
        pytest.param({"CodigoCurso": sample.OVER}, (309,), id="over"),
        pytest.param({"CodigoCurso": sample.FINISHED}, (310,), id="finished"),
        pytest.param({"CodigoCurso": sample.CANCELLED}, (310,), id="cancelled"),
        pytest.param({"Token": sample.REVOKED_TOKEN, "RunAlumno": "1"}, (207, 212), id="two faults"),
    ],
)
def test_wrong_values_have_their_codes(changes: dict[str, str | None], codes: tuple[int, ...]) -> None:
    """Every cause is reported with its code, in the order of annex 2."""
    assert found(changes) == codes


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        pytest.param({"LineaCapacitacion": "6", **LATER_EDITION}, (205, 206), id="no FPT yet"),
        pytest.param({"CodigoCurso": sample.CLASSROOM}, (301,), id="no word for not e-learning"),
        pytest.param({"CodigoCurso": sample.FOREIGN}, (301,), id="no word for another OTEC's course"),
        pytest.param({"CodigoCurso": sample.OVER}, (301,), id="no word for the dates"),
        pytest.param({"CodigoCurso": sample.FINISHED}, (301,), id="no word for finished"),
    ],
)
def test_the_older_edition_has_fewer_words(changes: dict[str, str | None], codes: tuple[int, ...]) -> None:
    """What only the newer edition names is refused all the same."""
    assert found(changes, Edition.CLAVE_SENCE) == codes


WILDCARDS = [
    pytest.param({"CodSence": "-1"}, (204,), id="CodSence"),
    pytest.param({"CodigoCurso": "-1"}, (205,), id="CodigoCurso"),
    pytest.param({"CodSence": "-1", "CodigoCurso": "-1"}, (204, 205), id="both"),
    pytest.param(
        {"LineaCapacitacion": "1", "CodSence": "", "CodigoCurso": "-1"},
        (205,),
        id="social programme (annex 5)",
    ),
]


@pytest.mark.parametrize(("changes", "codes"), WILDCARDS)
def test_the_wildcard_is_for_the_test_environment(
    changes: dict[str, str | None], codes: tuple[int, ...]
) -> None:
    """-1 switches checks off in rcetest and is a wrong code in rce (section 4)."""
    assert found(changes, environment=Environment.TEST) == ()
    assert found(changes, environment=Environment.PRODUCTION) == codes


def test_strangers_are_believed_when_told_to() -> None:
    """A developer brings his own OTEC, token and codes."""
    strange = {
        "RutOtec": "78999888-4",
        "Token": "A" * 8 + "-AAAA" * 3 + "-" + "A" * 12,
        "CodSence": "9999999999",
    }
    post = Post(Environment.PRODUCTION, Action.START, start_fields(**strange, CodigoCurso="5999999"))

    assert faults(post, UNICA, sample.sample_registry(believes_strangers=True), TODAY) == ()


def test_a_close_needs_its_session_id() -> None:
    """IdSesionSence is one of the ten parameters of a close."""
    post = Post(Environment.TEST, Action.CLOSE, close_fields(""))

    assert faults(post, SENCE, REGISTRY, TODAY) == (200,)


def test_a_session_id_that_is_too_long_cannot_be_verified() -> None:
    """149 characters is the most."""
    post = Post(Environment.TEST, Action.CLOSE, close_fields("a" * 150))

    assert faults(post, SENCE, REGISTRY, TODAY) == (304,)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("", id="empty"),
        pytest.param("//campus.otec.cl/", id="no scheme"),
        pytest.param("https://", id="no host"),
        pytest.param("https:///x", id="empty host"),
        pytest.param("ftp://campus.otec.cl/", id="ftp"),
        pytest.param("http://[::1", id="broken bracket"),
        pytest.param("http://campus.otec.cl:99999/", id="port out of range"),
        pytest.param("http://campus.otec.cl/a b", id="blank inside"),
        pytest.param("http://campus.otec.cl/\n", id="line end"),
        pytest.param('http://campus.otec.cl/"', id="quote"),
    ],
)
def test_urls_that_lead_nowhere(url: str) -> None:
    """A browser could not be sent there."""
    assert not is_usable_url(url)


@settings(deadline=None)  # a busy machine is no finding
@given(fields=st.dictionaries(st.sampled_from(FORMS[Action.CLOSE]), st.text(max_size=160)))
def test_any_values_get_codes_of_the_manual(fields: dict[str, str]) -> None:
    """Whatever is sent, the answer is a list of codes of that edition, without repeats, in order."""
    for manual in (SENCE, UNICA):
        codes = faults(Post(Environment.TEST, Action.CLOSE, fields), manual, REGISTRY, TODAY)

        assert list(codes) == sorted(set(codes))
        assert set(codes) <= set(manual.errors)
