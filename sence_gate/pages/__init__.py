"""What the learner sees: each page is a value, and one function turns it into HTML.

A page is a frozen dataclass that holds all that its template may show
(`values`, `obstacles`); `Pages.render` picks the template that the class names (`rendering`).
A missing or misspelt name cannot reach a learner: the classes demand every value,
the templates know no undefined one, and all of them are compiled at construction.

What an OTEC may change: name, logo and help (`look`), the colour (`colours`), and any
template (`overrides`, which tries them with `trials`).

Not here: which page answers a request (the gate), status codes and headers (the
doors), the texts for SENCE's error codes (`protocol/glosas.py`).
"""

from sence_gate.pages.choice import ChoicePage
from sence_gate.pages.colours import colour_fault, sheet
from sence_gate.pages.look import LOGO_TYPES, Help, Look, help_faults
from sence_gate.pages.obstacles import (
    CallbackHelpPage,
    Cause,
    DiagnosisPage,
    Fields,
    FramePage,
    IdentityPage,
    NotEnrolledPage,
    NotOpenPage,
    PostRefusedPage,
    Problem,
    ProblemPage,
    Term,
    UnavailablePage,
    WrongBrowserPage,
)
from sence_gate.pages.overrides import override_faults
from sence_gate.pages.rendering import Pages, duration
from sence_gate.pages.values import (
    ClosedPage,
    ClosePage,
    ContingencyPage,
    Credential,
    Errand,
    ErrorPage,
    ExitPage,
    HandOffPage,
    LeavePage,
    OpenSession,
    OverPage,
    Page,
    RegisteredPage,
    SessionsPage,
    StartPage,
    Turn,
)

__all__ = [
    "LOGO_TYPES",
    "CallbackHelpPage",
    "Cause",
    "ChoicePage",
    "ClosePage",
    "ClosedPage",
    "ContingencyPage",
    "Credential",
    "DiagnosisPage",
    "Errand",
    "ErrorPage",
    "ExitPage",
    "Fields",
    "FramePage",
    "HandOffPage",
    "Help",
    "IdentityPage",
    "LeavePage",
    "Look",
    "NotEnrolledPage",
    "NotOpenPage",
    "OpenSession",
    "OverPage",
    "Page",
    "Pages",
    "PostRefusedPage",
    "Problem",
    "ProblemPage",
    "RegisteredPage",
    "SessionsPage",
    "StartPage",
    "Term",
    "Turn",
    "UnavailablePage",
    "WrongBrowserPage",
    "colour_fault",
    "duration",
    "help_faults",
    "override_faults",
    "sheet",
]
