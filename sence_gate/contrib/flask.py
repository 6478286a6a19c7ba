"""Who is logged in at a Flask application, read from Flask's own session.

In the process of the application and outside its request: the session is opened by
the application's own session interface (the signed cookie, or what an extension put
in its place), and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from flask import Flask, session

from sence_gate.errors import IdentityUnavailable
from sence_gate.learners.claims import Claim, Reader, Standing, is_set

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# Where middlewares keep what they wrap: werkzeug's, Flask's own, and what others usually write.
_INSIDE = ("app", "wsgi_app", "application", "wrapped", "_app")
_DEEPEST = 10


def reader(application: Flask, key: str, impersonated: str = "", fields: Iterable[str] = ()) -> Reader:
    """Return a reader of the session's *key* of *application*; dots lead further: `user.run`.

    Whatever goes wrong within the application is `IdentityUnavailable`.

    Args:
        impersonated: the key of the session that is set when somebody looks through the account.
        fields: what else will be asked of the visitor. All is read at once: what a user's model
            fetches from a database, it fetches within the application's context alone.
    """
    paths = tuple(filter(None, (key, impersonated, *fields)))

    def read(environ: WSGIEnvironment) -> Claim | Standing:
        try:
            with _seen_by(application, environ) as (kept, user):
                found = {path: _told(kept, user, path) for path in paths}
        except Exception as fault:  # an interface of an extension, with a store that may be away
            text = f"Flask could not tell the user: {type(fault).__name__}"
            raise IdentityUnavailable(text) from fault
        name = found[key]
        if user is None and (name is None or name == ""):
            return Standing.NOBODY
        is_impersonated = bool(impersonated) and is_set(found[impersonated])
        return Claim(name, found.get, is_impersonated=is_impersonated)

    return read


@contextmanager
def _seen_by(application: Flask, environ: WSGIEnvironment) -> Iterator[tuple[Mapping[str, Any], object]]:
    """Yield the session of this request and the user of Flask-Login, None when nobody is logged in there.

    Flask-Login knows users without a session too, by its "remember me" cookie.
    """
    with _as_in_a_request(application, environ):
        user = None
        if hasattr(application, "login_manager"):
            found = import_module("flask_login").current_user
            user = found._get_current_object() if found.is_authenticated else None  # noqa: SLF001 - a werkzeug proxy's
        yield dict(session), user


@contextmanager
def _as_in_a_request(application: Flask, environ: WSGIEnvironment) -> Iterator[None]:
    context = application.request_context(dict(environ))
    context.push()
    try:
        yield
    finally:
        # What the application tears down here, its `before_request` never made.
        with suppress(Exception):
            context.pop()


def application_in(wrapped: object) -> Flask | None:
    """Return the Flask application that *wrapped* is, or has inside: a bound `wsgi_app`, a middleware."""
    for _ in range(_DEEPEST):
        if isinstance(wrapped, Flask):
            return wrapped
        owner = getattr(wrapped, "__self__", None)
        inside = (getattr(wrapped, name, None) for name in _INSIDE)
        wrapped = owner or next((each for each in inside if callable(each)), None)
    return None


def value_at(holder: object, path: str) -> object:
    """Return what stands at the dotted *path* of a session or user; None where there is nothing.

    A method is called: taken for a value, it would say yes of everybody.
    """
    value = holder
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
        if callable(value):
            value = value()
    return value


def _told(kept: Mapping[str, Any], user: object, path: str) -> object:
    found = value_at(kept, path)
    return value_at(user, path) if found is None else found
