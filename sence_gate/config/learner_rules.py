"""What `[learner]` must satisfy before the first request.

A source that cannot work, or that any visitor could lie to, is told at the start:
the gate would stand open, or shut, and nobody would know why. No value stands in
a fault.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import assert_never

from sence_gate.config.faults import Faults
from sence_gate.config.model import Learner, LearnerSource
from sence_gate.config.rules import DOTTED
from sence_gate.config.shape import Settings
from sence_gate.config.urls import sheet_fault
from sence_gate.learners.exemptions import FIELD, GROUP, entry_fault
from sence_gate.learners.sources import resolve
from sence_gate.navigation import is_below, is_local

_HEADER = re.compile(r"[A-Za-z0-9]+")
_LETTERS = "is not of letters and digits alone — let the proxy set a header like"
_NAMES = set(LearnerSource) - {LearnerSource.ASK, LearnerSource.IMPORT}  # that name what else they say

# The settings that belong to some sources only.
_OWN = {
    "name": ("name", {LearnerSource.HEADER}),
    "import": ("dotted", {LearnerSource.IMPORT}),
    "url": ("url", {LearnerSource.WHOAMI}),
    "json": ("json", {LearnerSource.WHOAMI}),
    "regex": ("regex", {LearnerSource.WHOAMI}),
    "nobody": ("nobody", {LearnerSource.WHOAMI}),
    "attribute": ("attribute", {LearnerSource.DJANGO, LearnerSource.FLASK}),
    "impersonated": ("impersonated", _NAMES),
    "roster": ("roster", set(LearnerSource) - {LearnerSource.ASK}),
    "exempt": ("exempt", set(LearnerSource) - {LearnerSource.ASK}),
}


def judge(settings: Settings, faults: Faults) -> None:
    """Add to *faults* everything that is wrong with `[learner]`."""
    if faults.covers("learner.source"):
        return
    _judge_source(settings, faults)
    _judge_exempt(settings.learner, faults)
    if settings.learner.roster and (fault := sheet_fault(settings.learner.roster)):
        faults.add("learner.roster", fault)
    _judge_unused(settings.learner, faults)


def _judge_source(settings: Settings, faults: Faults) -> None:
    learner = settings.learner
    match learner.source:
        case LearnerSource.ENVIRON:
            _judge_variable("key", learner.key, faults)
            if learner.impersonated:
                _judge_variable("impersonated", learner.impersonated, faults)
        case LearnerSource.HEADER:
            _judge_header(settings, faults)
        case LearnerSource.IMPORT:
            _judge_function(learner.dotted, faults)
        case LearnerSource.DJANGO:
            _judge_framework("django", "Django", faults)
        case LearnerSource.FLASK:
            _judge_framework("flask", "Flask", faults)
            if not learner.attribute:
                faults.add("learner.attribute", "is missing — name the key of Flask's session with the RUN")
        case LearnerSource.WHOAMI:
            _judge_whoami(settings, faults)
        case LearnerSource.ASK:
            pass
        case _:
            assert_never(learner.source)


def _judge_variable(setting: str, name: str, faults: Faults) -> None:
    if not name:
        faults.add(f"learner.{setting}", 'is empty — name the variable, like "REMOTE_USER"')
    if name.upper().startswith("HTTP_"):
        faults.add(f"learner.{setting}", 'is a header, which any visitor can send — use source = "header"')


def _judge_header(settings: Settings, faults: Faults) -> None:
    learner = settings.learner
    # Servers fold dash and underscore into one, so that a visitor's X_Run passes for the proxy's X-Run.
    if not _HEADER.fullmatch(learner.name):
        faults.add("learner.name", f'{_LETTERS} "XRun"')
    if learner.impersonated and not _HEADER.fullmatch(learner.impersonated):
        faults.add("learner.impersonated", f'{_LETTERS} "XActor"')
    if not settings.trusted_proxies:
        faults.add(
            "trusted_proxies",
            'is empty, so that the header of source = "header" is never believed — name the proxy',
        )


def _judge_function(dotted: str, faults: Faults) -> None:
    if not DOTTED.fullmatch(dotted):
        faults.add("learner.import", 'is not of the form "package.module:function" — write it so')
        return
    try:
        resolve(dotted)
    except Exception as error:  # noqa: BLE001 - the platform's module runs here and may raise anything
        # Its text may hold settings of the platform's; the type tells enough to look further.
        faults.add(
            "learner.import",
            f"names no function that can be imported ({type(error).__name__})"
            " — check the name, and PYTHONPATH for its folder",
        )


def _judge_whoami(settings: Settings, faults: Faults) -> None:
    learner = settings.learner
    if not is_local(learner.url) or "#" in learner.url:
        faults.add("learner.url", 'is not the path of a page of the platform — write it like "/api/me"')
    elif is_below(settings.prefix, learner.url):
        faults.add("learner.url", "belongs to the gate itself (prefix) — name a page of the platform")
    _judge_answer(learner, faults)
    for key, value, most in (
        ("cache_seconds", learner.cache_seconds, 300),
        ("timeout_seconds", learner.timeout_seconds, 30),
    ):
        if not 0.1 <= value <= most:
            faults.add(f"learner.{key}", f"is not between 0.1 and {most} — write seconds")


def _judge_answer(learner: Learner, faults: Faults) -> None:
    """Judge what is to be read in the platform's answer."""
    if not learner.json and not learner.regex:
        faults.add(
            "learner.json", 'is missing — write where the name stands, like "/data/username"; or regex'
        )
    if learner.json and learner.regex:
        faults.add("learner.regex", "stands beside json — keep the one that reads the answer")
    if learner.json and not learner.json.startswith("/"):
        faults.add("learner.json", 'is not a JSON pointer — write it like "/data/username"')
    if learner.regex and _pattern("regex", learner.regex, faults) == 0:
        faults.add("learner.regex", "has no group — put what the name is in brackets: (…)")
    _pattern("nobody", learner.nobody, faults)
    if not learner.json:
        _pattern("impersonated", learner.impersonated, faults)
    elif learner.impersonated and not learner.impersonated.startswith("/"):
        faults.add("learner.impersonated", 'is not a JSON pointer — write it like "/data/realuser"')


