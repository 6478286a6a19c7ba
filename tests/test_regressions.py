"""Faults that an attack on the running gate once showed, each with what must hold instead."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sence_gate.cookies import MAX_ATTEMPTS
from sence_gate.errors import StoreUnavailable
from sence_gate.protocol.raw import MAX_OWN, MAX_STRANGE
from sence_gate.protocol.session import REMEMBERED, Started, State
from sence_gate.stores.base import Entry, Kind
from sence_gate.stores.sqlite import SqliteStore
from tests.given import COURSE, Campus, answer, kept
from tests.samples import NOW, course, session
from tests.site.test_callback_bodies import post


@pytest.fixture(name="campus")
def _campus(tmp_path: Path) -> Campus:
    return Campus(tmp_path)


@pytest.mark.parametrize("cut", [1, 6, 40])
def test_a_callback_that_broke_off_opens_nothing(campus: Campus, cut: int) -> None:
    """The last field could be half an IdSesionSence, and the close would carry that half."""
    fields = answer(campus.begin())
    body = "&".join(f"{name}={value.replace(' ', '+')}" for name, value in fields.items()).encode()
    broken = {"CONTENT_LENGTH": str(len(body)), "wsgi.input_terminated": True}
    response = post(campus, "/inicio/ok", body[:-cut], **broken)
    assert response.status_code == 400
    assert post(campus, "/inicio/ok", body).status_code == 303


def test_the_gate_s_own_pages_are_no_return_although_a_course_guards_everything(tmp_path: Path) -> None:
    """The start page would lead back to itself for ever."""
    campus = Campus(tmp_path, courses=(course(paths=("/",), exceptions=()),))
    for volver in ("/_sence/inicio?curso=excel", "/_SENCE/inicio?curso=excel", "/x/..%2f_sence/inicio"):
        _, cookies = campus.open_up(volver=volver)
        gone_on = campus.ask(
            "/_sence/inicio", query_string={"curso": "excel", "volver": volver}, cookies=cookies
        )
        assert gone_on.location == "/"


@pytest.mark.parametrize(
    "path", ["/_sence/vuelta", "/_sence/inicio", "/_sence/cierre", "/_sence/estado", "/_sence/banner.js"]
)
@pytest.mark.parametrize(
    "query", ["i=\xff", "curso=\xe0%ff", "%", "a=b&" * 500], ids=["ff", "e0", "sign", "many"]
)
def test_raw_bytes_in_a_query_are_no_error_of_ours(campus: Campus, path: str, query: str) -> None:
    """Some servers pass on whatever stands in the request line."""
    assert campus.ask(path, environ={"QUERY_STRING": query}).status_code < 500


def test_all_attempts_together_fit_a_server_s_limit_of_headers(campus: Campus) -> None:
    """Four starts with long addresses leave a Cookie header that every server takes."""
    cookies = ""
    for number in range(MAX_ATTEMPTS + 1):
        wanted = "/cursos/excel/?" + "".join(f"&{number}{each:x}" for each in range(350))
        begun = campus.begin(volver=wanted, cookies=cookies)
        cookies = kept(begun.cookies)
        campus.clock.move(minutes=61)
    assert len(cookies) < 7_000


def test_an_old_callback_of_a_forgotten_attempt_opens_nothing(campus: Campus) -> None:
    """What was purged stays closed when an old page is sent again."""
    begun = campus.begin()
    campus.call_back("/inicio/ok", answer(begun))
    campus.clock.move(minutes=60 * 24 * 40)
    _close(campus, begun.fields["IdSesionAlumno"])
    campus.store.forget(campus.clock() + timedelta(days=1))
    assert campus.call_back("/inicio/ok", answer(begun)).status_code == 404


def _close(campus: Campus, id_sesion_alumno: str) -> None:
    opened = campus.store.get(id_sesion_alumno)
    assert opened
    after = replace(opened, state=State.CLOSED, version=opened.version + 1)
    campus.store.swap(opened, after, Entry(campus.clock(), Kind.CLOSE_OK))


def test_what_strangers_add_to_a_callback_has_little_room_in_the_ledger(campus: Campus) -> None:
    """The ledger is for ever, and anybody can send more fields than SENCE has."""
    fields = answer(campus.begin()) | {f"x{number}": "ñ" * 400 for number in range(20)}
    campus.call_back("/inicio/ok", fields)
    entry = list(campus.store.ledger())[-1]
    assert sum(len(name) + len(value) for name, value in entry.raw) <= MAX_STRANGE + MAX_OWN
    assert {"IdSesionSence", "RunAlumno", "FechaHora"} <= {name for name, _ in entry.raw}


def test_ids_of_one_attempt_do_not_pile_up() -> None:
    """Whoever forges starts of his own does not blow up the session or its cookie."""
    opened = session()
    for number in range(400):
        opened = opened.apply(Started(f"forged-{number}"), NOW)
    assert len(opened.earlier) == REMEMBERED


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "HEAD"])
def test_only_what_saves_something_passes_in_grace(campus: Campus, method: str) -> None:
    """An odd word in place of GET shows no page after the end."""
    cookies = campus.hold()
    campus.clock.move(minutes=181)
    campus.platform.calls.clear()
    campus.ask(COURSE, method, cookies=cookies)
    assert campus.platform.calls == []


def test_a_store_whose_file_is_gone_is_away_and_not_empty(tmp_path: Path) -> None:
    """SQLite would make a new file, and every session would seem never to have been."""
    path = tmp_path / "gate.sqlite"
    store = SqliteStore(path)
    store.ping()
    aside = path.rename(tmp_path / "aside.sqlite")
    for ask in (store.ping, lambda: store.get("x"), lambda: list(store.ledger())):
        with pytest.raises(StoreUnavailable, match="is gone"):
            ask()
    aside.rename(path)
    store.ping()
    store.close()


def test_a_store_whose_file_was_emptied_is_away_and_not_empty(tmp_path: Path) -> None:
    """A restore that went wrong must not look like a platform without learners."""
    path = tmp_path / "gate.sqlite"
    store = SqliteStore(path)
    store.ping()
    store.close()
    for each in tmp_path.glob("gate.sqlite*"):
        each.write_bytes(b"")
    with pytest.raises(StoreUnavailable, match="is empty"):
        store.get("x")
    store.close()
