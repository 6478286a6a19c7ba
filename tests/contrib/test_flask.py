"""Learners of real Flask applications, known by Flask's own session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, current_app, g, has_request_context, session
from flask_login import LoginManager, UserMixin, login_user
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client, create_environ

from sence_gate.config import Learner, LearnerSource
from sence_gate.contrib.flask import application_in, reader
from sence_gate.errors import ConfigurationError, IdentityUnavailable
from sence_gate.gate.visitors import source_of
from sence_gate.learners import Claim, Standing
from tests.samples import RUN, config


class User(UserMixin):  # type: ignore[misc]  # Flask-Login is untyped
    """An account of Flask-Login's."""

    def __init__(self, name: str) -> None:
        self.id = name
        self.run = str(RUN) if name == "maria" else None
        self.is_teacher = name == "profe"

    def is_administrator(self) -> bool:
        """Tell it as many models do: by a method."""
        return self.is_teacher

    def can(self, _what: str) -> bool:
        """Tell what makes no sense without an argument."""
        return self.is_teacher

    @property
    def perfil(self) -> dict[str, object]:
        """What a model fetches when it is looked at, by a connection of the application's."""
        return {"run": self.run, "rol": "alumna", "app": current_app.name}


def application() -> Flask:
    """Return an application that keeps a RUN in its session."""
    app = Flask(__name__)
    app.secret_key = "the key of the Flask application"

    @app.get("/ingresar/<run>")
    def enter(run: str) -> str:
        session["alumno"] = {"run": run, "roles": ["teacher", "editor"]}
        return "hola"

    @app.get("/mirar")
    def look() -> str:
        session["visto_por"] = "jefa"
        return "hola"

    return app


def with_flask_login(app: Flask) -> Flask:
    """Return *app* with Flask-Login, which remembers its users."""
    manager = LoginManager(app)
    manager.user_loader(User)

    @app.get("/recordar/<name>")
    def remember(name: str) -> str:
        login_user(User(name), remember=True)
        return "hola"

    return app


def browser_at(app: Flask, *paths: str) -> Client:
    """Return a browser that opened these pages."""
    browser = Client(app)
    for path in paths:
        assert browser.get(path).text == "hola"
    return browser


def environ_of(browser: Client, *names: str) -> dict[str, Any]:
    """Return a request of *browser*, with the cookies of these names alone."""
    found = [browser.get_cookie(name) for name in names]
    return create_environ(headers={"Cookie": "; ".join(f"{each.key}={each.value}" for each in found if each)})


def test_nobody_is_logged_in() -> None:
    """Without a session, or with one that was tampered with, the application shows its own login."""
    read = reader(application(), "alumno.run")
    assert read(create_environ()) is Standing.NOBODY
    assert read(create_environ(headers={"Cookie": "session=eyJhIjoxfQ.Zg.x"})) is Standing.NOBODY


def test_the_session_names_the_learner() -> None:
    """By the key that the operator named, dots included; what else is there can be asked for."""
    app = application()
    browser = browser_at(app, f"/ingresar/{RUN}")
    claim = reader(app, "alumno.run", "visto_por", ["alumno.roles"])(environ_of(browser, "session"))
    assert isinstance(claim, Claim)
    assert (claim.name, claim.look("alumno.roles"), claim.is_impersonated) == (
        str(RUN),
        ["teacher", "editor"],
        False,
    )


def test_a_session_may_say_that_somebody_else_looks() -> None:
    """The key that the operator named is set: the learner is not there."""
    app = application()
    browser = browser_at(app, f"/ingresar/{RUN}", "/mirar")
    claim = reader(app, "alumno.run", "visto_por")(environ_of(browser, "session"))
    assert isinstance(claim, Claim)
    assert claim.is_impersonated


@pytest.mark.parametrize("cookies", [("session",), ("remember_token",), ("session", "remember_token")])
def test_whom_flask_login_knows_is_not_nobody(cookies: tuple[str, ...]) -> None:
    """A learner who drops the session and keeps the "remember me" cookie is still that learner."""
    app = with_flask_login(application())
    browser = browser_at(app, "/recordar/maria")
    claim = reader(app, "run")(environ_of(browser, *cookies))
    assert isinstance(claim, Claim)
    assert claim.name == str(RUN)


