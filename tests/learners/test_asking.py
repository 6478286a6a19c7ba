"""One question to a platform in this process: what goes along, and what may come back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from wsgiref.validate import validator

import pytest
from werkzeug.test import create_environ

from sence_gate.errors import IdentityUnavailable
from sence_gate.learners.asking import MOST, in_process

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADERS = {
    "Cookie": "sid=1; sid=2",
    "Authorization": "Basic bWFyaWE6eA==",
    "User-Agent": "Navegador",
    "X-Forwarded-For": "192.0.2.1",
    "If-None-Match": '"v1"',
    "Range": "bytes=0-1",
    "X-Sence-Run": "1-9",
    "X-HTTP-Method-Override": "DELETE",
}


class Spy:
    """A platform that keeps what it is asked."""

    def __init__(self) -> None:
        self.environ: dict[str, Any] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        self.environ = dict(environ)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b'{"user":', b'"maria"}']


def asked(url: str = "/api/me", scheme: str = "https", **changes: Any) -> dict[str, Any]:
    """Return the environ that the platform gets when a learner posts an answer of a quiz."""
    spy = Spy()
    visitor = create_environ(
        "/cursos/excel/quiz?id=5", "https://campus.otec.cl", method="POST", data="a=b", headers=HEADERS
    )
    reply = in_process(validator(spy), url, scheme)(visitor | changes)
    assert (reply.status, reply.body) == (200, b'{"user":"maria"}')
    return spy.environ


def test_what_shows_the_visitor_goes_along_and_nothing_else() -> None:
    """The cookies as they are, the token, the browser's name and address; no body, condition or override."""
    environ = asked()
    headers = {key: value for key, value in environ.items() if key.startswith("HTTP_")}
    assert headers == {
        "HTTP_HOST": "campus.otec.cl",
        "HTTP_COOKIE": HEADERS["Cookie"],
        "HTTP_AUTHORIZATION": HEADERS["Authorization"],
        "HTTP_USER_AGENT": HEADERS["User-Agent"],
        "HTTP_X_FORWARDED_FOR": HEADERS["X-Forwarded-For"],
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_ACCEPT": "application/json, text/html;q=0.9, */*;q=0.5",
    }
    assert (environ["REQUEST_METHOD"], environ["wsgi.url_scheme"]) == ("GET", "https")
    assert (environ["wsgi.input"].read(1), environ.get("CONTENT_LENGTH", "")) == (b"", "")


@pytest.mark.parametrize("claimed", ["http", "https", ""])
def test_the_scheme_is_that_of_public_url(claimed: str) -> None:
    """Behind a proxy that ends TLS the server sees http, and a visitor may claim anything."""
    for scheme in ("http", "https"):
        sent = {"wsgi.url_scheme": "http", "HTTP_X_FORWARDED_PROTO": claimed}
        environ = asked(scheme=scheme, **sent)
        assert (environ["wsgi.url_scheme"], environ["HTTP_X_FORWARDED_PROTO"]) == (scheme, scheme)


@pytest.mark.parametrize(
    ("url", "mount", "path", "query"),
    [
        pytest.param("/api/me", "", "/api/me", "", id="a path"),
        pytest.param("/api/me?a=1&b", "", "/api/me", "a=1&b", id="a query"),
        pytest.param("/campus/api/me", "/campus", "/api/me", "", id="below the mount path"),
        pytest.param("/api/me", "/campus", "/api/me", "", id="without the mount path"),
        pytest.param("/campusapi", "/campus", "/campusapi", "", id="beside the mount path"),
        pytest.param("/m%C3%AD%20api", "", "/m\xc3\xad api", "", id="escapes"),
    ],
)
def test_the_address_is_asked_as_browsers_see_it(url: str, mount: str, path: str, query: str) -> None:
    """With or without the path below which the platform stands."""
    environ = asked(url, SCRIPT_NAME=mount)
    found = environ["SCRIPT_NAME"], environ["PATH_INFO"], environ["QUERY_STRING"]
    assert found == (mount, path, query)


def endless(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    """Answer without end."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    while True:
        yield b"x" * 4096


def written(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer through `write`, as old platforms do."""
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"x" * MOST)
    write(b"x" * MOST)
    return []


@pytest.mark.parametrize("application", [endless, written])
def test_an_answer_is_read_up_to_a_bound(application: WSGIApplication) -> None:
    """Whatever the platform sends, memory stays small."""
    assert len(in_process(application, "/", "https")(create_environ()).body) == MOST + 1


def test_the_answer_is_closed() -> None:
    """The platform may give back what it holds, also when its answer was cut."""
    closed: list[bool] = []

    class Body:
        def __iter__(self) -> Iterator[bytes]:
            return endless({}, lambda *_: None)  # type: ignore[arg-type]  # nothing is written

        def close(self) -> None:
            closed.append(True)

    def application(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return Body()

    in_process(application, "/", "https")(create_environ())
    assert closed == [True]


def fails(_environ: WSGIEnvironment, _start_response: StartResponse) -> Iterable[bytes]:
    """Raise, with something in it that no log may hold."""
    raise KeyError("12345678-5")


def is_silent(_environ: WSGIEnvironment, _start_response: StartResponse) -> Iterable[bytes]:
    """Answer without a status."""
    return [b"hola"]


def lies(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with a status that is none."""
    start_response("OK", [])
    return []


@pytest.mark.parametrize("application", [fails, is_silent, lies])
def test_a_platform_that_fails_is_not_nobody(application: Callable[..., Any]) -> None:
    """Whatever it raises, and without repeating it."""
    with pytest.raises(IdentityUnavailable) as caught:
        in_process(application, "/", "https")(create_environ())
    assert "12345678" not in str(caught.value)
