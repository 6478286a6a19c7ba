"""A platform that a paste.ini puts together."""


def make_campus(global_conf):
    """Return the WSGI application; PasteDeploy calls this."""
    return campus


def campus(environ, start_response):
    """Answer every request with one page."""
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [b"<!doctype html><html lang=es><title>Campus</title><h1>Excel</h1></html>"]
