"""A platform that knows nothing of SENCE, and the gate in front of it."""

from sence_gate import SenceGate


def campus(environ, start_response):
    """Answer every request with one page."""
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [b"<!doctype html><html lang=es><title>Campus</title><h1>Excel</h1></html>"]


application = SenceGate(campus, "sence-gate.toml")
