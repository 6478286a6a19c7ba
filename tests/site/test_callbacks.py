"""SENCE's callbacks through the door: any bytes get a page, nothing gets a failure."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from sence_gate.protocol.session import State
from sence_gate.site.answering import CALLBACKS
from sence_gate.stores.base import Kind
from tests.given import Campus, Trip, answer, hidden_fields, kept, set_cookies
from tests.samples import course

URLS = list(CALLBACKS)
HOSTILE = "\"><svg onload=alert(1)>';alert(1)//</script>{{7*7}}\u2028"


def opened(campus: Campus) -> tuple[Trip, Trip]:
    """Return a start that was confirmed, and its close on the way."""
    begun, cookies = campus.open_up()
    return begun, campus.close_up(cookies)


@pytest.mark.parametrize("path", ["/inicio/ok", "/inicio/ok/"])
def test_c1_c20_a_confirmed_start_goes_on_to_vuelta(campus: Campus, path: str) -> None:
    """Always 303, so that the next request is a GET and brings the cookies; the address names nobody."""
    begun = campus.begin()
    response = campus.call_back(path, answer(begun))
    tag = begun.id_sesion_alumno.split(".")[2][:8]
    assert (response.status_code, response.location) == (303, f"/_sence/vuelta?i={tag}")
    assert list(set_cookies(response)) == [f"__Host-_sence-c-{tag}"]


def test_vuelta_without_a_tag_is_only_on_the_way(campus: Campus) -> None:
    """Who opens it from the history is not told that SENCE answered, or of another browser."""
    response = campus.ask("/_sence/vuelta")
    assert (response.status_code, "Esta página es solo de paso" in response.text) == (200, True)


def test_c20_a_query_on_a_callback_changes_nothing(campus: Campus) -> None:
    """What is added to the address is not read."""
    begun = campus.begin()
    response = campus.call_back("/inicio/ok?IdSesionAlumno=x&RunAlumno=y", answer(begun))
    assert response.status_code == 303
    assert campus.session(begun.id_sesion_alumno).state is State.OPEN


def test_c2_a_reloaded_confirmation_gets_the_same_answer(campus: Campus) -> None:
    """The learner presses reload on the way."""
    begun = campus.begin()
    answers = [campus.call_back("/inicio/ok", answer(begun)) for _ in range(3)]
    assert len({(each.status_code, each.location) for each in answers}) == 1


def test_a_confirmed_close_goes_on_to_vuelta_too(campus: Campus) -> None:
    """The closed page is shown where the cookies are."""
    begun, closing = opened(campus)
    response = campus.call_back("/cierre/ok", answer(closing, IdSesionSence=""))
    assert (response.status_code, set_cookies(response)) == (303, {})
    assert campus.session(begun.id_sesion_alumno).state is State.CLOSED


@pytest.mark.parametrize(
    ("glosa", "title", "turn", "codes"),
    [
        pytest.param(
            "100", "SENCE no registró tu asistencia", "Ahora te toca a ti", "100", id="the learner's"
        ),
        pytest.param(
            "204", "SENCE no registró tu asistencia", "Ahora le toca a tu OTEC", "204", id="the OTEC's"
        ),
        pytest.param("204;100", "", "Ahora te toca a ti", "204, 100", id="C10, a list, the learner's first"),
        pytest.param("204|300", "", "Ahora le toca a tu OTEC", "204, 300", id="C10, a list with a bar"),
        pytest.param("999", "", "Ahora le toca a SENCE", "999", id="C10, unknown"),
        pytest.param("-1", "", "Ahora le toca a SENCE", "0", id="C10, negative"),
        pytest.param("", "", "Ahora le toca a SENCE", "ningún código", id="C10, empty"),
        pytest.param("0", "", "Ahora le toca a SENCE", "ningún código", id="C10, zero"),
        pytest.param("texto", "", "Ahora le toca a SENCE", "0", id="C10, text"),
    ],
)
def test_a_refused_start_says_whose_turn_it_is(
    campus: Campus, glosa: str, title: str, turn: str, codes: str
) -> None:
    """In words for the learner, with the codes folded away for the operator."""
    begun = campus.begin()
    response = campus.call_back("/inicio/error", answer(begun, IdSesionSence="", GlosaError=glosa))
    assert response.status_code == 200
    assert title in response.text
    assert turn in response.text
    assert f"SENCE informó {codes}." in response.text
    assert 'href="/_sence/inicio?curso=excel"' in response.text


def test_a_refused_start_can_be_tried_again_from_its_page(campus: Campus) -> None:
    """The button leads to the start page, which remembers the page that was wanted."""
    begun = campus.begin(volver="/cursos/excel/leccion/7")
    campus.call_back("/inicio/error", answer(begun, GlosaError="100"))
    page = campus.ask("/_sence/inicio?curso=excel", cookies=begun.cookies)
    assert hidden_fields(page)["volver"] == "/cursos/excel/leccion/7"


def test_a_refusal_after_the_confirmation_goes_on(campus: Campus) -> None:
    """An old error page, reloaded: the session is open, the learner goes to the course."""
    begun = campus.begin()
    confirmed = campus.call_back("/inicio/ok", answer(begun))
    response = campus.call_back("/inicio/error", answer(begun, GlosaError="100"))
    assert (response.status_code, response.location) == (303, confirmed.location)


def test_a_refusal_after_the_close_goes_on(campus: Campus) -> None:
    """SENCE had closed already: nothing is left to try."""
    _, closing = opened(campus)
    campus.call_back("/cierre/ok", answer(closing))
    response = campus.call_back("/cierre/error", answer(closing, GlosaError="300"))
    assert response.status_code == 303


@pytest.mark.parametrize(
    ("path", "status"),
    [("/inicio/ok", 409), ("/cierre/ok", 409), ("/inicio/error", 200), ("/cierre/error", 200)],
)
def test_c5_a_mismatch_gets_a_page_that_opens_nothing(campus: Campus, path: str, status: int) -> None:
    """At each of the four addresses; the page does not say which field."""
    begun = campus.begin()
    response = campus.call_back(path, answer(begun, CodigoCurso="5999999"))
    assert (response.status_code, set_cookies(response)) == (status, {})
    assert "codigo_curso" not in response.text
    assert campus.session(begun.id_sesion_alumno).state is State.PENDING
    assert len(campus.entries(Kind.QUARANTINED)) == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [("/inicio/ok", 404), ("/cierre/ok", 404), ("/inicio/error", 200), ("/cierre/error", 200)],
)
def test_c3_a_strangers_callback_gets_a_neutral_page(campus: Campus, path: str, status: int) -> None:
    """The same page for an id that never was and for one whose mac is wrong: nothing to learn from it."""
    begun = campus.begin()
    never = answer(begun, IdSesionAlumno="nunca", RunAlumno="1-9")
    wrong = answer(begun, IdSesionAlumno=begun.id_sesion_alumno[:-3] + "AAA")
    pages = [campus.call_back(path, fields) for fields in (never, wrong)]
    texts = {page.text.partition("<footer>")[0] for page in pages}
    assert [page.status_code for page in pages] == [status, status]
    assert len(texts) == 1
    assert campus.store.unmatched()[0] == 2


@pytest.mark.parametrize(("path", "status"), [("/cierre/ok", 409), ("/cierre/error", 200)])
def test_c7_a_start_at_the_address_of_a_close_is_kept(campus: Campus, path: str, status: int) -> None:
    """The address decides: SENCE cannot have closed what never opened."""
    begun = campus.begin()
    response = campus.call_back(path, answer(begun))
    assert response.status_code == status
    assert campus.session(begun.id_sesion_alumno).state is State.PENDING
    assert len(campus.entries(Kind.ILLEGAL)) == 1


@pytest.mark.parametrize("path", URLS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_c6_a_look_at_a_callbacks_address_changes_nothing(campus: Campus, path: str, method: str) -> None:
    """Somebody pressed enter in the address bar: a page that explains, without a body for HEAD."""
    response = campus.ask(f"/_sence{path}?IdSesionAlumno=x", method)
    assert response.status_code == 200
    assert ("Esta página es solo de paso" in response.text) is (method == "GET")
    assert (campus.entries(), campus.store.unmatched()[0]) == ([], 0)


@pytest.mark.parametrize("path", URLS)
@pytest.mark.parametrize(
    "name", ["GlosaError", "RunAlumno", "IdSesionSence", "CodigoCurso", "IdSesionAlumno"]
)
def test_x3_markup_in_a_callback_is_not_shown(campus: Campus, path: str, name: str) -> None:
    """Reflected or not: never as markup."""
    response = campus.call_back(path, answer(campus.begin(), **{name: HOSTILE}))
    assert response.status_code in (200, 303, 404, 409)
    assert "<svg onload" not in response.text
    assert "</script>{{" not in response.text


@pytest.mark.parametrize("path", URLS)
def test_c21_callbacks_need_no_origin_of_ours_and_no_learner(school: Campus, path: str) -> None:
    """They come from another site, without cookies, and nobody is logged in on that request."""
    begun = school.begin(user="12345678-5")
    response = school.call_back(path, answer(begun), headers={"Origin": "https://evil.example"})
    assert response.status_code in (200, 303, 409)
    assert school.entries()[-1].raw


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
@pytest.mark.parametrize("path", URLS)
def test_other_methods_at_a_callback_are_not_allowed(campus: Campus, path: str, method: str) -> None:
    """405, with what is allowed."""
    response = campus.ask(f"/_sence{path}", method)
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize("path", URLS)
def test_c19_a_callback_is_not_lost_with_the_store(campus: Campus, path: str) -> None:
    """The page keeps the fields and its button posts them to the same address."""
    begun = campus.begin()
    fields = answer(begun, GlosaError="100") if path.endswith("error") else answer(begun)
    campus.store.is_away = True
    response = campus.call_back(path, fields)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert f'action="/_sence{path}"' in response.text
    assert hidden_fields(response) == fields
    assert set_cookies(response) == {}


def test_d2_a_callback_survives_a_locked_database(
    campus: Campus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For real: somebody holds the file, the page waits, its button works when the lock is gone."""
    monkeypatch.setattr("sence_gate.stores.sqlite_connections.BUSY_SECONDS", 0.05)
    begun = campus.begin()
    campus.store.real.close()
    lock = sqlite3.connect(tmp_path / "gate.sqlite", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    page = campus.call_back("/inicio/ok", answer(begun))
    lock.execute("ROLLBACK")
    lock.close()
    again = campus.press("/_sence/inicio/ok", hidden_fields(page))
    landed = campus.ask(again.location or "", cookies=kept(begun.cookies, again))
    assert [page.status_code, again.status_code, landed.status_code] == [503, 303, 200]
    assert "foreign_origin" not in campus.entries()[-1].flags


@pytest.mark.parametrize("path", URLS)
def test_d2_a_callback_meets_a_damaged_file_with_a_page(campus: Campus, tmp_path: Path, path: str) -> None:
    """Corrupt is away, never empty and never a failure of ours."""
    begun = campus.begin()
    campus.store.real.close()
    for file in tmp_path.glob("gate.sqlite*"):
        file.write_bytes(b"no database " * 1000)
    response = campus.call_back(path, answer(begun))
    assert response.status_code == 503
    assert str(tmp_path) not in response.text


def test_the_incident_is_in_page_log_and_ledger(campus: Campus, caplog: pytest.LogCaptureFixture) -> None:
    """The code that the learner reads out finds both."""
    begun = campus.begin()
    response = campus.call_back("/inicio/error", answer(begun, GlosaError="204"))
    incident = campus.entries()[-1].incident
    assert incident in response.text
    assert f"callback start_error: applied ({incident})" in caplog.text


def test_a_callback_of_a_course_that_is_gone_still_has_its_pages(campus: Campus) -> None:
    """The course was taken out of the settings while the learner was at SENCE."""
    begun = campus.begin()
    campus.configure(courses=(course(id="word", paths=("/cursos/word/",)),))
    refused = campus.call_back("/inicio/error", answer(begun, GlosaError="100"))
    confirmed = campus.call_back("/inicio/ok", answer(begun))
    landed = campus.ask(confirmed.location or "", cookies=kept(begun.cookies, confirmed))
    assert [refused.status_code, landed.status_code] == [200, 200]
    assert "Asistencia registrada" in landed.text
