"""Name, logo, colour and help of the OTEC, as a learner's browser gets them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sence_gate.config import PageSettings, load_config
from sence_gate.errors import ConfigurationError
from sence_gate.pages import Help
from sence_gate.sample import sample_toml
from tests.given import Campus, discreet_log, plain_campus

__all__ = ["discreet_log", "plain_campus"]

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HELP = Help("Escríbenos", "ayuda@otec.cl", "+56 2 2345 6789", "+56 9 1234 5678")


def loaded(folder: Path, lines: str) -> PageSettings:
    """Return `[pages]` of a configuration in *folder* that says *lines*."""
    table = "[pages.help]\n" if lines.startswith("help.") else "[pages]\n"
    text = sample_toml().replace(table, f"{table}{lines.removeprefix('help.')}\n", 1)
    (folder / "sence-gate.toml").write_text(text, encoding="utf-8")
    return load_config(folder / "sence-gate.toml", {}).pages


@pytest.mark.parametrize(
    "path", ["/_sence/", "/_sence/inicio?curso=excel", "/_sence/nada", "/_sence/inicio/ok"]
)
def test_every_page_names_the_otec_and_whom_to_ask(campus: Campus, path: str) -> None:
    """A learner who is stuck anywhere knows whom to ask, and takes the code of the incident along."""
    campus.configure(pages=PageSettings(help=HELP))
    text = campus.ask(path).text
    incident = text.partition('class="incident">')[2].partition("<")[0]
    assert incident
    assert "OTEC de Prueba" in text
    assert f'href="mailto:ayuda%40otec.cl?subject=C%C3%B3digo%20de%20atenci%C3%B3n%20{incident}"' in text
    assert f'href="https://wa.me/56912345678?text=C%C3%B3digo%20de%20atenci%C3%B3n%20{incident}"' in text
    assert 'href="tel:+56223456789"' in text


def test_a_logo_is_served_by_the_gate(campus: Campus, tmp_path: Path) -> None:
    """From our own origin, for good; opened by itself it is a picture, whatever stands in it."""
    (tmp_path / "logo.svg").write_bytes(SVG)
    campus.configure(pages=PageSettings(logo_file=tmp_path / "logo.svg"))
    page = campus.ask("/_sence/")
    address = page.text.partition('class="logo" src="')[2].partition('"')[0]
    logo = campus.ask(address)
    assert (logo.status_code, logo.data, logo.content_type) == (200, SVG, "image/svg+xml")
    assert "immutable" in logo.headers["Cache-Control"]
    assert logo.headers["Content-Security-Policy"].endswith("sandbox")
    assert "img-src 'self'" in page.headers["Content-Security-Policy"]


def test_a_logo_of_the_platform_is_only_named(campus: Campus) -> None:
    """It is the platform's to serve."""
    campus.configure(pages=PageSettings(logo_url="/static/logo.png"))
    assert 'src="/static/logo.png"' in campus.ask("/_sence/").text
    assert campus.ask("/_sence/logo").status_code == 404


def test_a_colour_changes_the_sheet_and_its_address(campus: Campus) -> None:
    """Browsers that keep the old sheet for good ask for the new one."""
    before = campus.ask("/_sence/pages.css")
    address = campus.ask("/_sence/").text.partition('stylesheet" href="')[2].partition('"')[0]
    campus.configure(pages=PageSettings(colour="#7a1f5c"))
    after = campus.ask("/_sence/").text.partition('stylesheet" href="')[2].partition('"')[0]
    assert after != address
    assert campus.ask(after).text.startswith(before.text)
    assert "--accent: #7a1f5c;" in campus.ask(after).text


def test_templates_of_a_folder_are_shown(campus: Campus, tmp_path: Path) -> None:
    """From the setting to the page."""
    source = '{% extends "sence_gate/sessions.html" %}{% block heading %}<h1>Lo tuyo</h1>{% endblock %}'
    (tmp_path / "sessions.html").write_text(source, encoding="utf-8")
    campus.configure(pages=PageSettings(templates=tmp_path))
    assert "<h1>Lo tuyo</h1>" in campus.ask("/_sence/").text


def test_what_the_file_says_is_found_beside_it(tmp_path: Path) -> None:
    """The working directory of a server does not matter."""
    (tmp_path / "logo.png").write_bytes(b"x")
    (tmp_path / "plantillas").mkdir()
    found = loaded(tmp_path, 'logo = "logo.png"\ntemplates = "plantillas"\ncolour = "#7a1f5c"')
    assert (found.logo_file, found.logo_url) == (tmp_path / "logo.png", "")
    assert (found.templates, found.colour) == (tmp_path / "plantillas", "#7a1f5c")
    assert loaded(tmp_path, 'logo = "/static/l.png"') == PageSettings(logo_url="/static/l.png")


FAULTS: dict[str, Any] = {
    "a pale colour": ('colour = "#ffcc00"', "pages.colour: leaves white text a contrast of 1.5"),
    "no colour": ('colour = "azul"', "pages.colour: is no colour"),
    "no logo": ('logo = "nada.svg"', "pages.logo: names no file"),
    "no picture": ('logo = "logo.pdf"', "pages.logo: is no picture"),
    "a large logo": ('logo = "grande.png"', "pages.logo: has 300 KiB"),
    "a foreign logo": ('logo = "//otro.cl/l.png"', "pages.logo: is no path of the platform"),
    "a foreign logo, https": ('logo = "https://otro.cl/l.png"', "pages.logo: names no file"),
    "no templates": ('templates = "nada"', "pages.templates: cannot be read"),
    "a broken template": ('templates = "rotas"', "pages.templates: start.html, line 2:"),
    "no mail": ('help.mail = "ayuda"', "pages.help.mail: is no address"),
    "a mail with a header": ('help.mail = "a@b.cl?bcc=c@d.cl"', "pages.help.mail: is no address"),
    "no number": ('help.phone = "llámanos"', "pages.help.phone: is no telephone number"),
    "no country": ('help.whatsapp = "9 1234 5678"', "pages.help.whatsapp: is no number with its country"),
    "an unknown key": ('color = "#000000"', "pages.color: unknown key"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_learners_would_trip_over_is_a_fault_at_start(tmp_path: Path, case: str) -> None:
    """With its place and what to do; the gate does not start."""
    (tmp_path / "grande.png").write_bytes(bytes(300 * 1024))
    (tmp_path / "rotas").mkdir()
    (tmp_path / "rotas/start.html").write_text("a\n{{ nada }}", encoding="utf-8")
    lines, told = FAULTS[case]
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, lines)
    assert any(fault.startswith(told) for fault in raised.value.faults), raised.value.faults
