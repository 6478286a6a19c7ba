"""The door in process: what the platform gets, and what becomes of its answers."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import create_environ

from sence_gate.config import Learner, LearnerSource
from sence_gate.errors import ConfigurationError
from sence_gate.gate.visitors import source_of
from sence_gate.learners.sources import ask
from sence_gate.middleware import SenceGate
from sence_gate.stores.sqlite import SqliteStore
from tests.given import COURSE, FREE, HOME, OURS, Campus, discreet_log, plain_campus, trusted_campus
from tests.samples import KEYS, OTEC, RUN, config, session

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["discreet_log", "plain_campus", "trusted_campus"]

NETWORKS = (ip_network("10.0.0.0/8"),)
HEADER = Learner(LearnerSource.HEADER, name="X-Remote-Run")
SETTINGS = {
    "public_url": HOME,
    "secret_keys": ["a-key-of-the-tests-0123456789abcdefghij"],
    "otec": {"rut": "76543210-3", "token": OTEC.token},
    "courses": [
        {
            "id": "excel",
            "name": "Excel",
            "paths": ["/cursos/excel/"],
            "cod_sence": "1237894560",
            "codigo_curso": "5123456",
            "linea_capacitacion": 3,
        }
    ],
}


def named(environ: WSGIEnvironment) -> str | None:
    """Return the RUN that a platform keeps under a key of its own."""
    run: str | None = environ.get("platform.run")
    return run


def sent(campus: Campus, path: str, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Send a request; return its environ as it was, and as the platform got it."""
    environ = create_environ(path, HOME, method="POST", data=b"a=b", content_type="text/plain")
    environ |= changes
    before = dict(environ)
    campus.run(environ)
    return before, campus.platform.calls[-1]


def test_k9_a_session_inside_another_cookie_opens_nothing(campus: Campus) -> None:
    """Set by a neighbouring host, `a=1,__Host-…` would make the victim study in the attacker's session."""
    tossed = f"a=1,{campus.hold()}"
    assert campus.gates(campus.ask(COURSE, cookies=tossed))
    _, got = sent(campus, FREE, HTTP_COOKIE=tossed)
    assert got["HTTP_COOKIE"] == "a=1"


@pytest.mark.parametrize(
    "path", [FREE, "/cursos/excel/publico/", COURSE], ids=["free", "exception", "admitted"]
)
def test_g3_the_platform_gets_the_environ_that_came(campus: Campus, path: str) -> None:
    """Keys, values and body; what is gone is ours, and only an admitted request has one key more."""
    cookies = campus.hold()
    before, after = sent(campus, f"{path}?a=%2F&b", HTTP_COOKIE=cookies, HTTP_X_SENCE_RUN="1-9")
    gone = {"HTTP_COOKIE", "HTTP_X_SENCE_RUN"}
    watched = {"wsgi.input", "wsgi.errors"}
    assert after.keys() - {"sence_gate.session"} == before.keys() - gone
    assert {key: after[key] for key in after.keys() & before.keys() - watched} == {
        key: value for key, value in before.items() if key not in gone | watched
    }
    assert campus.platform.bodies == [b"a=b"]


def test_g3_a_page_with_the_bar_is_asked_for_in_its_own_environ(campus: Campus) -> None:
    """What the bar needs is asked in a copy: no range, no coding that cannot be opened."""
    headers = {
        "Accept-Encoding": "br, gzip",
        "Range": "bytes=0-9",
        "X-Own": "1",
        "Sec-Fetch-Dest": "document",
    }
    campus.ask(COURSE, cookies=campus.hold(), headers=headers)
    (got,) = campus.platform.calls
    assert (got["HTTP_ACCEPT_ENCODING"], got["HTTP_X_OWN"]) == ("gzip", "1")
    assert "HTTP_RANGE" not in got


@pytest.mark.parametrize("path", [FREE, COURSE], ids=["free", "admitted"])
def test_k17_the_platform_never_sees_our_cookies(campus: Campus, path: str) -> None:
    """Its own pass byte by byte, in their order; forged ones with our name go too."""
    ours = campus.hold()
    mixed = f'sid=a b"c; {ours}; {OURS}a-AAAAAAAA=x; otra="ñ,;"; vacia=; {OURS}s-excel=forged'
    _, got = sent(campus, path, HTTP_COOKIE=mixed)
    assert got["HTTP_COOKIE"] == 'sid=a b"c; otra="ñ,;"; vacia='


