"""A platform behind a real front server that asks the gate, and a person before it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sence_gate.demo.browser import Browser
from sence_gate.demo.transport import HttpTransport
from sence_gate.simulator import sample
from sence_gate.simulator.app import Simulator
from sence_gate.simulator.registry import DEMO_KEY
from sence_gate.simulator.tables import Edition
from tests.doors import servers
from tests.doors.platform import Platform, served
from tests.journey.trip import ENTER
from tests.ports import LOOPBACK, free_ports
from tests.samples import KEYS

GATE = "sence_gate.wsgi:application"
_NOTHING: Mapping[str, str] = {}
RUN = "11111111-1"
LESSON = "/cursos/excel/leccion/2?vista=resumen"

_CONFIG = """\
public_url = "{public_url}"
secret_keys = ["{key}"]
trusted_proxies = ["127.0.0.1"]
[store]
url = "sqlite:///gate.sqlite"
[sence]
base_url = "{sence}"
[otec]
rut = "{rut}"
token = "{token}"
{door}
[[courses]]
id = "excel"
name = "Excel básico"
paths = ["/cursos/"]
except = ["/cursos/publico/"]
cod_sence = "{cod_sence}"
codigo_curso = "{codigo_curso}"
linea_capacitacion = 3
[[courses]]
id = "moodle"
name = "Un curso de Moodle"
paths = ["/vista/"]
query = {{ id = "5" }}
cod_sence = "{cod_sence}"
codigo_curso = "{codigo_curso}"
linea_capacitacion = 3
"""


@dataclass(frozen=True, slots=True)
class Site:
    """Where everything runs; `main` is the front server's own file."""

    port: int
    gate: int
    main: Path
    platform: Platform
    writes: bool  # whether the front server puts the bar's tag into pages

    @property
    def url(self) -> str:
        """The public address."""
        return f"http://localhost:{self.port}"

    def browser(self) -> Browser:
        """Return a new browser."""
        return Browser(HttpTransport())

    def raw(self, request: bytes, port: int = 0) -> bytes:
        """Return all that comes back for these very bytes."""
        with socket.create_connection((LOOPBACK, port or self.port), timeout=10) as connection:
            connection.sendall(request)
            pieces = []
            while piece := connection.recv(65_536):
                pieces.append(piece)
        return b"".join(pieces)

    def get(self, target: str, *headers: str, method: str = "GET", body: str = "") -> Answer:
        """Return the answer to a request with exactly this target and these header lines."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: localhost:{self.port}", "Connection: close", *headers]
        lines += [f"Content-Length: {len(body)}"] if body else []
        return Answer.of(self.raw("\r\n".join([*lines, "", body]).encode("latin-1")))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status (0 for none), the head in lower case, the rest."""

    status: int
    head: str
    body: str

    @classmethod
    def of(cls, received: bytes) -> Answer:
        """Read what a server sent."""
        head, _, body = received.decode("latin-1").partition("\r\n\r\n")
        words = head.split(" ", 2)
        return cls(int(words[1]) if words[0].startswith("HTTP/") else 0, head, body)

    def header(self, name: str) -> str:
        """Return a header's value, or ""."""
        for line in self.head.splitlines()[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return ""

    @property
    def told(self) -> dict[str, Any]:
        """What the platform tells of the request that reached it."""
        found: dict[str, Any] = json.loads(self.body[self.body.index("{") : self.body.rindex("}") + 1])
        return found


def config_text(public_url: str, sence: str, door: str) -> str:
    """Return a configuration; *door* is a dialect of forward auth, or "wsgi" for what `campus.py` has."""
    platform = '[platform]\nwsgi = "campus:application"'
    return _CONFIG.format(
        public_url=public_url,
        sence=sence,
        door=platform if door == "wsgi" else f'[forward_auth]\ndialect = "{door}"',
        key=KEYS[0],
        rut=sample.OTEC_RUT,
        token=sample.TOKEN,
        cod_sence=sample.COD_SENCE,
        codigo_curso=sample.CODIGO_CURSO,
    )


@contextmanager
def site(
    folder: Path,
    dialect: str,
    *,
    edits: Mapping[str, str] = _NOTHING,
    settings: Mapping[str, str] = _NOTHING,
    by_serve: bool = False,
) -> Iterator[Site]:
    """Run platform, simulator, gate and the front server of *dialect* until the block ends.

    Args:
        edits: what is written otherwise than in the example of nginx.
        settings: of the gate, as variables of its environment; `{platform}` is the platform's address.
        by_serve: whether `sence-gate serve` runs the gate, and not granian.
    """
    port, gate, platform_port, sence = free_ports(4)
    config = config_text(f"http://localhost:{port}", f"http://127.0.0.1:{sence}", dialect)
    (folder / "sence-gate.toml").write_text(config, encoding="utf-8")
    platform = Platform()
    front = servers.nginx if dialect == "nginx" else servers.caddy
    address = f"http://127.0.0.1:{platform_port}"
    given = {name: value.replace("{platform}", address) for name, value in settings.items()}
    environ = {"SENCE_GATE_CONFIG": str(folder / "sence-gate.toml"), **given}
    with ExitStack() as stack:
        stack.enter_context(served(platform, platform_port))
        stack.enter_context(served(Simulator(edition=Edition.CLAVE_SENCE), sence))
        command = servers.serve(gate) if by_serve else servers.granian(GATE, gate)
        stack.enter_context(servers.running(command, gate, folder, environ))
        main = stack.enter_context(front(folder, port, gate, platform_port, edits))
        yield Site(port, gate, main, platform, writes=dialect == "nginx")


def log_in(browser: Browser, url: str, user: str = "maria") -> None:
    """Log in at the campus."""
    browser.goto(f"{url}/ingresar")
    browser.submit(usuario=user, clave=f"{user}-demo")


def start(browser: Browser) -> None:
    """From the start page through SENCE to what the learner wanted."""
    browser.submit(run=RUN)
    through_sence(browser)
    browser.follow(ENTER)


def through_sence(browser: Browser) -> None:
    """From the page of passage to what the gate says of SENCE's answer."""
    browser.submit()
    browser.submit(run=RUN, clave=DEMO_KEY, accion="ingresar")
    browser.submit()


def cookies(browser: Browser, url: str) -> str:
    """Return the Cookie header that this browser sends to *url*."""
    hop = browser.goto(f"{url}/cursos/excel/eco")
    return str(json.loads(hop.text)["headers"]["HTTP_COOKIE"])
