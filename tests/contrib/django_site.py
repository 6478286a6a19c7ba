"""A real Django site with accounts, sessions and django-hijack, configured once for this process."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings
from django.http import HttpResponse, JsonResponse

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

FOLDER = tempfile.TemporaryDirectory()

settings.configure(
    SECRET_KEY="the-key-of-the-django-site-0123456789",
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    USE_TZ=True,
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(FOLDER.name) / "site.sqlite"}
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "hijack",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "hijack.middleware.HijackUserMiddleware",
    ],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],  # quick
    LOGIN_REDIRECT_URL="/",
    HIJACK_PERMISSION_CHECK="hijack.permissions.superusers_only",
    HIJACK_INSERT_BEFORE=None,
)
django.setup()

# Only now, since they are models or need some.
from django.contrib.auth import authenticate, login, logout  # noqa: E402 - as said, and so all below
from django.contrib.auth.models import Group, User  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connections  # noqa: E402
from django.urls import path, re_path  # noqa: E402
from hijack.views import AcquireUserView, ReleaseUserView  # noqa: E402

__all__ = ["Session", "User", "connections", "make_site", "settings"]

PASSWORD = "la clave de las pruebas"


def _enter(request: Any, name: str) -> HttpResponse:
    logout(request)
    login(request, authenticate(request, username=name, password=PASSWORD))
    return HttpResponse("hola")


def _leave(request: Any) -> HttpResponse:
    logout(request)
    return HttpResponse("chao")


def _hijack(request: Any, verb: str) -> HttpResponse:
    request._dont_enforce_csrf_checks = True  # as Django's own test client does
    view = AcquireUserView if verb == "acquire" else ReleaseUserView
    answer: HttpResponse = view.as_view()(request)
    return answer


def _lesson(request: Any, **_more: str) -> JsonResponse:
    session = request.environ.get("sence_gate.session")
    return JsonResponse({"user": request.user.username, "session": session is not None})


urlpatterns = [
    path("ingresar/<str:name>", _enter),
    path("salir", _leave),
    path("hijack/<str:verb>", _hijack),
    re_path(r"^(?P<page>.*)$", _lesson),
]


def make_site(*names: str) -> WSGIApplication:
    """Return the site with empty tables and an account for each of *names*."""
    call_command("migrate", verbosity=0)
    call_command("flush", verbosity=0, interactive=False)
    for name in names:
        User.objects.create_user(name, password=PASSWORD)
    User.objects.create_superuser("jefa", password=PASSWORD)
    teacher = User.objects.create_user("profe", password=PASSWORD)
    teacher.groups.add(Group.objects.create(name="Docentes"))
    application: WSGIApplication = get_wsgi_application()
    return application
