"""Whatever arrives at a callback's address: read within bounds, kept, answered with a page."""

from __future__ import annotations

import io
from typing import Any

import pytest
from werkzeug.test import TestResponse, create_environ

from sence_gate.protocol.messages import MAX_BODY
from sence_gate.protocol.session import State
from sence_gate.site.answering import CALLBACKS
from tests.given import HOME, SENCE, Campus, answer, body_of, hidden_fields

URLS = list(CALLBACKS)
HOSTILE = "\"><svg onload=alert(1)>';alert(1)//</script>{{7*7}}\u2028"


def post(campus: Campus, path: str, body: bytes, **changes: Any) -> TestResponse:
    """Post *body* as SENCE's page does, with *changes* to the environ; None takes a key away."""
    environ = create_environ(f"/_sence{path}", HOME, method="POST", headers={"Origin": SENCE})
    environ |= {
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    return campus.run({key: value for key, value in (environ | changes).items() if value is not None})


@pytest.mark.parametrize("path", URLS)
@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 400, id="empty"),
        pytest.param(b"&&&===&", 400, id="only signs"),
        pytest.param(b'{"RunAlumno": "1-9"}', 400, id="JSON"),
        pytest.param(b"\x00\xff\xfe%zz%%%=%", 400, id="noise"),
        pytest.param(b"&".join(b"a%d=1" % n for n in range(500)), 400, id="500 fields"),
        pytest.param(b"RunAlumno=1-9&RunAlumno=2-7", 400, id="C14, two values"),
        pytest.param(b"RunAlumno=" + b"1" * (MAX_BODY - 10), None, id="just small enough"),
        pytest.param(b"RunAlumno=" + b"1" * (MAX_BODY - 9), 413, id="C11, 64 KiB and one"),
        pytest.param(b"RunAlumno=" + b"1" * (10 << 20), 413, id="C11, 10 MiB"),
    ],
)
def test_any_body_gets_a_page(campus: Campus, path: str, body: bytes, status: int | None) -> None:
    """Malformed or too large: a page, a bounded copy of what came, never a failure."""
    response = post(campus, path, body)
    _, (entry,) = campus.store.unmatched()
    neutral = 200 if path.endswith("error") else 404
    assert response.status_code == (status or neutral)
    assert "Código de atención" in response.text
    assert len(str(entry.raw)) < 70_000
    assert entry.incident in response.text


def test_c11_what_was_too_large_is_kept_as_it_began(campus: Campus) -> None:
    """The ledger of strangers shows what came, not a filler."""
    post(campus, "/inicio/ok", b"RunAlumno=1-9&x=" + b"1" * (10 << 20))
    _, (entry,) = campus.store.unmatched()
    assert entry.raw[0] == ("RunAlumno", "1-9")
    assert entry.reason == "the body is too long"


def test_c11_a_body_without_length_is_not_read(campus: Campus) -> None:
    """Without Content-Length a WSGI server may wait for ever; PEP 3333 gives nothing to read."""
    begun = campus.begin()
    response = post(campus, "/inicio/ok", body_of(answer(begun)), CONTENT_LENGTH=None)
    assert response.status_code == 400


def test_c11_a_chunked_body_is_read_where_the_server_ends_it(campus: Campus) -> None:
    """Servers that say `wsgi.input_terminated` know the end themselves."""
    begun = campus.begin()
    more: dict[str, Any] = {
        "CONTENT_LENGTH": None,
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input_terminated": True,
    }
    assert post(campus, "/inicio/ok", body_of(answer(begun)), **more).status_code == 303


def test_c11_a_chunked_body_without_end_is_cut(campus: Campus) -> None:
    """Reading is bounded there too."""
    more: dict[str, Any] = {
        "CONTENT_LENGTH": None,
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input_terminated": True,
    }
    more["wsgi.input"] = stream = io.BytesIO(b"RunAlumno=" + b"1" * (1 << 20))
    assert post(campus, "/inicio/ok", b"", **more).status_code == 413
    assert stream.tell() <= MAX_BODY + 64


def test_c11_a_body_shorter_than_its_length_changes_nothing(campus: Campus) -> None:
    """The browser went away in the middle: half a form is not believed, and is no failure."""
    begun = campus.begin()
    body = body_of(answer(begun))
    response = post(campus, "/inicio/ok", body, CONTENT_LENGTH=str(len(body) + 10))
    assert response.status_code == 400
    assert campus.session(begun.id_sesion_alumno).state is State.PENDING


def test_c11_a_body_longer_than_its_length_is_read_to_its_length(campus: Campus) -> None:
    """What follows belongs to the next request."""
    begun = campus.begin()
    body = body_of(answer(begun))
    stream = io.BytesIO(body + b"&RunAlumno=1-9")
    assert post(campus, "/inicio/ok", body, **{"wsgi.input": stream}).status_code == 303
    assert stream.tell() == len(body)


class Trickle(io.BytesIO):
    """A stream that gives a few bytes at a time, as sockets do."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Return at most seven bytes."""
        return super().read(min(7, size) if size and size > 0 else 7)


def test_a_body_that_comes_in_pieces_is_read_whole(campus: Campus) -> None:
    """`read` may return less than was asked for."""
    begun = campus.begin()
    body = body_of(answer(begun))
    assert post(campus, "/inicio/ok", body, **{"wsgi.input": Trickle(body)}).status_code == 303


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/json", "multipart/form-data; boundary=x", 'x\t/"y']
)
def test_the_media_type_of_a_callback_does_not_matter(campus: Campus, content_type: str) -> None:
    """The body is read as the form that SENCE sends."""
    begun = campus.begin()
    response = post(campus, "/inicio/ok", body_of(answer(begun)), CONTENT_TYPE=content_type)
    assert response.status_code == 303


def test_malformed_and_away_at_once_is_a_page_too(campus: Campus) -> None:
    """No fields to send again, so the page offers none."""
    campus.store.is_away = True
    response = post(campus, "/inicio/ok", b"nada")
    assert response.status_code == 503
    assert hidden_fields(response) == {}
