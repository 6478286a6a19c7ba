"""Passwords, users, rights, certificates: what is wrong is one clear line, and no secret is ever shown."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from sence_gate.check import Level, check
from sence_gate.config import load_config
from sence_gate.errors import ConfigurationError, SenceGateError, StoreUnavailable
from sence_gate.stores import open_store, shown
from tests.config.given import settings
from tests.samples import ID_SESION_ALUMNO, session
from tests.stores.contract import kept
from tests.stores.redis.lossy import service
from tests.stores.redis.servers import HOST, Certificates, Server, certificates, free_port, running, until

SECRET = "p@ss/w:rd?#%é 1"
WRONG = "wr0ng-s3cret"
RIGHTS = (
    "~sence:* +get +set +del +incr +exists +expire +rename +type +ttl +hvals +hgetall +hget +hset +hsetnx"
    " +hdel +hlen +xadd +xrange +evalsha +eval +scan +time +info +ping"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a password, and a user who may do what the gate does and nothing else."""
    with running(tmp_path_factory.mktemp("redis"), requirepass='"admin"') as server:
        admin = server.client(password="admin")
        admin.execute_command("ACL", "SETUSER", "gate", "on", f">{SECRET}", *RIGHTS.split())  # type: ignore[no-untyped-call]  # redis-py left it out
        admin.execute_command("ACL", "SETUSER", "reader", "on", ">r", "~*", "+get", "+evalsha", "+eval")  # type: ignore[no-untyped-call]  # as above
        yield server


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """An authority and a certificate for 127.0.0.1."""
    return certificates(tmp_path_factory.mktemp("papers"))


@pytest.fixture(scope="module")
def with_tls(tmp_path_factory: pytest.TempPathFactory, papers: Certificates) -> Iterator[Server]:
    """A server that speaks TLS only, and wants a certificate of its clients."""
    files = {"tls_cert_file": papers.cert, "tls_key_file": papers.key, "tls_ca_cert_file": papers.ca}
    server = Server(tmp_path_factory.mktemp("tls"))
    options = {name.replace("_", "-"): str(path) for name, path in files.items()}
    server.options = {**options, "port": "0"}
    server.options["tls-port"] = str(free_port())
    try:
        yield server.start()
    finally:
        server.kill()


def _url(server: Server, user: str, password: str) -> str:
    return f"redis://{user}:{quote(password, safe='')}@{HOST}:{server.port}/0"


def test_a_user_with_the_documented_rights_can_do_everything(server: Server) -> None:
    """Least privilege: nothing beyond the list is needed, not even for `check`."""
    with closing(open_store(_url(server, "gate", SECRET))) as store:
        kept(store, session())
        assert store.get(ID_SESION_ALUMNO) == session()
        store.forget(session().since)
        levels = {level for level, _ in store.inspect()}  # type: ignore[attr-defined]  # only servers have it
    assert "error" not in levels


def test_the_rights_are_documented() -> None:
    """What an operator copies is what is tested."""
    assert RIGHTS in Path("docs/deploy.md").read_text(encoding="utf-8")


def test_a_password_from_a_file_is_read_at_each_connect(server: Server, tmp_path: Path) -> None:
    """A changed password counts without a restart, and a line end is no part of it."""
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\n")
    with closing(open_store(f"redis://gate@{HOST}:{server.port}?password_file={file}")) as store:
        store.ping()
        file.write_text(WRONG)
        store.ping()
        store.close()
        with pytest.raises(StoreUnavailable, match="refuses user and password"):
            store.ping()
        file.unlink()
        with pytest.raises(StoreUnavailable, match="password_file cannot be read"):
            store.ping()


@pytest.mark.parametrize(
    ("user", "password", "told"),
    [
        pytest.param("gate", WRONG, "refuses user and password", id="wrong password"),
        pytest.param("nobody", SECRET, "refuses user and password", id="wrong user"),
        pytest.param("", WRONG, "refuses user and password", id="wrong password of the default user"),
        pytest.param("", "", "refuses user and password", id="no password"),
        pytest.param("reader", "r", "give the rights", id="too few rights"),
    ],
)
def test_who_is_refused_is_told_at_start(server: Server, user: str, password: str, told: str) -> None:
    """One line that says what to do; the gate does not start."""
    with pytest.raises(ConfigurationError, match=told) as caught:
        open_store(_url(server, user, password))
    assert caught.value.faults[0].startswith("store.url: redis://127.0.0.1:")
    assert len(caught.value.faults) == 1
    assert "\n" not in str(caught.value)


