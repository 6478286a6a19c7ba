"""A year of an OTEC: every figure of the report against a second reading, and both against the truth."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from sence_gate.cli import main
from sence_gate.report import Background, Period, attendance
from tests.report.school_year import CHILE, COURSES, Truth, Year
from tests.report.second_reading import Fact, facts_of
from tests.samples import KEYS

ATTEMPTS = 400
OUTCOMES = {
    ("attended", "closed"): "cerrada",
    ("attended", "open"): "abierta",
    ("attended", "unclosed"): "sin cierre",
    ("start refused", ""): "inicio rechazado",
    ("close refused", ""): "cierre rechazado",
    ("quarantined", ""): "en cuarentena",
    ("out of order", ""): "fuera de orden",
    ("unanswered", ""): "sin respuesta",
    ("passed", ""): "pasó por contingencia",
}
COUNTS = {
    "cerradas": "cerrada",
    "abiertas": "abierta",
    "sin_cierre": "sin cierre",
    "inicios_rechazados": "inicio rechazado",
    "cierres_rechazados": "cierre rechazado",
    "sin_respuesta": "sin respuesta",
    "en_cuarentena": "en cuarentena",
    "fuera_de_orden": "fuera de orden",
    "por_contingencia": "pasó por contingencia",
}
MONTHS = [f"{2023 + month // 12}-{month % 12 + 1:02}-01" for month in range(11, 29)]
MINUTES = {each.id: each.minutes for each in COURSES}

Values = dict[str, object]


@dataclass
class Kept:
    """What a year left: the truth, the ledger's lines, and a configuration to ask for reports with."""

    truth: Truth
    texts: list[str]
    folder: Path
    year: Year

    def report(self, *words: str) -> str:
        """Return what `sence-gate report` prints."""
        result = CliRunner().invoke(
            main, ["report", *words, "--config", str(self.folder / "sence-gate.toml")]
        )
        assert result.exit_code == 0, result.output
        return result.stdout

    def objects(self, *words: str) -> list[Values]:
        """Return the same as JSON."""
        return [json.loads(line) for line in self.report(*words, "--format", "json").splitlines()]


@pytest.fixture(name="kept", scope="module")
def _kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("year")
    year = Year(folder, ATTEMPTS)
    year.run()
    with closing(sqlite3.connect(folder / "gate.sqlite")) as db:
        texts = [body for (body,) in db.execute("SELECT body FROM ledger ORDER BY seq")]
    (folder / "sence-gate.toml").write_text(_settings(), encoding="utf-8")
    yield Kept(year.truth, texts, folder, year)
    year.campus.store.close()


@pytest.fixture(name="facts", scope="module")
def _facts(kept: Kept) -> list[Fact]:
    return facts_of(kept.texts, datetime.now(UTC), MINUTES.__getitem__)


def _settings() -> str:
    otecs = {str(each.otec.rut): each.otec for each in COURSES}
    parts = [f'public_url = "https://campus.otec.cl"\nsecret_keys = ["{KEYS[0]}", "{KEYS[1]}"]']
    parts += ['[store]\nurl = "sqlite:///gate.sqlite"']
    parts += [f'[otecs.o{each.rut}]\nrut = "{each.rut}"\ntoken = "{each.token}"' for each in otecs.values()]
    for each in COURSES:
        cod_sence = f'cod_sence = "{each.cod_sence}"\n' if each.cod_sence else ""
        parts.append(
            f'[[courses]]\nid = "{each.id}"\nname = "{each.name}"\npaths = ["{each.paths[0]}"]\n{cod_sence}'
            f'codigo_curso = "{each.codigo_curso}"\nlinea_capacitacion = {each.linea_capacitacion}\n'
            f'minutes = {each.minutes}\notec = "o{each.otec.rut}"\nenvironment = "{each.environment}"'
        )
    return "\n".join(parts)


def outcome(fact: Fact) -> str:
    """Return how the report calls what became of *fact*."""
    return OUTCOMES[fact.what, fact.state]


def iso(moment: datetime | None) -> str | None:
    """Return a moment as the report writes it."""
    return None if moment is None else moment.astimezone(CHILE).isoformat(timespec="seconds")


