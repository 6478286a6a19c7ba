"""Who passes without SENCE, and that nobody else does."""

from __future__ import annotations

from typing import Any

import pytest

from sence_gate.errors import UntrustworthyIdentity
from sence_gate.gate.visitors import identity_of
from sence_gate.learners import Claim, Identity, Standing
from sence_gate.learners.exemptions import Exemptions, entry_fault
from sence_gate.protocol.rut import Rut
from tests.samples import OTHER_RUN, RUN
from tests.timing import quickest


def claim(name: object = str(RUN), groups: tuple[str, ...] = (), **fields: Any) -> Claim:
    """Return what a platform says of somebody."""
    return Claim(name, fields.get, lambda: groups)


def judged(entry: str, made: Claim) -> Identity:
    """Return who the visitor is when *entry* is all that is exempt."""
    return identity_of(Exemptions.of([entry]), made)


@pytest.mark.parametrize(
    ("entry", "made"),
    [
        pytest.param("12.345.678-5", claim(), id="a RUN"),
        pytest.param("012345678-5", claim("12345678-5"), id="a RUN, written otherwise"),
        pytest.param("prof-*", claim("prof-ana"), id="a pattern of names"),
        pytest.param("admin", claim("admin"), id="a name"),
        pytest.param("19", claim("19"), id="a short number, of which the last digit checks the others"),
        pytest.param("19", claim(19), id="a number"),
        pytest.param("5-1", claim("5-1"), id="a very short RUN"),
        pytest.param("prof-*", Claim(None, user="prof-ana"), id="a user without a RUN"),
        pytest.param("*@otec.cl", claim("ana@otec.cl"), id="a pattern of addresses"),
        pytest.param("group:Docentes", claim(groups=("Tutores", "Docentes")), id="a group"),
        pytest.param("field:is_staff", claim(is_staff=True), id="a flag"),
        pytest.param("field:is_staff", claim(is_staff="yes"), id="a flag in words"),
        pytest.param("field:role=teacher", claim(role="teacher"), id="a role"),
        pytest.param("field:role=teacher", claim(role=["editor", "teacher"]), id="one of several roles"),
        pytest.param("field:role=teacher", claim(role="editor, teacher"), id="one of several, in one text"),
        pytest.param("field:level=3", claim(level=3), id="the value of a number"),
        pytest.param("field:staff=true", claim(staff=True), id="true, as JSON writes it"),
        pytest.param("field:active=False", claim(active=False), id="false, as Python writes it"),
        pytest.param("field:/a/b=x=y", Claim("ana", {"/a/b": "x=y"}.get), id="a value with the sign in it"),
    ],
)
def test_staff_is_exempt(entry: str, made: Claim) -> None:
    """By what the operator wrote of them."""
    assert judged(entry, made) is Standing.EXEMPT


@pytest.mark.parametrize(
    ("entry", "made"),
    [
        pytest.param("11.111.111-1", claim(), id="another RUN"),
        pytest.param("Prof-*", claim(), id="another name"),
        pytest.param("prof-*", Claim(str(RUN), user="ana"), id="another user"),
        pytest.param("group:Docentes", claim(groups=("docentes",)), id="a group in other letters"),
        pytest.param("group:Docentes", claim(), id="no group"),
        pytest.param("field:staff=true", claim(staff=False), id="false"),
        pytest.param("field:staff=1", claim(staff=True), id="true, which is not one"),
        pytest.param("field:is_staff", claim(is_staff=False), id="a flag that is not set"),
        pytest.param("field:is_staff", claim(is_staff="false"), id="a flag that says no"),
        pytest.param("field:is_staff", claim(is_staff="0"), id="a flag that says zero"),
        pytest.param("field:is_staff", claim(), id="a flag that nobody knows"),
        pytest.param("field:role=teacher", claim(role="teachers"), id="a longer role"),
        pytest.param("field:role=teacher", claim(role={"teacher": False}), id="a role as a key"),
        pytest.param("field:role=teacher", claim(role=True), id="a role that is only true"),
    ],
)
def test_nobody_else_is_exempt(entry: str, made: Claim) -> None:
    """An exemption never holds for more than was written."""
    assert judged(entry, made) == RUN


def test_a_value_of_blanks_costs_little() -> None:
    """What the platform says of a visitor may be what the visitor wrote there."""
    exempt, blanks = Exemptions.of(["field:role=teacher"]), claim(role="x" + " " * 30_000 + "x")
    assert quickest(lambda: exempt.holds_for(blanks)) < 0.05


def test_a_name_is_compared_in_its_own_letters() -> None:
    """Where a platform tells Ana from ana, the gate does too; the other one names no RUN."""
    with pytest.raises(UntrustworthyIdentity):
        judged("Prof-*", claim("prof-ana"))


def test_a_short_number_is_no_run() -> None:
    """`19` is a user of the platform, and not the person with the RUN 1-9."""
    assert judged("19", claim("1-9")) == Rut("1-9")


def test_no_name_meets_no_pattern() -> None:
    """Nothing is not the text that Python writes for it."""
    for name in (None, ""):
        with pytest.raises(UntrustworthyIdentity):
            judged("N*", claim(name))


def test_whoever_looks_through_an_account_is_not_that_learner() -> None:
    """Also where the account names no RUN at all."""
    for name in (str(RUN), "jperez"):
        assert judged("admin", Claim(name, is_impersonated=True)) is Standing.IMPERSONATED


def test_a_learner_beside_the_staff_is_a_learner() -> None:
    """All entries are looked at, and none of them holds."""
    exempt = Exemptions.of(["prof-*", str(OTHER_RUN), "group:Docentes", "field:is_staff"])
    assert identity_of(exempt, claim()) == RUN
    assert identity_of(exempt, claim(str(OTHER_RUN))) is Standing.EXEMPT


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        pytest.param("", "names nobody", id="nothing"),
        pytest.param(" ", "names nobody", id="a blank"),
        pytest.param("prof ", "names nobody", id="a blank behind"),
        pytest.param("group:", "names nobody", id="no group"),
        pytest.param("field:=x", "names nobody", id="no field"),
        pytest.param("*", "everybody", id="everybody"),
        pytest.param("*?", "everybody", id="everybody with a letter"),
        pytest.param("12.345.678-4", "check digit", id="a RUN with a slip"),
    ],
)
def test_other_entries_are_refused(entry: str, fault: str) -> None:
    """What would let everybody pass, or nobody, is told at the start."""
    assert fault in entry_fault(entry)


@pytest.mark.parametrize("entry", ["12345678-5", "prof-*", "group:Docentes", "field:/a=b", "maria"])
def test_good_entries_are_taken(entry: str) -> None:
    """Each kind once."""
    assert entry_fault(entry) == ""
