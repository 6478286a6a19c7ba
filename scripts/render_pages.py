"""Write every page that a learner can see, with sample values, into a folder.

For looking at them while their words or their style change:
`python scripts/render_pages.py FOLDER`, then open the files in a browser.
The names tell the page and the case.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import get_args

import sence_gate
from sence_gate import pages
from sence_gate.pages import Page, Pages

STATIC = Path(sence_gate.__file__).with_name("static")
COURSE = "/cursos/excel/"
INCIDENT = "k7m2-qx9d"

EXCEL = pages.OpenSession(name="Excel básico para la gestión", until="hasta las 21:40", curso="excel")
SAFETY = pages.OpenSession(name="Prevención de riesgos", until="hasta las 22:15", curso="riesgos")
LONG = "Gestión de inventarios y bodegas en empresas del rubro logístico y portuario (modalidad e-learning)"
NAMES = {"course_name": EXCEL.name, "otec_name": "Capacitación del Norte"}


def start(
    *, run_value: str = "", run_error: str = "", pending: bool = False, test: bool = False
) -> pages.StartPage:
    """Return a start page that asks for the RUN."""
    return pages.StartPage(
        **NAMES,
        credential="clave_sence" if test else "clave_unica",
        ask_run=True,
        run_value=run_value,
        run_error=run_error,
        action="/_sence/inicio",
        curso="excel",
        volver=COURSE,
        minutes=180,
        test_environment=test,
        pending=pending,
        incident=INCIDENT,
    )


def hand_off(kind: pages.Errand) -> pages.HandOffPage:
    """Return a hand-off page that leads nowhere."""
    return pages.HandOffPage(
        **NAMES,
        kind=kind,
        action="/nowhere",
        fields=(("RutOtec", "76543210-3"),),
        back_url=COURSE,
        incident=INCIDENT,
    )


def error(whose_turn: pages.Turn) -> pages.ErrorPage:
    """Return a refusal of SENCE."""
    return pages.ErrorPage(
        kind="start",
        **NAMES,
        what_happened="SENCE no encontró tu RUN entre las personas inscritas en este curso.",
        what_to_do="Tu inscripción debe quedar informada a SENCE antes de que puedas entrar.",
        whose_turn=whose_turn,
        operator_note="SENCE informó 208 para el curso 5123456.",
        retry_url=COURSE,
        retry_label="Intentar de nuevo",
        back_url="/",
        incident=INCIDENT,
    )


def registered(*, test: bool) -> pages.RegisteredPage:
    """Return the page after a start."""
    return pages.RegisteredPage(
        **NAMES, continue_url=COURSE, until="hasta las 21:40", test_environment=test, incident=INCIDENT
    )


def close(remaining: str) -> pages.ClosePage:
    """Return the question before a close."""
    return pages.ClosePage(
        **NAMES,
        action="/_sence/cierre",
        curso="excel",
        remaining=remaining,
        back_url=COURSE,
        incident=INCIDENT,
    )


def closed(*next_open: pages.OpenSession, leave_url: str = "") -> pages.ClosedPage:
    """Return the page after a close."""
    return pages.ClosedPage(
        course_name=EXCEL.name,
        otec_name="Capacitación del Norte",
        back_url="/",
        next_open=next_open,
        close_action="/_sence/cierre",
        leave_url=leave_url,
        incident=INCIDENT,
    )


def contingency() -> pages.ContingencyPage:
    """Return the page in the place of the start page while SENCE is down."""
    return pages.ContingencyPage(
        course_name=EXCEL.name,
        otec_name="Capacitación del Norte",
        until="hasta las 21:40",
        ask_run=True,
        run_value="",
        run_error="",
        action="/_sence/contingencia",
        curso="excel",
        volver=COURSE,
        sence_url="/_sence/inicio?curso=excel&sence=1",
        incident=INCIDENT,
    )


def leave(others: int) -> pages.LeavePage:
    """Return the question before a logout."""
    return pages.LeavePage(
        course_name=EXCEL.name,
        otec_name="Capacitación del Norte",
        others=others,
        close_action="/_sence/cierre",
        close_fields=(),
        leave_url="/salir",
        by_form=False,
        leave_fields=(),
        back_url=COURSE,
        incident=INCIDENT,
    )


def sessions(*found: pages.OpenSession) -> pages.SessionsPage:
    """Return the list of open sessions."""
    return pages.SessionsPage(sessions=found, close_action="/_sence/cierre", back_url="/", incident=INCIDENT)


def choice(*others: str) -> pages.ChoicePage:
    """Return the page that asks for the course, of which there are two and *others*."""
    courses = ((EXCEL.curso, EXCEL.name), (SAFETY.curso, SAFETY.name), *((each, each) for each in others))
    return pages.ChoicePage(
        courses=courses, action="/_sence/inicio", volver=COURSE, back_url="/", incident=INCIDENT
    )


def over(close_url: str) -> pages.OverPage:
    """Return the page of a session whose time is over."""
    return pages.OverPage(**NAMES, start_url=COURSE, close_url=close_url, incident=INCIDENT)


def unavailable(fields: pages.Fields) -> pages.UnavailablePage:
    """Return the page of a store that cannot be written."""
    return pages.UnavailablePage(action="/_sence/inicio/ok", fields=fields, retry_after=30, incident=INCIDENT)


def problem(kind: pages.Problem) -> pages.ProblemPage:
    """Return a refusal of the gate itself."""
    return pages.ProblemPage(problem=kind, link_url="/", link_label="Ir a la plataforma", incident=INCIDENT)


def not_enrolled(retry_url: str) -> pages.NotEnrolledPage:
    """Return the page of somebody who is on no list."""
    return pages.NotEnrolledPage(**NAMES, retry_url=retry_url, back_url="/", incident=INCIDENT)


def not_open(term: pages.Term) -> pages.NotOpenPage:
    """Return the page of a course before its first day, or after its last."""
    return pages.NotOpenPage(**NAMES, term=term, day="6 de mayo de 2024", back_url="/", incident=INCIDENT)


def diagnosis(cause: pages.Cause) -> pages.DiagnosisPage:
    """Return the page that stops a trip which would lead round in circles."""
    return pages.DiagnosisPage(**NAMES, cause=cause, link_url=COURSE, incident=INCIDENT)


SAMPLES: dict[str, Page] = {
    "start": start(),
    "start-pending": start(pending=True, run_value="12345678-5"),
    "start-test": start(test=True),
    "start-wrong-run": start(
        run_value="12345678-9", run_error="Revisa tu RUN: el dígito verificador no coincide."
    ),
    "choice": choice(),
    "choice-many": choice(LONG, "Word intermedio", "Inglés A1", "Primeros auxilios"),
    "hand-off-start": hand_off("start"),
    "hand-off-close": hand_off("close"),
    "registered": registered(test=False),
    "registered-test": registered(test=True),
    **{f"error-{turn}": error(turn) for turn in get_args(pages.Turn)},
    "close": close("1 hora y 20 minutos"),
    "close-late": close(""),
    "closed": closed(),
    "closed-with-another": closed(SAFETY),
    "closed-leaving": closed(leave_url="/salir"),
    "leave": leave(0),
    "leave-others": leave(2),
    "contingency": contingency(),
    "exit": pages.ExitPage(action="/salir", fields=(), incident=INCIDENT),
    "sessions": sessions(EXCEL, SAFETY),
    "sessions-none": sessions(),
    "sessions-long": sessions(replace(SAFETY, name=LONG)),
    "post-refused": pages.PostRefusedPage(**NAMES, start_url=COURSE, incident=INCIDENT),
    "frame": pages.FramePage(course_name=EXCEL.name, start_url=COURSE, incident=INCIDENT),
    "over": over("/_sence/cierre?curso=excel"),
    "over-released": over(""),
    "wrong-browser": pages.WrongBrowserPage(start_url=COURSE, incident=INCIDENT),
    "callback-help": pages.CallbackHelpPage(back_url=COURSE, incident=INCIDENT),
    "callback-help-alone": pages.CallbackHelpPage(incident=INCIDENT),
    "unavailable": unavailable(()),
    "unavailable-callback": unavailable((("IdSesionSence", "987654321"),)),
    "identity": pages.IdentityPage(back_url="/", incident=INCIDENT),
    "not-enrolled": not_enrolled(""),
    "not-enrolled-typed": not_enrolled("/_sence/inicio?curso=excel"),
    "not-yet-open": not_open("not_yet_open"),
    "no-longer-open": not_open("no_longer_open"),
    **{f"diagnosis-{cause}": diagnosis(cause) for cause in get_args(pages.Cause)},
    **{f"problem-{kind}": problem(kind) for kind in get_args(pages.Problem)},
}


# A second look: what an OTEC may change at once.
LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 220 48">
<circle cx="24" cy="24" r="20" fill="#7a1f5c"/>
<path d="M14 26l7 7 14-17" fill="none" stroke="#fff" stroke-width="5"/>
<text x="54" y="33" font-family="sans-serif" font-size="26" fill="#2a1020">Instituto</text></svg>"""
HELP = pages.Help(
    "¿Dudas? Te ayudamos de 9 a 18 h.", "ayuda@instituto.cl", "+56 2 2345 6789", "+56 9 1234 5678"
)
BRANDED = ("start", "error-otec", "sessions", "registered", "frame")


def write(folder: Path) -> None:
    """Write all samples into *folder*, with the style sheet and the script beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("pages.css", "pages.js"):
        shutil.copy(STATIC / name, folder)
    plain = Pages(".", versions=dict.fromkeys(("pages.css", "pages.js"), "sample"))
    for name, page in SAMPLES.items():
        (folder / f"{name}.html").write_text(plain.render(page), encoding="utf-8")
    _write_branded(folder / "branded")


def _write_branded(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    shutil.copy(STATIC / "pages.js", folder)
    style = (STATIC / "pages.css").read_text(encoding="utf-8")
    (folder / "pages.css").write_text(style + pages.sheet("#7a1f5c"), encoding="utf-8")
    (folder / "logo.svg").write_text(LOGO, encoding="utf-8")
    look = pages.Look("Instituto de Capacitación", "logo.svg", HELP)
    branded = Pages(".", versions=dict.fromkeys(("pages.css", "pages.js"), "sample"), look=look)
    for name in BRANDED:
        (folder / f"{name}.html").write_text(branded.render(SAMPLES[name]), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: render_pages.py FOLDER")
    write(Path(sys.argv[1]))