def row(fact: Fact) -> Values:
    """Return the row that the report owes for *fact*, without the words that go with codes."""
    is_session, is_refusal = fact.what == "attended", fact.what.endswith("refused")
    is_close = fact.what == "close refused" or bool(fact.flags & {"close_ok", "close_error"})
    replaced = f"otro inicio la reemplazó: IdSesionSence {fact.replaced_by}" if fact.replaced_by else ""
    return {
        "dia": fact.day,
        "curso": fact.course,
        "codigo_curso": fact.codigo_curso,
        "ambiente": None if fact.what == "passed" else fact.environment,
        "run_alumno": fact.run,
        "resultado": outcome(fact),
        "momento": iso(fact.at),
        "inicio": iso(fact.at) if is_session else None,
        "cierre": iso(fact.end),
        "minutos": fact.minutes,
        "fecha_hora_inicio": "" if is_close and not is_session else fact.said,
        "fecha_hora_cierre": fact.said if is_close and not is_session else fact.said_end,
        "id_sesion_sence": fact.number if fact.what != "unanswered" else "",
        "glosas": [max(code, 0) for code in fact.codes] or [0] * is_refusal,
        "motivo": fact.reason if not is_session else replaced if not fact.end else "",
        "senales": sorted(fact.flags) if fact.what != "unanswered" else [],
        "id_sesion_alumno": fact.attempt,
        "incidente": fact.incident if fact.what != "unanswered" else "",
    }


def sortable(rows: list[Values]) -> list[str]:
    """Return *rows* so that two lists of them can be compared, whatever their order."""
    told = ({**each, "senales": sorted(map(str, each["senales"]))} for each in rows)  # type: ignore[call-overload]
    return sorted(json.dumps(each, sort_keys=True) for each in told)


def test_the_second_reading_is_the_truth(kept: Kept, facts: list[Fact]) -> None:
    """What SENCE opened, closed and refused in the year is what the ledger proves, to the second."""
    attended = {
        fact.number: (fact.run, fact.course, fact.environment, fact.at, fact.end)
        for fact in facts
        if fact.what == "attended"
    }
    assert attended == {
        number: (each.run, each.course, each.environment, each.start, each.close)
        for number, each in kept.truth.sessions.items()
    }
    phases = {"inicio": "start refused", "cierre": "close refused"}
    assert sorted((fact.what, fact.run, fact.at) for fact in facts if fact.what in phases.values()) == sorted(
        (phases[phase], run, at) for phase, run, _, at in kept.truth.refusals
    )
    strange = [(fact.what, fact.attempt) for fact in facts if fact.what in ("quarantined", "out of order")]
    assert sorted(strange) == sorted(kept.truth.strange)
    passed = [(fact.run, fact.course, fact.at) for fact in facts if fact.what == "passed"]
    assert sorted(passed) == sorted(kept.truth.passed)
    unanswered = {(fact.attempt, fact.run) for fact in facts if fact.what == "unanswered"}
    assert unanswered == set(kept.truth.unanswered)
    assert kept.year.campus.store.unmatched()[0] == kept.truth.unmatched


def test_every_row_for_a_program(kept: Kept, facts: list[Fact]) -> None:
    """Each column of each row in JSON follows from the ledger without the package."""
    rows = kept.objects()
    for each in rows:
        assert bool(each.pop("explicacion")) is bool(each["glosas"])
    assert sortable(rows) == sortable([row(fact) for fact in facts])


@pytest.mark.parametrize("separator", [";", ","])
def test_every_cell_for_a_spreadsheet(kept: Kept, separator: str) -> None:
    """A CSV file says what JSON says, but for the apostrophe before a formula."""
    text = kept.report("--format", "csv", "--separator", separator)
    assert text.startswith("\ufeff")
    cells = list(csv.DictReader(io.StringIO(text[1:], newline=""), delimiter=separator))
    for seen, values in zip(cells, kept.objects(), strict=True):
        assert list(seen) == list(values)
        for name, value in values.items():
            flat = (
                " | ".join(map(str, value))
                if isinstance(value, list)
                else str("" if value is None else value)
            )
            assert seen[name] in (flat, re.sub("(?=[=+@-])", "'", flat, count=1), f"'{flat}"), name


def test_every_line_for_a_person(kept: Kept, facts: list[Fact]) -> None:
    """Learner, times, length and outcome of each row, and the sum below."""
    text = kept.report()
    assert max(map(len, text.splitlines())) <= 80
    heads = [line for line in text.splitlines() if re.match(r"[0-9]+-[0-9K] ", line)]
    assert sorted(heads) == sorted(map(_head, facts))
    counts = Counter(map(outcome, facts))
    total = text[text.rindex("Total:") :].replace("\n", " ")
    told = {name: int(number) for name, number in re.findall(r"([a-z ]+?) ([0-9]+)", total)}
    sessions = sum(fact.what == "attended" for fact in facts)
    assert told[" sesiones"] == sessions
    for name, word in COUNTS.items():
        found = re.search(rf"\b{name.replace('_', ' ')} ([0-9]+)", total)
        assert (int(found[1]) if found else 0) == counts[word], name


