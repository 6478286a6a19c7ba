"""The login of both editions: tries, time, wrong learner, giving up."""

from __future__ import annotations

import re
import threading

import pytest

from sence_gate.simulator import desk as desk_module
from sence_gate.simulator.app import Simulator
from sence_gate.simulator.behaviour import Behaviour
from sence_gate.simulator.sample import RUN_WITHOUT_KEY
from tests.simulator.visitor import (
    CLOSE,
    RUN,
    START,
    URL_ERROR,
    URL_RETOMA,
    Clock,
    Visitor,
    close_fields,
    start_fields,
)

OTHER_RUN = "11111111-1"


def test_the_right_key_opens_a_session(visitor: Visitor) -> None:
    """The learner goes to UrlRetoma with a new IdSesionSence."""
    page = visitor.log_in(visitor.post(START, start_fields()))

    assert page.form.action == URL_RETOMA
    assert 0 < len(page.form.fields["IdSesionSence"]) <= 149


def test_every_start_gets_its_own_session(visitor: Visitor) -> None:
    """The same IdSesionAlumno twice makes two sessions, as SENCE does."""
    assert visitor.start() != visitor.start()


def test_two_wrong_keys_are_forgiven(visitor: Visitor) -> None:
    """The page counts down, and the third try may be right."""
    login = visitor.post(START, start_fields())
    first = visitor.log_in(login, key="mala")
    second = visitor.log_in(first, key="mala")

    assert "Te quedan 2 intentos" in first.text
    assert "Te queda 1 intento" in second.text
    assert visitor.log_in(second).form.action == URL_RETOMA


def test_three_wrong_keys_are_error_100(visitor: Visitor) -> None:
    """The third wrong key sends the learner back."""
    page = visitor.post(START, start_fields())
    for _ in range(3):
        page = visitor.log_in(page, key="mala")

    assert (page.form.action, page.form.fields["GlosaError"]) == (URL_ERROR, "100")


def test_who_has_no_key_ends_at_error_100(visitor: Visitor) -> None:
    """Annex 2: "o el usuario no tiene Clave SENCE"."""
    page = visitor.post(START, start_fields(RunAlumno=RUN_WITHOUT_KEY))
    for _ in range(3):
        page = visitor.log_in(page, RUN_WITHOUT_KEY)

    assert page.form.fields["GlosaError"] == "100"


def test_a_closed_login_takes_no_more_keys(visitor: Visitor) -> None:
    """After error 100 the right key opens nothing; the form goes back as before."""
    login = page = visitor.post(START, start_fields())
    for _ in range(3):
        page = visitor.log_in(login, key="mala")

    assert visitor.log_in(login).form == page.form


@pytest.mark.parametrize(
    ("waited", "url"),
    [
        pytest.param(180.0, URL_RETOMA, id="three minutes"),
        pytest.param(180.5, URL_ERROR, id="more than three minutes"),
    ],
)
def test_a_late_key_is_error_210(visitor: Visitor, clock: Clock, waited: float, url: str) -> None:
    """The key is right, but three minutes are over."""
    login = visitor.post(START, start_fields())
    clock.now += waited
    page = visitor.log_in(login)

    assert page.form.action == url
    assert page.form.fields.get("GlosaError", "210") == "210"


def test_the_time_runs_for_a_close_too(visitor: Visitor, clock: Clock) -> None:
    """Section 2: "al iniciar o cerrar sesión"."""
    login = visitor.post(CLOSE, close_fields(visitor.start()))
    clock.now += 181

    assert visitor.log_in(login).form.fields["GlosaError"] == "210"


def refresh(text: str) -> tuple[int, str]:
    """Return the seconds and the address of a page's timer."""
    found = re.search(r'http-equiv="refresh" content="(\d+); url=([^"]+)"', text)
    assert found is not None
    return int(found[1]), found[2]


def test_the_pages_own_timer_sends_the_learner_back(visitor: Visitor, clock: Clock) -> None:
    """A learner who walks away comes back with 210, without script."""
    seconds, url = refresh(visitor.post(START, start_fields()).text)
    clock.now += seconds
    page = visitor.open(url)

    assert seconds == 181
    assert page.form.fields["GlosaError"] == "210"


def test_a_timer_that_fires_early_changes_nothing(visitor: Visitor, clock: Clock) -> None:
    """The login is shown again with the rest of its time."""
    _, url = refresh(visitor.post(START, start_fields()).text)
    clock.now += 100
    page = visitor.open(url)

    assert refresh(page.text)[0] == 81
    assert visitor.log_in(page).form.action == URL_RETOMA


def test_a_wrong_key_gains_no_time(visitor: Visitor, clock: Clock) -> None:
    """The three minutes count from the first page."""
    login = visitor.post(START, start_fields())
    clock.now += 100
    page = visitor.log_in(login, key="mala")

    assert refresh(page.text)[0] == 81


