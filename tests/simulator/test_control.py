"""Orders over HTTP."""

from __future__ import annotations

import json

import pytest

from sence_gate.simulator.behaviour import Behaviour
from sence_gate.simulator.control import Order, read_order
from tests.simulator.visitor import RUN


@pytest.mark.parametrize(
    ("data", "order"),
    [
        pytest.param(
            {"run": RUN, "behaviour": {"never": True}}, Order(RUN, Behaviour(never=True)), id="a run"
        ),
        pytest.param({"run": RUN, "behaviour": None}, Order(RUN), id="back to normal"),
        pytest.param({"behaviour": {}}, Order("", Behaviour()), id="the next post"),
        pytest.param({"clear": True}, Order(clear=True), id="forget"),
    ],
)
def test_orders_in_json(data: object, order: Order) -> None:
    """The four orders that the module lists."""
    assert read_order(json.dumps(data).encode(), is_json=True) == order


@pytest.mark.parametrize(
    ("body", "order"),
    [
        pytest.param(
            b"codes=211%3B204&never=on", Order("", Behaviour(("211", "204"), never=True)), id="next post"
        ),
        pytest.param(
            b"run=12345678-5&late_seconds=2&separator=,",
            Order(RUN, Behaviour(late_seconds=2, separator=",")),
            id="a run",
        ),
        pytest.param(b"accion=normal&run=12345678-5", Order(RUN), id="back to normal"),
        pytest.param(b"accion=limpiar&run=x", Order(clear=True), id="forget"),
    ],
)
def test_orders_in_the_form(body: bytes, order: Order) -> None:
    """The control page says the same as JSON."""
    assert read_order(body, is_json=False) == order


@pytest.mark.parametrize(
    ("body", "is_json"),
    [
        pytest.param(b"{", True, id="no json"),
        pytest.param(b"[" * 9000, True, id="too deep"),
        pytest.param(b"\xff", True, id="no text"),
        pytest.param(b"[]", True, id="no object"),
        pytest.param(b"{}", True, id="nothing to do"),
        pytest.param(b'{"otra": 1}', True, id="unknown name"),
        pytest.param(b'{"run": 1, "behaviour": {}}', True, id="run is a number"),
        pytest.param(b'{"behaviour": []}', True, id="behaviour is a list"),
        pytest.param(b"late_seconds=pronto", False, id="no number"),
        pytest.param(b"accion=normal", False, id="normal for nobody"),
    ],
)
def test_what_is_no_order_is_refused(body: bytes, is_json: bool) -> None:
    """Nothing else than ValueError leaves."""
    with pytest.raises(ValueError, match=r"\w"):
        read_order(body, is_json=is_json)
