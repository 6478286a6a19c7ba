"""docs/operations.md is run: each command as it stands, in a folder in place of the machine."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import click
import pytest

from sence_gate.cli import main
from sence_gate.metrics import COUNTED, GAUGES, PREFIX
from sence_gate.protocol.glosa import Blame
from sence_gate.protocol.glosas import GLOSAS
from tests.config.given import TOKEN
from tests.ports import LOOPBACK, await_server, free_ports

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
GUIDE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples/reverse_proxy"
UNIT = (EXAMPLE / "sence-gate.service").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
KEY = "q8ZrV2mC0wXJ7hTq5bYd3nLs9KfAe1Gu4RiPo6Ux"

# What a test may not do to the machine: each writes down that it was called.
STUBS = {
    "runuser": 'shift 3; exec "$@"',
    "systemctl": 'echo "systemctl $*" >> "$ROOT/called"',
    "journalctl": 'echo "journalctl $*" >> "$ROOT/called"',
    "git": 'echo "git $*" >> "$ROOT/called"',
    "pip": 'echo "pip $*" >> "$ROOT/called"',
    "chown": 'echo "chown $*" >> "$ROOT/called"',
}


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def _machine(root: Path) -> dict[str, str]:
    """Make what the example's unit installs below *root*, and return the environment of its commands."""
    for folder in ("etc/sence-gate", "var/lib/sence-gate", "opt/sence-gate/bin", "run", "stubs"):
        (root / folder).mkdir(parents=True)
    text = (EXAMPLE / "sence-gate.toml").read_text(encoding="utf-8")
    (root / "etc/sence-gate/sence-gate.toml").write_text(text.replace("/var/", f"{root}/var/"))
    (root / "etc/sence-gate/keys").write_text(f"{KEY}\n")
    (root / "etc/sence-gate/token").write_text(f"{TOKEN}\n")
    (root / "opt/sence-gate/bin/sence-gate").symlink_to(BIN / "sence-gate")
    for name, body in STUBS.items():
        place = root / ("opt/sence-gate/bin" if name == "pip" else "stubs") / name
        place.write_text(f"#!/bin/sh\n{body}\n")
        place.chmod(0o755)
    kept = {name: text for name, text in os.environ.items() if not name.startswith("SENCE_GATE")}
    return kept | {"ROOT": str(root), "PATH": f"{root}/stubs:{os.environ['PATH']}"}


def _served(root: Path, port: int, environ: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start the gate by the line of the unit, telling its manager as `Type=notify` asks."""
    line = re.search(r"^ExecStart=(.*)$", UNIT, re.MULTILINE)
    secrets = re.search(r"^Environment=(SENCE_GATE.*)$", UNIT, re.MULTILINE)
    assert line
    assert secrets
    words = shlex.split(_here(line[1], root, port).replace("--port 8000", f"--port {port}"))
    own = dict(pair.split("=", 1) for pair in shlex.split(_here(secrets[1], root, port)))
    with (root / "log").open("wb") as log:
        return subprocess.Popen(words, env=environ | own, stdout=log, stderr=log)


def _here(text: str, root: Path, port: int) -> str:
    """Return *text* with the folders of a machine below *root*, and without its users."""
    moved = re.sub(r"(?<![\w./])/(etc|var|opt|run)/", rf"{root}/\1/", text)
    unowned = re.sub(r" -[go] sence-gate", "", moved)
    return unowned.replace("sqlite:////var", f"sqlite:///{root}/var").replace(
        "127.0.0.1:8000", f"{LOOPBACK}:{port}"
    )


@pytest.fixture(name="ran", scope="module")
def _ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Run every block of the guide in one shell, and return the folder and what was printed."""
    root = tmp_path_factory.mktemp("machine")
    environ = _machine(root)
    (port,) = free_ports(1)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(root / "notify"))
        manager.settimeout(60)
        process = _served(root, port, environ | {"NOTIFY_SOCKET": str(root / "notify")})
        try:
            await_server(process, port, root / "log")
            (root / "notified").write_bytes(manager.recv(200))
            script = _here("\n".join(_blocks("sh")), root, port).replace("1f2e3d4c", _incident(port))
            command = ["bash", "-euo", "pipefail", "-c", script]
            ended = subprocess.run(
                command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
            )
        finally:
            process.terminate()
            process.wait(60)
    assert ended.returncode == 0, ended.stdout
    return root, ended.stdout


def _incident(port: int) -> str:
    """Return the code of a page that the ledger knows: of an answer that is nobody's."""
    command = ["curl", "-s", "-d", "IdSesionAlumno=de-nadie", f"http://{LOOPBACK}:{port}/_sence/inicio/ok"]
    page = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r'class="incident">(\w+)<', page)
    assert found, page
    return found[1]


def test_every_command_of_the_guide_runs(ran: tuple[Path, str]) -> None:
    """A tired operator copies them; one that fails costs trust in the rest."""
    root, _ = ran
    called = (root / "called").read_text()
    assert called.count("systemctl restart sence-gate") == 3
    assert "systemctl stop sence-gate\n" in called
    assert "pip install .[serve]" in called


