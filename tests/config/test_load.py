"""From a file or a mapping to settings, or to every fault at once."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path

import pytest

from sence_gate.config import Config, OnFailure, load_config
from sence_gate.courses import Course, Otec
from sence_gate.errors import ConfigurationError
from sence_gate.protocol.messages import Environment
from sence_gate.protocol.rut import Rut
from tests.config.given import KEY, RUT, TOKEN, course, faults, places, settings

FILE = f"""
public_url = "https://campus.otec.cl"
secret_keys = ["{KEY}"]
otec = {{ rut = "{RUT}", token = "{TOKEN}" }}
[[courses]]
id = "excel"
name = "Excel básico"
paths = ["/cursos/excel/"]
cod_sence = "1237894560"
codigo_curso = "5123456"
linea_capacitacion = 3
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a configuration file that loads."""
    path = tmp_path / "sence-gate.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_the_smallest_settings_take_every_default_of_the_dataclasses() -> None:
    """The defaults that the file has are those that `Config` and `Course` show."""
    loaded = load_config(settings(), {})
    otec = Otec(Rut.parse(RUT), TOKEN)
    excel = Course("excel", "Excel básico", ("/cursos/excel/",), "5123456", 3, otec, "1237894560")
    default = Config("https://campus.otec.cl", (KEY,), (excel,), store=loaded.store)
    assert loaded == default
    assert loaded.store.recheck_seconds == Config("", (), ()).store.recheck_seconds


def test_a_file_and_a_mapping_mean_the_same(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project can keep the settings among its own."""
    monkeypatch.chdir(file.parent)
    assert load_config(file, {}) == load_config(str(file), {}) == load_config(settings(), {})


def test_the_store_stands_beside_the_configuration_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory of a server does not move the store."""
    monkeypatch.chdir("/")
    assert load_config(file, {}).store.url == f"sqlite:///{file.parent}/sence-gate.sqlite"
    assert load_config(file, {"SENCE_GATE_STORE__URL": "sqlite:///a/b.db"}).store.url == (
        f"sqlite:///{file.parent}/a/b.db"
    )


def test_a_relative_configuration_file_gives_an_absolute_store(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that changes its directory after the start keeps its store."""
    monkeypatch.chdir(file.parent)
    assert load_config(file.name, {}).store.url == f"sqlite:///{file.parent}/sence-gate.sqlite"


def test_an_absolute_store_stays_where_it_is() -> None:
    """Four slashes name a file from the root."""
    url = "sqlite:////var/lib/sence-gate/store.sqlite"
    assert load_config(settings(store={"url": url}), {}).store.url == url


def test_the_spool_stands_beside_the_configuration_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every worker of the host finds the same one, wherever it was started."""
    monkeypatch.chdir("/")
    assert load_config(file, {}).store.spool == f"{file.parent}/sence-gate-spool.sqlite"
    assert load_config(file, {"SENCE_GATE_STORE__SPOOL": "/var/spool/x"}).store.spool == "/var/spool/x"


def test_what_becomes_of_learners_without_the_store_can_be_chosen(file: Path) -> None:
    """Nobody is thrown out, unless the operator says so."""
    assert load_config(file, {}).store.on_failure is OnFailure.TRUST_COOKIE
    given = {"SENCE_GATE_STORE__ON_FAILURE": "refuse"}
    assert load_config(file, given).store.on_failure is OnFailure.REFUSE


def test_loading_leaves_the_mapping_as_it_was() -> None:
    """The mapping may be the settings module of somebody's project."""
    given = settings(store={"recheck_seconds": 2.0}, preffix="/x")
    before = deepcopy(given)
    faults(given, {"SENCE_GATE_STORE__URL": "sqlite:///x", "SENCE_GATE_OTEC__NAME": "Norte"})
    assert given == before


def test_tuples_in_a_mapping_are_lists() -> None:
    """Python projects like to write tuples."""
    given = settings(secret_keys=(KEY,), courses=(course(paths=("/a/", "/b/")),))
    assert load_config(given, {}).courses[0].paths == ("/a/", "/b/")


def test_a_syntax_error_is_told_with_its_line(file: Path) -> None:
    """The operator finds the line without a traceback."""
    file.write_text('public_url = "https://campus.otec.cl"\nprefix = /_sence\n')
    with pytest.raises(ConfigurationError, match=r"sence-gate\.toml: is not TOML: .*line 2"):
        load_config(file, {})


