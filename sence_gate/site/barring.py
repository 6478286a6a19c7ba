"""How a learner is answered who may not start in a course, or not today.

As in `refusing`, the platform is not called; but there is nothing to begin, so that
nobody is sent to a start page.
"""

from __future__ import annotations

import logging
from typing import assert_never

from werkzeug.wrappers import Response

from sence_gate.chile import day_text
from sence_gate.gate.decisions import (
    Barred,
    ChoiceNeeded,
    NoLongerOpen,
    NotEnrolled,
    NotYetOpen,
    StartNeeded,
)
from sence_gate.navigation import Kind, kind_of
from sence_gate.pages import NotEnrolledPage, NotOpenPage
from sence_gate.site.exchange import Exchange
from sence_gate.site.refusing import refuse

log = logging.getLogger("sence_gate")


def turned_away(x: Exchange, decision: StartNeeded | ChoiceNeeded | Barred) -> Response:
    """Answer a learner who needs a session first, or may have none here."""
    if isinstance(decision, StartNeeded | ChoiceNeeded):
        return refuse(x, decision)
    return barred(x, decision)


def barred(x: Exchange, why: Barred, *, retry_url: str = "") -> Response:
    """Answer a learner who may not start.

    Args:
        retry_url: where another RUN can be typed; "" where the platform named it.
    """
    match kind_of(x.environ):
        case Kind.SCRIPT:
            log.info("refused a script, 403 (%s)", x.incident)
            return x.problem_json(_title(why), 403, detail=f"Curso: {why.course.name}.")
        case Kind.FRAME:
            return x.framed(_page(x, why, retry_url), 403)
        case Kind.PAGE | Kind.FORM:
            return x.page(_page(x, why, retry_url), 403)
        case kind:
            assert_never(kind)


def _page(x: Exchange, why: Barred, retry_url: str) -> NotEnrolledPage | NotOpenPage:
    name, otec_name, back_url = why.course.name, why.course.otec.name, x.desk.root
    match why:
        case NotEnrolled():
            return NotEnrolledPage(
                course_name=name,
                otec_name=otec_name,
                retry_url=retry_url,
                back_url=back_url,
                incident=x.incident,
            )
        case NotYetOpen() | NoLongerOpen():
            return NotOpenPage(
                term="not_yet_open" if isinstance(why, NotYetOpen) else "no_longer_open",
                course_name=name,
                otec_name=otec_name,
                day=_day(why),
                back_url=back_url,
                incident=x.incident,
            )
        case _:
            assert_never(why)


def _title(why: Barred) -> str:
    match why:
        case NotEnrolled():
            return "Tu RUN no está en la lista del curso"
        case NotYetOpen():
            return f"Tu curso comienza el {_day(why)}"
        case NoLongerOpen():
            return f"Tu plazo para entrar al curso terminó el {_day(why)}"
        case _:
            assert_never(why)


def _day(why: NotYetOpen | NoLongerOpen) -> str:
    return day_text(why.first if isinstance(why, NotYetOpen) else why.last)
