"""Settings from the environment: any key but courses, and no variable that does nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from sence_gate.config import load_config
from sence_gate.config.shape import all_settings
from sence_gate.config.variables import variable_name
from tests.config.given import KEY, RUT, TOKEN, course, faults, places, settings

OTHER_KEY = "n3Yb8WqL5xTz1PcR7vJm0DgK4sHf9AuE2iOo6ViZ"


def test_settings_can_come_from_the_environment_alone() -> None:
    """A container needs only the courses in a file."""
    environ = {
        "SENCE_GATE_PUBLIC_URL": "https://campus.otec.cl",
        "SENCE_GATE_SECRET_KEYS": f"{KEY}, {OTHER_KEY}",
        "SENCE_GATE_OTEC__RUT": RUT,
        "SENCE_GATE_OTEC__TOKEN": TOKEN,
        "SENCE_GATE_SESSION__MINUTES": "90",
        "SENCE_GATE_STORE__RECHECK_SECONDS": "2.5",
    }
    loaded = load_config({"courses": [course()]}, environ)
    assert loaded.secret_keys == (KEY, OTHER_KEY)
    assert (loaded.courses[0].minutes, loaded.store.recheck_seconds) == (90, 2.5)
    assert loaded.otecs[0].token == TOKEN


def test_the_environment_outranks_the_file() -> None:
    """One file serves several installations."""
    assert load_config(settings(prefix="/a"), {"SENCE_GATE_PREFIX": "/b"}).prefix == "/b"


def test_every_setting_but_those_of_courses_has_a_variable() -> None:
    """The environment knows what the file knows, also what is added tomorrow; lists of tables stay in it."""
    for setting in all_settings():
        variable = variable_name(setting)
        assert (variable is None) == (setting.keys[0] in ("courses[]", "shared[]"))
        if variable is not None:
            # Something else is always wrong, so that the faults can be looked at.
            told = places({}, {variable.replace("NAME__", "N__", 1): "x"})
            assert not any(place.startswith("SENCE_GATE_") for place in told)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param(text, text.lower() in ("true", "1"), id=text)
        for text in ("true", "True", "1", "false", "0")
    ],
)
def test_a_flag_is_read_from_the_usual_words(text: str, value: bool) -> None:
    """True and false have two spellings each."""
    assert load_config(settings(), {"SENCE_GATE_INSECURE_COOKIES": text}).insecure_cookies is value


@pytest.mark.parametrize(
    ("variable", "text", "fault"),
    [
        pytest.param("INSECURE_COOKIES", "yes", "insecure_cookies", id="another word is not false"),
        pytest.param("SESSION__MINUTES", "1h", "session.minutes", id="no number"),
        pytest.param("SESSION__MINUTES", "", "session.minutes", id="empty"),
        pytest.param("STORE__RECHECK_SECONDS", "nan", "store.recheck_seconds", id="not a number"),
        pytest.param("STORE__RECHECK_SECONDS", "five", "store.recheck_seconds", id="no float"),
        pytest.param("ENVIRONMENT", "prod", "environment", id="unknown word"),
        pytest.param("TRUSTED_PROXIES", "10.0.0.0/8,x", "trusted_proxies", id="item of a list"),
        pytest.param("OTECS__NORTE_SUR__RUT", "1-1", "otecs.norte-sur.rut", id="in a named table"),
    ],
)
def test_a_bad_value_is_told_with_its_variable(variable: str, text: str, fault: str) -> None:
    """The operator looks at the environment, not for a line of the file."""
    told = faults(settings(), {f"SENCE_GATE_{variable}": text})
    assert any(each.startswith(fault) and f"(from SENCE_GATE_{variable})" in each for each in told)


def test_a_list_is_separated_by_commas() -> None:
    """Blanks around an item are no part of it; nothing is an empty list."""
    load = load_config(settings(), {"SENCE_GATE_TRUSTED_PROXIES": "10.0.0.0/8 , ::1,"})
    assert [str(network) for network in load.trusted_proxies] == ["10.0.0.0/8", "::1/128"]
    assert (
        load_config(settings(trusted_proxies=["::1"]), {"SENCE_GATE_TRUSTED_PROXIES": ""}).trusted_proxies
        == ()
    )


@pytest.mark.parametrize("end", [pytest.param(end, id=repr(end)) for end in ("", "\n", "\r\n")])
def test_a_value_can_come_from_a_file(tmp_path: Path, end: str) -> None:
    """Container secrets are files, with or without a line end."""
    (tmp_path / "prefix").write_bytes(f"/gate{end}".encode())
    environ = {"SENCE_GATE_PREFIX_FILE": str(tmp_path / "prefix")}
    assert load_config(settings(), environ).prefix == "/gate"


def test_a_file_may_hold_a_key_on_each_line(tmp_path: Path) -> None:
    """Keys are rotated by putting a new first line."""
    (tmp_path / "keys").write_text(f"{KEY}\n{OTHER_KEY}\n")
    environ = {"SENCE_GATE_SECRET_KEYS_FILE": str(tmp_path / "keys")}
    assert load_config(settings(), environ).secret_keys == (KEY, OTHER_KEY)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("missing", "No such file or directory", id="missing"),
        pytest.param("binary", "UnicodeDecodeError", id="not text"),
    ],
)
def test_a_secret_file_that_cannot_be_read_is_a_fault(tmp_path: Path, name: str, reason: str) -> None:
    """A secret that is not there never becomes an empty one."""
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (only,) = faults(settings(), {"SENCE_GATE_OTEC__TOKEN_FILE": str(tmp_path / name)})
    assert only.startswith("otec.token (from SENCE_GATE_OTEC__TOKEN_FILE): names a file that cannot be read")
    assert reason in only


def test_a_value_and_its_file_together_are_a_fault(tmp_path: Path) -> None:
    """Which of the two was meant is not guessed."""
    (tmp_path / "prefix").write_text("/a")
    environ = {"SENCE_GATE_PREFIX": "/b", "SENCE_GATE_PREFIX_FILE": str(tmp_path / "prefix")}
    assert places(settings(), environ) == ["SENCE_GATE_PREFIX_FILE"]


@pytest.mark.parametrize(
    ("variable", "advice"),
    [
        pytest.param("SENCE_GATE_STORE_URL", "did you mean SENCE_GATE_STORE__URL?", id="one underscore"),
        pytest.param("SENCE_GATE_SECRET_KEY", "did you mean SENCE_GATE_SECRET_KEYS?", id="singular"),
        pytest.param(
            "SENCE_GATE_SECRET_KEY_FILE", "did you mean SENCE_GATE_SECRET_KEYS?", id="singular, file"
        ),
        pytest.param("SENCE_GATE_COURSES__0__ID", "write them in the file", id="courses"),
        pytest.param("SENCE_GATE_WORKERS_PER_CORE", "remove it", id="nothing like it"),
    ],
)
def test_a_variable_that_is_no_setting_is_a_fault(variable: str, advice: str) -> None:
    """A misspelt variable never does nothing in silence."""
    (only,) = faults(settings(), {variable: "x"})
    assert only.startswith(f"{variable}: ")
    assert advice in only


def test_other_variables_are_nobodys_business() -> None:
    """The name of the configuration file and all that is not ours pass."""
    environ = {"SENCE_GATE_CONFIG": "x.toml", "SENCE_OTHER": "x", "HOME": "/", "sence_gate_x": "y"}
    assert load_config(settings(), environ) == load_config(settings(), {})


def test_a_named_otec_takes_its_token_from_the_environment() -> None:
    """Several tokens stay out of the file, each under the name of its OTEC."""
    given = settings(otec=None, otecs={"norte-grande": {"rut": RUT}})
    environ = {"SENCE_GATE_OTECS__NORTE_GRANDE__TOKEN": TOKEN}
    assert load_config(given, environ).otecs[0].token == TOKEN


def test_a_variable_below_what_is_no_table_is_told_as_that() -> None:
    """The file is wrong, not the variable."""
    assert places(settings(store="x"), {"SENCE_GATE_STORE__URL": "sqlite:///x"}) == ["store"]
