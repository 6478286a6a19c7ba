"""What an operator is told about settings that load."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sence_gate.check import Finding, Level, check
from sence_gate.clock import EARLIEST
from sence_gate.config import load_config
from tests.config.given import RUT, TOKEN, course, settings

LOCAL = "http://localhost:8000"
SIMULATOR = {"base_url": "http://127.0.0.1:9000"}
HEADER = {"source": "header", "name": "XRun"}


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def findings(path: Path | None = None, now: datetime | None = None, **changes: Any) -> dict[str, Finding]:
    """Return what is found, by place; fails when one place has two."""
    found = check(load_config(settings(**changes), {}), path, now)
    assert len({finding.path for finding in found}) == len(found)
    return {finding.path: finding for finding in found}


def levels(**changes: Any) -> dict[str, Level]:
    """Return how much each place matters, without what is fine."""
    found = findings(**changes).values()
    return {finding.path: finding.level for finding in found if finding.level is not Level.OK}


def test_good_settings_have_nothing_but_good_findings() -> None:
    """In production, with https and SENCE itself, nothing is to be done."""
    found = findings(environment="production")
    assert {*found} == {"platform", "store.url"}
    assert {finding.level for finding in found.values()} == {Level.OK}
    assert "was written and read" in found["store.url"].text


def test_without_courses_nothing_is_gated() -> None:
    """A gate that guards nothing is an error, not an empty success."""
    assert levels(courses=[]) == {"courses": Level.ERROR}


def test_a_course_that_another_hides_is_told() -> None:
    """The learner of the hidden course would be reported in the other one."""
    found = findings(courses=[course(paths=["/"]), course(id="word", paths=["/word/"])])
    assert found["courses[1].paths"].level is Level.WARNING
    assert '"word" is never reached: courses[0] "excel"' in found["courses[1].paths"].text


def test_a_shared_rule_that_courses_hide_is_told() -> None:
    """Courses are looked at first, so nothing is left for it."""
    found = findings(courses=[course(paths=["/mod/"])], shared=[{"paths": ["/mod/quiz/"]}])
    assert found["shared[0].paths"].level is Level.WARNING
    assert 'the rule is never reached: courses[0] "excel"' in found["shared[0].paths"].text


def test_courses_that_no_page_can_name_are_told() -> None:
    """Their pages would pass as those of nobody's course."""
    rule = {"paths": ["/mod/"], "page": "(?P<key>[0-9])"}
    found = findings(courses=[course(key="5"), course(id="word", paths=["/w/"])], shared=[rule])
    assert found["shared[0].page"].level is Level.WARNING
    assert "no page of word" in found["shared[0].page"].text


def test_a_page_that_forward_auth_never_sees_is_told() -> None:
    """A front server that asks shows the gate no answers."""
    front = {"trusted_proxies": ["127.0.0.1"], "forward_auth": {"dialect": "nginx"}}
    rule = {"paths": ["/mod/"], "page": "(?P<key>[0-9])"}
    found = findings(None, None, courses=[course(key="5")], shared=[rule], **front)
    assert "forward auth never sees" in found["shared[0]"].text


def test_a_course_is_hidden_with_or_without_the_mount_path() -> None:
    """Both are one place, as the gate sees it."""
    courses = [course(paths=["/cursos/"]), course(id="word", paths=["/campus/cursos/word/"])]
    assert levels(public_url="https://otec.cl/campus", courses=courses) == {"courses[1].paths": Level.WARNING}


def test_a_narrower_course_before_a_wider_one_is_fine() -> None:
    """Order is how exceptions between courses are written."""
    assert levels(courses=[course(paths=["/word/"]), course(id="all", paths=["/"])]) == {}


@pytest.mark.parametrize(
    ("exception", "level"),
    [
        pytest.param("/cursos/excel/", Level.ERROR, id="all of it"),
        pytest.param("/cursos/", Level.ERROR, id="more than it"),
        pytest.param("/publico/", Level.WARNING, id="written as if below the course"),
        pytest.param("/cursos/excel/publico/", None, id="below it"),
    ],
)
def test_an_exception_that_takes_out_all_or_nothing_is_told(exception: str, level: Level | None) -> None:
    """The one leaves the course open, the other shuts what was meant to be free; both without a sign."""
    found = levels(courses=[course(except_=[exception])])
    assert found == ({"courses[0].except[0]": level} if level else {})


