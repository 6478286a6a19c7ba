"""How others read one session from Redis in each request: Flask-Session, Beaker, Django.

Each is set up as its manual says, with its own Redis backend, and reads a session of
two values that it wrote itself: the step that it takes before a view can run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import django
import redis
from beaker.session import Session
from django.conf import settings
from flask import Flask, session
from flask_session import Session as FlaskSession

VALUES = {"run": "12345678-5", "id_sesion_sence": "987654321"}


def flask_reader(url: str) -> Callable[[], object]:
    """Return what Flask-Session does to open a session (flask-session.readthedocs.io, "Quick start")."""
    app = Flask("bench")
    app.config |= {"SESSION_TYPE": "redis", "SESSION_REDIS": redis.from_url(url, protocol=2)}
    FlaskSession(app)

    @app.route("/")
    def write() -> str:
        session.update(VALUES)
        return ""

    answer = app.test_client().get("/")
    cookie = answer.headers["Set-Cookie"].partition(";")[0]
    request = app.test_request_context(headers={"Cookie": cookie}).request

    def read() -> None:
        opened: Any = app.session_interface.open_session(app, request)
        if opened["run"] != VALUES["run"]:
            raise RuntimeError("another session")

    return read


def beaker_reader(url: str) -> Callable[[], object]:
    """Return what Beaker does to load a session (beaker.readthedocs.io, "Configuration", ext:redis)."""
    options = {"type": "ext:redis", "url": url, "data_serializer": "json", "use_cookies": False}
    first = Session({}, **options)
    first.update(VALUES)
    first.save()

    def read() -> None:
        if Session({}, id=first.id, **options)["run"] != VALUES["run"]:
            raise RuntimeError("another session")

    return read


def django_reader(url: str) -> Callable[[], object]:
    """Return what Django's cached sessions do (docs.djangoproject.com, "Using cached sessions")."""
    settings.configure(
        CACHES={"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}},
        SECRET_KEY="a key for measuring",  # noqa: S106 - nothing is protected here
    )
    django.setup()
    from django.contrib.sessions.backends.cache import SessionStore  # noqa: PLC0415 - needs its settings first

    first = SessionStore()
    first.update(VALUES)
    first.save()

    def read() -> None:
        if SessionStore(first.session_key)["run"] != VALUES["run"]:
            raise RuntimeError("another session")

    return read
