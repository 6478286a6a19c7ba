"""`/inicio` without a course: which one, of those that share an address?

The page makes no state and decides nothing: its buttons lead to the start page of
each course, which looks at `volver` again.
"""

from __future__ import annotations

from urllib.parse import urlencode

from werkzeug.wrappers import Response

from sence_gate.courses import Course, Rule
from sence_gate.errors import UnreadablePath
from sence_gate.gate.decisions import ChoiceNeeded, StartNeeded
from sence_gate.navigation import is_below, is_local
from sence_gate.pages import ChoicePage
from sence_gate.paths import Target
from sence_gate.shared import Shared
from sence_gate.site.desk import Desk
from sence_gate.site.exchange import Exchange


def show_choice(x: Exchange) -> Response:
    """Answer GET `/inicio` that names no course."""
    wanted = x.given("volver")
    found = rule_at(x.desk, wanted)
    if isinstance(found, Course):
        return x.redirect(x.desk.start_url(found.id, wanted))
    rule = found or _group(x)
    if rule is None:
        return x.problem("not_found", 404)
    wanted = wanted if found else ""
    decision = x.desk.gate.decide_among(rule, x.visit)
    match decision:
        case StartNeeded():
            return x.redirect(x.desk.start_url(decision.course.id, wanted))
        case ChoiceNeeded():
            page = ChoicePage(
                courses=tuple((course.id, course.name) for course in decision.courses),
                action=f"{x.desk.home}/inicio",
                volver=wanted,
                back_url=x.desk.root,
                incident=x.incident,
            )
            return x.page(page)
        case _:  # there is nothing to start
            return x.redirect(wanted or x.desk.first_path(rule.courses[0]))


def choice_url(desk: Desk, rule: Shared, wanted: str) -> str:
    """Return the local URL of the page where the learner chooses the course."""
    number = desk.gate.parts.config.shared.index(rule)
    return f"{desk.home}/inicio?{urlencode({'grupo': number, 'volver': wanted})}"


def rule_at(desk: Desk, url: str) -> Rule | None:
    """Return the rule that guards the local *url* of the platform, if there is one."""
    if not is_local(url) or is_below(desk.home, url):
        return None
    try:
        return desk.gate.parts.rules.match(Target.from_url(url))
    except UnreadablePath:
        return None


def _group(x: Exchange) -> Shared | None:
    """Return the shared rule whose number the request names: what a script asked for is no place to go."""
    number = x.given("grupo")
    rules = x.desk.gate.parts.config.shared
    is_number = len(number) < 6 and number.isascii() and number.isdecimal()
    return rules[int(number)] if is_number and int(number) < len(rules) else None