@pytest.mark.parametrize(
    "path", [FREE, "/cursos/excel/publico/", COURSE], ids=["free", "exception", "admitted"]
)
@pytest.mark.parametrize(
    "name", ["X-Sence-Run", "X_Sence_Run", "x-SENCE-run", "X-Sence-Course", "X-Sence-Session"]
)
def test_h5_h6_h7_what_only_the_gate_may_say_is_removed(campus: Campus, path: str, name: str) -> None:
    """In every spelling, on every path: a client cannot say whose session it is."""
    key = f"HTTP_{name.upper().replace('-', '_')}"
    _, got = sent(campus, path, HTTP_COOKIE=campus.hold(), **{key: "1-9"})
    assert key not in got


def test_h7_a_header_changes_nothing_about_the_session(campus: Campus) -> None:
    """Neither does a variable that looks like ours."""
    _, got = sent(campus, COURSE, HTTP_COOKIE=campus.hold(), HTTP_SENCE_GATE_SESSION="x")
    assert got["sence_gate.session"] == session()


def test_h5_an_identity_header_counts_from_a_trusted_proxy(campus: Campus) -> None:
    """The proxy that the operator named says who is there."""
    campus.configure(learner=HEADER, trusted_proxies=NETWORKS)
    campus.hold()
    _, got = sent(campus, COURSE, REMOTE_ADDR="10.1.2.3", HTTP_X_REMOTE_RUN=str(RUN))
    assert ("HTTP_X_REMOTE_RUN" in got, "sence_gate.session" in got) == (True, True)


STRANGERS = [
    pytest.param({"REMOTE_ADDR": "192.0.2.1"}, id="H5, from anybody"),
    pytest.param({"REMOTE_ADDR": ""}, id="H5, from a socket without address"),
    pytest.param({"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": "10.0.0.1"}, id="H3, hops"),
]


@pytest.mark.parametrize("peer", STRANGERS)
def test_h5_who_goes_around_the_proxy_does_not_reach_the_course(campus: Campus, peer: dict[str, str]) -> None:
    """A peer that nobody trusts is not somebody who is not logged in: the gate would stand open."""
    campus.configure(learner=HEADER, trusted_proxies=NETWORKS)
    refused = campus.ask(COURSE, environ={**peer, "HTTP_X_REMOTE_RUN": str(RUN)})
    assert (refused.status_code, campus.platform.calls) == (403, [])


@pytest.mark.parametrize("peer", STRANGERS)
def test_h5_outside_courses_a_stranger_s_claim_is_taken_away(campus: Campus, peer: dict[str, str]) -> None:
    """The platform does not believe it either."""
    campus.configure(learner=HEADER, trusted_proxies=NETWORKS)
    assert "HTTP_X_REMOTE_RUN" not in sent(campus, FREE, **peer, HTTP_X_REMOTE_RUN=str(RUN))[1]


@pytest.mark.parametrize(
    ("learner", "environ"),
    [
        pytest.param(Learner(LearnerSource.ENVIRON), {"REMOTE_USER": str(RUN)}, id="environ"),
        pytest.param(
            Learner(LearnerSource.ENVIRON, key="x.run"), {"x.run": str(RUN)}, id="environ, another key"
        ),
        pytest.param(HEADER, {"HTTP_X_REMOTE_RUN": str(RUN), "REMOTE_ADDR": "10.0.0.1"}, id="header"),
        pytest.param(
            Learner(LearnerSource.IMPORT, dotted="tests.test_middleware:named"),
            {"platform.run": "12.345.678-5"},
            id="import",
        ),
    ],
)
def test_each_source_names_the_learner(campus: Campus, learner: Learner, environ: dict[str, str]) -> None:
    """And nobody where it is silent."""
    campus.configure(learner=learner, trusted_proxies=NETWORKS)
    source = source_of(campus.config)
    assert source({"REMOTE_ADDR": "10.0.0.1"} | environ) == RUN
    campus.hold()
    assert "sence_gate.session" in sent(campus, COURSE, **environ)[1]


def test_the_usual_source_asks(campus: Campus) -> None:
    """Nobody is named: the start page has the field."""
    assert source_of(campus.config) is ask


