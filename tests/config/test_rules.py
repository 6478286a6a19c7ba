"""What the settings outside of courses must satisfy before the first request."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from sence_gate.config import Credential, LearnerSource, load_config
from tests.config.given import KEY, faults, places, settings

PROXIES = ["10.0.0.0/8"]


_PLATFORMS = [
    pytest.param({"platform": table}, f"platform.{fault}", id=f"platform, {name}")
    for table, fault, name in (
        ({"wsgi": "a.b:c", "upstream": "http://127.0.0.1"}, "upstream: stands beside wsgi", "both"),
        ({"upstream": "127.0.0.1:8080"}, "upstream: does not begin with http", "no scheme"),
        ({"upstream": "http://127.0.0.1/campus"}, "upstream: is more than scheme", "a path"),
        ({"upstream": "http://u:p@127.0.0.1"}, "upstream: holds a user", "a password"),
        ({"upstream": "unix://run.sock"}, "upstream: names no socket", "a relative socket"),
        ({"upstream": "unix:///"}, "upstream: names no socket", "no socket"),
        ({"upstream": "http://127.0.0.1", "ca": "c.pem"}, "ca: is given but not used", "ca without TLS"),
        ({"host": "http://interno"}, "host: is no host name", "a URL for a host"),
        ({"timeout_seconds": 0}, "timeout_seconds: is not between", "no time"),
    )
]


def run_of(environ: dict[str, object]) -> str | None:
    """Stand in for the platform's function that names the learner."""
    return str(environ.get("run"))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        pytest.param({"public_url": None}, "public_url: is missing", id="no address"),
        pytest.param({"public_url": ""}, "public_url: is missing", id="empty address"),
        pytest.param({"public_url": "http://campus.otec.cl"}, "public_url: is http", id="http"),
        pytest.param({"public_url": "https://u:p@otec.cl"}, "public_url: holds a user", id="user"),
        pytest.param({"prefix": "_sence"}, "prefix: is not like", id="no slash"),
        pytest.param({"prefix": "/_sence/"}, "prefix: is not like", id="slash at the end"),
        pytest.param({"prefix": "/"}, "prefix: is not like", id="only a slash"),
        pytest.param({"prefix": ""}, "prefix: is not like", id="empty prefix"),
        pytest.param({"prefix": "/Sence"}, "prefix: is not like", id="capital"),
        pytest.param({"prefix": "/a/../b"}, "prefix: is not like", id="dots"),
        pytest.param({"prefix": "/a\n"}, "prefix: is not like", id="line end"),
        pytest.param({"secret_keys": None}, "secret_keys: is missing", id="no keys"),
        pytest.param({"secret_keys": []}, "secret_keys: is missing", id="empty keys"),
        pytest.param({"secret_keys": [KEY, KEY[:31]]}, "secret_keys[1]: has fewer than 32", id="short key"),
        pytest.param({"secret_keys": [KEY, KEY]}, "secret_keys[1]: is there twice", id="repeated key"),
        pytest.param({"secret_keys": ["x" * 40]}, "secret_keys[0]: can be guessed", id="one letter"),
        pytest.param({"secret_keys": [KEY[:16] * 2]}, "secret_keys[0]: can be guessed", id="said twice"),
        pytest.param(
            {"secret_keys": ["CHANGE-ME-" + KEY[:30]]}, "secret_keys[0]: can be guessed", id="placeholder"
        ),
        pytest.param({"logout_paths": ["salir"]}, "logout_paths[0]: is no path", id="a logout, no path"),
        pytest.param({"logout_paths": ["//otro.cl/"]}, "logout_paths[0]: is no path", id="a foreign logout"),
        pytest.param(
            {"logout_paths": ["/_sence/salir"]}, "logout_paths[0]: belongs to the gate", id="our own logout"
        ),
        pytest.param(
            {"logout_paths": ["/salir/*"]}, "logout_paths[0]: knows no *", id="a logout with a star"
        ),
        pytest.param({"logout_paths": ["/x", "/"]}, "logout_paths[1]: is every page", id="logout everywhere"),
        pytest.param(
            {"public_url": "https://otec.cl/campus", "logout_paths": ["/campus/"]},
            "logout_paths[0]: is every page",
            id="logout everywhere below the mount path",
        ),
        pytest.param({"trusted_proxies": ["10.0.0.1/8"]}, "trusted_proxies[0]: is not", id="host bits"),
        pytest.param({"trusted_proxies": ["::1", "nginx"]}, "trusted_proxies[1]: is not", id="a name"),
        pytest.param(
            {"metrics": {"allow": ["prometheus"]}}, "metrics.allow[0]: is not", id="a monitor's name"
        ),
        pytest.param(
            {"platform": {"wsgi": "campus.wsgi"}}, "platform.wsgi: is not of the form", id="no name"
        ),
        *_PLATFORMS,
        pytest.param({"store": {"url": "sqlite://x"}}, "store.url: names no file", id="store"),
        pytest.param({"store": {"spool": ""}}, "store.spool: names no file", id="no spool"),
        pytest.param({"store": {"spool": ":memory:"}}, "store.spool: names no file", id="a spool in memory"),
        pytest.param({"store": {"spool": "var/"}}, "store.spool: names no file", id="a folder as spool"),
        pytest.param({"store": {"on_failure": "ask"}}, "store.on_failure: is an unknown", id="on_failure"),
        pytest.param({"store": {"recheck_seconds": -1}}, "store.recheck_seconds: is not between", id="past"),
        pytest.param(
            {"store": {"recheck_seconds": float("nan")}}, "store.recheck_seconds: is not between", id="nan"
        ),
        pytest.param(
            {"store": {"recheck_seconds": float("inf")}},
            "store.recheck_seconds: is not between",
            id="for ever",
        ),
        pytest.param({"sence": {"base_url": "http://sim.otec.cl"}}, "sence.base_url: is http", id="readable"),
        pytest.param({"sence": {"base_url": ""}}, "sence.base_url: does not begin", id="no SENCE"),
        pytest.param(
            {"sence": {"base_url": "https://sistemas.sence.cl/rce"}},
            "sence.base_url: is more than an origin",
            id="SENCE with a path",
        ),
        pytest.param({"sence": {"origins": ["null"]}}, "sence.origins[0]: does not begin", id="null origin"),
    ],
)
def test_a_setting_that_cannot_be_honoured_is_refused(changes: dict[str, Any], fault: str) -> None:
    """It is found at the start, with its place, and says what to do."""
    told = faults(settings(**changes))
    assert any(each.startswith(fault) and " — " in each for each in told)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"public_url": "http://localhost:8000"}, id="http to this machine"),
        pytest.param({"public_url": "http://otec.cl", "insecure_cookies": True}, id="http on demand"),
        pytest.param({"prefix": "/otec_1/sence-gate"}, id="longer prefix"),
        pytest.param({"trusted_proxies": ["10.0.0.7", "2001:db8::/32"]}, id="proxies"),
        pytest.param({"metrics": {"allow": ["10.0.0.0/8", "unix"]}}, id="monitors"),
        pytest.param({"platform": {"wsgi": "campus.wsgi:application"}}, id="platform"),
        pytest.param({"platform": {"upstream": "unix:///run/c.sock"}}, id="unix socket"),
        pytest.param(
            {"platform": {"upstream": "https://[::1]", "ca": "c.pem", "host": "c:8", "timeout_seconds": 5}},
            id="upstream",
        ),
        pytest.param({"sence": {"base_url": "http://127.0.0.1:9000"}}, id="simulator"),
        pytest.param({"store": {"recheck_seconds": 0}}, id="always look"),
        pytest.param({"secret_keys": [secrets.token_hex(16), secrets.token_urlsafe(48)]}, id="random keys"),
    ],
)
def test_what_can_be_honoured_loads(changes: dict[str, Any]) -> None:
    """The rules refuse no more than they must."""
    load_config(settings(**changes), {})


