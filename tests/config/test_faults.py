"""Collecting faults: each once, none below what could not be read."""

from __future__ import annotations

from sence_gate.config.faults import Faults, advice, nearest


def test_faults_are_told_once_and_in_order() -> None:
    """The operator reads a list, not an echo."""
    faults = Faults()
    assert not faults
    for place, text in (("b", "x"), ("a", "y"), ("b", "x"), ("b", "z")):
        faults.add(place, text)
    assert faults
    assert faults.lines({}) == ("b: x", "a: y", "b: z")


def test_nothing_is_judged_below_what_could_not_be_read() -> None:
    """Only the place itself and what is in it, not what merely begins so."""
    faults = Faults()
    faults.add_unreadable("courses[1]", "is text")
    faults.add_unreadable("otec", "is a list")
    for place in ("courses[1].id", "courses[10].id", "otec.rut", "otecs.sur"):
        faults.add(place, "is missing")
    assert [line.partition(": ")[0] for line in faults.lines({})] == [
        "courses[1]", "otec", "courses[10].id", "otecs.sur",
    ]  # fmt: skip


def test_a_value_from_the_environment_is_told_with_its_variable() -> None:
    """Also when the fault is of one item of it."""
    faults = Faults()
    faults.add("secret_keys[1]", "has fewer")
    faults.add("prefix", "is not")
    assert faults.lines({"secret_keys": "SENCE_GATE_SECRET_KEYS"}) == (
        "secret_keys[1] (from SENCE_GATE_SECRET_KEYS): has fewer",
        "prefix: is not",
    )


def test_a_suggestion_is_made_only_when_it_is_near() -> None:
    """A far one would send the operator astray."""
    assert nearest("prefx", ["prefix", "platform"]) == "prefix"
    assert nearest("upstream", ["store", "prefix"]) is None
    assert advice("zzz", ["test", "production"]) == "use one of: test, production"
