"""What `/auth` is measured against: an application that says yes to everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def application(_environ: WSGIEnvironment, start_response: StartResponse) -> tuple[bytes, ...]:
    """Answer 204."""
    start_response("204 No Content", [])
    return ()
