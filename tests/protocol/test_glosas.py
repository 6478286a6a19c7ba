"""What is said to whom about each error code."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sence_gate.protocol.fields import UNKNOWN_CODE
from sence_gate.protocol.glosa import Blame, Edition, Glosa
from sence_gate.protocol.glosas import GLOSAS, UNKNOWN, glosa, leading

_EVERY = [*GLOSAS.values(), UNKNOWN]
_SEED = {100, *range(200, 213), *range(300, 307)}

every_glosa = pytest.mark.parametrize("row", [pytest.param(row, id=f"glosa {row.code}") for row in _EVERY])


@pytest.mark.parametrize(
    ("edition", "codes"),
    [
        pytest.param(Edition.SEED, _SEED, id="seed"),
        pytest.param(Edition.V1_1_3, _SEED | {307, 308, 309, 310}, id="1.1.3"),
        pytest.param(Edition.V1_1_5, (_SEED | set(range(307, 314))) - {100, 210}, id="1.1.5"),
        pytest.param(Edition.V1_1_6, (_SEED | set(range(307, 314))) - {100, 210}, id="1.1.6"),
    ],
)
def test_each_edition_has_the_codes_of_its_annex(edition: Edition, codes: set[int]) -> None:
    """The union of all editions is kept, and which edition had what is known."""
    assert {row.code for row in GLOSAS.values() if row.since <= edition <= row.until} == codes


@every_glosa
def test_the_learner_reads_a_calm_plain_sentence(row: Glosa) -> None:
    """No code, no number, no word of ours or the manual's that a learner has no use for."""
    assert not re.search(r"\d", row.learner)
    assert not re.search(
        r"token|parámetro|post|url|otec|código|error|glosa|sesión", row.learner, re.IGNORECASE
    )
    assert not re.search(r"incorrect|equivoca|culpa|usted|inválid", row.learner, re.IGNORECASE)


@every_glosa
def test_the_learner_is_told_what_to_do(row: Glosa) -> None:
    """Every text ends in a step: try again, or whom to ask."""
    assert re.search(r"[Vv]uelve a intentarlo|avisa a|[Cc]onsulta", row.learner)
    assert row.learner.endswith(".")


@every_glosa
def test_who_may_retry_is_told_so_by_the_text(row: Glosa) -> None:
    """A button and a text never contradict each other."""
    if row.may_retry:
        assert "uelve a intentarlo" in row.learner
    else:
        assert "la institución que dicta el curso" in row.learner


@every_glosa
def test_the_operator_reads_a_remedy_of_his_own(row: Glosa) -> None:
    """The operator's text is neither the learner's nor SENCE's."""
    assert len(row.operator) > 60
    assert row.operator not in {row.learner, row.official}


@pytest.mark.parametrize("row", GLOSAS.values())
def test_what_only_the_otec_can_mend_is_not_offered_as_a_retry(row: Glosa) -> None:
    """Trying again is for the learner's own and for SENCE's troubles."""
    assert row.may_retry is (row.blame is not Blame.OTEC)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        pytest.param(204, "-1 sirve sólo en el ambiente de pruebas", id="-1 outside of test"),
        pytest.param(208, "no está en la nómina comunicada", id="not enrolled at SENCE"),
        pytest.param(303, "en minúsculas", id="token in small letters"),
        pytest.param(306, "intercambiados", id="codes swapped"),
        pytest.param(308, "ID de acción está mal escrito", id="wrong action"),
        pytest.param(309, "fechas comunicadas", id="dates"),
        pytest.param(311, "la Clave Única de otra", id="somebody else's key"),
        pytest.param(999, "no está en ninguna edición", id="unknown"),
    ],
)
def test_the_operator_is_told_what_practice_has_shown(code: int, words: str) -> None:
    """The usual cause in the field is named, not only the manual's words."""
    assert words in glosa(code).operator


def test_a_session_that_ended_at_sence_releases_the_learner() -> None:
    """Exactly these codes answer a close that comes too late."""
    releasing = {row.code: row for row in _EVERY if row.releases}

    assert set(releasing) == {301, 304, 305, 310}
    assert all("sin cierre" in row.operator for row in releasing.values())


@pytest.mark.parametrize("code", [UNKNOWN_CODE, -1, 99, 213, 299, 314, 10**12])
def test_a_code_of_no_edition_is_unknown(code: int) -> None:
    """SENCE may add codes: that is an answer too, not a crash."""
    assert glosa(code) is UNKNOWN


@pytest.mark.parametrize(
    ("codes", "shown"),
    [
        pytest.param([], UNKNOWN_CODE, id="none given"),
        pytest.param([211], 211, id="one"),
        pytest.param([211, 204], 211, id="as they came"),
        pytest.param([211, 311, 207], 311, id="the first that the learner can act on"),
        pytest.param([300, 207], 207, id="the learner's before SENCE's"),
        pytest.param([999, 204], 204, id="a known one before an unknown"),
        pytest.param([999, 888], UNKNOWN_CODE, id="all unknown"),
    ],
)
def test_the_most_useful_code_leads(codes: list[int], shown: int) -> None:
    """Of several codes the learner is told the one that helps."""
    assert leading(codes).code == shown


@given(st.lists(st.sampled_from([*GLOSAS, 0, 999])))
def test_the_leading_code_is_one_of_those_given(codes: list[int]) -> None:
    """Nothing is made up, and an iterator serves as well as a list."""
    assert leading(iter(codes)) in {glosa(code) for code in codes} | ({UNKNOWN} if not codes else set())


@every_glosa
def test_each_text_says_first_what_happened_and_then_what_to_do(row: Glosa) -> None:
    """The error page shows the two apart, so neither may be empty."""
    happened, advice = row.happened_and_advice
    assert (f"{happened} {advice}", happened.count(". "), advice != "") == (row.learner, 0, True)
