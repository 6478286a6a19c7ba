"""A Flask application behind the gate: `app.wsgi_app` is wrapped, and nothing else is changed."""

from flask import Flask

from sence_gate import SenceGate

app = Flask(__name__)


@app.get("/")
def home():
    """Answer with a page that no course guards."""
    return "<!doctype html><html lang=es><title>Campus</title><h1>Campus</h1></html>"


@app.get("/cursos/excel/<path:lesson>")
def show(lesson):
    """Answer with a lesson of the course; `sence-gate.toml` has its paths."""
    return f"<!doctype html><html lang=es><title>Excel</title><h1>{lesson}</h1></html>"


app.wsgi_app = SenceGate(app.wsgi_app, "sence-gate.toml")