def test_a_backup_is_whole_and_private(ran: tuple[Path, str]) -> None:
    """It is made while the gate runs, can be read by itself, and by its owner alone."""
    root, told = ran
    (copy,) = (root / "var/backups/sence-gate").glob("*.sqlite")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert "Nothing was recorded" in told
    assert (root / "var/lib/sence-gate/sence-gate.sqlite").is_file()
    assert (root / "var/backups/sence-gate/damaged/sence-gate.sqlite").is_file()
    assert not (root / "var/lib/sence-gate/trial").exists()


def test_a_new_key_stands_before_the_old_one(ran: tuple[Path, str]) -> None:
    """The old one is still believed, so no session ends by it."""
    root, _ = ran
    new, old = (root / "etc/sence-gate/keys").read_text().strip().split(",")
    assert (old, len(new) >= 48) == (KEY, True)


def test_the_gate_tells_its_manager_when_it_listens(ran: tuple[Path, str]) -> None:
    """`Type=notify` in the unit holds, so `systemctl start` waits for it and fails with it."""
    root, _ = ran
    assert "Type=notify" in UNIT
    assert (root / "notified").read_bytes().startswith(b"READY=1")


def test_nginx_takes_the_block_that_goes_around_the_gate(tmp_path: Path) -> None:
    """It is needed in a hurry, and must load."""
    (block,) = _blocks("nginx")
    path = tmp_path / "nginx.conf"
    path.write_text(f"events {{ }} http {{ server {{ listen 127.0.0.1:1; {block} }} }}")
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert nginx, "nginx is missing: run `make packages`"
    command = [nginx, "-t", "-c", str(path), "-g", f"pid {tmp_path}/pid; error_log stderr;"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_the_alarms_ask_for_what_is_counted() -> None:
    """A rule with a name or a label that does not exist would never ring."""
    (rules,) = _blocks("yaml")
    counted = {f"{PREFIX}{name}_total": labels for name, (_, labels) in COUNTED.items()}
    gauges = {PREFIX + name for name in GAUGES}
    assert set(re.findall(rf"{PREFIX}\w+(?=[{{[])", rules)) <= counted.keys() | gauges
    for name, conditions in re.findall(rf"({PREFIX}\w+){{([^}}]*)}}", rules):
        assert set(re.findall(r"(\w+)(?==|!)", conditions)) <= set(counted[name])
    reasons = re.search(r'reason!~"([^"]+)"', rules)
    assert reasons
    listed = (ROOT / "docs/injection.md").read_text(encoding="utf-8")
    assert [reason for reason in reasons[1].split("|") if f"`{reason}`" not in listed] == []


def test_the_lines_of_the_log_are_those_that_are_written() -> None:
    """An operator searches for them as they stand."""
    table = GUIDE.partition("| a line of the log |")[2].partition("\n\n")[0]
    lines = [line for row in table.splitlines()[2:] for line in re.findall(r"`([^`]+)`", row.split("|")[1])]
    source = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("sence_gate/**/*.py"))
    assert len(lines) > 8
    # What a line is filled with at the time stands behind its first words.
    stems = [re.sub(r"^callback start_ok: (\w+)$", r'= "\1"', line) for line in lines]
    assert [line for line, stem in zip(lines, stems, strict=True) if stem not in source] == []


def test_whose_a_code_is_agrees_with_the_glosas() -> None:
    """Whether to call SENCE or to look at one's own codes is told once."""
    rows = re.findall(r"^\| `start_error` for everybody, with (.*?) \| (SENCE|ours)", GUIDE, re.MULTILINE)
    blamed = {"SENCE": Blame.SENCE, "ours": Blame.OTEC}
    assert [whose for _, whose in rows] == list(blamed)
    for codes, whose in rows:
        spans = re.findall(r"(\d{3})(?: to (\d{3}))?", codes)
        told = {code for first, last in spans for code in range(int(first), int(last or first) + 1)}
        assert {GLOSAS[code].blame for code in told} == {blamed[whose]}


def test_learners_are_told_the_words_that_they_will_see() -> None:
    """Who looks for a button by the text must find it."""
    told = re.findall(r"«([^»]+)»", " ".join(re.findall(r"^> (.*)$", GUIDE, re.MULTILINE)))
    shown = "".join(
        path.read_text(encoding="utf-8")
        for path in [*ROOT.glob("sence_gate/templates/*.html"), ROOT / "sence_gate/static/banner.js"]
    )
    assert len(told) == 4
    assert [words for words in told if words not in shown] == []


def _commands(path: Path) -> Iterator[list[str]]:
    """Yield the words of each command of the gate's in *path*, up to what is no more part of it."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [*"\n".join(blocks).splitlines(), *re.findall(r"`(sence(?:-gate)? [^`\n]+)`", text)]
    found = (re.search(r"(?:^|[\s/`])sence(?:-gate)? ([a-z].*)", line) for line in lines)
    for rest in (match[1] for match in found if match):
        words = shlex.shlex(rest, posix=True, punctuation_chars="|&;()")
        words.whitespace_split = True
        yield list(takewhile(lambda word: word[0] not in "|&;()…", words))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_command_in_the_documents_can_be_typed(path: Path) -> None:
    """Each names a command and options that there are."""
    for words in _commands(path):
        command: click.Command = main
        while isinstance(command, click.Group) and words:
            assert words[0] in command.commands, words
            command = command.commands[words.pop(0)]
        value = ["value"] if words and words[-1].startswith("--") else []  # prose names the option alone
        command.make_parser(click.Context(command)).parse_args(words + value)