def test_random_keys_are_never_taken_for_guessable() -> None:
    """Every key of `sence-gate init` and of openssl is good."""
    keys = [
        make(size)
        for _ in range(300)
        for make, size in ((secrets.token_hex, 16), (secrets.token_urlsafe, 48))
    ]
    assert len(load_config(settings(secret_keys=keys), {}).secret_keys) == 600


def test_callback_addresses_have_at_most_a_hundred_characters() -> None:
    """SENCE's own limit: `/_sence/inicio/error` and `/_sence/cierre/error` are the longest."""
    longest = "https://otec.cl/" + "m" * (100 - len("https://otec.cl/") - len("/_sence/inicio/error"))
    config = load_config(settings(public_url=longest), {})
    assert max(len(config.url(f"/{phase}/error")) for phase in ("inicio", "cierre")) == 100
    (only,) = faults(settings(public_url=f"{longest}m"))
    assert only.startswith("public_url: makes callback addresses of 101 characters and SENCE takes 100")


def test_addresses_are_kept_in_their_one_spelling() -> None:
    """SENCE's Origin is compared as text."""
    given = settings(sence={"base_url": "HTTPS://Sence.CL/", "origins": ["https://Clave.gob.cl:443"]})
    loaded = load_config(given, {}).sence
    assert (loaded.base_url, loaded.origins) == ("https://sence.cl", ("https://clave.gob.cl",))


def test_the_credential_can_be_chosen() -> None:
    """Left out, the environment decides."""
    assert load_config(settings(), {}).credential is None
    assert load_config(settings(credential="clave_unica"), {}).credential is Credential.CLAVE_UNICA


