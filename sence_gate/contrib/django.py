"""Who is logged in at a Django site, read from Django's own session.

In the process of the site and outside its middleware: the session cookie is read by
Django's code, and the user comes from the backend that logged it in, with the same
checks (an ended session, a changed password, an account that was shut). Nothing is
written: what Django would change of a session stays for Django to change.

Somebody who looks through another's account (django-hijack, django-loginas,
django-impersonate, django-su) is known by what these leave in the session.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user
from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections

from sence_gate.errors import IdentityUnavailable
from sence_gate.learners.claims import Claim, Reader, Standing, is_set

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# django-hijack, django-loginas, django-impersonate, django-su.
IMPERSONATED_BY = ("hijack_history", "loginas_from_user", "_impersonate", "exit_users_pk")
_WRITING = ("save", "create", "delete", "flush", "cycle_key")


def reader(attribute: str = "username", impersonated: str = "") -> Reader:
    """Return a reader of the user's *attribute*; dots lead further: `perfil.run`.

    Whatever goes wrong within Django is `IdentityUnavailable`.

    Args:
        impersonated: one more key of the session that is set when somebody looks through the account.
    """
    marks = (*IMPERSONATED_BY, *([impersonated] if impersonated else ()))

    def read(environ: WSGIEnvironment) -> Claim | Standing:
        try:
            with _of_django():
                close_old_connections()
                return _claim(_request(environ), attribute, marks)
        finally:
            close_old_connections()

    return read


def _request(environ: WSGIEnvironment) -> Any:
    request: Any = WSGIRequest(dict(environ))
    session: Any = import_module(settings.SESSION_ENGINE).SessionStore(
        request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    )
    # `get_user` ends sessions and gives them new keys; here no cookie could tell the browser. On the
    # object and not in a class of ours: Django's signatures hang on the name of the class.
    for name in _WRITING:
        setattr(session, name, _nothing)
    request.session = session
    return request


def _nothing(*_args: object, **_more: object) -> None:
    pass


def _claim(request: Any, attribute: str, marks: Iterable[str]) -> Claim | Standing:
    user = get_user(request)
    if not user.is_authenticated:
        return Standing.NOBODY
    session: Mapping[str, object] = request.session
    return Claim(
        value_at(user, attribute),
        _of_django()(lambda path: value_at(user, path)),
        _of_django()(lambda: tuple(user.groups.values_list("name", flat=True))),
        is_impersonated=any(is_set(session.get(mark)) for mark in marks),
        user=user.get_username(),
    )


@contextmanager
def _of_django() -> Iterator[None]:
    """Turn whatever goes wrong inside into what the gate knows; what is asked for later can go wrong too."""
    try:
        yield
    except Exception as fault:  # a database that is away, a backend of the site's own
        raise IdentityUnavailable(f"Django could not tell the user: {type(fault).__name__}") from fault


def value_at(user: Any, path: str) -> object:
    """Return what stands at the dotted *path* of a user; None where there is nothing."""
    value = user
    for name in path.split("."):
        # A profile that was never made is an AttributeError too (RelatedObjectDoesNotExist).
        value = getattr(value, name, None)
        if callable(value):
            value = value()
    return value
