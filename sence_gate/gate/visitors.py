"""Who is visiting, as one configuration says: its reader, its roster, its exemptions.

The source is built once and asked for each gated request. `Watched` stands around
it and tells the operator what nobody else would notice: a source that has never
named anybody leaves the gate open, since who is not logged in passes untouched.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, assert_never
from urllib.parse import urlsplit

from sence_gate.config import Config, Learner, LearnerSource
from sence_gate.errors import ConfigurationError
from sence_gate.forwarded import Forwarded
from sence_gate.learners import Claim, Identity, Reader, Source, Standing, judged, run_of
from sence_gate.learners.asking import Ask, in_process, over_http
from sence_gate.learners.exemptions import Exemptions
from sence_gate.learners.roster import Roster, read_roster, run_in
from sence_gate.learners.sources import ask, from_callable, from_environ, from_header, resolve
from sence_gate.learners.whoami import Remembered, as_json, as_text
from sence_gate.learners.whoami import reader as whoami
from sence_gate.reloading import Reloaded
from sence_gate.upstream import Upstream

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

log = logging.getLogger("sence_gate")

MANY = 200  # gated requests without anybody logged in: more than a quiet evening of login pages
OPEN = (
    "of {} requests for guarded pages not one came from somebody logged in, so all passed: "
    "look whether learner.{} is right"
)
SETTING = {
    LearnerSource.ENVIRON: "key",
    LearnerSource.HEADER: "name",
    LearnerSource.IMPORT: "import",
    LearnerSource.DJANGO: "source",
    LearnerSource.FLASK: "attribute",
    LearnerSource.WHOAMI: "url",
}


def source_of(config: Config, application: WSGIApplication | None = None) -> Source:
    """Return the source of the RUN that *config* names.

    Args:
        application: the platform, for the sources that ask it.

    Raises:
        ConfigurationError: the platform is not what the source needs.
    """
    learner = config.learner
    if learner.source is LearnerSource.ASK:
        return ask
    roster = None
    if learner.roster:
        roster = Reloaded(Path(learner.roster), read_roster, "roster", "learner.roster")
    judge = partial(identity_of, Exemptions.of(learner.exempt), roster=roster)
    source = judged(_reader(config, application), judge)
    if learner.source is LearnerSource.WHOAMI:
        source = Remembered(source, learner.cache_seconds, learner.timeout_seconds)
    return Watched(source, SETTING[learner.source], roster)


def identity_of(exempt: Exemptions, claim: Claim, roster: Reloaded[Roster] | None = None) -> Identity:
    """Return who the visitor is of whom the platform makes *claim*.

    Args:
        roster: has the RUNs, where the claim has user names.

    Raises:
        UntrustworthyIdentity: the claim names no RUN, and nobody who is exempt.
    """
    if claim.is_impersonated:
        return Standing.IMPERSONATED
    if exempt.holds_for(claim):
        return Standing.EXEMPT
    run = run_of(claim.name) if roster is None else run_in(roster.content, claim.name)
    return Standing.EXEMPT if run in exempt.runs else run


class Watched:
    """Ask *source*, and keep in mind whether it ever named anybody."""

    def __init__(self, source: Source, setting: str, roster: Reloaded[Roster] | None = None) -> None:
        self._source, self._setting, self._roster = source, setting, roster
        self._nobodies = 0
        self._has_named = False

    def __call__(self, environ: WSGIEnvironment) -> Identity:
        """Return who is visiting; raises as *source* does."""
        who = self._source(environ)
        if not self._has_named:
            self._count(who)
        return who

    @property
    def notes(self) -> tuple[str, ...]:
        """What the operator should look at."""
        is_odd = not self._has_named and self._nobodies >= MANY
        open_wide = OPEN.format(self._nobodies, self._setting) if is_odd else ""
        return tuple(filter(None, (open_wide, self._roster.note if self._roster else "")))

    def _count(self, who: Identity) -> None:
        if who is not Standing.NOBODY:
            self._has_named = True
            return
        # Each thread looks at its own count: of two, one could pass the mark without being seen.
        self._nobodies = count = self._nobodies + 1
        if count == MANY:
            log.warning("%s", OPEN.format(count, self._setting))


class Asked:
    """Who makes one request; the source is asked once, however often the answer is needed."""

    __slots__ = ("_environ", "_source", "_who")

    def __init__(self, source: Source, environ: WSGIEnvironment) -> None:
        self._source, self._environ = source, environ
        self._who: Identity | None = None

    def __call__(self) -> Identity:
        """Return who is visiting, as `Visit.identity` does; raises as *source* does."""
        if self._who is None:
            self._who = self._source(self._environ)
        return self._who


def _reader(config: Config, application: WSGIApplication | None) -> Reader:
    learner = config.learner
    match learner.source:
        case LearnerSource.ENVIRON:
            return from_environ(learner.key, learner.impersonated)
        case LearnerSource.HEADER:
            return from_header(learner.name, config.trusted_proxies, learner.impersonated)
        case LearnerSource.IMPORT:
            return from_callable(resolve(learner.dotted))
        case LearnerSource.DJANGO:
            reader: Callable[..., Reader] = import_module("sence_gate.contrib.django").reader
            return reader(learner.attribute or "username", learner.impersonated)
        case LearnerSource.FLASK:
            return _flask(learner, application)
        case LearnerSource.WHOAMI:
            return _whoami(config, application)
        case LearnerSource.ASK:
            raise ValueError("whoever is asked makes no claim")
        case _:
            assert_never(learner.source)


def _whoami(config: Config, application: WSGIApplication | None) -> Reader:
    learner = config.learner
    understand, where = (as_json, learner.json) if learner.json else (as_text, learner.regex)
    ask = _ask(config, application)
    return whoami(
        ask, understand, where, learner.nobody, learner.impersonated, url=config.origin + learner.url
    )


def _ask(config: Config, application: WSGIApplication | None) -> Ask:
    platform, learner = config.platform, config.learner
    if platform.upstream:
        upstream = Upstream(platform.upstream, ca=platform.ca, seconds=learner.timeout_seconds)
        forwarded = Forwarded(config.public_url, platform.host, config.trusted_proxies)
        return over_http(upstream, learner.url, forwarded, learner.timeout_seconds)
    if application is None:
        text = "is whoami, and no platform is behind the gate — write its address: platform.upstream"
        raise ConfigurationError((f"learner.source: {text}",))
    return in_process(application, learner.url, urlsplit(config.public_url).scheme)


def _flask(learner: Learner, application: WSGIApplication | None) -> Reader:
    flask = import_module("sence_gate.contrib.flask")
    found = flask.application_in(application)
    if found is None:
        text = "is flask, and behind the gate is no Flask application — wrap it, or write a function (import)"
        raise ConfigurationError((f"learner.source: {text}",))
    fields = [path for path, _ in Exemptions.of(learner.exempt).fields]
    reader: Reader = flask.reader(found, learner.attribute, learner.impersonated, fields)
    return reader