@pytest.mark.parametrize(
    ("learner", "fault"),
    [
        pytest.param({"source": "environ", "key": ""}, "learner.key: is empty", id="no variable"),
        pytest.param({"source": "environ", "key": "HTTP_X_RUN"}, "learner.key: is a header", id="a header"),
        pytest.param({"source": "header"}, "learner.name: is not of letters", id="no header"),
        pytest.param(
            {"source": "header", "name": "X_Run"}, "learner.name: is not of letters", id="underscore"
        ),
        pytest.param(
            {"source": "header", "name": "X-Run"},
            "learner.name: is not of letters",
            id="dash, which X_Run passes for",
        ),
        pytest.param({"source": "header", "name": "XRun:"}, "learner.name: is not of letters", id="colon"),
        pytest.param({"source": "import"}, "learner.import: is not of the form", id="no function"),
        pytest.param(
            {"source": "import", "import": "a.b"}, "learner.import: is not of the form", id="no colon"
        ),
        pytest.param(
            {"source": "import", "import": "no_such_package:f"},
            "learner.import: names no function that can be imported (ModuleNotFoundError)",
            id="no module",
        ),
        pytest.param(
            {"source": "import", "import": "os:no_such_name"},
            "learner.import: names no function that can be imported (AttributeError)",
            id="no name",
        ),
        pytest.param(
            {"source": "import", "import": "os:sep"},
            "learner.import: names no function that can be imported (TypeError)",
            id="no callable",
        ),
        pytest.param(
            {"name": "XRun"}, 'learner.name: is given but not used — write source = "header"', id="idle"
        ),
        pytest.param(
            {"source": "environ", "import": "os:getcwd"},
            "learner.import: is given but not used",
            id="idle import",
        ),
    ],
)
def test_a_source_that_could_not_name_the_learner_is_refused(learner: dict[str, str], fault: str) -> None:
    """Whoever cannot be believed, or does not exist, is found before a learner comes."""
    (only,) = faults(settings(learner=learner, trusted_proxies=PROXIES))
    assert only.startswith(fault)


def test_a_header_needs_a_proxy_that_is_believed() -> None:
    """Without one it would never be read, and all would pass as nobody."""
    assert places(settings(learner={"source": "header", "name": "XRun"})) == ["trusted_proxies"]


@pytest.mark.parametrize(
    "learner",
    [
        pytest.param({"source": "ask"}, id="ask"),
        pytest.param({"source": "environ", "key": "REMOTE_USER"}, id="environ"),
        pytest.param({"source": "header", "name": "XRun"}, id="header"),
        pytest.param({"source": "import", "import": "tests.config.test_rules:run_of"}, id="import"),
    ],
)
def test_each_source_can_be_configured(learner: dict[str, str]) -> None:
    """The four sources of this version load with what they need."""
    loaded = load_config(settings(learner=learner, trusted_proxies=PROXIES), {}).learner
    assert loaded.source is LearnerSource(learner["source"])
    assert loaded.dotted == learner.get("import", "")


def test_a_module_that_fails_when_imported_is_a_fault(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the platform's code raises; its text, which may hold secrets, is not repeated."""
    (tmp_path / "failing_platform.py").write_text("raise RuntimeError('password=hunter2')")
    monkeypatch.syspath_prepend(tmp_path)
    (only,) = faults(settings(learner={"source": "import", "import": "failing_platform:f"}))
    assert only.startswith("learner.import: names no function that can be imported (RuntimeError)")
    assert "hunter2" not in only


ASKED = {"forward_auth": {"dialect": "nginx"}, "trusted_proxies": ["10.0.0.7"]}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        pytest.param({"trusted_proxies": None}, "trusted_proxies: is empty", id="nobody may ask"),
        pytest.param(
            {"learner": {"source": "environ"}}, 'learner.source: is "environ"', id="nobody would be logged in"
        ),
        pytest.param({"forward_auth": {"dialect": "apache"}}, "forward_auth.dialect: ", id="no dialect"),
        pytest.param(
            {"forward_auth": {"secret": KEY}}, "forward_auth.dialect: is missing", id="secret alone"
        ),
        *(
            pytest.param(
                {"forward_auth": {"dialect": "forward", "secret": secret}}, f"forward_auth.secret: {told}"
            )
            for secret, told in (
                ("short", "can be"),
                ("x" * 40, "can be"),
                (f'{KEY}"', "holds what a header"),
            )
        ),
    ],
)
def test_h4_a_door_for_front_servers_is_not_left_open(changes: dict[str, Any], fault: str) -> None:
    """What would let everybody ask, or everybody pass, does not start."""
    load_config(settings(**ASKED), {})
    assert [each for each in faults(settings(**ASKED | changes)) if each.startswith(fault) and " — " in each]
