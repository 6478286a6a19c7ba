"""Raw requests that try to reach a course, by the rows of the list of threats, and what must become of them.

The course guards `/cursos/` but for `/cursos/publico/`, and another one `/vista/` where `id=5`. A
server may refuse a request by itself; what it hands on must have the outcome that it has
in process.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

PAGE = "Accept: text/html"


class Outcome(Enum):
    """What becomes of a request."""

    GATED = "sent to the start, or refused; the platform is never called"
    FREE = "answered by the platform"


@dataclass(frozen=True, slots=True)
class Row:
    """One request; `{host}` stands for the server's own."""

    target: str
    method: str = "GET"
    headers: tuple[str, ...] = ()
    outcome: Outcome = Outcome.GATED
    version: str = " HTTP/1.1"
    host: str = "{host}"

    def request(self, host: str) -> bytes:
        """Return the bytes to send to the server at *host*."""
        lines = [f"{self.method} {self.target}{self.version}"]
        if self.version:
            lines += [f"Host: {self.host.format(host=host)}", "Connection: close", PAGE, *self.headers]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _targets(*targets: str, outcome: Outcome = Outcome.GATED) -> tuple[Row, ...]:
    return tuple(Row(target, outcome=outcome) for target in targets)


FREE = Outcome.FREE
CURSOS = "/cursos/x"

ROWS: dict[str, tuple[Row, ...]] = {
    "P1": _targets("/public/..%2fcursos/x", "/public/..%2Fcursos/x"),
    "P2": _targets("/public/%2e%2e/cursos/x", "/public/.%2e/cursos/x", "/public/%2E./cursos/x"),
    "P3": _targets("/public/../cursos/x", "/./cursos/x", "/cursos/./x", "/x/../cursos/"),
    "P4": _targets("/../../cursos/x"),
    "P5": _targets("//cursos/x", "///cursos/x", "/%2fcursos/x"),
    "P6": _targets("/cursos//x"),
    "P8": _targets("/cursos%2fx"),
    "P9": _targets("/public/..%5ccursos/x", "/public\\..\\cursos\\x", "/%5ccursos/x"),
    "P10": _targets(
        "/public/%252e%252e%252fcursos/x", "/%2563ursos/x", "/%252525252563ursos/x", f"/%{'25' * 300}63ursos"
    ),
    "P11": _targets("/%63ursos/x", "/cur%73os/x"),
    "P12": _targets(
        "/cursos;jsessionid=1/x", "/public/..;/cursos/x", "/public/..;a=b/cursos/x", "/cursos/x;.css"
    ),
    "P13": _targets("/CURSOS/x", "/Cursos/x"),
    "P15": _targets("/cursos%00/x", "/public%00/../cursos/x", "/cursos/a%0d%0aX:%201", "/public/%7f"),
    "P16": _targets(
        "/cursos/%ff", "/cursos%c0%afx", "/public/%c0%ae%c0%ae/cursos/x", "/cursos/%ed%a0%80",
        "/cursos/%", "/cursos/%zz", "/cursos%u002fx",
    ),
    "P19": _targets("/cursos/x#/public", "/cursos%23/public/"),
    "P20": _targets("/cursos/x%3f/public/", "/cursos/x%3Fpublic"),
    "P21": _targets("/cursos/x?/public/", "/cursos/x?next=/cursos/publico/", "/cursos?skip=1"),
    "P22": _targets("/cursos/x%0a.css", "/cursos/x/.css", "/cursos/index.php/a.css", "/cursos/x?.css"),
    "P23": (
        *_targets("/cursos", "/cursos/", "/cursos?x", "/cursos/publico../x", "/cursos/publico."),
        *_targets("/cursos-libres", "/curso", "/cursos/publico/a.css?v=1", outcome=FREE),
    ),
    "P24": (
        Row(CURSOS, headers=("SCRIPT_NAME: /cursos",)),
        Row("/x", headers=("Script-Name: /cursos", "X-Forwarded-Prefix: /cursos"), outcome=FREE),
        Row(CURSOS, headers=("X-Forwarded-Prefix: /public", "X-Script-Name: /public", "Path-Info: /public")),
    ),
    "P26": (
        Row("http://evil.cl/cursos/x"), Row("http://{host}/cursos/x"), Row("HTTP://a@evil.cl:80/cursos/x"),
    ),
    "P27": (Row("*", "OPTIONS"), Row("cursos/x"), Row("?x"), Row("")),
    "P29": _targets(
        *(f"/vista/?{query}" for query in (
            "id=5", "id=7&id=5", "id=5&id=7", "id=%35", "id=05", "id=+5", "id=5abc", "id[]=5", ";id=5",
            "i%64=5", "id=%EF%BC%95", "x=1", "id=7;id=5", "",
        ))
    ) + _targets("/vista/?id=7", "/vista/?id=57&x=5", outcome=FREE),
    "P31": tuple(
        Row(CURSOS, host=host)
        for host in (
            "{host}:99999", "user@{host}", "a b<script>", "{host}.", "evil.cl", "{host}\r\nHost: evil.cl",
        )
    ),
    "P32": _targets(f"/cursos/{'a' * 65_536}", f"/{'../' * 5_000}cursos/x", f"/cursos/{'%25' * 20_000}"),
    "P33": (Row("/cursos/ws", headers=("Upgrade: websocket", "Sec-WebSocket-Version: 13")),),
    "P35": (
        Row(CURSOS, version=""),
        Row(CURSOS, version=" HTTP/1.0"),
        Row(CURSOS, "GET\t"),
        Row(CURSOS, headers=("X-Folded: a\r\n /public",)),
        Row(CURSOS, headers=("X: a\nGET /public HTTP/1.1",)),
    ),
    "M1": tuple(
        Row(CURSOS, method)
        for method in ("HEAD", "OPTIONS", "TRACE", "PROPFIND", "REPORT", "FOO", "get", "POST", "GET;x")
    ),
    "M2": tuple(
        Row(f"{CURSOS}?_method=OPTIONS", headers=(f"{name}: OPTIONS",))
        for name in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method")
    ),
    "M4": (Row(CURSOS, "OPTIONS", ("Origin: https://evil.cl", "Access-Control-Request-Method: GET")),),
    "M5": (Row("{host}", "CONNECT"), Row("evil.cl:443", "CONNECT")),
    "H1": tuple(
        Row(CURSOS, headers=(f"{name}: {value}",))
        for name, value in (
            ("X-Forwarded-Uri", "/x"), ("X-Original-URL", "/x"), ("X-Rewrite-URL", "/x"),
            ("X-Original-URI", "/x"), ("Forwarded", "for=127.0.0.1;host=x"),
            ("X-Forwarded-Host", "evil.cl"), ("X-Forwarded-Method", "OPTIONS"),
        )
    ),
    "H3": (Row(CURSOS, headers=("X-Forwarded-For: 127.0.0.1",)),),
    "H9": tuple(Row(CURSOS, headers=(f"User-Agent: {name}",)) for name in ("GoogleHC/1.0", "kube-probe", "")),
    "K3": tuple(
        Row(CURSOS, headers=(f"Cookie: {cookie}",))
        for cookie in (
            "_sence-s-excel=\xa0\x85\xff", "=", ";;;", '"', "_sence-s-excel=x; $Version=1",
            "\xa0_sence-s-excel=x",
        )
    ),
    "free": _targets("/", "/x?next=/cursos/x", "/x?a=%2Fcursos%2Fx", outcome=FREE),
}  # fmt: skip

CASES = {
    f"{name} {number} {row.method} {row.target[:40]}": row
    for name, rows in ROWS.items()
    for number, row in enumerate(rows)
}