def test_a_database_that_is_not_there_is_told_at_start(server: Server) -> None:
    """One line."""
    with pytest.raises(ConfigurationError, match="has no database of that number — write another one"):
        open_store(f"redis://:admin@{HOST}:{server.port}/99")


def test_tls_with_both_certificates(with_tls: Server, papers: Certificates) -> None:
    """The server is known by its authority, and the gate by its own certificate."""
    files = f"ca={papers.ca}&cert={papers.cert}&key={papers.key}"
    with closing(open_store(f"rediss://{HOST}:{with_tls.options['tls-port']}?{files}")) as store:
        kept(store, session())
        assert store.get(ID_SESION_ALUMNO) == session()


def test_tls_that_does_not_fit_is_told_at_start(with_tls: Server, papers: Certificates) -> None:
    """No authority, or another name than the certificate's: each has its remedy."""
    tls = f"rediss://{HOST}:{with_tls.options['tls-port']}"
    with pytest.raises(ConfigurationError, match=r"is not trusted — name its authority with \?ca="):
        open_store(tls)
    with pytest.raises(ConfigurationError, match="name its authority"):
        open_store(f"rediss://localhost:{with_tls.options['tls-port']}?ca={papers.ca}")


def test_a_missing_certificate_of_one_s_own_is_told(with_tls: Server, papers: Certificates) -> None:
    """As soon as the server's word arrives: with TLS 1.3 it says so after the handshake, and hangs up."""

    def is_told() -> bool:
        with pytest.raises(SenceGateError) as caught:
            open_store(f"rediss://{HOST}:{with_tls.options['tls-port']}?ca={papers.ca}").ping()
        return "wants a certificate of its clients — name it with" in str(caught.value)

    until(is_told, "the server's word")


def test_a_port_without_tls_is_told(server: Server) -> None:
    """What answers in the clear is refused at start; what waits for a line end is not answering."""
    with (
        service(b"220 smtp ready\r\n") as port,
        pytest.raises(ConfigurationError, match="does not speak TLS on that port"),
    ):
        open_store(f"rediss://{HOST}:{port}")
    with (
        closing(open_store(f"rediss://{HOST}:{server.port}")) as plain,
        pytest.raises(StoreUnavailable, match="whether TLS is meant"),
    ):
        plain.ping()


def test_check_tells_it_and_fails(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`sence-gate check` shows the line, exit 1; the password stands nowhere."""
    monkeypatch.chdir(tmp_path)
    found = [
        finding
        for finding in check(load_config(settings(store={"url": _url(server, "gate", WRONG)}), {}))
        if finding.level is Level.ERROR
    ]
    assert [finding.path for finding in found] == ["store.url"]
    assert "refuses user and password — correct them" in found[0].text
    assert WRONG not in found[0].text


def test_check_looks_at_the_server(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When it can be used, its findings are part of the list."""
    monkeypatch.chdir(tmp_path)
    found = check(load_config(settings(store={"url": _url(server, "gate", SECRET)}), {}))
    texts = [finding.text for finding in found if finding.path == "store.url"]
    assert any("was written and read" in text for text in texts)
    assert any("is Redis 7" in text or "is Redis" in text for text in texts)
    assert not any(SECRET in text or quote(SECRET, safe="") in text for text in texts)


@pytest.mark.parametrize("scheme", ["redis", "redis+cluster", "redis+sentinel"])
def test_a_password_is_never_shown(server: Server, caplog: pytest.LogCaptureFixture, scheme: str) -> None:
    """Not in texts, tracebacks, logs of any level, or the repr of anything."""
    caplog.set_level(logging.DEBUG)
    url = f"{scheme}://gate:{WRONG}@{HOST}:{server.port}" + ("/sence" if "sentinel" in scheme else "")
    told = [shown(url), repr(load_config(settings(store={"url": url}), {}))]
    try:
        with closing(open_store(url)) as store:
            told += [repr(store), repr(vars(store))]
            store.ping()
    except SenceGateError as fault:
        told += [str(fault), repr(fault), *traceback.format_exception(fault)]
    assert len(told) > 2
    assert not any(WRONG in text for text in [*told, caplog.text])
