"""Real servers on loopback: WSGI servers, Apache, nginx and Caddy, each ended by who started it.

The front servers run the files of `examples/`, in which only ports and, for nginx, the
surrounding main file are put in.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.ports import LOOPBACK, await_server

ROOT = Path(__file__).parents[2]
EXAMPLES, APACHE = ROOT / "examples", ROOT / ".apache"
BIN = Path(sys.executable).parent
_NOTHING: Mapping[str, str] = {}

# In place of a distribution's main file: one process, and nothing outside of `folder`.
_NGINX_MAIN = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {include};
}}
"""

_APACHE_MAIN = """\
ServerName localhost
PidFile {folder}/apache.pid
ErrorLog {folder}/apache.log
Listen 127.0.0.1:{port}
{user}
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule wsgi_module modules/mod_wsgi.so
WSGISocketPrefix {folder}/wsgi
Include {folder}/campus.conf
"""


@contextmanager
def running(
    command: list[str], port: int, folder: Path, environ: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Run *command* in *folder* until the block ends; it has begun when it listens on *port*."""
    log = folder / f"{port}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(environ or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        await_server(process, port, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def granian(target: str, port: int) -> list[str]:
    """Return the command that serves *target*; more threads than connections that a browser holds."""
    return [
        str(BIN / "granian"), "--interface", "wsgi", "--port", str(port), "--blocking-threads", "4",
        "--no-ws", "--log-level", "warning", target,
    ]  # fmt: skip


def serve(port: int) -> list[str]:
    """Return the command that serves the gate as its own program does."""
    return [str(BIN / "sence-gate"), "serve", "--port", str(port), "--workers", "1", "--threads", "8"]


def uwsgi(folder: Path, port: int) -> list[str]:
    """Return the command that serves `examples/uwsgi` with what is in *folder*; no option may be unknown."""
    ini = folder / "sence-gate.ini"
    edits = {"/etc/sence-gate.toml": f"{folder}/sence-gate.toml", f"{LOOPBACK}:8000": f"{LOOPBACK}:{port}"}
    copy_with(EXAMPLES / "uwsgi/sence-gate.ini", ini, edits)
    return [str(BIN / "uwsgi"), "--strict", "--ini", str(ini)]


@contextmanager
def open_folder() -> Iterator[Path]:
    """Yield a new folder that every user of this machine may use: Apache serves nothing as root."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


def mod_wsgi(folder: Path, port: int) -> list[str]:
    """Return the command that serves `examples/mod_wsgi` with the configuration in *folder*.

    Debian's Python runs there, with the packages of this one.
    """
    _look_at_apache()
    script = folder / "application.wsgi"
    copy_with(
        EXAMPLES / "mod_wsgi/application.wsgi",
        script,
        {"/etc/sence-gate.toml": f"{folder}/sence-gate.toml"},
    )
    packages = f"home={folder} python-home=/usr python-path={ROOT}:{sysconfig.get_path('purelib')}:{folder}"
    edits = {"/srv/campus": str(folder), "processes=2": f"{packages} processes=2"}
    copy_with(EXAMPLES / "mod_wsgi/campus.conf", folder / "campus.conf", edits)
    main = folder / "apache.conf"
    user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
    main.write_text(_APACHE_MAIN.format(folder=folder, port=port, user=user), encoding="utf-8")
    return [str(APACHE / "apache2"), "-f", str(main), "-DFOREGROUND"]


def _look_at_apache() -> None:
    if not (APACHE / "made").exists():
        pytest.fail("Apache is not there: run make .apache/made")
    version = f"python3.{sys.version_info.minor}"
    if not (list(APACHE.glob(f"usr/lib/*/lib{version}.so*")) and Path(f"/usr/lib/{version}/os.py").exists()):
        pytest.skip(f"Debian's mod_wsgi is for another Python than {version}")
    if os.geteuid() == 0 and not all(each.stat().st_mode & 0o001 for each in (ROOT, *ROOT.parents)):
        pytest.skip(f"Apache's user cannot look into {ROOT}")


@contextmanager
def nginx(
    folder: Path, port: int, gate: int, platform: int, edits: Mapping[str, str] = _NOTHING
) -> Iterator[Path]:
    """Run nginx with `examples/nginx`, in which *edits* were made; yield its main file."""
    home = folder / "nginx"
    home.mkdir()
    shutil.copy(EXAMPLES / "nginx/sence-question.conf", home)
    copy_with_ports(EXAMPLES / "nginx/campus.conf", home / "campus.conf", port, gate, platform)
    for old, new in edits.items():
        (path,) = (each for each in home.glob("*.conf") if old in each.read_text(encoding="utf-8"))
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with nginx_with(home, "campus.conf", port) as main:
        yield main


@contextmanager
def nginx_with(home: Path, include: str, port: int) -> Iterator[Path]:
    """Run nginx with the file *include* in *home*; yield its main file."""
    main = home / "nginx.conf"
    main.write_text(_NGINX_MAIN.format(folder=home, include=include), encoding="utf-8")
    binary = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
    with running([binary, "-p", str(home), "-c", str(main), "-e", str(home / "error.log")], port, home):
        yield main


@contextmanager
def caddy(
    folder: Path, port: int, gate: int, platform: int, edits: Mapping[str, str] = _NOTHING
) -> Iterator[Path]:
    """Run Caddy with `examples/caddy`, as it is; yield its file."""
    assert not edits
    home = folder / "caddy"
    home.mkdir()
    main = home / "Caddyfile"
    copy_with_ports(EXAMPLES / "caddy/Caddyfile", main, port, gate, platform)
    # Its administration listens on a fixed port otherwise.
    main.write_text("{\n\tadmin off\n}\n" + main.read_text(encoding="utf-8"), encoding="utf-8")
    environ = {"HOME": str(home), "XDG_DATA_HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    command = ["caddy", "run", "--config", str(main), "--adapter", "caddyfile"]
    with running(command, port, home, environ):
        yield main


def copy_with(source: Path, copy: Path, edits: Mapping[str, str]) -> None:
    """Copy an example, with what stands in *edits* written otherwise."""
    text = source.read_text(encoding="utf-8")
    for old, new in edits.items():
        assert old in text
        text = text.replace(old, new)
    copy.write_text(text, encoding="utf-8")


def copy_with_ports(source: Path, copy: Path, port: int, gate: int, platform: int) -> None:
    """Copy an example, with these ports in place of 8000, 8002 and 8001."""
    text = source.read_text(encoding="utf-8")
    for written, real in ((f"{LOOPBACK}:8002", gate), (f"{LOOPBACK}:8001", platform)):
        assert written in text
        text = text.replace(written, f"{LOOPBACK}:{real}")
    for written in ("listen 8000;", "localhost:8000"):
        text = text.replace(written, written.replace("8000", str(port)))
    copy.write_text(text, encoding="utf-8")