def test_clave_unica_never_returns_a_wrong_key(unica: Visitor, clock: Clock) -> None:
    """Section 2 of 1.1.6: the learner stays at the login until he succeeds."""
    page = unica.post(START, start_fields())
    for _ in range(20):
        clock.now += 600
        page = unica.log_in(page, key="mala")

    assert page.asks_for_the_key
    assert 'http-equiv="refresh"' not in page.text
    assert unica.log_in(page).form.action == URL_RETOMA


@pytest.mark.parametrize(
    ("edition", "code"),
    [
        pytest.param("clave-sence", "208", id="clave sence"),
        pytest.param("clave-unica", "311", id="clave única"),
    ],
)
def test_another_learners_key_is_refused(edition: str, code: str) -> None:
    """Who logs in must be RunAlumno."""
    visitor = Visitor(Simulator(edition=edition))
    page = visitor.log_in(visitor.post(START, start_fields()), OTHER_RUN)

    assert page.form.fields["GlosaError"] == code


def test_clave_unica_can_be_given_up(unica: Visitor) -> None:
    """Error 312, and the form is the same when asked again."""
    login = unica.post(START, start_fields())
    page = unica.log_in(login, "", "", action="cancelar")

    assert page.form.fields["GlosaError"] == "312"
    assert unica.log_in(login).form == page.form


def test_clave_sence_cannot_be_given_up(visitor: Visitor) -> None:
    """The older edition has no code for it: the learner stays."""
    login = visitor.post(START, start_fields())

    assert visitor.log_in(login, "", "", action="cancelar").asks_for_the_key


def test_a_run_may_be_typed_with_dots(visitor: Visitor) -> None:
    """People write RUNs as on their card."""
    login = visitor.post(START, start_fields())

    assert visitor.log_in(login, "12.345.678-5").form.action == URL_RETOMA


def test_reloading_the_answer_opens_no_second_session(visitor: Visitor) -> None:
    """The very same form comes back."""
    login = visitor.post(START, start_fields())

    assert visitor.log_in(login).form == visitor.log_in(login).form


def test_a_session_is_closed_once(visitor: Visitor) -> None:
    """The second close of a session is refused."""
    id_sesion_sence = visitor.start()
    login = visitor.post(CLOSE, close_fields(id_sesion_sence))

    assert login.asks_for_the_key
    assert visitor.log_in(login).form.action == URL_RETOMA
    assert visitor.post(CLOSE, close_fields(id_sesion_sence)).form.fields["GlosaError"] == "305"


def test_two_tabs_close_a_session_once(visitor: Visitor) -> None:
    """The one that types its key second is refused."""
    id_sesion_sence = visitor.start()
    tabs = [visitor.post(CLOSE, close_fields(id_sesion_sence)) for _ in range(2)]

    assert [visitor.log_in(tab).form.action for tab in tabs] == [URL_RETOMA, URL_ERROR]


def test_a_session_that_ends_during_the_login_is_refused(unica: Visitor, clock: Clock) -> None:
    """The three hours may end while the key is typed."""
    login = unica.post(CLOSE, close_fields(unica.start()))
    clock.now += 3 * 3600 + 1

    assert unica.log_in(login).form.fields["GlosaError"] == "301"


def test_never_registers_and_keeps_the_learner(simulator: Simulator, visitor: Visitor) -> None:
    """SENCE has the session, the platform hears nothing."""
    simulator.script(RUN, Behaviour(never=True))
    page = visitor.log_in(visitor.post(START, start_fields()))

    assert list(page.tree.iter("form")) == []
    assert "Sesiones abiertas" in visitor.open("/").text
    assert "•••••678-5" in visitor.open("/").text


def test_logins_are_bounded(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest login is forgotten, and says so."""
    monkeypatch.setattr(desk_module, "MOST_LOGINS", 2)
    logins = [visitor.post(START, start_fields()) for _ in range(3)]

    assert visitor.log_in(logins[0]).status == 404
    assert visitor.log_in(logins[2]).form.action == URL_RETOMA


def test_sessions_are_bounded(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forgotten session cannot be verified."""
    monkeypatch.setattr(desk_module, "MOST_SESSIONS", 1)
    first = visitor.start()
    visitor.start()

    assert visitor.post(CLOSE, close_fields(first)).form.fields["GlosaError"] == "304"


def test_threads_may_share_the_simulator(simulator: Simulator) -> None:
    """Many learners at once: each gets a session, and no two the same."""
    ids: list[str] = []
    learners = [threading.Thread(target=lambda: ids.append(Visitor(simulator).start())) for _ in range(12)]
    for learner in learners:
        learner.start()
    for learner in learners:
        learner.join()

    assert len(set(ids)) == 12
