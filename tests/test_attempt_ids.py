"""The ids of attempts: short enough for SENCE, verified from a callback's own fields, in one spelling only.

The ids C5 to K11 name the cases of the threat model.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sence_gate.cookies import TAG_LENGTH, AttemptIds, course_of, issued_at, tag_of
from sence_gate.protocol.fields import ID_SESION_MAX
from sence_gate.protocol.messages import Attendance, Environment
from sence_gate.protocol.rut import Rut
from tests.samples import KEYS, NOW, OTHER_RUN, RUN, attendance

_IDS = AttemptIds(KEYS)
_ID = _IDS.issue("excel", attendance(), NOW)


@pytest.mark.parametrize("course", ["e", "excel", "x" * 40, "-" * 40, "curso-de-10"])
@pytest.mark.parametrize("moment", [NOW, datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)])
def test_an_id_is_what_sence_takes(course: str, moment: datetime) -> None:
    """For the longest course id and any time, an id has at most 149 characters of SENCE's alphabet."""
    issued = _IDS.issue(course, attendance(), moment)
    assert ID_SESION_MAX == 149
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,149}", issued)
    assert course_of(issued) == course
    assert issued_at(issued) == moment


def test_k11_no_two_attempts_have_one_id() -> None:
    """Equal values at the same moment give another id each time, and another tag."""
    issued = {_IDS.issue("excel", attendance(), NOW) for _ in range(500)}
    assert len(issued) == len({tag_of(each) for each in issued}) == 500


def test_c22_an_id_cannot_be_guessed() -> None:
    """The nonce alone has more than 96 bits."""
    assert len(_ID.split(".")[2]) * 6 >= 96


def test_no_personal_data_stands_in_an_id() -> None:
    """Neither RUN nor codes can be read in what travels through every log of SENCE's."""
    sent = attendance()
    values = (RUN.canonical[:8], sent.rut_otec.canonical[:8], sent.cod_sence, sent.codigo_curso)
    assert [value for value in values if value in _ID] == []


def test_an_id_is_verified_with_its_values() -> None:
    """We know an id of ours, with what was sent, without a store."""
    assert _IDS.verify(_ID, attendance()) is True


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(attendance(environment=Environment.PRODUCTION), id="environment"),
        pytest.param(attendance(rut_otec=Rut("11111111-1")), id="OTEC"),
        pytest.param(attendance(run_alumno=OTHER_RUN), id="RUN"),
        pytest.param(attendance(cod_sence="1237894561"), id="cod_sence"),
        pytest.param(attendance(cod_sence=""), id="no cod_sence"),
        pytest.param(attendance(codigo_curso="5123457"), id="codigo_curso"),
        pytest.param(attendance(linea_capacitacion=6), id="line"),
        pytest.param(attendance(cod_sence="5123456", codigo_curso="1237894560"), id="two values exchanged"),
        pytest.param(attendance(cod_sence="123789456", codigo_curso="05123456"), id="a boundary moved"),
    ],
)
def test_c5_the_mac_covers_each_value(other: Attendance) -> None:
    """An id of ours with any value changed is refused."""
    assert _IDS.verify(_ID, other) is False


@pytest.mark.parametrize("position", range(len(_ID)))
def test_k1_every_character_counts(position: int) -> None:
    """An id with any character exchanged for another is refused, the course and the time included."""
    others = [letter for letter in "AQgw019azZ-_." if letter != _ID[position]]
    changed = [_ID[:position] + letter + _ID[position + 1 :] for letter in others]
    # The last character has two bits to spare: its neighbours in the alphabet too.
    changed += [_ID[:position] + chr(ord(_ID[position]) ^ bit) + _ID[position + 1 :] for bit in (1, 2, 3)]
    assert [each for each in changed if _IDS.verify(each, attendance())] == []


@pytest.mark.parametrize("foreign", ["!", "ñ", "\x00", " ", "=", "\n", "+", "%2E"])
def test_an_id_has_one_spelling(foreign: str) -> None:
    """No character can be added: one attempt is one id, and not as many sessions as somebody likes."""
    assert not _IDS.verify(_ID[:-9] + foreign + _ID[-9:], attendance())
    assert not _IDS.verify(_ID + foreign, attendance())
    assert not _IDS.verify(foreign + _ID, attendance())


@pytest.mark.parametrize("end", range(len(_ID)))
def test_k2_a_cut_id_is_refused(end: int) -> None:
    """An id cut at either end, at any place, is not ours."""
    assert not _IDS.verify(_ID[:end], attendance())
    assert not _IDS.verify(_ID[end + 1 :], attendance())


def test_k5_keys_rotate() -> None:
    """A callback that comes after a rotation is still known; one whose key was removed is not."""
    new = "a-brand-new-key-of-the-tests-0123456789"
    assert AttemptIds([new, *KEYS]).verify(_ID, attendance())
    assert not AttemptIds(KEYS[1:]).verify(_ID, attendance())
    assert not _IDS.verify(AttemptIds([new, *KEYS]).issue("excel", attendance(), NOW), attendance())


_GARBAGE = st.text() | st.lists(st.text(max_size=8), max_size=6).map(".".join)


@given(_GARBAGE)
@example("a.b.c.d")
@example("a.-f.c.d")
@example(f"a.{'f' * 500}.c.d")
@example("a.1e400.c.d")
@example("...")
@example("a.ffffffffff.c.d")
def test_k3_garbage_raises_nothing(text: str) -> None:
    """Whatever SENCE, or somebody in its name, sends back as an id is looked at and refused."""
    assert _IDS.verify(text, attendance()) is False
    assert "." not in course_of(text)
    assert len(tag_of(text)) <= TAG_LENGTH
    moment = issued_at(text)
    assert moment is None or moment.tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["", "excel", "excel.", "excel.xyz.n.m", "excel.ffffffffffffffff.n.m", f"e.{'9' * 5_000}.n.m"]
)
def test_an_id_without_a_time_has_none(text: str) -> None:
    """An id that does not say when it was made, or names a day outside of all calendars, has no time."""
    assert issued_at(text) is None


@pytest.mark.parametrize("text", ["", "excel", "a.b.c", "a.b.c.d.e", "...."])
def test_an_id_of_another_shape_has_no_tag(text: str) -> None:
    """Only what has the four parts of an id has a tag."""
    assert tag_of(text) == ""


def test_a_tag_is_the_beginning_of_the_nonce() -> None:
    """The short name tells attempts apart and helps nobody to make the id."""
    assert tag_of(_ID) == _ID.split(".")[2][:TAG_LENGTH]
    assert issued_at(_ID) == NOW.replace(microsecond=0)
    assert issued_at(_IDS.issue("excel", attendance(), NOW + timedelta(milliseconds=999))) == NOW
