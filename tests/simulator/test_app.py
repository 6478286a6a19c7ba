"""The simulator over HTTP: addresses, scripts, what it saw, and anything at all as input."""

from __future__ import annotations

import json
from wsgiref.validate import validator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import Client

from sence_gate.simulator import sample
from sence_gate.simulator.app import LARGEST_BODY, Simulator
from sence_gate.simulator.behaviour import Behaviour
from sence_gate.simulator.tables import ANSWERS, Action
from tests.simulator.visitor import (
    CLOSE,
    RUN,
    RUN_WITH_K,
    START,
    URL_RETOMA,
    Visitor,
    close_fields,
    start_fields,
)

ADDRESSES = [
    "/rcetest/Registro/IniciarSesion",
    "/rcetest/Registro/CerrarSesion",
    "/rce/Registro/IniciarSesion",
    "/rce/Registro/CerrarSesion",
]
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("address", [pytest.param(each, id=each) for each in ADDRESSES])
def test_the_addresses_of_annex_1(visitor: Visitor, address: str) -> None:
    """All four take a POST and nothing else."""
    page = visitor.open(address)

    assert (page.status, page.headers["Allow"]) == (405, "POST")
    assert visitor.post(address, {}).status == 400


@pytest.mark.parametrize("environment", [pytest.param(each, id=each) for each in ("rcetest", "rce")])
def test_a_whole_session(visitor: Visitor, environment: str) -> None:
    """Start, then close: eight fields back, then seven."""
    started = visitor.log_in(visitor.post(f"/{environment}/Registro/IniciarSesion", start_fields())).form
    close = close_fields(started.fields["IdSesionSence"])
    closed = visitor.log_in(visitor.post(f"/{environment}/Registro/CerrarSesion", close)).form

    assert tuple(started.fields) == ANSWERS[Action.START, True]
    assert tuple(closed.fields) == ANSWERS[Action.CLOSE, True]
    assert (started.action, closed.action) == (URL_RETOMA, URL_RETOMA)


def test_there_is_no_such_edition() -> None:
    """A misspelt edition is found at once."""
    with pytest.raises(ValueError, match="clave-fiscal"):
        Simulator(edition="clave-fiscal")


def test_no_cookie_is_ever_set(visitor: Visitor) -> None:
    """The login is remembered by a hidden field."""
    login = visitor.post(START, start_fields())

    assert "Set-Cookie" not in login.headers
    assert "Set-Cookie" not in visitor.log_in(login).headers


def test_two_logins_have_two_ids(visitor: Visitor) -> None:
    """Nobody can guess his way into another login."""
    ids = {visitor.post(START, start_fields()).form.fields["ingreso"] for _ in range(2)}

    assert len(ids) == 2
    assert min(map(len, ids)) >= 32


def test_a_scripted_run(simulator: Simulator, visitor: Visitor) -> None:
    """Codes come at once, whatever was sent, until the script is taken back."""
    simulator.script(RUN, Behaviour(codes=(211, 204)))

    assert visitor.post(START, start_fields()).form.fields["GlosaError"] == "211;204"
    assert visitor.post(START, start_fields(RunAlumno=RUN_WITH_K)).asks_for_the_key
    simulator.clear_scripts()
    assert visitor.post(START, start_fields()).asks_for_the_key


def test_a_queued_behaviour_is_used_once(simulator: Simulator, visitor: Visitor) -> None:
    """The next POST gets it, the one after does not."""
    simulator.queue(Behaviour(codes=(300,)))

    assert visitor.post(START, start_fields()).form.fields["GlosaError"] == "300"
    assert visitor.post(START, start_fields()).asks_for_the_key


def test_a_behaviour_holds_until_the_answer(simulator: Simulator, visitor: Visitor) -> None:
    """It is chosen at the POST and still there after the login."""
    simulator.queue(Behaviour(omit_zona_horaria=True, late_seconds=2.5, send_twice=True))
    form = visitor.log_in(visitor.post(START, start_fields())).form

    assert "ZonaHoraria" not in form.fields
    assert (form.attributes["data-late-seconds"], form.attributes["data-times"]) == ("2.5", "2")


def test_a_default_behaviour_is_for_everybody() -> None:
    """A whole simulator can report every fault."""
    visitor = Visitor(Simulator(behaviour=Behaviour(every_code=True)))
    fields = start_fields(Token=sample.REVOKED_TOKEN, CodSence="123")

    assert visitor.post(START, fields).form.fields["GlosaError"] == "204;212"


def order(visitor: Visitor, data: object, **headers: str) -> int:
    """Return the status of the JSON order *data*."""
    body = json.dumps(data)
    return visitor.open(
        "/control", method="POST", data=body, content_type="application/json", headers=headers
    ).status


def test_orders_over_http(visitor: Visitor) -> None:
    """A test in another process can script, queue and clear."""
    assert order(visitor, {"run": RUN, "behaviour": {"codes": ["300"]}}) == 200
    assert order(visitor, {"behaviour": {"codes": ["302"]}}) == 200

    glosas = [visitor.post(START, start_fields()).form.fields["GlosaError"] for _ in range(2)]
    assert glosas == ["302", "300"]
    assert order(visitor, {"clear": True}) == 200
    assert visitor.post(START, start_fields()).asks_for_the_key


