"""The examples as they stand: each started by a real server, and walked from the first page to the lesson."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from wsgiref.simple_server import demo_app

import pytest

from sence_gate.demo.browser import Browser
from sence_gate.demo.transport import HttpTransport
from sence_gate.errors import ConfigurationError
from sence_gate.paste import filter_app
from sence_gate.sample import sample_toml
from sence_gate.simulator.app import Simulator
from sence_gate.simulator.sample import sample_registry
from sence_gate.simulator.tables import Edition
from tests.doors import servers
from tests.doors.platform import served
from tests.doors.servers import BIN, EXAMPLES
from tests.doors.site import start
from tests.ports import LOOPBACK, free_ports

LESSON = "/cursos/excel/leccion-1"
ADMIN = """\
from campus.settings import *
SENCE_GATE["courses"][0]["paths"] = ["/admin/"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""
USER = {"DJANGO_SUPERUSER_PASSWORD": "clave-de-prueba", "DJANGO_SUPERUSER_EMAIL": "a@campus.cl"}


def _gunicorn(port: int, *words: str) -> list[str]:
    return [str(BIN / "gunicorn"), "--threads", "4", "-b", f"{LOOPBACK}:{port}", *words]


@contextmanager
def running(folder: Path, example: str, command: list[str], **environ: str) -> Iterator[str]:
    """Run a copy of an example against a simulator of SENCE; yield its address.

    Args:
        command: with 0 for the port.
    """
    port, sence = free_ports(2)
    url, home = f"http://localhost:{port}", folder / example
    if not home.exists():
        shutil.copytree(EXAMPLES / example, home)
    (home / "sence-gate.toml").write_text(sample_toml(url), encoding="utf-8")
    given = {
        "SENCE_GATE_PUBLIC_URL": url,
        "SENCE_GATE_SENCE__BASE_URL": f"http://{LOOPBACK}:{sence}",
        "SENCE_GATE_STORE__URL": f"sqlite:///{home}/gate.sqlite",
        "PYTHONPATH": str(home),
    }
    with ExitStack() as stack:
        registry = sample_registry(believes_strangers=True)
        simulator = Simulator(edition=Edition.CLAVE_SENCE, registry=registry)
        stack.enter_context(served(simulator, sence))
        words = [str(port) if word == "0" else word.replace(":0", f":{port}") for word in command]
        stack.enter_context(servers.running(words, port, home, given | environ))
        yield url


EXAMPLES_OF_CODE = [
    pytest.param("wsgi", servers.granian("campus:application", 0), id="WSGI, granian"),
    pytest.param("flask", servers.granian("campus:app", 0), id="Flask, granian"),
    pytest.param("flask", _gunicorn(0, "campus:app"), id="Flask, gunicorn"),
    pytest.param("django", _gunicorn(0, "campus.wsgi"), id="Django, gunicorn"),
    pytest.param("paste", _gunicorn(0, "--paste", "paste.ini"), id="PasteDeploy, gunicorn"),
]


@pytest.mark.parametrize(("example", "command"), EXAMPLES_OF_CODE)
def test_an_example_is_guarded_and_opens_after_the_start(
    tmp_path: Path, example: str, command: list[str]
) -> None:
    """A page of no course, the start, SENCE, the lesson with the bar: what a newcomer sees."""
    with running(tmp_path, example, command) as url:
        browser = Browser(HttpTransport())
        assert browser.goto(f"{url}/").status == 200
        browser.goto(url + LESSON)
        start(browser)
        assert (browser.page.status, browser.page.url) == (200, url + LESSON)
        assert '<script src="/_sence/banner.js' in browser.page.text


@pytest.fixture(name="admin")
def _admin(tmp_path: Path) -> Iterator[str]:
    """Run the Django site with its whole admin gated, and somebody who may use it."""
    home = tmp_path / "django"
    shutil.copytree(EXAMPLES / "django", home)
    (home / "gated_admin.py").write_text(ADMIN, encoding="utf-8")
    environ = {"DJANGO_SETTINGS_MODULE": "gated_admin"} | USER
    for words in (("migrate", "-v", "0"), ("createsuperuser", "--noinput", "--username", "ana", "-v", "0")):
        subprocess.run([sys.executable, "manage.py", *words], cwd=home, env=os.environ | environ, check=True)
    with running(tmp_path, "django", _gunicorn(0, "campus.wsgi"), **environ) as url:
        yield url


def test_django_s_admin_works_behind_the_gate(admin: str) -> None:
    """Login, CSRF, a form that is saved, messages and static files; nothing of it before the start."""
    browser = Browser(HttpTransport())
    browser.goto(f"{admin}/admin/auth/group/add/")
    start(browser)
    assert browser.page.url == f"{admin}/admin/login/?next=/admin/auth/group/add/"
    browser.submit(username="ana", password=USER["DJANGO_SUPERUSER_PASSWORD"])
    assert browser.page.url == f"{admin}/admin/auth/group/add/"
    browser.submit(
        lambda form: any(each.name == "name" for each in form.controls), name="Alumnos", _save="Save"
    )
    assert (browser.page.status, browser.page.url) == (200, f"{admin}/admin/auth/group/")
    assert "Alumnos" in browser.page.text
    assert '<script src="/_sence/banner.js' in browser.page.text
    assert browser.goto(f"{admin}/static/admin/css/base.css").status == 200


def test_a_paste_ini_with_an_option_that_is_none_does_not_start(tmp_path: Path) -> None:
    """The settings stand in one file; a second place for them would be forgotten."""
    with pytest.raises(ConfigurationError, match="public_url: is no option of the filter"):
        filter_app(demo_app, {"here": str(tmp_path)}, public_url="https://otec.cl")
    with pytest.raises(ConfigurationError, match=r"sence-gate\.toml: cannot be read"):
        filter_app(demo_app, {"here": str(tmp_path)})


def test_the_script_for_mod_wsgi_offers_the_application(tmp_path: Path) -> None:
    """mod_wsgi looks for `application`, in a file that is no module."""
    shutil.copytree(EXAMPLES / "wsgi", tmp_path / "wsgi")
    config = tmp_path / "wsgi" / "sence-gate.toml"
    config.write_text(sample_toml().replace('# wsgi = ""', 'wsgi = "campus:campus"'), encoding="utf-8")
    script = (EXAMPLES / "mod_wsgi/application.wsgi").read_text(encoding="utf-8")
    code = script.replace("/etc/sence-gate.toml", str(config)) + "\nassert callable(application)\n"
    environ = os.environ | {"PYTHONPATH": str(tmp_path / "wsgi")}
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path / "wsgi", env=environ, check=False)
    assert ended.returncode == 0
