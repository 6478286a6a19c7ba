"""The admin, and one course."""

from django.contrib import admin
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.http import HttpResponse
from django.urls import path


def show(request, lesson=""):
    """Answer with a page; which ones are guarded stands in the settings."""
    return HttpResponse(f"<!doctype html><html lang=es><title>Campus</title><h1>{lesson}</h1></html>")


urlpatterns = [
    path("", show),
    path("admin/", admin.site.urls),
    path("cursos/excel/<path:lesson>", show),
    *staticfiles_urlpatterns(),
]