def _pattern(setting: str, text: str, faults: Faults) -> int | None:
    """Return how many groups a pattern has; None, and a fault, when it is none."""
    try:
        return re.compile(text).groups
    except (re.error, RecursionError, OverflowError) as error:
        faults.add(f"learner.{setting}", f"is no pattern of Python's re ({error}) — correct it")
        return None


def _judge_framework(package: str, name: str, faults: Faults) -> None:
    if find_spec(package) is None:
        faults.add("learner.source", f"needs {name} in the gate's own process — install it there")


def _judge_exempt(learner: Learner, faults: Faults) -> None:
    for index, entry in enumerate(learner.exempt):
        place = f"learner.exempt[{index}]"
        if fault := entry_fault(entry) or _unknowable(learner.source, entry):
            faults.add(place, fault)


def _unknowable(source: LearnerSource, entry: str) -> str:
    """Return why *source* cannot tell what *entry* asks, or ""."""
    name = entry.removeprefix(FIELD).partition("=")[0]
    if entry.startswith(GROUP) and source is not LearnerSource.DJANGO:
        return 'asks for a group, which only source = "django" knows — use field:NAME=VALUE'
    if not entry.startswith(FIELD):
        return ""
    if source is LearnerSource.WHOAMI and not name.startswith("/"):
        return "is not a JSON pointer — write it like field:/data/role=teacher"
    if source is LearnerSource.HEADER and not _HEADER.fullmatch(name):
        return f'{_LETTERS} "XRole"'
    if source is LearnerSource.ENVIRON and name.upper().startswith("HTTP_"):
        return "is a header, which any visitor can send — name a variable of the server"
    return ""


def _judge_unused(learner: Learner, faults: Faults) -> None:
    for key, (attribute, sources) in _OWN.items():
        if getattr(learner, attribute) and learner.source not in sources:
            faults.add(f"learner.{key}", f"is given but not used — {_remedy(key, sources)}")


def _remedy(key: str, sources: set[LearnerSource]) -> str:
    if key == "roster":
        return "where the learner types the RUN, there are no user names; choose another source, or remove it"
    if key == "exempt":
        return "where the learner types the RUN, anybody could type that of staff; choose another source"
    named = " or ".join(f'source = "{source}"' for source in LearnerSource if source in sources)
    return f"write {named}, or remove it"
