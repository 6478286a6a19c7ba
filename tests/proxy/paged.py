"""Pages that name their course: the rule for them, how a browser asks, and what a refusal shows."""

from __future__ import annotations

from sence_gate.demo.browser import Browser
from sence_gate.demo.transport import HttpTransport
from tests.proxy.learner import Learner
from tests.proxy.served import Served

# After the one course of `served.CONFIG`; a test may add to the rule, which stands last.
RULES = r"""
key = "5"

[[courses]]
id = "seguridad"
name = "Seguridad"
paths = ["/cursos/seguridad/"]
key = "7"
cod_sence = "-1"
codigo_curso = "-1"
linea_capacitacion = 3

[[shared]]
paths = ["/mod/"]
page = 'class="[^"]*\bcourse-(?P<key>\d+)\b'
"""


def cookies_of_a_learner(served: Served) -> str:
    """Return the cookies below `/mod/` of a learner who went through the start of the course 5."""
    learner = Learner(served.url, Browser(HttpTransport()))
    learner.start("/cursos/excel/1")
    return learner.cookies("/mod/")


def asked(
    served: Served, path: str, cookies: str, headers: str = "", *, method: str = "GET", body: str = ""
) -> bytes:
    """Return the whole answer to a browser that shows *path* as a page, with *cookies* or "" for none."""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost:{served.port}\r\nConnection: close\r\n"
    head += "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n"
    head += f"Cookie: {cookies}\r\n" if cookies else ""
    if body:
        head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
    return served.say(f"{head}{headers}\r\n{body}".encode(), 30)


def leads_to_the_start(said: bytes, course: str, secret: bytes) -> bool:
    """Tell whether an answer leads to the start of *course*, without the *secret* that the page held."""
    is_led = said.startswith(b"HTTP/1.1 303") and f"/_sence/inicio?curso={course}&".encode() in said
    return is_led and secret not in said
