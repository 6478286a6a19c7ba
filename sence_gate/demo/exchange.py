"""What Campus Demo reads from a WSGI environment, and what it sends back.

Values and the few shapes of answer that its pages share: a page, a redirect,
JSON, a file with an ETag. Which page answers which URL stands in `platform`.

Source: PEP 3333; RFC 9110 section 13.1.2 (If-None-Match).
"""

from __future__ import annotations

import json
import mimetypes
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .classroom import FILES, User

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from wsgiref.types import WSGIEnvironment

Headers = tuple[tuple[str, str], ...]
PAGE_HEADERS: Headers = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", "default-src 'self'; base-uri 'self'; object-src 'none'"),
    ("X-Content-Type-Options", "nosniff"),
)
ERRORS = {
    HTTPStatus.NOT_FOUND: "No encontramos esta página",
    HTTPStatus.METHOD_NOT_ALLOWED: "Esta página no acepta ese tipo de envío",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Lo que enviaste es demasiado grande",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent back; a body in pieces is sent as it comes, without a length."""

    status: HTTPStatus
    headers: Headers
    body: bytes | Iterator[bytes] = b""


@dataclass(frozen=True)
class Request:
    """The part of a WSGI environment that the pages use, and who asks."""

    environ: WSGIEnvironment = field(repr=False)
    user: User | None = None

    @property
    def method(self) -> str:
        """Return the method, with HEAD as the GET that it repeats."""
        method = str(self.environ["REQUEST_METHOD"])
        return "GET" if method == "HEAD" else method

    @property
    def base(self) -> str:
        """Return where the campus is mounted, ready to stand in a URL."""
        return quote(self.environ.get("SCRIPT_NAME", "").encode("latin-1"))

    @property
    def path(self) -> str:
        """Return the path below the mount point."""
        return str(self.environ.get("PATH_INFO", "")).encode("latin-1").decode("utf-8", "replace") or "/"

    @property
    def target(self) -> str:
        """Return path and query as they could be asked for again."""
        query = self.environ.get("QUERY_STRING", "")
        return f"{self.base}{quote(self.path)}{'?' if query else ''}{query}"

    @cached_property
    def query(self) -> dict[str, str]:
        """Return the fields of the query; the first of each name."""
        return _first_values(self.environ.get("QUERY_STRING", ""))

    @cached_property
    def form(self) -> dict[str, str]:
        """Return the fields of a posted form; reads the body, once."""
        return _first_values(self.environ["wsgi.input"].read(self.length).decode("utf-8", "replace"))

    @property
    def length(self) -> int:
        """Return how many bytes the body announces."""
        text = str(self.environ.get("CONTENT_LENGTH") or "")
        return int(text) if text.isascii() and text.isdecimal() else 0


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that is sent as it is."""

    data: bytes = field(repr=False)
    type: str
    tag: str


class Pages:
    """The templates and files of the campus, and the answers made of them."""

    def __init__(self) -> None:
        self.assets = _load_assets(FILES / "estatico")
        self.downloads = _load_assets(FILES / "descargas")
        self._templates = Environment(
            loader=FileSystemLoader(FILES / "paginas"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def page(self, request: Request, name: str, *, status: HTTPStatus = HTTPStatus.OK, **shown: Any) -> Reply:
        """Answer with the template *name*, whole."""
        body = self._templates.get_template(name).render(self._shown(request, shown)).encode()
        return Reply(status, (*PAGE_HEADERS, ("Content-Length", str(len(body)))), body)

    def stream(self, request: Request, name: str, **shown: Any) -> Reply:
        """Answer with the template *name*, piece by piece while it is made."""
        pieces = self._templates.get_template(name).generate(self._shown(request, shown))
        return Reply(HTTPStatus.OK, PAGE_HEADERS, (piece.encode() for piece in pieces if piece))

    def error(self, request: Request, status: HTTPStatus) -> Reply:
        """Answer with a page that says what is wrong."""
        return self.page(request, "error.html", status=status, codigo=status.value, mensaje=ERRORS[status])

    def wrong_method(self, request: Request, allowed: Iterable[str]) -> Reply:
        """Answer that the URL exists, for the methods *allowed*."""
        reply = self.error(request, HTTPStatus.METHOD_NOT_ALLOWED)
        return replace(reply, headers=(*reply.headers, ("Allow", ", ".join(allowed))))

    def _shown(self, request: Request, shown: dict[str, Any]) -> dict[str, Any]:
        def static(name: str) -> str:
            return f"{request.base}/estatico/{name}?v={self.assets[name].tag[:8]}"

        course = shown.setdefault("curso", None)
        root = f"{request.base}/cursos/{course.id}" if course else ""
        return {"base": request.base, "raiz": root, "usuario": request.user, "estatico": static, **shown}


def see_other(location: str, *headers: tuple[str, str]) -> Reply:
    """Answer "look there instead", with a GET."""
    return Reply(
        HTTPStatus.SEE_OTHER,
        (
            ("Location", location),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", "0"),
            *headers,
        ),
    )


def json_reply(data: object, status: HTTPStatus = HTTPStatus.OK) -> Reply:
    """Answer a script; nothing of it may be kept."""
    body = json.dumps(data, ensure_ascii=False).encode()
    size = ("Content-Length", str(len(body)))
    return Reply(status, (("Content-Type", "application/json"), ("Cache-Control", "no-store"), size), body)


def file_reply(request: Request, asset: Asset, caching: str, *headers: tuple[str, str]) -> Reply:
    """Answer with a file, or with 304 when the browser has it already."""
    shared = (("ETag", f'"{asset.tag}"'), ("Cache-Control", caching), *headers)
    if f'"{asset.tag}"' in request.environ.get("HTTP_IF_NONE_MATCH", ""):
        return Reply(HTTPStatus.NOT_MODIFIED, shared)
    sizes = (("Content-Type", asset.type), ("Content-Length", str(len(asset.data))))
    return Reply(HTTPStatus.OK, (*sizes, *shared), asset.data)


def _load_assets(folder: Path) -> dict[str, Asset]:
    return {path.name: _asset(path) for path in sorted(folder.iterdir())}


def _asset(path: Path) -> Asset:
    data = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind == "application/javascript"
    return Asset(data, f"{kind}; charset=utf-8" if text else kind, sha256(data).hexdigest()[:20])


def _first_values(encoded: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(encoded, keep_blank_values=True).items()}