def test_the_test_environment_on_a_public_host_is_noted() -> None:
    """Nothing counts there, which learners and operators do not see."""
    assert findings()["environment"].level is Level.OK
    assert "excel" in findings()["environment"].text
    assert "environment" not in findings(public_url=LOCAL)
    assert "environment" not in findings(courses=[course(environment="production")])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"sence": SIMULATOR}, {"sence.base_url": Level.ERROR}, id="a public simulator"),
        pytest.param(
            {"sence": SIMULATOR, "public_url": LOCAL}, {"sence.base_url": Level.WARNING}, id="a developer's"
        ),
        pytest.param({"public_url": LOCAL}, {"public_url": Level.WARNING}, id="SENCE itself from a laptop"),
    ],
)
def test_production_goes_from_a_public_host_to_sence(
    changes: dict[str, Any], expected: dict[str, Level]
) -> None:
    """Attendance that counts reaches SENCE, and comes back."""
    assert levels(environment="production", **changes) == expected
    assert levels(environment="test", **changes) == {}


def test_the_token_of_the_sample_is_told() -> None:
    """What `sence-gate init` writes loads, but SENCE does not know it."""
    otec = {"rut": "76543210-3", "token": "00000000-0000-0000-0000-000000000000"}
    assert levels(otec=otec) == {"otec.token": Level.WARNING}


def test_a_token_that_lost_a_character_is_told() -> None:
    """SENCE refuses it, and the learner would be the first to know."""
    found = findings(otec={"rut": RUT, "token": TOKEN[:-1]})["otec.token"]
    assert (found.level, "36 characters" in found.text) == (Level.WARNING, True)


def test_trusting_the_whole_internet_is_told() -> None:
    """With a header it lets any visitor be any learner."""
    everybody = ["10.0.0.0/8", "::/0"]
    assert levels(trusted_proxies=everybody) == {"trusted_proxies": Level.WARNING}
    assert levels(trusted_proxies=everybody, learner=HEADER) == {"trusted_proxies": Level.ERROR}
    assert levels(trusted_proxies=["10.0.0.0/8"], learner=HEADER) == {}


def test_insecure_cookies_are_told() -> None:
    """A trial that became the real thing is seen."""
    assert levels(insecure_cookies=True) == {"insecure_cookies": Level.WARNING}


@pytest.mark.parametrize(
    ("mode", "is_told"),
    [
        pytest.param(0o600, False, id="owner"),
        pytest.param(0o640, False, id="group"),
        pytest.param(0o644, True, id="all"),
    ],
)
def test_a_file_with_secrets_is_not_for_everybody(tmp_path: Path, mode: int, is_told: bool) -> None:
    """Keys and tokens are for the gate's user."""
    path = tmp_path / "sence-gate.toml"
    path.touch()
    path.chmod(mode)
    assert (str(path) in levels(path=path)) is is_told


@pytest.mark.parametrize(
    ("mode", "is_told"), [pytest.param(0o660, False, id="group"), pytest.param(0o644, True, id="all")]
)
def test_a_file_with_runs_is_not_for_everybody(tmp_path: Path, mode: int, is_told: bool) -> None:
    """The record names every learner; a file of an earlier version was made for all to read."""
    path = tmp_path / "sence-gate.sqlite"
    path.touch()
    path.chmod(mode)
    assert (str(path) in levels(store={"url": f"sqlite:///{path}"})) is is_told


def test_a_store_that_root_made_for_another_user_is_told(tmp_path: Path) -> None:
    """`check` as root, before the first start, leaves a file that the gate cannot write."""
    folder = tmp_path / "sence-gate"
    folder.mkdir()
    os.chown(folder, 65534, -1)
    found = findings(store={"url": f"sqlite:///{folder}/x.sqlite"})[f"{folder}/x.sqlite"]
    assert (found.level, f"chown 65534 {folder}/x.sqlite*" in found.text) == (Level.WARNING, True)


def test_a_clock_before_this_code_is_an_error() -> None:
    """A wrong clock ends sessions at once, or never."""
    assert levels(now=EARLIEST - timedelta(seconds=1)) == {"clock": Level.ERROR}