def test_a_user_of_flask_login_without_a_run_is_not_nobody() -> None:
    """Logged in and nameless is a claim, to be judged as one that names no RUN."""
    app = with_flask_login(application())
    browser = browser_at(app, "/recordar/profe")
    claim = reader(app, "run", fields=["is_teacher"])(environ_of(browser, "session"))
    assert isinstance(claim, Claim)
    assert (claim.name, claim.look("is_teacher")) == (None, True)


@pytest.mark.parametrize(("name", "who"), [("maria", RUN), ("profe", Standing.EXEMPT)])
def test_k14_who_is_exempt_by_a_method_is_not_everybody(name: str, who: object) -> None:
    """`def is_administrator(self)` is how many models say it; the method itself is true of all users."""
    app = with_flask_login(application())
    learner = Learner(LearnerSource.FLASK, attribute="run", exempt=("field:is_administrator",))
    source = source_of(config(learner=learner), app)
    assert source(environ_of(browser_at(app, f"/recordar/{name}"), "session")) == who


def test_what_a_model_fetches_is_asked_within_the_application_s_context() -> None:
    """SQLAlchemy reads relations when they are looked at, and not after the context is gone."""
    app = with_flask_login(application())
    read = reader(app, "perfil.run", fields=["perfil.rol"])
    claim = read(environ_of(browser_at(app, "/recordar/maria"), "session"))
    assert isinstance(claim, Claim)
    assert (claim.name, claim.look("perfil.rol")) == (str(RUN), "alumna")


def test_a_user_who_cannot_be_asked_is_not_nobody() -> None:
    """A method that fails, or wants more than it gets, is 503 for the visitor and a line in the log."""
    app = with_flask_login(application())
    read = reader(app, "run", fields=["can"])
    with pytest.raises(IdentityUnavailable, match=r"TypeError$"):
        read(environ_of(browser_at(app, "/recordar/maria"), "session"))


def _wrapped(wrap: Callable[[Flask], object]) -> object:
    return wrap(application())


@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda app: app, id="itself"),
        pytest.param(lambda app: app.wsgi_app, id="its wsgi_app"),
        pytest.param(lambda app: ProxyFix(app.wsgi_app), id="a middleware"),
        pytest.param(lambda app: DispatcherMiddleware(ProxyFix(app), {}), id="two middlewares"),
    ],
)
def test_the_application_is_found_in_what_is_wrapped(wrap: Callable[[Flask], object]) -> None:
    """However the project puts the gate around it."""
    assert isinstance(application_in(_wrapped(wrap)), Flask)


def test_another_application_is_refused_at_the_start() -> None:
    """A source that could never name anybody would leave the gate open."""
    learner = Learner(LearnerSource.FLASK, attribute="run")
    with pytest.raises(ConfigurationError, match=r"learner\.source: .* no Flask application"):
        source_of(config(learner=learner), lambda _environ, _start: [])


def test_an_application_may_tear_down_what_only_its_requests_make() -> None:
    """As old tutorials do; its functions before a request do not run for a look at the session."""
    app = application()

    @app.teardown_request
    def close(_fault: BaseException | None) -> None:
        g.db.close()

    read = reader(app, "alumno.run")
    assert [read(create_environ()), read(create_environ())] == [Standing.NOBODY] * 2
    assert not has_request_context()


def test_a_session_that_cannot_be_opened_is_not_nobody() -> None:
    """An extension may keep sessions in a store that is away."""
    app = application()

    class Away:
        def open_session(self, _app: Flask, _request: object) -> None:
            raise ConnectionError("redis://:secret@host")

    app.session_interface = Away()  # type: ignore[assignment]  # only what is asked
    with pytest.raises(IdentityUnavailable, match=r"ConnectionError$"):
        reader(app, "run")(create_environ())