def test_a_bad_order_changes_nothing(visitor: Visitor) -> None:
    """It is answered with what is wrong."""
    assert order(visitor, {"run": "12345678-6", "behaviour": {"never": True}}) == 400
    assert order(visitor, {"behaviour": {"nunca": True}}) == 400
    assert visitor.post(START, start_fields()).asks_for_the_key


def test_another_site_may_not_give_orders(visitor: Visitor) -> None:
    """A page that the developer visits meanwhile scripts nothing."""
    assert order(visitor, {"clear": True}, Origin="https://otro.cl") == 403
    assert order(visitor, {"clear": True}, Origin="http://localhost") == 200


def test_the_control_page_does_what_it_says(visitor: Visitor) -> None:
    """Its own form is a valid order."""
    form = visitor.open("/control").form
    fields = {name: value for name, value in form.fields.items() if value} | {"codes": "210"}

    assert "Anotado." in visitor.post(form.action, fields).text
    assert visitor.post(START, start_fields()).form.fields["GlosaError"] == "210"


def seen(visitor: Visitor) -> dict[str, list[dict[str, str]]]:
    """Return `/visto.json`."""
    data: dict[str, list[dict[str, str]]] = json.loads(visitor.open("/visto.json").text)
    return data


def test_what_was_seen_is_listed(visitor: Visitor) -> None:
    """Newest first: the session that was opened, and the login before it."""
    id_sesion_sence = visitor.start()
    data = seen(visitor)

    assert [entry["result"] for entry in data["seen"]] == ["ok", "login"]
    assert data["seen"][0]["id_given"] == id_sesion_sence
    assert [each["id_sesion_sence"] for each in data["open_sessions"]] == [id_sesion_sence]


def test_a_closed_session_is_not_open(visitor: Visitor) -> None:
    """The list of open sessions is empty after the close."""
    visitor.log_in(visitor.post(CLOSE, close_fields(visitor.start())))

    assert seen(visitor)["open_sessions"] == []


@pytest.mark.parametrize("path", [pytest.param(each, id=each) for each in ("/", "/visto.json")])
def test_what_was_seen_has_no_secrets(visitor: Visitor, path: str) -> None:
    """Tokens and RUNs are masked; a key is never kept."""
    login = visitor.post(START, start_fields())
    visitor.log_in(visitor.log_in(login, key="secreta"))
    text = visitor.open(path).text

    assert not {word for word in (sample.TOKEN, RUN, "secreta") if word in text}


def test_the_simulator_may_be_mounted(simulator: Simulator) -> None:
    """Below a path, its own links carry that path."""
    client = Client(validator(simulator))
    page = client.post(START, data=start_fields(), base_url="http://localhost/sence", buffered=True).text

    assert 'action="/sence/ingreso"' in page
    assert 'href="/sence/static/simulator.css"' in page


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        pytest.param(b"a" * (LARGEST_BODY + 1), FORM, 413, id="too large"),
        pytest.param(b"a=1&" * 200, FORM, 400, id="too many parameters"),
        pytest.param(b"{}", "application/json", 415, id="json"),
        pytest.param(b"--x--", "multipart/form-data; boundary=x", 415, id="multipart"),
    ],
)
def test_bodies_that_are_no_form(visitor: Visitor, body: bytes, content_type: str, status: int) -> None:
    """They are answered with a page that says so."""
    page = visitor.open(START, method="POST", data=body, content_type=content_type)

    assert page.status == status
    assert "SIMULADOR" in page.text


def test_nothing_is_there(visitor: Visitor) -> None:
    """An address with a typing error is a 404, with a hint."""
    assert "Anexo 1" in visitor.open("/rcetest/Registro/IniciarSession").text


HARDLY_A_FORM = st.binary(max_size=400) | st.dictionaries(
    st.sampled_from(
        [*start_fields(), "IdSesionSence", "ingreso", "run", "clave", "accion", "codes", "never"]
    ),
    st.text(st.characters(codec="utf-8"), max_size=120),
).map(lambda fields: "&".join(f"{name}={value}" for name, value in fields.items()).encode())


@settings(deadline=None)  # each example compiles the templates anew
@given(
    path=st.sampled_from([*ADDRESSES, "/ingreso", "/vencido", "/control", "/", "/visto.json", "/static/x"])
    | st.text(st.characters(codec="utf-8"), max_size=30).map(lambda text: f"/{text}"),
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "OPTIONS"]),
    content_type=st.sampled_from([FORM, "application/json", "text/plain", "multipart/form-data; boundary=x"]),
    body=HARDLY_A_FORM,
)
def test_no_input_is_a_500(path: str, method: str, content_type: str, body: bytes) -> None:
    """Whatever is sent to whichever address, it is answered, and the simulator goes on."""
    visitor = Visitor(Simulator())
    visitor.open(path, method=method, data=body, content_type=content_type)

    assert visitor.open(path, method=method, data=body, content_type=content_type).status < 500
    assert visitor.open("/").status == 200


@settings(deadline=None)  # each example compiles the templates anew
@given(
    fields=st.dictionaries(
        st.sampled_from(list(start_fields())), st.text(st.characters(codec="utf-8"), max_size=120)
    )
)
def test_no_value_breaks_a_page(fields: dict[str, str]) -> None:
    """A good form with any values in it is answered with a login, a way back or an error page."""
    page = Visitor(Simulator()).post(START, {**start_fields(), **fields})

    assert page.status in {200, 400}