def test_a_clock_before_the_file_was_written_is_an_error(tmp_path: Path) -> None:
    """The file bears witness; a few minutes between two machines are nothing."""
    path = tmp_path / "sence-gate.toml"
    path.touch(0o600)
    now = datetime.now(UTC)
    assert levels(path=path, now=now - timedelta(hours=1)) == {"clock": Level.ERROR}
    assert levels(path=path, now=now - timedelta(minutes=1)) == {}


def test_a_store_that_cannot_be_written_is_an_error() -> None:
    """Found before the first learner, not at the first callback."""
    found = findings(store={"url": "sqlite:////no/such/folder/gate.sqlite"})["store.url"]
    assert found.level is Level.ERROR
    assert "check folder and owner" in found.text


def test_a_spool_that_could_not_be_written_is_an_error() -> None:
    """Found before the first outage."""
    away = {"url": "redis://127.0.0.1:1", "spool": "/no/such/folder/spool.sqlite"}
    assert levels(store=away) == {"store.url": Level.ERROR, "store.spool": Level.ERROR}


def test_a_spool_is_not_made_by_looking(tmp_path: Path) -> None:
    """What root makes here the gate could not write."""
    spool = tmp_path / "spool.sqlite"
    assert levels(store={"url": "redis://127.0.0.1:1", "spool": str(spool)}) == {"store.url": Level.ERROR}
    assert not spool.exists()


SHEET = "course,run,Nombre\nexcel,12345678-5,Ana\n"


@pytest.mark.parametrize(
    ("text", "level", "words"),
    [
        pytest.param(SHEET, Level.OK, "learners: 1; columns that are not read: Nombre", id="fine"),
        pytest.param(
            SHEET + "excel,12345678-4,Ana\n", Level.ERROR, "alumnos.csv:3: run is no RUN", id="a slip"
        ),
        pytest.param(None, Level.ERROR, "alumnos.csv: cannot be read", id="no file"),
    ],
)
def test_lists_are_read(tmp_path: Path, text: str | None, level: Level, words: str) -> None:
    """Enrolments and roster alike, with file and line, before the first learner."""
    if text:
        (tmp_path / "alumnos.csv").write_text(text)
        (tmp_path / "roster.csv").write_text("user,run\nana,12345678-5\n")
    learner = {"source": "environ", "roster": "roster.csv"}
    found = findings(courses=[course(enrolments="alumnos.csv")], learner=learner)
    assert (found["courses[0].enrolments"].level, words in found["courses[0].enrolments"].text) == (
        level,
        True,
    )
    assert found["learner.roster"].level is (Level.OK if text else Level.ERROR)


def test_lists_with_runs_are_not_for_everybody(tmp_path: Path) -> None:
    """A list names learners by their RUN, as the ledger does."""
    alumnos, roster = tmp_path / "alumnos.csv", tmp_path / "roster.csv"
    alumnos.write_text(SHEET)
    roster.write_text("user,run\nana,12345678-5\n")
    given: dict[str, Any] = {
        "courses": [course(enrolments="alumnos.csv")],
        "learner": {"source": "environ", "roster": "roster.csv"},
    }
    for mode, expected in ((0o644, {str(alumnos), str(roster)}), (0o640, set())):
        alumnos.chmod(mode)
        roster.chmod(mode)
        assert set(levels(**given)) == expected
    roster.chmod(0o604)
    assert findings(**given)[str(roster)].text.endswith(f"run: chmod o-rwx {roster}")


def test_a_list_that_exempts_is_judged_by_the_source(tmp_path: Path) -> None:
    """What a gate would refuse at its start, `check` tells before."""
    (tmp_path / "alumnos.csv").write_text("course,run,exempt\nexcel,12345678-5,si\n")
    assert levels(courses=[course(enrolments="alumnos.csv")]) == {"courses[0].enrolments": Level.ERROR}


def test_findings_show_no_secret() -> None:
    """The output of `check` is what people paste into a question."""
    shown = repr(check(load_config(settings(), {})))
    assert all(secret not in shown for secret in (*settings()["secret_keys"], settings()["otec"]["token"]))