def test_a_text_that_is_not_closed_is_told_in_words(tmp_path: Path) -> None:
    """The parser calls it an illegal character."""
    path = tmp_path / "sence-gate.toml"
    path.write_text('public_url = "https://otec.cl\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"line 1, column 30.* — close the quotes there"):
        load_config(path, {})


def test_another_encoding_is_told_with_its_line(file: Path) -> None:
    """A file saved as Windows-1252 is not read as nonsense."""
    file.write_bytes(b'prefix = "/x"\nname = "Excel b\xe1sico"\n')
    with pytest.raises(ConfigurationError, match=r"is not UTF-8 at line 2"):
        load_config(file, {})


def test_a_byte_order_mark_is_no_fault(file: Path) -> None:
    """Editors on Windows write one."""
    file.write_text(FILE, encoding="utf-8-sig")
    assert load_config(file, {}).courses[0].name == "Excel básico"


@pytest.mark.parametrize(
    "name",
    [pytest.param("missing.toml", id="missing"), pytest.param(".", id="a folder")],
)
def test_a_file_that_cannot_be_read_is_a_fault_of_configuration(tmp_path: Path, name: str) -> None:
    """The operator is told which file and why, in the same kind of error."""
    with pytest.raises(ConfigurationError, match=r"cannot be read \((No such|Is a directory)"):
        load_config(tmp_path / name, {})


def test_every_fault_is_told_at_once() -> None:
    """Types, unknown keys, rules and the environment are told in one message."""
    given = settings(
        public_url="https://campus.otec.cl?x",
        prefix=7,
        secret_keys=["short"],
        otec={"rut": "76543210-9", "token": ""},
        courses=[course(nmae="x", codigo_curso="12"), course(id="word", linea_capacitacion="3", name="")],
    )
    assert sorted(places(given, {"SENCE_GATE_STORE__URI": "x"})) == [
        "SENCE_GATE_STORE__URI",
        "courses[0].codigo_curso",
        "courses[0].nmae",
        "courses[1].linea_capacitacion",
        "courses[1].name",
        "otec.rut",
        "otec.token",
        "prefix",
        "public_url",
        "secret_keys[0]",
    ]  # fmt: skip


def test_a_course_inherits_what_it_does_not_say() -> None:
    """Environment and minutes of the file are those of a course without its own."""
    session = {"minutes": 60, "warning_minutes": 5, "grace_minutes": 2}
    own = course(id="own", environment="test", minutes=90, warning_minutes=9, grace_minutes=0)
    first, second = load_config(
        settings(environment="production", session=session, courses=[course(), own]), {}
    ).courses
    assert (first.environment, first.minutes, first.warning_minutes, first.grace_minutes) == (
        Environment.PRODUCTION, 60, 5, 2,
    )  # fmt: skip
    assert (second.environment, second.minutes, second.warning_minutes, second.grace_minutes) == (
        Environment.TEST, 90, 9, 0,
    )  # fmt: skip


def test_a_course_keeps_its_conditions() -> None:
    """Query pairs and exceptions arrive in the order written."""
    given = course(query={"id": "5", "view": "all"}, except_=["/cursos/excel/publico/"])
    loaded = load_config(settings(courses=[given]), {}).courses[0]
    assert loaded.query == (("id", "5"), ("view", "all"))
    assert loaded.exceptions == ("/cursos/excel/publico/",)


def test_neither_repr_nor_faults_show_a_secret() -> None:
    """What ends in a log or a bug report holds no key, no token and no RUT."""
    secret = "s3cr3t-Zq7Vw2Lk9Pt4Rb6Nx1My8Hc5Jd0"
    bad = settings(
        secret_keys=[secret, secret, 3],
        otec={"rut": secret, "token": f"{secret} {secret}"},
        store={"url": f"redis://:{secret}@host/0"},
        public_url=f"https://user:{secret}@campus.otec.cl",
        platform=secret,
    )
    environ = {"SENCE_GATE_INSECURE_COOKIES": secret, "SENCE_GATE_SESSION__MINUTES": secret}
    assert secret not in json.dumps(faults(bad, environ))
    assert TOKEN not in repr(load_config(settings(), {}))
    assert KEY not in repr(load_config(settings(), {}))


def test_no_exception_of_the_reader_hangs_on_the_fault() -> None:
    """A traceback would show the values that the message hides."""
    with pytest.raises(ConfigurationError) as caught:
        load_config(settings(secret_keys=[3], otec={"rut": "x"}), {})
    assert caught.value.__context__ is None