def _head(fact: Fact) -> str:
    at, end = fact.at.astimezone(CHILE), fact.end.astimezone(CHILE) if fact.end else None
    is_close = fact.what == "close refused" or bool(fact.flags & {"close_ok", "close_error"} and not end)
    if is_close:
        times = f"{'':19}  {at:%Y-%m-%d %H:%M:%S}"
    else:
        days = (end.date() - at.date()).days if end else 0
        times = f"{at:%Y-%m-%d %H:%M:%S}  " + (
            f"{end:%H:%M:%S}" + (f" {days:+}" if days else "") if end else ""
        )
    length = "" if fact.minutes is None else f"{fact.minutes // 60}:{fact.minutes % 60:02}"
    mark = " (prueba)" if fact.environment == "test" else ""
    return (
        f"{fact.run:<10}  {times}".ljust(46) + f"{length:>6}  {outcome(fact)}{mark}"
        if length
        else (f"{fact.run:<10}  {times}".ljust(54) + f"{outcome(fact)}{mark}")
    )


@pytest.mark.parametrize("by", ["day", "course"])
def test_every_sum(kept: Kept, facts: list[Fact], by: str) -> None:
    """Learners, sessions, minutes and counts of each day or course, in each environment."""
    rows: dict[tuple[str, str, str | None], list[Fact]] = defaultdict(list)
    for fact in facts:
        environment = None if fact.what == "passed" else fact.environment
        rows[fact.day if by == "day" else "", fact.course, environment].append(fact)
    found = kept.objects("--by", by)
    assert len(found) == len(rows)
    for total in found:
        some = rows[str(total.get("dia", "")), str(total["curso"]), total["ambiente"]]  # type: ignore[index]
        attended = [fact for fact in some if fact.what == "attended"]
        assert total["personas"] == len({fact.run for fact in attended})
        assert total["sesiones"] == len(attended)
        assert total["minutos"] == sum(fact.minutes or 0 for fact in attended)
        counts = Counter(map(outcome, some))
        assert {name: total[name] for name in COUNTS} == {name: counts[word] for name, word in COUNTS.items()}


def test_months_add_up(kept: Kept) -> None:
    """No row is in two reports or in none, also where a page was reloaded weeks later."""
    parts = [
        each for since, until in pairwise(MONTHS) for each in kept.objects("--since", since, "--until", until)
    ]
    assert sortable(parts) == sortable(kept.objects())


FILTERS: list[tuple[str, Callable[[Fact], object]]] = [
    ("run", lambda fact: fact.run),
    ("course", lambda fact: fact.course),
]


@pytest.mark.parametrize(("option", "of"), FILTERS, ids=["one learner", "one course"])
def test_a_filter_takes_nothing_else(
    kept: Kept, facts: list[Fact], option: str, of: Callable[[Fact], object]
) -> None:
    """All of theirs, and nobody else's."""
    wanted = str(of(facts[len(facts) // 2]))
    rows = kept.objects(f"--{option}", wanted)
    for each in rows:
        del each["explicacion"]
    assert sortable(rows) == sortable([row(fact) for fact in facts if of(fact) == wanted])


def test_in_the_middle_of_the_year(kept: Kept) -> None:
    """Of what happened so far, and with sessions whose time is not over."""
    entries, open_some = list(kept.year.campus.store.ledger()), 0
    for number in sorted(kept.truth.sessions)[:: ATTEMPTS // 20]:
        now = kept.truth.sessions[number].start
        facts = facts_of(
            (text for text in kept.texts if json.loads(text)[0] <= now.timestamp()), now, MINUTES.__getitem__
        )
        background = Background(now, MINUTES.__getitem__, lambda _attempt, _told: None)
        rows = attendance((entry for entry in entries if entry.at <= now), background, Period())
        seen = [(each.outcome.value, each.id_sesion_sence, each.moment, each.close) for each in rows]
        owed = [(outcome(fact), row(fact)["id_sesion_sence"], fact.at, fact.end) for fact in facts]
        assert sorted(map(str, seen)) == sorted(map(str, owed))
        open_some += sum(fact.state == "open" for fact in facts)
    assert open_some > 0
