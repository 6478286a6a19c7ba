"""Learners of a real Django site, known by its own session."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError
from django.db.models.fields.related_descriptors import ManyToManyDescriptor
from werkzeug.test import Client, TestResponse, create_environ

from sence_gate.config import Learner, LearnerSource
from sence_gate.contrib import django as contrib
from sence_gate.learners import Standing
from sence_gate.middleware import SenceGate
from sence_gate.stores.base import Entry, Kind
from sence_gate.stores.sqlite import SqliteStore
from tests.contrib.django_site import Session, User, connections, make_site, settings
from tests.samples import NOW, OTHER_RUN, RUN, Clock, config, session

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LESSON = "/cursos/excel/1"


class Site:
    """The Django site behind a gate, and one browser."""

    def __init__(self, folder: Path, **learner: Any) -> None:
        self.application = make_site(str(RUN), str(OTHER_RUN))
        self.store = SqliteStore(folder / "gate.sqlite")
        self.configure(**learner)
        self.browser = Client(self._to_the_door)

    def configure(self, **learner: Any) -> None:
        """Start the gate with these settings of the learner."""
        chosen = config(learner=Learner(LearnerSource.DJANGO, **learner))
        self.door = SenceGate(self.application, chosen, store=self.store, clock=Clock())

    def _to_the_door(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self.door(environ, start_response)

    def ask(self, path: str, method: str = "GET", **form: str) -> TestResponse:
        """Return the answer to one request of the browser."""
        return self.browser.open(path, method=method, base_url="https://campus.otec.cl", data=form or None)

    def sees(self) -> tuple[str, bool] | None:
        """Return whom the lesson greets and whether it has a session; None when the gate answers."""
        answer = self.ask(LESSON)
        return (answer.json["user"], answer.json["session"]) if answer.status_code == 200 else None  # type: ignore[index]  # the site answers JSON


@pytest.fixture(name="site")
def gated_site(tmp_path: Path) -> Iterator[Site]:
    """Return the site, with nobody logged in."""
    site = Site(tmp_path, exempt=("group:Docentes", "field:is_superuser"))
    yield site
    site.store.close()
    connections.close_all()


def test_who_is_not_logged_in_sees_the_site(site: Site) -> None:
    """Django shows its own login."""
    assert site.sees() == ("", False)


def test_k14_the_learner_is_whoever_django_knows(site: Site) -> None:
    """Logged in, the learner needs a session, and the next one in the same browser an own one."""
    site.ask(f"/ingresar/{RUN}")
    assert site.sees() is None
    site.store.swap(None, session(), Entry(NOW, Kind.START_OK))
    assert site.sees() == (str(RUN), True)
    site.ask(f"/ingresar/{OTHER_RUN}")
    assert site.sees() is None
    site.ask("/salir")
    assert site.sees() == ("", False)


@pytest.mark.parametrize("staff", [pytest.param("profe", id="a group"), pytest.param("jefa", id="a flag")])
def test_staff_passes(site: Site, staff: str) -> None:
    """Whom SENCE does not expect reaches the platform, and is counted."""
    site.ask(f"/ingresar/{staff}")
    assert site.sees() == (staff, False)
    assert site.door.exempted == {"excel: learner.exempt": 1}


def test_who_looks_through_a_learner_s_account_uses_no_session(site: Site) -> None:
    """django-hijack: the learner's session is not shown as used, and none is made."""
    site.store.swap(None, session(), Entry(NOW, Kind.START_OK))
    site.ask("/ingresar/jefa")
    pk = str(User.objects.get(username=str(RUN)).pk)
    assert site.ask("/hijack/acquire", "POST", user_pk=pk).status_code == 302
    assert site.sees() == (str(RUN), False)
    assert site.ask("/_sence/inicio?curso=excel").location == "/cursos/excel/"
    assert site.ask("/_sence/cierre?curso=excel").text.count("Cerrar mi sesión") == 0
    site.ask("/hijack/release", "POST")
    assert site.sees() == ("jefa", False)


def test_an_account_without_a_run_is_an_error(site: Site) -> None:
    """The superuser is exempt; another account whose attribute is empty does not pass as nobody."""
    site.configure(attribute="last_name")
    site.ask(f"/ingresar/{RUN}")
    assert site.ask(LESSON).status_code == 403


def test_the_run_may_stand_deeper(site: Site) -> None:
    """Dots lead from the user to what belongs to it; a method is called."""
    User.objects.filter(username="profe").update(first_name="12.345.678-", last_name="5")
    site.configure(attribute="get_full_name")
    site.ask("/ingresar/profe")
    assert site.sees() is None


def test_what_django_would_write_stays_for_django(site: Site) -> None:
    """A changed password ends the session: for the gate at once, in the table when Django does it."""
    site.ask(f"/ingresar/{RUN}")
    user = User.objects.get(username=str(RUN))
    user.set_password("otra")
    user.save()
    read = contrib.reader()
    cookie = site.browser.get_cookie("sessionid", domain="campus.otec.cl")
    assert cookie
    environ = create_environ(LESSON, headers={"Cookie": f"sessionid={cookie.value}"})
    assert read(environ) is Standing.NOBODY
    assert Session.objects.count() == 1


def test_a_session_signed_with_an_older_key_keeps_its_own(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Django would give it a new key, of which the browser would not hear here."""
    site.ask(f"/ingresar/{RUN}")
    (before,) = Session.objects.all()
    monkeypatch.setattr(settings, "SECRET_KEY_FALLBACKS", [settings.SECRET_KEY])
    monkeypatch.setattr(settings, "SECRET_KEY", "a newer key")
    assert site.sees() is None
    assert [each.session_key for each in Session.objects.all()] == [before.session_key]


@pytest.mark.parametrize("engine", ["signed_cookies", "cache", "cached_db"])
def test_every_engine_of_sessions_is_read(site: Site, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The site's choice of where sessions live is none of the gate's business."""
    monkeypatch.setattr(settings, "SESSION_ENGINE", f"django.contrib.sessions.backends.{engine}")
    site.application = make_site(str(RUN))
    site.configure()
    site.ask(f"/ingresar/{RUN}")
    assert site.sees() is None


def test_a_database_that_is_away_is_not_nobody(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Django cannot tell is 503, and the platform is not called."""
    site.ask(f"/ingresar/{RUN}")
    connections.close_all()
    monkeypatch.setitem(connections["default"].settings_dict, "NAME", "/no/such/folder/site.sqlite")
    answer = site.ask(LESSON)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param("group:Docentes", id="a database that is away"),
        pytest.param("field:check_password", id="a method that wants more"),
    ],
)
def test_what_is_asked_for_later_is_not_nobody_either(
    site: Site, entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Groups and fields are looked up when the user is known already: what fails then is 503 too."""
    site.ask(f"/ingresar/{RUN}")
    site.configure(exempt=(entry,))

    def fail(*_: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(ManyToManyDescriptor, "__get__", fail)
    assert site.ask(LESSON).status_code == 503
