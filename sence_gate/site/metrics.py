"""GET `/metrics`: for whoever watches the gate, and nobody else.

A front server on the same machine makes the whole Internet come from loopback. So
loopback is believed only when nothing tells of a visitor behind it, and when the
request names this machine and not the public host.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from sence_gate.config.urls import is_loopback
from sence_gate.errors import StoreUnavailable
from sence_gate.learners.sources import is_trusted, peer_of
from sence_gate.metrics import CONTENT_TYPE
from sence_gate.site.exchange import PRIVATE, Exchange
from sence_gate.stores import Spooling

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

LOOPBACK = (peer_of("127.0.0.0/8"), peer_of("::1"))
PASSED_ON = ("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_FORWARDED_HOST")
NOT_YOU = "metrics are shown to this machine; name other addresses in metrics.allow\n"
NOT_THERE = "no metrics are counted; install them: pip install '.[metrics]' in the checkout\n"


def show(x: Exchange) -> Response:
    """Answer with all counts, and with what is so at this moment."""
    gate = x.desk.gate
    if not (is_trusted(x.environ, gate.parts.config.metrics.allow) or _is_local(x.environ)):
        return Response(NOT_YOU, 403, PRIVATE, mimetype="text/plain")
    if not gate.metrics.is_counting:
        return Response(NOT_THERE, 404, PRIVATE, mimetype="text/plain")
    return Response(gate.metrics.text(_gauges(x)), 200, PRIVATE, content_type=CONTENT_TYPE)


def _is_local(environ: WSGIEnvironment) -> bool:
    is_direct = not any(key in environ for key in PASSED_ON)
    try:
        return (
            is_direct and is_trusted(environ, LOOPBACK) and is_loopback(f"//{environ.get('HTTP_HOST', '')}")
        )
    except ValueError:  # a Host that is none
        return False


def _gauges(x: Exchange) -> dict[str, float]:
    store = x.desk.gate.parts.store
    if not isinstance(store, Spooling):
        return {}
    gauges: dict[str, float] = {"store_away": store.is_away()}
    with suppress(StoreUnavailable):  # no figure rather than a wrong one; whoever needs the spool is told
        gauges["spool_items"] = store.waiting()
    return gauges
