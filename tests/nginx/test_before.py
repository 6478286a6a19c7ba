"""nginx before a gate that is the reverse proxy of the platform: what leads around it, tried with nginx."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner

from sence_gate import SenceGate
from sence_gate.cli import main
from sence_gate.config import Platform
from sence_gate.nginx import check_nginx
from sence_gate.sample import sample_toml
from tests.doors import servers
from tests.doors.platform import served
from tests.given import COURSE, Campus
from tests.nginx.harm import HOST, Echo, asked
from tests.nginx.rows import EXAMPLE
from tests.ports import LOOPBACK, free_ports
from tests.samples import config

RECIPE = EXAMPLE.parent / "reverse_proxy/nginx.conf"
TLS = ("listen 443 ssl;", "    ssl_certificate     /etc/ssl/campus.otec.cl.pem;\n",
       "    ssl_certificate_key /etc/ssl/campus.otec.cl.key;\n")  # fmt: skip
GATE, PLATFORM = f"{LOOPBACK}:8000", f"{LOOPBACK}:8080"
CACHE = "proxy_cache_path cache keys_zone=z:1m;\n"
KEEPS = "proxy_cache z; proxy_cache_valid any 10m;"
AROUND = "leads to the platform at 127.0.0.1:8080, and not through the gate"
KEPT = "shows kept lessons to whoever comes, without the gate"
ROWS = {
    "the example": ("", "", ""),
    "a way around": ("", f"location /cursos/ {{ proxy_pass http://{PLATFORM}; }}", AROUND),
    "by another name": ("", "location /cursos/ { proxy_pass http://localhost:8080/cursos/; }", AROUND),
    "by an upstream": (
        f"upstream campus {{ server {PLATFORM}; }}\n",
        "location /cursos/ { proxy_pass http://campus; }",
        AROUND,
    ),
    "an upstream that is the gate": (
        f"upstream gate {{ server {GATE}; }}\n",
        f"location /cursos/ {{ proxy_set_header Host {HOST}; proxy_pass http://gate; }}", "",
    ),
    "kept as the gate says": (CACHE, KEEPS, ""),
    "kept whatever the gate says": (CACHE, f"{KEEPS} proxy_ignore_headers Cache-Control Vary;", KEPT),
    "kept for whom the gate knows": (CACHE, f"{KEEPS} proxy_ignore_headers Cache-Control;", ""),
    "kept for nobody": (CACHE, f"{KEEPS} proxy_ignore_headers Vary;", ""),
}  # fmt: skip


SETTINGS = config(platform=Platform(upstream=f"http://{LOOPBACK}:8080"))


def written(folder: Path, above: str, inside: str) -> Path:
    """Write the recipe with something more in and above its server, and without its certificates."""
    text = RECIPE.read_text(encoding="utf-8")
    for line in TLS:
        assert line in text
        text = text.replace(line, "listen 8443;" if line.startswith("listen") else "")
    path = folder / "campus.conf"
    text = text.replace("    server_name", f"    {inside}\n    server_name")
    path.write_text(above + text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("above", "inside", "told"), ROWS.values(), ids=ROWS)
def test_nginx_leads_around_the_gate_when_it_is_told(
    tmp_path: Path, above: str, inside: str, told: str
) -> None:
    """A lesson is seen without a session if and only if the check says so."""
    path = written(tmp_path, above, inside)
    assert [each.text.partition(" — ")[0] for each in check_nginx(SETTINGS, path)] == [told] * bool(told)
    port, gate, platform = free_ports(3)
    text = path.read_text(encoding="utf-8").replace("listen 8443;", f"listen {LOOPBACK}:{port};")
    path.write_text(text.replace(":8000", f":{gate}").replace(":8080", f":{platform}"), encoding="utf-8")
    campus, lessons = Campus(tmp_path), Echo()
    door = SenceGate(lessons, campus.config, store=campus.store, clock=campus.clock)
    with ExitStack() as stack:
        stack.callback(campus.store.close)
        stack.enter_context(served(door, gate))
        stack.enter_context(served(lessons, platform))
        stack.enter_context(servers.nginx_with(tmp_path, path.name, port))
        assert asked(port, COURSE, campus.hold()).header("Content-Type") == "text/plain"
        assert (asked(port, COURSE).header("Content-Type") == "text/plain") is bool(told)


@pytest.mark.parametrize(
    ("platform", "code", "told"),
    [
        pytest.param('upstream = "http://127.0.0.1:9"', 0, "leads nowhere around the gate", id="fine"),
        pytest.param('upstream = "http://127.0.0.1:8000"', 1, AROUND[:23], id="around"),
    ],
)
def test_the_command_says_so(tmp_path: Path, platform: str, code: int, told: str) -> None:
    """Nobody is told to write `auth_request` before a gate that is no forward auth."""
    path = tmp_path / "sence-gate.toml"
    path.write_text(sample_toml().replace('# upstream = ""', platform), encoding="utf-8")
    path.chmod(0o600)
    result = CliRunner().invoke(main, ["check", "--config", str(path), "--proxy", str(RECIPE)])
    assert (result.exit_code, told in result.output, "auth_request" in result.output) == (code, True, False)
