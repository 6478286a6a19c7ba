"""DokuWiki, as Debian packs it, on PHP's own server: a platform that nobody here wrote.

`make test` unpacks it into .dokuwiki; here a copy gets its own configuration and data,
in a folder of a site that has a front page beside it.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from sence_gate.demo.page import Page
from tests.ports import free_port
from tests.proxy.learner import Learner, with_field
from tests.proxy.served import running

UNPACKED = Path(__file__).parent.parent.parent / ".dokuwiki"
USER, PASSWORD = "maria", "la clave de maria"
SETTINGS = """\
<?php
$conf['title'] = 'Wiki de Excel';
$conf['useacl'] = 1;
$conf['userewrite'] = 2;
$conf['superuser'] = 'nobody';
$conf['savedir'] = dirname(__DIR__) . '/data';
"""
PRELOAD = """\
<?php
define('DOKU_MAIN_CONF', dirname(__DIR__) . '/conf/');
define('DOKU_CONF', dirname(__DIR__) . '/conf/');
"""
TOLD = """\
<?php
header('Content-Type: application/json');
echo json_encode(getallheaders());
"""


@contextmanager
def dokuwiki(folder: Path, *, home: str = "excel", pages: Mapping[str, str] = {}) -> Iterator[str]:
    """Run a new wiki in *folder* until the block ends, and give the address of its site.

    Args:
        home: where in the site the wiki stands.
        pages: texts that it has from the beginning, by their path, as "curso/leccion".
    """
    if not (UNPACKED / "made").exists():
        pytest.fail("DokuWiki is not there: run make .dokuwiki/made")
    site = folder / "site"
    _copy(site / home)
    for path, text in pages.items():
        page = site / home / "data/pages" / f"{path}.txt"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    (site / "index.php").write_text("<!doctype html><html><title>Portada</title><h1>Portada</h1></html>")
    (site / home / "told.php").write_text(TOLD)
    port = free_port()
    quiet = ["-d", "display_errors=0", "-d", "log_errors=0"]
    command = ["php", *quiet, "-S", f"127.0.0.1:{port}", "-t", str(site)]
    with running(command, port, folder, PHP_CLI_SERVER_WORKERS="4"):
        yield f"http://127.0.0.1:{port}"


def _copy(wiki: Path) -> None:
    shutil.copytree(UNPACKED / "usr/share/dokuwiki", wiki, symlinks=True)
    for name, source in (
        ("lib/plugins", "var/lib/dokuwiki/lib/plugins"),
        ("lib/tpl", "var/lib/dokuwiki/lib/tpl"),
        ("conf", "etc/dokuwiki"),
        ("data", "var/lib/dokuwiki/data"),
    ):
        (wiki / name).unlink(missing_ok=True)
        shutil.copytree(UNPACKED / source, wiki / name, ignore=shutil.ignore_patterns("*.auth.php"))
    for path in wiki.rglob("*.php"):
        _find_libraries(path)
    (wiki / "inc/preload.php").write_text(PRELOAD)
    (wiki / "conf/local.php").write_text(SETTINGS)
    digest = hashlib.md5(PASSWORD.encode(), usedforsecurity=False).hexdigest()
    (wiki / "conf/users.auth.php").write_text(f"{USER}:{digest}:María:maria@campus.cl:user\n")
    (wiki / "conf/acl.auth.php").write_text("*\t@ALL\t1\n*\t@user\t16\n")


def _find_libraries(path: Path) -> None:
    """Let Debian's names of PHP and JavaScript libraries lead to where they were unpacked."""
    text = path.read_bytes()
    if b"/usr/share/" in text:
        found = text.replace(b"$vendorDir . '/usr/share/", b"'/usr/share/")
        path.write_bytes(found.replace(b"'/usr/share/", f"'{UNPACKED}/usr/share/".encode()))


def log_in(learner: Learner, home: str = "/excel/") -> Page:
    """Log *learner* in at the wiki."""
    learner.ask(f"{home}doku.php?id=start&do=login")
    return learner.tab.submit(with_field("p"), u=USER, p=PASSWORD)