def test_a_source_is_asked_only_where_a_course_is_at_stake(school: Campus) -> None:
    """It may be slow, and what it says elsewhere is none of our business."""
    assert school.ask(FREE, user="jperez").status_code == 200


@pytest.mark.parametrize(
    ("prefix", "mount", "url", "is_own"),
    [
        pytest.param("/_sence", "", "/_sence/ping", True, id="usual"),
        pytest.param("/_sence", "", "/_sence", True, id="without a slash"),
        pytest.param("/_sence", "", "/_sencex/ping", False, id="a longer name"),
        pytest.param("/_sence", "", "/_SENCE/ping", False, id="another case"),
        pytest.param("/_sence", "", "/x/_sence/ping", False, id="further in"),
        pytest.param("/_sence", "", "//_sence/ping", False, id="two slashes"),
        pytest.param("/asistencia/x", "", "/asistencia/x/ping", True, id="another prefix"),
        pytest.param("/asistencia/x", "", "/_sence/ping", False, id="not the usual one then"),
        pytest.param("/_sence", "/campus", "/campus/_sence/ping", True, id="mounted"),
        pytest.param("/_sence", "/campus", "/_sence/ping", True, id="mount taken off by the front server"),
        pytest.param("/_sence", "/campus", "/campusx/_sence/ping", False, id="beside the mount"),
    ],
)
def test_g4_the_gate_answers_below_its_prefix_alone(
    campus: Campus, prefix: str, mount: str, url: str, is_own: bool
) -> None:
    """Everything else is the platform's."""
    campus.configure(prefix=prefix, public_url=HOME + mount)
    response = campus.ask(url)
    assert (response.status_code, len(campus.platform.calls)) == (200, 0 if is_own else 1)


def test_p24_a_server_that_splits_the_mount_off_is_understood(campus: Campus) -> None:
    """SCRIPT_NAME and PATH_INFO are one path."""
    campus.configure(public_url=f"{HOME}/campus")
    environ = create_environ("/_sence/ping", f"{HOME}/campus")
    assert environ["SCRIPT_NAME"] == "/campus"
    assert campus.run(environ).data == b"ok\n"


def _failing(_environ: WSGIEnvironment, _start_response: StartResponse) -> list[bytes]:
    raise LookupError("the platform's own")


def test_a_gate_can_be_made_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`SenceGate(application, "sence-gate.toml")`; the store is opened as it says."""
    monkeypatch.chdir(tmp_path)
    toml = f'public_url = "{HOME}"\nsecret_keys = ["{KEYS[0]}"]\n'
    toml += f'[otec]\nrut = "76543210-3"\ntoken = "{OTEC.token}"\n[[courses]]\n'
    toml += 'id = "excel"\nname = "Excel"\npaths = ["/cursos/excel/"]\ncod_sence = "1237894560"\n'
    toml += 'codigo_curso = "5123456"\nlinea_capacitacion = 3\n'
    (tmp_path / "sence-gate.toml").write_text(toml)
    gate = SenceGate(_failing, str(tmp_path / "sence-gate.toml"))
    assert repr(gate.gate.parts.store).endswith("sence-gate.sqlite')")
    assert gate.config.courses[0].name == "Excel"


def test_a_gate_can_be_made_of_a_mapping(tmp_path: Path) -> None:
    """A Django or Flask project keeps its settings where it has the others."""
    url = f"sqlite:///{tmp_path}/gate.sqlite"
    gate = SenceGate(_failing, SETTINGS | {"store": {"url": url}})
    assert isinstance(gate.gate.parts.store, SqliteStore)
    assert gate.gate.parts.now().tzinfo is not None


@pytest.mark.parametrize("settings", [{}, {"public_url": "x"}, SETTINGS | {"nada": 1}])
def test_a_gate_that_is_badly_set_does_not_start(settings: dict[str, object]) -> None:
    """With every fault, before the first request."""
    with pytest.raises(ConfigurationError):
        SenceGate(_failing, settings)


def test_x5_the_gate_shows_no_secret_of_its_own() -> None:
    """Neither in the repr of the settings, nor of what it hands on."""
    assert OTEC.token not in repr(config())
    assert config().secret_keys[0] not in repr(config())
