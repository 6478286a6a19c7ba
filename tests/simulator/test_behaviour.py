"""Who gets which behaviour, and how one is spelled in JSON."""

from __future__ import annotations

import pytest

from sence_gate.simulator.behaviour import LATEST, MOST_SCRIPTS, Behaviour, Scripts, behaviour_of
from tests.simulator.visitor import RUN

NEVER, TWICE = Behaviour(never=True), Behaviour(send_twice=True)


def test_a_script_stays_with_its_run() -> None:
    """Every POST of that RUN gets it, nobody else's does."""
    scripts = Scripts()
    scripts.script("12.345.678-5", NEVER)

    assert [scripts.take(RUN), scripts.take(RUN), scripts.take("11111111-1")] == [NEVER, NEVER, Behaviour()]


def test_the_queue_goes_first_and_once() -> None:
    """Queued behaviours are used up in order, before any script."""
    scripts = Scripts(default=NEVER)
    scripts.queue(TWICE)

    assert [scripts.take(RUN), scripts.take(RUN)] == [TWICE, NEVER]


def test_a_script_can_be_taken_back() -> None:
    """None returns a RUN to the default."""
    scripts = Scripts()
    scripts.script(RUN, NEVER)
    scripts.script(RUN, None)

    assert scripts.take(RUN) == Behaviour()


def test_clear_forgets_everything() -> None:
    """Scripts and queue are empty afterwards."""
    scripts = Scripts()
    scripts.script(RUN, NEVER)
    scripts.queue(TWICE)
    scripts.clear()

    assert scripts.take(RUN) == Behaviour()


def test_a_script_needs_a_run() -> None:
    """A RUN with a wrong check digit would never be found again."""
    with pytest.raises(ValueError, match="run"):
        Scripts().script("12345678-6", NEVER)


def test_scripts_are_bounded() -> None:
    """The oldest script is forgotten first."""
    scripts = Scripts()
    scripts.script(RUN, NEVER)
    for number in range(MOST_SCRIPTS):
        scripts.script(_run(20_000_000 + number), NEVER)

    assert scripts.take(RUN) == Behaviour()


def _run(number: int) -> str:
    total = sum(
        int(digit) * factor
        for digit, factor in zip(reversed(str(number)), (2, 3, 4, 5, 6, 7, 2, 3), strict=True)
    )
    return f"{number}-{'0K987654321'[total % 11]}"


@pytest.mark.parametrize(
    ("behaviour", "reported"),
    [
        pytest.param(Behaviour(), ("204",), id="the manual: one integer"),
        pytest.param(Behaviour(every_code=True), ("204", "211"), id="all that were found"),
    ],
)
def test_reported_codes(behaviour: Behaviour, reported: tuple[str, ...]) -> None:
    """GlosaError is one code unless told otherwise."""
    assert behaviour.reported((204, 211)) == reported


def test_every_name_can_be_spelled_in_json() -> None:
    """What Python can script, HTTP can."""
    data: dict[str, object] = {
        "codes": ["211", 204],
        "every_code": True,
        "separator": "|",
        "late_seconds": 2.5,
        "send_twice": True,
        "never": True,
        "blank_after_field_names": True,
        "upper_case_names": True,
        "omit_zona_horaria": True,
        "close_echoes_id": True,
        "lower_case_k": True,
        "extra_fields": {"Otro": "x"},
    }

    assert behaviour_of(data) == Behaviour(
        ("211", "204"), True, "|", 2.5, True, True, True, True, True, True, True, (("Otro", "x"),)
    )


@pytest.mark.parametrize(
    ("data", "names"),
    [
        pytest.param({"nunca": True}, "nunca", id="unknown name"),
        pytest.param({"never": 1}, "never", id="number for a switch"),
        pytest.param({"late_seconds": True}, "late_seconds", id="switch for a number"),
        pytest.param({"late_seconds": -1}, "late_seconds", id="before now"),
        pytest.param({"late_seconds": LATEST + 1}, "late_seconds", id="too late"),
        pytest.param({"late_seconds": float("nan")}, "late_seconds", id="no number"),
        pytest.param({"late_seconds": 10**400}, "late_seconds", id="beyond any float"),
        pytest.param({"codes": "211"}, "codes", id="codes are a list"),
        pytest.param({"codes": ["2"] * 21}, "codes", id="too many codes"),
        pytest.param({"codes": ["\ud800"]}, "codes", id="half a character"),
        pytest.param({"separator": "\n"}, "separator", id="control character"),
        pytest.param({"extra_fields": ["a"]}, "extra_fields", id="fields are an object"),
        pytest.param({"extra_fields": {"a": 1}}, "extra_fields", id="values are texts"),
    ],
)
def test_bad_json_is_refused_by_name(data: dict[str, object], names: str) -> None:
    """The message names what is wrong."""
    with pytest.raises(ValueError, match=names):
        behaviour_of(data)
