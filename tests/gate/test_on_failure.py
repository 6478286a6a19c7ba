"""A store that cannot be asked, and what the operator chose for that: believe the cookie, or refuse."""

from __future__ import annotations

from typing import NoReturn

import pytest

from sence_gate.config import Learner, OnFailure, StoreSettings
from sence_gate.errors import StoreAway
from tests.given import COURSE, TRUSTED, Campus, set_cookies
from tests.samples import RUN

ASKED = Learner()
REFUSE = StoreSettings(on_failure=OnFailure.REFUSE, recheck_seconds=0)


def _away(*_: str) -> NoReturn:
    raise StoreAway("the shared store of the tests is away")


@pytest.mark.parametrize(
    ("on_failure", "status"),
    [
        pytest.param(OnFailure.TRUST_COOKIE, 200, id="trust-cookie"),
        pytest.param(OnFailure.REFUSE, 503, id="refuse"),
    ],
)
def test_a_genuine_cookie_without_the_store(campus: Campus, on_failure: OnFailure, status: int) -> None:
    """Admitted, or asked to come back; the cookie stays in both cases."""
    campus.configure(store=StoreSettings(on_failure=on_failure))
    cookies = campus.hold()
    campus.store.is_away = True
    response = campus.ask(COURSE, cookies=cookies)
    assert (response.status_code, set_cookies(response)) == (status, {})
    assert response.headers.get("Retry-After") == (None if status == 200 else "10")
    assert len(campus.platform.calls) == (status == 200)


def test_a_refusing_gate_admits_as_soon_as_it_can_ask(campus: Campus) -> None:
    """The cookie that stayed is enough."""
    campus.configure(store=REFUSE)
    cookies = campus.hold()
    campus.store.is_away = True
    assert campus.ask(COURSE, cookies=cookies).status_code == 503
    campus.store.is_away = False
    assert campus.admits(campus.ask(COURSE, cookies=cookies))


def test_a_refusing_gate_believes_its_last_look(campus: Campus) -> None:
    """For recheck_seconds, as always: a page with sixty assets is not torn apart."""
    campus.configure(store=StoreSettings(on_failure=OnFailure.REFUSE, recheck_seconds=60))
    cookies = campus.hold()
    assert campus.ask(COURSE, cookies=cookies).status_code == 200
    campus.store.is_away = True
    assert campus.ask(COURSE, cookies=cookies).status_code == 200


def test_a_refusing_gate_touches_nothing_else(school: Campus) -> None:
    """What no course guards passes, and so does who is not logged in."""
    school.configure(store=REFUSE, learner=TRUSTED)
    school.store.is_away = True
    assert school.ask("/contacto", user=str(RUN)).status_code == 200
    assert school.ask(COURSE).status_code == 200


@pytest.mark.parametrize(
    ("on_failure", "status"),
    [
        pytest.param(OnFailure.TRUST_COOKIE, 303, id="trust-cookie"),
        pytest.param(OnFailure.REFUSE, 503, id="refuse"),
    ],
)
@pytest.mark.parametrize("user", [pytest.param("", id="by attempt"), pytest.param(str(RUN), id="by RUN")])
def test_a_learner_without_a_cookie_while_a_shared_store_is_away(
    school: Campus, monkeypatch: pytest.MonkeyPatch, on_failure: OnFailure, status: int, user: str
) -> None:
    """A start can be made; a refusing gate does not ask for one that the store may know to be made."""
    learner = TRUSTED if user else ASKED
    school.configure(store=StoreSettings(on_failure=on_failure), learner=learner)
    begun = school.begin(user=user)
    for look in ("get", "find_open"):
        monkeypatch.setattr(school.store, look, _away)
    cookies = "" if user else begun.cookies
    assert school.ask(COURSE, cookies=cookies, user=user).status_code == status
