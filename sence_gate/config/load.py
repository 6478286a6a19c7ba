"""From a file or a mapping to a `Config`, or to every fault of it at once.

The order is fixed: parse, put the environment over it, read the types, judge,
and only when nothing was found, build. Relative files are relative to the
configuration file, so that the working directory of a server does not matter;
for a mapping, which has no place, to the working directory.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sence_gate.config import asking_rules, course_rules, learner_rules, page_rules, rules, shared_rules
from sence_gate.config.faults import Faults
from sence_gate.config.model import Config, MetricsSettings, Platform, Sence
from sence_gate.config.reading import read
from sence_gate.config.shape import CourseTable, OtecTable, Settings, SharedTable
from sence_gate.config.urls import absolute_store, normal_origin, normal_upstream, normal_url
from sence_gate.config.variables import overlay
from sence_gate.courses import Course, Otec, Shared
from sence_gate.errors import ConfigurationError
from sence_gate.learners.sources import peer_of
from sence_gate.protocol.rut import Rut
from sence_gate.shared import Branch, page_pattern


def load_config(source: Path | str | Mapping[str, object], environ: Mapping[str, str] = os.environ) -> Config:
    """Return the settings of *source*, with those of *environ* put over them.

    Args:
        source: a file in TOML, or the same tables and keys as a mapping.

    Raises:
        ConfigurationError: with every fault, each `place: what is wrong — what to do`.
    """
    if isinstance(source, Mapping):
        data, folder, file = dict(source), Path(), ""
    else:
        data, folder, file = _parse(Path(source)), Path(source).parent, str(source)
    faults = Faults()
    merged, sources = overlay(data, environ, faults)
    settings = read(merged, faults)
    rules.judge(settings, faults)
    learner_rules.judge(settings, faults)
    asking_rules.judge(settings, faults)
    course_rules.judge(settings, faults)
    shared_rules.judge(settings, faults)
    page_rules.judge(settings.pages, folder, faults)
    page_rules.judge_logout(settings, faults)
    if faults:
        raise ConfigurationError(faults.lines(sources), file)
    return _build(settings, folder)


def _parse(path: Path) -> dict[str, object]:
    try:
        # A byte order mark is what Windows editors leave; TOML does not know it.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        remedy = "close the quotes there" if "'\\n'" in str(error) else "correct that line"
        raise ConfigurationError((f"{path}: is not TOML: {error} — {remedy}",)) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigurationError((f"{path}: is not UTF-8 at line {line} — save it as UTF-8",)) from None
    except RecursionError:
        raise ConfigurationError(
            (f"{path}: is nested too deeply — tables and lists within others, three at most",)
        ) from None
    except ValueError as error:  # a number of thousands of digits, a path that is none
        raise ConfigurationError((f"{path}: cannot be read ({error}) — correct that",)) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        remedy = "check its path and permissions; `sence-gate init` writes a new one"
        raise ConfigurationError((f"{path}: cannot be read ({reason}) — {remedy}",)) from None


def _build(settings: Settings, folder: Path) -> Config:
    return Config(
        public_url=normal_url(settings.public_url)[0],
        secret_keys=settings.secret_keys,
        courses=tuple(_course(settings, table, folder) for table in settings.courses),
        environment=settings.environment,
        prefix=settings.prefix,
        trusted_proxies=tuple(peer_of(proxy) for proxy in settings.trusted_proxies),
        insecure_cookies=settings.insecure_cookies,
        credential=settings.credential,
        logout_paths=settings.logout_paths,
        platform=_platform(settings.platform, folder),
        store=replace(
            settings.store,
            url=absolute_store(settings.store.url, folder),
            spool=str(folder.absolute() / settings.store.spool),
        ),
        sence=_sence(settings.sence),
        learner=replace(settings.learner, roster=_sheet(settings.learner.roster, folder)),
        forward_auth=settings.forward_auth,
        pages=page_rules.page_settings(settings.pages, folder),
        metrics=MetricsSettings(tuple(peer_of(peer) for peer in settings.metrics.allow)),
        shared=tuple(_shared(settings, table) for table in settings.shared),
    )


def _platform(platform: Platform, folder: Path) -> Platform:
    ca = str(folder.absolute() / platform.ca) if platform.ca else ""
    return replace(platform, upstream=normal_upstream(platform.upstream)[0], ca=ca)


def _sence(sence: Sence) -> Sence:
    origins = tuple(normal_origin(origin)[0] for origin in sence.origins)
    return Sence(normal_origin(sence.base_url)[0], origins)


def _course(settings: Settings, table: CourseTable, folder: Path) -> Course:
    return Course(
        id=table.id,
        name=table.name,
        paths=table.paths,
        codigo_curso=table.codigo_curso,
        linea_capacitacion=table.linea_capacitacion,
        otec=_otec(course_rules.otec_of(settings, table)),
        cod_sence=table.cod_sence,
        query=tuple(table.query.items()),
        exceptions=table.exceptions,
        also=tuple(Branch(each.paths, tuple(each.query.items())) for each in table.also),
        key=table.key,
        environment=settings.environment if table.environment is None else table.environment,
        minutes=_inherited(table.minutes, settings.session.minutes),
        warning_minutes=_inherited(table.warning_minutes, settings.session.warning_minutes),
        grace_minutes=_inherited(table.grace_minutes, settings.session.grace_minutes),
        enrolments=_sheet(table.enrolments, folder),
        unlisted=table.unlisted,
    )


def _sheet(path: str, folder: Path) -> str:
    return str(folder.absolute() / path) if path else ""


def _shared(settings: Settings, table: SharedTable) -> Shared:
    courses = shared_rules.courses_of(settings, table)
    return Shared(
        paths=table.paths,
        courses=tuple(course.id for course in courses),
        query=tuple(table.query.items()),
        exceptions=table.exceptions,
        page=page_pattern(table.page) if table.page else None,
        keys=tuple((course.key, course.id) for course in courses if course.key),
        unnamed=table.unnamed,
    )


def _inherited(own: int | None, default: int) -> int:
    return default if own is None else own


def _otec(table: OtecTable) -> Otec:
    return Otec(rut=Rut.parse(table.rut), token=table.token.strip().upper(), name=table.name)
