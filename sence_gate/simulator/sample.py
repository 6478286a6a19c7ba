"""The registry that the simulator starts with: one working OTEC, and one cause for each error.

The codes of the first course are the ones that the project's examples use, so
that a copied configuration works at once. Each further entry exists to provoke
one code of annex 2 of the current edition; its name says which. The older
edition has no 307 to 310 and reports 301 for them.
"""

from __future__ import annotations

from datetime import date

from sence_gate.simulator.registry import Course, CourseState, Otec, Registry

OTEC_RUT = "76543210-3"
TOKEN = "5E0CE000-DE00-4A00-8A00-00000000D3A0"  # noqa: S105 - a made-up token of a made-up OTEC
REVOKED_TOKEN = "5E0CE000-DE00-4A00-8A00-00000000BA7A"  # noqa: S105 - as above
OTHER_OTEC_RUT = "77123456-9"
OTHER_TOKEN = "5E0CE000-DE00-4A00-8A00-00000000073A"  # noqa: S105 - as above

CODIGO_CURSO = "5123456"
COD_SENCE = "1237894560"
SOCIAL_CODIGO_CURSO = "RLAB-19-02-08-0071-1"
FPT_CODIGO_CURSO = "FPT12"
FPT_COD_SENCE = "1237894566"

RUN_IN_NOMINA = "11111111-1"
RUN_WITHOUT_KEY = "22222222-2"

CLOSED_LIST = "5000208"
OTHER_COD_SENCE = "1237894306"
CLASSROOM = "5000307"
FOREIGN = "5000308"
OVER = "5000309"
FINISHED = "5000310"
CANCELLED = "5001310"


def _course(codigo_curso: str, name: str, cod_sence: str = COD_SENCE, line: str = "3") -> Course:
    return Course(codigo_curso, cod_sence, line, OTEC_RUT, name)


def sample_registry(*, believes_strangers: bool = False) -> Registry:
    """Return the registry of the demo."""
    return Registry(
        otecs=(
            Otec(OTEC_RUT, "Capacitación Demo", frozenset({TOKEN}), frozenset({REVOKED_TOKEN})),
            Otec(OTHER_OTEC_RUT, "Otro organismo", frozenset({OTHER_TOKEN})),
        ),
        courses=(*_WORKING, *_TROUBLE),
        keys={RUN_WITHOUT_KEY: None},
        believes_strangers=believes_strangers,
    )


_WORKING = (
    _course(CODIGO_CURSO, "Excel básico"),
    _course(SOCIAL_CODIGO_CURSO, "Programa social", cod_sence="", line="1"),
    _course(FPT_CODIGO_CURSO, "FPT, con código corto", cod_sence=FPT_COD_SENCE, line="6"),
)

_TROUBLE = (
    Course(
        CLOSED_LIST,
        COD_SENCE,
        "3",
        OTEC_RUT,
        f"Con nómina: sólo {RUN_IN_NOMINA} (208)",
        nomina=frozenset({RUN_IN_NOMINA}),
    ),
    _course("5000306", "De otro código SENCE (306)", cod_sence=OTHER_COD_SENCE),
    Course(CLASSROOM, COD_SENCE, "3", OTEC_RUT, "Presencial (307)", is_e_learning=False),
    Course(FOREIGN, COD_SENCE, "3", OTHER_OTEC_RUT, "De otro organismo (308)"),
    Course(OVER, COD_SENCE, "3", OTEC_RUT, "Fuera de fecha (309)", ends=date(2020, 12, 31)),
    Course(FINISHED, COD_SENCE, "3", OTEC_RUT, "Terminado (310)", state=CourseState.TERMINADO),
    Course(CANCELLED, COD_SENCE, "3", OTEC_RUT, "Anulado (310)", state=CourseState.ANULADO),
)
